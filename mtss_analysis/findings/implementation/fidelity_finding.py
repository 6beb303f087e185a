"""Does the school run the system as designed: points on a fidelity instrument, and probes that were given."""

import datetime as dt

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import MARK
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact, record_reason
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    ReferenceLine,
    Role,
    Series,
    Table,
    cannot_say,
    draw_trend,
    format_count,
    format_number,
    format_percent,
    format_school_year,
    join_words,
    name_day,
)

FIDELITY, ITEMS, PROBES = "fidelity", "fidelity-parts", "probes"


def find_fidelity(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison
) -> tuple[ToldFinding, ...]:
    """Say how far a school runs the system as designed, by tier, subscale and item.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``implementation.fidelity_criterion_pct``.
    comparison : Comparison
        What is known of implementation in all schools.

    Returns
    -------
    tuple of ToldFinding
        One for each instrument; versions of an instrument are instruments of their own.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    every = pick_facts(facts, topic="fidelity")
    instruments = list(dict.fromkeys(fact.subject for fact in every if fact.school_id))
    if not instruments:
        reasons = [fact.text for fact in every if fact.status == "not_estimable" and not fact.subject]
        reason = reasons[0] if reasons else "the school has no scores on a fidelity instrument"
        said = cannot_say("how far the system is run as designed", reason=reason)
        return (
            ToldFinding(
                title="Fidelity",
                said=said,
                published=record_reason(
                    finding="fidelity", requirement="R19", reason=reason, sentence=said, school=school
                ),
            ),
        )
    return tuple(
        _tell([fact for fact in every if fact.subject == name], school=school, settings=settings, place=place)
        for place, name in enumerate(instruments)
    )


def _tell(facts: list[Fact], *, school: School, settings: Settings, place: int) -> ToldFinding:
    criterion = settings.implementation.fidelity_criterion_pct
    own = [fact for fact in facts if fact.school_id]
    dates = sorted({fact.part for fact in own})
    latest = [fact for fact in own if fact.part == dates[-1]]
    tiers = [fact for fact in latest if fact.group.startswith("tier=")] or [
        fact for fact in latest if fact.group == "all"
    ]
    scored = [fact for fact in tiers if fact.estimate is not None]
    below = [fact for fact in scored if (fact.estimate or 0.0) < criterion]
    instrument = own[0].subject
    suffix = "" if place == 0 else f"-{place + 1}"
    shares = join_words(
        [
            f"{format_percent(fact.estimate)}{'' if order else ' of the points'} in {_name(fact.group)}"
            for order, fact in enumerate(scored)
        ]
    )
    verdict = (
        f"{join_words([_name(fact.group) for fact in below])} {'is' if len(below) == 1 else 'are'} "
        "below the criterion of "
        f"{criterion:g}%"
        if below
        else f"all that was scored reaches the criterion of {criterion:g}%"
    )
    unscored = sum(int(fact.text or 0) for fact in tiers)
    left = (
        f" {format_count(unscored)} items have no score and are left out, not counted as zero." if unscored > 1 else ""
    )
    left = " One item has no score and is left out, not counted as zero." if unscored == 1 else left
    first = f"On the {instrument} of {_name_date(dates[-1])}, the school earned {shares}; {verdict}."
    if not scored:
        first = cannot_say(
            f"how far the system is run as designed ({instrument})", reason="no item was scored on the latest date"
        )
    drawn = _draw(own, dates, criterion=criterion, name=FIDELITY + suffix)
    references = f" See @fig-{FIDELITY + suffix} and @tbl-{ITEMS + suffix}."
    return ToldFinding(
        title=f"Fidelity: {instrument}",
        said=first + left + references,
        short=first if below and place == 0 else "",
        drawn=drawn,
        listed=_tabulate(latest, facts, name=ITEMS + suffix),
        kept_in_mind=(
            "Schools often score themselves; a higher score can be milder scoring. Versions of an instrument are not "
            "compared with each other.",
        ),
        published=tuple(
            record_fact(
                fact,
                school=school,
                finding="fidelity",
                requirement="R19",
                method="points earned over points possible, scored items",
                design="descriptive",
                unit="percent of points",
                school_year=None,
                verdict=None
                if fact.estimate is None
                else ("reaches" if fact.estimate >= criterion else "below") + f" {criterion:g}%",
                sentence=first if fact is (tiers[0] if tiers else None) else None,
                reason=None if fact.estimate is not None else "no item was scored",
            )
            for fact in facts
        ),
        offered=_offer(below, instrument=instrument, date=dates[-1], criterion=criterion) if place == 0 else (),
    )


def _offer(below: list[Fact], *, instrument: str, date: str, criterion: float) -> tuple[Note, ...]:
    """Offer for page one what is below the criterion."""
    if not below:
        return ()
    what = join_words([f"{_name(fact.group)} ({format_percent(fact.estimate)})" for fact in below])
    said = f"On the {instrument} of {_name_date(date)}, {what} {'is' if len(below) == 1 else 'are'} below the criterion"
    return (
        {"kind": "attention", "topic": "fidelity", "measure": instrument, "sentence": f"{said} of {criterion:g}%."},
    )


def _name_date(date: str) -> str:
    return name_day(dt.date.fromisoformat(date))


def _name(group: str) -> str:
    return "all tiers together" if group == "all" else f"Tier {group.removeprefix('tier=')}"


def _draw(own: list[Fact], dates: list[str], *, criterion: float, name: str) -> Figure:
    groups = sorted({fact.group for fact in own if fact.group.startswith("tier=")}) or ["all"]
    roles: tuple[Role, ...] = ("this_school", "group_focus", "group_reference")
    series = []
    for place, group in enumerate(groups[:3]):
        by_date = {fact.part: fact.estimate for fact in own if fact.group == group}
        series.append(Series(label=_name(group), role=roles[place], values=[by_date.get(date) for date in dates]))
    return draw_trend(
        name=name,
        caption=f"Points earned on the {own[0].subject}, by tier and date.",
        series=series,
        x_labels=[date[:7] for date in dates],
        y_label="Points earned of points possible, %",
        limits=(0.0, 100.0),
        unit="percent",
        lines=[ReferenceLine(value=criterion, label=f"criterion {criterion:g}%")],
    )


def _tabulate(latest: list[Fact], facts: list[Fact], *, name: str) -> Table:
    district = {fact.group: fact.estimate for fact in facts if not fact.school_id}
    rows = []
    for fact in latest:
        if fact.group.startswith("item=") and fact.estimate is not None and fact.estimate >= FULL_PCT:
            continue
        kind, _, label = fact.group.partition("=")
        words = {"tier": f"Tier {label}", "subscale": f"Tier {label.replace(' ', ', ', 1)}", "item": f"Item {label}"}
        rows.append(
            (
                words.get(kind, "All tiers together"),
                format_percent(fact.estimate),
                format_percent(district[fact.group]) if fact.group in district else "",
                format_count(fact.n),
                fact.text,
            )
        )
    titles = ("Part", "Points earned, %", "Mean of the district's schools, %", "Items scored", "Items without a score")
    return Table(
        name=name,
        caption=f"Points earned on the {latest[0].subject} of {_name_date(latest[0].part)}.",
        columns=tuple(Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)),
        rows=tuple(rows),
        note=ITEMS_LEFT_OUT if any(fact.group.startswith("item=") for fact in latest) else "",
    )


FULL_PCT = 100.0
ITEMS_LEFT_OUT = "Items that earned all their points are not listed."


def find_probes(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say how many of the planned probes of progress monitoring were given.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        ``implementation``: how often, and how many make a series.
    comparison : Comparison
        What is known of implementation in all schools.

    Returns
    -------
    ToldFinding
        Beside the district.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    given, ready = pick_facts(facts, topic="probes"), pick_facts(facts, topic="ready")
    title = "Is progress monitored as planned?"
    own = next((fact for fact in given if fact.school_id), None)
    whole = next((fact for fact in given if not fact.school_id), None)
    if own is None or own.estimate is None:
        reason = "too few students are monitored to print a number" if own else "no student of the school is monitored"
        reason = whole.text if whole is not None and whole.status == "not_estimable" else reason
        said = cannot_say("how many of the planned probes were given", reason=reason)
        published = record_reason(
            finding="probes_given", requirement="R20", reason=reason, sentence=said, school=school
        )
        return ToldFinding(title=title, said=said, published=published)
    asked = settings.implementation
    often = "a week" if asked.days_between_probes == 7 else f"every {asked.days_between_probes} days"
    other = "" if whole is None or whole.estimate is None else f", in the district {_number(whole)}"
    first = (
        f"In {format_school_year(own.part)}, {_number(own)} of 100 planned probes of progress "
        f"monitoring (one {often} of "
        f"instruction while a student is served) were given{other}."
    )
    mine = next((fact for fact in ready if fact.school_id), None)
    second = ""
    if mine is not None and mine.text and mine.text != MARK:
        second = (
            f" A series that can be decided on ({asked.least_probes} probes over "
            f"{asked.least_probe_weeks} weeks or more) "
            f"was there for {mine.text.replace(' %', ' of 100')} students served so long."
        )
    records = [
        record_fact(
            fact,
            school=school,
            finding="probes_given" if fact.topic == "probes" else "series_ready",
            requirement="R20",
            school_year=fact.part,
            group=None,
            method="given over expected" if fact.topic == "probes" else "share of students",
            design="descriptive",
            unit="percent",
            sentence=first if fact is own else None,
        )
        for fact in (*given, *ready)
    ]
    rows = [
        (
            label,
            *(_write(next((fact for fact in kind if bool(fact.school_id) == is_own), None)) for kind in (given, ready)),
        )
        for label, is_own in ((school.school_name, True), ("The district", False))
    ]
    return ToldFinding(
        title=title,
        said=f"{first}{second} See @tbl-{PROBES}.",
        short="",
        listed=Table(
            name=PROBES,
            caption=(
                "Probes given of those planned, and students with a series that can be decided on, "
                f"{format_school_year(own.part)}."
            ),
            columns=(
                Column(title="Where"),
                Column(title="Probes given, %", align="right"),
                Column(title="Students with such a series, %", align="right"),
            ),
            rows=tuple(rows),
            note=f"{MARK} withheld: fewer students than may be printed." if any(MARK in row for row in rows) else "",
        ),
        kept_in_mind=("A probe that was given but not recorded counts as skipped.",),
        published=tuple(records),
    )


def _number(fact: Fact) -> str:
    return format_number(fact.estimate, decimals=0)


def _write(fact: Fact | None) -> str:
    if fact is None:
        return MARK
    if fact.estimate is None:
        return fact.text or MARK
    return format_percent(fact.estimate)
