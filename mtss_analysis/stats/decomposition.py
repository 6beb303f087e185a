"""How far a change in a mean is a change in who is counted, and how far a change in how they do."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanChange:
    """A change in a mean, divided into mix and rate.

    Parameters
    ----------
    total, mix, rate : Estimate
        Later less earlier, in the unit of the outcome; ``total = mix + rate``.
    categories : tuple of str
        Categories, sorted.
    mix_by_category, rate_by_category : (c,) float arrays
        What each category adds to mix and to rate. A category whose share grows adds to mix where its mean is
        above the mean of all.
    n_earlier, n_later, n_clusters : int
        Rows of each period, and clusters (rows, if none were given).
    """

    total: Estimate
    mix: Estimate
    rate: Estimate
    categories: tuple[str, ...]
    mix_by_category: FloatArray
    rate_by_category: FloatArray
    n_earlier: int
    n_later: int
    n_clusters: int


def decompose_change(
    *,
    outcome: FloatArray,
    later: IdArray,
    categories: IdArray,
    clusters: IdArray | None = None,
    ci_level: float = 0.95,
) -> MeanChange:
    """Decompose the change in a mean between two periods into mix and rate.

    ``mix = Σ Δshare · average mean`` and ``rate = Σ average share · Δmean``, averages being those
    of the two periods: what is due to both at once is shared equally. A category seen in one period only has
    no change in its mean, and its coming or going counts as mix.

    Parameters
    ----------
    outcome : (n,) float array
        Outcome of each row, for instance 0 or 1; none missing.
    later : (n,) bool array
        Whether the row belongs to the later period.
    categories : (n,) array
        Category of each row; "not known" is a category.
    clusters : (n,) array, optional
        Cluster of each row, such as the classroom, or the student where students are in both periods; rows
        count as independent if not given.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    MeanChange
        Standard errors by the jackknife that leaves one cluster out at a time, with clusters less one degrees
        of freedom: it follows whatever ties a cluster's rows together, within and between periods and between
        mix and rate, and errs on the wide side with few clusters. A part that no cluster can change (the mix
        of a single category) has standard error zero.

    Raises
    ------
    TooFewError
        A period has rows of fewer than two clusters.

    References
    ----------
    Kitagawa (1955), JASA 50, 1168-1194. Das Gupta (1993), U.S. Census Bureau P23-186, chapter 2.
    MacKinnon, Nielsen & Webb (2023), Journal of Applied Econometrics 38, 671-694: the cluster jackknife.
    """
    check_level(ci_level)
    values = read_floats(outcome, ndim=1, what="outcome")
    n = values.size
    period = np.asarray(later, dtype=np.bool_).astype(np.intp)
    if period.shape != (n,):
        raise ValueError(f"later has shape {period.shape}, not ({n},)")
    category_codes, n_categories = number_groups(categories, n=n, what="categories")
    cluster_ids = np.arange(n) if clusters is None else clusters
    cluster_codes, n_clusters = number_groups(cluster_ids, n=n, what="clusters")
    for which, name in enumerate(("earlier", "later")):
        in_period = np.unique(cluster_codes[period == which]).size
        if in_period < 2:
            raise TooFewError(f"the {name} period has {in_period} clusters of rows, and at least 2 are needed")
    # The outcome is centred, so that leaving a cluster out loses no digits.
    centre = float(values.mean())
    cell = (cluster_codes * 2 + period) * n_categories + category_codes
    counts, sums = _sum_cells(values - centre, cell=cell, shape=(n_clusters, 2, n_categories))
    all_counts, all_sums = counts.sum(axis=0), sums.sum(axis=0)
    mix, rate = _split_change(all_counts, all_sums)
    left_out = [part.sum(axis=-1) for part in _split_change(all_counts - counts, all_sums - sums)]
    return MeanChange(
        total=_jackknife(float(mix.sum() + rate.sum()), left_out[0] + left_out[1], ci_level),
        mix=_jackknife(float(mix.sum()), left_out[0], ci_level),
        rate=_jackknife(float(rate.sum()), left_out[1], ci_level),
        categories=tuple(str(level) for level in np.unique(np.asarray(categories))),
        mix_by_category=mix,
        rate_by_category=rate,
        n_earlier=int((period == 0).sum()),
        n_later=int((period == 1).sum()),
        n_clusters=n_clusters,
    )


def _sum_cells(values: FloatArray, *, cell: CodeArray, shape: tuple[int, int, int]) -> tuple[FloatArray, FloatArray]:
    size = shape[0] * shape[1] * shape[2]
    counts = np.bincount(cell, minlength=size).astype(np.float64).reshape(shape)
    sums = np.bincount(cell, weights=values, minlength=size).reshape(shape)
    return np.asarray(counts, dtype=np.float64), np.asarray(sums, dtype=np.float64)


def _split_change(counts: FloatArray, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Split the change for tables ``(..., period, category)``, giving mix and rate ``(..., category)``."""
    counts = np.maximum(counts, 0.0)
    totals = counts.sum(axis=-1)
    shares = counts / totals[..., None]
    present = counts > 0.5
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=present)
    earlier = np.where(present[..., 0, :], means[..., 0, :], means[..., 1, :])
    later = np.where(present[..., 1, :], means[..., 1, :], means[..., 0, :])
    average_of_all = (sums.sum(axis=-1) / totals).mean(axis=-1, keepdims=True)
    share_change = shares[..., 1, :] - shares[..., 0, :]
    mix = share_change * ((earlier + later) / 2 - average_of_all)
    rate = shares.mean(axis=-2) * (later - earlier)
    return mix, rate


def _jackknife(estimate: float, left_out: FloatArray, ci_level: float) -> Estimate:
    m = left_out.size
    variance = (m - 1) / m * float(((left_out - left_out.mean()) ** 2).sum())
    # A part that no cluster can change, such as the mix of a single category, leaves rounding behind.
    if variance <= 1e-24 * max(1.0, estimate**2):
        return Estimate(
            estimate=estimate,
            std_error=0.0,
            df=m - 1,
            ci_low=estimate,
            ci_high=estimate,
            ci_level=ci_level,
            p_value=1.0 if abs(estimate) <= 1e-12 else 0.0,
        )
    return make_t_estimate(estimate=estimate, std_error=float(np.sqrt(variance)), df=m - 1, ci_level=ci_level)
