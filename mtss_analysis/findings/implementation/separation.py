"""Whether experience and follow-up support can be told apart, and if not, what would tell."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.implementation.practice_rows import ALL, PracticeRows
from mtss_analysis.findings.implementation.settings import Breakdown, PracticeSettings
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.planned_visits import plan_people

LEAST_IN_CELL = 5
"""Teachers in each combination of experience and support from which on the two can be told apart: a convention."""
WITH, WITHOUT = "with support", "without support"
MORE, LESS = "more experienced", "less experienced"
CELLS = ((MORE, WITH), (MORE, WITHOUT), (LESS, WITH), (LESS, WITHOUT))


def tell_separation(
    rows: PracticeRows, found: Breakdown, *, district_id: str, asked: PracticeSettings
) -> Iterator[Fact]:
    """Say whether experience and support overlap; if so, separate them, and else say what would.

    Parameters
    ----------
    rows : PracticeRows
        Of one district.
    found : Breakdown
        Of the practice.
    district_id : str
        The district.
    asked : PracticeSettings
        Bands, fewest teachers, confidence level.

    Yields
    ------
    Fact
        ``cell`` (teachers by experience and support), ``overlap`` (the verdict), ``effect`` (of experience and of
        support on the drop, percentage points) or ``plan`` (how many teachers).
    """
    own = rows.take(rows.practice == found.practice)
    keys: dict[str, Any] = {"district_id": district_id, "subject": found.practice}
    bound = _find_bound(own, found)
    if bound is None:
        text = "the teachers' years of experience are not known, or all are in one band"
        yield Fact(topic="overlap", **keys, status="not_estimable", text=text)
        return
    if np.isnan(own.supported).all():
        text = "the table of training attendance does not say which support followed"
        yield Fact(topic="overlap", **keys, status="not_estimable", text=text)
        return
    known = own.take(~np.isnan(own.years) & ~np.isnan(own.supported))
    more, helped = known.years >= bound, known.supported > 0
    inside = {cell: (more == (cell[0] == MORE)) & (helped == (cell[1] == WITH)) for cell in CELLS}
    teachers = {cell: len(np.unique(known.teacher[rows_in])) for cell, rows_in in inside.items()}
    yield from _tell_cells(teachers, bound=bound, keys=keys, asked=asked)
    apart = min(teachers.values()) >= LEAST_IN_CELL
    yield Fact(topic="overlap", **keys, group=f"{bound:g}", text="apart" if apart else "cannot be separated")
    if not found.named:
        return
    if apart:
        yield from _tell_effects(known, more=more, helped=helped, week=found.week, keys=keys, asked=asked)
    else:
        yield from _tell_plan(known, found, teachers=teachers, bound=bound, keys=keys, asked=asked)


def _find_bound(own: PracticeRows, found: Breakdown) -> float | None:
    if not own.bands or np.isnan(own.years).all():
        return None
    if found.named and found.group != ALL:
        return float(found.group.strip("+<"))
    inner = [one for one in own.bands[1:] if np.nanmin(own.years) < one <= np.nanmax(own.years)]
    return inner[0] if inner else None


def _tell_cells(
    teachers: dict[tuple[str, str], int], *, bound: float, keys: dict[str, Any], asked: PracticeSettings
) -> Iterator[Fact]:
    """Give the four numbers of teachers; where one is small but not none, all four as words."""
    words = any(0 < count < asked.least_teachers for count in teachers.values())
    for (experience, support), count in teachers.items():
        text = "none" if count == 0 else f"fewer than {asked.least_teachers}"
        text = f"{asked.least_teachers} or more" if count >= asked.least_teachers else text
        exact = not words
        yield Fact(
            topic="cell",
            **keys,
            group=f"{experience}, {support}",
            part=f"{bound:g}",
            estimate=float(count) if exact else None,
            status="ok" if exact else "withheld",
            text=text,
        )


def _tell_effects(
    known: PracticeRows,
    *,
    more: np.ndarray,
    helped: np.ndarray,
    week: int,
    keys: dict[str, Any],
    asked: PracticeSettings,
) -> Iterator[Fact]:
    after = (known.weeks >= week).astype("float64")
    columns = [np.ones(len(after)), more, ~helped, after, after * more, after * ~helped]
    try:
        fit = fit_clustered(
            outcome=100 * known.full,
            design=np.column_stack(columns).astype("float64"),
            names=["constant", "experienced", "alone", "after", "experience", "support"],
            clusters=known.teacher,
            ci_level=asked.ci_level,
        )
    except TooFewError as error:
        yield Fact(topic="effect", **keys, status="not_estimable", text=str(error))
        return
    for name in ("experience", "support"):
        try:
            numbers = estimated(fit.contrast({name: -1.0}))
        except TooFewError as error:
            yield Fact(topic="effect", **keys, part=name, status="not_estimable", text=str(error))
            continue
        teachers = len(np.unique(known.teacher))
        yield Fact(topic="effect", **keys, part=name, **numbers, n=len(after), n_clusters=teachers)


def _tell_plan(
    known: PracticeRows,
    found: Breakdown,
    *,
    teachers: dict[tuple[str, str], int],
    bound: float,
    keys: dict[str, Any],
    asked: PracticeSettings,
) -> Iterator[Fact]:
    """Reckon how many teachers of an empty cell would tell, beside those of the same experience that there are."""
    if found.when is None:
        return
    late = known.take(known.weeks >= found.week)
    for experience, support in CELLS:
        other = (experience, WITHOUT if support == WITH else WITH)
        if teachers[experience, support] >= LEAST_IN_CELL or teachers[other] < asked.least_teachers:
            continue
        there = late.take(
            ((late.years >= bound) == (experience == MORE)) & ((late.supported > 0) == (other[1] == WITH))
        )
        counts = np.unique(there.teacher, return_counts=True)[1]
        for part, share in (("whole", 1.0), ("half", 0.5)):
            try:
                people = plan_people(
                    difference=share * found.when.drop,
                    variance=float(there.full.var(ddof=1)),
                    icc=found.when.icc,
                    visits=asked.visits_planned,
                    n_others=len(counts),
                    others_visits=float(counts.mean()),
                )
            except TooFewError as error:
                yield Fact(
                    topic="plan",
                    **keys,
                    group=f"{experience}, {support}",
                    part=part,
                    status="not_estimable",
                    text=str(error),
                )
                continue
            yield Fact(
                topic="plan",
                **keys,
                group=f"{experience}, {support}",
                part=part,
                estimate=float(max(people, LEAST_IN_CELL)),
                n=asked.visits_planned,
                ci_low=None,
                text=f"{bound:g}",
            )
