"""Whether coaching goes with fidelity, and caseload with fewer returns to Tier 1."""

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact, record_reason
from mtss_analysis.findings.implementation.words import NOT_CAUSE, name_practice
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Table,
    cannot_say,
    format_estimate,
    format_number,
    format_school_year,
    format_signed,
    format_with_interval,
    likely_between,
)

CASELOAD, COACHING = "caseload", "coaching"


def find_coaching(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say whether more coaching goes with more of the coached practice, and with a school's change in fidelity.

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
        Over all schools of the district, with the school's own hours.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    doses = pick_facts(facts, topic="coaching")
    hours = pick_facts(facts, topic="hours")
    title = "Does coaching go with fidelity?"
    known = [fact for fact in doses if fact.estimate is not None]
    if not known:
        reason = doses[0].text if doses else "no coaching is recorded"
        said = cannot_say("whether coaching goes with fidelity", reason=reason)
        published = record_reason(
            finding="coaching_dose", requirement="R23", reason=reason, sentence=said, school=school, whole=True
        )
        return ToldFinding(title=title, said=said, published=published)
    parts = [_say_dose(fact) for fact in doses]
    own = next((fact for fact in hours if fact.school_id), None)
    whole = next((fact for fact in hours if not fact.school_id), None)
    if own is not None and own.estimate is not None and whole is not None:
        parts.append(
            f"In {format_school_year(own.part)} this school had "
            f"{format_number(own.estimate, decimals=1)} hours of coaching a "
            f"teacher, the median school {format_number(whole.estimate, decimals=1)}."
        )
    said = " ".join(parts)
    rows = [
        (_name_dose(fact), format_with_interval(fact.estimate, low=fact.ci_low, high=fact.ci_high, signed=True))
        for fact in known
    ]
    return ToldFinding(
        title=title,
        said=f"{said} See @tbl-{COACHING}.",
        listed=Table(
            name=COACHING,
            caption=(
                "What goes with an hour of coaching, percentage points (likely range), all schools of the district."
            ),
            columns=(Column(title="What"), Column(title="Points an hour", align="right")),
            rows=tuple(rows),
        ),
        kept_in_mind=(
            "Schools and teachers with more coaching may differ from others in what else they do.",
            NOT_CAUSE,
        ),
        published=tuple(
            _record_dose(fact, school=school, settings=settings, sentence=said if fact is known[0] else None)
            for fact in (*doses, *hours)
        ),
    )


def _name_dose(fact: Fact) -> str:
    if fact.group == "schools":
        return "Fidelity of the school, change over the year, an hour a teacher"
    return f"{name_practice(fact.subject).capitalize()}, the same teachers before and after"


def _say_dose(fact: Fact) -> str:
    what = (
        "a larger rise in the school's fidelity over the year"
        if fact.group == "schools"
        else f"more {name_practice(fact.subject)} in the same teachers"
    )
    if fact.estimate is None or fact.ci_low is None or fact.ci_high is None:
        return cannot_say(f"whether coaching goes with {what}", reason=fact.text)
    unit = "hour a teacher" if fact.group == "schools" else "hour"
    if fact.ci_low <= 0 <= fact.ci_high:
        within = likely_between(low=fact.ci_low, high=fact.ci_high)
        return f"Whether coaching goes with {what} cannot be told apart from noise ({within} points an {unit})."
    size = format_signed(fact.estimate, low=fact.ci_low, high=fact.ci_high)
    way = what if fact.estimate > 0 else what.replace("larger rise", "smaller rise").replace("more ", "less ", 1)
    return (
        f"An {unit} of coaching goes with {way}: {size} points ({likely_between(low=fact.ci_low, high=fact.ci_high)})."
    )


def _record_dose(fact: Fact, *, school: School, settings: Settings, sentence: str | None) -> Record:
    is_dose = fact.topic == "coaching"
    methods = {
        "teachers": "within teachers, weeks since training held constant; CR2 by teacher",
        "schools": "least squares over schools, CR2",
    }
    return record_fact(
        fact,
        school=school,
        finding="coaching_dose" if is_dose else "coaching_hours",
        requirement="R23",
        method=methods.get(fact.group, "minutes over teachers"),
        design="association" if is_dose else "descriptive",
        unit="percentage points an hour" if is_dose else "hours a teacher",
        ci_level=settings.ci_level if fact.ci_low is not None else None,
        sentence=sentence,
    )


def find_caseload(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say how many students an interventionist has here, and whether more of them goes with fewer returns to Tier 1.

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
        The school beside the median of the district's.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    topics = ("caseload", "return", "needed", "slope")
    of_topic = {topic: pick_facts(facts, topic=topic) for topic in topics}
    title = "Are there enough hands?"
    slope = of_topic["slope"][0] if of_topic["slope"] else None
    own = next((fact for fact in of_topic["caseload"] if fact.school_id), None)
    whole = next((fact for fact in of_topic["caseload"] if not fact.school_id and fact.estimate is not None), None)
    if slope is None or (own is None and slope.estimate is None):
        refused = [fact.text for fact in (*of_topic["caseload"], *of_topic["slope"]) if fact.text]
        reason = refused[0] if refused else "too few students are in Tier 2 or 3 to print a number"
        said = cannot_say("whether there are enough interventionists", reason=reason)
        published = record_reason(finding="caseload", requirement="R24", reason=reason, sentence=said, school=school)
        return ToldFinding(title=title, said=said, published=published)
    parts = [_say_own(own, whole, of_topic), _say_slope(slope)]
    said = " ".join(part for part in parts if part)
    rows = []
    for label, is_own in ((school.school_name, True), ("Median school of the district", False)):
        cells = []
        for topic, decimals in (("caseload", 0), ("return", 1), ("needed", 1)):
            found = next((fact for fact in of_topic[topic] if bool(fact.school_id) == is_own), None)
            value = found.estimate if found is not None else None
            cells.append("–" if value is None else format_number(value, decimals=decimals, signed=topic == "needed"))
        rows.append((label, *cells))
    titles = (
        "Where",
        "Students for each full-time interventionist",
        "Returns to Tier 1 for 100 months of support",
        "Positions more or fewer for the median caseload",
    )
    return ToldFinding(
        title=title,
        said=f"{said} See @tbl-{CASELOAD}.",
        listed=Table(
            name=CASELOAD,
            caption=(
                "Students in Tier 2 or 3 at a time for each full-time interventionist, and how many return to Tier 1."
            ),
            columns=tuple(Column(title=name, align="right" if place else "left") for place, name in enumerate(titles)),
            rows=tuple(rows),
            note="– too few students to print, or not known.",
        ),
        kept_in_mind=(
            "A student in Tier 2 in two domains counts once. Schools with higher caseloads may serve "
            "students with greater "
            "needs, who return less often for that reason.",
        ),
        published=tuple(
            record_fact(
                fact,
                school=school,
                finding=NAMES[fact.topic],
                requirement="R24",
                school_year=fact.part or None,
                group=None,
                method="spells over months in support"
                if fact.topic != "slope"
                else "least squares over schools and years, CR2 by school",
                design="association" if fact.topic == "slope" else "descriptive",
                unit=UNITS[fact.topic],
                ci_level=settings.ci_level if fact.ci_low is not None else None,
                sentence=said if fact is slope else None,
            )
            for topic in topics
            for fact in of_topic[topic]
        ),
    )


NAMES = {
    "caseload": "caseload",
    "return": "return_to_tier_1",
    "needed": "positions_to_median_caseload",
    "slope": "return_by_caseload",
}
UNITS = {
    "caseload": "students for each full-time position",
    "return": "returns for 100 months of support",
    "needed": "full-time positions",
    "slope": "returns for 100 months of support, ten students more",
}


def _say_own(own: Fact | None, whole: Fact | None, of_topic: dict[str, list[Fact]]) -> str:
    if own is None or own.estimate is None:
        return "This school has too few students in Tier 2 or 3, or no interventionist, to print a number of its own."
    beside = f", in the median school of the district {format_number(whole.estimate, decimals=0)}" if whole else ""
    said = (
        f"In {format_school_year(own.part)}, a full-time interventionist of this school had "
        f"{format_number(own.estimate, decimals=0)} students in Tier 2 or 3 at a time{beside}."
    )
    needed = next((fact for fact in of_topic["needed"] if fact.school_id and fact.estimate is not None), None)
    if needed is not None and abs(needed.estimate or 0.0) >= 0.1:
        size = format_number(abs(needed.estimate or 0.0), decimals=1)
        said += (
            f" With the median caseload it would have {size} positions "
            f"{'more' if (needed.estimate or 0) > 0 else 'fewer'}."
        )
    return said


def _say_slope(slope: Fact) -> str:
    question = "whether a higher caseload goes with fewer returns to Tier 1"
    if slope.estimate is None or slope.ci_low is None or slope.ci_high is None:
        return cannot_say(question, reason=slope.text)
    within = likely_between(low=slope.ci_low, high=slope.ci_high)
    if slope.ci_low <= 0 <= slope.ci_high:
        return f"Over all schools, {question} cannot be told apart from noise (a change {within})."
    size = format_estimate(abs(slope.estimate), low=slope.ci_low, high=slope.ci_high)
    way = "fewer" if slope.estimate < 0 else "more"
    return (
        f"Over all schools and years, ten students more for each interventionist go with {size} "
        f"{way} returns to Tier 1 for 100 "
        f"months of support (a change {within})."
    )
