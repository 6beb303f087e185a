"""How much true effects differ between units whose estimates have known sampling errors."""

from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

TauMethod: TypeAlias = Literal["reml", "paule-mandel"]


def estimate_tau(*, estimates: FloatArray, std_errors: FloatArray, method: TauMethod = "reml") -> float:
    """Estimate the standard deviation of true effects.

    Parameters
    ----------
    estimates : (k,) float array
        One estimate a unit.
    std_errors : (k,) float array
        Their standard errors, taken as known; positive.
    method : {"reml", "paule-mandel"}
        Restricted maximum likelihood, or the value at which the weighted sum of squares is what it is
        expected to be.

    Returns
    -------
    float
        In the unit of the estimates; zero where they differ no more than their errors explain.

    Raises
    ------
    TooFewError
        Fewer than two units.

    References
    ----------
    Viechtbauer (2005), Journal of Educational and Behavioral Statistics 30, 261-293.
    Paule & Mandel (1982), Journal of Research of the National Bureau of Standards 87, 377-385.
    """
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    if float(np.ptp(values)) == 0:
        return 0.0
    return {"reml": _maximise_likelihood, "paule-mandel": _match_expectation}[method](values, variances)


def read_estimates(*, estimates: FloatArray, std_errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Check estimates with their standard errors.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        None missing; standard errors positive.

    Returns
    -------
    estimates, variances : (k,) float arrays
        Variances are the squared standard errors.

    Raises
    ------
    TooFewError
        Fewer than two units.
    """
    values = read_floats(estimates, ndim=1, what="estimates")
    errors = read_floats(std_errors, ndim=1, what="std_errors")
    if values.shape != errors.shape:
        raise ValueError(f"there are {values.size} estimates and {errors.size} standard errors")
    if values.size < 2:
        raise TooFewError(f"there are {values.size} estimates to compare, and at least 2 are needed")
    if np.any(errors <= 0):
        raise ValueError("a standard error is not positive")
    return values, errors**2


def pool_at_tau(*, estimates: FloatArray, variances: FloatArray, tau: float) -> tuple[float, float, float]:
    """Pool estimates where the standard deviation of true effects is given.

    Parameters
    ----------
    estimates, variances : (k,) float arrays
        Estimates and their sampling variances.
    tau : float
        Standard deviation of true effects.

    Returns
    -------
    mean, mean_variance, log_likelihood : float
        Inverse-variance weighted mean, its variance, and the restricted log-likelihood up to a constant.
    """
    totals = variances + tau**2
    weights = 1 / totals
    mean_variance = 1 / float(weights.sum())
    mean = float(weights @ estimates) * mean_variance
    squares = float(weights @ (estimates - mean) ** 2)
    log_likelihood = -0.5 * (float(np.log(totals).sum()) - np.log(mean_variance) + squares)
    return mean, mean_variance, float(log_likelihood)


def pool_at_taus(
    *, estimates: FloatArray, variances: FloatArray, taus: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Pool estimates at each of many standard deviations of true effects; see :func:`pool_at_tau`.

    Parameters
    ----------
    estimates, variances : (k,) float arrays
        Estimates and their sampling variances.
    taus : (t,) float array
        Standard deviations of true effects.

    Returns
    -------
    means, mean_variances, log_likelihoods : (t,) float arrays
        One for each standard deviation.
    """
    totals = variances[None, :] + taus[:, None] ** 2
    weights = 1 / totals
    mean_variances = 1 / weights.sum(axis=1)
    means = (weights @ estimates) * mean_variances
    squares = (weights * (estimates[None, :] - means[:, None]) ** 2).sum(axis=1)
    log_likelihoods = -0.5 * (np.log(totals).sum(axis=1) - np.log(mean_variances) + squares)
    return means, mean_variances, log_likelihoods


def _maximise_likelihood(estimates: FloatArray, variances: FloatArray) -> float:
    def deviance(tau: float) -> float:
        return -pool_at_tau(estimates=estimates, variances=variances, tau=tau)[2]

    # The likelihood can have more than one peak, none of them beyond the range of the estimates.
    grid = float(np.ptp(estimates)) * np.linspace(0, 1, 101) ** 2
    lowest = int(np.argmax(pool_at_taus(estimates=estimates, variances=variances, taus=grid)[2]))
    low, high = grid[max(lowest - 1, 0)], grid[min(lowest + 1, grid.size - 1)]
    found = minimize_scalar(deviance, bounds=(low, high), method="bounded", options={"xatol": 1e-10 * high})
    tau = float(found.x)
    return tau if deviance(tau) < deviance(0.0) else 0.0


def _match_expectation(estimates: FloatArray, variances: FloatArray) -> float:
    def excess(tau: float) -> float:
        weights = 1 / (variances + tau**2)
        mean = float(weights @ estimates / weights.sum())
        return float(weights @ (estimates - mean) ** 2) - (estimates.size - 1)

    if excess(0.0) <= 0:
        return 0.0
    # At the range of the estimates every weighted square is at most one quarter of one.
    high = float(np.ptp(estimates))
    return float(brentq(excess, 0.0, high, xtol=1e-12 * high))
