"""The attack: what a reader can work out about withheld counts from everything that is published.

The reader knows every published count, which counts add up to which, that counts are whole and not
negative, and what the marks themselves say (``known_low``, ``known_high``). The reader does not know which
marks stand for small counts and which protect others, since the mark is the same.

A withheld count is *safe* when whole tables are found that agree with all that is published and in which
the count takes values as far apart as demanded: a proof by example, checked in whole numbers. It is
*exposed* when no such table exists.
"""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.disclosure.relations import BoolArray, FloatArray, LinkedCounts
from mtss_analysis.disclosure.unknowns import Demand, Unknowns

_JOINT_ROUNDS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attack:
    """What the attack found, for each cell; published cells hold their count.

    Parameters
    ----------
    low, high : (n_cells,) float arrays
        Range of the count: for a safe count, values that it was shown to be able to take; for an exposed
        one, the limits that a reader can work out.
    safe, exposed : (n_cells,) bool arrays
        Every withheld count is one of the two.
    """

    low: FloatArray
    high: FloatArray
    safe: BoolArray
    exposed: BoolArray


def attack_counts(*, linked: LinkedCounts, withheld: BoolArray, demand: Demand) -> Attack:
    """Work out, from everything published, how far the range of each withheld count reaches.

    Limits are first carried from equation to equation; then linear programmes look for examples that clear
    many counts at once; what is left is decided one by one in whole numbers.

    Parameters
    ----------
    linked : LinkedCounts
        All counts and equations.
    withheld : (n_cells,) bool array
        Which counts are not published.
    demand : Demand
        How far each range must reach.

    Returns
    -------
    Attack

    References
    ----------
    Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), on auditing suppression
    patterns by linear programming (recalled).
    """
    low = linked.counts.astype(np.float64)
    high = low.copy()
    safe = np.zeros(len(low), dtype=np.bool_)
    if not withheld.any():
        return Attack(low=low, high=high, safe=safe, exposed=safe.copy())
    unknowns = Unknowns(linked=linked, withheld=withheld, demand=demand)
    unknowns.propagate()
    _clear_together(unknowns)
    open_cells = ~unknowns.safe() & ~unknowns.hopeless()
    for cell in np.flatnonzero(open_cells):
        _decide(unknowns, int(cell))
    settled = unknowns.safe()
    safe[unknowns.cells] = settled
    low[unknowns.cells] = np.where(settled, unknowns.seen_low, unknowns.low)
    high[unknowns.cells] = np.where(settled, unknowns.seen_high, unknowns.high)
    return Attack(low=low, high=high, safe=safe, exposed=withheld & ~safe)


def find_range(*, linked: LinkedCounts, withheld: BoolArray, demand: Demand, cell: int) -> tuple[float, float]:
    """Work out the whole range of one withheld count, in whole numbers.

    Parameters
    ----------
    linked, withheld, demand
        As for ``attack_counts``.
    cell : int
        Position of the count.

    Returns
    -------
    (float, float)
        Lowest and highest count that a reader must hold for possible; infinite where nothing limits it.
    """
    unknowns = Unknowns(linked=linked, withheld=withheld, demand=demand)
    unknowns.propagate()
    place = int(np.searchsorted(unknowns.cells, cell))
    beyond = float(linked.counts.sum() + 1)
    unknowns.limit(place, up=True, target=beyond)
    unknowns.limit(place, up=False, target=-1.0)
    high = float(unknowns.seen_high[place])
    return float(unknowns.seen_low[place]), high if high < beyond else np.inf


def _clear_together(unknowns: Unknowns) -> None:
    for _ in range(_JOINT_ROUNDS):
        before = unknowns.safe()
        chosen = ~before & ~unknowns.hopeless()
        if not chosen.any():
            return
        for up in (True, False):
            unknowns.push(chosen=chosen, up=up)
        if np.array_equal(before, unknowns.safe()):
            return


def _decide(unknowns: Unknowns, cell: int) -> None:
    for up in (True, False):
        if not unknowns.safe()[cell] and not unknowns.hopeless()[cell]:
            unknowns.limit(cell, up=up, target=float(unknowns.target(up=up)[cell]))


def find_attainable(
    *, linked: LinkedCounts, withheld: BoolArray, known_low: FloatArray, known_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Work out the limits that hold however much is withheld, and that no pattern can therefore widen.

    Parameters
    ----------
    linked : LinkedCounts
        All counts and equations.
    withheld : (n_cells,) bool array
        Every count that may be withheld.
    known_low, known_high : (n_cells,) float arrays
        What a reader knows beforehand.

    Returns
    -------
    (n_cells,) float array, (n_cells,) float array
        Lowest and highest; the count itself where it is never withheld.
    """
    low, high = linked.counts.astype(np.float64), linked.counts.astype(np.float64)
    if withheld.any():
        truth = linked.counts
        demand = Demand(low=truth, high=truth, width=0 * truth, known_low=known_low, known_high=known_high)
        unknowns = Unknowns(linked=linked, withheld=withheld, demand=demand)
        unknowns.propagate()
        low[unknowns.cells], high[unknowns.cells] = unknowns.low, unknowns.high
    return low, high
