"""The bias-reduced (CR2) covariance of clustered least squares, and its approximate degrees of freedom.

With orthonormal ``U`` in place of the design, a cluster's adjustment ``(I - U_i U_i')^(-1/2)`` acts on
``U_i`` as ``(I - U_i'U_i)^(-1/2)`` acts from the right. Everything is therefore computed from one small
matrix per cluster; nothing the size of a cluster is decomposed.
Absorbed effects whose group lies inside one cluster are orthogonal to all else and drop out. A group that
spans clusters adds a column to ``U_i``.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray
from mtss_analysis.stats.least_squares import LeastSquares

ZERO_EIGENVALUE = 1e-10
"""An eigenvalue of ``I - H`` below this is a leverage of one, and is left out of the generalised inverse."""
SMALLEST_SEEN_SHARE = 0.5
RESTS_ON_ONE = "the estimate rests on a single cluster, and nothing shows how much clusters like it differ"

# A dense (m, p) array; or a sparse one with a column per absorbed group, where such groups span clusters.
_Factor: TypeAlias = Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmallSample:
    """What covariance and degrees of freedom of any contrast need, for ``m`` clusters and ``p`` columns.

    Parameters
    ----------
    scores : (m, p) float array
        Each cluster's adjusted score in the orthonormal basis.
    within : (m, p, p) float array
        ``A_i U_i`` crossed with itself.
    shared : (m, p, p) float array
        ``A_i U_i`` crossed with ``U_i``.
    spanning : (k, p) float array
        ``A_i U_i`` crossed with each absorbed group that the cluster shares with others.
    spanning_cluster, spanning_group : (k,) int arrays
        Which cluster and which absorbed group each row of ``spanning`` belongs to.
    n_groups : int
        Number of absorbed groups.
    """

    scores: FloatArray
    within: FloatArray
    shared: FloatArray
    spanning: FloatArray
    spanning_cluster: CodeArray
    spanning_group: CodeArray
    n_groups: int

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return int(self.scores.shape[0])


def adjust_clusters(*, fit: LeastSquares, codes: CodeArray, n_clusters: int) -> SmallSample:
    """Compute the CR2 adjustment of every cluster.

    Parameters
    ----------
    fit : LeastSquares
        The fit.
    codes : (n,) int array
        Cluster number of each row.
    n_clusters : int
        How many clusters there are.

    Returns
    -------
    SmallSample
        For :func:`approximate_df` and the covariance ``scores' scores``.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.
    Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36, 672-683, sections 2.2 and 3.2.
    """
    p = fit.basis.shape[1]
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(1, n_clusters))
    rows_by_cluster = np.split(order, bounds)
    group_size, spans = _find_spanning_groups(fit=fit, codes=codes, n_clusters=n_clusters)
    cross_by_width: dict[int, list[tuple[int, FloatArray, FloatArray, CodeArray]]] = {}
    for cluster, rows in enumerate(rows_by_cluster):
        basis, residuals = fit.basis[rows], fit.residuals[rows]
        if fit.absorbed is None or not spans.any():
            groups = np.empty(0, dtype=np.intp)
            columns = basis
        else:
            groups, columns = _add_spanning_groups(
                basis=basis, group_by_row=fit.absorbed[rows], spans=spans, group_size=group_size
            )
        entry = (cluster, columns.T @ columns, columns.T @ residuals, groups)
        cross_by_width.setdefault(columns.shape[1], []).append(entry)

    scores = np.zeros((n_clusters, p))
    within = np.zeros((n_clusters, p, p))
    shared = np.zeros((n_clusters, p, p))
    spanning: list[FloatArray] = []
    spanning_cluster: list[CodeArray] = []
    spanning_group: list[CodeArray] = []
    for width, entries in sorted(cross_by_width.items()):
        extra = width - p
        members = np.array([entry[0] for entry in entries], dtype=np.intp)
        cross = np.stack([entry[1] for entry in entries])
        raw_scores = np.stack([entry[2] for entry in entries])
        root = _invert_root(cross)[:, :, extra:]
        adjusted = np.swapaxes(root, 1, 2) @ cross
        scores[members] = np.einsum("mkp,mk->mp", root, raw_scores)
        within[members] = adjusted @ root
        shared[members] = adjusted[:, :, extra:]
        if extra:
            spanning.append(np.swapaxes(adjusted[:, :, :extra], 1, 2).reshape(-1, p))
            spanning_cluster.append(np.repeat(members, extra))
            spanning_group.append(np.concatenate([entry[3] for entry in entries]))
    return SmallSample(
        scores=scores,
        within=within,
        shared=shared,
        spanning=np.concatenate(spanning) if spanning else np.empty((0, p)),
        spanning_cluster=_join(spanning_cluster),
        spanning_group=_join(spanning_group),
        n_groups=fit.n_absorbed,
    )


def approximate_df(*, parts: SmallSample, contrasts: FloatArray) -> float:
    """Approximate the degrees of freedom of the CR2 covariance of one or several contrasts.

    Parameters
    ----------
    parts : SmallSample
        From :func:`adjust_clusters`.
    contrasts : (p, q) float array
        Contrasts in the orthonormal basis, one a column.

    Returns
    -------
    float
        For one contrast Satterthwaite's degrees of freedom; for several, those of the Wishart distribution
        with the same total variance (the HTZ test).

    Raises
    ------
    TooFewError
        The clusters cannot tell the contrasts' uncertainty.

    References
    ----------
    Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics 36, 672-683, equations 9 to 13.
    """
    q = contrasts.shape[1]
    values, vectors, contrasts = _expect(parts, contrasts)
    if values[0] <= ZERO_EIGENVALUE:
        raise TooFewError(RESTS_ON_ONE)
    diagonal, factors = _project(parts, contrasts @ (vectors / np.sqrt(values)) @ vectors.T)
    total = 0.0
    for s in range(q):
        for t in range(s, q):
            pairs = ((s, s, t, t), (s, t, t, s))
            variance = sum(_multiply(diagonal, factors, pair) for pair in pairs)
            total += variance if s == t else 2 * variance
    return float(q * (q + 1) / total)


def check_seen(*, parts: SmallSample, contrasts: FloatArray) -> None:
    """Refuse contrasts most of whose uncertainty the covariance cannot see.

    CR2 is unbiased where rows are independent, unless a cluster alone decides a coefficient: its residuals
    are then zero, the generalised inverse leaves it out, and the standard error would be far too small.

    Parameters
    ----------
    parts : SmallSample
        From :func:`adjust_clusters`.
    contrasts : (p, q) float array
        Contrasts in the orthonormal basis, one a column.

    Raises
    ------
    TooFewError
        Less than half of the variance of some contrast is seen.
    """
    if _expect(parts, contrasts)[0][0] < SMALLEST_SEEN_SHARE:
        raise TooFewError(RESTS_ON_ONE)


def _expect(parts: SmallSample, contrasts: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the eigenvalues of what CR2 is expected to be, as shares of the truth, were rows independent."""
    # Only the space that the contrasts span matters, so their scales are taken out.
    orthonormal = np.linalg.qr(contrasts)[0]
    diagonal, factors = _project(parts, orthonormal)
    values, vectors = np.linalg.eigh(diagonal.sum(axis=0) - _cross_all(factors))
    return values, vectors, orthonormal


def _multiply(diagonal: FloatArray, factors: list[_Factor], pair: tuple[int, int, int, int]) -> float:
    """Give the inner product of ``P_st = diag(d_st) - Y_s Y_t'`` with ``P_uv``, both cluster by cluster."""
    s, t, u, v = pair
    first, second = diagonal[:, s, t], diagonal[:, u, v]
    total = float(first @ second)
    total -= float(first @ _row_products(factors[u], factors[v]))
    total -= float(second @ _row_products(factors[s], factors[t]))
    return total + _sum_products(factors[s].T @ factors[u], factors[t].T @ factors[v])


def _project(parts: SmallSample, contrasts: FloatArray) -> tuple[FloatArray, list[_Factor]]:
    diagonal = contrasts.T @ parts.within @ contrasts
    shared = np.moveaxis(contrasts.T @ parts.shared, 1, 0)
    if parts.spanning.shape[0] == 0:
        return diagonal, list(shared)
    m, p = shared.shape[1:]
    rows = np.concatenate([np.repeat(np.arange(m), p), parts.spanning_cluster])
    columns = np.concatenate([np.tile(np.arange(p), m), p + parts.spanning_group])
    factors: list[_Factor] = []
    for block, weights in zip(shared, contrasts.T, strict=True):
        values = np.concatenate([block.ravel(), parts.spanning @ weights])
        factors.append(csr_array((values, (rows, columns)), shape=(m, p + parts.n_groups)))
    return diagonal, factors


def _cross_all(factors: list[_Factor]) -> FloatArray:
    return np.array([[_row_products(one, other).sum() for other in factors] for one in factors])


def _row_products(one: _Factor, other: _Factor) -> FloatArray:
    if isinstance(one, csr_array):
        return np.asarray(one.multiply(other).sum(axis=1), dtype=np.float64).ravel()
    return np.asarray(np.einsum("mp,mp->m", one, other), dtype=np.float64)


def _sum_products(one: _Factor, other: _Factor) -> float:
    if isinstance(one, np.ndarray):
        return float((one * other).sum())
    return float(one.multiply(other).sum())


def _invert_root(cross: FloatArray) -> FloatArray:
    """Give ``(I - G)^(-1/2)`` for a stack of cross products ``G``, by generalised inverse."""
    values, vectors = np.linalg.eigh(cross)
    left = 1 - values
    kept = left > ZERO_EIGENVALUE
    power = np.where(kept, 1 / np.sqrt(np.where(kept, left, 1.0)), 0.0)
    return np.asarray((vectors * power[:, None, :]) @ np.swapaxes(vectors, 1, 2), dtype=np.float64)


def _find_spanning_groups(
    *, fit: LeastSquares, codes: CodeArray, n_clusters: int
) -> tuple[FloatArray, NDArray[np.bool_]]:
    if fit.absorbed is None:
        return np.empty(0), np.zeros(0, dtype=np.bool_)
    group_size = np.bincount(fit.absorbed, minlength=fit.n_absorbed).astype(np.float64)
    pairs = np.unique(fit.absorbed * n_clusters + codes)
    clusters_by_group = np.bincount(pairs // n_clusters, minlength=fit.n_absorbed)
    return group_size, clusters_by_group > 1


def _add_spanning_groups(
    *, basis: FloatArray, group_by_row: CodeArray, spans: NDArray[np.bool_], group_size: FloatArray
) -> tuple[CodeArray, FloatArray]:
    groups, position = np.unique(group_by_row, return_inverse=True)
    kept = spans[groups]
    dummies = np.zeros((group_by_row.size, groups.size))
    dummies[np.arange(group_by_row.size), position] = 1 / np.sqrt(group_size[group_by_row])
    return groups[kept].astype(np.intp), np.hstack([dummies[:, kept], basis])


def _join(parts: list[CodeArray]) -> CodeArray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)
