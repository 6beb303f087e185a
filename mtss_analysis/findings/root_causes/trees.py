"""Which first split is drawn, and which second one beneath it."""

from collections.abc import Sequence

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.root_causes.columns import KINDS, Kind, combine_codes
from mtss_analysis.findings.root_causes.pairs import check_in_other_half, describe_leaves
from mtss_analysis.findings.root_causes.printable import find_printable_pairs
from mtss_analysis.findings.root_causes.results import FactorResult, SecondResult, Tree
from mtss_analysis.findings.root_causes.rows import DrillRows
from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats import VarianceRatios


def grow_trees(
    results: Sequence[FactorResult],
    *,
    rows: DrillRows,
    ratios: VarianceRatios | None,
    settings: Settings,
    sign: int,
) -> dict[Kind, Tree]:
    """Choose what is drawn of a trend, for standing and for its change.

    Parameters
    ----------
    results : sequence of FactorResult
        All factors, adjusted.
    rows : DrillRows
        Of one school.
    ratios : VarianceRatios or None
        How much students, classrooms and teachers differ.
    settings : Settings
        Confidence level, false-discovery rate, disclosure profile.
    sign : {-1, 1}
        Which side is looked for.

    Returns
    -------
    dict of kind to Tree
        At most one for each; none where no factor with categories is named.
    """
    rate = settings.false_discovery_rate
    trees: dict[Kind, Tree] = {}
    for kind in KINDS:
        named = [one for one in results if one.is_named(kind, rate=rate) and not one.factor.is_unit]
        if not named or ratios is None:
            continue
        first, second = _choose(named, kind=kind, rate=rate)
        trees[kind] = _grow(first, second, kind=kind, rows=rows, ratios=ratios, settings=settings, sign=sign)
    return trees


def _choose(named: Sequence[FactorResult], *, kind: Kind, rate: float) -> tuple[FactorResult, SecondResult | None]:
    """Choose combinations that depart from both factors; else the largest first split and the clearest one beneath."""
    pairs = [(first, second) for first in named for second in first.seconds.get(kind, ())]
    together = [pair for pair in pairs if _or_one(pair[1].together_q) <= rate]
    if together:
        return min(together, key=lambda pair: (_or_one(pair[1].together_q), -_size(pair[0], kind=kind)))
    first = max(named, key=lambda one: _size(one, kind=kind))
    beneath = [second for second in first.seconds.get(kind, ()) if _or_one(second.added_q) <= rate]
    return first, min(beneath, key=lambda one: _or_one(one.added_q), default=None)


def _size(result: FactorResult, *, kind: Kind) -> float:
    """How much goes with a factor: the share of the spread, or for a change how clearly it is told."""
    if kind == "level":
        return result.split.share.estimate if result.split.share else 0.0
    return -_or_one(result.trend_q)


def _grow(
    first: FactorResult,
    second: SecondResult | None,
    *,
    kind: Kind,
    rows: DrillRows,
    ratios: VarianceRatios,
    settings: Settings,
    sign: int,
) -> Tree:
    profile = get_profile(settings.profile)
    factors = {factor.factor.id: factor for factor in rows.factors}
    one = factors[first.factor.id]
    if second is None:
        return Tree(first=first)
    two = factors[second.split.second.id]
    return Tree(
        first=first,
        second=second,
        leaves=describe_leaves(
            rows,
            first=one,
            second=two,
            kind=kind,
            ratios=ratios,
            minimum=profile.minimum,
            ci_level=settings.ci_level,
        ),
        printable=find_printable_pairs(rows, first=one, second=two, profile=profile),
        held_out=check_in_other_half(
            rows,
            combine_codes(one, two),
            clusters=rows.students if {one.factor.level, two.factor.level} == {"student"} else rows.teachers,
            within_cells=one.within_cells and two.within_cells,
            kind=kind,
            minimum=profile.minimum,
            sign=sign,
        ),
    )


def _or_one(value: float | None) -> float:
    return 1.0 if value is None else value
