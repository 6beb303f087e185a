"""Errors that resemble their neighbours in time: AR(1) correlation, and regression that does not know how strong.

The autocorrelation of twenty or forty points is estimated badly and too low. Instead of one estimate, all its
values are used, each weighted by its restricted likelihood: the result is a mixture of t distributions, whose
quantiles make the interval.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import Estimate, check_level

LOWEST, HIGHEST, N_POINTS = -0.5, 0.95, 59
"""Autocorrelations considered; series of school outcomes seldom alternate, and at 1 there is no level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesFit:
    """A regression on time with AR(1) errors, at each autocorrelation considered.

    Parameters
    ----------
    grid : (k,) float array
        Autocorrelations.
    weights : (k,) float array
        Restricted likelihood, summing to 1.
    coefficients : (k, p) float array
        Generalised least squares at each.
    covariances : (k, p, p) float array
        Of the coefficients at each.
    df : int
        Rows less columns.
    """

    grid: FloatArray
    weights: FloatArray
    coefficients: FloatArray
    covariances: FloatArray
    df: int

    @property
    def autocorrelation(self) -> float:
        """Mean autocorrelation over the restricted likelihood."""
        return float(self.weights @ self.grid)

    def contrast(self, vector: FloatArray, *, ci_level: float = 0.95) -> Estimate:
        """Estimate a weighted sum of coefficients, allowing for every autocorrelation considered.

        Parameters
        ----------
        vector : (p,) float array
            Weights of the coefficients.
        ci_level : float
            Confidence level, between 0 and 1.

        Returns
        -------
        Estimate
            Mean, standard deviation and quantiles of the mixture; ``df`` is that of each of its parts.

        Raises
        ------
        TooFewError
            The values do not vary about the line.
        """
        check_level(ci_level)
        centres = self.coefficients @ vector
        scales = np.sqrt(np.einsum("i,kij,j->k", vector, self.covariances, vector))
        if not np.all(scales > 0):
            raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
        mean = float(self.weights @ centres)
        stretch = self.df / (self.df - 2) if self.df > 2 else 1.0
        variance = float(self.weights @ (scales**2 * stretch + (centres - mean) ** 2))

        def below(value: float) -> float:
            return float(self.weights @ stdtr(self.df, (value - centres) / scales))

        reach = 60 * float(scales.max()) + float(np.abs(centres - mean).max())
        alpha = 1 - ci_level
        low = float(brentq(lambda value: below(value) - alpha / 2, mean - reach, mean + reach))
        high = float(brentq(lambda value: below(value) - 1 + alpha / 2, mean - reach, mean + reach))
        under = below(0.0)
        return Estimate(
            estimate=mean,
            std_error=float(np.sqrt(variance)),
            df=float(self.df),
            ci_low=low,
            ci_high=high,
            ci_level=ci_level,
            p_value=2 * min(under, 1 - under),
        )


def fit_series(*, outcome: FloatArray, design: FloatArray, time: FloatArray) -> SeriesFit:
    """Fit a regression whose errors follow an AR(1) process of unknown strength.

    Parameters
    ----------
    outcome : (n,) float array
        In the order of time, none missing.
    design : (n, p) float array
        Columns of the model.
    time : (n,) float array
        Whole numbers of steps, increasing; a gap weakens the correlation across it.

    Returns
    -------
    SeriesFit
        One fit per autocorrelation, with its weight.

    Raises
    ------
    TooFewError
        Fewer than three rows more than columns, or a column that others give.

    References
    ----------
    Harville (1974), Biometrika 61, 383-385: the restricted likelihood as a marginal posterior.
    McKnight, McKean & Huitema (2000), Psychological Methods 5, 87-101: estimates of the autocorrelation are
    too low in short series.
    """
    n, p = design.shape
    if n - p < 3:
        raise TooFewError(f"there are {n} points for the {p} numbers that the model estimates")
    if np.linalg.matrix_rank(design) < p:
        raise TooFewError("the columns of the model cannot be told apart")
    grid = np.linspace(LOWEST, HIGHEST, N_POINTS)
    distance = np.abs(np.subtract.outer(time, time))
    coefficients = np.empty((grid.size, p))
    covariances = np.empty((grid.size, p, p))
    logs = np.empty(grid.size)
    for k, phi in enumerate(grid):
        root = np.linalg.cholesky(make_correlation(distance, phi))
        white = np.linalg.solve(root, np.column_stack([design, outcome]))
        basis, upper = np.linalg.qr(white[:, :p])
        inverse = np.linalg.inv(upper)
        rotated = basis.T @ white[:, p]
        residual = float(white[:, p] @ white[:, p] - rotated @ rotated)
        residual = max(residual, np.finfo(np.float64).tiny)
        coefficients[k] = inverse @ rotated
        covariances[k] = residual / (n - p) * inverse @ inverse.T
        logs[k] = -np.log(np.diag(root)).sum() - np.log(np.abs(np.diag(upper))).sum() - (n - p) / 2 * np.log(residual)
    weights = np.exp(logs - logs.max())
    return SeriesFit(
        grid=grid, weights=weights / weights.sum(), coefficients=coefficients, covariances=covariances, df=n - p
    )


def make_correlation(distance: FloatArray, autocorrelation: float) -> FloatArray:
    """Give the AR(1) correlation of points at whole-number distances.

    Parameters
    ----------
    distance : (n, n) float array
        Steps between points.
    autocorrelation : float
        Correlation of neighbours, between -1 and 1.

    Returns
    -------
    FloatArray
        ``(n, n)``; the correlation at a distance is the autocorrelation to that power.
    """
    odd = np.where(np.mod(distance, 2) == 1, np.sign(autocorrelation) if autocorrelation else 1.0, 1.0)
    return np.asarray(np.abs(autocorrelation) ** distance * odd, dtype=np.float64)
