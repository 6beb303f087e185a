"""What a mean would be if a unit had another's mix of students."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardised:
    """A mean with the mix of a reference.

    Parameters
    ----------
    mean : Estimate
        In the unit of the outcome.
    crude : float
        The mean as it is.
    covered_pct : float
        Percent of the reference that is in categories which the unit has, too; the mean speaks of these alone.
    n, n_clusters : int
        Rows in these categories, and clusters (rows, if none were given).
    """

    mean: Estimate
    crude: float
    covered_pct: float
    n: int
    n_clusters: int


def standardise_mean(
    *,
    outcome: FloatArray,
    categories: IdArray,
    reference: Mapping[str, float],
    clusters: IdArray | None = None,
    ci_level: float = 0.95,
) -> Standardised:
    """Standardise a mean or a share directly to the mix of a reference.

    What part of a *change* is mix and what part rate, see :func:`decompose_change`.

    Parameters
    ----------
    outcome : (n,) float array
        Outcome of each row, for instance 0 or 1; none missing.
    categories : (n,) array
        Category of each row.
    reference : mapping of str to float
        Weight of each category in the reference, such as its share or its number of students; not negative. A row in
        a category of weight zero, or one that the reference lacks, does not count.
    clusters : (n,) array, optional
        Cluster of each row, such as the classroom; rows count as independent if not given.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Standardised
        The weights are taken as known. Without clusters the standard error is that of the rows within categories, with
        as many degrees of freedom as rows beyond categories; with ``m`` clusters residuals are summed by cluster, with
        the factor ``m / (m - 1)`` and ``m - 1`` degrees of freedom.

    Raises
    ------
    TooFewError
        The reference and the rows share no category, or the rows that count are of fewer than two clusters.

    References
    ----------
    Kitagawa (1964), Demography 1, 296-315: direct standardisation. Särndal, Swensson & Wretman (1992), Model Assisted
    Survey Sampling, section 7.6: poststratified mean and its linearised variance.
    """
    check_level(ci_level)
    values = read_floats(outcome, ndim=1, what="outcome")
    names = np.asarray([str(value) for value in categories], dtype=object)
    if names.shape != values.shape:
        raise ValueError("outcome and categories differ in length")
    if any(weight < 0 for weight in reference.values()) or sum(reference.values()) <= 0:
        raise ValueError("the weights of the reference are negative, or all zero")
    counted = np.isin(names, [name for name, weight in reference.items() if weight > 0])
    if not counted.any():
        raise TooFewError("no student is in a category of the reference")
    y, own = values[counted], names[counted]
    codes, n_categories = number_groups(own.astype(str), n=y.size, what="categories")
    cluster_ids = np.arange(values.size) if clusters is None else np.asarray(clusters)
    cluster_codes, m = number_groups(cluster_ids[counted], n=y.size, what="clusters")
    if m < 2:
        raise TooFewError("the students who count are of one cluster, and at least 2 are needed")
    sizes = np.bincount(codes, minlength=n_categories)
    present = np.unique(own.astype(str))
    weights = np.array([reference[name] for name in present])
    covered = float(weights.sum() / sum(reference.values()))
    weights = weights / weights.sum()
    means = np.bincount(codes, weights=y, minlength=n_categories) / sizes
    # A category with one row has no spread of its own, and its residual is zero: it is taken against the crude mean.
    fitted = np.where(sizes > 1, means, y.mean())
    grown = np.sqrt(np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0))
    pulls = (weights / sizes * grown)[codes] * (y - fitted[codes])
    by_cluster = np.bincount(cluster_codes, weights=pulls, minlength=m)
    factor = 1.0 if clusters is None else m / (m - 1)
    return Standardised(
        mean=make_t_estimate(
            estimate=float(weights @ means),
            std_error=float(np.sqrt(factor * (by_cluster**2).sum())),
            df=m - 1 if clusters is not None else max(m - n_categories, 1),
            ci_level=ci_level,
        ),
        crude=float(values.mean()),
        covered_pct=100 * covered,
        n=int(y.size),
        n_clusters=m,
    )
