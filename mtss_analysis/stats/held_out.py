"""What is found in some clusters, looked at in the others: explained spread, and the furthest of several groups."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats, sum_by_group

MIN_CLUSTERS = 4
LEAST_LENGTH = 1e-9


def estimate_held_out_share(
    *, outcome: FloatArray, design: FloatArray, clusters: IdArray, cells: IdArray, given: FloatArray | None = None
) -> float:
    """Estimate the percent of the spread in clusters that were left out which the other clusters foretell.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, q) float array
        Columns that foretell.
    clusters : (n,) array
        Left out one at a time, such as the teacher.
    cells : (n,) array
        Cell of each row whose average over all rows is taken out first.
    given : (n, g) float array, optional
        Columns of which it is not counted what they foretell.

    Returns
    -------
    float
        Percent of the spread within cells; negative where the columns foretell worse than nothing does.

    Raises
    ------
    TooFewError
        Fewer than four clusters, or no spread.

    References
    ----------
    Stone (1974), Journal of the Royal Statistical Society B 36, 111-147.
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    before = np.empty((y.size, 0)) if given is None else read_floats(given, ndim=2, what="given")
    table = np.column_stack([before, read_floats(design, ndim=2, what="design"), y])
    codes, n_clusters = number_groups(clusters, n=y.size, what="clusters")
    cell_codes, n_cells = number_groups(cells, n=y.size, what="cells")
    if n_clusters < MIN_CLUSTERS:
        raise TooFewError(f"{n_clusters} clusters are too few to leave some out")
    sizes = np.bincount(cell_codes, minlength=n_cells)
    table = table - (sum_by_group(table, codes=cell_codes, n_groups=n_cells) / sizes[:, None])[cell_codes]
    width = table.shape[1]
    products = np.einsum("ij,ik->ijk", table, table).reshape(y.size, width * width)
    by_cluster = sum_by_group(products, codes=codes, n_groups=n_clusters).reshape(n_clusters, width, width)
    spread = float(by_cluster[:, -1, -1].sum())
    if spread <= LEAST_LENGTH * max(1.0, float(y @ y)):
        raise TooFewError("all scores are alike")
    missed = _sum_missed(by_cluster, used=np.arange(width - 1))
    without = _sum_missed(by_cluster, used=np.arange(before.shape[1])) if before.shape[1] else spread
    return 100 * (without - missed) / spread


def _sum_missed(by_cluster: FloatArray, *, used: np.ndarray) -> float:
    """Sum the squares that are missed when each cluster is foretold from the others."""
    others = by_cluster.sum(axis=0)[None] - by_cluster
    rows, columns = used[:, None], used[None, :]
    inverse = np.linalg.pinv(others[:, rows, columns], rcond=1e-8, hermitian=True)
    coefficients = np.einsum("cij,cj->ci", inverse, others[:, used, -1])
    missed = by_cluster[:, -1, -1] - 2 * np.einsum("ci,ci->c", coefficients, by_cluster[:, used, -1])
    missed += np.einsum("ci,cij,cj->c", coefficients, by_cluster[:, rows, columns], coefficients)
    return float(missed.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The group that lies furthest on one side in one half of the clusters, looked at in the other half.

    Parameters
    ----------
    found, held_out : float
        Its mean (or slope) where it was found and in the other half, averaged over halvings, positive on that side.
    n_halvings : int
        Halvings in which a group could be chosen and was also seen in the other half.
    """

    found: float
    held_out: float
    n_halvings: int


def look_in_other_half(
    *,
    outcome: FloatArray,
    groups: IdArray,
    clusters: IdArray,
    least: int,
    sign: int,
    time: FloatArray | None = None,
    n_halvings: int = 40,
    seed: int = 0,
) -> HeldOut:
    """Choose the group furthest on one side in a random half of the clusters and look at it in the other half.

    Parameters
    ----------
    outcome : (n,) float array
        About the average of the cell; none missing.
    groups : (n,) array
        Group of each row.
    clusters : (n,) array
        What is halved, such as the teacher.
    least : int
        Rows of a group in a half from which on it can be chosen.
    sign : {-1, 1}
        Which side.
    time : (n,) float array, optional
        If given, slopes over time within a group are looked at, and not means.
    n_halvings : int
        Random halvings.
    seed : int
        The same seed gives the same halvings.

    Returns
    -------
    HeldOut
        In the unit of the outcome (a unit of time).

    Raises
    ------
    TooFewError
        Fewer than four clusters, or no group is seen in both halves.

    References
    ----------
    Athey & Imbens (2016), PNAS 113, 7353-7360: one half to find, the other to estimate.
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    group_codes, n_groups = number_groups(groups, n=y.size, what="groups")
    codes, n_clusters = number_groups(clusters, n=y.size, what="clusters")
    if n_clusters < MIN_CLUSTERS:
        raise TooFewError(f"{n_clusters} clusters are too few to halve")
    x = np.ones(y.size)
    if time is not None:
        at = read_floats(time, ndim=1, what="time")
        sums = sum_by_group(np.column_stack([np.ones(y.size), at, y]), codes=group_codes, n_groups=n_groups)
        middle = sums[:, 1:] / sums[:, :1]
        x, y = at - middle[group_codes, 0], y - middle[group_codes, 1]
    pair = (codes * n_groups + group_codes).astype(np.intp)
    sums = sum_by_group(np.column_stack([np.ones(y.size), x * x, x * y]), codes=pair, n_groups=n_clusters * n_groups)
    sums = sums.reshape(n_clusters, n_groups, 3)
    rng = np.random.default_rng(seed)
    found, other = [], []
    for _ in range(n_halvings):
        first = rng.permutation(n_clusters) < n_clusters // 2
        for half in (first, ~first):
            mine, theirs = sums[half].sum(axis=0), sums[~half].sum(axis=0)
            able = (mine[:, 0] >= least) & (mine[:, 1] > LEAST_LENGTH)
            if not able.any():
                continue
            value = sign * np.divide(mine[:, 2], mine[:, 1], out=np.full(n_groups, -sign * np.inf), where=able)
            chosen = int(np.argmax(value))
            if theirs[chosen, 0] >= least and theirs[chosen, 1] > LEAST_LENGTH:
                found.append(float(value[chosen]))
                other.append(float(sign * theirs[chosen, 2] / theirs[chosen, 1]))
    if not found:
        raise TooFewError("no group is seen in both halves")
    return HeldOut(found=float(np.mean(found)), held_out=float(np.mean(other)), n_halvings=len(found))
