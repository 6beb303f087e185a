"""Read what a measure stood at out of the comparison."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.values.keys import ValueKey, make_key, order_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a measure stood at.

    Parameters
    ----------
    school_year, window : str
        When.
    value : float or None
        In the statistic's own scale; None where it is withheld.
    std_error, df : float or None
        None where the value is withheld or no sample.
    n, n_clusters : int or None
        Students, lessons or items; classrooms, teachers or items.
    status : {'ok', 'withheld'}
        Whether it may be printed.
    """

    school_year: str
    window: str
    value: float | None
    std_error: float | None = None
    df: float | None = None
    n: int | None = None
    n_clusters: int | None = None
    status: Literal["ok", "withheld"] = "ok"

    @property
    def time(self) -> tuple[str, str]:
        """School year and window."""
        return (self.school_year, self.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How far a measure moved between two times.

    Parameters
    ----------
    start, end : tuple of str
        School year and window.
    start_value, change : float or None
        Value at the first time, and how far it moved; None where one of the two values is withheld.
    std_error, df : float or None
        With what the same students, teachers or items at both times have in common; None where it is not known.
    district_id, school_id : str
        Whose; an empty school is the district.
    """

    start: tuple[str, str]
    end: tuple[str, str]
    change: float | None
    start_value: float | None = None
    std_error: float | None = None
    df: float | None = None
    district_id: str = ""
    school_id: str = ""


def read_values(
    comparison: FrameReader,
    *,
    district_id: str,
    school_id: str | None,
    measure: str,
    statistic: str | None,
    grades: Iterable[str] = (),
    group: str | None = None,
) -> tuple[Value, ...]:
    """Read what a measure stood at, from the earliest time on.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``values``.
    district_id : str
        The district.
    school_id : str or None
        The school; None: the district itself.
    measure, statistic : str
        As in the goals table; no statistic: the usual one of the measure.
    grades : iterable of str
        As a goal lists them; none is all.
    group : str or None
        As a goal writes it; none is all.

    Returns
    -------
    tuple of Value
        Empty where the data do not hold it.
    """
    key = make_key(measure=measure, statistic=statistic, grades=grades, group=group)
    rows = _take(comparison.frame("values"), key=key, district_id=district_id)
    rows = rows[rows["school_id"] == (school_id or "")]
    found = [
        Value(
            school_year=str(row["school_year"]),
            window=str(row["window"]),
            value=_number(row["value"]),
            std_error=_number(row["std_error"]),
            df=_number(row["df"]),
            n=_count(row["n"]),
            n_clusters=_count(row["n_clusters"]),
            status="ok" if row["status"] == "ok" else "withheld",
        )
        for row in rows.to_dict("records")
    ]
    return tuple(sorted(found, key=lambda value: order_time(*value.time)))


def read_changes(
    comparison: FrameReader, *, key: ValueKey, district_id: str | None = None, school_id: str | None = None
) -> tuple[Change, ...]:
    """Read how far a measure moved between pairs of times.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``value_changes``.
    key : ValueKey
        What.
    district_id : str or None
        The district; None: every one.
    school_id : str or None
        The school; an empty text: the district itself; None: every school and district.

    Returns
    -------
    tuple of Change
        By place, then by time.
    """
    rows = _take(comparison.frame("value_changes"), key=key, district_id=district_id)
    if school_id is not None:
        rows = rows[rows["school_id"] == school_id]
    found = [
        Change(
            start=(str(row["from_year"]), str(row["from_window"])),
            end=(str(row["to_year"]), str(row["to_window"])),
            change=_number(row["change"]),
            start_value=_number(row["from_value"]),
            std_error=_number(row["std_error"]),
            df=_number(row["df"]),
            district_id=str(row["district_id"]),
            school_id=str(row["school_id"]),
        )
        for row in rows.to_dict("records")
    ]
    return tuple(
        sorted(
            found,
            key=lambda one: (one.district_id, one.school_id, order_time(*one.start), order_time(*one.end)),
        )
    )


def find_value(values: Iterable[Value], *, school_year: str | None, window: str | None) -> Value | None:
    """Find the value of a year and window; None if there is none."""
    return next((one for one in values if one.time == (school_year, window)), None)


def _take(frame: pd.DataFrame, *, key: ValueKey, district_id: str | None) -> pd.DataFrame:
    kept = (
        (frame["measure"] == key.measure)
        & (frame["statistic"] == key.statistic)
        & (frame["grade"] == key.grade)
        & (frame["group"] == key.group)
    )
    if district_id is not None:
        kept &= frame["district_id"] == district_id
    return frame[kept]


def _number(value: Any) -> float | None:  # noqa: ANN401 (a cell)
    return None if value is None or math.isnan(value) else float(value)


def _count(value: Any) -> int | None:  # noqa: ANN401 (a cell)
    number = _number(value)
    return None if number is None else int(number)
