"""Does more coaching go with more fidelity: teacher by teacher, and school by school."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.district import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.implementation.settings import PracticeSettings
from mtss_analysis.stats.clustered import fit_clustered

LEAST_SCHOOLS = 6
MINUTES = 60.0


def tell_coaching(
    coaching: pd.DataFrame,
    lessons: pd.DataFrame | None,
    *,
    fidelity: Iterator[Fact] | tuple[Fact, ...],
    staff: pd.DataFrame | None,
    district_id: str,
    asked: PracticeSettings,
) -> Iterator[Fact]:
    """Set the hours of coaching against practice and fidelity.

    Parameters
    ----------
    coaching : DataFrame
        Of one district.
    lessons : DataFrame or None
        From :func:`mtss_analysis.measures.visits.observe_practices`; None: no walkthroughs.
    fidelity : iterable of Fact
        From :func:`mtss_analysis.findings.implementation.fidelity.tell_fidelity`.
    staff : DataFrame or None
        Of one district, for teachers by school.
    district_id : str
        The district.
    asked : PracticeSettings
        Fewest teachers, confidence level.

    Yields
    ------
    Fact
        ``coaching``, percentage points per hour: within the same teachers (``teachers``), and of a school's change in
        fidelity from the first to the last date of the year per hour a teacher (``schools``); ``hours``: hours a
        teacher, by school.
    """
    known = coaching[coaching["minutes"].notna() & coaching["staff_id"].notna()]
    if not len(known):
        yield Fact(
            topic="coaching",
            district_id=district_id,
            status="not_estimable",
            text="no minutes of coaching are recorded",
        )
        return
    if lessons is not None:
        for focus, of_focus in known.groupby("focus", sort=True) if "focus" in known else ():
            yield _tell_teachers(
                of_focus, lessons[lessons["practice"] == focus], focus=str(focus), district_id=district_id, asked=asked
            )
    yield from _tell_schools(known, tuple(fidelity), staff=staff, district_id=district_id, asked=asked)


def _tell_teachers(
    coaching: pd.DataFrame, lessons: pd.DataFrame, *, focus: str, district_id: str, asked: PracticeSettings
) -> Fact:
    keys: dict[str, Any] = {"topic": "coaching", "district_id": district_id, "group": "teachers", "subject": focus}
    seen = lessons[lessons["days_since"].notna()].sort_values("date")
    if not len(seen):
        return Fact(**keys, status="not_estimable", text="the coached practice was not observed after training")
    given = coaching.sort_values(["date", "staff_id"])
    given = given.assign(hours=given.groupby("staff_id")["minutes"].cumsum() / MINUTES)
    joined = pd.merge_asof(
        seen, given[["staff_id", "date", "hours"]], on="date", by="staff_id", allow_exact_matches=False
    )
    hours = joined["hours"].fillna(0.0).to_numpy(dtype="float64")
    weeks = joined["days_since"].to_numpy(dtype="float64") / 7
    teachers = joined["staff_id"].to_numpy(dtype="U")
    n_coached = len(np.unique(teachers[hours > 0]))
    if n_coached < asked.least_teachers:
        return Fact(**keys, status="withheld", text="too few coached teachers were observed")
    try:
        fit = fit_clustered(
            outcome=100 * joined["full"].to_numpy(dtype="float64"),
            design=np.column_stack([hours, weeks, weeks**2]),
            names=["hours", "weeks", "weeks squared"],
            clusters=teachers,
            absorb=teachers,
            ci_level=asked.ci_level,
        )
        slope = fit.coefficient("hours")
    except TooFewError as error:
        return Fact(**keys, status="not_estimable", text=str(error))
    return Fact(**keys, **estimated(slope), n=len(joined), n_clusters=len(np.unique(teachers)))


def _tell_schools(
    coaching: pd.DataFrame,
    fidelity: tuple[Fact, ...],
    *,
    staff: pd.DataFrame | None,
    district_id: str,
    asked: PracticeSettings,
) -> Iterator[Fact]:
    keys: dict[str, Any] = {"topic": "coaching", "district_id": district_id, "group": "schools"}
    year = find_school_year(coaching["date"]).max()
    if staff is None or not fidelity:
        absent = "staff" if staff is None else "fidelity"
        yield Fact(**keys, status="not_estimable", text=f"the district gave no data in the table {absent}")
        return
    here = staff[(staff["school_year"] == year) & (staff["role"] == "teacher")]
    n_teachers = here.groupby("school_id")["staff_id"].nunique()
    of_year = coaching[(find_school_year(coaching["date"]) == year).to_numpy()]
    minutes = of_year.groupby("school_id")["minutes"].sum()
    hours = (minutes.reindex(n_teachers.index).fillna(0) / MINUTES / n_teachers)[n_teachers >= asked.least_teachers]
    for school, value in hours.items():
        yield Fact(topic="hours", district_id=district_id, school_id=str(school), part=str(year), estimate=float(value))
    if len(hours):
        yield Fact(topic="hours", district_id=district_id, part=str(year), estimate=float(hours.median()))
    change = _find_change(fidelity, year=str(year)).reindex(hours.index).dropna()
    dose = hours.reindex(change.index)
    if len(change) < LEAST_SCHOOLS or dose.nunique() < 2:
        text = f"fewer than {LEAST_SCHOOLS} schools have both coaching and two dates of fidelity in the year"
        yield Fact(**keys, status="not_estimable", text=text)
        return
    fit = fit_clustered(
        outcome=change.to_numpy(dtype="float64"),
        design=np.column_stack([np.ones(len(change)), dose.to_numpy(dtype="float64")]),
        names=["constant", "hours"],
        clusters=change.index.to_numpy(dtype="U"),
        ci_level=asked.ci_level,
    )
    yield Fact(**keys, **estimated(fit.coefficient("hours")), n=len(change), n_clusters=len(change))


def _find_change(fidelity: tuple[Fact, ...], *, year: str) -> pd.Series:
    """Find each school's change in percent of points from the first to the last date of a year, same instrument."""
    whole = [fact for fact in fidelity if fact.school_id and fact.group == "all" and fact.estimate is not None]
    frame = pd.DataFrame(
        [(fact.school_id, fact.subject, pd.Timestamp(fact.part), fact.estimate) for fact in whole],
        columns=["school_id", "instrument", "date", "pct"],
    )
    if not len(frame):
        return pd.Series(dtype="float64")
    frame = frame[(find_school_year(frame["date"]) == year).to_numpy()].sort_values(["school_id", "instrument", "date"])
    ends = frame.groupby(["school_id", "instrument"])["pct"].agg(first="first", last="last", n="size").reset_index()
    ends = ends[ends["n"] >= 2].drop_duplicates("school_id")
    return (ends["last"] - ends["first"]).set_axis(ends["school_id"])
