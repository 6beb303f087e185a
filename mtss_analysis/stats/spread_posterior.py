"""Posterior of the standard deviation of true effects, as a mixture to average over."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.heterogeneity import pool_at_taus

N_NODES = 64
NEGLIGIBLE_LOG_DENSITY = 25.0
N_HALVINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpreadPosterior:
    """Nodes over the standard deviation of true effects.

    Parameters
    ----------
    spreads, weights : (nodes,) float arrays
        Standard deviations, and their posterior probabilities.
    means, mean_variances : (nodes,) float arrays
        Pooled mean and its variance at each standard deviation.
    """

    spreads: FloatArray
    weights: FloatArray
    means: FloatArray
    mean_variances: FloatArray


def weigh_spreads(*, estimates: FloatArray, variances: FloatArray) -> SpreadPosterior:
    """Weigh standard deviations of true effects by their posterior, under a flat prior.

    Parameters
    ----------
    estimates, variances : (k,) float arrays
        At least three estimates, and their sampling variances.

    Returns
    -------
    SpreadPosterior
        Gauss-Legendre nodes on the scale ``u = tau / (tau + c)``, over the range where the density counts.

    References
    ----------
    Gelman (2006), Bayesian Analysis 1, 515-534: proper from three estimates on.
    """
    centre = max(float(np.sqrt(estimates.var(ddof=1))), float(np.median(np.sqrt(variances))))

    def log_density(u: FloatArray) -> FloatArray:
        taus = centre * u / (1 - u)
        likelihoods = pool_at_taus(estimates=estimates, variances=variances, taus=taus)[2]
        return np.asarray(likelihoods - 2 * np.log1p(-u), dtype=np.float64)

    coarse = (np.arange(200) + 0.5) / 200
    density = log_density(coarse)
    kept = np.flatnonzero(density > density.max() - NEGLIGIBLE_LOG_DENSITY)
    low, high = max(float(coarse[kept[0]]) - 0.0075, 0.0), min(float(coarse[kept[-1]]) + 0.0075, 1.0)
    abscissae, quadrature = np.polynomial.legendre.leggauss(N_NODES)
    u = low + (high - low) * (abscissae + 1) / 2
    fine = log_density(u)
    weights = quadrature * np.exp(fine - fine.max())
    spreads = centre * u / (1 - u)
    means, mean_variances, _ = pool_at_taus(estimates=estimates, variances=variances, taus=spreads)
    return SpreadPosterior(spreads=spreads, weights=weights / weights.sum(), means=means, mean_variances=mean_variances)


def find_mixture_quantile(*, level: float, centres: FloatArray, spreads: FloatArray, weights: FloatArray) -> FloatArray:
    """Find a quantile of mixtures of normals by bisection.

    Parameters
    ----------
    level : float
        Between 0 and 1.
    centres, spreads : (k, nodes) float arrays
        Means and standard deviations of the normals of each of ``k`` mixtures.
    weights : (nodes,) float array
        Probabilities, sum 1.

    Returns
    -------
    FloatArray
        ``(k,)``.
    """
    kept = weights > np.exp(-NEGLIGIBLE_LOG_DENSITY)
    centres, spreads, weights = centres[:, kept], spreads[:, kept], weights[kept]
    low = (centres - 10 * spreads).min(axis=1)
    high = (centres + 10 * spreads).max(axis=1)
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        below = ndtr((middle[:, None] - centres) / spreads) @ weights < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)
