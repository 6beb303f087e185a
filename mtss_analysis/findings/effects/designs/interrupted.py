"""Interrupted series: the mean before and after a start that all schools share, where there is no other comparison."""

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
    series = level_scores(known).assign(ever=known["school"].isin(ever.index))
    first = float(ever.iloc[0])
    points, season, start = _find_points(pupils, series=series, first=first)
    time = points.index.to_numpy(dtype="float64")
    counts: dict[str, Any] = {
        "n_treated": int((series["ever"] & (series["school_year"].str[:4].astype("float64") >= first)).sum()),
        "n_comparison": int((series["school_year"].str[:4].astype("float64") < first).sum()),
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
            season=season,
            ci_level=ci_level,
        )
        spread = series["level"].to_numpy(dtype="float64")
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


def _find_points(
    pupils: Pupils, *, series: pd.DataFrame, first: float
) -> tuple[pd.DataFrame, np.ndarray | None, float]:
    """Give the means by point of time, of schools that start and of the others, the seasons, and the first point after.

    Points are screening windows where the year has several, else school years; grades, and windows, are held level.
    """
    if pupils.waves["window"].nunique() < 2:
        years = series.assign(time=series["school_year"].str[:4].astype("float64"))
        return years.pivot_table(index="time", columns="ever", values="level", aggfunc="mean"), None, first
    keys = ["student_id", "school_year"]
    students = pupils.rows[[*keys, "school", "grade"]].drop_duplicates(keys)
    ever = series.loc[series["ever"], "school"].unique()
    rows = students.merge(pupils.waves, on=keys)
    place = rows["window"].map(dict(zip(WINDOWS, range(len(WINDOWS)), strict=True)))
    rows = rows.assign(
        level=rows["score"] - rows.groupby(["grade", "window"])["score"].transform("mean"),
        ever=rows["school"].isin(ever),
        time=len(WINDOWS) * rows["school_year"].str[:4].astype("float64") + place,
    )
    points = rows.pivot_table(index="time", columns="ever", values="level", aggfunc="mean")
    begun = pupils.services[pupils.services["school_year"].str[:4].astype("float64") == first]
    week = float(count_weeks(begun).median()) if len(begun) else np.nan
    after = rows.loc[(rows["time"] >= len(WINDOWS) * first) & ~(rows["week"] <= week), "time"]
    start = float(after.min()) if len(after) else len(WINDOWS) * first
    return points, np.mod(points.index.to_numpy(), len(WINDOWS)), start


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
        From the series of the distance between the two groups in schools that start.
    n : int
        Students.

    Raises
    ------
    TooFewError
        Too few years before or after the start.
    """
    starts = find_starts(pupils)
    ever = starts[np.isfinite(starts)]
    points = find_distances(rows[rows["school"].isin(ever.index)], over=["school_year"])
    found = estimate_interruption(
        outcome=points["level"].to_numpy(dtype="float64"),
        time=points["school_year"].str[:4].to_numpy(dtype="float64"),
        start=float(ever.iloc[0]),
        ci_level=ci_level,
    )
    return found.average, int(points["n"].sum())
