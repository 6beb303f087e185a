"""In which trained practice, in which teachers and when implementation falls off, in one district."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.implementation.hiding import hide_second, withhold
from mtss_analysis.findings.implementation.practice_rows import (
    ALL,
    BoolArray,
    PracticeRows,
    turn_group,
)
from mtss_analysis.findings.implementation.settings import Breakdown, PracticeSettings
from mtss_analysis.stats.breakpoint import DropSearch, estimate_break, estimate_cut, search_drops
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean

FIRST_DAYS = 2
"""A break so many days after the training, or later, can be found."""
USUAL_PERIODS = (0, 2, 6, 12)
"""First weeks of the periods of a table where no break is named."""
MOST_YEARS = 30


def find_breakdowns(rows: PracticeRows, *, asked: PracticeSettings) -> tuple[Breakdown, ...]:
    """Search every trained practice of a district for a lasting drop.

    Parameters
    ----------
    rows : PracticeRows
        Of one district.
    asked : PracticeSettings
        How long a break is searched for, the error that is accepted, the fewest teachers.

    Returns
    -------
    tuple of Breakdown
        One for each practice in which something could be searched, named or not.

    Raises
    ------
    TooFewError
        Nothing can be searched.
    """
    groups = rows.groups()
    search = search_drops(
        outcome=rows.full,
        time=rows.weeks,
        clusters=rows.teacher,
        series=rows.practice,
        levels=rows.level,
        groups=np.column_stack([rows.is_in(group) for group in groups]).astype("float64"),
        breaks=range(1, asked.longest_break_weeks + 1),
        least_clusters=asked.least_teachers,
    )
    return tuple(_describe(rows, search, place, groups=groups, asked=asked) for place in range(len(search.drops)))


def _describe(
    rows: PracticeRows, search: DropSearch, place: int, *, groups: list[str], asked: PracticeSettings
) -> Breakdown:
    found = search.drops[place]
    group = groups[found.group]
    named = found.p_value <= asked.breakdown_error and found.drop > 0
    practice = rows.practice == found.series
    inside = practice & rows.is_in(group)
    when = None
    if named:
        part = rows.take(inside)
        when = estimate_break(
            outcome=part.full,
            time=part.days,
            clusters=part.teacher,
            levels=part.level,
            breaks=range(FIRST_DAYS, 7 * asked.longest_break_weeks + 1),
            least_clusters=asked.least_teachers,
            ci_level=asked.ci_level,
        )
    week = max(round(when.estimate / 7), 1) if when else round(found.at)
    cut = _find_cut(rows, practice=practice, group=group, week=week, asked=asked) if named and group != ALL else None
    return Breakdown(
        practice=found.series,
        named=named,
        group=group,
        week=week,
        when=when,
        cut=cut,
        p_value=found.p_value,
        n_searched=search.n_searched,
    )


def _find_cut(
    rows: PracticeRows, *, practice: BoolArray, group: str, week: int, asked: PracticeSettings
) -> tuple[float, float, float] | None:
    known = rows.take(practice & ~np.isnan(rows.years))
    try:
        cut = estimate_cut(
            outcome=known.full,
            after=(known.weeks >= week).astype("float64"),
            years=known.years,
            clusters=known.teacher,
            levels=known.level,
            cuts=range(1, MOST_YEARS),
            upwards=group.endswith("+"),
            least_clusters=asked.least_teachers,
            ci_level=asked.ci_level,
        )
    except TooFewError:
        return None
    return (cut.estimate, cut.ci_low, cut.ci_high)


def tell_breakdown(
    rows: PracticeRows, found: Breakdown, *, district_id: str, asked: PracticeSettings
) -> Iterator[Fact]:
    """Write what was found of one practice as facts.

    Parameters
    ----------
    rows : PracticeRows
        Of one district.
    found : Breakdown
        What the search found of the practice.
    district_id : str
        The district.
    asked : PracticeSettings
        The fewest teachers, the confidence level.

    Yields
    ------
    Fact
        ``search`` (the verdict), ``break`` (days), ``cut`` (years), ``side`` (share before and after, in the group and
        in the others), ``drop``, ``week`` (the curve) and ``period`` (bands, support).
    """
    own = rows.take(rows.practice == found.practice)
    keys: dict[str, Any] = {"district_id": district_id, "subject": found.practice}
    yield Fact(
        topic="search",
        **keys,
        group=found.group,
        part=str(found.week),
        p_value=found.p_value,
        n=found.n_searched,
        text="named" if found.named else "not named",
    )
    if found.when:
        yield Fact(topic="break", **keys, group=found.group, **estimated_break(found))
    if found.cut:
        best, low, high = found.cut
        yield Fact(topic="cut", **keys, group=found.group, estimate=best, ci_low=low, ci_high=high)
    groups = [group for group in (found.group, turn_group(found.group)) if group] if found.named else [ALL]
    for group in groups:
        part = own.take(own.is_in(group))
        if found.named:
            yield from _tell_sides(part, week=found.week, keys={**keys, "group": group}, asked=asked)
        weeks = range(int(part.weeks.max()) + 1 if len(part.full) else 0)
        curve = [
            tell_share(
                part.take(np.floor(part.weeks) == week), asked=asked, topic="week", **keys, group=group, part=str(week)
            )
            for week in weeks
        ]
        yield from hide_second(curve, parts_of=lambda fact: fact.place < found.week)
    edges = [0, found.week, found.week + 4, found.week + 10] if found.named else list(USUAL_PERIODS)
    for first, last in zip(edges, [*edges[1:], 1000], strict=True):
        inside = (own.weeks >= first) & (own.weeks < last)
        yield from _tell_period(own.take(inside), found=found, keys={**keys, "part": str(first)}, asked=asked)


def _tell_period(
    own: PracticeRows, *, found: Breakdown, keys: dict[str, Any], asked: PracticeSettings
) -> Iterator[Fact]:
    """Give the shares of a period by band and support; where a band is withheld, so are the sums that hold it."""
    group = found.group if found.named else ALL
    bands = []
    for name, inside in own.by_band():
        is_named = bool(own.is_in(group)[inside].any())
        fact = tell_share(own.take(inside), asked=asked, topic="period", **keys, group=f"experience={name}")
        bands.append((fact, is_named))
    sides = {id(fact): is_named for fact, is_named in bands}
    facts = hide_second([fact for fact, _ in bands], parts_of=lambda fact: sides[id(fact)])
    yield from facts
    kinds = [
        *((f"support={name}", inside) for name, inside in own.by_support()),
        (ALL, own.is_in(ALL)),
    ]
    hidden = any(fact.status == "withheld" for fact in facts)
    for name, inside in kinds:
        fact = tell_share(own.take(inside), asked=asked, topic="period", **keys, group=name)
        hidden = hidden or fact.status == "withheld"
        yield withhold(fact) if hidden else fact


def estimated_break(found: Breakdown) -> dict[str, Any]:
    """Give the break in days as fields of a fact."""
    if found.when is None:
        return {}
    return {
        "estimate": found.when.estimate,
        "ci_low": found.when.ci_low,
        "ci_high": found.when.ci_high,
        "n": found.when.n,
        "n_clusters": found.when.n_clusters,
    }


def tell_share(rows: PracticeRows, *, asked: PracticeSettings, **keys: Any) -> Fact:  # noqa: ANN401 - fields of a fact
    """Give the share of observations in which a practice was fully in place, percent, as a fact.

    Parameters
    ----------
    rows : PracticeRows
        The observations.
    asked : PracticeSettings
        Under ``least_teachers`` nothing is printed.
    **keys : str
        Fields of the fact.

    Returns
    -------
    Fact
        ``withheld`` where too few teachers stand behind it.
    """
    n_teachers = len(np.unique(rows.teacher))
    if n_teachers < asked.least_teachers:
        return Fact(**keys, status="withheld", text="too few teachers to print")
    counts: dict[str, Any] = {"n": len(rows.full), "n_clusters": n_teachers}
    try:
        share = estimate_clustered_mean(outcome=100 * rows.full, clusters=rows.teacher, ci_level=asked.ci_level)
    except TooFewError as error:
        return Fact(**keys, **counts, estimate=float(100 * rows.full.mean()), text=str(error))
    numbers = estimated(share) | {
        "ci_low": max(share.ci_low, 0.0),
        "ci_high": min(share.ci_high, 100.0),
        "p_value": None,
    }
    return Fact(**keys, **counts, **numbers)


def _tell_sides(part: PracticeRows, *, week: int, keys: dict[str, Any], asked: PracticeSettings) -> Iterator[Fact]:
    after = part.weeks >= week
    yield tell_share(part.take(~after), asked=asked, topic="side", part="before", **keys)
    yield tell_share(part.take(after), asked=asked, topic="side", part="after", **keys)
    sizes = [len(np.unique(part.teacher[side])) for side in (after, ~after)]
    if min(sizes) < asked.least_teachers:
        yield Fact(topic="drop", **keys, status="withheld", text="too few teachers to print")
        return
    try:
        fit = fit_clustered(
            outcome=100 * part.full,
            design=np.column_stack([np.ones(len(after)), after.astype("float64")]),
            names=["before", "change"],
            clusters=part.teacher,
            ci_level=asked.ci_level,
        )
        numbers = estimated(fit.contrast({"change": -1.0}))
    except TooFewError as error:
        yield Fact(topic="drop", **keys, status="not_estimable", text=str(error))
        return
    teachers = len(np.unique(part.teacher))
    yield Fact(topic="drop", **keys, **numbers, n=len(after), n_clusters=teachers)
