"""Restricted likelihood of cases with a random level each and AR(1) errors, computed from neighbouring points.

Given the point before it, a point of an AR(1) series is independent of all earlier ones. Rows are therefore whitened
by their predecessor alone, and a case's random level adds one direction to its covariance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mtss_analysis.stats.arrays import CodeArray, FloatArray

HIGHEST_PHI = 0.98
LEAST_RATIO = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cases:
    """Rows sorted by case and time.

    Parameters
    ----------
    table : (n, p + 1) float array
        Columns of the fixed part, the constant first, and the outcome.
    gap : (n,) float array
        Steps since the point before; 0 at a case's first point.
    starts : (m,) int array
        First row of each case.
    """

    table: FloatArray
    gap: FloatArray
    starts: CodeArray

    @property
    def n(self) -> int:
        """Points."""
        return int(self.table.shape[0])

    @property
    def p(self) -> int:
        """Columns of the fixed part."""
        return int(self.table.shape[1]) - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseFit:
    """The fit at given variances.

    Parameters
    ----------
    ratio : float
        Variance between cases over that within.
    phi : float
        Autocorrelation of neighbouring errors.
    deviance : float
        Minus twice the restricted log-likelihood, up to a constant.
    variance : float
        Within cases.
    coefficients : (p,) float array
        Generalised least squares.
    unscaled : (p, p) float array
        Covariance of the coefficients where the variance within cases is 1.
    """

    ratio: float
    phi: float
    deviance: float
    variance: float
    coefficients: FloatArray
    unscaled: FloatArray


def sort_cases(*, design: FloatArray, outcome: FloatArray, codes: CodeArray, time: FloatArray) -> Cases:
    """Sort rows by case and time.

    Parameters
    ----------
    design : (n, p) float array
        The constant first.
    outcome : (n,) float array
        None missing.
    codes : (n,) int array
        Case of each row.
    time : (n,) float array
        Whole numbers of sessions.

    Returns
    -------
    Cases
        For :func:`fit_cases`.

    Raises
    ------
    ValueError
        A case has two points at one time.
    """
    order = np.lexsort((time, codes))
    case, when = codes[order], time[order]
    first = np.r_[True, np.diff(case) > 0]
    gap = np.where(first, 0.0, np.diff(when, prepend=when[0]))
    if np.any(gap[~first] <= 0):
        raise ValueError("a case has two points at one time")
    return Cases(table=np.column_stack([design, outcome])[order], gap=gap, starts=np.flatnonzero(first))


def fit_cases(cases: Cases) -> CaseFit:
    """Find the ratio of variances and the autocorrelation with the highest restricted likelihood.

    Parameters
    ----------
    cases : Cases
        From :func:`sort_cases`.

    Returns
    -------
    CaseFit
        With a ratio of exactly 0 where the likelihood is highest at the boundary.
    """

    def find_deviance(point: FloatArray) -> float:
        phi = HIGHEST_PHI * float(np.tanh(point[1]))
        return solve_cases(cases, ratio=float(point[0]) ** 2, phi=phi).deviance

    starts: list[FloatArray] = [np.array([size, shape]) for size in (0.3, 1.5) for shape in (0.0, 0.6)]
    found = [minimize(find_deviance, start, method="L-BFGS-B", options={"ftol": 1e-12}) for start in starts]
    best = min(found, key=lambda result: float(result.fun))
    polish = minimize(
        find_deviance,
        np.asarray(best.x, dtype=np.float64),
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10},
    )
    best = min((best, polish), key=lambda result: float(result.fun))
    ratio, phi = float(best.x[0]) ** 2, HIGHEST_PHI * float(np.tanh(best.x[1]))
    return solve_cases(cases, ratio=0.0 if ratio < LEAST_RATIO else ratio, phi=phi)


def solve_cases(cases: Cases, *, ratio: float, phi: float) -> CaseFit:
    """Solve for coefficients and variance at a given ratio of variances and autocorrelation.

    Parameters
    ----------
    cases : Cases
        Rows by case.
    ratio : float
        Variance between cases over that within, at least 0.
    phi : float
        Autocorrelation, between -1 and 1.

    Returns
    -------
    CaseFit
        With the restricted likelihood.

    References
    ----------
    Harville (1977), JASA 72, 320-338: restricted likelihood. Henderson & Searle (1981), SIAM Review 23, 53-60: the
    inverse of a matrix to which one direction is added.
    """
    follows = cases.gap > 0
    weight = np.where(follows, np.sign(phi) ** cases.gap * np.abs(phi) ** cases.gap, 0.0) if phi else 0.0 * cases.gap
    scale = np.sqrt(1 - weight**2)
    before = np.vstack([cases.table[:1], cases.table[:-1]])
    white = (cases.table - weight[:, None] * before) / scale[:, None]
    # The constant is the column that a case's own level multiplies.
    level = np.add.reduceat(white[:, [0]] * white, cases.starts, axis=0)
    growth = 1 + ratio * level[:, 0]
    cross = white.T @ white - (level * (ratio / growth)[:, None]).T @ level
    p, df = cases.p, cases.n - cases.p
    inverse = np.linalg.inv(cross[:p, :p])
    coefficients = inverse @ cross[:p, p]
    variance = max(float(cross[p, p] - cross[p, :p] @ coefficients) / df, np.finfo(np.float64).tiny)
    log_determinant = 2 * float(np.log(scale).sum()) + float(np.log(growth).sum())
    return CaseFit(
        ratio=ratio,
        phi=phi,
        deviance=df * float(np.log(variance)) + log_determinant + float(np.linalg.slogdet(cross[:p, :p])[1]),
        variance=variance,
        coefficients=coefficients,
        unscaled=inverse,
    )
