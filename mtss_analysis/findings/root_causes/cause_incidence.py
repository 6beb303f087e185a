"""Candidate root causes × concerning trends of a school: which cells are filled, and which causes are systemic."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.cause_links import EVERYWHERE
from mtss_analysis.findings.root_causes.school_values import PLACE
from mtss_analysis.findings.settings import Settings

GOES_WITH, TOGETHER, UNCHECKED = "goes with", "seen together", "seen together, not checked"
NOT_TOLD, SEEN_EVERYWHERE, ITSELF, NOT_SEEN = "not told apart", "seen everywhere", "is this trend", "not seen"
FILLED = (GOES_WITH, TOGETHER, UNCHECKED)
LEAST_TRENDS = 2
"""A cause under so many concerning trends is candidate systemic."""
SYSTEMIC = "candidate systemic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A concerning trend of a school beside one candidate root cause.

    Parameters
    ----------
    trend, label : str
        Measure, and the words of a sentence.
    slope, low, high : float or None
        Change a year of all students with its interval, in ``unit``; None where not printed.
    trend_grade, group : str
        Which grade and group moved; ``all``: all students.
    state : str
        ``goes with``: seen here, and across schools told apart from chance; ``seen together``: seen here, across
        schools in that direction, and told apart for the cause's trends taken together; ``seen together, not checked``:
        seen here, too few schools to ask; ``not told apart``, ``seen everywhere``, ``is this trend``, ``not seen``:
        not filled.
    more, more_low, more_high : float or None
        By how much the trend worsens more, a year, in schools where the cause is seen.
    p_value, q_value : float or None
        Of that difference.
    """

    trend: str
    label: str
    unit: str
    slope: float | None
    low: float | None
    high: float | None
    trend_grade: str
    group: str
    state: str
    more: float | None = None
    more_low: float | None = None
    more_high: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    n_schools: int | None = None
    reason: str = ""

    @property
    def filled(self) -> bool:
        """Whether the cell counts for the cause."""
        return self.state in FILLED


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """One candidate root cause in one school, with the school's concerning trends beneath it.

    Parameters
    ----------
    present : {'yes', 'no', 'cannot tell'}
        Whether it is seen here.
    level_shown, text, status : str
        Where the data show it, what they show, and whether the number may be printed.
    numbers : dict of str to float or None
        ``value``, ``estimate``, ``ci_low``, ``ci_high``, ``q_value``, ``n``, ``n_clusters``.
    symptoms : tuple of Symptom
        Every concerning trend of the school.
    """

    cause: Cause
    present: str
    level_shown: str
    text: str
    status: str
    numbers: dict[str, float | None]
    symptoms: tuple[Symptom, ...]

    @property
    def filled(self) -> tuple[Symptom, ...]:
        """The trends that it goes with."""
        return tuple(one for one in self.symptoms if one.filled)

    @property
    def systemic(self) -> bool:
        """Whether it is under two or more concerning trends."""
        return len(self.filled) >= LEAST_TRENDS


def read_incidence(
    reader: FrameReader, *, district_id: str, school_id: str, settings: Settings
) -> tuple[CauseRow, ...]:
    """Read which candidate root causes are seen in a school and which of its concerning trends each goes with.

    Parameters
    ----------
    reader : FrameReader
        Gives ``causes``, ``cause_trends`` and ``cause_links``.
    district_id, school_id : str
        The school.
    settings : Settings
        Causes, population, false-discovery rate.

    Returns
    -------
    tuple of CauseRow
        In the order of the run file.
    """
    place = (district_id, school_id)
    causes, trends = (_of(reader.frame(name), place=place) for name in ("causes", "cause_trends"))
    population = "state" if settings.population == "state" else district_id
    links = reader.frame("cause_links")
    links = links[links["population"] == population]
    concerning = trends[trends["concerning"].astype(bool)]
    rows = []
    for cause in settings.causes:
        own = causes[causes["cause"] == cause.id].to_dict("records")
        if not own:
            continue
        row = own[0]
        symptoms = tuple(
            _read_symptom(
                trend,
                cause=cause,
                present=str(row["present"]),
                links=links[links["cause"] == cause.id],
                rate=settings.false_discovery_rate,
            )
            for trend in concerning.to_dict("records")
        )
        names = ("value", "estimate", "ci_low", "ci_high", "q_value", "n", "n_clusters")
        rows.append(
            CauseRow(
                cause=cause,
                present=str(row["present"]),
                level_shown=str(row["level_shown"]),
                text=str(row["text"]),
                status=str(row["status"]),
                numbers={name: _number(row[name]) for name in names},
                symptoms=symptoms,
            )
        )
    return tuple(rows)


def _read_symptom(trend: dict[Any, Any], *, cause: Cause, present: str, links: pd.DataFrame, rate: float) -> Symptom:
    found = links[links["trend"] == trend["trend"]].to_dict("records")
    link = found[0] if found else None
    numbers = {}
    if link is not None and link["status"] == "ok":
        numbers = {
            "more": _number(link["estimate"]), "more_low": _number(link["ci_low"]),
            "more_high": _number(link["ci_high"]), "p_value": _number(link["p_value"]),
            "q_value": _number(link["q_value"]),
        }  # fmt: skip
    return Symptom(
        trend=str(trend["trend"]),
        label=str(trend["label"]),
        unit=str(trend["unit"]),
        slope=_number(trend["slope"]),
        low=_number(trend["ci_low"]),
        high=_number(trend["ci_high"]),
        trend_grade=str(trend["trend_grade"]),
        group=str(trend["group"]),
        state=_find_state(link, cause=cause, trend=str(trend["trend"]), present=present, rate=rate),
        n_schools=int(link["n_schools"]) if link is not None else None,
        reason=str(link["reason"]) if link is not None else "",
        **numbers,
    )


def _find_state(link: dict[Any, Any] | None, *, cause: Cause, trend: str, present: str, rate: float) -> str:
    if trend == cause.shown_by:
        return ITSELF
    if present != "yes":
        return NOT_SEEN
    if link is None:
        return NOT_TOLD
    if link["status"] != "ok":
        return SEEN_EVERYWHERE if link["reason"] == EVERYWHERE else UNCHECKED
    if link["q_value"] <= rate:
        return GOES_WITH
    return TOGETHER if link["cause_q_value"] <= rate and link["estimate"] > 0 else NOT_TOLD


def _of(frame: pd.DataFrame, *, place: tuple[str, str]) -> pd.DataFrame:
    return frame[(frame[PLACE[0]] == place[0]) & (frame[PLACE[1]] == place[1])]


def _number(value: Any) -> float | None:  # noqa: ANN401 - a cell of a frame
    return None if value is None or pd.isna(value) else float(value)
