"""When does an outcome that is observed again and again fall off, and in whom? Inference clusters by person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.exchangeable import Weighted, sum_by_cluster, weigh_by_cluster

N_DRAWS = 999
FIRST_DRAWS = 199
CLEARLY_OUT, CLEARLY_IN = 0.006, 0.2
"""After the first draws a break is decided on where at most one of them, or a fifth, goes beyond what the data show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The best-supported drop of one series.

    Parameters
    ----------
    series : str
        Which outcome.
    group : int
        Column of the groups searched.
    at : float
        The break: observations from this time on are after it.
    drop : float
        Mean before minus mean after, in the outcome's unit; negative: a rise.
    p_value : float
        One-sided, against a drop, over all series, groups and breaks that were searched.
    """

    series: str
    group: int
    at: float
    drop: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSearch:
    """What a search over series, groups and breaks found.

    Parameters
    ----------
    drops : tuple of Drop
        One per series in which anything could be searched, the best of its groups and breaks.
    n_searched : int
        Combinations of series, group and break.
    n_clusters : int
        People.
    """

    drops: tuple[Drop, ...]
    n_searched: int
    n_clusters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """When an outcome falls off.

    Parameters
    ----------
    estimate : float
        Observations from this time on are after the break.
    ci_low, ci_high, ci_level : float
        Earliest and latest break that the data do not contradict.
    drop : float
        Mean before minus mean after.
    icc : float
        Share of the variance between clusters, 0 to 1.
    n, n_clusters : int
        Observations and people.
    """

    estimate: float
    ci_low: float
    ci_high: float
    ci_level: float
    drop: float
    icc: float
    n: int
    n_clusters: int


def search_drops(
    *,
    outcome: FloatArray,
    time: FloatArray,
    clusters: IdArray,
    series: IdArray,
    levels: IdArray,
    groups: FloatArray,
    breaks: Sequence[float],
    least_clusters: int = 10,
    seed: int = 0,
) -> DropSearch:
    """Search several outcomes for a lasting drop, over groups of people and over the time of the break.

    Each combination of outcome, group and break is a score statistic with exchangeable weights and the mean of every
    level taken out. The largest drop is compared with the largest one where each person's scores get a random sign, the
    same in all outcomes, groups and breaks. The statistics are scaled by the variance of all observations: that of
    the few before an early break says little, and is zero where they happen to be alike.

    Parameters
    ----------
    outcome, time : (n,) float arrays
        None missing.
    clusters, series, levels : (n,) arrays of ids
        Person; which outcome; groups of people whose means may differ, such as the bands of experience.
    groups : (n, g) array of 0 and 1
        Candidate groups of people, each a union of levels.
    breaks : sequence of float
        Candidate breaks, ascending.
    least_clusters : int
        People of a group who must have been observed before a break, and after it, for it to be searched.
    seed : int
        Of the random signs.

    Returns
    -------
    DropSearch
        Of a series the combination that explains most, with a p-value that holds over all that was searched.

    Raises
    ------
    TooFewError
        Nothing can be searched.

    References
    ----------
    Kline, P. & Santos, A. (2012). A score based approach to wild bootstrap inference. Journal of Econometric Methods
    1, 23-41. Westfall, P. H. & Young, S. S. (1993). Resampling-based multiple testing, section 2.3 (max-T).
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    when = read_floats(time, ndim=1, what="time")
    member = read_floats(groups, ndim=2, what="groups").astype(bool)
    people, n_people = number_groups(clusters, n=len(y), what="clusters")
    names = np.asarray(series)
    level_codes, _ = number_groups(levels, n=len(y), what="levels")
    found, scores, statistics = [], [], []
    for name in np.unique(names):
        of_series = names == name
        steps, labels = _list_steps(
            when[of_series], people[of_series], member[of_series], breaks=breaks, least=least_clusters
        )
        if not labels:
            continue
        part = weigh_by_cluster(
            outcome=y[of_series], columns=steps, clusters=people[of_series], levels=level_codes[of_series]
        )
        by_person = np.zeros((n_people, len(labels)))
        by_person[part.people] = sum_by_cluster(part.columns * part.outcome[:, None], part)
        variance = float(part.outcome @ part.outcome) / len(part.outcome)
        spread = np.sqrt(np.maximum(variance, np.finfo(np.float64).tiny) * part.lengths)
        gain = _find_gain(part.crossed, part.lengths)
        best = int(np.argmax(gain)) if gain.any() else int(np.argmin(part.crossed))
        scores.append(by_person / spread)
        statistics.append(float(-scores[-1].sum(axis=0)[best]))
        found.append((str(name), *labels[best], float(-part.crossed[best] / part.lengths[best])))
    if not found:
        raise TooFewError(f"no group has {least_clusters} people observed before and after a break")
    every = np.hstack(scores)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(N_DRAWS, n_people))
    largest = (signs @ every).max(axis=1)
    return DropSearch(
        drops=tuple(
            Drop(
                series=name,
                group=group,
                at=at,
                drop=drop,
                p_value=float((1 + (largest >= statistic).sum()) / (N_DRAWS + 1)),
            )
            for (name, group, at, drop), statistic in zip(found, statistics, strict=True)
        ),
        n_searched=every.shape[1],
        n_clusters=n_people,
    )


def estimate_break(
    *,
    outcome: FloatArray,
    time: FloatArray,
    clusters: IdArray,
    levels: IdArray,
    breaks: Sequence[float],
    least_clusters: int = 10,
    ci_level: float = 0.95,
    seed: int = 0,
) -> Break:
    """Estimate when an outcome falls off, with an interval.

    Least squares with exchangeable weights. A break is in the interval unless the best one explains more beyond it than
    it does in draws in which that break is true and each person's residuals have a random sign.

    Parameters
    ----------
    outcome, time : (n,) float arrays
        Of the people in whom it falls off; none missing.
    clusters, levels : (n,) arrays of ids
        Person; groups of people whose means may differ.
    breaks : sequence of float
        Candidate breaks, ascending.
    least_clusters : int
        People who must have been observed before a break and after it.
    ci_level : float
        Confidence level, 0 to 1.
    seed : int
        Of the random signs.

    Returns
    -------
    Break
        ``ci_low`` to ``ci_high`` span all breaks that are not contradicted.

    Raises
    ------
    TooFewError
        No break can be examined.

    References
    ----------
    Hansen, B. E. (2000). Sample splitting and threshold estimation. Econometrica 68, 575-603 (the statistic, inverted).
    Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2008). Bootstrap-based improvements for inference with clustered
    errors. Review of Economics and Statistics 90, 414-427 (random signs by cluster).
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    when = read_floats(time, ndim=1, what="time")
    people, n_people = number_groups(clusters, n=len(y), what="clusters")
    level_codes, _ = number_groups(levels, n=len(y), what="levels")
    everyone = np.ones((len(y), 1), dtype=bool)
    steps, labels = _list_steps(when, people, everyone, breaks=breaks, least=least_clusters)
    if not labels:
        raise TooFewError(f"fewer than {least_clusters} people were observed before and after any break")
    part = weigh_by_cluster(outcome=y, columns=steps, clusters=people, levels=level_codes)
    times = np.array([at for _, at in labels])
    best, kept = _invert(part, n_people=n_people, ci_level=ci_level, seed=seed)
    return Break(
        estimate=float(times[best]),
        ci_low=float(times[min(kept)]),
        ci_high=float(times[max(kept)]),
        ci_level=ci_level,
        drop=float(-part.crossed[best] / part.lengths[best]),
        icc=part.icc,
        n=len(y),
        n_clusters=n_people,
    )


def estimate_cut(
    *,
    outcome: FloatArray,
    after: FloatArray,
    years: FloatArray,
    clusters: IdArray,
    levels: IdArray,
    cuts: Sequence[float],
    upwards: bool = True,
    least_clusters: int = 10,
    ci_level: float = 0.95,
    seed: int = 0,
) -> Break:
    """Estimate from (or up to) which value of a trait of people an outcome falls off after a known time.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    after : (n,) array of 0 and 1
        Whether the observation lies after the break.
    years : (n,) float array
        The trait, such as years of experience; none missing.
    clusters, levels : (n,) arrays of ids
        Person; groups of people whose means may differ.
    cuts : sequence of float
        Candidate cuts, ascending.
    upwards : bool
        Whether it falls off in people at the cut and above; False: in those below.
    least_clusters : int
        People who must have been observed after the break on either side of a cut.
    ci_level : float
        Confidence level, 0 to 1.
    seed : int
        Of the random signs.

    Returns
    -------
    Break
        The cut with its interval, made as that of :func:`estimate_break`.

    Raises
    ------
    TooFewError
        No cut can be examined.
    """
    y = read_floats(outcome, ndim=1, what="outcome")
    trait = read_floats(years, ndim=1, what="years")
    late = read_floats(after, ndim=1, what="after").astype(bool)
    people, n_people = number_groups(clusters, n=len(y), what="clusters")
    level_codes, _ = number_groups(levels, n=len(y), what="levels")
    columns, labels = [], []
    for cut in cuts:
        inside = trait >= cut if upwards else trait < cut
        both = (np.unique(people[late & inside]).size, np.unique(people[late & ~inside]).size)
        if min(both) >= least_clusters:
            columns.append((late & inside).astype(np.float64))
            labels.append(float(cut))
    if not labels:
        raise TooFewError(f"no cut has {least_clusters} people on either side")
    part = weigh_by_cluster(outcome=y, columns=np.column_stack(columns), clusters=people, levels=level_codes)
    best, kept = _invert(part, n_people=n_people, ci_level=ci_level, seed=seed)
    return Break(
        estimate=labels[best],
        ci_low=labels[min(kept)],
        ci_high=labels[max(kept)],
        ci_level=ci_level,
        drop=float(-part.crossed[best] / part.lengths[best]),
        icc=part.icc,
        n=len(y),
        n_clusters=n_people,
    )


def _invert(part: Weighted, *, n_people: int, ci_level: float, seed: int) -> tuple[int, list[int]]:
    """Find the column that explains most of a drop, and those that the data do not contradict."""
    gain = _find_gain(part.crossed, part.lengths)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(N_DRAWS, n_people))
    kept = [place for place in range(len(gain)) if _is_kept(part, place, gain=gain, signs=signs, ci_level=ci_level)]
    return int(np.argmax(gain)), kept


def _find_gain(crossed: FloatArray, lengths: FloatArray) -> FloatArray:
    """Sum of squares that a drop explains; a rise explains none."""
    gain: FloatArray = np.minimum(crossed, 0) ** 2 / lengths
    return gain


def _is_kept(part: Weighted, place: int, *, gain: FloatArray, signs: FloatArray, ci_level: float) -> bool:
    behind = gain.max() - gain[place]
    if behind <= 0:
        return True
    size = part.crossed[place] / part.lengths[place]
    column = part.columns[:, place]
    residuals = part.outcome - size * column
    noise = sum_by_cluster(part.columns * residuals[:, None], part)
    fitted = size * (part.columns.T @ column)
    share = _count_beyond(signs[:FIRST_DRAWS] @ noise + fitted, part, place, behind=behind) / FIRST_DRAWS
    if not CLEARLY_OUT < share < CLEARLY_IN:
        return share >= CLEARLY_IN
    beyond = _count_beyond(signs @ noise + fitted, part, place, behind=behind)
    return (1 + beyond) / (len(signs) + 1) > 1 - ci_level


def _count_beyond(crossed: FloatArray, part: Weighted, place: int, *, behind: float) -> int:
    """Count the draws in which a true break is left as far behind by the best one as it is in the data."""
    gains = _find_gain(crossed, part.lengths)
    return int((gains.max(axis=1) - gains[:, place] >= behind).sum())


def _list_steps(
    when: FloatArray, people: IdArray, member: FloatArray, *, breaks: Sequence[float], least: int
) -> tuple[FloatArray, list[tuple[int, float]]]:
    """List the steps that enough people were observed on both sides of; alike ones once."""
    columns: list[FloatArray] = []
    labels: list[tuple[int, float]] = []
    codes = np.asarray(people)
    for group in range(member.shape[1]):
        inside = member[:, group].astype(bool)
        last = -1
        for at in breaks:
            after = inside & (when >= at)
            before = inside & ~after
            if int(before.sum()) == last:
                continue
            last = int(before.sum())
            if min(np.unique(codes[before]).size, np.unique(codes[after]).size) >= least:
                columns.append(after.astype(np.float64))
                labels.append((group, float(at)))
    return (np.column_stack(columns) if columns else np.zeros((len(when), 0))), labels
