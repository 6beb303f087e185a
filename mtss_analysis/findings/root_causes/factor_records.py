"""Every number that a search over factors publishes."""

from collections.abc import Iterator
from typing import Any

from mtss_analysis.findings.record import Record
from mtss_analysis.findings.root_causes.columns import Kind
from mtss_analysis.findings.root_causes.results import Drill, FactorResult, Tree
from mtss_analysis.findings.root_causes.rows import LEAST_TEACHERS
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import Estimate

METHOD = (
    "within school, grade and year; students, classrooms and teachers random (REML ratios of all schools); F test by "
    "Fai and Cornelius; Benjamini-Hochberg over factors, Benjamini-Bogomolov beneath them"
)
FAMILY = "factors of the school: level, change and mix of the trends drilled down"
FAMILY_BENEATH = "second splits beneath the factors that are named"
GOES = {"level": "goes with standing", "change": "goes with the change"}
CANNOT_TELL = "cannot tell"
TOO_FEW = "too few students or teachers to print"


def record_factors(drill: Drill, *, school: School, settings: Settings) -> Iterator[Record]:
    """Write a drill-down as records.

    Parameters
    ----------
    drill : Drill
        What the search shows of a trend.
    school : School
        Whose.
    settings : Settings
        False-discovery rate, whose standard deviations.

    Yields
    ------
    Record
        Of each factor its share of the spread, what it foretells of classrooms left out, its tests and its categories;
        second splits, and the combinations that are drawn.
    """
    keys: dict[str, Any] = {
        "requirement": "R13",
        "district_id": school.district_id,
        "school_id": school.school_id,
        "domain": drill.target.indicator.domain,
        "measure": drill.target.indicator.measure,
        "grade": None if drill.target.grade == ALL else drill.target.grade,
        "method": METHOD,
        "design": "association",
    }
    rate = settings.false_discovery_rate
    for result in drill.results:
        yield from _record_tests(result, keys=keys, rate=rate)
        yield from _record_categories(result, keys=keys, population=settings.population)
        for kind in result.seconds:
            yield from _record_seconds(result, kind, keys=keys, rate=rate)
    for kind, tree in drill.trees.items():
        yield from _record_leaves(tree, kind, keys=keys, population=settings.population, sign=drill.target.sign)


def _record_tests(result: FactorResult, *, keys: dict[str, Any], rate: float) -> Iterator[Record]:
    split, share = result.split, result.split.share
    clusters = split.n_clusters if split.n_clusters >= LEAST_TEACHERS else None
    tests = {"level": split.level_test, "change": split.trend_test}
    q_values = {"level": result.level_q, "change": result.trend_q}
    for kind, finding in (("level", "factor_share"), ("change", "factor_change")):
        test, q_value = tests[kind], q_values[kind]
        shown = share if kind == "level" else None
        yield Record(
            **keys,
            finding=finding,
            group=result.factor.id,
            estimate=shown.estimate if shown else test.statistic if kind == "change" and test else None,
            unit="percent of the spread within years" if kind == "level" else "F statistic",
            ci_low=shown.ci_low if shown else None,
            ci_high=shown.ci_high if shown else None,
            ci_level=shown.ci_level if shown else None,
            p_value=test.p_value if test else None,
            q_value=q_value,
            family=FAMILY,
            n_clusters=clusters,
            verdict=GOES[kind] if q_value is not None and q_value <= rate else CANNOT_TELL,
            status="ok" if shown or test else "not_estimable",
            reason=None if test else result.reason or "cannot be estimated",
        )
    held = {"factor_held_out": split.held_out, "factor_change_held_out": split.change_held_out}
    for finding, value in held.items():
        if value is not None:
            unit = "percent of the spread in classrooms left out"
            yield Record(**keys, finding=finding, group=result.factor.id, estimate=value, unit=unit)


def _record_categories(result: FactorResult, *, keys: dict[str, Any], population: str) -> Iterator[Record]:
    for one in result.categories():
        printed = one.category in result.printable
        for kind, finding in (("level", "factor_category"), ("change", "factor_category_change")):
            value = one.deviation if kind == "level" else one.change
            if kind == "change" and value is None:
                continue
            yield Record(
                **keys,
                finding=finding,
                group=f"{result.factor.id}={one.category}",
                **_numbers(value if printed else None),
                unit=_unit(population, change=kind == "change"),
                n_clusters=one.n_teachers if printed and value and one.n_teachers >= LEAST_TEACHERS else None,
                status="withheld" if not printed else "ok" if value else "not_estimable",
                reason=TOO_FEW if not printed else one.reason or None,
            )


def _record_seconds(result: FactorResult, kind: Kind, *, keys: dict[str, Any], rate: float) -> Iterator[Record]:
    for second in result.seconds[kind]:
        tested = {
            "factor_added": (second.split.added_p, second.added_q),
            "factor_together": (second.split.together_p, second.together_q),
        }
        for finding, (p_value, q_value) in tested.items():
            yield Record(
                **keys,
                finding=finding,
                group=f"{kind}: {second.split.second.id} beneath {second.split.first.id}",
                p_value=p_value,
                q_value=q_value,
                family=FAMILY_BENEATH,
                verdict=GOES[kind] if q_value is not None and q_value <= rate else CANNOT_TELL,
                status="ok" if p_value is not None else "not_estimable",
                reason=None if p_value is not None else "nothing is left of it once the first factor is held constant",
            )


def _record_leaves(tree: Tree, kind: Kind, *, keys: dict[str, Any], population: str, sign: int) -> Iterator[Record]:
    if tree.second is None:
        return
    first, second = tree.second.split.first.id, tree.second.split.second.id
    for leaf in tree.leaves:
        printed = (leaf.first, leaf.second) in tree.printable
        if not printed and leaf.n == 0:
            continue
        value = leaf.value if printed else None
        yield Record(
            **keys,
            finding="factor_leaf" if kind == "level" else "factor_leaf_change",
            group=f"{first}={leaf.first}, {second}={leaf.second}",
            **_numbers(value),
            unit=_unit(population, change=kind == "change"),
            n=leaf.n_students if value else None,
            status="withheld" if not printed else "ok" if value else "not_estimable",
            reason=TOO_FEW if not printed else leaf.reason or None,
        )
    if tree.held_out is not None:
        yield Record(
            **(keys | {"method": f"{METHOD}; chosen in one half, estimated in the other"}),
            finding="factor_leaf_held_out",
            group=f"{kind}: {first}, {second}",
            estimate=sign * tree.held_out.held_out,
            unit=_unit(population, change=kind == "change"),
        )


def _numbers(value: Estimate | None) -> dict[str, Any]:
    return {
        "estimate": value.estimate if value else None,
        "std_error": value.std_error if value else None,
        "ci_low": value.ci_low if value else None,
        "ci_high": value.ci_high if value else None,
        "ci_level": value.ci_level if value else None,
    }


def _unit(population: str, *, change: bool) -> str:
    return f"{population} SD{' a year' if change else ''} from the school's average"
