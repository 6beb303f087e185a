"""Means of units whose students sit in clusters: how uncertain each is, with variances that all units share."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitMeans:
    """Means of ``k`` units, in the order of their sorted names.

    Parameters
    ----------
    units : (k,) text array
        Names.
    means, std_errors : (k,) float arrays
        In the unit of the outcome.
    n, n_clusters : (k,) int arrays
        Rows and clusters of each unit.
    cluster_variance, row_variance : float
        Variance between clusters of a unit and within clusters, shared by all units.
    """

    units: np.ndarray
    means: FloatArray
    std_errors: FloatArray
    n: np.ndarray
    n_clusters: np.ndarray
    cluster_variance: float
    row_variance: float


def estimate_unit_means(*, outcome: FloatArray, units: IdArray, clusters: IdArray) -> UnitMeans:
    """Estimate the mean of each unit with a standard error that allows for its clusters.

    A unit of three or four classrooms says little about how much classrooms differ; all units together say it well. So
    the two variances are estimated once, and a unit's standard error follows from the sizes of its clusters.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    units, clusters : (n,) arrays
        Unit and cluster of each row; a cluster belongs to one unit.

    Returns
    -------
    UnitMeans
        Where no unit has two clusters, the variance between clusters cannot be seen and is taken as zero.

    Raises
    ------
    TooFewError
        No cluster has two rows.

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, section 3.6: analysis of variance estimators for unbalanced
    nested data.
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    names = np.asarray([str(unit) for unit in units])
    unit_codes, k = number_groups(names, n=y.size, what="units")
    both = np.asarray([f"{unit}\x00{cluster}" for unit, cluster in zip(names, clusters, strict=True)])
    cluster_codes, m = number_groups(both, n=y.size, what="clusters")
    if y.size <= m:
        raise TooFewError("no classroom has two students, so it cannot be seen how much students differ")
    unit_of = np.zeros(m, dtype=np.intp)
    unit_of[cluster_codes] = unit_codes
    sizes = np.bincount(cluster_codes, minlength=m).astype(np.float64)
    cluster_means = np.bincount(cluster_codes, weights=y, minlength=m) / sizes
    n = np.bincount(unit_codes, minlength=k).astype(np.float64)
    means = np.bincount(unit_codes, weights=y, minlength=k) / n
    within = float(((y - cluster_means[cluster_codes]) ** 2).sum()) / (y.size - m)
    squares = np.bincount(unit_of, weights=sizes**2, minlength=k)
    between = 0.0
    if m > k:
        among = float((sizes * (cluster_means - means[unit_of]) ** 2).sum()) / (m - k)
        typical = (y.size - float((squares / n).sum())) / (m - k)
        between = max((among - within) / typical, 0.0)
    return UnitMeans(
        units=np.unique(names),
        means=means,
        std_errors=np.sqrt(between * squares / n**2 + within / n),
        n=n.astype(np.int64),
        n_clusters=np.bincount(unit_of, minlength=k),
        cluster_variance=between,
        row_variance=within,
    )
