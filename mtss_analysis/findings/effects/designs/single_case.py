"""Single cases: each student's baseline against the same student's intervention phase, cases as a sample."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs.result import LOWEST, Check, DesignResult, decline
from mtss_analysis.show import format_number
from mtss_analysis.stats.evidence import Rating
from mtss_analysis.stats.single_case import estimate_design_comparable, estimate_response_ratio, measure_overlap

BASELINE = "A"
MIN_POINTS = 3
MIN_STARTS = 3
FULL_POINTS = 5
"""Points a phase for a rating without reservations; three with them: WWC Handbook 5.0, single-case designs."""
FULL_CASES = 6
"""Cases from which on the variance between them is told well enough, a convention of this kit."""
NOTE = "it speaks for the students followed, who are their own comparison"


def estimate_single_case(progress: pd.DataFrame, *, better: str, ci_level: float) -> DesignResult:
    """Estimate the design-comparable effect size of cases with a baseline and an intervention phase.

    Parameters
    ----------
    progress : DataFrame
        Probes of one intervention and measure: ``student_id``, ``date``, ``score``, ``phase`` (A is baseline).
    better : {'higher', 'lower'}
        Which way is an improvement.
    ci_level : float
        Confidence level.

    Returns
    -------
    DesignResult
        ``estimate`` in the outcome's unit, ``g`` in standard deviations between and within cases; the non-overlap
        measures stand beside as checks, as medians over cases.
    """
    rows = progress.dropna(subset=["score", "phase", "date"]).sort_values(["student_id", "date"])
    points = pd.crosstab(rows["student_id"], rows["phase"] == BASELINE)
    n_cases = len(points)
    if points.empty or points.shape[1] < 2:
        return decline("single_case", reason="no student has both a baseline and an intervention phase")
    enough = points[(points >= MIN_POINTS).all(axis=1)]
    rows = rows[rows["student_id"].isin(enough.index)]
    counts: dict[str, Any] = {"n_treated": len(enough), "n_comparison": 0, "n_clusters": len(enough)}
    first = rows.groupby("student_id")["date"].transform("min")
    time = np.round((rows["date"] - first).dt.days.to_numpy(dtype="float64"))
    phase = np.asarray(rows["phase"] != BASELINE, dtype=np.float64)
    try:
        found = estimate_design_comparable(
            outcome=rows["score"].to_numpy(dtype="float64"),
            case=rows["student_id"].to_numpy(dtype=object).astype("U"),
            time=_count_sessions(rows, time=time),
            intervention=phase,
            ci_level=ci_level,
        )
    except TooFewError as reason:
        return decline("single_case", reason=str(reason), **counts)
    effect = found.difference
    scale = found.g.estimate / effect.estimate if effect.estimate else 1.0
    rating, reasons = _rate(enough)
    return DesignResult(
        design="single_case",
        estimate=effect,
        sd=1 / abs(scale),
        g=found.g.estimate,
        g_low=found.g.ci_low,
        g_high=found.g.ci_high,
        **counts,
        checks=(
            Check(
                name="phases",
                passed=len(enough) == n_cases,
                sentence=f"{len(enough)} of {n_cases} cases have at least {MIN_POINTS} points in both phases.",
            ),
            *_warn_of_few(len(enough)),
            *_describe_overlap(rows, better=better),
        ),
        rating=rating,
        rating_reasons=reasons,
        note=NOTE,
    )


def _rate(points: pd.DataFrame) -> tuple[Rating, tuple[str, ...]]:
    """Rate by points a phase, and by whether the intervention began after baselines of different lengths.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, chapter on single-case designs: three attempts to show the effect at
    different times.
    """
    if len(set(points[True])) < MIN_STARTS:
        told = (
            f"Baselines have fewer than {MIN_STARTS} different lengths, so nothing shows that change follows the start"
        )
        return LOWEST, (told,)
    if int(points.min().min()) < FULL_POINTS:
        return "with reservations", (f"A phase has fewer than {FULL_POINTS} points",)
    return "without reservations", ()


def _warn_of_few(n_cases: int) -> tuple[Check, ...]:
    if n_cases >= FULL_CASES:
        return ()
    sentence = (
        f"With {n_cases} cases it is poorly known how much cases differ, which is the unit of the effect size; its "
        "likely range allows for it and is wide."
    )
    return (Check(name="number of cases", passed=None, sentence=sentence),)


def _count_sessions(rows: pd.DataFrame, *, time: np.ndarray) -> np.ndarray:
    """Days between probes in units of the usual step, whole numbers, no two alike within a case."""
    steps = pd.Series(time, index=rows.index).groupby(rows["student_id"]).diff().dropna()
    usual = float(steps[steps > 0].median()) if (steps > 0).any() else 1.0
    session = pd.Series(np.round(time / usual), index=rows.index)
    twice = session.groupby(rows["student_id"]).diff().eq(0).any()
    return (rows.groupby("student_id").cumcount() if twice else session).to_numpy(dtype="float64")


def _describe_overlap(rows: pd.DataFrame, *, better: str) -> tuple[Check, ...]:
    naps, taus, ratios = [], [], []
    for _, case in rows.groupby("student_id", sort=True):
        is_base = (case["phase"] == BASELINE).to_numpy()
        scores = case["score"].to_numpy(dtype="float64")
        try:
            overlap = measure_overlap(
                baseline=scores[is_base],
                intervention=scores[~is_base],
                better="lower" if better == "lower" else "higher",
            )
        except TooFewError:
            continue
        naps.append(overlap.nap.estimate)
        taus.append(overlap.tau_u)
        try:
            ratio = estimate_response_ratio(baseline=scores[is_base], intervention=scores[~is_base])
        except TooFewError:
            continue
        ratios.append(ratio.estimate)
    if not naps:
        return ()
    told = (
        f"In the middle case NAP is {format_number(float(np.median(naps)), decimals=2)} and Tau-U "
        f"{format_number(float(np.median(taus)), decimals=2)}"
    )
    if ratios:
        change = 100 * (np.exp(float(np.median(ratios))) - 1)
        told += f", and the log response ratio stands for {format_number(change, decimals=0, signed=True)}%"
    return (Check(name="non-overlap", passed=bool(np.median(naps) > 0.5), sentence=f"{told}."),)
