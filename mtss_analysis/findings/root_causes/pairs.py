"""The second split: what a factor adds once another is known, and combinations of the two that stand apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.categories import contrast
from mtss_analysis.findings.root_causes.columns import (
    Block,
    Kind,
    block_of,
    block_of_cells,
    combine_codes,
    judge_columns,
    make_block,
    sweep_blocks,
    take_comparable,
)
from mtss_analysis.findings.root_causes.rows import LEAST_TEACHERS, NOT_COMPARED, DrillRows, FactorRows
from mtss_analysis.findings.settings import Factor
from mtss_analysis.stats import Estimate, VarianceRatios
from mtss_analysis.stats.held_out import HeldOut, look_in_other_half
from mtss_analysis.stats.swept import SweptData


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A combination of a category of the first factor and one of the second.

    Parameters
    ----------
    n, n_students, n_teachers : int
        Scores, students and teachers.
    value : Estimate or None
        Standing above the school's average of the year, or its change a year above that of the average student.
    """

    first: str
    second: str
    n: int
    n_students: int
    n_teachers: int
    value: Estimate | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondSplit:
    """What a second factor says once the first is known.

    Parameters
    ----------
    kind : {'level', 'change'}
        Standing, or its change a year.
    added_p : float or None
        Whether the second factor still goes with it, the first held constant.
    together_p : float or None
        Whether combinations depart from what the two factors say one by one.
    """

    first: Factor
    second: Factor
    kind: Kind
    added_p: float | None
    together_p: float | None


def find_second_splits(
    rows: DrillRows, *, first: FactorRows, kind: Kind, ratios: VarianceRatios, minimum: int
) -> tuple[SecondSplit, ...]:
    """Test every other factor beneath a first one.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.
    first : FactorRows
        The first split.
    kind : {'level', 'change'}
        Standing, or its change a year.
    ratios : VarianceRatios
        How much students, classrooms and teachers differ.
    minimum : int
        Students from which on a combination is looked at by itself.

    Returns
    -------
    tuple of SecondSplit
        One for each other factor that students can be split by, classrooms left out.
    """
    others = [
        other
        for other in rows.factors
        if other.usable and not other.factor.is_unit and not other.by_provider and other is not first
    ]
    if first.by_provider:
        return ()
    # What is known of both is compared; others with the same rows share the sums.
    groups: dict[tuple[object, ...], list[FactorRows]] = {}
    for other in others:
        own = other.factor.id if other.providers is not None else ""
        groups.setdefault((own, (other.codes != NOT_COMPARED).tobytes()), []).append(other)
    found: dict[str, SecondSplit] = {}
    for alike in groups.values():
        view = take_comparable(rows, [first, alike[0]])
        places = {one.factor.id: one for one in view.factors}
        splits = _find_seconds(
            view,
            first=places[first.factor.id],
            others=[places[other.factor.id] for other in alike],
            kind=kind,
            ratios=ratios,
            minimum=minimum,
        )
        found |= {split.second.id: split for split in splits}
    return tuple(found[other.factor.id] for other in others if other.factor.id in found)


def _find_seconds(
    rows: DrillRows,
    *,
    first: FactorRows,
    others: Sequence[FactorRows],
    kind: Kind,
    ratios: VarianceRatios,
    minimum: int,
) -> tuple[SecondSplit, ...]:
    """Test factors beneath a first one in the rows in which all are known."""
    if not rows.standing.size:
        return ()
    base = block_of(rows, first, kind=kind)
    blocks = {other.factor.id: block_of(rows, other, kind=kind) for other in others}
    pairs = {
        other.factor.id: make_block(
            _leave_out_few(rows, first=first, second=other, minimum=minimum),
            name=f"{first.factor.id} and {other.factor.id}",
            n_categories=len(first.names) * len(other.names),
            years=rows.centred_years,
            kind=kind,
        )
        for other in others
    }
    every = [base, *blocks.values(), *pairs.values()]
    inside = sweep_blocks(rows, every, ratios=ratios, cells=rows.cells)
    coarse = [other.factor.id for other in others if not other.within_cells]
    across = (
        sweep_blocks(
            rows,
            [base, *(blocks[name] for name in coarse), block_of_cells(rows)],
            ratios=ratios,
            cells=rows.year_cells,
        )
        if coarse
        else inside
    )
    return tuple(
        _test_second(
            first.factor,
            other.factor,
            base=base,
            block=blocks[other.factor.id],
            pair=pairs[other.factor.id],
            kind=kind,
            inside=inside,
            across=inside if other.within_cells else across,
        )
        for other in others
    )


def _test_second(
    first: Factor,
    second: Factor,
    *,
    base: Block,
    block: Block,
    pair: Block,
    kind: Kind,
    inside: SweptData,
    across: SweptData,
) -> SecondSplit:
    of_both = (*base.names[kind], *base.given[kind], *block.given[kind])
    given = (*of_both, *block.names[kind], *pair.given[kind])
    return SecondSplit(
        first=first,
        second=second,
        kind=kind,
        added_p=_try(across, tested=block.names[kind], given=of_both),
        together_p=_try(inside, tested=pair.names[kind], given=given),
    )


def _try(swept: SweptData, *, tested: tuple[str, ...], given: tuple[str, ...]) -> float | None:
    try:
        return judge_columns(swept, tested=tested, given=tuple(dict.fromkeys(given))).p_value
    except TooFewError:
        return None


def describe_leaves(
    rows: DrillRows,
    *,
    first: FactorRows,
    second: FactorRows,
    kind: Kind,
    ratios: VarianceRatios,
    minimum: int,
    ci_level: float,
) -> tuple[Leaf, ...]:
    """Estimate how far each combination of two factors lies from the average of all.

    Parameters
    ----------
    rows, first, kind, ratios, minimum
        As for :func:`find_second_splits`.
    second : FactorRows
        The second split.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    tuple of Leaf
        In the order of the categories; a combination of fewer students is not estimated.
    """
    view = take_comparable(rows, [first, second])
    places = {one.factor.id: one for one in view.factors}
    rows, first, second = view, places[first.factor.id], places[second.factor.id]
    every = combine_codes(first, second)
    students, teachers = (
        _count_distinct(every, units, size=len(first.names) * len(second.names))
        for units in (rows.students, rows.teachers)
    )
    codes = _leave_out_few(rows, first=first, second=second, minimum=minimum)
    size = len(first.names) * len(second.names)
    block = make_block(codes, name="both", n_categories=size, years=rows.centred_years, kind=kind)
    within = first.within_cells and second.within_cells
    blocks, cells = ([block], rows.cells) if within else ([block, block_of_cells(rows)], rows.year_cells)
    swept = sweep_blocks(rows, blocks, ratios=ratios, cells=cells)
    counts = block.table[:, :size].sum(axis=0)
    shares = counts / max(counts.sum(), 1.0)
    leaves = []
    for place in range(size):
        value, reason = (
            contrast(swept, block, place=place, shares=shares, kind=kind, ci_level=ci_level)
            if counts[place]
            else (None, "too few students")
        )
        leaves.append(
            Leaf(
                first=first.names[place // len(second.names)],
                second=second.names[place % len(second.names)],
                n=int((every == place).sum()),
                n_students=int(students[place]),
                n_teachers=int(teachers[place]),
                value=value,
                reason=reason,
            )
        )
    return tuple(leaves)


def check_in_other_half(
    rows: DrillRows,
    codes: np.ndarray,
    *,
    clusters: np.ndarray,
    within_cells: bool,
    kind: Kind,
    minimum: int,
    sign: int,
) -> HeldOut | None:
    """Look in the other half of the clusters at the combination that lies furthest on one side in one half.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.
    codes : (n,) int array
        Combination of each row; -1: none.
    clusters : (n,) array
        What is halved: students, or teachers where a factor varies between them.
    within_cells : bool
        Whether the averages of grades are taken out beside those of years.
    kind : {'level', 'change'}
        Standing, or its change a year.
    minimum : int
        Scores of a combination in a half from which on it is looked at.
    sign : {-1, 1}
        Which side.

    Returns
    -------
    HeldOut or None
        None where no combination is seen in both halves.
    """
    known = codes != NOT_COMPARED
    cells = (rows.cells if within_cells else rows.year_cells)[known]
    place = np.unique(cells, return_inverse=True)[1]
    values = rows.standing[known]
    means = np.bincount(place, weights=values) / np.maximum(np.bincount(place), 1) if place.size else np.zeros(0)
    try:
        return look_in_other_half(
            outcome=values - means[place],
            groups=codes[known],
            clusters=clusters[known],
            least=minimum,
            sign=sign,
            time=rows.years[known] if kind == "change" else None,
        )
    except TooFewError:
        return None


def _leave_out_few(rows: DrillRows, *, first: FactorRows, second: FactorRows, minimum: int) -> np.ndarray:
    """Number the combinations, those of too few students or teachers taken out."""
    codes = combine_codes(first, second)
    size = len(first.names) * len(second.names)
    enough = _count_distinct(codes, rows.students, size=size) >= minimum
    if {first.factor.level, second.factor.level} != {"student"}:
        enough &= _count_distinct(codes, rows.teachers, size=size) >= LEAST_TEACHERS
    return np.where((codes != NOT_COMPARED) & enough[codes], codes, NOT_COMPARED)


def _count_distinct(codes: np.ndarray, units: np.ndarray, *, size: int) -> np.ndarray:
    known = codes != NOT_COMPARED
    numbers = np.unique(units, return_inverse=True)[1]
    pairs = np.unique(codes[known] * (numbers.max(initial=0) + 1) + numbers[known])
    return np.bincount(pairs // (numbers.max(initial=0) + 1), minlength=size)
