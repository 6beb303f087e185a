"""Repeated observations of the same people, weighted as if any two of one person were alike to the same degree."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtss_analysis.stats.arrays import CodeArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """Outcome and columns after weighting, with the means of the levels taken out.

    Parameters
    ----------
    outcome : (n,) float array
        Sorted by cluster.
    columns : (n, p) float array
        Sorted alike.
    starts : (m,) int array
        First row of each cluster.
    people : (m,) int array
        Number of each cluster, as it was given.
    crossed, lengths : (p,) float arrays
        Products of each column with the outcome, and with itself.
    icc : float
        Share of the variance between clusters.
    """

    outcome: FloatArray
    columns: FloatArray
    starts: CodeArray
    people: CodeArray
    crossed: FloatArray
    lengths: FloatArray
    icc: float


def weigh_by_cluster(*, outcome: FloatArray, columns: FloatArray, clusters: CodeArray, levels: CodeArray) -> Weighted:
    """Weigh observations by the likeness of those of one cluster, and take out the means of levels.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    columns : (n, p) float array
        Candidate columns.
    clusters, levels : (n,) int arrays
        Cluster, and level whose mean is taken out.

    Returns
    -------
    Weighted
        Least squares on these is generalised least squares with exchangeable correlation.

    References
    ----------
    Swamy, P. A. V. B. & Arora, S. S. (1972). Econometrica 40, 261-275: partial demeaning.
    """
    order = np.argsort(clusters, kind="stable")
    people, starts, sizes = np.unique(clusters[order], return_index=True, return_counts=True)
    dummies = (levels[order][:, None] == np.unique(levels)[None, :]).astype(np.float64)
    icc = estimate_icc(outcome=outcome[order], dummies=dummies, starts=starts, sizes=sizes)
    share = 1 - np.sqrt((1 - icc) / (1 + (sizes - 1) * icc))
    table = np.column_stack([outcome[order], columns[order], dummies])
    means = np.add.reduceat(table, starts, axis=0) / sizes[:, None]
    table -= np.repeat(share[:, None] * means, sizes, axis=0)
    n_columns = columns.shape[1]
    level_part, rest = table[:, 1 + n_columns :], table[:, : 1 + n_columns]
    rest = rest - level_part @ (np.linalg.pinv(level_part) @ rest)
    weighted, stepped = rest[:, 0], rest[:, 1:]
    return Weighted(
        outcome=weighted,
        columns=stepped,
        starts=starts.astype(np.intp),
        people=people.astype(np.intp),
        crossed=stepped.T @ weighted,
        lengths=np.maximum((stepped**2).sum(axis=0), np.finfo(np.float64).tiny),
        icc=icc,
    )


def sum_by_cluster(values: FloatArray, weighted: Weighted) -> FloatArray:
    """Sum rows that are sorted as ``weighted`` by cluster, (m, p)."""
    summed: FloatArray = np.add.reduceat(values, weighted.starts, axis=0)
    return summed


def estimate_icc(
    *, outcome: FloatArray, dummies: FloatArray, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> float:
    """Estimate the share of the variance between clusters from the analysis of variance, levels taken out.

    Parameters
    ----------
    outcome : (n,) float array
        Sorted by cluster.
    dummies : (n, k) float array
        Levels.
    starts, sizes : (m,) int arrays
        First row of each cluster, and its number of rows.

    Returns
    -------
    float
        0 to 0.99; 0 where there are no two observations of a cluster.

    References
    ----------
    Donner, A. (1986). International Statistical Review 54, 67-82, eq. 2.1.
    """
    n, m = len(outcome), len(sizes)
    if n <= m or m < 2:
        return 0.0
    residuals = outcome - dummies @ (np.linalg.pinv(dummies) @ outcome)
    means = np.add.reduceat(residuals, starts) / sizes
    within = float(((residuals - np.repeat(means, sizes)) ** 2).sum()) / (n - m)
    between = float((sizes * (means - residuals.mean()) ** 2).sum()) / (m - 1)
    usual = (n - float((sizes**2).sum()) / n) / (m - 1)
    total = between + (usual - 1) * within
    return float(np.clip((between - within) / total, 0.0, 0.99)) if total > 0 else 0.0
