"""Axis limits that every school's figures share, so that two packets can be laid side by side."""

import math

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.trends.across import SCHOOL
from mtss_analysis.measures.groups import ALL

MOST_STANDING = 2.0
LEAST_STANDING = 0.5


def standing_limits(comparison: Comparison) -> tuple[float, float]:
    """Find limits, symmetric about the state's average, that hold nearly every school's mean standing.

    Parameters
    ----------
    comparison : Comparison
        Levels of all schools.

    Returns
    -------
    tuple of float
        State SD, the same for every school of a run; 0.5 to 2 either way.
    """
    levels = comparison.frame("levels")
    means = levels[(levels["level"] == SCHOOL) & (levels["group"] == ALL) & (levels["n"] >= 10)]["mean_standing"]
    most = float(means.abs().quantile(0.98)) if len(means.dropna()) else LEAST_STANDING
    limit = min(max(math.ceil((most + 0.25) * 4) / 4, LEAST_STANDING), MOST_STANDING)
    return (-limit, limit)


def slope_limits(comparison: Comparison, *, kind: str) -> tuple[float, float]:
    """Find limits, symmetric about no change, that hold nearly every school's shrunken trend.

    Parameters
    ----------
    comparison : Comparison
        Slopes of all schools.
    kind : {'standing', 'below_cut'}
        Which slopes.

    Returns
    -------
    tuple of float
        In the slopes' unit.
    """
    slopes = comparison.frame("slopes")[comparison.frame("slopes")["kind"] == kind]
    ends = slopes[["shrunken_low", "shrunken_high"]].abs().max(axis=1).dropna()
    step = 0.1 if kind == "standing" else 5.0
    most = float(ends.quantile(0.99)) if len(ends) else step
    limit = max(math.ceil(most / step) * step, step)
    return (-limit, limit)
