"""Many models of the same rows at once: crossed random effects and the means of cells taken out a single time.

What is left are sums of a few columns. Every model of some of them, every test and every contrast is then small linear
algebra, and the sums of several data sets (schools) add up to those of all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.clustered import JointTest
from mtss_analysis.stats.crossed import LEAST_VARIANCE_SHARE, VarianceRatios
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

LEFT_SHARE = 1e-7
"""A direction is taken as given by others when less than this share of its length is left."""
LEAST_DF = 2.5
"""An F distribution with fewer degrees of freedom is not formed: two of them have no mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweptData:
    """Sums of ``k`` columns and the outcome, once effects and cells are taken out.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    cross : (k + 1, k + 1) float array
        Columns and outcome crossed, in the metric of the inverse covariance of the rows.
    slopes : (r, k + 1, k + 1) float array
        Derivatives of ``cross`` with respect to the logarithm of each variance ratio.
    ratio_covariance : (r, r) float array
        Of the logarithms of the ratios.
    lengths : (k,) float array
        Sums of squares of the columns before anything was taken out.
    total : float
        Sum of squares of the outcome about its mean.
    n, n_cells : int
        Rows, and cells whose means were taken out.
    """

    names: tuple[str, ...]
    cross: FloatArray
    slopes: FloatArray
    ratio_covariance: FloatArray
    lengths: FloatArray
    total: float
    n: int
    n_cells: int


def sweep_crossed(
    *,
    outcome: FloatArray,
    columns: FloatArray,
    names: Sequence[str],
    cells: IdArray,
    small_units: IdArray,
    larger_units: Sequence[IdArray],
    ratios: VarianceRatios,
) -> SweptData:
    """Take random effects and the means of cells out of columns and outcome.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    columns : (n, k) float array
        Every column that some model will use; no constant.
    names : sequence of str
        ``k`` names, all different.
    cells : (n,) array
        Cell of each row whose mean is taken out, such as grade and year.
    small_units : (n,) array
        Such as the student of each row.
    larger_units : sequence of (n,) arrays
        Such as the classroom and the teacher; as many as there are ratios besides that of the small units.
    ratios : VarianceRatios
        From :func:`mtss_analysis.stats.estimate_ratios`.

    Returns
    -------
    SweptData
        For :func:`find_joint_test` and :func:`estimate_contrast`.

    References
    ----------
    Harville (1977), JASA 72, 320-338, section 3: generalised least squares at given variance ratios.
    """
    values = read_floats(outcome, ndim=1, what="outcome")
    given = read_floats(columns, ndim=2, what="columns")
    n = values.size
    if len(names) != given.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"there are {given.shape[1]} columns; names must be as many, all different")
    if len(larger_units) + 1 != ratios.ratios.size:
        raise ValueError(f"{len(larger_units)} larger groupings do not fit {ratios.ratios.size} ratios")
    numbered = [number_groups(ids, n=n, what="units") for ids in (small_units, *larger_units)]
    cell_codes, n_cells = number_groups(cells, n=n, what="cells")
    indicators = np.eye(n_cells)[cell_codes]
    centred = values - values.mean()
    weighted = _weigh(np.column_stack([given, centred, indicators]), numbered=numbered, ratios=ratios.ratios)
    width = given.shape[1] + 1
    of_cells = weighted[:, width:]
    means = np.linalg.pinv(indicators.T @ of_cells, hermitian=True) @ (indicators.T @ weighted[:, :width])
    projected = weighted[:, :width] - of_cells @ means
    cross = np.column_stack([given, centred]).T @ projected
    sums = [sum_by_group(projected, codes=codes, n_groups=count) for codes, count in numbered]
    slopes = [-float(ratio) * one.T @ one for ratio, one in zip(ratios.ratios, sums, strict=True)]
    return SweptData(
        names=tuple(names),
        cross=(cross + cross.T) / 2,
        slopes=np.stack(slopes),
        ratio_covariance=ratios.covariance,
        lengths=(given**2).sum(axis=0),
        total=float(centred @ centred),
        n=n,
        n_cells=n_cells,
    )


def add_swept(data: Sequence[SweptData]) -> SweptData:
    """Add the sums of several data sets that share columns and ratios, such as schools.

    Parameters
    ----------
    data : sequence of SweptData
        At least one, all with the same names.

    Returns
    -------
    SweptData
        As if the cells of all had been taken out together.
    """
    first = data[0]
    if any(one.names != first.names for one in data):
        raise ValueError("the data sets have different columns")
    return SweptData(
        names=first.names,
        cross=np.sum([one.cross for one in data], axis=0),
        slopes=np.sum([one.slopes for one in data], axis=0),
        ratio_covariance=first.ratio_covariance,
        lengths=np.sum([one.lengths for one in data], axis=0),
        total=float(sum(one.total for one in data)),
        n=sum(one.n for one in data),
        n_cells=sum(one.n_cells for one in data),
    )


def find_joint_test(data: SweptData, *, tested: Sequence[str], given: Sequence[str] = ()) -> JointTest:
    """Test that the coefficients of some columns are all zero, others held constant.

    Parameters
    ----------
    data : SweptData
        From :func:`sweep_crossed`.
    tested, given : sequence of str
        Names. Of the tested columns, what those given and the cells already tell is left out.

    Returns
    -------
    JointTest
        F test with as many numerator degrees of freedom as the tested columns add.

    Raises
    ------
    TooFewError
        The tested columns add nothing, or too little is left to tell how uncertain they are.

    References
    ----------
    Fai & Cornelius (1996), Journal of Statistical Computation and Simulation 54, 363-378.
    """
    model = _Model(data, names=(*tested, *given))
    places = np.arange(len(tested))
    rest = np.arange(len(tested), model.size)
    taken = _invert(model.cross[np.ix_(rest, rest)], lengths=model.lengths[rest]) @ model.cross[np.ix_(rest, places)]
    reduce = np.vstack([np.eye(len(places)), -taken])
    inside = model.cross[: model.size, : model.size]
    scale = np.sqrt(np.maximum(model.lengths[places], np.finfo(np.float64).tiny))
    information = reduce.T @ inside @ reduce / np.outer(scale, scale)
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    kept = values > LEFT_SHARE
    if not kept.any():
        raise TooFewError("nothing is left of it once the rest is held constant")
    directions = reduce @ (vectors[:, kept] / scale[:, None])
    scores = directions.T @ model.cross[: model.size, model.size]
    variance = model.variance
    rank = int(kept.sum())
    statistic = float((scores**2 / values[kept]).sum()) / (rank * variance)
    freedoms = []
    for at, value in enumerate(values[kept]):
        direction = directions[:, at]
        moved = np.array([-(direction @ slope @ direction) / value**2 for slope in model.inside_slopes])
        freedoms.append(model.find_df(1 / value, slopes=moved))
    freedom = _join_df(freedoms)
    return JointTest(
        statistic=statistic,
        df_numerator=rank,
        df_denominator=freedom,
        p_value=float(fdtrc(rank, freedom, statistic)),
    )


def estimate_contrast(
    data: SweptData, *, weights: FloatArray, names: Sequence[str], given: Sequence[str] = (), ci_level: float = 0.95
) -> Estimate:
    """Estimate a weighted sum of coefficients, others held constant.

    Parameters
    ----------
    data : SweptData
        From :func:`sweep_crossed`.
    weights : (m,) float array
        Weight of each coefficient.
    names : sequence of str
        Their ``m`` columns.
    given : sequence of str
        Columns held constant.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        With Satterthwaite's degrees of freedom, which allow for the uncertainty of the variance ratios.

    Raises
    ------
    TooFewError
        The columns cannot be told apart, or nothing varies.

    References
    ----------
    Giesbrecht & Burns (1985), Biometrics 41, 477-486.
    """
    model = _Model(data, names=(*names, *given))
    vector = np.zeros(model.size)
    vector[: len(names)] = weights
    solved = model.inverse @ vector
    back = model.cross[: model.size, : model.size] @ solved
    if np.linalg.norm(back - vector) > 1e-6 * np.linalg.norm(vector):
        raise TooFewError("it cannot be told apart from what is held constant")
    slopes = np.array([-(solved @ slope @ solved) for slope in model.inside_slopes])
    share = float(vector @ solved)
    if share <= 0:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
    return make_t_estimate(
        estimate=float(solved @ model.cross[: model.size, model.size]),
        std_error=float(np.sqrt(model.variance * share)),
        df=model.find_df(share, slopes=slopes),
        ci_level=ci_level,
    )


class _Model:
    """Least squares of some of the columns: inverse, variance of a row and its derivatives."""

    def __init__(self, data: SweptData, *, names: Sequence[str]) -> None:
        places = np.array([data.names.index(name) for name in names], dtype=np.intp)
        every = np.append(places, len(data.names))
        self.size = len(places)
        self.cross = data.cross[np.ix_(every, every)]
        self.lengths = data.lengths[places]
        self._slopes = data.slopes[:, every[:, None], every[None, :]]
        self.inside_slopes = self._slopes[:, : self.size, : self.size]
        self._covariance = data.ratio_covariance
        inside = self.cross[: self.size, : self.size]
        self.inverse = _invert(inside, lengths=self.lengths)
        coefficients = self.inverse @ self.cross[: self.size, self.size]
        rank = round(float(np.trace(self.inverse @ inside)))
        self.freedom = data.n - data.n_cells - rank
        if self.freedom < 1:
            raise TooFewError("there are as many groups as rows")
        rest = float(self.cross[-1, -1] - self.cross[-1, : self.size] @ coefficients)
        if data.total <= 0 or rest <= LEAST_VARIANCE_SHARE * data.total:
            raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
        self.variance = rest / self.freedom
        weights = np.append(-coefficients, 1.0)
        self.variance_slopes = np.array([weights @ slope @ weights for slope in self._slopes]) / self.freedom

    def find_df(self, share: float, *, slopes: FloatArray) -> float:
        """Satterthwaite's degrees of freedom of a variance that is ``share`` times the variance of a row."""
        variance = self.variance * share
        moved = self.variance_slopes * share + self.variance * slopes
        spread = float(moved @ self._covariance @ moved) + 2 * variance**2 / self.freedom
        return 2 * variance**2 / spread


def _weigh(whole: FloatArray, *, numbered: Sequence[tuple[CodeArray, int]], ratios: FloatArray) -> FloatArray:
    """Multiply by the inverse of the rows' covariance, in variances of a row."""
    small_codes, n_small = numbered[0]
    shrink = ratios[0] / (1 + np.bincount(small_codes, minlength=n_small) * ratios[0])

    def without_small(table: FloatArray) -> FloatArray:
        sums = sum_by_group(table, codes=small_codes, n_groups=n_small)
        return np.asarray(table - (shrink[:, None] * sums)[small_codes], dtype=np.float64)

    weighted = without_small(whole)
    larger = [
        np.eye(count)[codes] * np.sqrt(ratio) for (codes, count), ratio in zip(numbered[1:], ratios[1:], strict=True)
    ]
    if not larger:
        return weighted
    effects = np.column_stack(larger)
    weighted_effects = without_small(effects)
    middle = np.eye(effects.shape[1]) + effects.T @ weighted_effects
    return np.asarray(weighted - weighted_effects @ np.linalg.solve(middle, effects.T @ weighted), dtype=np.float64)


def _invert(matrix: FloatArray, *, lengths: FloatArray) -> FloatArray:
    """Invert, leaving out directions of which next to nothing is left, as measured by the columns' own lengths."""
    if matrix.size == 0:
        return matrix
    scale = np.sqrt(np.maximum(lengths, np.finfo(np.float64).tiny))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    power = np.where(values > LEFT_SHARE, 1 / np.where(values > LEFT_SHARE, values, 1.0), 0.0)
    return np.asarray((vectors * power) @ vectors.T / np.outer(scale, scale), dtype=np.float64)


def _join_df(freedoms: Sequence[float]) -> float:
    """Join the degrees of freedom of independent t statistics into those of the F distribution of their mean square."""
    told = [one for one in freedoms if one > 2]
    expected = sum(one / (one - 2) for one in told)
    count = len(freedoms)
    is_known = len(told) == count and expected > count
    joined = 2 * expected / (expected - count) if is_known else min(freedoms)
    if joined < LEAST_DF:
        raise TooFewError("too little is known of how far teachers and classrooms differ")
    return float(joined)
