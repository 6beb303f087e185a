"""Interrupted series: the mean before and after a start that all schools share, where there is no other comparison."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import size_effect
from mtss_analysis.findings.effects.designs.pupils import Pupils
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline
from mtss_analysis.findings.effects.designs.staggered import find_distances, find_starts, level_scores
from mtss_analysis.stats import Estimate
from mtss_analysis.stats.series import estimate_interruption

MIN_BEFORE = 3
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
        One point a school year, the same window, grades held level; schools that never start are a comparison series.
    """
    known = pupils.known()
    starts = find_starts(pupils) if len(known) else pd.Series(dtype="float64")
    ever = starts[np.isfinite(starts)]
    if ever.empty:
        return decline("interrupted", reason="no school takes part")
    if ever.min() < ever.max():
        return decline("interrupted", reason="schools started in different years")
    series = level_scores(known).assign(ever=known["school"].isin(ever.index))
    points = series.pivot_table(index="school_year", columns="ever", values="level", aggfunc="mean")
    years = points.index.str[:4].to_numpy(dtype="float64")
    start = float(ever.iloc[0])
    counts: dict[str, Any] = {
        "n_treated": int((series["ever"] & (series["school_year"].str[:4].astype("float64") >= start)).sum()),
        "n_comparison": int((series["school_year"].str[:4].astype("float64") < start).sum()),
        "n_clusters": len(years),
    }
    before = int((years < start).sum())
    if before < MIN_BEFORE:
        there = "there is 1 point of time" if before == 1 else f"there are {before} points of time"
        reason = f"before the start {there}, and at least {MIN_BEFORE} are needed"
        return decline("interrupted", reason=reason, **counts)
    compared = False in points and bool(points[False].notna().all())
    try:
        found = estimate_interruption(
            outcome=points[True].to_numpy(dtype="float64"),
            time=years,
            start=start,
            comparison=points[False].to_numpy(dtype="float64") if compared else None,
            ci_level=ci_level,
        )
        spread = series["level"].to_numpy(dtype="float64")
        size = size_effect(effect=found.average, treated=spread, comparison=spread)
    except TooFewError as reason:
        return decline("interrupted", reason=str(reason), **counts)
    sentence = (
        "Schools without the programme are taken off year by year." if compared else "There is no comparison series."
    )
    return DesignResult(
        design="interrupted",
        estimate=found.average,
        **size,
        **counts,
        checks=(Check(name="comparison series", passed=compared, sentence=sentence),),
        rating_reasons=("An interrupted series without groups is not among the designs that can meet the standards",),
        note=NOTE,
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
