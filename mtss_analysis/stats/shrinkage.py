"""Shrinkage of many units' estimates towards their mean, so that small units do not lead lists by chance."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.heterogeneity import estimate_tau, read_estimates
from mtss_analysis.stats.spread_posterior import find_mixture_quantile, weigh_spreads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shrunken:
    """Shrunken estimates of ``k`` units.

    Parameters
    ----------
    estimates : (k,) float array
        Posterior means, in the unit of the estimates given.
    std_errors : (k,) float array
        Posterior standard deviations.
    ci_low, ci_high : (k,) float arrays
        Limits with equal tails.
    ci_level : float
        Probability between the limits.
    weight_pct : (k,) float array
        Percent of each posterior mean that comes from the unit's own estimate; the rest is the mean of all.
    mean : float
        Mean towards which estimates are drawn.
    tau : float
        Standard deviation of true values by restricted maximum likelihood; may be zero.
    """

    estimates: FloatArray
    std_errors: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    ci_level: float
    weight_pct: FloatArray
    mean: float
    tau: float


def shrink(*, estimates: FloatArray, std_errors: FloatArray, ci_level: float = 0.95) -> Shrunken:
    """Shrink estimates towards their mean by the normal-normal model.

    The mean and the spread of true values are not fixed at their estimates: the posterior is averaged over
    them, with a flat prior on both. So units are still told apart, and intervals keep their width, where the
    spread is estimated as zero.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One estimate a unit, and its standard error, taken as known.
    ci_level : float
        Probability between the limits, between 0 and 1.

    Returns
    -------
    Shrunken
        In the order given.

    Raises
    ------
    TooFewError
        Fewer than three units: their spread is then not known at all.

    References
    ----------
    Rubin (1981), Journal of Educational Statistics 6, 377-401.
    Gelman (2006), Bayesian Analysis 1, 515-534: flat prior on the standard deviation, proper from three units
    on.
    Morris (1983), JASA 78, 47-55: why intervals must allow for the estimated spread.
    """
    check_level(ci_level)
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    if values.size < 3:
        raise TooFewError(f"there are {values.size} units, and at least 3 are needed to know how much they differ")
    tau = estimate_tau(estimates=estimates, std_errors=std_errors)
    posterior = weigh_spreads(estimates=values, variances=variances)
    nodes, means, weights = posterior.spreads, posterior.means, posterior.weights
    pull = variances[:, None] / (variances[:, None] + nodes**2)
    centres = values[:, None] * (1 - pull) + means * pull
    spreads = np.sqrt(variances[:, None] * (1 - pull) + pull**2 * posterior.mean_variances)
    posterior_means = centres @ weights
    posterior_variances = (spreads**2 + (centres - posterior_means[:, None]) ** 2) @ weights
    tail = (1 - ci_level) / 2
    return Shrunken(
        estimates=posterior_means,
        std_errors=np.sqrt(posterior_variances),
        ci_low=find_mixture_quantile(level=tail, centres=centres, spreads=spreads, weights=weights),
        ci_high=find_mixture_quantile(level=1 - tail, centres=centres, spreads=spreads, weights=weights),
        ci_level=ci_level,
        weight_pct=100 * ((1 - pull) @ weights),
        mean=float(means @ weights),
        tau=tau,
    )
