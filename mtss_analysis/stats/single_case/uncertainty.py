"""How well a few cases tell the variances, and the difference between phases, under restricted likelihood."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.series.autocorrelation import make_correlation
from mtss_analysis.stats.single_case.likelihood import CaseFit, Cases, solve_cases

STEP = 1e-5
STEP_TWICE = 1e-4
"""For second differences, whose error grows with the inverse of the square of the step."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncertainty:
    """Covariance of what was estimated.

    Parameters
    ----------
    variances : (3, 3) float array
        Of (variance between, autocorrelation, variance within): the inverse of the expected information. Where the
        variance between cases is zero only the others are estimated, and its row and column are zero.
    coefficients : (p, p) float array
        Of the fixed part, widened for the variances' being estimated.
    """

    variances: FloatArray
    coefficients: FloatArray


def find_uncertainty(cases: Cases, fit: CaseFit) -> Uncertainty:
    """Find how uncertain variances and coefficients are.

    Parameters
    ----------
    cases : Cases
        Rows by case.
    fit : CaseFit
        From :func:`mtss_analysis.stats.single_case.likelihood.fit_cases`.

    Returns
    -------
    Uncertainty
        Of the fit.

    Raises
    ------
    TooFewError
        The points cannot tell the variances apart.

    References
    ----------
    Pustejovsky, Hedges & Shadish (2014), Journal of Educational and Behavioral Statistics 39, 368-393: information.
    Kenward & Roger (1997), Biometrics 53, 983-997, equations 3 and 6: covariance of the coefficients, for which the
    one that takes the variances as known is too small.
    """
    time = np.cumsum(cases.gap)
    case = np.repeat(np.arange(cases.starts.size), np.diff(np.r_[cases.starts, cases.n]))
    together = (case[:, None] == case[None, :]).astype(np.float64)
    distance = np.abs(np.subtract.outer(time, time))

    def correlate(move: float = 0.0) -> FloatArray:
        return np.asarray(together * make_correlation(distance, fit.phi + move), dtype=np.float64)

    here = correlate()
    slope = (correlate(STEP) - correlate(-STEP)) / (2 * STEP)
    bend = (correlate(STEP_TWICE) - 2 * here + correlate(-STEP_TWICE)) / STEP_TWICE**2
    changes = [together, fit.variance * slope, here]
    inverse = np.linalg.inv(fit.variance * (here + fit.ratio * together))
    design = cases.table[:, : cases.p]
    weighted = inverse @ design
    naive = np.linalg.inv(design.T @ weighted)
    projection = inverse - weighted @ naive @ weighted.T
    products = [projection @ change for change in changes]
    information = np.array([[float((one * other.T).sum()) / 2 for other in products] for one in products])
    variances = _invert(information, free=[0, 1, 2] if fit.ratio > 0 else [1, 2])
    extra = np.zeros_like(naive)
    bends = {(1, 1): fit.variance * bend, (1, 2): slope, (2, 1): slope}
    for i, one in enumerate(changes):
        for j, other in enumerate(changes):
            # What the projection leaves out of the inverse is the product of the first derivatives.
            part = weighted.T @ one @ projection @ other @ weighted
            if (i, j) in bends:
                part = part - weighted.T @ bends[i, j] @ weighted / 4
            extra += variances[i, j] * part
    widened: FloatArray = np.asarray(naive + 2 * naive @ extra @ naive, dtype=np.float64)
    return Uncertainty(variances=variances, coefficients=widened)


def find_difference_df(cases: Cases, *, fit: CaseFit, variances: FloatArray) -> float:
    """Find Satterthwaite's degrees of freedom of the difference between phases, the fixed part's second column.

    Parameters
    ----------
    cases : Cases
        Rows by case.
    fit : CaseFit
        The fit.
    variances : (3, 3) float array
        From :func:`find_uncertainty`.

    Returns
    -------
    float
        At least 1, at most the rows less the columns. For a single coefficient Kenward and Roger's are the same.

    References
    ----------
    Giesbrecht & Burns (1985), Biometrics 41, 477-486.
    """
    start = np.array([fit.ratio * fit.variance, fit.phi, fit.variance])

    def find_variance(point: FloatArray) -> float:
        between, correlation, within = (float(value) for value in point)
        return within * float(solve_cases(cases, ratio=between / within, phi=correlation).unscaled[1, 1])

    moves = np.diag(STEP * np.array([fit.variance, 1.0, fit.variance]))
    gradient = np.array([(find_variance(start + move) - find_variance(start)) / move.sum() for move in moves])
    noise = float(gradient @ variances @ gradient)
    most = float(cases.n - cases.p)
    return float(np.clip(2 * find_variance(start) ** 2 / noise, 1.0, most)) if noise > 0 else most


def _invert(information: FloatArray, *, free: list[int]) -> FloatArray:
    own = information[np.ix_(free, free)]
    if np.linalg.cond(own) > 1 / np.finfo(np.float64).eps:
        raise TooFewError("the points are too few to tell how much cases differ from how much each varies")
    whole = np.zeros_like(information)
    whole[np.ix_(free, free)] = np.linalg.inv(own)
    return whole
