"""Pooling of estimates from several units whose true effects may differ."""

import math
from dataclasses import dataclass

import numpy as np

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import Estimate, Interval, check_level, make_t_estimate
from mtss_analysis.stats.heterogeneity import TauMethod, estimate_tau, pool_at_tau, read_estimates
from mtss_analysis.stats.spread_posterior import find_mixture_quantile, weigh_spreads


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """A random-effects mean.

    Parameters
    ----------
    mean : Estimate
        With Hartung and Knapp's interval.
    prediction : Interval or None
        Where the true effect of a further unit is expected; None with fewer than three units.
    tau : float
        Standard deviation of true effects.
    heterogeneity_pct : float
        I²: percent of the variation between estimates that their errors do not explain.
    n_units : int
        Estimates pooled.
    """

    mean: Estimate
    prediction: Interval | None
    tau: float
    heterogeneity_pct: float
    n_units: int


def pool_estimates(
    *,
    estimates: FloatArray,
    std_errors: FloatArray,
    method: TauMethod = "reml",
    ci_level: float = 0.95,
) -> Pooled:
    """Pool estimates by the random-effects model, with Hartung and Knapp's interval.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One estimate a unit, and its standard error, taken as known.
    method : {"reml", "paule-mandel"}
        How the variance of true effects is estimated.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Pooled
        The mean's standard error is never smaller than the one without Hartung and Knapp's factor: estimates
        that agree by chance do not narrow it.

    Raises
    ------
    TooFewError
        Fewer than two units.

    References
    ----------
    Knapp & Hartung (2003), Statistics in Medicine 22, 2693-2710, including the factor's lower limit of one.
    Higgins, Thompson & Spiegelhalter (2009), JRSS A 172, 137-159: the predictive distribution, here averaged
    over the posterior of the spread, since the simpler interval with k - 2 degrees
    of freedom covers less often than it says: Partlett & Riley (2017), Statistics in Medicine 36, 301-317.
    Higgins & Thompson (2002), Statistics in Medicine 21, 1539-1558: I².
    """
    check_level(ci_level)
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    tau = estimate_tau(estimates=estimates, std_errors=std_errors, method=method)
    mean, mean_variance, _ = pool_at_tau(estimates=values, variances=variances, tau=tau)
    k = values.size
    spread = float(((values - mean) ** 2 / (variances + tau**2)).sum()) / (k - 1)
    std_error = math.sqrt(mean_variance * max(1.0, spread))
    tail = (1 - ci_level) / 2
    prediction = None
    if k > 2:
        prediction = Interval(
            estimate=mean,
            ci_low=_predict(tail, estimates=values, variances=variances),
            ci_high=_predict(1 - tail, estimates=values, variances=variances),
            ci_level=ci_level,
        )
    weights = 1 / variances
    typical = (k - 1) * float(weights.sum()) / (float(weights.sum()) ** 2 - float((weights**2).sum()))
    return Pooled(
        mean=make_t_estimate(estimate=mean, std_error=std_error, df=k - 1, ci_level=ci_level),
        prediction=prediction,
        tau=tau,
        heterogeneity_pct=100 * tau**2 / (tau**2 + typical),
        n_units=k,
    )


def _predict(level: float, *, estimates: FloatArray, variances: FloatArray) -> float:
    """Give a quantile of the true effect of a further unit."""
    posterior = weigh_spreads(estimates=estimates, variances=variances)
    quantile = find_mixture_quantile(
        level=level,
        centres=posterior.means[None, :],
        spreads=np.sqrt(posterior.mean_variances + posterior.spreads**2)[None, :],
        weights=posterior.weights,
    )
    return float(quantile[0])
