"""Least squares with crossed random effects of many small units, such as students, and fewer larger ones, as teachers.

Rows of one data set share effects of students, teachers and classrooms that cross each other. Their variances, as
ratios to the variance of a row, are estimated over many data sets at once (schools); the variance of a row is each data
set's own. Everything is computed from sums by student, so that nothing the size of the data is decomposed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

SMALLEST_RATIO, LARGEST_RATIO = 1e-5, 50.0
NEGLIGIBLE_RATIO = 0.01
"""Where the likelihood is flat, a ratio up to this is taken as known: it hardly moves any variance."""
STEP = 1e-3
LEFT_SHARE = 1e-5
"""A column is taken as given by earlier ones when less than this share of its length is left."""
LEAST_VARIANCE_SHARE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrossedData:
    """Sums of one data set of ``n`` rows, ``p`` columns and ``q`` effects of the larger units.

    Parameters
    ----------
    cross : (p + q + 1, p + q + 1) float array
        Columns, indicators of the larger units, and outcome, crossed.
    cross_by_size : dict of int to (p + q + 1, p + q + 1) float array
        The same of sums by small unit, for the units of each size.
    units_by_size : dict of int to int
        How many small units have so many rows.
    n, n_columns : int
        Rows, and columns after those that others give were left out.
    factor_of_effect : (q,) int array
        Which of the larger groupings each effect belongs to.
    names : tuple of str
        Columns kept.
    """

    cross: FloatArray
    cross_by_size: dict[int, FloatArray]
    units_by_size: dict[int, int]
    n: int
    n_columns: int
    factor_of_effect: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarianceRatios:
    """Variances of the effects, in variances of a row.

    Parameters
    ----------
    ratios : (1 + f,) float array
        Of the small units, then of each larger grouping.
    covariance : (1 + f, 1 + f) float array
        Of the logarithms of the ratios; zero rows for a ratio that is at its lower end.
    n_sets : int
        Data sets from which they were estimated.
    """

    ratios: FloatArray
    covariance: FloatArray
    n_sets: int


def collect_crossed_data(
    *,
    outcome: FloatArray,
    design: FloatArray,
    names: Sequence[str],
    small_units: IdArray,
    larger_units: Sequence[IdArray],
) -> CrossedData:
    """Collect the sums of one data set.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, p) float array
        Columns, a constant included. Columns that earlier ones give are left out.
    names : sequence of str
        Of the columns.
    small_units : (n,) array
        Such as the student of each row.
    larger_units : sequence of (n,) arrays
        Such as the teacher and the classroom of each row.

    Returns
    -------
    CrossedData
        For :func:`estimate_ratios` and :func:`fit_crossed`.

    Raises
    ------
    TooFewError
        No more rows than columns.
    """
    values = read_floats(outcome, ndim=1, what="outcome")
    columns = read_floats(design, ndim=2, what="design")
    n = values.size
    kept = _keep_independent(columns)
    columns = columns[:, kept]
    p = columns.shape[1]
    if n <= p:
        raise TooFewError(f"there are {n} rows for the {p} numbers that the model estimates")
    numbered = [number_groups(ids, n=n, what="larger units") for ids in larger_units]
    blocks = [np.eye(count)[codes] for codes, count in numbered]
    # The outcome is centred, so that sums lose no digits; a constant takes the mean up.
    whole = np.column_stack([columns, *blocks, values - values.mean()])
    codes, count = number_groups(small_units, n=n, what="small units")
    sums = sum_by_group(whole, codes=codes, n_groups=count)
    sizes = np.bincount(codes, minlength=count)
    of_size = {int(size): sums[sizes == size] for size in np.unique(sizes)}
    return CrossedData(
        cross=whole.T @ whole,
        cross_by_size={size: rows.T @ rows for size, rows in of_size.items()},
        units_by_size={size: len(rows) for size, rows in of_size.items()},
        n=n,
        n_columns=p,
        factor_of_effect=np.repeat(np.arange(len(numbered)), [count for _, count in numbered]),
        names=tuple(name for name, is_kept in zip(names, kept, strict=True) if is_kept),
    )


def estimate_ratios(data: Sequence[CrossedData]) -> VarianceRatios:
    """Estimate the ratios that all data sets share, by restricted maximum likelihood.

    Parameters
    ----------
    data : sequence of CrossedData
        With the same larger groupings.

    Returns
    -------
    VarianceRatios
        Ratios between 0.00001 and 50. The covariance is the inverse of the observed information; a ratio at its lower
        end, or up to 0.01 where the likelihood is flat, is taken as known.

    Raises
    ------
    TooFewError
        No data set, or the likelihood has no maximum that tells its curvature.

    References
    ----------
    Harville (1977), JASA 72, 320-338.
    """
    if not data:
        raise TooFewError("there are no rows")
    n_ratios = 1 + _count_factors(data)

    def deviance(logs: FloatArray) -> float:
        return sum(_solve(one, np.exp(logs)).deviance for one in data)

    lowest, highest = float(np.log(SMALLEST_RATIO)), float(np.log(LARGEST_RATIO))
    told = _find_told(data, n_ratios=n_ratios)
    bounds = [(lowest, highest if is_told else lowest) for is_told in told]
    start = np.where(told, np.log(0.1), lowest)
    found = minimize(deviance, start, method="L-BFGS-B", bounds=bounds)
    logs = np.asarray(found.x, dtype=np.float64)
    inside = np.flatnonzero(logs > lowest + 0.5)
    covariance = np.zeros((n_ratios, n_ratios))
    while inside.size:
        hessian = _curve(deviance, at=logs, places=inside)
        if np.linalg.eigvalsh(hessian)[0] > 0:
            covariance[np.ix_(inside, inside)] = 2 * np.linalg.inv(hessian)
            break
        least = inside[np.argmin(logs[inside])]
        if np.exp(logs[least]) > NEGLIGIBLE_RATIO:
            raise TooFewError("the variances of students and classrooms cannot be told apart")
        inside = inside[inside != least]
    return VarianceRatios(ratios=np.exp(logs), covariance=covariance, n_sets=len(data))


def fit_crossed(*, data: CrossedData, ratios: VarianceRatios, name: str, ci_level: float = 0.95) -> Estimate:
    """Estimate one coefficient by generalised least squares at given ratios, with its own variance of a row.

    Parameters
    ----------
    data : CrossedData
        One data set.
    ratios : VarianceRatios
        From :func:`estimate_ratios`, of these or of more data.
    name : str
        Which column.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        With Satterthwaite's degrees of freedom: they allow for the uncertainty of the ratios and of the variance of a
        row.

    Raises
    ------
    TooFewError
        The column is given by others, or nothing varies.

    References
    ----------
    Giesbrecht & Burns (1985), Biometrics 41, 477-486.
    Fai & Cornelius (1996), Journal of Statistical Computation and Simulation 54, 363-378.
    """
    if name not in data.names:
        raise TooFewError(f"“{name}” cannot be told apart from what is held constant")
    place = data.names.index(name)
    logs = np.log(ratios.ratios)
    solved = _solve(data, ratios.ratios)
    total = float(data.cross[-1, -1])
    if total <= 0 or solved.variance <= LEAST_VARIANCE_SHARE * total / data.n:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
    variance = solved.variance * solved.covariance[place, place]
    slopes = np.zeros(len(logs))
    for at in np.flatnonzero(np.diag(ratios.covariance) > 0):
        ends = []
        for sign in (1.0, -1.0):
            moved = logs.copy()
            moved[at] += sign * STEP
            there = _solve(data, np.exp(moved))
            ends.append(there.variance * there.covariance[place, place])
        slopes[at] = (ends[0] - ends[1]) / (2 * STEP)
    of_row = 2 * variance**2 / (data.n - data.n_columns)
    spread = float(slopes @ ratios.covariance @ slopes) + of_row
    return make_t_estimate(
        estimate=float(solved.coefficients[place]),
        std_error=float(np.sqrt(variance)),
        df=2 * variance**2 / spread,
        ci_level=ci_level,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solved:
    coefficients: FloatArray
    covariance: FloatArray
    variance: float
    deviance: float


def _solve(data: CrossedData, ratios: FloatArray) -> _Solved:
    """Solve at given ratios, the variance of a row profiled out of the restricted likelihood."""
    p, q = data.n_columns, data.factor_of_effect.size
    student = float(ratios[0])
    cross = data.cross.copy()
    log_determinant = 0.0
    for size, of_size in data.cross_by_size.items():
        cross -= student / (1 + size * student) * of_size
        log_determinant += data.units_by_size[size] * float(np.log1p(size * student))
    # Scaling the effects by the roots of their ratios keeps the system regular where a ratio is nearly zero.
    roots = np.sqrt(ratios[1:])[data.factor_of_effect]
    effects = slice(p, p + q)
    kept = np.r_[0:p, p + q]
    middle = np.eye(q) + roots[:, None] * cross[effects, effects] * roots[None, :]
    lower = np.linalg.cholesky(middle)
    log_determinant += 2 * float(np.log(np.diag(lower)).sum())
    half = solve_triangular(lower, roots[:, None] * cross[effects][:, kept], lower=True, check_finite=False)
    reduced = cross[np.ix_(kept, kept)] - half.T @ half
    information = reduced[:p, :p]
    inverse = np.linalg.inv(information)
    coefficients = inverse @ reduced[:p, p]
    rest = max(float(reduced[p, p] - reduced[p, :p] @ coefficients), 1e-300)
    freedom = data.n - p
    sign, log_information = np.linalg.slogdet(information)
    deviance = freedom * float(np.log(rest / freedom)) + log_determinant + float(log_information)
    return _Solved(
        coefficients=coefficients,
        covariance=inverse,
        variance=rest / freedom,
        deviance=deviance if sign > 0 else np.inf,
    )


def _curve(function: Callable[[FloatArray], float], *, at: FloatArray, places: np.ndarray) -> FloatArray:
    """Second derivatives of a function by central differences, with respect to the arguments at ``places``."""
    width = 0.05
    steps = np.eye(at.size)[places] * width
    curved = np.zeros((places.size, places.size))
    for i, first in enumerate(steps):
        for j, second in enumerate(steps[: i + 1]):
            corners = function(at + first + second) - function(at + first - second)
            corners += function(at - first - second) - function(at - first + second)
            curved[i, j] = curved[j, i] = corners / (4 * width**2)
    return curved


def _find_told(data: Sequence[CrossedData], *, n_ratios: int) -> np.ndarray:
    """Find the groupings of which some unit has two rows; the others cannot be told from the rows."""
    told = np.zeros(n_ratios, dtype=np.bool_)
    for one in data:
        told[0] |= max(one.units_by_size) > 1
        rows = np.diag(one.cross)[one.n_columns : -1]
        for factor in range(n_ratios - 1):
            told[1 + factor] |= bool((rows[one.factor_of_effect == factor] > 1).any())
    return told


def _count_factors(data: Sequence[CrossedData]) -> int:
    return max(int(one.factor_of_effect.max()) + 1 if one.factor_of_effect.size else 0 for one in data)


def _keep_independent(columns: FloatArray) -> np.ndarray:
    """Keep the columns that earlier ones do not give."""
    kept = np.zeros(columns.shape[1], dtype=np.bool_)
    basis: list[FloatArray] = []
    for place, column in enumerate(columns.T):
        rest = column.copy()
        for _ in range(2):
            for one in basis:
                rest = rest - one * float(one @ rest)
        length, left = float(np.linalg.norm(column)), float(np.linalg.norm(rest))
        if length > 0 and left > LEFT_SHARE * length:
            kept[place] = True
            basis.append(rest / left)
    return kept
