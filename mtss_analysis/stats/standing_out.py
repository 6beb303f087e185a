"""Which of many units stand out in an outcome: beyond what units ordinarily differ, or unlike their other outcomes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.multiplicity import adjust_p_values

LEAST_UNITS = 20
"""Units below which it is not known how much units ordinarily differ."""
N_ROUNDS = 5
LEAST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Departures:
    """How far each of ``k`` units lies from what is expected of it in each of ``m`` outcomes; NaN where not tested.

    Parameters
    ----------
    departures : (k, m, 2) float array
        In the outcomes' unit: from zero, and from what the unit's other outcomes let expect.
    std_errors : (k, m, 2) float array
        How far units of that size ordinarily lie, true differences between units included.
    p_values : (k, m, 2) float array
        Two-sided.
    q_values : (k, m, 2) float array
        Over all that was tested, unless adjusted with others.
    shrunken : (k, m) float array
        Values drawn towards zero: times the part of their variance that is not chance within units.
    """

    departures: FloatArray
    std_errors: FloatArray
    p_values: FloatArray
    q_values: FloatArray
    shrunken: FloatArray


def find_departures(*, values: FloatArray, sizes: FloatArray, row_variances: FloatArray) -> Departures:
    """Test every unit in every outcome, alone and beside its other outcomes.

    The variance of a unit's value is taken as ``a + b / size``: ``a`` is how much units truly differ, ``b / size`` the
    chance that decreases with the unit's size; both are estimated from all units. So a unit stands out only beyond what
    units ordinarily differ. Beside its other outcomes, a unit's value is predicted from their mean by weighted least
    squares over all units, and the rest is tested in the same way: a difference that all of its outcomes share is not
    seen there, and one of a single outcome is seen the more clearly.

    Parameters
    ----------
    values : (k, m) float array
        Means of units, deviations from zero; NaN where a unit has no value of that outcome.
    sizes : (k, m) float array
        Observations behind each value.
    row_variances : (m,) float array
        Variance of an observation within its unit; what is beyond chance of a value is drawn towards zero by it.

    Returns
    -------
    Departures
        An outcome of which fewer than twenty units have a value is not tested.

    Raises
    ------
    TooFewError
        No outcome can be tested.

    References
    ----------
    Morris (1983), JASA 78, 47-55: empirical Bayes estimates; Amemiya (1977), Journal of
    Econometrics 6, 365-370: a variance that is linear in known terms, by weighted least squares on squared residuals.
    """
    k, m = values.shape
    departures = np.full((k, m, 2), np.nan)
    errors = np.full((k, m, 2), np.nan)
    p_values = np.full((k, m, 2), np.nan)
    shrunken = np.full((k, m), np.nan)
    for at in range(m):
        known = np.isfinite(values[:, at]) & (sizes[:, at] > 0)
        if known.sum() < LEAST_UNITS or values[known, at].std() < LEAST_SPREAD:
            continue
        own, own_sizes = values[known, at], sizes[known, at]
        between, chance = _fit_variance(own, own_sizes)
        variance = between + chance / own_sizes
        _note(departures, errors, p_values, rows=known, place=(at, 0), rest=own, variance=variance, n_fitted=2)
        shrunken[known, at] = own * np.clip(1 - row_variances[at] / (own_sizes * variance), 0.0, 1.0)
        others = np.delete(values, at, axis=1)
        n_others = np.isfinite(others).sum(axis=1)
        paired = known & (n_others > 0)
        if paired.sum() < LEAST_UNITS:
            continue
        expected = np.nansum(others[paired], axis=1) / n_others[paired]
        if expected.std() < LEAST_SPREAD:
            continue
        rest, variance = _predict(values[paired, at], expected, sizes[paired, at])
        _note(departures, errors, p_values, rows=paired, place=(at, 1), rest=rest, variance=variance, n_fitted=3)
    if not np.isfinite(p_values).any():
        raise TooFewError(f"fewer than {LEAST_UNITS} units can be compared")
    return Departures(
        departures=departures,
        std_errors=errors,
        p_values=p_values,
        q_values=adjust_p_values(p_values.ravel()).reshape(p_values.shape),
        shrunken=shrunken,
    )


def _predict(own: FloatArray, expected: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Predict values from those of other outcomes, weighted by what the rest's variance turns out to be."""
    variance = np.ones(own.size)
    rest = own
    for _ in range(N_ROUNDS):
        slope = float((own * expected / variance).sum() / (expected**2 / variance).sum())
        rest = own - slope * expected
        between, chance = _fit_variance(rest, sizes)
        variance = between + chance / sizes
    return rest, variance


def _fit_variance(rest: FloatArray, sizes: FloatArray) -> tuple[float, float]:
    """Fit ``a + b / size``, neither below zero, to squared residuals weighted by their own variance."""
    squares, inverse = rest**2, 1 / sizes
    between, chance = float(squares.mean()), 0.0
    for _ in range(N_ROUNDS):
        weight = 1 / (between + chance * inverse) ** 2
        total, first, second = weight.sum(), (weight * inverse).sum(), (weight * inverse**2).sum()
        sums = (weight * squares).sum(), (weight * squares * inverse).sum()
        determinant = total * second - first**2
        if determinant > LEAST_SPREAD * total * second:
            between = float((second * sums[0] - first * sums[1]) / determinant)
            chance = float((total * sums[1] - first * sums[0]) / determinant)
        else:
            between, chance = float(sums[0] / total), 0.0
        if chance < 0:
            between, chance = float(sums[0] / total), 0.0
        elif between < 0:
            between, chance = 0.0, float(sums[1] / second)
    return between, chance


def _note(
    departures: FloatArray,
    errors: FloatArray,
    p_values: FloatArray,
    *,
    rows: npt.NDArray[np.bool_],
    place: tuple[int, int],
    rest: FloatArray,
    variance: FloatArray,
    n_fitted: int,
) -> None:
    error = np.sqrt(variance)
    departures[rows, place[0], place[1]] = rest
    errors[rows, place[0], place[1]] = error
    p_values[rows, place[0], place[1]] = 2 * stdtr(rest.size - n_fitted, -np.abs(rest) / error)
