"""Does a trained practice break down, in whom and when: the answer over all schools of the district."""

from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import Fact, read_facts
from mtss_analysis.findings.implementation.practice_rows import ALL, say_teachers, turn_group
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact
from mtss_analysis.findings.implementation.words import (
    NOT_CAUSE,
    name_kind,
    name_period,
    name_practice,
    say_first_weeks,
    say_from,
    say_observers,
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
    format_estimate,
    format_number,
    format_with_interval,
    join_words,
    likely_between,
)

NAME = "practice-after-training"
TITLE = "Practice after training"
REQUIREMENT = "R15"
METHOD = (
    "largest clustered score over practice, group and week, wild bootstrap by teacher; break in days by least squares "
    "with exchangeable weights, interval by inverting the bootstrap; drop CR2 by teacher"
)
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
            *(_record_search(fact, facts, school=school, settings=settings, sentence=said) for fact in searched),
            *_record_rest(facts, subjects={fact.subject for fact in searched}, school=school, settings=settings),
        ),
    )


def _tell(
    found: Fact, facts: tuple[Fact, ...], *, school: School, settings: Settings, place: int, rest: list[Fact]
) -> ToldFinding:
    name = NAME if place == 0 else f"{NAME}-{place + 1}"
    first = say_breakdown(found, facts)
    others = _say_others(found, facts)
    when = _say_when(found, facts)
    also = (
        f" In {join_words([name_practice(fact.subject) for fact in rest])} no drop can be told apart from noise."
        if rest
        else ""
    )
    here = _say_here(found, facts)
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
            _record_search(found, facts, school=school, settings=settings, sentence=first),
            *(_record_search(fact, facts, school=school, settings=settings) for fact in rest),
            *_record_rest(facts, subjects=subjects, school=school, settings=settings),
        ),
        offered=({"kind": "cause", "measure": found.subject, "sentence": first},),
    )


def pick_facts(facts: tuple[Fact, ...], *, topic: str, **keys: str) -> list[Fact]:
    """Give the facts of a topic whose fields have these values."""
    return [
        fact
        for fact in facts
        if fact.topic == topic and all(getattr(fact, name) == value for name, value in keys.items())
    ]


def say_breakdown(found: Fact, facts: tuple[Fact, ...]) -> str:
    """Say where, in whom and when a practice falls off, with the two shares.

    Parameters
    ----------
    found : Fact
        ``search`` of the practice.
    facts : tuple of Fact
        All of the district.

    Returns
    -------
    str
        One sentence.
    """
    sides = {fact.part: fact for fact in pick_facts(facts, topic="side", subject=found.subject, group=found.group)}
    week = int(found.part)
    drops = pick_facts(facts, topic="drop", subject=found.subject, group=found.group)
    whom = say_teachers(found.group)
    drop = drops[0] if drops and drops[0].status == "ok" else None
    size = (
        f" (a drop of {format_estimate(drop.estimate, low=drop.ci_low, high=drop.ci_high)} points, "
        f"{likely_between(low=drop.ci_low, high=drop.ci_high)})"
        if drop
        else ""
    )
    return (
        f"Walkthroughs found {name_practice(found.subject)} fully in place in {_of_100(sides['before'])} of 100 "
        f"observations in {say_first_weeks(week)} and in {_of_100(sides['after'])} of 100 {say_from(week)}, among "
        f"{whom}{size}."
    )


def _of_100(fact: Fact) -> str:
    return format_number(fact.estimate, decimals=0)


def _say_others(found: Fact, facts: tuple[Fact, ...]) -> str:
    other = turn_group(found.group)
    drops = pick_facts(facts, topic="drop", subject=found.subject, group=other)
    own = pick_facts(facts, topic="drop", subject=found.subject, group=found.group)
    if not other or not drops or not own:
        return ""
    whom = say_teachers(other)
    drop = drops[0]
    if drop.status != "ok" or drop.ci_high is None or drop.ci_low is None:
        return f"Whether {whom} show a drop cannot be told: too few of them were observed."
    if drop.ci_high < (own[0].estimate or 0.0):
        within = likely_between(low=-drop.ci_high, high=-drop.ci_low)
        many = "show no such drop" if drop.ci_low <= 0 else "show a smaller one"
        return f"{whom.capitalize()} {many} (a change of {_change(drop)} points, {within})."
    return f"Whether {whom} show one, too, cannot be told."


def _change(drop: Fact) -> str:
    return format_number(-(drop.estimate or 0.0), decimals=0, signed=True)


def _say_when(found: Fact, facts: tuple[Fact, ...]) -> str:
    breaks = pick_facts(facts, topic="break", subject=found.subject)
    if not breaks or breaks[0].estimate is None:
        return ""
    when = breaks[0]
    low, high = when.ci_low, when.ci_high
    sure = "no other day fits" if low == high else likely_between(low=low, high=high, decimals=0)
    said = f"It comes about {format_number(when.estimate, decimals=0)} days after the training ({sure})."
    cuts = pick_facts(facts, topic="cut", subject=found.subject)
    if cuts and cuts[0].estimate is not None:
        cut = cuts[0]
        sure = (
            "no other cut fits"
            if cut.ci_low == cut.ci_high
            else likely_between(low=cut.ci_low, high=cut.ci_high, decimals=0)
        )
        said += (
            " The years of experience that divide teachers best are "
            f"{format_number(cut.estimate, decimals=0)} ({sure})."
        )
    return said


def _say_here(found: Fact, facts: tuple[Fact, ...]) -> str:
    own = [fact for fact in pick_facts(facts, topic="building", subject=found.subject) if fact.school_id]
    if not own:
        return ""
    if own[0].status != "ok":
        return "This school has too few observed teachers for a number of its own."
    district = next(fact for fact in pick_facts(facts, topic="building", subject=found.subject) if not fact.school_id)
    return (
        f"In this school the practice was fully in place in {_of_100(own[0])} of 100 observations after training "
        f"({likely_between(low=own[0].ci_low, high=own[0].ci_high)}), in the district in {_of_100(district)}."
    )


def say_gaps(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    """Say what is missing about trainings and teachers, and of observers what is allowed for, one sentence each."""
    said = []
    for topic, words in (
        ("unattended", "Nobody is recorded as having attended the training in"),
        ("before_only", "Only before its training was seen"),
    ):
        subjects = [name_practice(fact.subject) for fact in pick_facts(facts, topic=topic)]
        if subjects:
            said.append(f"{words} {join_words(subjects)}, so nothing can be said of what came after it.")
    said += [
        f"Teachers cannot be compared by experience: {fact.text}." for fact in pick_facts(facts, topic="experience")
    ]
    said += [say_observers(fact.status, reason=fact.text) for fact in pick_facts(facts, topic="observers")]
    return tuple(said)


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


def _record_search(
    fact: Fact, facts: tuple[Fact, ...], *, school: School, settings: Settings, sentence: str | None = None
) -> Record:
    drops = pick_facts(facts, topic="drop", subject=fact.subject, group=fact.group)
    drop = drops[0] if drops else None
    named = fact.text == "named"
    keys: dict[str, Any] = {
        "method": METHOD,
        "design": "association",
        "unit": "percentage points",
        "sentence": sentence,
    }
    if drop is None or drop.status != "ok":
        reason = "no drop can be told apart from noise" if not named else "too few teachers to print"
        return record_fact(
            fact,
            school=school,
            finding="practice_breakdown",
            requirement=REQUIREMENT,
            status="not_estimable",
            reason=reason,
            n=None,
            verdict=fact.text,
            group=fact.group,
            family=_say_family(fact),
            **keys,
        )
    return record_fact(
        drop,
        school=school,
        finding="practice_breakdown",
        requirement=REQUIREMENT,
        verdict=fact.text,
        group=fact.group,
        p_value=fact.p_value,
        family=_say_family(fact),
        ci_level=settings.ci_level,
        **keys,
    )


def _say_family(fact: Fact) -> str:
    return f"{fact.n} combinations of practice, teachers and week, by their maximum"


METHODS = {
    "break": METHOD,
    "cut": METHOD,
    "building": "mean, clustered by teacher, with the variance between observers of the same school; difference from "
    "the others with Satterthwaite's degrees of freedom",
}
TOPICS = {
    "break": ("practice_break", "days after training"),
    "cut": ("practice_cut", "years of experience"),
    "side": ("practice_share", "percent of observations"),
    "week": ("practice_share_by_week", "percent of observations"),
    "period": ("practice_share_by_period", "percent of observations"),
    "building": ("practice_share_of_school", "percent of observations"),
    "drop": ("practice_drop", "percentage points"),
}


def _record_rest(
    facts: tuple[Fact, ...], *, subjects: set[str], school: School, settings: Settings
) -> tuple[Record, ...]:
    records = []
    for fact in facts:
        if fact.topic in TOPICS and fact.subject in subjects:
            finding, unit = TOPICS[fact.topic]
            has_interval = fact.ci_low is not None
            records.append(
                record_fact(
                    fact,
                    school=school,
                    finding=finding,
                    requirement=REQUIREMENT,
                    method=METHODS.get(fact.topic, "mean, clustered by teacher"),
                    design="association",
                    unit=unit,
                    ci_level=settings.ci_level if has_interval else None,
                    verdict=fact.text or None if fact.topic == "building" and fact.status == "ok" else None,
                    family="schools and practices of the district" if fact.q_value is not None else None,
                )
            )
    return tuple(records)
