"""Share of the spread that goes with a factor, with the bias that few clusters bring taken out."""

import numpy as np
from scipy.special import stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.estimate import Interval, check_level

MIN_CLUSTERS = 4


def estimate_explained_share(
    *,
    outcome: FloatArray,
    design: FloatArray,
    clusters: IdArray,
    absorb: IdArray,
    ci_level: float = 0.95,
) -> Interval:
    """Estimate the percent of the spread within cells that goes with the columns of a factor.

    A factor that varies by cluster explains something by chance alone: a few clusters always differ. The
    delete-one-cluster jackknife takes that bias out (to first order) and gives the interval.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, q) float array
        Columns of the factor, one category left out; no constant.
    clusters : (n,) array
        Cluster of each row, such as the teacher.
    absorb : (n,) array
        Cell of each row whose average is taken out first, such as the school and year.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Percent, 0 to 100; estimate and limits are cut off there. The upper limit is at least the share that the factor
        explains before the bias is taken out, so that no interval is of width zero.

    Raises
    ------
    TooFewError
        Fewer than four clusters, or no spread within the cells.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 11 (jackknife bias and standard error).
    """
    check_level(ci_level)
    y = read_floats(outcome, ndim=1, what="outcome")
    table = np.column_stack([y, read_floats(design, ndim=2, what="design")])
    cluster, n_clusters = number_groups(clusters, n=len(y), what="clusters")
    cell, n_cells = number_groups(absorb, n=len(y), what="absorb")
    if n_clusters < MIN_CLUSTERS:
        raise TooFewError(f"{n_clusters} teachers or classrooms are too few to say how much goes with a factor")
    whole = _find_products(table, cluster, cell, n_clusters, n_cells)
    if whole[0, 0, 0] <= 0:
        raise TooFewError("all scores are alike")
    shares = _explain(whole)
    left_out = shares[1:]
    estimate = n_clusters * shares[0] - (n_clusters - 1) * left_out.mean()
    variance = (n_clusters - 1) / n_clusters * float(((left_out - left_out.mean()) ** 2).sum())
    half_width = float(stdtrit(n_clusters - 1, (1 + ci_level) / 2)) * variance**0.5
    highest = max(estimate + half_width, float(shares[0]))
    limits = np.clip([estimate, estimate - half_width, highest], 0, 1) * 100
    return Interval(estimate=float(limits[0]), ci_low=float(limits[1]), ci_high=float(limits[2]), ci_level=ci_level)


def _find_products(
    table: FloatArray, cluster: np.ndarray, cell: np.ndarray, n_clusters: int, n_cells: int
) -> FloatArray:
    """Cross-products within cells: first with all rows, then with each cluster left out."""
    pair_ids, pair = np.unique(cluster.astype(np.int64) * n_cells + cell, return_inverse=True)
    pair = pair.astype(np.intp)
    pair_cluster, pair_cell = pair_ids // n_cells, pair_ids % n_cells
    ones = np.ones((len(table), 1))
    pair_sums = sum_by_group(np.column_stack([ones, table]), codes=pair, n_groups=len(pair_ids))
    cell_sums = sum_by_group(pair_sums, codes=pair_cell.astype(np.intp), n_groups=n_cells)
    products = np.einsum("ij,ik->ijk", table, table)
    width = table.shape[1]
    by_cluster = sum_by_group(products.reshape(len(table), width * width), codes=cluster, n_groups=n_clusters).reshape(
        n_clusters, width, width
    )
    between = _square(cell_sums)
    total = by_cluster.sum(axis=0) - between.sum(axis=0)
    change = between[pair_cell] - _square(cell_sums[pair_cell] - pair_sums)
    change_by_cluster = np.zeros_like(by_cluster)
    np.add.at(change_by_cluster, pair_cluster, change)
    return np.concatenate([total[None], total[None] - by_cluster + change_by_cluster])


def _square(sums: FloatArray) -> FloatArray:
    counts = np.maximum(sums[:, 0], 1)
    return np.asarray(np.einsum("ij,ik->ijk", sums[:, 1:], sums[:, 1:] / counts[:, None]), dtype=np.float64)


def _explain(products: FloatArray) -> FloatArray:
    spread = np.where(products[:, 0, 0] > 0, products[:, 0, 0], np.inf)
    cross = products[:, 1:, 0]
    inverse = np.linalg.pinv(products[:, 1:, 1:], rcond=1e-10, hermitian=True)
    return np.asarray(np.einsum("ij,ijk,ik->i", cross, inverse, cross) / spread, dtype=np.float64)
