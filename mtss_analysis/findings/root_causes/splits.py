"""How much of the spread in standing goes with each factor, and how its categories stand apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.categories import NO_RATIOS, CategoryMean, describe_categories
from mtss_analysis.findings.root_causes.columns import (
    KINDS,
    MIN_YEARS,
    Block,
    Kind,
    block_of,
    block_of_cells,
    block_of_providers,
    has_years,
    judge_columns,
    sweep_blocks,
    take_comparable,
)
from mtss_analysis.findings.root_causes.rows import NOT_COMPARED, DrillRows, FactorRows
from mtss_analysis.stats import Interval, JointTest, VarianceRatios
from mtss_analysis.stats.explained import estimate_explained_share
from mtss_analysis.stats.held_out import estimate_held_out_share
from mtss_analysis.stats.swept import SweptData
from mtss_analysis.stats.swept_models import find_joint_test
from mtss_analysis.stats.unit_share import estimate_unit_share

NO_CHANGE_OF_UNITS = "classrooms last one year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What splitting the students by one factor shows.

    Parameters
    ----------
    share : Interval or None
        Percent of the spread in standing, within years and schools, that goes with the factor.
    held_out : float or None
        Percent of the spread in classrooms that were left out which the others foretell; for a change, of what the
        levels leave.
    level_test, trend_test : JointTest or None
        Whether the categories differ in standing, and in its change per year.
    categories : tuple of CategoryMean
        In the order of the categories; none for classrooms.
    n, n_clusters : int
        Scores with a known category, and teachers; of a service, those who deliver it.
    reason : str
        Why something cannot be estimated; empty if all can.
    """

    factor_id: str
    share: Interval | None
    held_out: float | None
    change_held_out: float | None
    level_test: JointTest | None
    trend_test: JointTest | None
    categories: tuple[CategoryMean, ...]
    n: int
    n_clusters: int
    reason: str

    def test(self, kind: Kind) -> JointTest | None:
        """Give the test of level or change."""
        return self.level_test if kind == "level" else self.trend_test


def split_by_factors(rows: DrillRows, *, ratios: VarianceRatios | None, ci_level: float) -> tuple[Split, ...]:
    """Split students by every factor, one at a time, and see what stands apart.

    Parameters
    ----------
    rows : DrillRows
        Of one school or of many.
    ratios : VarianceRatios or None
        How much students, classrooms and teachers differ; None: no test can be made.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    tuple of Split
        One per factor, with the reason where the data cannot tell.
    """
    places = [at for at, one in enumerate(rows.factors) if one.usable and not one.factor.is_unit]
    # One group after the other: the rows of a whole state, copied for every group at once, would fill the memory.
    found = {
        at: _split(rows, rows.factors[at], place=at, prepared=one, ratios=ratios, ci_level=ci_level)
        for group in _group_alike(rows, places)
        for at, one in _prepare(rows, group, ratios=ratios).items()
    }
    return tuple(
        found[at] if at in found else _split(rows, factor, place=at, prepared=None, ratios=ratios, ci_level=ci_level)
        for at, factor in enumerate(rows.factors)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    """The rows that a factor is compared in, its columns, and the sums of all columns that share these rows."""

    view: DrillRows
    block: Block
    swept: SweptData | None


def _prepare(rows: DrillRows, group: Sequence[int], *, ratios: VarianceRatios | None) -> dict[int, _Prepared]:
    view = take_comparable(rows, [rows.factors[group[0]]])
    blocks = {at: block_of(view, view.factors[at]) for at in group}
    swept = None
    if ratios is not None:
        within = rows.factors[group[0]].within_cells
        beside = [] if within else [block_of_cells(view)]
        if within and rows.factors[group[0]].by_provider:
            beside = [block_of_providers(view, view.factors[group[0]])]
        cells = view.cells if within else view.year_cells
        swept = sweep_blocks(view, [*blocks.values(), *beside], ratios=ratios, cells=cells)
    return {at: _Prepared(view=view, block=block, swept=swept) for at, block in blocks.items()}


def _group_alike(rows: DrillRows, places: Sequence[int]) -> list[list[int]]:
    """Group the factors whose rows and cells are the same, so that these are swept once; a service is by itself."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for at in places:
        one = rows.factors[at]
        own = at if one.providers is not None else -1
        known = (one.codes != NOT_COMPARED).tobytes()
        groups.setdefault((one.within_cells, own, known), []).append(at)
    return list(groups.values())


def _split(
    rows: DrillRows,
    factor: FactorRows,
    *,
    place: int,
    prepared: _Prepared | None,
    ratios: VarianceRatios | None,
    ci_level: float,
) -> Split:
    known = factor.codes != NOT_COMPARED
    n_clusters = int(np.unique((rows.teachers if factor.providers is None else factor.providers)[known]).size)
    swept = prepared.swept if prepared else None
    if not factor.usable:
        return _nothing(factor, n=int(known.sum()), n_clusters=n_clusters, reason=factor.reason)
    reasons: list[str] = [] if ratios is not None else [NO_RATIOS]
    tests: dict[Kind, JointTest | None] = dict.fromkeys(KINDS)
    if factor.factor.is_unit and ratios is not None:
        tests["level"] = _test_units(rows, factor, ratios=ratios, reasons=reasons)
        reasons.append(NO_CHANGE_OF_UNITS)
    elif prepared is not None and swept is not None:
        for kind in KINDS:
            tests[kind] = _try_test(prepared.view, swept, prepared.block, kind=kind, reasons=reasons)
    view = prepared.view if prepared else rows.keep(known)
    own = view.factors[place]
    share, held, change_held = _explain(view, own, ci_level=ci_level, reasons=reasons)
    return Split(
        factor_id=factor.factor.id,
        share=share,
        held_out=held,
        change_held_out=change_held,
        level_test=tests["level"],
        trend_test=tests["change"],
        categories=()
        if prepared is None
        else describe_categories(view, own, block=prepared.block, swept=swept, ci_level=ci_level),
        n=int(known.sum()),
        n_clusters=n_clusters,
        reason="; ".join(dict.fromkeys(reasons)),
    )


def _nothing(factor: FactorRows, *, n: int, n_clusters: int, reason: str) -> Split:
    return Split(
        factor_id=factor.factor.id,
        share=None,
        held_out=None,
        change_held_out=None,
        level_test=None,
        trend_test=None,
        categories=(),
        n=n,
        n_clusters=n_clusters,
        reason=reason,
    )


def _try_test(rows: DrillRows, swept: SweptData, block: Block, *, kind: Kind, reasons: list[str]) -> JointTest | None:
    if kind == "change" and not has_years(rows):
        reasons.append(f"a change needs at least {MIN_YEARS} years")
        return None
    try:
        return judge_columns(swept, tested=block.names[kind], given=block.given[kind])
    except TooFewError as error:
        reasons.append(str(error))
        return None


def _test_units(rows: DrillRows, factor: FactorRows, *, ratios: VarianceRatios, reasons: list[str]) -> JointTest | None:
    """Test whether classrooms of a grade and year differ more than their students would by chance."""
    block = block_of(rows, factor, kind="level")
    try:
        swept = sweep_blocks(rows, [block], ratios=ratios, cells=rows.cells, only_students=True)
        return find_joint_test(swept, tested=block.names["level"], given=block.given["level"])
    except TooFewError as error:
        reasons.append(str(error))
        return None


def _explain(
    rows: DrillRows, factor: FactorRows, *, ci_level: float, reasons: list[str]
) -> tuple[Interval | None, float | None, float | None]:
    """Find the share of the spread within cells that goes with the factor, and what is foretold of those left out."""
    codes = factor.codes
    indicators = (codes[:, None] == np.arange(len(factor.names))[None, :]).astype(np.float64)
    cells = rows.cells if factor.within_cells else rows.year_cells
    outcome = rows.standing
    share = held = change_held = None
    try:
        if factor.factor.is_unit:
            share = estimate_unit_share(outcome=outcome, units=codes, cells=cells, ci_level=ci_level)
            return share, None, None
        share = estimate_explained_share(
            outcome=outcome,
            design=indicators[:, 1:],
            clusters=rows.clusters(factor),
            absorb=cells,
            ci_level=ci_level,
        )
        clusters = rows.teachers if factor.providers is None else factor.providers
        foretell = partial(estimate_held_out_share, outcome=outcome, clusters=clusters, cells=cells)
        held = foretell(design=indicators)
        if has_years(rows):
            slopes = indicators * rows.centred_years[:, None]
            change_held = foretell(design=slopes, given=indicators)
    except TooFewError as error:
        reasons.append(str(error))
    return share, held, change_held
