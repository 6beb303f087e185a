"""What may be printed of linked counts that are decided in turn: large ones first, so that they are withheld last."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Profile, Relation
from mtss_analysis.disclosure.attack import attack_counts, find_attainable
from mtss_analysis.disclosure.patterns import find_pattern
from mtss_analysis.disclosure.relations import BoolArray, LinkedCounts, link_counts
from mtss_analysis.disclosure.suppression import demand_counts, find_primary, find_shown_zeros
from mtss_analysis.disclosure.unknowns import Demand
from mtss_analysis.errors import DisclosureError


def protect_in_turn(
    cells: pd.DataFrame, *, turns: Sequence[str], relations: Sequence[Relation], profile: Profile
) -> pd.Series:
    """Decide which counts of linked tables are withheld, one kind of cell after the other.

    The cells of a turn are decided with those of earlier turns held fixed, so that a small count of the last turn is
    protected by others of its kind rather than by the totals that everybody reads. At the end all cells are attacked
    together, without anything fixed; where the attack gains, more is withheld, of whatever kind. Where it gains even
    so, a reader who knows how many students are in no part of a table knows too much for any pattern; nobody prints
    that, so it is then among what is withheld.

    Parameters
    ----------
    cells : DataFrame
        One row is one count; unique index. ``count``, ``n_students`` (different students behind the count: a count of
        moves can be larger), ``turn``.
    turns : sequence of str
        Values of ``turn`` in the order in which they are decided.
    relations : sequence of Relation
        Which cells add up to which.
    profile : Profile
        The disclosure profile: a count of fewer students than its minimum is withheld.

    Returns
    -------
    Series of {'ok', 'withheld'}
        In the order of ``cells``. Small counts and those that protect them are not told apart.

    Raises
    ------
    DisclosureError
        The last attack gained something although everything that can be withheld is.
    """
    for knows_large_rests in (True, False):
        link = partial(link_counts, count="count", profile=profile, knows_large_rests=knows_large_rests)
        withheld = _decide(cells, turns=turns, relations=relations, profile=profile, link=link)
        linked = link(cells, relations=relations)
        if not _count_exposed(linked, withheld=withheld, students=cells["n_students"], profile=profile):
            status = np.where(withheld[: len(cells)], "withheld", "ok")
            return pd.Series(status, index=cells.index, name="status", dtype="str")
    raise DisclosureError(
        "In linked tables of counts, withheld ones could be worked out from the others",
        next_step="Nothing was published; report the run file and the sizes of the schools",
    )


def _decide(
    cells: pd.DataFrame,
    *,
    turns: Sequence[str],
    relations: Sequence[Relation],
    profile: Profile,
    link: Callable[..., LinkedCounts],
) -> BoolArray:
    """Decide the cells turn by turn, and then all together; the rests are at the end."""
    withheld = np.zeros(len(cells), dtype=np.bool_)
    known = np.zeros(len(cells), dtype=np.bool_)
    for turn in turns:
        known |= (cells["turn"] == turn).to_numpy(dtype=np.bool_)
        now = cells[known]
        decided = (now["turn"] != turn).to_numpy(dtype=np.bool_)
        linked = link(now, relations=_among(relations, now))
        withheld[known] = _search(
            linked, start=_pad(linked, withheld[known]), students=now["n_students"], decided=decided, profile=profile
        )[: len(now)]
    linked = link(cells, relations=relations)
    start = _pad(linked, withheld)
    nothing = np.zeros(len(cells), dtype=np.bool_)
    return _search(linked, start=start, students=cells["n_students"], decided=nothing, profile=profile)


def _among(relations: Sequence[Relation], cells: pd.DataFrame) -> list[Relation]:
    there = set(cells.index)
    return [one for one in relations if one.total in there and all(part in there for part in one.parts)]


def _pad(linked: LinkedCounts, withheld: BoolArray) -> BoolArray:
    """Add the rests, which nobody prints."""
    rests = np.ones(len(linked.counts) - len(withheld), dtype=np.bool_)
    return np.concatenate([withheld, rests])


def _find_small(linked: LinkedCounts, *, students: pd.Series, profile: Profile) -> BoolArray:
    small = find_primary(linked, profile=profile)
    few = np.array([profile.hides(int(number)) for number in students], dtype=np.bool_)
    small[: len(few)] |= few
    return small


def _search(
    linked: LinkedCounts, *, start: BoolArray, students: pd.Series, decided: BoolArray, profile: Profile
) -> BoolArray:
    small = _find_small(linked, students=students, profile=profile)
    held = _pad(linked, decided)
    held[len(decided) :] = False
    fixed = (held & ~start) | find_shown_zeros(linked, profile=profile)
    demand = demand_counts(linked, primary=small, profile=profile)
    if decided.any():
        demand = _clip(linked, demand=demand, fixed=fixed)
    pattern = find_pattern(
        linked=linked, start=start | (small & ~held), fixed=fixed, least_sum=profile.minimum, demand=demand
    )
    return pattern.withheld


def _clip(linked: LinkedCounts, *, demand: Demand, fixed: BoolArray) -> Demand:
    """Demand no more of this turn than can be had with the earlier ones held fixed; the last attack demands it all."""
    low, high = find_attainable(
        linked=linked, withheld=~fixed, known_low=demand.known_low, known_high=demand.known_high
    )
    return Demand(
        low=np.maximum(demand.low, low).astype(np.int64),
        high=np.minimum(demand.high, high).astype(np.int64),
        width=np.minimum(demand.width, high - low).astype(np.int64),
        known_low=demand.known_low,
        known_high=demand.known_high,
    )


def _count_exposed(linked: LinkedCounts, *, withheld: BoolArray, students: pd.Series, profile: Profile) -> int:
    small = _find_small(linked, students=students, profile=profile)
    demand = demand_counts(linked, primary=small, profile=profile)
    attack = attack_counts(linked=linked, withheld=withheld, demand=demand)
    return int(attack.exposed.sum()) + int((small & ~withheld)[: len(students)].sum())
