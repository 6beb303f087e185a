"""How far the items of a scale measure the same."""

import numpy as np
from scipy.special import fdtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Interval, check_level


def estimate_alpha(*, answers: FloatArray, ci_level: float = 0.95) -> Interval:
    """Estimate Cronbach's alpha with Feldt's interval.

    Parameters
    ----------
    answers : (n, k) float array
        Answers of n respondents to k items, none missing: leave out incomplete respondents first. Items that are
        scored the other way round must have been turned.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        1 for items that agree wholly; negative where they contradict each other.

    Raises
    ------
    TooFewError
        Fewer than two items or two respondents, or all respondents have the same sum.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297-334. Feldt, Woodruff & Salih (1987), Applied Psychological Measurement 11,
    93-103, formulas 6 and 7.
    """
    check_level(ci_level)
    table = read_floats(answers, ndim=2, what="answers")
    n, k = table.shape
    if k < 2:
        raise TooFewError("the scale has a single item")
    if n < 2:
        raise TooFewError("fewer than two respondents answered every item")
    of_sum = float(table.sum(axis=1).var(ddof=1))
    if of_sum <= 0:
        raise TooFewError("all respondents have the same sum")
    alpha = k / (k - 1) * (1 - float(table.var(axis=0, ddof=1).sum()) / of_sum)
    tail = (1 - ci_level) / 2
    first, second = n - 1, (n - 1) * (k - 1)
    low, high = (1 - (1 - alpha) * float(fdtri(first, second, level)) for level in (1 - tail, tail))
    return Interval(estimate=alpha, ci_low=float(np.float64(low)), ci_high=float(np.float64(high)), ci_level=ci_level)
