"""How far two observers of the same thing agree, beyond what chance would give."""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri, stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Interval, check_level

LEAST_CLUSTERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement of two observers.

    Parameters
    ----------
    exact_pct : Interval
        Percent of ratings that are the same.
    kappa : Interval or None
        Cohen's kappa, 1 for full agreement, 0 for what chance would give; None where it is not defined.
    weighted_kappa : Interval or None
        The same with linear weights, so that neighbouring ratings agree in part.
    n, n_clusters : int
        Pairs of ratings, and lessons they come from.
    reason : str
        Why there is no kappa; empty if there is one.
    """

    exact_pct: Interval
    kappa: Interval | None
    weighted_kappa: Interval | None
    n: int
    n_clusters: int
    reason: str = ""


def estimate_agreement(
    *, first: FloatArray, second: FloatArray, clusters: IdArray | None = None, ci_level: float = 0.95
) -> Agreement:
    """Estimate percent agreement and Cohen's kappa, plain and with linear weights.

    Intervals come from the jackknife that leaves out one cluster after the other, with Student's t.

    Parameters
    ----------
    first, second : (n,) float arrays
        The two observers' ratings; none missing.
    clusters : (n,) array or None
        What several pairs of ratings share, such as the lesson; None: every pair stands for itself.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Agreement
        Without kappa where both observers gave one and the same rating throughout.

    Raises
    ------
    TooFewError
        Pairs from fewer than five clusters.

    References
    ----------
    Cohen, J. (1960). Educational and Psychological Measurement 20, 37-46; (1968) Psychological Bulletin 70, 213-220.
    Efron, B. & Tibshirani, R. (1993). An Introduction to the Bootstrap, section 11.5 (the jackknife's standard error).
    """
    check_level(ci_level)
    left = read_floats(first, ndim=1, what="first")
    right = read_floats(second, ndim=1, what="second")
    codes, n_clusters = number_groups(
        np.arange(len(left)) if clusters is None else clusters, n=len(left), what="clusters"
    )
    if n_clusters < LEAST_CLUSTERS:
        raise TooFewError(f"fewer than {LEAST_CLUSTERS} lessons were scored by two observers")
    ratings, both = np.unique(np.concatenate([left, right]), return_inverse=True)
    k = len(ratings)
    tables = np.zeros((n_clusters, k, k))
    np.add.at(tables, (codes, both[: len(left)], both[len(left) :]), 1.0)
    whole = tables.sum(axis=0)
    spared = whole[None, :, :] - tables
    nearness = 1 - np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    plain = _find_kappa(whole[None], np.eye(k))[0]
    exact = _jackknife(100 * _find_share(whole[None], np.eye(k))[0], 100 * _find_share(spared, np.eye(k)), ci_level)
    defined = np.isfinite(plain) and np.isfinite(_find_kappa(spared, np.eye(k))).all()
    return Agreement(
        exact_pct=exact,
        kappa=_jackknife(plain, _find_kappa(spared, np.eye(k)), ci_level) if defined else None,
        weighted_kappa=(
            _jackknife(_find_kappa(whole[None], nearness)[0], _find_kappa(spared, nearness), ci_level)
            if defined
            else None
        ),
        n=len(left),
        n_clusters=n_clusters,
        reason="" if defined else "the observers gave hardly anything but one and the same rating",
    )


def estimate_icc_agreement(*, ratings: FloatArray, ci_level: float = 0.95) -> Interval:
    """Estimate how far single ratings agree in full: the intraclass correlation ICC(2,1), two-way random effects.

    Parameters
    ----------
    ratings : (n, k) float array
        Ratings of n subjects by k observers, none missing.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Interval
        1 for full agreement; can be below 0.

    Raises
    ------
    TooFewError
        Fewer than two subjects or observers, or ratings that do not differ.

    References
    ----------
    Shrout, P. E. & Fleiss, J. L. (1979). Psychological Bulletin 86, 420-428: case 2, and its interval on p. 424.
    """
    check_level(ci_level)
    table = read_floats(ratings, ndim=2, what="ratings")
    n, k = table.shape
    if n < 2 or k < 2:
        raise TooFewError("agreement needs at least two observers and two lessons")
    grand = table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    observers = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    rest = table - rows[:, None] - columns[None, :] + grand
    error = float((rest**2).sum()) / ((n - 1) * (k - 1))
    total = between + (k - 1) * error + k * (observers - error) / n
    if total <= 0 or error <= 0:
        raise TooFewError("the ratings do not differ enough to say how far they agree")
    icc = (between - error) / total
    ratio = observers / error
    a, b = k * icc, n * (1 + (k - 1) * icc) - k * icc
    df = (k - 1) * (n - 1) * (a * ratio + b) ** 2 / ((n - 1) * a**2 * ratio**2 + b**2)
    tail = 1 - (1 - ci_level) / 2
    upper, lower = float(fdtri(n - 1, df, tail)), float(fdtri(df, n - 1, tail))
    pooled = k * observers + (k * n - k - n) * error
    return Interval(
        estimate=icc,
        ci_low=n * (between - upper * error) / (upper * pooled + n * between),
        ci_high=n * (lower * between - error) / (pooled + n * lower * between),
        ci_level=ci_level,
    )


def _find_share(tables: FloatArray, weights: FloatArray) -> FloatArray:
    share: FloatArray = (tables * weights).sum(axis=(1, 2)) / tables.sum(axis=(1, 2))
    return share


def _find_kappa(tables: FloatArray, weights: FloatArray) -> FloatArray:
    n = tables.sum(axis=(1, 2))
    chance = np.einsum("ci,ij,cj->c", tables.sum(axis=2), weights, tables.sum(axis=1)) / n**2
    observed = _find_share(tables, weights)
    kappa: FloatArray = np.divide(observed - chance, 1 - chance, out=np.full(len(n), np.nan), where=chance < 1 - 1e-12)
    return kappa


def _jackknife(estimate: float, spared: FloatArray, ci_level: float) -> Interval:
    m = len(spared)
    std_error = float(np.sqrt((m - 1) / m * ((spared - spared.mean()) ** 2).sum()))
    half = float(stdtrit(m - 1, (1 + ci_level) / 2)) * std_error
    return Interval(
        estimate=float(estimate), ci_low=float(estimate) - half, ci_high=float(estimate) + half, ci_level=ci_level
    )
