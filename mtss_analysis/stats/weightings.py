"""How an order by weighted scores depends on the weights: in which share of all weightings a unit is first."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtss_analysis.stats.arrays import FloatArray

BoolArray = NDArray[np.bool_]
SEED = 20040101
N_DRAWS = 20_000
TOP = 3
TOLERANCE = 1e-9
"""Scores that differ by less are level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighing:
    """Scores of ``k`` units, and how their order changes with the weights.

    Parameters
    ----------
    scores : (k,) float array
        Weighted means under the given weights.
    places : (k,) int array
        1 for the highest score; units that are level share a place.
    first, top : (k,) float arrays
        Share of all weightings, 0 to 1, in which a unit is first, and among the first three; units that are level count
        each.
    same_first : float
        Share of weightings in which one of those that are first under the given weights is first.
    same_order : float
        Share of weightings in which no two units that differ under the given weights change places.
    first_exact : bool
        Whether ``first`` and ``same_first`` were calculated exactly and not drawn.
    error : float
        Largest Monte Carlo standard error of a share that was drawn.
    """

    scores: FloatArray
    places: NDArray[np.intp]
    first: FloatArray
    top: FloatArray
    same_first: float
    same_order: float
    first_exact: bool
    error: float


def weigh(*, answers: FloatArray, weights: FloatArray, n_draws: int = N_DRAWS, seed: int = SEED) -> Weighing:
    """Score units by weighted means, and ask in which share of all weightings each is first or among the first three.

    Parameters
    ----------
    answers : (k, q) float array
        What each unit scores on each question, 0 to 1; no missing values.
    weights : (q,) float array
        0 or more, not all 0.
    n_draws : int
        Weightings drawn where the share is not calculated exactly.
    seed : int
        Of the draws: the same answers give the same shares.

    Returns
    -------
    Weighing
        In the order given. All weightings are taken to be equally likely: uniform over the weights that add up to 1,
        which is the Dirichlet distribution with all parameters 1. A unit that another one surpasses or equals on every
        question is never first alone. Where at most two different rows of answers are left, the share is exact.

    Raises
    ------
    ValueError
        There is no unit, or no weight is above 0.
    """
    if not len(answers) or not (weights > 0).any() or (weights < 0).any():
        msg = "weighing takes at least one unit, and weights of which none is negative and one is above 0"
        raise ValueError(msg)
    scores = answers @ (weights / weights.sum())
    drawn = np.random.default_rng(seed).dirichlet(np.ones(answers.shape[1]), size=n_draws) @ answers.T
    ahead = drawn.max(axis=1, keepdims=True)
    exact = _find_first(answers)
    first = exact if exact is not None else (drawn >= ahead - TOLERANCE).mean(axis=0)
    above = (scores[None, :] > scores[:, None] + TOLERANCE).sum(axis=1)
    return Weighing(
        scores=scores,
        places=above + 1,
        first=first,
        top=_find_top(drawn),
        same_first=_add_distinct(answers, first, leading=above == 0),
        same_order=_keep_order(drawn, scores),
        first_exact=exact is not None,
        error=math.sqrt(0.25 / n_draws),
    )


def share_ahead(first: FloatArray, second: FloatArray) -> float:
    """Share of all weightings in which one row of answers scores higher than another, exactly.

    Parameters
    ----------
    first, second : (q,) float arrays
        What two units score on each question.

    Returns
    -------
    float
        0 to 1. Two rows that are alike are level under every weighting: 0.

    Notes
    -----
    Uniform weights are independent exponential variables over their sum, and the sum does not change which of two
    scores is higher. The questions on which the first is ahead, each an exponential variable with the difference as its
    mean, race one after the other against those on which the second is ahead; which phase ends next depends on the
    rates alone, as exponential variables have no memory.
    """
    gap = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    rates_first, rates_second = 1.0 / gap[gap > TOLERANCE], 1.0 / -gap[gap < -TOLERANCE]
    # ahead[j]: probability that the second's phases run out first, with i of the first's and j of the second's left.
    ahead = np.zeros(len(rates_second) + 1)
    for rate in rates_first:
        following = np.ones_like(ahead)
        for place, other in enumerate(rates_second, start=1):
            following[place] = (other * following[place - 1] + rate * ahead[place]) / (rate + other)
        ahead = following
    return float(ahead[-1]) if len(rates_first) else 0.0


def _find_first(answers: FloatArray) -> FloatArray | None:
    """Share of weightings in which each is first, where at most two rows that differ can be."""
    rows, member = np.unique(answers, axis=0, return_inverse=True)
    member = member.reshape(-1)
    at_most = np.all(rows[:, None, :] <= rows[None, :, :] + TOLERANCE, axis=2)
    beaten = at_most & ~at_most.T
    left = np.flatnonzero(beaten.sum(axis=1) == 0)
    shares = np.zeros(len(rows))
    if len(left) == 1:
        shares[left] = 1.0
    elif len(left) == 2:
        shares[left[0]] = share_ahead(rows[left[0]], rows[left[1]])
        shares[left[1]] = 1.0 - shares[left[0]]
    else:
        return None
    return shares[member]


def _find_top(drawn: FloatArray) -> FloatArray:
    n_units = drawn.shape[1]
    if n_units <= TOP:
        return np.ones(n_units)
    third = np.partition(drawn, n_units - TOP, axis=1)[:, n_units - TOP]
    top: FloatArray = (drawn >= third[:, None] - TOLERANCE).mean(axis=0)
    return top


def _add_distinct(answers: FloatArray, first: FloatArray, *, leading: BoolArray) -> float:
    """Add up the shares of the leading units, those with the same answers once."""
    _, places = np.unique(answers[leading], axis=0, return_index=True)
    return float(min(first[leading][places].sum(), 1.0))


def _keep_order(drawn: FloatArray, scores: FloatArray) -> float:
    order = np.argsort(-scores, kind="stable")
    steps = np.flatnonzero(np.diff(scores[order]) < -TOLERANCE) + 1
    groups = np.split(order, steps)
    kept = np.ones(len(drawn), dtype=np.bool_)
    lowest = np.full(len(drawn), np.inf)
    for group in groups:
        kept &= drawn[:, group].max(axis=1) <= lowest + TOLERANCE
        lowest = np.minimum(lowest, drawn[:, group].min(axis=1))
    return float(kept.mean())
