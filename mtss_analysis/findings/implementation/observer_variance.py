"""How much observers of the same school differ in strictness, and what that does to a school's share."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.practice_rows import TextArray
from mtss_analysis.stats import Estimate
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import make_t_estimate
from mtss_analysis.stats.unit_means import estimate_unit_means


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverVariance:
    """How much the observers of a district differ, and how well that is known.

    Parameters
    ----------
    variance : float
        Between observers of the same school and practice, in the squared unit of the outcome; 0 where they differ no
        more than lessons do.
    spread : float
        Variance of the observers' means, lessons' noise included: what ``variance`` was worked out of.
    df : int
        Observers who can be compared with another one, less the groups of schools that share observers.
    """

    variance: float
    spread: float
    df: int


def add_observers(lessons: pd.DataFrame, *, walkthroughs: pd.DataFrame) -> pd.DataFrame:
    """Add who observed a lesson; of two observers the first.

    Parameters
    ----------
    lessons : DataFrame
        From :func:`mtss_analysis.measures.visits.observe_practices`.
    walkthroughs : DataFrame
        The walkthroughs table with ``district_id``; ``observer_id`` may be absent.

    Returns
    -------
    DataFrame
        The lessons in their order with ``observer_id``; missing: not recorded.
    """
    keys = ["district_id", "staff_id", "date", "practice"]
    if "observer_id" not in walkthroughs:
        return lessons.assign(observer_id=pd.Series(None, index=lessons.index, dtype="str"))
    seen = walkthroughs[[*keys, "observer_id"]].dropna().sort_values([*keys, "observer_id"]).drop_duplicates(keys)
    return lessons.merge(seen, on=keys, how="left")


def estimate_observer_variance(
    *, outcome: FloatArray, practices: TextArray, schools: TextArray, observers: TextArray
) -> ObserverVariance | None:
    """Estimate how much observers of the same school and practice differ, over all practices of a district.

    Visits are taken to fall to the observers of a school by chance; where each observer sees teachers of their own,
    teachers' differences are counted as observers', and the variance is too large rather than too small.

    Parameters
    ----------
    outcome : (n,) float array
        Of each lesson and practice; none missing.
    practices, schools, observers : (n,) text arrays
        Which practice, where, seen by whom; an empty observer is not known.

    Returns
    -------
    ObserverVariance or None
        None where it cannot be seen: no school has two known observers, or nobody observed twice.

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, section 3.6 (analysis of variance, unbalanced nested data).
    An observer's strictness is the same in all practices, so that practices add no degrees of freedom.
    """
    known = observers != ""
    if not known.any():
        return None
    cells = pd.DataFrame(
        {
            "practice": practices[known],
            "school": schools[known],
            "observer": observers[known],
            "outcome": outcome[known],
        }
    )
    units = (cells["practice"] + "\x00" + cells["school"]).to_numpy(dtype="U")
    sizes = cells.groupby(["practice", "school", "observer"]).size()
    n_units = len(np.unique(units))
    df = _count_df(cells)
    if len(sizes) == n_units or df == 0:
        return None
    try:
        means = estimate_unit_means(
            outcome=cells["outcome"].to_numpy(dtype="float64"),
            units=units,
            clusters=cells["observer"].to_numpy(dtype="U"),
        )
    except TooFewError:
        return None
    in_unit = sizes.groupby(["practice", "school"])
    typical = (len(cells) - float(((sizes**2).groupby(["practice", "school"]).sum() / in_unit.sum()).sum())) / (
        len(sizes) - n_units
    )
    return ObserverVariance(
        variance=means.cluster_variance, spread=means.cluster_variance + means.row_variance / typical, df=df
    )


def widen_mean(
    mean: Estimate, *, observers: TextArray, variance: ObserverVariance | None, ci_level: float = 0.95
) -> Estimate:
    """Add to the standard error of a school's mean what other observers of the same school would have seen.

    Parameters
    ----------
    mean : Estimate
        Clustered by teacher, in the unit of ``variance``.
    observers : (n,) text array
        Who observed each of its lessons; those not known count as one person.
    variance : ObserverVariance or None
        None: it cannot be seen, and nothing is added.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Estimate
        With Satterthwaite's degrees of freedom over teachers and observers.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2(6), 110–114.
    """
    if variance is None:
        return mean
    shares = np.unique(observers, return_counts=True)[1] / len(observers)
    return _estimate(
        mean.estimate, by_teacher=[mean], squares=float((shares**2).sum()), variance=variance, ci_level=ci_level
    )


def compare_means(
    mine: Estimate,
    theirs: Estimate,
    *,
    my_observers: TextArray,
    their_observers: TextArray,
    variance: ObserverVariance | None,
) -> Estimate:
    """Compare the mean of a school with that of others, where few observers stand behind either.

    An observer who saw the same share of the lessons on both sides cancels out.

    Parameters
    ----------
    mine, theirs : Estimate
        Clustered by teacher, in the unit of ``variance``; no teacher is on both sides.
    my_observers, their_observers : (n,) text array
        Who observed each lesson, with the same name on both sides only for the same person; none empty.
    variance : ObserverVariance or None
        None: it cannot be seen.

    Returns
    -------
    Estimate
        The difference, with Satterthwaite's degrees of freedom over teachers of both sides and observers.

    Raises
    ------
    TooFewError
        It cannot be seen how much observers differ, and the two sides were not observed by the same.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2(6), 110–114.
    """
    people = np.unique(np.concatenate([my_observers, their_observers]))
    shares = [
        np.bincount(np.searchsorted(people, side), minlength=len(people)) / len(side)
        for side in (my_observers, their_observers)
    ]
    squares = float(((shares[0] - shares[1]) ** 2).sum())
    if variance is None and squares > 0:
        raise TooFewError("how much observers differ cannot be seen")
    return _estimate(mine.estimate - theirs.estimate, by_teacher=[mine, theirs], squares=squares, variance=variance)


def _estimate(
    estimate: float,
    *,
    by_teacher: list[Estimate],
    squares: float,
    variance: ObserverVariance | None,
    ci_level: float = 0.95,
) -> Estimate:
    total = sum(one.std_error**2 for one in by_teacher)
    uncertain = sum(one.std_error**4 / one.df for one in by_teacher)
    if variance is not None:
        total += variance.variance * squares
        uncertain += (variance.spread * squares) ** 2 / variance.df
    return make_t_estimate(
        estimate=estimate,
        std_error=math.sqrt(total),
        df=total**2 / uncertain if uncertain > 0 else np.inf,
        ci_level=ci_level,
    )


def _count_df(cells: pd.DataFrame) -> int:
    """Count observers less groups of schools that no observer links."""
    schools, school = np.unique(cells["school"].to_numpy(dtype="U"), return_inverse=True)
    people, person = np.unique(cells["observer"].to_numpy(dtype="U"), return_inverse=True)
    n = len(schools) + len(people)
    links = coo_array((np.ones(len(cells)), (school, len(schools) + person)), shape=(n, n))
    return len(people) - int(connected_components(links, directed=False)[0])
