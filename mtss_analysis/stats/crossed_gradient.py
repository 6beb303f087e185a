"""Derivatives of the likelihood of crossed random effects, so that its maximum is found in few steps."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.linalg.lapack import dpotri, dpotrs

from mtss_analysis.stats.arrays import FloatArray


class CrossedSums(Protocol):
    """Sums of one data set, see :class:`mtss_analysis.stats.crossed.CrossedData`."""

    @property
    def cross(self) -> FloatArray:
        """Of columns, indicators of the larger units, and outcome."""

    @property
    def cross_by_size(self) -> dict[int, FloatArray]:
        """The same of sums by small unit."""

    @property
    def units_by_size(self) -> dict[int, int]:
        """How many small units have so many rows."""

    @property
    def n(self) -> int:
        """Rows."""

    @property
    def n_columns(self) -> int:
        """Columns."""

    @property
    def factor_of_effect(self) -> np.ndarray:
        """Which of the larger groupings each effect belongs to."""


def differentiate_deviance(data: CrossedSums, *, ratios: FloatArray) -> tuple[float, FloatArray]:
    """Give the restricted deviance, the variance of a row profiled out, with its derivatives by the log ratios.

    Parameters
    ----------
    data : CrossedSums
        One data set.
    ratios : (1 + f,) float array
        Of the small units, then of each larger grouping.

    Returns
    -------
    tuple of float and (1 + f,) float array
        The deviance up to a constant, and its derivatives.

    Notes
    -----
    Let K hold the sums of columns, of effects scaled by the roots of their ratios, and of the outcome, with the small
    units swept out and 1 added for each effect, and L be K without the outcome. The deviance is
    (n - p) log(det K / det L) + log det L and the log determinant of the small units, so its derivatives are traces.
    """
    p, q = data.n_columns, data.factor_of_effect.size
    student = float(ratios[0])
    swept = data.cross.copy()
    moved = np.zeros_like(swept)
    log_determinant = of_small = 0.0
    for size, of_size in data.cross_by_size.items():
        whole = 1 + size * student
        swept -= student / whole * of_size
        moved -= student / whole**2 * of_size
        log_determinant += data.units_by_size[size] * float(np.log1p(size * student))
        of_small += data.units_by_size[size] * size * student / whole
    scale = np.ones(p + q + 1)
    scale[p : p + q] = np.sqrt(ratios[1:])[data.factor_of_effect]
    scaled = swept * scale[:, None] * scale[None, :]
    ridged = scaled.copy()
    ridged[np.arange(p, p + q), np.arange(p, p + q)] += 1.0
    lower = np.linalg.cholesky(ridged[:-1, :-1])
    inverse, _ = dpotri(lower, lower=1)
    beside, _ = dpotrs(lower, ridged[:-1, -1], lower=1)
    rest = max(float(ridged[-1, -1] - ridged[:-1, -1] @ beside), 1e-300)
    ends = np.append(-beside, 1.0)
    freedom = data.n - p
    value = freedom * float(np.log(rest / freedom)) + log_determinant + 2 * float(np.log(np.diag(lower)).sum())
    moved *= scale[:, None] * scale[None, :]
    # Of the inverse the lower half is there: twice that, less the diagonal, is the sum over all of its product.
    on_diagonal = np.diag(inverse)
    traced = 2 * float(np.vdot(inverse, moved[:-1, :-1])) - float(on_diagonal @ np.diag(moved)[:-1])
    squared = ends * (scaled @ ends)
    slopes = np.empty(len(ratios))
    slopes[0] = of_small + traced + freedom / rest * float(ends @ moved @ ends)
    for factor in range(len(ratios) - 1):
        mine = p + np.flatnonzero(data.factor_of_effect == factor)
        slopes[1 + factor] = float((1 - on_diagonal[mine]).sum()) + freedom / rest * float(squared[mine].sum())
    return value, slopes


def curve_deviance(
    function: Callable[[FloatArray], tuple[float, FloatArray]], *, at: FloatArray, places: np.ndarray
) -> FloatArray:
    """Find second derivatives by central differences of the first.

    Parameters
    ----------
    function : callable
        Gives the deviance and its first derivatives by the log ratios.
    at : (1 + f,) float array
        Logarithms of the ratios.
    places : (k,) int array
        Which of them.

    Returns
    -------
    (k, k) float array
        Symmetric.
    """
    width = 0.05
    steps = width * np.eye(at.size)[places]
    curved = np.array([(function(at + step)[1] - function(at - step)[1])[places] / (2 * width) for step in steps])
    return np.asarray((curved + curved.T) / 2, dtype=np.float64)
