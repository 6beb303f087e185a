"""The search for a pattern of withheld counts that stands up to the attack."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from mtss_analysis.disclosure.attack import Attack, attack_counts
from mtss_analysis.disclosure.relations import BoolArray, FloatArray, IntArray, LinkedCounts
from mtss_analysis.disclosure.solve import solve_equations
from mtss_analysis.disclosure.unknowns import Demand

_REWARD = 1e4
_MOVED = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """Counts to withhold, in the order of ``LinkedCounts``, and the attack that did not get through.

    Parameters
    ----------
    withheld : (n_cells,) bool array
        Counts that are not published.
    attack : Attack
        What a reader can work out.
    """

    withheld: BoolArray
    attack: Attack


def find_pattern(
    *, linked: LinkedCounts, start: BoolArray, fixed: BoolArray, least_sum: int, demand: Demand
) -> Pattern:
    """Withhold more and more counts until the attack gains nothing.

    First every equation that gives a withheld count away by subtraction gets another withheld count. Then
    the attack is run; for the counts that it exposes, a linear programme finds the cheapest counts that
    could move along with them. Where neither helps, the neighbours of an exposed count are withheld. It
    ends, since each turn withholds something and, with everything withheld, nothing is published to attack
    with.

    Parameters
    ----------
    linked : LinkedCounts
        All counts and equations.
    start : (n_cells,) bool array
        Counts that must be withheld.
    fixed : (n_cells,) bool array
        Counts that are published in any case.
    least_sum : int
        Withheld parts of a published total that add up to less are too few.
    demand : Demand
        What every withheld count needs.

    Returns
    -------
    Pattern
    """
    withheld = start.copy()
    cost = np.log2(2.0 + linked.counts)
    while True:
        _close_equations(linked, withheld=withheld, fixed=fixed, least_sum=least_sum)
        attack = attack_counts(linked=linked, withheld=withheld, demand=demand)
        exposed = np.flatnonzero(attack.exposed)
        if len(exposed) == 0:
            return Pattern(withheld=withheld, attack=attack)
        # Together first, for speed; moves that get in each other's way are tried one by one.
        for group in (attack.exposed, *(np.arange(len(cost)) == cell for cell in exposed)):
            added = _find_companions(
                linked, exposed=group, withheld=withheld, fixed=fixed, attack=attack, demand=demand, cost=cost
            )
            if added.any():
                break
        if not added.any():
            added = _find_neighbours(linked, withheld=withheld, fixed=fixed, cells=exposed)
        if not added.any():
            return Pattern(withheld=withheld, attack=attack)
        withheld |= added


def _close_equations(linked: LinkedCounts, *, withheld: BoolArray, fixed: BoolArray, least_sum: int) -> None:
    """Withhold, in place, a further count of every equation that gives one away by subtraction."""
    links_by_equation = _group(linked.equation, len(linked.constant))
    links_by_cell = _group(linked.cell, len(linked.counts))
    n_withheld = np.bincount(linked.equation, weights=withheld[linked.cell], minlength=len(linked.constant)).tolist()
    cells = linked.cell.tolist()
    equations = linked.equation.tolist()
    counts = linked.counts.tolist()
    total = {
        int(e): int(c) for e, c in zip(linked.equation[linked.sign < 0], linked.cell[linked.sign < 0], strict=True)
    }

    def sum_parts(equation: int) -> int:
        return sum(counts[cells[link]] for link in links_by_equation[equation] if withheld[cells[link]])

    def gives_away(equation: int) -> bool:
        if n_withheld[equation] == 1:
            return True
        if n_withheld[equation] == 0 or withheld[total[equation]]:
            return False
        return sum_parts(equation) < least_sum

    def price(cell: int) -> tuple[int, int, int]:
        others = [equations[link] for link in links_by_cell[cell]]
        opened = sum(n_withheld[other] == 0 for other in others)
        closed = sum(n_withheld[other] == 1 for other in others)
        return opened - closed, counts[cell], cell

    waiting = sorted(e for e in range(len(linked.constant)) if gives_away(e))
    while waiting:
        equation = waiting.pop(0)
        while gives_away(equation):
            free = [
                cells[link]
                for link in links_by_equation[equation]
                if not withheld[cells[link]] and not fixed[cells[link]]
            ]
            if not free:
                break
            chosen = min(free, key=price)
            withheld[chosen] = True
            for link in links_by_cell[chosen]:
                n_withheld[equations[link]] += 1
                waiting.append(equations[link])


def _find_companions(
    linked: LinkedCounts,
    *,
    exposed: BoolArray,
    withheld: BoolArray,
    fixed: BoolArray,
    attack: Attack,
    demand: Demand,
    cost: FloatArray,
) -> BoolArray:
    """Find the cheapest published counts that would let the exposed ones move if withheld with them."""
    truth = linked.counts
    up = np.where(exposed, np.maximum(demand.high - truth, demand.width - (truth - attack.low)), 0)
    down = np.where(exposed, truth - np.minimum(demand.low, truth), 0)
    # A count keeps its known limits while it moves, a published one those that it would have if withheld.
    room_up = np.where(fixed, 0.0, demand.known_high - truth)
    room_down = np.where(fixed, 0.0, truth - demand.known_low)
    price = np.where(withheld, 1e-3, cost)
    added = np.zeros(len(truth), dtype=np.bool_)
    for wish, sense in ((up, 1.0), (down, -1.0)):
        if not (wish > 0).any():
            continue
        moved = _move(
            linked,
            wish=np.maximum(wish, 0).astype(np.float64),
            room=room_up if sense > 0 else room_down,
            opposite_room=room_down if sense > 0 else room_up,
            price=price,
        )
        added |= (moved > _MOVED) & ~withheld & ~fixed
    return added


def _move(
    linked: LinkedCounts, *, wish: FloatArray, room: FloatArray, opposite_room: FloatArray, price: FloatArray
) -> FloatArray:
    """Move counts in one sense as far as wished, at the least price, so that all equations still hold."""
    n = len(linked.counts)
    wished = np.minimum(wish, room)
    back = np.where(wished > 0, 0.0, opposite_room)
    sign = linked.sign.astype(np.float64)
    # Columns: the wished part of each move, what goes beyond it, and a move in the opposite sense.
    matrix = csr_array(
        coo_array(
            (
                np.concatenate([sign, sign, -sign]),
                (
                    np.tile(linked.equation, 3),
                    np.concatenate([linked.cell, linked.cell + n, linked.cell + 2 * n]),
                ),
            ),
            shape=(len(linked.constant), 3 * n),
        )
    )
    solved = solve_equations(
        cost=np.concatenate([np.where(wish > 0, price - _REWARD, price), price, price]),
        matrix=matrix,
        right=np.zeros(len(linked.constant)),
        low=np.zeros(3 * n),
        high=np.concatenate([wished, room - wished, back]),
        whole=False,
    )
    if solved is None:
        return np.zeros(n)
    parts = solved.reshape(3, n)
    moved: FloatArray = np.abs(parts[0] + parts[1] - parts[2])
    return moved


def _find_neighbours(linked: LinkedCounts, *, withheld: BoolArray, fixed: BoolArray, cells: IntArray) -> BoolArray:
    """Find the smallest published count linked to an exposed one, at need through other withheld ones."""
    added = np.zeros(len(withheld), dtype=np.bool_)
    reached = np.zeros(len(withheld), dtype=np.bool_)
    reached[cells] = True
    while True:
        equations = np.unique(linked.equation[reached[linked.cell]])
        near = np.unique(linked.cell[np.isin(linked.equation, equations)])
        free = near[~withheld[near] & ~fixed[near]]
        if len(free):
            added[free[np.argmin(linked.counts[free])]] = True
            return added
        if reached[near].all():
            return added
        reached[near] = True


def _group(keys: IntArray, n: int) -> list[list[int]]:
    groups: list[list[int]] = [[] for _ in range(n)]
    for place, key in enumerate(keys.tolist()):
        groups[key].append(place)
    return groups
