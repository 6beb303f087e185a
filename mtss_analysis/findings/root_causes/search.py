"""One search over all factors, levels, changes, mixes and trends, and over second splits: one declared family."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.root_causes.columns import KINDS, Kind
from mtss_analysis.findings.root_causes.mix import divide_by_factor, find_printed_years
from mtss_analysis.findings.root_causes.pairs import SecondSplit, find_second_splits
from mtss_analysis.findings.root_causes.printable import find_printable
from mtss_analysis.findings.root_causes.ratios import read_ratios
from mtss_analysis.findings.root_causes.results import Drill, FactorResult, SecondResult
from mtss_analysis.findings.root_causes.rows import DrillRows, gather_rows
from mtss_analysis.findings.root_causes.splits import split_by_factors
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.root_causes.trees import grow_trees
from mtss_analysis.findings.school import name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import VarianceRatios, adjust_families, adjust_p_values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """Rows of one trend and how much students, classrooms and teachers differ in it."""

    target: Target
    rows: DrillRows
    ratios: VarianceRatios | None
    years: tuple[str, str]


_Asked = tuple[District, str, Settings, Comparison, tuple[Target, ...]]
_found_last: list[tuple[_Asked, tuple[Drill, ...]]] = []


def drill_down(
    district: District, *, school_id: str, targets: Sequence[Target], settings: Settings, comparison: Comparison
) -> tuple[Drill, ...]:
    """Search one school's trends over every declared factor.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    targets : sequence of Target
        What is drilled down.
    settings : Settings
        Factors, confidence level, false-discovery rate, disclosure profile.
    comparison : Comparison
        Norms, variance ratios, what may be printed.

    Returns
    -------
    tuple of Drill
        One per target, from a single search: asked for again with the same objects, it is not made again.
    """
    asked: _Asked = (district, school_id, settings, comparison, tuple(targets))
    if _found_last and all(one is two or one == two for one, two in zip(_found_last[0][0], asked, strict=True)):
        return _found_last[0][1]
    school = name_school(district, school_id=school_id)
    minimum = get_profile(settings.profile).minimum
    searched = []
    for target in targets:
        scores = place_scores(
            district.table, indicator=target.indicator, norms=comparison.frame("norms"), settings=settings
        )
        kept = (scores["school_id"] == school_id) & ((target.grade == ALL) | (scores["grade"] == target.grade))
        rows = gather_rows(
            district.table, has=district.has, scores=scores[kept], factors=settings.factors, minimum=minimum
        )
        ratios = read_ratios(comparison, measure=target.indicator.measure, rows=rows)
        years = find_printed_years(comparison, school=school, target=target, settings=settings)
        searched.append(Searched(target=target, rows=rows, ratios=ratios, years=years))
    found = search_factors(searched, settings=settings)
    _found_last[:] = [(asked, found)]
    return found


def search_factors(searched: Sequence[Searched], *, settings: Settings) -> tuple[Drill, ...]:
    """Search prepared rows; see :func:`drill_down`.

    Parameters
    ----------
    searched : sequence of Searched
        One per trend.
    settings : Settings
        Confidence level, false-discovery rate, disclosure profile.

    Returns
    -------
    tuple of Drill
        First splits by Benjamini and Hochberg over factors, levels, changes, mixes and trends; second splits beneath
        those named by Benjamini and Bogomolov, so that nothing is named beneath what is not.
    """
    profile = get_profile(settings.profile)
    drills = []
    for one in searched:
        splits = split_by_factors(one.rows, ratios=one.ratios, ci_level=settings.ci_level)
        results = tuple(
            FactorResult(
                factor=factor.factor,
                split=split,
                change=divide_by_factor(one.rows, factor=factor, years=one.years, ci_level=settings.ci_level),
                level_q=None,
                trend_q=None,
                mix_q=None,
                printable=find_printable(one.rows, factor=factor, profile=profile),
                unknown_pct=factor.unknown_pct,
                seconds={},
            )
            for factor, split in zip(one.rows.factors, splits, strict=True)
        )
        drills.append(Drill(target=one.target, years=one.years, results=results, n_searched=0, trees={}))
    return _adjust(drills, searched=searched, settings=settings)


def _adjust(drills: Sequence[Drill], *, searched: Sequence[Searched], settings: Settings) -> tuple[Drill, ...]:
    places = [(at, to) for at, drill in enumerate(drills) for to in range(len(drill.results))]
    p_values = np.array(
        [p_value for at, to in places for p_value in _first_p_values(drills[at].results[to])], dtype=np.float64
    )
    chosen = adjust_p_values(p_values) <= settings.false_discovery_rate
    seconds: list[tuple[SecondSplit, ...]] = []
    for number, (at, to) in enumerate(places):
        for offset, kind in enumerate(KINDS):
            is_chosen = bool(chosen[3 * number + offset])
            seconds.append(_split_again(searched[at], to, kind=kind, settings=settings) if is_chosen else ())
        seconds.append(())
    members = [
        np.array([_or_nan(p) for split in splits for p in (split.added_p, split.together_p)], dtype=np.float64)
        for splits in seconds
    ]
    adjusted = adjust_families(families=p_values, members=members, rate=settings.false_discovery_rate)
    n_searched = int(np.isfinite(p_values).sum() + sum(np.isfinite(inside).sum() for inside in members))
    results: list[list[FactorResult]] = [[] for _ in drills]
    for number, (at, to) in enumerate(places):
        level_q, trend_q, mix_q = (_or_none(value) for value in adjusted.of_families[3 * number : 3 * number + 3])
        beneath: dict[Kind, tuple[SecondResult, ...]] = {}
        for offset, kind in enumerate(KINDS):
            inside = adjusted.of_members[3 * number + offset]
            beneath[kind] = tuple(
                SecondResult(split=split, added_q=_or_none(inside[2 * i]), together_q=_or_none(inside[2 * i + 1]))
                for i, split in enumerate(seconds[3 * number + offset])
            )
        results[at].append(
            replace(drills[at].results[to], level_q=level_q, trend_q=trend_q, mix_q=mix_q, seconds=beneath)
        )
    return tuple(
        replace(
            drill,
            results=tuple(mine),
            n_searched=n_searched,
            trees=grow_trees(mine, rows=one.rows, ratios=one.ratios, settings=settings, sign=one.target.sign),
        )
        for drill, mine, one in zip(drills, results, searched, strict=True)
    )


def _first_p_values(result: FactorResult) -> tuple[float, float, float]:
    tests = [result.split.test(kind) for kind in KINDS]
    mix = result.change.change.mix if result.change.change else None
    # A mix that no teacher can change, as of two years with the same shares, was not looked for.
    looked = mix is not None and mix.std_error > 0
    level, change = (test.p_value if test else np.nan for test in tests)
    return level, change, mix.p_value if mix is not None and looked else np.nan


def _split_again(one: Searched, place: int, *, kind: Kind, settings: Settings) -> tuple[SecondSplit, ...]:
    first = one.rows.factors[place]
    if one.ratios is None or first.factor.is_unit:
        return ()
    minimum = get_profile(settings.profile).minimum
    return find_second_splits(one.rows, first=first, kind=kind, ratios=one.ratios, minimum=minimum)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
