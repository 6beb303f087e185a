"""The search for the variances of a growth model: several starts, a guard at the boundary, agreement checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.growth.likelihood import GrowthData, solve_growth

BOUNDARY = 1e-4
"""A standard deviation below this share of the residual one is taken as zero."""
AGREEMENT = 1e-3
"""Searches whose deviances differ by less reached the same maximum."""
LIFT = 0.1
IMPOSSIBLE = 1e30
STARTS = (0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceSearch:
    """Where the restricted likelihood is highest.

    Parameters
    ----------
    theta : (k,) float array
        Lower-triangular entries of the factors, level by level.
    optimiser : str
        The search that found it.
    converged : bool
        At least two searches reached this likelihood.
    n_searches : int
        Searches made.
    """

    theta: FloatArray
    optimiser: str
    converged: bool
    n_searches: int


def list_entries(widths: Sequence[int]) -> list[tuple[int, int, int]]:
    """List the free entries of the factors as level, row and column.

    Parameters
    ----------
    widths : sequence of int
        Random effects at each level: 1 for an intercept, 2 for an intercept and a slope.

    Returns
    -------
    list of tuple
        In the order of ``theta``.
    """
    return [(level, i, j) for level, width in enumerate(widths) for j in range(width) for i in range(j, width)]


def build_factors(theta: FloatArray, *, widths: Sequence[int], q: int) -> list[FloatArray]:
    """Put the entries of ``theta`` into one lower-triangular factor a level.

    Parameters
    ----------
    theta : (k,) float array
        Entries, as :func:`list_entries` orders them.
    widths : sequence of int
        Random effects at each level.
    q : int
        Columns of the random part.

    Returns
    -------
    list of (q, q) float arrays
        Factors.
    """
    factors = [np.zeros((q, q)) for _ in widths]
    for (level, i, j), value in zip(list_entries(widths), theta, strict=True):
        factors[level][i, j] = value
    return factors


def search_variances(data: GrowthData, *, widths: Sequence[int], scales: FloatArray) -> VarianceSearch:
    """Search for the factors where the restricted likelihood is highest.

    Parameters
    ----------
    data : GrowthData
        Cross products by group.
    widths : sequence of int
        Random effects at each level.
    scales : (q,) float array
        Size of each random column, so that a start means the same for each.

    Returns
    -------
    VarianceSearch
        The best of quasi-Newton searches from several starts, polished by Nelder and Mead's; a standard
        deviation next to zero is set to zero where that is no worse.
    """
    entries = list_entries(widths)
    unit = np.array([1 / scales[i] for _, i, _ in entries])
    diagonal = np.array([i == j for _, i, j in entries])

    def deviance(scaled: FloatArray) -> float:
        factors = build_factors(scaled * unit, widths=widths, q=data.q)
        try:
            value = solve_growth(data, factors).deviance
        except np.linalg.LinAlgError:
            return IMPOSSIBLE
        return value if np.isfinite(value) else IMPOSSIBLE

    found = []
    for start in STARTS:
        # Signs of a factor's columns do not matter: without a bound at zero a search does not stick to it.
        result = minimize(deviance, start * diagonal, method="L-BFGS-B", options={"ftol": 1e-13})
        found.append((float(result.fun), result.x, "L-BFGS-B"))
    best = min(found, key=lambda entry: entry[0])
    # Zero is a stationary point of every standard deviation; leaving it shows whether it is the best.
    lifted = np.where(diagonal & (np.abs(best[1]) < LIFT), LIFT, best[1])
    polish = minimize(
        deviance,
        lifted,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9, "maxiter": 200 * len(entries), "maxfev": 200 * len(entries)},
    )
    found.append((float(polish.fun), polish.x, "L-BFGS-B, then Nelder-Mead"))
    chosen = min(found, key=lambda entry: entry[0])
    if sum(value - chosen[0] < AGREEMENT for value, _, _ in found) < 2:
        again = minimize(deviance, chosen[1], method="Powell", options={"xtol": 1e-6, "ftol": 1e-10})
        found.append((float(again.fun), again.x, "Powell"))
        chosen = min(found, key=lambda entry: entry[0])
    scaled = _guard_boundary(_fix_signs(chosen[1], entries=entries), deviance=deviance, entries=entries)
    return VarianceSearch(
        theta=scaled * unit,
        optimiser=chosen[2],
        converged=sum(value - chosen[0] < AGREEMENT for value, _, _ in found) >= 2,
        n_searches=len(found),
    )


def _fix_signs(scaled: FloatArray, *, entries: Sequence[tuple[int, int, int]]) -> FloatArray:
    negative = {(level, j) for k, (level, i, j) in enumerate(entries) if i == j and scaled[k] < 0}
    signs = [-1.0 if (level, j) in negative else 1.0 for level, _, j in entries]
    return np.asarray(scaled * np.array(signs), dtype=np.float64)


def _guard_boundary(
    scaled: FloatArray, *, deviance: Callable[[FloatArray], float], entries: Sequence[tuple[int, int, int]]
) -> FloatArray:
    value = deviance(scaled)
    for k, (_, i, j) in enumerate(entries):
        if i == j and 0 < scaled[k] < BOUNDARY:
            trial = scaled.copy()
            trial[k] = 0.0
            if deviance(trial) <= value + AGREEMENT:
                scaled = trial
    return scaled
