"""Whether two indicators move together, across units and within them, at once or one before the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.estimate import Estimate, Interval, check_level

LEAST_UNITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """How far two indicators go together at one lag.

    Parameters
    ----------
    lag : int
        Periods by which the first comes before the second; 0: at once; negative: the second comes first.
    slope : Estimate
        Standard deviations of the second for one of the first, both within units.
    n, n_units : int
        Pairs, and units that have at least two.
    """

    lag: int
    slope: Estimate
    n: int
    n_units: int


def correlate_units(*, first: FloatArray, second: FloatArray, ci_level: float = 0.95) -> Interval:
    """Correlate two values of each unit, such as the slopes of two indicators, across units.

    Parameters
    ----------
    first, second : (u,) float arrays
        One value a unit each; NaN where there is none.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Pearson's correlation with Fisher's interval. Where the values are estimates, their errors draw it towards zero.

    Raises
    ------
    TooFewError
        Fewer than four units have both, or one of the two does not vary.

    References
    ----------
    Fisher (1921), Metron 1, 3-32.
    """
    check_level(ci_level)
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError("first and second must be columns of the same length")
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if x.size < LEAST_UNITS:
        raise TooFewError(f"{x.size} units have both, and at least {LEAST_UNITS} are needed")
    if _is_flat(x) or _is_flat(y):
        raise TooFewError("one of the two is the same in all units")
    correlation = float(np.clip(np.corrcoef(x, y)[0, 1], -1.0, 1.0))
    if abs(correlation) > 1 - 1e-12:
        return Interval(estimate=correlation, ci_low=correlation, ci_high=correlation, ci_level=ci_level)
    half = float(ndtri((1 + ci_level) / 2)) / math.sqrt(x.size - 3)
    centre = math.atanh(correlation)
    return Interval(
        estimate=correlation, ci_low=math.tanh(centre - half), ci_high=math.tanh(centre + half), ci_level=ci_level
    )


def associate_within(
    *, first: FloatArray, second: FloatArray, lags: Sequence[int] = (0,), ci_level: float = 0.95
) -> tuple[Association | None, ...]:
    """Associate two indicators within units over time, at declared lags.

    What differs between units for good, and what all units share in a period, is taken out of both: left is whether a
    unit that is above its own usual in one is above it in the other, too.

    Parameters
    ----------
    first, second : (u, t) float arrays
        One row a unit, one column a period, at equal distances; NaN where there is no value.
    lags : sequence of int
        Periods by which the first comes before the second; negative: after.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    tuple of Association or None
        One for each lag, in order; None where too few units have pairs, or nothing varies. Intervals are clustered by
        unit (CR2, Satterthwaite). With few periods, taking out a unit's own mean ties its values together, which
        draws slopes between an indicator and its own like towards zero or below.

    Raises
    ------
    TooFewError
        No lag can be estimated.

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 10.5.
    Nickell (1981), Econometrica 49, 1417-1426: the bias of few periods.
    """
    check_level(ci_level)
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise ValueError("first and second must be tables of the same shape, units by periods")
    found = tuple(_associate(x, y, lag=lag, ci_level=ci_level) for lag in lags)
    if all(one is None for one in found):
        raise TooFewError(f"too few units have both in at least two periods; at least {LEAST_UNITS} are needed")
    return found


def _associate(x: FloatArray, y: FloatArray, *, lag: int, ci_level: float) -> Association | None:
    n_periods = x.shape[1]
    if abs(lag) > n_periods - 2:
        return None
    early = slice(0, n_periods - abs(lag))
    late = slice(abs(lag), n_periods)
    lead, follow = (x[:, early], y[:, late]) if lag >= 0 else (x[:, late], y[:, early])
    both = np.isfinite(lead) & np.isfinite(follow)
    both &= both.sum(axis=1, keepdims=True) >= 2
    units, periods = np.nonzero(both)
    n_units = int(both.any(axis=1).sum())
    if n_units < LEAST_UNITS:
        return None
    a, b = lead[both], follow[both]
    spread_a, spread_b = _spread_within(a, units), _spread_within(b, units)
    if spread_a == 0 or spread_b == 0:
        return None
    seen = np.unique(periods)
    dummies = np.column_stack(
        [(periods == period).astype(np.float64) for period in seen[1:]] or [np.empty((a.size, 0))]
    )
    design = np.column_stack([(a - a.mean()) / spread_a, dummies])
    try:
        fit = fit_clustered(
            outcome=(b - b.mean()) / spread_b,
            design=design,
            names=["first", *(f"period {period}" for period in seen[1:])],
            clusters=units,
            absorb=units,
            ci_level=ci_level,
        )
        slope = fit.coefficient("first")
    except TooFewError:
        return None
    return Association(lag=lag, slope=slope, n=int(a.size), n_units=n_units)


def _spread_within(values: FloatArray, units: np.ndarray) -> float:
    means = np.bincount(units, weights=values) / np.maximum(np.bincount(units), 1)
    rest = values - means[units]
    return 0.0 if _is_flat(rest + values.mean()) else float(np.sqrt((rest**2).mean()))


def _is_flat(values: FloatArray) -> bool:
    return bool(np.ptp(values) <= 1e-12 * max(float(np.abs(values).max()), 1.0))
