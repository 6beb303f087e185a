"""Weights that make a comparison group look like the treated: entropy balancing, and inverse probability."""

import numpy as np
from scipy.special import logsumexp

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray

MAX_STEPS = 200
LARGEST_STEP = 5.0
DIVERGED = 500.0
BALANCED = 1e-6
"""Largest difference in standard deviations that counts as balanced exactly."""


def balance_entropy(*, comparison: FloatArray, target: FloatArray) -> FloatArray:
    """Weigh comparison rows so that their means are the target, with weights as even as possible.

    Parameters
    ----------
    comparison : (n, k) float array
        Standardised covariates of the comparison rows.
    target : (k,) float array
        Means of the treated, on the same scale.

    Returns
    -------
    (n,) float array
        Weights with mean 1.

    Raises
    ------
    TooFewError
        No weighting of the comparison rows has these means.

    References
    ----------
    Hainmueller (2012), Political Analysis 20, 25-46: the dual problem, equation 8.
    Zhao & Percival (2017), Journal of Causal Inference 5(1): doubly robust for the effect on the treated.
    """
    centred = comparison - target
    multipliers = np.zeros(target.size)
    for _ in range(MAX_STEPS):
        shares = _normalise(-centred @ multipliers)
        means = shares @ centred
        if float(np.abs(means).max()) < BALANCED:
            return np.asarray(shares * comparison.shape[0], dtype=np.float64)
        curvature = (centred * shares[:, None]).T @ centred - np.outer(means, means)
        step: FloatArray = np.asarray(np.linalg.pinv(curvature, hermitian=True) @ means, dtype=np.float64)
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        multipliers = multipliers + _shorten(step, multipliers=multipliers, centred=centred)
        if float(np.abs(multipliers).max()) > DIVERGED:
            break
    raise TooFewError("no weighting of the comparison students makes them like the treated on every measure")


def _shorten(step: FloatArray, *, multipliers: FloatArray, centred: FloatArray) -> FloatArray:
    """Halve a Newton step until the dual falls."""
    start = float(logsumexp(-centred @ multipliers))
    for _ in range(30):
        if float(logsumexp(-centred @ (multipliers + step))) <= start:
            break
        step = step / 2
    return step


def weigh_by_odds(*, probability: FloatArray) -> FloatArray:
    """Weigh comparison rows by the odds of being treated.

    Parameters
    ----------
    probability : (n,) float array
        Propensity of each comparison row, between 0 and 1.

    Returns
    -------
    (n,) float array
        Weights with mean 1.

    References
    ----------
    Hirano, Imbens & Ridder (2003), Econometrica 71, 1161-1189: the effect on the treated.
    """
    odds = probability / np.maximum(1 - probability, 1e-9)
    return np.asarray(odds / odds.mean(), dtype=np.float64)


def find_effective_size(weights: FloatArray) -> float:
    """Give the number of equally weighted rows that are worth as much (Kish).

    Parameters
    ----------
    weights : (n,) float array
        Weights.

    Returns
    -------
    float
        From 1 to ``n``.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7.
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def _normalise(logs: FloatArray) -> FloatArray:
    return np.asarray(np.exp(logs - logsumexp(logs)), dtype=np.float64)
