"""Search over how a variance divides: the best shares, and the range of each that the likelihood allows."""

from itertools import product

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import ndtri

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.nested_likelihood import NestedData, solve_at_shares

SMALLEST_ROW_SHARE = 1e-9
"""The share between rows is kept above this, where the likelihood is still defined."""
ZERO_SHARE = 1e-5
"""A share below this is tried at zero, and set to zero if the likelihood is no worse."""
SAME_DEVIANCE = 1e-3
"""Two searches agree when their deviances differ by no more than this."""
N_SEARCHES = 3
SHARE_PRECISION = 1e-5


def find_best_shares(data: NestedData) -> tuple[FloatArray, bool]:
    """Find the shares with the highest restricted likelihood.

    Parameters
    ----------
    data : NestedData
        Sums by group.

    Returns
    -------
    shares : (levels + 1,) float array
        Of the rows, then of each level from the innermost; sum 1. A share may be exactly zero.
    converged : bool
        At least two searches from different starts reached the same likelihood.
    """
    n_levels = len(data.n_groups)
    starts = [np.array(start) for start in product((0.05, 0.3, 0.7), repeat=n_levels)]
    starts.sort(key=lambda start: _deviance(data, _break_sticks(start)))
    found = [_search(data, start=start, component=None, value=0.0) for start in starts[:N_SEARCHES]]
    found.sort(key=lambda entry: entry[0])
    deviance, sticks = found[0]
    converged = found[1][0] <= deviance + SAME_DEVIANCE
    shares = _break_sticks(_polish(data, sticks))
    for level in range(1, shares.size):
        if not 0 < shares[level] < ZERO_SHARE:
            continue
        trial = shares.copy()
        trial[level] = 0
        trial /= trial.sum()
        if _deviance(data, trial) <= deviance + SAME_DEVIANCE:
            shares = trial
    return _keep_row_share(shares), converged


def find_share_limits(data: NestedData, *, shares: FloatArray, component: int, ci_level: float) -> tuple[float, float]:
    """Find the range of one share that the profile likelihood allows.

    Parameters
    ----------
    data : NestedData
        Sums by group.
    shares : (levels + 1,) float array
        Best shares.
    component : int
        Which share; 0 is that of the rows.
    ci_level : float
        Confidence level.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    estimate = float(shares[component])
    best = _deviance(data, shares)
    quantile = float(ndtri((1 + ci_level) / 2))
    start = np.clip(_read_sticks(np.delete(shares, component)), 1e-3, 1 - 1e-3)

    def excess(value: float) -> float:
        """Root of the likelihood ratio, nearly a straight line in the share, less the quantile."""
        deviance, _ = _search(data, start=start, component=component, value=value)
        return float(np.sqrt(max(deviance - best, 0.0))) - quantile

    def find_limit(end: float) -> float:
        if estimate == end or excess(end) <= 0:
            return end
        return float(brentq(excess, estimate, end, xtol=SHARE_PRECISION))

    lowest, highest = (SMALLEST_ROW_SHARE, 1.0) if component == 0 else (0.0, 1 - SMALLEST_ROW_SHARE)
    return find_limit(lowest), find_limit(highest)


def _search(data: NestedData, *, start: FloatArray, component: int | None, value: float) -> tuple[float, FloatArray]:
    """Minimise the deviance by gradients over sticks in the unit box, one share being held if asked to."""

    def deviance(sticks: FloatArray) -> float:
        others = _break_sticks(np.clip(sticks, 0, 1))
        held = others if component is None else np.insert((1 - value) * others, component, value)
        return _deviance(data, held)

    if start.size == 0:
        return deviance(start), start
    result = minimize(
        deviance,
        start,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * start.size,
        options={"ftol": 1e-11, "gtol": 1e-3, "maxiter": 200},
    )
    return float(result.fun), np.clip(np.asarray(result.x, dtype=np.float64), 0, 1)


def _polish(data: NestedData, sticks: FloatArray) -> FloatArray:
    """Refine by simplex, which needs no gradient."""
    step = np.where(sticks > 0.5, -1e-3, 1e-3)

    def deviance(trial: FloatArray) -> float:
        return _deviance(data, _break_sticks(np.clip(trial, 0, 1)))

    result = minimize(
        deviance,
        sticks,
        method="Nelder-Mead",
        bounds=[(0.0, 1.0)] * sticks.size,
        options={
            "initial_simplex": np.vstack([sticks, sticks + np.diag(step)]),
            "xatol": 1e-8,
            "fatol": 1e-10,
            "maxiter": 500,
        },
    )
    return np.clip(np.asarray(result.x, dtype=np.float64), 0, 1)


def _deviance(data: NestedData, shares: FloatArray) -> float:
    return solve_at_shares(data, _keep_row_share(shares)).deviance


def _keep_row_share(shares: FloatArray) -> FloatArray:
    if shares[0] >= SMALLEST_ROW_SHARE:
        return shares
    kept = shares * (1 - SMALLEST_ROW_SHARE) / max(float(shares[1:].sum()), SMALLEST_ROW_SHARE)
    kept[0] = SMALLEST_ROW_SHARE
    return np.asarray(kept, dtype=np.float64)


def _break_sticks(sticks: FloatArray) -> FloatArray:
    """Turn ``k`` numbers in [0, 1] into ``k + 1`` shares of one; the first share is what the sticks leave."""
    left = np.concatenate([[1.0], np.cumprod(1 - sticks)])
    return np.concatenate([left[-1:], sticks * left[:-1]])


def _read_sticks(shares: FloatArray) -> FloatArray:
    total = max(float(shares.sum()), np.finfo(np.float64).tiny)
    parts = shares[1:] / total
    left = 1 - np.concatenate([[0.0], np.cumsum(parts[:-1])]) if parts.size else parts
    return np.asarray(parts / np.maximum(left, 1e-12), dtype=np.float64)
