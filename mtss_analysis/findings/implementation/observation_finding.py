"""Who was observed, do observers agree, and how long is a practice still seen."""

from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import MARK, MARK_NOTE
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.practice_rows import say_teachers
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Table,
    cannot_say,
    format_estimate,
    format_number,
    format_percent,
    format_with_interval,
    join_words,
    likely_between,
    say_number,
)

OBSERVED, RETAINED = "who-was-observed", "practice-retention"
REQUIREMENT = "R15"
KEPT_IN_MIND = (
    "No longer seen means: not seen in the last two or more visits. Teachers who were visited "
    "only a short time count for "
    "that time."
)
UNITS = {"exact": "percent", "kappa": "kappa", "weighted kappa": "kappa, linear weights", "icc": "ICC(2,1)"}
METHODS = {
    "exact": "share of items with the same score; jackknife by lesson",
    "kappa": "Cohen's kappa; jackknife by lesson",
    "weighted kappa": "Cohen's kappa with linear weights; jackknife by lesson",
    "icc": "two-way random effects, absolute agreement, single ratings",
}


def find_observation(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say how many trained teachers nobody observed, whether observers agree, and whether one of them drifts.

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
    ToldFinding
        Over all schools of the district: observers of one school are too few to speak of.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id)
    unseen = pick_facts(facts, topic="unseen")
    agreement = {fact.part: fact for fact in pick_facts(facts, topic="agreement")}
    drift = pick_facts(facts, topic="drift")
    if not unseen and not agreement:
        reasons = [fact.text for fact in pick_facts(facts, topic="practices")]
        said = cannot_say("who was observed", reason=reasons[0] if reasons else "no walkthroughs were given")
        return ToldFinding(title="Who was observed, and by whom", said=said)
    parts = [_say_unseen(unseen), _say_agreement(agreement), _say_drift(drift)]
    said = " ".join(part for part in parts if part)
    table = _tabulate(unseen) if unseen else None
    return ToldFinding(
        title="Who was observed, and by whom",
        said=said + (f" See @tbl-{OBSERVED}." if table else ""),
        listed=table,
        kept_in_mind=(
            "Teachers whom nobody visits may differ from those who are visited; nothing here speaks for them.",
            "Agreement is that of lessons that two observers scored; who were paired was not drawn by lot unless the "
            "district says so.",
        ),
        published=tuple(_record(unseen, agreement, drift, school=school, settings=settings, sentence=said)),
    )


def _say_unseen(unseen: list[Fact]) -> str:
    shown = [
        (name_practice(fact.subject), fact.text.replace(" %", " in 100"))
        for fact in unseen
        if fact.text and fact.text != MARK
    ]
    if not shown:
        return "How many trained teachers nobody has observed since cannot be printed."
    listed = join_words([f"{share} in {practice}" for practice, share in shown])
    return f"Of the teachers trained in a practice, nobody has observed since: {listed}."


def _say_agreement(agreement: dict[str, Fact]) -> str:
    exact, kappa = agreement.get("exact"), agreement.get("kappa")
    if exact is None:
        reason = next(iter(agreement.values())).text if agreement else "no lesson was scored by two observers"
        return cannot_say("how far observers agree", reason=reason)
    said = (
        "Two observers of the same lesson gave an item the same score in "
        f"{format_number(exact.estimate, decimals=0)} of "
        "100 cases"
    )
    if kappa is None or kappa.estimate is None:
        return (
            f"{said}; how far that goes beyond chance cannot be said, because "
            f"{kappa.text if kappa else 'scores do not differ'}."
        )
    size = format_estimate(kappa.estimate, low=kappa.ci_low, high=kappa.ci_high)
    return f"{said}, beyond chance a kappa of {size} ({likely_between(low=kappa.ci_low, high=kappa.ci_high)})."


def _say_drift(drift: list[Fact]) -> str:
    if not drift:
        return ""
    fact = drift[0]
    if fact.estimate is None:
        return cannot_say("whether observers grew stricter or milder over the year", reason=fact.text)
    if not fact.estimate:
        return (
            "No observer can be told from noise to have grown stricter or milder over the year than "
            "the others of the school."
        )
    n = int(fact.estimate)
    return (
        f"{say_number(n).capitalize()} of {fact.n} observers grew stricter or milder over the year "
        "than the others of the "
        "same school; lessons scored by two would tell which scores to trust."
    )


def _tabulate(unseen: list[Fact]) -> Table:
    hidden = any(fact.text == MARK for fact in unseen)
    return Table(
        name=OBSERVED,
        caption="Trained teachers whom nobody has observed since their training, all schools of the district.",
        columns=(Column(title="Practice"), Column(title="Not observed since", align="right")),
        rows=tuple((name_practice(fact.subject).capitalize(), fact.text) for fact in unseen),
        note=MARK_NOTE if hidden else "",
    )


def _record(
    unseen: list[Fact],
    agreement: dict[str, Fact],
    drift: list[Fact],
    *,
    school: School,
    settings: Settings,
    sentence: str,
) -> list[Record]:
    keys: dict[str, Any] = {"school": school, "requirement": REQUIREMENT}
    records = [
        record_fact(
            fact,
            finding="trained_not_observed",
            method="share of those trained",
            design="descriptive",
            unit="percent",
            **keys,
        )
        for fact in unseen
    ]
    for place, (part, fact) in enumerate(agreement.items()):
        records.append(
            record_fact(
                fact,
                finding="observer_agreement",
                method=METHODS.get(part, "agreement of two observers"),
                design="descriptive",
                unit=UNITS.get(part, "percent"),
                ci_level=settings.ci_level if fact.ci_low is not None else None,
                sentence=sentence if place == 0 else None,
                **keys,
            )
        )
    records += [
        record_fact(
            fact,
            finding="observer_drift",
            method="slope over the year against the others of the school; CR2 by teacher",
            design="descriptive",
            unit="observers",
            family="observers of the district",
            **keys,
        )
        for fact in drift
    ]
    return records


def find_retention(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say with how many teachers a practice is still seen some weeks after training.

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
    ToldFinding
        Over all schools of the district.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id)
    curves = pick_facts(facts, topic="retention")
    points = [fact for fact in curves if fact.estimate is not None and fact.part]
    limits = [fact for fact in curves if fact.status == "withheld" and fact.part]
    title = "How long a practice is still seen"
    if not points and limits:
        last = max(int(fact.part) for fact in limits)
        said = (
            f"{say_number(last).capitalize()} weeks after training, every practice was still seen with "
            "nearly all teachers."
        )
        return ToldFinding(
            title=title,
            said=f"{said} See @tbl-{RETAINED}.",
            listed=_tabulate_curves(curves),
            kept_in_mind=(KEPT_IN_MIND,),
            published=_record_curves(curves, school=school, settings=settings, sentence=said),
        )
    if not points:
        reason = curves[0].text if curves else "no trained practice was observed often enough"
        said = cannot_say("how long a practice is still seen", reason=reason)
        return ToldFinding(title=title, said=said, published=_record_curves(curves, school=school, settings=settings))
    last = max(int(fact.part) for fact in points)
    at_last = [fact for fact in points if int(fact.part) == last]
    least = min(at_last, key=lambda fact: fact.estimate or 0.0)
    among = "" if least.group == "all" else f" among {say_teachers(least.group)}"
    said = (
        f"{say_number(last).capitalize()} weeks after training, {name_practice(least.subject)} was "
        f"still seen{among} with "
        f"{format_number(least.estimate, decimals=0)} of 100 teachers "
        f"({likely_between(low=least.ci_low, high=least.ci_high, decimals=0)}), the fewest of all practices. "
        f"See @tbl-{RETAINED}."
    )
    return ToldFinding(
        title=title,
        said=said,
        listed=_tabulate_curves(curves),
        kept_in_mind=(KEPT_IN_MIND,),
        published=_record_curves(curves, school=school, settings=settings, sentence=said.split(" See @")[0]),
    )


def _tabulate_curves(curves: list[Fact]) -> Table:
    weeks = sorted({int(fact.part) for fact in curves if fact.part})
    keys = list(dict.fromkeys((fact.subject, fact.group) for fact in curves))
    rows = []
    for subject, group in keys:
        own = {fact.part: fact for fact in curves if (fact.subject, fact.group) == (subject, group)}
        cells = [own.get(str(week)) for week in weeks]
        whom = "all teachers" if group == "all" else say_teachers(group)
        rows.append((f"{name_practice(subject).capitalize()}, {whom}", *(_write(fact) for fact in cells)))
    return Table(
        name=RETAINED,
        caption=(
            "Teachers with whom a practice is still seen, % (likely range), by weeks after training; "
            "Kaplan and Meier's estimate, all schools of the district."
        ),
        columns=(
            Column(title="Practice and teachers"),
            *(Column(title=f"Week {week}", align="right") for week in weeks),
        ),
        rows=tuple(rows),
        note="More than: fewer teachers had lost it than may be printed. – too few teachers were followed so long.",
    )


def _write(fact: Fact | None) -> str:
    if fact is None or fact.estimate is None:
        return fact.text if fact is not None and fact.status == "withheld" and fact.part else "–"
    if fact.ci_low is None:
        return format_percent(fact.estimate)
    return format_with_interval(fact.estimate, low=fact.ci_low, high=fact.ci_high)


def _record_curves(
    curves: list[Fact], *, school: School, settings: Settings, sentence: str | None = None
) -> tuple[Record, ...]:
    return tuple(
        record_fact(
            fact,
            school=school,
            finding="practice_still_seen",
            requirement=REQUIREMENT,
            method="Kaplan-Meier, log-log limits",
            design="descriptive",
            unit="percent of teachers",
            ci_level=settings.ci_level if fact.ci_low is not None else None,
            sentence=sentence if place == 0 else None,
        )
        for place, fact in enumerate(curves)
    )
