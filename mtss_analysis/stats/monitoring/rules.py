"""Decision rules of progress monitoring: what each says, and how often each is wrong."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ndtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

Verdict: TypeAlias = Literal["change", "continue", "raise the goal"]
Rule: TypeAlias = Literal["four points", "median of three", "trend line"]

FOUR = 4
THREE = 3
TREND_FROM = 6
"""Points from which a trend line is drawn: National Center on Intensive Intervention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdicts:
    """What the rules say of one student's scores.

    Parameters
    ----------
    four_points : str or None
        Last four all below the goal line: change; all above: raise the goal. None with fewer than four.
    median_of_three : str or None
        Median of the last three below the goal line: change. None with fewer than three.
    trend_line : str or None
        Slope of the line through the scores below the goal line's: change; above: raise. None with fewer than
        six.
    """

    four_points: Verdict | None
    median_of_three: Verdict | None
    trend_line: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DualDiscrepancy:
    """Level and slope, each against its criterion.

    Parameters
    ----------
    level_below, slope_below : bool
        Below the criterion.
    is_discrepant : bool
        Both.
    """

    level_below: bool
    slope_below: bool
    is_discrepant: bool


def apply_rules(*, weeks: FloatArray, scores: FloatArray, goal_start: float, goal_slope: float) -> RuleVerdicts:
    """Apply the three rules to one student's scores, higher being better.

    Parameters
    ----------
    weeks : (n,) float array
        Week of each score, since the goal line's beginning.
    scores : (n,) float array
        None missing.
    goal_start : float
        Height of the goal line at week 0.
    goal_slope : float
        Its rise per week.

    Returns
    -------
    RuleVerdicts
        A point on the line is neither below nor above it.

    References
    ----------
    Stecker & Fuchs (2000), Learning Disabilities Research & Practice 15, 128-134: four points.
    White & Haring (1980), Exceptional Teaching. Deno & Mirkin (1977), Data-Based Program Modification: trend.
    """
    when = read_floats(weeks, ndim=1, what="weeks")
    order = np.argsort(when, kind="stable")
    when, values = when[order], read_floats(scores, ndim=1, what="scores")[order]
    distance = values - (goal_start + goal_slope * when)
    four: Verdict | None = None
    three: Verdict | None = None
    trend: Verdict | None = None
    if distance.size >= FOUR:
        last = distance[-FOUR:]
        four = "change" if np.all(last < 0) else "raise the goal" if np.all(last > 0) else "continue"
    if distance.size >= THREE:
        three = "change" if float(np.median(distance[-THREE:])) < 0 else "continue"
    if distance.size >= TREND_FROM and np.ptp(when) > 0:
        centred = when - when.mean()
        excess = float(centred @ distance) / float(centred @ centred)
        trend = "change" if excess < 0 else "raise the goal" if excess > 0 else "continue"
    return RuleVerdicts(four_points=four, median_of_three=three, trend_line=trend)


def judge_dual_discrepancy(
    *, level: float, slope: float, level_criterion: float, slope_criterion: float
) -> DualDiscrepancy:
    """Judge level and slope against their criteria.

    Parameters
    ----------
    level, slope : float
        The student's, such as the line's height at the last point and its rise per week.
    level_criterion, slope_criterion : float
        Such as one standard deviation below the classmates' mean of each.

    Returns
    -------
    DualDiscrepancy
        Discrepant only where both are below.

    References
    ----------
    Fuchs & Fuchs (1998), Learning Disabilities Research & Practice 13, 204-219.
    """
    low, slow = level < level_criterion, slope < slope_criterion
    return DualDiscrepancy(level_below=low, slope_below=slow, is_discrepant=low and slow)


def find_change_rate(*, rule: Rule, n_points: int, shortfall: float = 0.0, slope_shortfall: float = 0.0) -> float:
    """Find how often a rule, applied after each new point, says "change" at least once.

    Parameters
    ----------
    rule : {"four points", "median of three", "trend line"}
        The rule.
    n_points : int
        Weekly points.
    shortfall : float
        How far the student truly is below the goal line at the first point, in standard errors of estimate; 0
        for a student exactly on it, for whom every "change" is an error.
    slope_shortfall : float
        What the student truly falls behind each week, in standard errors of estimate.

    Returns
    -------
    float
        Probability, errors being normal and independent: exact for the first two rules; for the trend line from
        20,000 seeded series.

    Raises
    ------
    TooFewError
        Fewer points than the rule needs.
    """
    needed = {"four points": FOUR, "median of three": THREE, "trend line": TREND_FROM}[rule]
    if n_points < needed:
        raise TooFewError(f"there are {n_points} points, and the rule needs {needed}")
    depth = shortfall + slope_shortfall * np.arange(n_points, dtype=np.float64)
    if rule == "trend line":
        return _simulate_trend(n_points=n_points, depth=depth)
    chance_below = np.asarray(ndtr(depth), dtype=np.float64)
    return _run_chain(rule, chance_below)


def _run_chain(rule: Rule, chance_below: FloatArray) -> float:
    """Follow the last three points (below or not) from point to point until the rule fires."""
    state: dict[tuple[int, ...], float] = {(): 1.0}
    fired = 0.0
    width = FOUR if rule == "four points" else THREE
    wanted = FOUR if rule == "four points" else 2
    for chance in chance_below:
        following: dict[tuple[int, ...], float] = {}
        for past, probability in state.items():
            for below, share in ((1, float(chance)), (0, 1 - float(chance))):
                recent = (*past, below)
                if len(recent) == width and sum(recent) >= wanted:
                    fired += probability * share
                    continue
                kept = recent[-(width - 1) :]
                following[kept] = following.get(kept, 0.0) + probability * share
        state = following
    return fired


def _simulate_trend(*, n_points: int, depth: FloatArray, n_series: int = 20_000, seed: int = 0) -> float:
    rng = np.random.default_rng(seed)
    distance = rng.normal(size=(n_series, n_points)) - depth
    fired = np.zeros(n_series, dtype=np.bool_)
    for n in range(TREND_FROM, n_points + 1):
        centred = np.arange(n) - (n - 1) / 2
        fired |= distance[:, :n] @ centred < 0
    return float(fired.mean())
