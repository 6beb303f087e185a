"""What is known of the implementation of all schools, one row a number, with what may be printed of it."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.stats import Estimate, Interval

FRAME = "implementation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number about implementation, or the reason why there is none.

    Parameters
    ----------
    topic : str
        What it is about: ``search``, ``week``, ``fidelity`` and so on.
    district_id, school_id : str
        Whose; an empty school is the whole district.
    subject, group, part : str
        Practice, instrument, scale or table; whom; which week, item or cell.
    estimate, ci_low, ci_high, std_error, p_value, q_value : float or None
        The number in the topic's unit.
    n, n_clusters : int or None
        Observations; teachers or schools.
    status : {'ok', 'withheld', 'not_estimable'}
        As in a record.
    text : str
        A word, a unit or a reason.
    """

    topic: str
    district_id: str
    school_id: str = ""
    subject: str = ""
    group: str = ""
    part: str = ""
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    std_error: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    n: int | None = None
    n_clusters: int | None = None
    status: str = "ok"
    text: str = ""

    @property
    def place(self) -> float:
        """The part as a number, for sorting weeks."""
        return float(self.part)


TEXTS = ("topic", "district_id", "school_id", "subject", "group", "part", "status", "text")
COUNTS = ("n", "n_clusters")


def frame_facts(facts: Iterable[Fact]) -> pd.DataFrame:
    """Write facts as a frame, one row each, in their order."""
    names = [field.name for field in fields(Fact)]
    frame = pd.DataFrame([asdict(fact) for fact in facts], columns=names)
    return frame.astype({name: "str" if name in TEXTS else "float64" for name in names})


def read_facts(comparison: FrameReader, *, district_id: str, school_id: str = "") -> tuple[Fact, ...]:
    """Read the facts of a district, and those of one of its schools.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``implementation``.
    district_id, school_id : str
        Whose.

    Returns
    -------
    tuple of Fact
        In the order in which they were written.
    """
    frame = comparison.frame(FRAME)
    rows = frame[(frame["district_id"] == district_id) & frame["school_id"].isin(["", school_id])]
    return tuple(_read(row) for row in rows.to_dict("records"))


def pick_facts(facts: tuple[Fact, ...], *, topic: str, **keys: str) -> list[Fact]:
    """Give the facts of a topic whose fields have these values."""
    return [
        fact
        for fact in facts
        if fact.topic == topic and all(getattr(fact, name) == value for name, value in keys.items())
    ]


def estimated(value: Estimate | Interval) -> dict[str, Any]:
    """Give the number, interval and, if there are, standard error and p-value of an estimate as fields of a fact."""
    numbers: dict[str, Any] = {"estimate": value.estimate, "ci_low": value.ci_low, "ci_high": value.ci_high}
    if isinstance(value, Estimate):
        numbers |= {"std_error": value.std_error, "p_value": value.p_value}
    return numbers


def _read(row: dict[Any, Any]) -> Fact:
    values: dict[str, Any] = {
        str(name): (
            str(value)
            if name in TEXTS
            else None
            if value is None or math.isnan(value)
            else int(value)
            if name in COUNTS
            else float(value)
        )
        for name, value in row.items()
    }
    return Fact(**values)
