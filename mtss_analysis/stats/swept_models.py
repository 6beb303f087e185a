"""Tests and contrasts of any of the columns whose sums were swept: small linear algebra for each model."""

from collections.abc import Sequence

import numpy as np
from scipy.special import fdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.clustered import JointTest
from mtss_analysis.stats.crossed import LEAST_VARIANCE_SHARE
from mtss_analysis.stats.estimate import Estimate, make_t_estimate
from mtss_analysis.stats.swept import SweptData

LEFT_SHARE = 1e-7
"""A direction is taken as given by others when less than this share of its length is left."""
LEAST_DF = 2.5
"""An F distribution with fewer degrees of freedom is not formed: two of them have no mean."""


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


def find_test_by_cells(
    data: SweptData, *, tested: Sequence[str], given: Sequence[str], cells: Sequence[str]
) -> tuple[JointTest, float]:
    """Test columns that do not vary within cells against how far cells differ beyond them.

    Parameters
    ----------
    data : SweptData
        Without the means of these cells taken out.
    tested, given : sequence of str
        As for :func:`find_joint_test`.
    cells : sequence of str
        Indicators of the cells, such as the grades of each year, each of which has students of its own.

    Returns
    -------
    test : JointTest
        With the degrees of freedom that the cells leave.
    inflation : float
        By how much the variance of a contrast of the columns is larger because cells differ.

    Raises
    ------
    TooFewError
        The columns add nothing, or the cells leave nothing.

    References
    ----------
    Searle (1971), Linear Models, chapter 9: the ratio of two mean squares.
    """
    test = find_joint_test(data, tested=tested, given=given)
    try:
        rest = find_joint_test(data, tested=cells, given=(*tested, *given))
    except TooFewError as error:
        raise TooFewError("there are too few years to say how far cohorts differ by chance") from error
    # Both mean squares in units of the same variance of a row: that which the cells leave.
    own, left = (_Model(data, names=names).variance for names in ((*tested, *given), (*tested, *given, *cells)))
    inflation = max(rest.statistic * left / own, np.finfo(np.float64).tiny)
    statistic, freedom = test.statistic / inflation, float(rest.df_numerator)
    return (
        JointTest(
            statistic=statistic,
            df_numerator=test.df_numerator,
            df_denominator=freedom,
            p_value=float(fdtrc(test.df_numerator, freedom, statistic)),
        ),
        inflation,
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
