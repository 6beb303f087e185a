"""Least squares with crossed random effects of many small units, such as students, and fewer larger ones, as teachers.

Rows of one data set share effects of students, teachers and classrooms that cross each other. Their variances, as
ratios to the variance of a row, are estimated over many data sets at once (schools); the variance of a row is each data
set's own. Everything is computed from sums by student, so that nothing the size of the data is decomposed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dtrtrs
from scipy.optimize import minimize

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.crossed_gradient import curve_deviance, differentiate_deviance
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

SMALLEST_RATIO, LARGEST_RATIO = 1e-5, 50.0
NEGLIGIBLE_RATIO = 0.01
"""Where the likelihood is flat, a ratio up to this is taken as known: it hardly moves any variance."""
LEAST_CURVATURE = 1e-6
"""Under it the deviance does not depend on a ratio: its logarithm is known to within a thousand."""
LEFT_SHARE = 1e-5
"""A column is taken as given by earlier ones when less than this share of its length is left."""
LEAST_DF = 1.0
"""Satterthwaite's degrees of freedom below which no interval is given: t has no mean there, and its ends run away."""
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
    kept = keep_independent(columns)
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
    lowest, highest = float(np.log(SMALLEST_RATIO)), float(np.log(LARGEST_RATIO))
    told = _find_told(data, n_ratios=n_ratios)
    bounds = [(lowest, highest if is_told else lowest) for is_told in told]
    start = np.where(told, np.log(0.1), lowest)

    def deviance_and_slope(logs: FloatArray) -> tuple[float, FloatArray]:
        parts = [differentiate_deviance(one, ratios=np.exp(logs)) for one in data]
        return sum(value for value, _ in parts), np.sum([slope for _, slope in parts], axis=0)

    found = minimize(deviance_and_slope, start, jac=True, method="L-BFGS-B", bounds=bounds)
    logs = np.asarray(found.x, dtype=np.float64)
    inside = np.flatnonzero(logs > lowest + 0.5)
    covariance = np.zeros((n_ratios, n_ratios))
    while inside.size:
        hessian = curve_deviance(deviance_and_slope, at=logs, places=inside)
        flat = inside[np.abs(np.diag(hessian)) < LEAST_CURVATURE]
        if flat.size:
            # What other columns take up moves nothing; should it move a variance, hardly a degree of freedom is left.
            covariance[flat, flat] = 1 / LEAST_CURVATURE
            inside = np.setdiff1d(inside, flat)
            continue
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
    solved = _solve(data, ratios.ratios)
    total = float(data.cross[-1, -1])
    if total <= 0 or solved.variance <= LEAST_VARIANCE_SHARE * total / data.n:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
    variance = solved.variance * solved.covariance[place, place]
    slopes = _find_slopes(data, solved, ratios=ratios.ratios, place=place)
    of_row = 2 * variance**2 / (data.n - data.n_columns)
    df = 2 * variance**2 / (float(slopes @ ratios.covariance @ slopes) + of_row)
    if df < LEAST_DF:
        raise TooFewError("how uncertain the estimate is rests on less than one degree of freedom")
    return make_t_estimate(
        estimate=float(solved.coefficients[place]), std_error=float(np.sqrt(variance)), df=df, ci_level=ci_level
    )


def weigh_columns(*, data: CrossedData, ratios: VarianceRatios, names: Sequence[str]) -> tuple[float, int]:
    """Weigh several coefficients together against none, as a Wald statistic.

    Parameters
    ----------
    data : CrossedData
        One data set.
    ratios : VarianceRatios
        From :func:`estimate_ratios`.
    names : sequence of str
        Which columns; those that others give are left out.

    Returns
    -------
    tuple of float and int
        The statistic, and how many columns it weighs: near chi-squared with so many degrees of freedom if none of them
        matters and the rows are many. Zero and 0 where no column is left.
    """
    places = [data.names.index(name) for name in names if name in data.names]
    if not places:
        return 0.0, 0
    solved = _solve(data, ratios.ratios)
    coefficients = solved.coefficients[places]
    covariance = solved.variance * solved.covariance[np.ix_(places, places)]
    return float(coefficients @ np.linalg.solve(covariance, coefficients)), len(places)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Solved:
    coefficients: FloatArray
    covariance: FloatArray
    variance: float
    roots: FloatArray
    lower: FloatArray
    half: FloatArray

    def find_effects(self, weights: FloatArray) -> FloatArray:
        """Predict the effects of the larger units of what columns and outcome, so weighted, add up to."""
        if not self.roots.size:
            return self.roots
        scaled = dtrtrs(self.lower.T, self.half @ weights, lower=0, trans=0)[0]
        return np.asarray(self.roots * scaled, dtype=np.float64)


def _solve(data: CrossedData, ratios: FloatArray) -> _Solved:
    """Solve at given ratios, with the variance of a row that the restricted likelihood gives for them."""
    p, q = data.n_columns, data.factor_of_effect.size
    student = float(ratios[0])
    cross = data.cross.copy()
    for size, of_size in data.cross_by_size.items():
        cross -= student / (1 + size * student) * of_size
    # Scaling the effects by the roots of their ratios keeps the system regular where a ratio is nearly zero.
    roots = np.sqrt(ratios[1:])[data.factor_of_effect]
    middle = cross[p:-1, p:-1] * roots
    middle *= roots[:, None]
    middle.flat[:: q + 1] += 1.0
    beside = np.empty((q, p + 1))
    beside[:, :p], beside[:, p] = cross[p:-1, :p], cross[p:-1, p + q]
    beside *= roots[:, None]
    lower = np.linalg.cholesky(middle)
    # In Fortran's order nothing is copied: the transpose of the factor is the upper triangle of what is stored.
    half = dtrtrs(lower.T, beside, lower=0, trans=1)[0] if q else beside
    reduced = -(half.T @ half)
    reduced[:p, :p] += cross[:p, :p]
    reduced[:p, p] += cross[:p, p + q]
    reduced[p, :p] += cross[p + q, :p]
    reduced[p, p] += cross[p + q, p + q]
    inverse = np.linalg.inv(reduced[:p, :p])
    coefficients = inverse @ reduced[:p, p]
    rest = max(float(reduced[p, p] - reduced[p, :p] @ coefficients), 1e-300)
    return _Solved(
        coefficients=coefficients,
        covariance=inverse,
        variance=rest / (data.n - p),
        roots=roots,
        lower=lower,
        half=half,
    )


def _find_slopes(data: CrossedData, solved: _Solved, *, ratios: FloatArray, place: int) -> FloatArray:
    """Find by how much the variance of a coefficient grows with the logarithm of each ratio.

    With ``V`` the covariance of the rows in variances of a row and ``P`` the projection onto what the columns leave,
    the derivative of ``y'Py`` is ``-y'P(dV)Py`` and that of ``c = (X'V⁻¹X)⁻¹`` is ``cX'V⁻¹(dV)V⁻¹Xc``; both are sums of
    squares over units of what is predicted of them.
    """
    p = data.n_columns
    of_residuals = _square_by_unit(data, solved, weights=np.append(-solved.coefficients, 1.0), ratios=ratios)
    of_contrast = _square_by_unit(data, solved, weights=np.append(solved.covariance[place], 0.0), ratios=ratios)
    fall = solved.covariance[place, place] * of_residuals / (data.n - p)
    return np.asarray(solved.variance * of_contrast - fall, dtype=np.float64)


def _square_by_unit(data: CrossedData, solved: _Solved, *, weights: FloatArray, ratios: FloatArray) -> FloatArray:
    """Sum over the units of each grouping the squares of what ``V⁻¹`` leaves of a weighted sum, times the ratio."""
    effects = solved.find_effects(weights)
    whole = np.concatenate([weights[:-1], -effects, weights[-1:]])
    student = float(ratios[0])
    squares = [
        student
        * sum(
            float(whole @ of_size @ whole) / (1 + size * student) ** 2 for size, of_size in data.cross_by_size.items()
        )
    ]
    for at, ratio in enumerate(ratios[1:]):
        own = effects[data.factor_of_effect == at]
        squares.append(float(own @ own) / float(ratio))
    return np.array(squares)


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


def keep_independent(columns: FloatArray) -> np.ndarray:
    """Keep the columns that earlier ones do not give.

    Parameters
    ----------
    columns : (n, p) float array
        In order of precedence.

    Returns
    -------
    (p,) bool array
        Which are kept: those of which more than a hundred-thousandth of their length is left.
    """
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
