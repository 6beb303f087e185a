"""Least squares whose standard errors hold when rows come in clusters, few or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, sum_by_group
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate
from mtss_analysis.stats.least_squares import LeastSquares, fit_least_squares
from mtss_analysis.stats.small_sample import SmallSample, adjust_clusters, approximate_df, check_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """Test that several coefficients are all zero.

    Parameters
    ----------
    statistic : float
        F statistic.
    df_numerator, df_denominator : float
        Degrees of freedom of the F distribution.
    p_value : float
        Probability of so large a statistic if all were zero.
    """

    statistic: float
    df_numerator: int
    df_denominator: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusteredFit:
    """Coefficients of ``p`` columns with covariances that allow for clusters.

    Parameters
    ----------
    names : tuple of str
        Names of the columns.
    coefficients : (p,) float array
        In the unit of the outcome per unit of the column.
    covariance : (p, p) float array
        CR2, bias-reduced.
    covariance_cr1s : (p, p) float array
        Liang and Zeger's with the factor ``m/(m-1) · (n-1)/(n-k)``, absorbed effects counted in ``k``.
    covariance_hc1 : (p, p) float array
        Robust to unequal variances only, with the factor ``n/(n-k)``; ignores clusters.
    covariance_independent : (p, p) float array
        As if rows were independent with equal variance; for comparison only.
    n, n_clusters, n_absorbed : int
        Rows, clusters, absorbed effects.
    ci_level : float
        Confidence level of what :meth:`contrast` gives.
    fit : LeastSquares
        The fit itself.
    parts : SmallSample
        What the degrees of freedom are computed from.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    covariance_cr1s: FloatArray
    covariance_hc1: FloatArray
    covariance_independent: FloatArray
    n: int
    n_clusters: int
    n_absorbed: int
    ci_level: float
    fit: LeastSquares
    parts: SmallSample

    @property
    def df(self) -> FloatArray:
        """Satterthwaite degrees of freedom, (p,); NaN where the clusters cannot tell a coefficient's uncertainty."""
        return np.array([_find_df(self.parts, self.fit.rotate(column[:, None])) for column in np.eye(len(self.names))])

    def contrast(self, weights: Mapping[str, float] | FloatArray) -> Estimate:
        """Estimate a weighted sum of coefficients with CR2 and Satterthwaite's degrees of freedom.

        Parameters
        ----------
        weights : mapping of name to weight, or (p,) float array
            Weights of the coefficients; a name left out weighs zero.

        Returns
        -------
        Estimate
            In the unit of the outcome.

        Raises
        ------
        TooFewError
            The clusters cannot tell its uncertainty.
        """
        vector = self._read_weights(weights)
        rotated = self.fit.rotate(vector[:, None])
        check_seen(parts=self.parts, contrasts=rotated)
        df = approximate_df(parts=self.parts, contrasts=rotated)
        return make_t_estimate(
            estimate=float(vector @ self.coefficients),
            std_error=float(np.sqrt(vector @ self.covariance @ vector)),
            df=df,
            ci_level=self.ci_level,
        )

    def coefficient(self, name: str) -> Estimate:
        """Estimate one coefficient; see :meth:`contrast`."""
        return self.contrast({name: 1.0})

    def joint_test(self, names: Sequence[str]) -> JointTest:
        """Test that the named coefficients are all zero (approximate Hotelling's T², HTZ).

        Parameters
        ----------
        names : sequence of str
            Columns of one factor, at least one.

        Returns
        -------
        JointTest
            F test.

        Raises
        ------
        TooFewError
            There are too few clusters for so many coefficients.

        References
        ----------
        Tipton & Pustejovsky (2015), Journal of Educational and Behavioral Statistics 40, 604-634.
        Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36, 672-683, section 3.2.
        """
        chosen = [self._find(name) for name in names]
        q = len(chosen)
        if q == 0 or len(set(chosen)) < q:
            raise ValueError("names must hold at least one column, each once")
        too_few = f"{self.n_clusters} clusters are too few to test {q} coefficients at once"
        selection = np.zeros((len(self.names), q))
        selection[chosen, np.arange(q)] = 1
        if q >= self.n_clusters:
            raise TooFewError(too_few)
        rotated = self.fit.rotate(selection)
        check_seen(parts=self.parts, contrasts=rotated)
        covariance = self.covariance[np.ix_(chosen, chosen)]
        scale = np.sqrt(np.diag(covariance))
        if scale.min() <= 0 or np.linalg.matrix_rank(covariance / np.outer(scale, scale), hermitian=True) < q:
            raise TooFewError(too_few)
        eta = approximate_df(parts=self.parts, contrasts=rotated)
        df_denominator = eta - q + 1
        if df_denominator <= 0:
            raise TooFewError(too_few)
        values = self.coefficients[chosen]
        wald = float(values @ np.linalg.solve(covariance, values))
        statistic = df_denominator / (eta * q) * wald
        return JointTest(
            statistic=statistic,
            df_numerator=q,
            df_denominator=df_denominator,
            p_value=float(fdtrc(q, df_denominator, statistic)),
        )

    def _find(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"“{name}” is not a column of the model; it has {', '.join(self.names)}")
        return self.names.index(name)

    def _read_weights(self, weights: Mapping[str, float] | FloatArray) -> FloatArray:
        if isinstance(weights, Mapping):
            vector = np.zeros(len(self.names))
            for name, weight in weights.items():
                vector[self._find(name)] = weight
        else:
            vector = np.asarray(weights, dtype=np.float64)
        if vector.shape != (len(self.names),) or not vector.any():
            raise ValueError(f"weights must be {len(self.names)} numbers, not all zero")
        return vector


def fit_clustered(
    *,
    outcome: FloatArray,
    design: FloatArray,
    names: Sequence[str],
    clusters: IdArray,
    absorb: IdArray | None = None,
    ci_level: float = 0.95,
) -> ClusteredFit:
    """Fit least squares with the bias-reduced cluster-robust covariance (CR2).

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, p) float array
        Columns of the model, a constant included unless effects are absorbed.
    names : sequence of str
        ``p`` names of the columns, all different.
    clusters : (n,) array
        Cluster of each row: the unit at which what is studied varies, such as the teacher.
    absorb : (n,) array, optional
        Group of each row whose effect is taken out, such as the school. It may nest clusters, be nested in
        them, or cross them.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ClusteredFit
        Coefficients of the ``p`` columns.

    Raises
    ------
    TooFewError
        Fewer than two clusters, no more rows than parameters, or a column that others give.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.
    Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36, 672-683.
    """
    check_level(ci_level)
    fit = fit_least_squares(outcome=outcome, design=design, names=names, absorb=absorb)
    codes, n_clusters = number_groups(clusters, n=fit.n, what="clusters")
    if n_clusters < 2:
        raise TooFewError("all rows come from one cluster, and at least 2 are needed")
    parts = adjust_clusters(fit=fit, codes=codes, n_clusters=n_clusters)
    n, k = fit.n, fit.n - fit.df_residual
    raw_scores = fit.basis * fit.residuals[:, None]
    cluster_scores = sum_by_group(raw_scores, codes=codes, n_groups=n_clusters)
    cr1s_factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - k)
    identity = np.eye(len(fit.names))
    independent = identity * float(fit.residuals @ fit.residuals) / (n - k)
    return ClusteredFit(
        names=fit.names,
        coefficients=fit.coefficients,
        covariance=_rotate_back(fit, parts.scores.T @ parts.scores),
        covariance_cr1s=_rotate_back(fit, cr1s_factor * cluster_scores.T @ cluster_scores),
        covariance_hc1=_rotate_back(fit, n / (n - k) * raw_scores.T @ raw_scores),
        covariance_independent=_rotate_back(fit, independent),
        n=n,
        n_clusters=n_clusters,
        n_absorbed=fit.n_absorbed,
        ci_level=ci_level,
        fit=fit,
        parts=parts,
    )


def _rotate_back(fit: LeastSquares, meat: FloatArray) -> FloatArray:
    return np.asarray(fit.root_inverse @ meat @ fit.root_inverse.T, dtype=np.float64)


def _find_df(parts: SmallSample, contrast: FloatArray) -> float:
    try:
        return approximate_df(parts=parts, contrasts=contrast)
    except TooFewError:
        return float("nan")
