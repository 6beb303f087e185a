"""How shares of linked groups may be printed: a share gives its numerator away, and numerators add up."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.disclosure.attack import find_attainable
from mtss_analysis.disclosure.patterns import Pattern, find_pattern
from mtss_analysis.disclosure.profiles import Profile
from mtss_analysis.disclosure.relations import BoolArray, IntArray, LinkedCounts, Relation, link_counts
from mtss_analysis.disclosure.shares import CodedShare, code_share, count_coded
from mtss_analysis.disclosure.suppression import demand_counts, find_primary, protect_counts
from mtss_analysis.disclosure.unknowns import Demand

_GROUP, _COUNTED, _NOT_COUNTED = "group", "counted", "not counted"


def protect_shares(
    cells: pd.DataFrame, *, numerator: str, denominator: str, relations: Sequence[Relation], profile: Profile
) -> pd.DataFrame:
    """Decide how the shares of linked groups may be printed beside the number of students in each group.

    Each share is first coded by itself, see ``code_share``. But 40 of a school's students, 37 of them in
    one group, leave 3 for the other: exact shares give away what "fewer than 17 %" hides. So the students
    counted, and those not counted, are attacked as counts are, by a reader who knows what a printed limit
    says; where the attack succeeds, further shares are withheld, and where that is not enough, the limit is
    withheld too. A mark beside a printed number of students can therefore stand for a small share or for
    one that protects it.

    Parameters
    ----------
    cells : DataFrame
        One row is one share; unique index.
    numerator, denominator : str
        Columns of the students counted and of the students in the group: whole numbers, none missing.
    relations : sequence of Relation
        Which groups add up to which, see ``relations_by``; it must hold for both columns.
    profile : Profile
        The disclosure profile.

    Returns
    -------
    DataFrame
        In the order of ``cells``: ``status`` of the group's number of students, as from ``protect_counts``,
        and ``share``, the ``CodedShare`` to print.

    Raises
    ------
    ValueError
        The counts or the relations cannot be used, or a numerator is larger than its denominator.
    """
    status = protect_counts(cells, count=denominator, relations=relations, profile=profile)
    pairs = list(zip(cells[numerator].tolist(), cells[denominator].tolist(), strict=True))
    coded = [code_share(numerator=int(k), denominator=int(n), profile=profile) for k, n in pairs]
    shown = (status == "ok").to_numpy(dtype=np.bool_)
    if profile.protects_numerators:
        parts = _split(cells, numerator=numerator, denominator=denominator)
        links = _relate_parts(cells.index, relations=relations)
        linked = link_counts(parts, count="students", relations=links, profile=profile)
        limits = shown & np.array([share.kind in {"below", "above"} for share in coded])
        pattern = _search(linked, shown=shown, coded=coded, limits=limits, profile=profile)
        while (failed := _exposed_limits(pattern, limits=limits)).any():
            limits &= ~failed
            pattern = _search(linked, shown=shown, coded=coded, limits=limits, profile=profile)
        counted = pattern.withheld[len(cells) : 2 * len(cells)]
        coded = [
            _withhold(share) if hidden and not limit else share
            for share, hidden, limit in zip(coded, counted, limits, strict=True)
        ]
    shares = [share if is_shown else CodedShare(kind="withheld") for share, is_shown in zip(coded, shown, strict=True)]
    return pd.DataFrame({"status": status, "share": pd.Series(shares, index=cells.index, dtype="object")})


def _withhold(share: CodedShare) -> CodedShare:
    return CodedShare(kind="withheld", denominator=share.denominator)


def _split(cells: pd.DataFrame, *, numerator: str, denominator: str) -> pd.DataFrame:
    """Write each share as three counts: the group, the students counted and those not counted."""
    counts = {
        _GROUP: cells[denominator],
        _COUNTED: cells[numerator],
        _NOT_COUNTED: cells[denominator] - cells[numerator],
    }
    labels = [(kind, label) for kind in counts for label in cells.index]
    students = np.concatenate([column.to_numpy() for column in counts.values()])
    index = pd.Index(labels, tupleize_cols=False)
    return pd.DataFrame({"students": students}, index=index)


def _relate_parts(index: pd.Index, *, relations: Sequence[Relation]) -> list[Relation]:
    def within(kind: str, relation: Relation) -> Relation:
        parts: tuple[Hashable, ...] = tuple((kind, part) for part in relation.parts)
        return Relation(total=(kind, relation.total), parts=parts, protects_rest=relation.protects_rest)

    kinds = (_GROUP, _COUNTED, _NOT_COUNTED)
    return [
        *(within(kind, relation) for kind in kinds for relation in relations),
        *(Relation(total=(_GROUP, label), parts=((_COUNTED, label), (_NOT_COUNTED, label))) for label in index),
    ]


def _exposed_limits(pattern: Pattern, *, limits: BoolArray) -> BoolArray:
    """Tell which printed limits must go: those that the attack gets behind, or else all of them."""
    n = len(limits)
    exposed = pattern.attack.exposed
    failed = limits & (exposed[n : 2 * n] | exposed[2 * n : 3 * n])
    return failed if failed.any() or not exposed.any() else limits


def _search(
    linked: LinkedCounts,
    *,
    shown: BoolArray,
    coded: Sequence[CodedShare],
    limits: BoolArray,
    profile: Profile,
) -> Pattern:
    """Search which numerators to withhold, given which groups and which limits are printed."""
    n = len(shown)
    plain = demand_counts(linked, primary=find_primary(linked, profile=profile), profile=profile)
    low, high, width = plain.low.copy(), plain.high.copy(), plain.width.copy()
    known_low, known_high = plain.known_low.copy(), plain.known_high.copy()
    start = np.concatenate([~shown, np.zeros(2 * n, dtype=np.bool_), np.ones(len(low) - 3 * n, dtype=np.bool_)])
    fixed = np.concatenate([shown, np.zeros(len(low) - n, dtype=np.bool_)])
    # A numerator that is large enough is nobody's secret: it is withheld for others' sake alone.
    width[n:] = 0
    for place, share in enumerate(coded):
        pair = (n + place, 2 * n + place)
        start[list(pair)] = not shown[place] or share.kind != "exact"
        if not shown[place]:
            continue
        group = int(linked.counts[place])
        ends = count_coded(denominator=group, profile=profile)
        for cell in pair:
            small, large = linked.counts[cell] < ends, group - linked.counts[cell] < ends
            least, most = (0 if small else group - ends + 1), (group if large else ends - 1)
            # Of the two, which mirror each other while the group is printed, the first carries the demand.
            secret = (small or large) and cell == pair[0]
            low[cell], high[cell] = (least, most) if secret else (linked.counts[cell],) * 2
            known_low[cell], known_high[cell] = (least, most) if limits[place] else (0, group)
    demand = _clip(linked, fixed=fixed, low=low, high=high, width=width, known_low=known_low, known_high=known_high)
    return find_pattern(linked=linked, start=start, fixed=fixed, least_sum=0, demand=demand)


def _clip(
    linked: LinkedCounts,
    *,
    fixed: BoolArray,
    low: IntArray,
    high: IntArray,
    width: IntArray,
    known_low: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    known_high: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> Demand:
    """Demand no more than can be had with every numerator withheld."""
    least, most = find_attainable(linked=linked, withheld=~fixed, known_low=known_low, known_high=known_high)
    return Demand(
        low=np.maximum(low, least).astype(np.int64),
        high=np.minimum(high, most).astype(np.int64),
        width=np.minimum(width, most - least).astype(np.int64),
        known_low=known_low,
        known_high=known_high,
    )
