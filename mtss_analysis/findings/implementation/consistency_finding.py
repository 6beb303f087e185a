"""Do the schools of the district do the same: screeners, cut scores, referral codes, instruments, survey scales."""

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact, record_reason
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Table, cannot_say, format_count, join_words, say_number

NAME = "consistency"
TITLE = "Do schools do the same?"
REQUIREMENT = "R21"
METHOD = "what a school does against what most schools of the district do, latest year"


def find_consistency(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say in what the schools of the district differ that should be the same, how much, and which school differs.

    Parameters
    ----------
    district : District
        The school's slice, with the names of all schools.
    school_id : str
        Which school.
    settings : Settings
        Not used but for what is asked in common.
    comparison : Comparison
        What is known of all schools.

    Returns
    -------
    ToldFinding
        The same for all schools of the district but for the school's own part.
    """
    del settings
    school = name_school(district, school_id=school_id)
    facts = pick_facts(read_facts(comparison, district_id=school.district_id, school_id=school_id), topic="consistency")
    whole = [fact for fact in facts if not fact.school_id]
    own = {fact.subject: fact for fact in facts if fact.school_id}
    known = [fact for fact in whole if fact.estimate is not None]
    if not known:
        reason = whole[0].text if whole else "no table can be compared"
        said = cannot_say("whether the district's schools do the same", reason=reason)
        published = record_reason(
            finding="consistency", requirement=REQUIREMENT, reason=reason, sentence=said, school=school, whole=True
        )
        return ToldFinding(title=TITLE, said=said, published=published)
    differing = [fact for fact in known if fact.estimate]
    same = [fact.subject for fact in known if not fact.estimate]
    parts = []
    if same:
        parts.append(f"All schools that can be compared have the same {join_words(same)}.")
    for fact in differing:
        names = [_name(district, school_id=one) for one in fact.text.split("; ")]
        parts.append(
            f"{fact.subject.capitalize()} differ in {say_number(int(fact.estimate or 0))} of {fact.n} schools: "
            f"{join_words(names)}."
        )
    if own:
        parts.append(f"In this school: {'; '.join(fact.text for fact in own.values())}.")
    said = " ".join(parts)
    return ToldFinding(
        title=TITLE,
        said=f"{said} See @tbl-{NAME}.",
        listed=_tabulate(whole, district=district),
        kept_in_mind=(
            "Numbers of schools that count differently cannot be compared: the same incidents under "
            "another code look like "
            "fewer or more.",
        ),
        published=tuple(_record(fact, school=school, sentence=said if fact is known[0] else None) for fact in facts),
    )


def _name(district: District, *, school_id: str) -> str:
    return district.school_name(school_id)


def _tabulate(whole: list[Fact], *, district: District) -> Table:
    rows = []
    for fact in whole:
        if fact.estimate is None:
            rows.append((fact.subject.capitalize(), "–", "–", f"Cannot be compared: {fact.text}"))
            continue
        names = [_name(district, school_id=one) for one in fact.text.split("; ") if one]
        rows.append(
            (
                fact.subject.capitalize(),
                format_count(fact.n),
                format_count(int(fact.estimate)),
                join_words(names) or "none",
            )
        )
    titles = ("What", "Schools compared", "Schools that differ", "Which")
    return Table(
        name=NAME,
        caption="What schools do otherwise than most schools of the district, latest year.",
        columns=tuple(
            Column(title=title, align="right" if place in (1, 2) else "left") for place, title in enumerate(titles)
        ),
        rows=tuple(rows),
    )


def _record(fact: Fact, *, school: School, sentence: str | None) -> Record:
    return record_fact(
        fact,
        school=school,
        finding="consistency",
        requirement=REQUIREMENT,
        measure=None,
        group=fact.subject,
        method=METHOD,
        design="descriptive",
        unit="ways in which the school differs" if fact.school_id else "schools that differ",
        verdict=fact.text or None if fact.estimate is not None else None,
        sentence=sentence,
    )
