"""Shrinkage of many units' estimates towards their mean, so that small units do not lead lists by chance."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.heterogeneity import estimate_tau, pool_at_tau, read_estimates

N_NODES = 64
NEGLIGIBLE_LOG_DENSITY = 25.0
N_HALVINGS = 50


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
        raise TooFewError(
            f"there are {values.size} units, and at least 3 are needed to know how much they differ"
        )
    tau = estimate_tau(estimates=estimates, std_errors=std_errors)
    nodes, weights = _place_nodes(values, variances, centre=max(tau, float(np.median(np.sqrt(variances)))))
    pooled = [pool_at_tau(estimates=values, variances=variances, tau=float(node))[:2] for node in nodes]
    means, mean_variances = np.array(pooled).T
    pull = variances[:, None] / (variances[:, None] + nodes**2)
    centres = values[:, None] * (1 - pull) + means * pull
    spreads = np.sqrt(variances[:, None] * (1 - pull) + pull**2 * mean_variances)
    posterior_means = centres @ weights
    posterior_variances = (spreads**2 + (centres - posterior_means[:, None]) ** 2) @ weights
    tail = (1 - ci_level) / 2
    return Shrunken(
        estimates=posterior_means,
        std_errors=np.sqrt(posterior_variances),
        ci_low=_find_quantile(tail, centres=centres, spreads=spreads, weights=weights),
        ci_high=_find_quantile(1 - tail, centres=centres, spreads=spreads, weights=weights),
        ci_level=ci_level,
        weight_pct=100 * ((1 - pull) @ weights),
        mean=float(means @ weights),
        tau=tau,
    )


def _place_nodes(
    estimates: FloatArray, variances: FloatArray, *, centre: float
) -> tuple[FloatArray, FloatArray]:
    """Place nodes and posterior weights of the spread, on the scale ``u = tau / (tau + centre)``."""

    def log_density(u: FloatArray) -> FloatArray:
        taus = centre * u / (1 - u)
        likelihoods = [
            pool_at_tau(estimates=estimates, variances=variances, tau=float(tau))[2] for tau in taus
        ]
        return np.asarray(np.array(likelihoods) - 2 * np.log1p(-u), dtype=np.float64)

    coarse = (np.arange(200) + 0.5) / 200
    density = log_density(coarse)
    kept = np.flatnonzero(density > density.max() - NEGLIGIBLE_LOG_DENSITY)
    low, high = max(float(coarse[kept[0]]) - 0.0075, 0.0), min(float(coarse[kept[-1]]) + 0.0075, 1.0)
    abscissae, quadrature = np.polynomial.legendre.leggauss(N_NODES)
    u = low + (high - low) * (abscissae + 1) / 2
    fine = log_density(u)
    weights = quadrature * np.exp(fine - fine.max())
    return centre * u / (1 - u), weights / weights.sum()


def _find_quantile(
    level: float, *, centres: FloatArray, spreads: FloatArray, weights: FloatArray
) -> FloatArray:
    """Find a quantile of each unit's mixture of normals by bisection."""
    kept = weights > np.exp(-NEGLIGIBLE_LOG_DENSITY)
    centres, spreads, weights = centres[:, kept], spreads[:, kept], weights[kept]
    low = (centres - 10 * spreads).min(axis=1)
    high = (centres + 10 * spreads).max(axis=1)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        below = ndtr((middle[:, None] - centres) / spreads) @ weights < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)
