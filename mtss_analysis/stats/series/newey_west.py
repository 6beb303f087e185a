"""Least squares on a series with Newey and West's standard errors, for comparison with other software."""

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import Estimate, make_t_estimate


def fit_newey_west(
    *, outcome: FloatArray, design: FloatArray, vector: FloatArray, n_lags: int | None = None, ci_level: float = 0.95
) -> Estimate:
    """Estimate a weighted sum of least-squares coefficients with Newey and West's standard error.

    In series of twenty to forty points its intervals are too short; it stands beside the interval that allows
    for every autocorrelation, not in its place.

    Parameters
    ----------
    outcome : (n,) float array
        In the order of time, evenly spaced, none missing.
    design : (n, p) float array
        Columns of the model.
    vector : (p,) float array
        Weights of the coefficients.
    n_lags : int, optional
        Neighbours taken in; the whole part of ``4 (n / 100)^(2/9)`` if not given.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Bartlett weights, factor ``n / (n - p)``, t distribution with ``n - p`` degrees of freedom.

    Raises
    ------
    TooFewError
        No more rows than columns, or columns that cannot be told apart.

    References
    ----------
    Newey & West (1987), Econometrica 55, 703-708; (1994), Review of Economic Studies 61, 631-653: lags.
    """
    n, p = design.shape
    if n <= p or np.linalg.matrix_rank(design) < p:
        raise TooFewError(f"there are {n} points for the {p} numbers that the model estimates")
    lags = int(4 * (n / 100) ** (2 / 9)) if n_lags is None else n_lags
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    scores = design * (outcome - design @ coefficients)[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        shared = scores[lag:].T @ scores[:-lag]
        meat = meat + (1 - lag / (lags + 1)) * (shared + shared.T)
    variance = float(vector @ inverse @ meat @ inverse @ vector) * n / (n - p)
    return make_t_estimate(
        estimate=float(vector @ coefficients), std_error=float(np.sqrt(variance)), df=float(n - p), ci_level=ci_level
    )
