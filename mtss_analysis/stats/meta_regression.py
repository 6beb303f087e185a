"""How estimates of many units go with a property of the units, such as their years of implementation."""

import math

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate
from mtss_analysis.stats.heterogeneity import read_estimates


def regress_estimates(
    *, estimates: FloatArray, std_errors: FloatArray, moderator: FloatArray, ci_level: float = 0.95
) -> Estimate:
    """Estimate by how much units' estimates differ for each step of a moderator.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One estimate a unit, and its standard error, taken as known.
    moderator : (k,) float array
        The units' property; not the same in all.
    ci_level : float
        Between 0 and 1.

    Returns
    -------
    Estimate
        Slope, with ``k - 2`` degrees of freedom; units may differ by more than chance round the line.

    Raises
    ------
    TooFewError
        Fewer than four units, or the moderator is the same in all.

    References
    ----------
    Thompson & Sharp (1999), Statistics in Medicine 18, 2693-2708: method of moments for the residual variance.
    Knapp & Hartung (2003), Statistics in Medicine 22, 2693-2710: the standard error, here never smaller than without.
    """
    check_level(ci_level)
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    property_ = read_floats(moderator, ndim=1, what="moderator")
    if property_.shape != values.shape:
        raise ValueError("estimates and moderator differ in length")
    k = values.size
    if k < 4 or np.ptp(property_) == 0:
        raise TooFewError(f"{k} units with {len(set(property_.tolist()))} values do not tell how they go together")
    design = np.column_stack([np.ones(k), property_ - property_.mean()])
    weights = 1 / variances
    inverse, _, residuals = _fit(values, design, weights)
    excess = float((weights * residuals**2).sum()) - (k - 2)
    scale = float(weights.sum() - np.trace(inverse @ (design.T * weights**2) @ design))
    weights = 1 / (variances + max(excess / scale, 0.0))
    inverse, coefficients, residuals = _fit(values, design, weights)
    spread = max(float((weights * residuals**2).sum()) / (k - 2), 1.0)
    return make_t_estimate(
        estimate=float(coefficients[1]),
        std_error=math.sqrt(spread * float(inverse[1, 1])),
        df=k - 2,
        ci_level=ci_level,
    )


def _fit(values: FloatArray, design: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    inverse: FloatArray = np.asarray(np.linalg.inv((design.T * weights) @ design), dtype=np.float64)
    coefficients = inverse @ (design.T * weights) @ values
    return inverse, coefficients, values - design @ coefficients
