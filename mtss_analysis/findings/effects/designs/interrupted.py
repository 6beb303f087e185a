"""Interrupted series: the mean before and after a start that all schools share, where there is no other comparison."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import size_effect
from mtss_analysis.findings.effects.designs.pupils import WINDOWS, Pupils, count_weeks
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline
from mtss_analysis.findings.effects.designs.staggered import find_distances, find_starts, level_scores
from mtss_analysis.show import format_with_interval
from mtss_analysis.stats import Estimate
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.series import Interruption, estimate_interruption

MIN_BEFORE = 3
COMPARED = (
    "schools without the programme are taken off, so only what else began in the others at the same time is counted "
    "with it"
)
NOTE = "nobody without the programme is compared, so anything else that began at the same time is counted with it"


def estimate_series(pupils: Pupils, *, ci_level: float) -> DesignResult:
    """Estimate how the mean departs from its own earlier line once the programme starts.

    Parameters
    ----------
    pupils : Pupils
        All schools.
    ci_level : float
        Confidence level.

    Returns
    -------
    DesignResult
        Points are screening windows, seasons and grades held level; schools that never start are a comparison series.
    """
    known = pupils.known()
    starts = find_starts(pupils) if len(known) else pd.Series(dtype="float64")
    ever = starts[np.isfinite(starts)]
    if ever.empty:
        return decline("interrupted", reason="no school takes part")
    if ever.min() < ever.max():
        return decline("interrupted", reason="schools started in different years")
    first = float(ever.iloc[0])
    year = known["school_year"].str[:4].astype("float64")
    series = _lay_series(pupils, rows=pupils.rows, first=first)
    scores = series.rows.assign(ever=series.rows["school"].isin(ever.index))
    points = scores.pivot_table(index="time", columns="ever", values="level", aggfunc="mean")
    start = series.start
    time = points.index.to_numpy(dtype="float64")
    counts: dict[str, Any] = {
        "n_treated": int((known["school"].isin(ever.index) & (year >= first)).sum()),
        "n_comparison": int((year < first).sum()),
        "n_clusters": len(time),
    }
    before = int((time < start).sum())
    if before < MIN_BEFORE:
        there = "there is 1 point of time" if before == 1 else f"there are {before} points of time"
        reason = f"before the start {there}, and at least {MIN_BEFORE} are needed"
        return decline("interrupted", reason=reason, **counts)
    compared = False in points and bool(points[False].notna().all())
    try:
        found = estimate_interruption(
            outcome=points[True].to_numpy(dtype="float64"),
            time=time,
            start=start,
            comparison=points[False].to_numpy(dtype="float64") if compared else None,
            season=series.find_seasons(time),
            ci_level=ci_level,
        )
        spread = level_scores(known)["level"].to_numpy(dtype="float64")
        size = size_effect(effect=found.average, treated=spread, comparison=spread)
    except TooFewError as reason:
        return decline("interrupted", reason=str(reason), **counts)
    return DesignResult(
        design="interrupted",
        estimate=found.average,
        **size,
        **counts,
        checks=_check(found, unit=pupils.indicator.unit),
        rating_reasons=("An interrupted series without groups is not among the designs that can meet the standards",),
        note=COMPARED if compared else NOTE,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Series:
    """Scores by point of time, and the first point with the programme.

    Points are screening windows where the year has several, else school years.
    """

    rows: pd.DataFrame
    start: float
    by_window: bool

    def find_seasons(self, time: FloatArray) -> FloatArray | None:
        """Give each point's window; None where points are years."""
        return np.mod(time, len(WINDOWS)) if self.by_window else None


def _lay_series(pupils: Pupils, *, rows: pd.DataFrame, first: float) -> _Series:
    """Give each student's scores a point of time; grades, and windows, are held level.

    Rows are students and years of :class:`Pupils`; what is given has ``school``, ``time``, ``level``, and ``member``
    where the rows have it.
    """
    if pupils.waves["window"].nunique() < 2:
        years = level_scores(rows.dropna(subset=["score"]))
        return _Series(
            rows=years.assign(time=years["school_year"].str[:4].astype("float64")), start=first, by_window=False
        )
    keys = ["student_id", "school_year"]
    kept = [*keys, "school", "grade", *(["member"] if "member" in rows else [])]
    scores = rows[kept].drop_duplicates(keys).merge(pupils.waves, on=keys)
    place = scores["window"].map(dict(zip(WINDOWS, range(len(WINDOWS)), strict=True)))
    scores = scores.assign(
        level=scores["score"] - scores.groupby(["grade", "window"])["score"].transform("mean"),
        time=len(WINDOWS) * scores["school_year"].str[:4].astype("float64") + place,
    )
    begun = pupils.services[pupils.services["school_year"].str[:4].astype("float64") == first]
    week = float(count_weeks(begun).median()) if len(begun) else np.nan
    after = scores.loc[(scores["time"] >= len(WINDOWS) * first) & ~(scores["week"] <= week), "time"]
    start = float(after.min()) if len(after) else len(WINDOWS) * first
    return _Series(rows=scores, start=start, by_window=True)


def _check(found: Interruption, *, unit: str) -> tuple[Check, ...]:
    told = (
        "Schools without the programme are taken off point by point."
        if found.compared
        else "There is no comparison series."
    )
    level, slope = (
        f"{format_with_interval(one.estimate, low=one.ci_low, high=one.ci_high, signed=True)} {unit}"
        for one in (found.newey_west_level, found.newey_west_slope)
    )
    return (
        Check(name="comparison series", passed=found.compared, sentence=told),
        Check(
            name="segmented regression",
            passed=True,
            sentence=(
                f"From {found.n_before} points before and {found.n_after} after the start; with Newey and West's "
                f"standard errors, which are short in series like these, the level changed by {level} and the slope by "
                f"{slope} a point."
            ),
        ),
    )


def compare_series(pupils: Pupils, *, rows: pd.DataFrame, ci_level: float) -> tuple[Estimate, int]:
    """Estimate how far the departure from the line before differs between two groups of students.

    Parameters
    ----------
    pupils : Pupils
        All schools.
    rows : DataFrame
        Their rows of the two groups, with ``member`` (1 focus, 0 reference).
    ci_level : float
        Confidence level.

    Returns
    -------
    difference : Estimate
        From the distance between the two groups, in schools that start, at the points of the series itself.
    n : int
        Students.

    Raises
    ------
    TooFewError
        Too few points, with enough students of both groups, before or after the start.
    """
    starts = find_starts(pupils)
    ever = starts[np.isfinite(starts)]
    series = _lay_series(pupils, rows=rows[rows["school"].isin(ever.index)], first=float(ever.iloc[0]))
    points = find_distances(series.rows, over=["time"])
    time = points["time"].to_numpy(dtype="float64")
    found = estimate_interruption(
        outcome=points["level"].to_numpy(dtype="float64"),
        time=time,
        start=series.start,
        season=series.find_seasons(time),
        ci_level=ci_level,
    )
    return found.average, series.rows["student_id"].nunique()
