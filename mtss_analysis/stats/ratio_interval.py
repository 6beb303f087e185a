"""An interval of a difference in standard deviations where both parts are estimated, each with its own uncertainty."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincinv, stdtr

from mtss_analysis.stats.estimate import check_level

N_POINTS = 400
"""Values of the standard deviation, equally likely, over which the distribution is averaged."""


def find_standardised_limits(
    *, ratio: float, std_error: float, df: float, spread_df: float, ci_level: float = 0.95
) -> tuple[float, float]:
    """Find the limits of a difference over a standard deviation.

    Parameters
    ----------
    ratio : float
        Estimated difference over the estimated standard deviation.
    std_error : float
        Of the difference, over the estimated standard deviation.
    df : float
        Degrees of freedom of that standard error.
    spread_df : float
        Degrees of freedom of the variance whose root divides.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        They exclude zero exactly where the t interval of the difference does. Difference and variance are taken to
        be estimated independently.

    References
    ----------
    Weerahandi (1993), JASA 88, 899-905: generalised confidence intervals, here of ``(b + s_b T) sqrt(W / nu) / s``
    with ``T`` from a t and ``W`` from a chi-squared distribution.
    """
    check_level(ci_level)
    shares = (np.arange(N_POINTS) + 0.5) / N_POINTS
    roots = np.sqrt(2 * gammaincinv(spread_df / 2, shares) / spread_df)

    def below(value: float) -> float:
        return float(stdtr(df, (value / roots - ratio) / std_error).mean())

    reach = 1.0 + 2 * abs(ratio) + 20 * std_error
    while below(-reach) > (1 - ci_level) / 2 or below(reach) < (1 + ci_level) / 2:
        reach *= 4
    low = float(brentq(lambda value: below(value) - (1 - ci_level) / 2, -reach, reach))
    return low, float(brentq(lambda value: below(value) - (1 + ci_level) / 2, -reach, reach))
