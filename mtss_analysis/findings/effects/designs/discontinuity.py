"""Regression discontinuity: students just below and just above the cut score that decides who is treated."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.grades import add_wild, count_attrition, size_effect
from mtss_analysis.findings.effects.designs.pupils import STEP, Pupils, list_covariates
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline, say_too_few
from mtss_analysis.show import format_number, format_percent
from mtss_analysis.stats.arrays import FloatArray, IdArray
from mtss_analysis.stats.discontinuity import (
    Jump,
    check_covariates,
    check_density,
    check_heaping,
    describe_dose,
    estimate_jump,
    vary_bandwidth,
)
from mtss_analysis.stats.evidence import Rating

MIN_SCHOOLS = 4
"""With three or fewer clusters an interval says next to nothing: Pustejovsky & Tipton (2018), section 5."""
MOVED = "more students than chance explains have a score on one side of the cut score"
DENSITY_LEVEL = 0.01
NOTE = "it speaks for students near the cut score, not for those far from it"
LEAST_OTHERS = 10
NEAR = 20
"""Steps of the scale within which a whole-number score is near the cut, as many as the heaping test looks at."""
LEAST_GAP_PCT = 20
"""Percentage points by which more of those entitled received it: with less the cut decides too little. A convention."""
NEARLY_SHARP_PCT = 98
"""From this on a cut is said to be kept with few exceptions: a convention of this kit."""


def estimate_discontinuity(
    pupils: Pupils, *, ci_level: float, bandwidth: float | None = None, by_school: bool = True
) -> DesignResult:
    """Estimate the effect at the cut score, sharp or fuzzy, with the checks that decide whether it is believed.

    Parameters
    ----------
    pupils : Pupils
        All schools, or one.
    ci_level : float
        Confidence level.
    bandwidth : float, optional
        In the unit of the assignment score; chosen from the data if not given.
    by_school : bool
        Whether chance is reckoned between schools; else between students, for one school alone.

    Returns
    -------
    DesignResult
        Outcomes are taken less the mean of the other students of the school, grade and year.
    """
    rows = pupils.known("distance")
    if rows.empty:
        return decline("discontinuity", reason="no student has both an outcome and a score with a cut score")
    spread = rows["outcome"].to_numpy(dtype="float64")
    rows = rows.assign(outcome=_take_out_school(rows))
    score = rows["distance"].to_numpy(dtype="float64")
    received = rows["received"].to_numpy(dtype="float64")
    below = pupils.treated_below
    counts: dict[str, Any] = {
        "n_treated": int(((score < 0) == below).sum()),
        "n_comparison": int(((score < 0) != below).sum()),
        "n_clusters": int(rows["school"].nunique()),
    }
    if by_school and counts["n_clusters"] < MIN_SCHOOLS:
        reason = say_too_few(counts["n_clusters"], least=MIN_SCHOOLS, why="to reckon chance between them")
        return decline("discontinuity", reason=reason, **counts)
    clusters = rows["school"].to_numpy(dtype=object).astype("U") if by_school else None
    outcome = rows["outcome"].to_numpy(dtype="float64")
    if min(counts["n_treated"], counts["n_comparison"]) == 0:
        return decline("discontinuity", reason="nobody is on one side of the cut score", **counts)
    checks = _check_integrity(pupils)
    if any(check.passed is False for check in checks):
        return decline("discontinuity", reason=MOVED, checks=tuple(checks), **counts)
    try:
        dose = describe_dose(score=score, cut=0.0, received=received, treated_below=below)
        fuzzy = None if dose.is_sharp else received
        jump = estimate_jump(
            outcome=outcome,
            score=score,
            cut=0.0,
            treated_below=below,
            received=fuzzy,
            clusters=clusters,
            bandwidth=bandwidth,
            ci_level=ci_level,
        )
        near = np.abs(score) <= jump.bandwidth
        one = near & ((score < 0) == below)
        # The spread is that of all students: near the cut scores differ less, which would make effects look larger.
        size = size_effect(effect=jump.effect, treated=spread, comparison=spread)
        checks.append(_check_dose(rows[near], below=below))
    except TooFewError as reason:
        return decline("discontinuity", reason=str(reason), checks=tuple(checks), **counts)
    if by_school:
        checks += _check_stability(rows, pupils=pupils, jump=jump, fuzzy=fuzzy, clusters=clusters, ci_level=ci_level)
    checks.append(_check_attrition(pupils, bandwidth=jump.bandwidth))
    wild = _bootstrap(
        jump, outcome=outcome, score=score, below=below, clusters=clusters, ci_level=ci_level, fuzzy=fuzzy
    )
    rating, reasons = _rate(checks)
    return DesignResult(
        design="discontinuity",
        estimate=jump.effect,
        **size,
        n_treated=int(one.sum()),
        n_comparison=int((near & ~one).sum()),
        n_clusters=counts["n_clusters"],
        checks=tuple(checks),
        rating=rating,
        rating_reasons=reasons,
        **wild,
        bandwidth=jump.bandwidth,
        note=NOTE,
    )


def _take_out_school(rows: pd.DataFrame) -> pd.Series:
    """Outcome less the mean of the others of the school, grade and year, which has no jump of its own at the cut."""
    cells = rows.groupby(["school", "grade", "school_year"], dropna=False)["outcome"]
    others = cells.transform("size") - 1
    mean = (cells.transform("sum") - rows["outcome"]) / others.where(others >= LEAST_OTHERS)
    return rows["outcome"] - mean.fillna(0.0)


def _check_dose(near: pd.DataFrame, *, below: bool) -> Check:
    dose = describe_dose(
        score=near["distance"].to_numpy(dtype="float64"),
        cut=0.0,
        received=near["received"].to_numpy(dtype="float64"),
        treated_below=below,
    )
    gap = dose.entitled_share_pct - dose.others_share_pct
    kept = "kept with few exceptions" if gap >= NEARLY_SHARP_PCT else "fuzzy"
    kind = "sharp" if dose.is_sharp else f"{kept}, so the effect is that of receiving it"
    return Check(
        name="dose on both sides",
        passed=gap >= LEAST_GAP_PCT,
        sentence=(
            f"Near the cut score {format_percent(dose.entitled_share_pct)} of those entitled received it and "
            f"{format_percent(dose.others_share_pct)} of the others: the cut is {kind}."
        ),
    )


def _check_integrity(pupils: Pupils) -> list[Check]:
    """Look for scores that were moved across the cut, among all who were scored, with an outcome or without."""
    every = pupils.rows["distance"].dropna().to_numpy(dtype="float64")
    moved = abs(float(np.median(every - np.round(every)))) > STEP / 2
    whole = every + STEP if moved else every
    if np.allclose(whole, np.round(whole), atol=STEP / 10):
        values, counts = np.unique(np.round(whole), return_counts=True)
        name = "heaping at the cut score"
        if not ((np.abs(values) <= NEAR) & (values < 0)).any() or not ((np.abs(values) <= NEAR) & (values >= 0)).any():
            return [Check(name=name, passed=None, sentence="No score lies near the cut on one of its sides.")]
        try:
            found = check_heaping(values=values, counts=counts.astype("float64"), cut=1.0 if moved else 0.0)
        except TooFewError as reason:
            return [Check(name=name, passed=None, sentence=f"It could not be checked whether scores heap: {reason}.")]
        told = "Scores heap at the cut score" if found.flagged else "Scores do not heap at the cut score"
        return [Check(name=name, passed=not found.flagged, sentence=f"{told} beyond what chance explains.")]
    name = "density at the cut score"
    try:
        density = check_density(score=every, cut=0.0)
    except TooFewError as reason:
        return [Check(name=name, passed=None, sentence=f"It could not be checked whether scores were moved: {reason}.")]
    smooth = density.p_value >= DENSITY_LEVEL
    told = "does not jump" if smooth else "jumps"
    return [Check(name=name, passed=smooth, sentence=f"The number of students {told} at the cut score beyond chance.")]


def _check_stability(
    rows: pd.DataFrame,
    *,
    pupils: Pupils,
    jump: Jump,
    fuzzy: FloatArray | None,
    clusters: IdArray | None,
    ci_level: float,
) -> list[Check]:
    score = rows["distance"].to_numpy(dtype="float64")
    varied = vary_bandwidth(
        outcome=rows["outcome"].to_numpy(dtype="float64"),
        score=score,
        cut=0.0,
        bandwidth=jump.bandwidth,
        treated_below=pupils.treated_below,
        received=fuzzy,
        clusters=clusters,
        ci_level=ci_level,
    )
    effects = [found.effect for found in varied.values() if isinstance(found, Jump)]
    stable = all(one.ci_low <= jump.effect.ci_high and one.ci_high >= jump.effect.ci_low for one in effects)
    width = format_number(jump.bandwidth, decimals=1)
    points = f"{jump.n_points_below} different scores below it and {jump.n_points_above} above"
    told = "agree with it" if stable else "do not agree with it"
    checks = [
        Check(
            name="bandwidth",
            passed=stable if len(effects) > 1 else None,
            sentence=f"Scores within {width} of the cut count ({points}); estimates at half and at twice this "
            f"width {told}.",
        )
    ]
    covariates = list_covariates(rows, pupils=pupils, baseline=False)
    if covariates:
        jumps = check_covariates(
            covariates=covariates, score=score, cut=0.0, treated_below=pupils.treated_below, clusters=clusters
        )
        failed = [one.name for one in jumps if one.p_adjusted is not None and one.p_adjusted < 0.05]
        told = f"{', '.join(failed)} jump at the cut" if failed else "none jumps at the cut beyond chance"
        checks.append(
            Check(
                name="groups alike at the cut score",
                passed=not failed,
                sentence=f"Of {len(jumps)} characteristics known beforehand {told}.",
            )
        )
    return checks


def _check_attrition(pupils: Pupils, *, bandwidth: float) -> Check:
    near = pupils.rows[pupils.rows["distance"].abs() <= bandwidth]
    attrition = count_attrition(
        treated=np.asarray((near["distance"] < 0) == pupils.treated_below, dtype=np.float64),
        known=np.asarray(near["outcome"].notna(), dtype=np.float64),
    )
    if attrition is None:
        return Check(name="attrition near the cut score", passed=None, sentence="Who left could not be counted.")
    return Check(
        name="attrition near the cut score",
        passed=attrition.level == "low",
        sentence=(
            f"{format_number(attrition.overall_pct, decimals=1)}% have no outcome, the sides "
            f"{format_number(attrition.differential_pct, decimals=1)} points apart: attrition is "
            f"{attrition.level} by the "
            "cautious boundary."
        ),
    )


def _bootstrap(
    jump: Jump,
    *,
    outcome: FloatArray,
    score: FloatArray,
    below: bool,
    clusters: IdArray | None,
    ci_level: float,
    fuzzy: FloatArray | None,
) -> dict[str, Any]:
    if clusters is None:
        return {}
    near = np.abs(score) < jump.bandwidth
    x = score[near]
    side = ((x < 0) == below).astype("float64")
    root = np.sqrt(1 - np.abs(x) / jump.bandwidth)
    # The bias is taken out over the same bandwidth by a parabola on either side, as in the estimate itself.
    design = np.column_stack([side, np.ones(x.size), x, x**2, side * x, side * x**2])
    found = add_wild(
        outcome=root * outcome[near],
        design=root[:, None] * design,
        names=["side", "constant", "score", "square", "side × score", "side × square"],
        clusters=np.asarray(clusters)[near],
        ci_level=ci_level,
    )
    # Of a fuzzy cut only the test holds: nothing at the cut is nothing per student who received it.
    return found if fuzzy is None else {name: value for name, value in found.items() if name == "wild_p"}


def _rate(checks: list[Check]) -> tuple[Rating, tuple[str, ...]]:
    """Rate by the standards for regression discontinuity: all checks hold, or some.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, chapter on regression discontinuity designs.
    """
    failed = [check.name for check in checks if check.passed is False]
    open_ones = [check.name for check in checks if check.passed is None]
    reasons = tuple(f"{name[:1].upper()}{name[1:]} was not satisfied" for name in failed)
    reasons += tuple(f"{name[:1].upper()}{name[1:]} could not be checked" for name in open_ones)
    return ("with reservations" if reasons else "without reservations"), reasons
