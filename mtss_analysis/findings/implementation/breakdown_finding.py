"""Does a trained practice break down, in whom and when: the answer over all schools of the district."""

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_records import METHOD, REQUIREMENT, record_rest, record_search
from mtss_analysis.findings.implementation.breakdown_words import (
    say_breakdown,
    say_gaps,
    say_here,
    say_on_page_one,
    say_others,
    say_when,
)
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.practice_rows import ALL, say_teachers, turn_group
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.implementation.words import (
    NOT_CAUSE,
    name_kind,
    name_period,
    name_practice,
    say_from,
)
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    Series,
    Table,
    TrendBreak,
    cannot_say,
    draw_trend,
    format_count,
    format_with_interval,
    join_words,
)

NAME = "practice-after-training"
TITLE = "Practice after training"
MARK = "†"
MARK_NOTE = "† withheld: fewer teachers than may be printed."
MOST_WEEKS = 16


def find_breakdown(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[ToldFinding, ...]:
    """Say in which practice, in which teachers and when implementation falls off.

    Parameters
    ----------
    district : District
        The school's slice; it names school and district.
    school_id : str
        Which school.
    settings : Settings
        Confidence level.
    comparison : Comparison
        What is known of implementation in all schools.

    Returns
    -------
    tuple of ToldFinding
        One for each practice in which a breakdown is named; a single one where none is named or nothing can be said.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    return tell_breakdowns(facts, school=school, settings=settings)


def tell_breakdowns(facts: tuple[Fact, ...], *, school: School, settings: Settings) -> tuple[ToldFinding, ...]:
    """Say it of what is known of a district, and of one of its schools where the facts have one.

    Parameters
    ----------
    facts : tuple of Fact
        From :func:`mtss_analysis.findings.implementation.facts.read_facts`.
    school : School
        Whose packet it is; of an overview the district's names.
    settings : Settings
        Confidence level.

    Returns
    -------
    tuple of ToldFinding
        As from :func:`find_breakdown`.
    """
    missing = [fact for fact in facts if fact.topic == "practices"]
    if missing:
        return (_decline(missing[0], facts, school=school),)
    searched = [fact for fact in facts if fact.topic == "search"]
    named = sorted(
        (fact for fact in searched if fact.text == "named"), key=lambda fact: (fact.p_value or 0, fact.subject)
    )
    if not named:
        return (_tell_none(searched, facts, school=school, settings=settings),)
    rest = [fact for fact in searched if fact not in named]
    told = [
        _tell(fact, facts, school=school, settings=settings, place=place, rest=rest if place == 0 else [])
        for place, fact in enumerate(named)
    ]
    return tuple(told)


def _decline(missing: Fact, facts: tuple[Fact, ...], *, school: School) -> ToldFinding:
    said = cannot_say("whether practices last after training", reason=missing.text)
    record = Record(
        finding="practice_breakdown",
        requirement=REQUIREMENT,
        district_id=school.district_id,
        school_id=None,
        level="district",
        method=METHOD,
        design="association",
        status="not_estimable",
        reason=missing.text,
        sentence=said,
    )
    return ToldFinding(title=TITLE, said=said, kept_in_mind=say_gaps(facts), published=(record,))


def _tell_none(searched: list[Fact], facts: tuple[Fact, ...], *, school: School, settings: Settings) -> ToldFinding:
    names = join_words([name_practice(fact.subject) for fact in searched])
    n_searched = searched[0].n or 0
    said = (
        f"In no trained practice can a drop after the training be told apart from noise: we looked at {names}, in all "
        f"teachers and by experience, {format_count(n_searched)} combinations of practice, teachers and week."
    )
    table = _tabulate(facts, subjects=[fact.subject for fact in searched], name=NAME)
    return ToldFinding(
        title=TITLE,
        said=f"{said} See @tbl-{NAME}.",
        short=said,
        listed=table,
        kept_in_mind=(*say_gaps(facts), NOT_CAUSE),
        published=(
            *(record_search(fact, facts, school=school, settings=settings, sentence=said) for fact in searched),
            *record_rest(facts, subjects={fact.subject for fact in searched}, school=school, settings=settings),
        ),
    )


def _tell(
    found: Fact, facts: tuple[Fact, ...], *, school: School, settings: Settings, place: int, rest: list[Fact]
) -> ToldFinding:
    name = NAME if place == 0 else f"{NAME}-{place + 1}"
    first = say_breakdown(found, facts)
    others = say_others(found, facts)
    when = say_when(found, facts)
    also = (
        f" In {join_words([name_practice(fact.subject) for fact in rest])} no drop can be told apart from noise."
        if rest
        else ""
    )
    here = say_here(found, facts)
    drawn = _draw(found, facts, name=name)
    seen = f" See {'@fig-' + name + ' and ' if drawn else ''}@tbl-{name}."
    subjects = {found.subject, *(fact.subject for fact in rest)}
    return ToldFinding(
        title=TITLE if place == 0 else f"{TITLE}: {name_practice(found.subject)}",
        said=" ".join(part for part in (first, others, when, here) if part) + also + seen,
        short=first,
        drawn=drawn,
        listed=_tabulate(facts, subjects=[found.subject], name=name),
        kept_in_mind=(
            "We searched practices, groups of teachers and weeks; the search is allowed for, but the "
            "drop in those that "
            "were found is a little too large on average.",
            "Weeks after a training are also weeks of the year; where all were trained at the same "
            "time, the two cannot "
            "be told apart.",
            NOT_CAUSE,
            *say_gaps(facts),
        ),
        published=(
            record_search(found, facts, school=school, settings=settings, sentence=first),
            *(record_search(fact, facts, school=school, settings=settings) for fact in rest),
            *record_rest(facts, subjects=subjects, school=school, settings=settings),
        ),
        offered=(
            {
                "kind": "attention",
                "topic": "practice",
                "measure": found.subject,
                "sentence": say_on_page_one(found, facts),
            },
        ),
    )


def _draw(found: Fact, facts: tuple[Fact, ...], *, name: str) -> Figure | None:
    week = int(found.part)
    groups = [group for group in (found.group, turn_group(found.group)) if group]
    weeks = [fact for fact in pick_facts(facts, topic="week", subject=found.subject) if fact.place < MOST_WEEKS]
    if not weeks:
        return None
    last = int(max(fact.place for fact in weeks))
    series = []
    for group in groups:
        by_week = {int(fact.place): fact for fact in weeks if fact.group == group}
        line = [by_week.get(number) for number in range(last + 1)]
        series.append(
            Series(
                label=say_teachers(group).removeprefix("teachers with ").removesuffix(" years of experience"),
                role="group_focus" if group == found.group else "group_reference",
                values=[fact.estimate if fact else None for fact in line],
                low=[fact.ci_low if fact else None for fact in line],
                high=[fact.ci_high if fact else None for fact in line],
                withheld=[fact is not None and fact.status == "withheld" for fact in line],
            )
        )
    return draw_trend(
        name=name,
        caption=(
            f"{name_practice(found.subject).capitalize()} falls off {say_from(week)} after training among "
            f"{say_teachers(found.group)}, all schools of the district."
        ),
        series=series,
        x_labels=[str(number + 1) for number in range(last + 1)],
        y_label="Observations with the practice fully in place, %, by week after training and years of experience",
        limits=(0.0, 100.0),
        unit="percent",
        breaks=[TrendBreak(before=week, label=f"from week {week + 1}")] if week <= last else [],
        withheld_reason="too few teachers",
    )


def _tabulate(facts: tuple[Fact, ...], *, subjects: list[str], name: str) -> Table | None:
    periods = [fact for fact in facts if fact.topic == "period" and fact.subject in subjects]
    if not periods:
        return None
    several = len(subjects) > 1
    if several:
        periods = [fact for fact in periods if fact.group == ALL]
    firsts = sorted({int(fact.part) for fact in periods})
    ends = [*firsts[1:], None]
    titles = [
        "Practice" if several else "Teachers",
        *(name_period(first, end) for first, end in zip(firsts, ends, strict=True)),
    ]
    keys = list(dict.fromkeys((fact.subject, fact.group) for fact in periods))
    rows = []
    for subject, group in keys:
        own = {int(fact.part): fact for fact in periods if (fact.subject, fact.group) == (subject, group)}
        label = name_practice(subject).capitalize() if several else name_kind(group)
        rows.append([label, *(_write(own.get(first)) for first in firsts)])
    what = "by practice" if several else f"of {name_practice(subjects[0])}, by experience and by follow-up support"
    hidden = any(MARK in row for row in rows)
    return Table(
        name=name,
        caption=(
            f"Observations fully in place {what}, % (likely range), by weeks after training, all "
            "schools of the district."
        ),
        columns=tuple(Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)),
        rows=tuple(tuple(row) for row in rows),
        note=MARK_NOTE if hidden else "",
    )


def _write(fact: Fact | None) -> str:
    if fact is None or fact.status == "withheld":
        return MARK
    return format_with_interval(fact.estimate, low=fact.ci_low, high=fact.ci_high)
