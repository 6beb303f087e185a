"""Columns of factors and of their combinations, with grades, years and random effects taken out once for all models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import fdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.numbers import number_pairs
from mtss_analysis.findings.root_causes.ratios import larger_units
from mtss_analysis.findings.root_causes.rows import NOT_COMPARED, DrillRows, FactorRows
from mtss_analysis.stats import JointTest, VarianceRatios
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.swept import SweptData, add_swept, sweep_crossed
from mtss_analysis.stats.swept_models import find_joint_test, find_test_by_cells

Kind = Literal["level", "change"]
KINDS: tuple[Kind, ...] = ("level", "change")
MIN_YEARS = 3
CELL, PROVIDER, YEARLY = "(cell)", "(provider)", "× year"
LEAST_PROVIDERS_LEFT = 3
"""Degrees of freedom from which on providers are compared; with fewer, next to nothing could be told."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Columns of one factor, or of the combinations of two.

    Parameters
    ----------
    names : dict of kind to tuple of str
        Indicators of the categories (``level``), and the same times the year (``change``).
    given : dict of kind to tuple of str
        What is held constant beside them: rows whose category is not known, and for a change the levels.
    table : (n, k) float array
        The columns, in the order of ``all_names``.
    all_names : tuple of str
        Of the columns.
    """

    names: dict[Kind, tuple[str, ...]]
    given: dict[Kind, tuple[str, ...]]
    table: FloatArray
    all_names: tuple[str, ...]


def make_block(codes: np.ndarray, *, name: str, n_categories: int, years: FloatArray, kind: Kind = "change") -> Block:
    """Make the columns of one grouping of the rows.

    Parameters
    ----------
    codes : (n,) int array
        Category of each row; -1: none.
    name : str
        Beginning of the names of the columns.
    n_categories : int
        How many categories there are.
    years : (n,) float array
        Years from their middle.
    kind : {'level', 'change'}
        Up to what is asked: for ``level`` the columns times the year are left out.

    Returns
    -------
    Block
        The columns, and what is held constant beside them.
    """
    indicators = (codes[:, None] == np.arange(n_categories)[None, :]).astype(np.float64)
    level = tuple(f"{name}|{at}" for at in range(n_categories))
    change = tuple(f"{name}|{at} × year" for at in range(n_categories))
    rest = (codes == NOT_COMPARED).astype(np.float64)[:, None]
    unknown = (f"{name}|?", f"{name}|? × year")
    tables, all_names = [indicators, rest], (*level, unknown[0])
    if kind == "change":
        tables += [indicators * years[:, None], rest * years[:, None]]
        all_names = (*all_names, *change, unknown[1])
    table = np.column_stack(tables)
    return Block(
        names={"level": level, "change": change},
        given={"level": unknown[:1], "change": (*level, *unknown)},
        table=table,
        all_names=all_names,
    )


def block_of(rows: DrillRows, factor: FactorRows, *, kind: Kind = "change") -> Block:
    """Make the columns of one factor; see :func:`make_block`."""
    return make_block(
        factor.codes, name=factor.factor.id, n_categories=len(factor.names), years=rows.centred_years, kind=kind
    )


def block_of_cells(rows: DrillRows) -> Block:
    """Make the indicators of the grades of each year, whose students are a cohort of their own."""
    names, codes = np.unique(rows.cohorts, return_inverse=True)
    return make_block(codes, name=CELL, n_categories=names.size, years=rows.centred_years, kind="level")


def has_years(rows: DrillRows) -> bool:
    """Whether there are enough years for a change."""
    return np.unique(rows.years).size >= MIN_YEARS


def combine_codes(first: FactorRows, second: FactorRows) -> np.ndarray:
    """Number the combinations of two factors' categories; -1 where one of the two is not known."""
    known = (first.codes != NOT_COMPARED) & (second.codes != NOT_COMPARED)
    return np.where(known, first.codes * len(second.names) + second.codes, NOT_COMPARED)


def block_of_providers(rows: DrillRows, factor: FactorRows) -> Block:
    """Make the indicators of providers, and the same times the year; rows without one are held apart."""
    providers = np.full(rows.standing.size, NOT_COMPARED) if factor.providers is None else factor.providers
    names, codes = np.unique(providers, return_inverse=True)
    codes = np.where(providers == NOT_COMPARED, NOT_COMPARED, codes)
    return make_block(codes, name=PROVIDER, n_categories=names.size, years=rows.centred_years)


def take_comparable(rows: DrillRows, factors: Sequence[FactorRows]) -> DrillRows:
    """Take the rows whose category is known in all factors, the students of one provider with each other.

    Students without a category, such as those without the service, say nothing about it; beside them, what a school's
    recipients differ from its other students would be taken for what categories differ.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.
    factors : sequence of FactorRows
        Which of them.

    Returns
    -------
    DrillRows
        With finer cells where a factor varies among the students of one provider.
    """
    known = np.all([one.codes != NOT_COMPARED for one in factors], axis=0)
    kept = rows if known.all() else rows.keep(known)
    for one in factors:
        if one.providers is not None and not one.by_provider and all(other.within_cells for other in factors):
            providers = one.providers[known]
            kept = replace(
                kept, cells=number_pairs(kept.cells, providers), year_cells=number_pairs(kept.year_cells, providers)
            )
    return kept


def name_cells(swept: SweptData) -> tuple[str, ...]:
    """Name the indicators of grades and years that were swept with the columns; none where their means were taken."""
    return tuple(name for name in swept.names if name.startswith(f"{CELL}|") and not name.endswith("?"))


def name_errors(swept: SweptData, *, tested: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the columns that say how far cohorts or providers differ by chance, and what is held constant beside them.

    Parameters
    ----------
    swept : SweptData
        From :func:`sweep_blocks`.
    tested : sequence of str
        Columns that are tested: levels, or levels times the year.

    Returns
    -------
    errors, held : tuple of str
        No errors where students, classrooms and teachers tell it. A change between providers is held against how far
        their changes differ, their levels held constant.
    """
    if cells := name_cells(swept):
        return cells, ()
    providers = [name for name in swept.names if name.startswith(f"{PROVIDER}|") and "|?" not in name]
    changes = tuple(name for name in providers if name.endswith(YEARLY))
    levels = tuple(name for name in providers if not name.endswith(YEARLY))
    return (changes, levels) if any(name.endswith(YEARLY) for name in tested) else (levels, ())


def judge_columns(swept: SweptData, *, tested: Sequence[str], given: Sequence[str]) -> JointTest:
    """Test columns; see :func:`judge_beside`."""
    return judge_beside(swept, tested=tested, given=given)[0]


def judge_beside(swept: SweptData, *, tested: Sequence[str], given: Sequence[str]) -> tuple[JointTest, float]:
    """Test columns, a factor that does not vary among students who are compared against what it varies between.

    A factor that varies between grades and years is held against how far cohorts differ, one that varies between
    providers against how far these differ: it has as many degrees of freedom as they leave.

    Parameters
    ----------
    swept : SweptData
        From :func:`sweep_blocks`.
    tested, given : sequence of str
        Names of columns.

    Returns
    -------
    test : JointTest
        F test.
    inflation : float
        By how much the variance of a contrast of the columns is larger because cohorts or providers differ.

    Raises
    ------
    TooFewError
        The columns add nothing, or too little is left.
    """
    errors, held = name_errors(swept, tested=tested)
    if not errors:
        return find_joint_test(swept, tested=tested, given=given), 1.0
    if not errors[0].startswith(f"{PROVIDER}|"):
        return find_test_by_cells(swept, tested=tested, given=given, cells=errors)
    too_few = f"it differs between providers, of whom there are {len(errors)}, too few to tell"
    try:
        test, inflation = find_test_by_cells(swept, tested=tested, given=(*given, *held), cells=errors)
    except TooFewError as error:
        raise TooFewError(too_few) from error
    if test.df_denominator < LEAST_PROVIDERS_LEFT:
        raise TooFewError(too_few)
    # Providers who differ less than chance lets expect are no evidence: their students' spread is the least error.
    least = max(inflation, 1.0)
    statistic = test.statistic * inflation / least
    p_value = float(fdtrc(test.df_numerator, test.df_denominator, statistic))
    return replace(test, statistic=statistic, p_value=p_value), least


def sweep_blocks(
    rows: DrillRows, blocks: Sequence[Block], *, ratios: VarianceRatios, cells: np.ndarray, only_students: bool = False
) -> SweptData:
    """Take random effects and the means of cells out of the columns, school by school.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.
    blocks : sequence of Block
        Columns; the same columns in two blocks are taken once.
    ratios : VarianceRatios
        From :func:`mtss_analysis.findings.root_causes.ratios.read_ratios`.
    cells : (n,) array
        ``rows.cells``, or ``rows.year_cells`` for a factor that does not vary within grades.
    only_students : bool
        Whether classrooms and teachers are no random effects, because they are what is tested.

    Returns
    -------
    SweptData
        The sums of all schools.
    """
    kept: dict[str, FloatArray] = {}
    for block in blocks:
        kept |= dict(zip(block.all_names, block.table.T, strict=True))
    table = np.column_stack(list(kept.values()))
    larger = [] if only_students else larger_units(rows, ratios=ratios)
    size = 1 + len(larger)
    used = VarianceRatios(ratios=ratios.ratios[:size], covariance=ratios.covariance[:size, :size], n_sets=ratios.n_sets)
    order = np.argsort(rows.schools, kind="stable")
    bounds = np.flatnonzero(rows.schools[order][1:] != rows.schools[order][:-1]) + 1
    return add_swept(
        [
            sweep_crossed(
                outcome=rows.standing[inside],
                columns=table[inside],
                names=tuple(kept),
                cells=cells[inside],
                small_units=rows.students[inside],
                larger_units=[units[inside] for units in larger],
                ratios=used,
            )
            for inside in np.split(order, bounds)
        ]
    )
