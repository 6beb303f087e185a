"""Where a line through a few values with known errors will be at a later time."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

LEAST_TIMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A value on a continued line.

    Parameters
    ----------
    estimate, std_error : float
        Value and its standard error, in the unit of the values.
    slope : float
        Change per unit of time.
    """

    estimate: float
    std_error: float
    slope: float


def project_line(*, times: FloatArray, values: FloatArray, std_errors: FloatArray, at: float) -> Projection:
    """Continue a straight line through values to a time.

    Parameters
    ----------
    times, values, std_errors : (k,) float arrays
        At least three times; standard errors positive, taken as known.
    at : float
        The time asked about.

    Returns
    -------
    Projection
        Least squares weighted by precision. Where the values lie further from the line than their errors explain, the
        standard error is widened by the root of the mean squared residual.

    Raises
    ------
    TooFewError
        Fewer than three different times.

    References
    ----------
    Draper & Smith (1998), Applied Regression Analysis, 3rd ed., sections 9.2 and 3.1; the scale factor for excess
    scatter is Birge's, as in the Review of Particle Physics (2022), section 5.2.2.
    """
    x, y, errors = (
        read_floats(given, ndim=1, what=what)
        for given, what in ((times, "times"), (values, "values"), (std_errors, "std_errors"))
    )
    if len(set(x.tolist())) < LEAST_TIMES:
        raise TooFewError(f"a trend needs values of at least {LEAST_TIMES} times")
    weight = errors**-2.0
    design = np.column_stack([np.ones(len(x)), x - at])
    information = design.T @ (design * weight[:, None])
    covariance = np.linalg.inv(information)
    line = covariance @ (design.T @ (weight * y))
    residual = float((weight * (y - design @ line) ** 2).sum()) / (len(x) - 2)
    return Projection(
        estimate=float(line[0]),
        std_error=float(np.sqrt(covariance[0, 0] * max(residual, 1.0))),
        slope=float(line[1]),
    )
