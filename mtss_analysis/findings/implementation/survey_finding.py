"""What staff say: scale scores with response rate and reliability."""

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import MARK
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact, record_reason
from mtss_analysis.findings.school import name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    IntervalRow,
    Table,
    cannot_say,
    draw_intervals,
    format_estimate,
    format_school_year,
    format_with_interval,
    join_words,
)

NAME = "staff-survey"
TITLE = "What staff say"
REQUIREMENT = "R22"
LOW_ALPHA = 0.70
"""Under this alpha a scale's items measure different things to a degree that its mean says little: Nunnally (1978),
Psychometric Theory, 2nd ed., p. 245."""


def find_staff_survey(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say what the staff of a school answered, beside the district's, how many answered, and which scales to trust.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Confidence level.
    comparison : Comparison
        What is known of all schools.

    Returns
    -------
    ToldFinding
        Nothing is printed of a school with fewer answers than the disclosure profile asks for.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    scales = pick_facts(facts, topic="staff_scale")
    alphas = {fact.subject: fact for fact in pick_facts(facts, topic="alpha")}
    answers = [fact for fact in pick_facts(facts, topic="response") if fact.school_id]
    whole = {fact.subject: fact for fact in scales if not fact.school_id and fact.subject}
    own = {fact.subject: fact for fact in scales if fact.school_id}
    if not whole:
        reason = scales[0].text if scales else "no staff survey was given"
        said = cannot_say("what staff think of it", reason=reason)
        published = record_reason(
            finding="staff_scale", requirement=REQUIREMENT, reason=reason, sentence=said, school=school
        )
        return ToldFinding(title=TITLE, said=said, published=published)
    when = next(iter(whole.values())).part
    season, _, year = when.partition(" ")
    printed = [fact for fact in own.values() if fact.estimate is not None]
    rate = answers[0].text.replace(" %", " of 100") if answers and answers[0].text not in ("", MARK) else ""
    first = _say_scales(printed, whole, when=f"{season} of {format_school_year(year)}")
    answered = (
        f" {rate.capitalize()} staff members answered."
        if rate
        else " How many answered cannot be printed or is not known."
    )
    weak = [_name(scale) for scale, fact in alphas.items() if fact.estimate is not None and fact.estimate < LOW_ALPHA]
    trust = (
        f" The items of {join_words(weak)} hang together too loosely (alpha under {LOW_ALPHA:.2f}) "
        "to read much into the mean."
        if weak
        else ""
    )
    drawn = _draw(printed, whole) if printed else None
    seen = f" See {'@fig-' + NAME + ' and ' if drawn else ''}@tbl-{NAME}."
    records = [
        record_fact(
            fact,
            school=school,
            finding="staff_scale",
            requirement=REQUIREMENT,
            school_year=year,
            method="mean answer, t interval",
            design="descriptive",
            unit=f"points of {fact.text}" if fact.text and fact.estimate is not None else "points",
            ci_level=settings.ci_level if fact.ci_low is not None else None,
            p_value=None,
            sentence=first if place == 0 else None,
        )
        for place, fact in enumerate([*printed, *(fact for fact in scales if fact not in printed)])
    ]
    records += [
        record_fact(
            fact,
            school=school,
            finding="scale_reliability",
            requirement=REQUIREMENT,
            school_year=year,
            method="Cronbach's alpha, Feldt's interval",
            design="descriptive",
            unit="alpha",
            ci_level=settings.ci_level if fact.ci_low is not None else None,
        )
        for fact in alphas.values()
    ]
    records += [
        record_fact(
            fact,
            school=school,
            finding="response_rate",
            requirement=REQUIREMENT,
            school_year=year,
            method="answers over staff members",
            design="descriptive",
            unit="percent",
            group=None,
        )
        for fact in pick_facts(facts, topic="response")
    ]
    return ToldFinding(
        title=TITLE,
        said=first + answered + trust + seen,
        drawn=drawn,
        listed=_tabulate(own, whole, alphas),
        kept_in_mind=("Those who answer may think otherwise than those who do not.",),
        published=tuple(records),
    )


def _name(scale: str) -> str:
    return scale.replace("_", " ")


def _say_scales(printed: list[Fact], whole: dict[str, Fact], *, when: str) -> str:
    if not printed:
        return f"In {when}, too few of the school's staff answered to print a number."
    parts = []
    for fact in printed:
        of = f" of {fact.text}" if fact.text else ""
        size = format_estimate(fact.estimate, low=fact.ci_low, high=fact.ci_high)
        other = whole.get(fact.subject)
        beside = (
            f", {format_estimate(other.estimate, low=fact.ci_low, high=fact.ci_high)} in the district"
            if other is not None and other.estimate is not None
            else ""
        )
        parts.append(f"{size}{of} for {_name(fact.subject)} ({_range(fact)}{beside})")
    return f"In {when}, staff answered {join_words(parts)}."


def _range(fact: Fact) -> str:
    low = format_estimate(fact.ci_low, low=fact.ci_low, high=fact.ci_high)
    high = format_estimate(fact.ci_high, low=fact.ci_low, high=fact.ci_high)
    return f"likely between {low} and {high}"


def _draw(printed: list[Fact], whole: dict[str, Fact]) -> Figure:
    rows = []
    for fact in printed:
        rows.append(IntervalRow(label=_name(fact.subject).capitalize(), heading=True))
        rows.append(IntervalRow(label="This school", estimate=fact.estimate, low=fact.ci_low, high=fact.ci_high))
        other = whole.get(fact.subject)
        if other is not None and other.estimate is not None:
            rows.append(
                IntervalRow(
                    label="District", estimate=other.estimate, low=other.ci_low, high=other.ci_high, role="district"
                )
            )
    most = max(float(fact.text or 5) for fact in printed)
    return draw_intervals(
        name=NAME,
        caption="What staff answered on each scale, this school beside the district.",
        rows=rows,
        x_label=f"Mean answer, 1 to {most:g}",
        limits=(1.0, most),
    )


def _tabulate(own: dict[str, Fact], whole: dict[str, Fact], alphas: dict[str, Fact]) -> Table:
    rows = []
    for scale, fact in whole.items():
        alpha = alphas.get(scale)
        rows.append(
            (_name(scale).capitalize(), _write(own.get(scale)), _write(fact), "–" if alpha is None else _write(alpha))
        )
    titles = ("Scale", "This school, mean (likely range)", "District, mean (likely range)", "Alpha (likely range)")
    return Table(
        name=NAME,
        caption=(
            "Answers of staff, latest survey; alpha says how far the items of a scale measure the "
            "same, over the district."
        ),
        columns=tuple(Column(title=title, align="right" if place else "left") for place, title in enumerate(titles)),
        rows=tuple(rows),
        note=f"{MARK} withheld: fewer answers than may be printed." if any(MARK in row for row in rows) else "",
    )


def _write(fact: Fact | None) -> str:
    if fact is None or fact.estimate is None:
        return MARK if fact is None or fact.status == "withheld" else "–"
    return format_with_interval(fact.estimate, low=fact.ci_low, high=fact.ci_high)
