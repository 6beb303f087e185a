"""Is it experience or is it support: the warning where the data cannot tell, and the answer where they can."""

from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.breakdown_finding import MARK_NOTE
from mtss_analysis.findings.implementation.facts import Fact, pick_facts, read_facts
from mtss_analysis.findings.implementation.practice_rows import say_teachers
from mtss_analysis.findings.implementation.separation import LESS, MORE, WITH, WITHOUT
from mtss_analysis.findings.implementation.told import ToldFinding, record_fact
from mtss_analysis.findings.implementation.words import NOT_CAUSE, name_practice, say_from
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School, name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Table,
    cannot_say,
    format_count,
    format_estimate,
    join_words,
    likely_between,
    say_number,
)

NAME = "experience-and-support"
TITLE = "Experience or support?"
REQUIREMENT = "R15"
METHOD = "teachers by experience and follow-up support"
EFFECT_METHOD = "least squares: experience, support, after the break and their products with it; CR2 by teacher"
PLAN_METHOD = "two-sided t test of teachers' means at 5 %, 80 % power, intraclass correlation of the data"


def find_separation(district: District, *, school_id: str, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say whether experience and follow-up support can be told apart, and what either goes with or what would tell.

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
        About the practice in which a breakdown is named; where none is, about the first one.
    """
    school = name_school(district, school_id=school_id)
    facts = read_facts(comparison, district_id=school.district_id, school_id=school_id)
    return tell_separation(facts, school=school, settings=settings)


def tell_separation(facts: tuple[Fact, ...], *, school: School, settings: Settings) -> ToldFinding:
    """Say it of what is known of a district; see :func:`find_separation`.

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
    ToldFinding
        One sentence where there is nothing to tell.
    """
    searched = sorted(
        pick_facts(facts, topic="search"), key=lambda fact: (fact.text != "named", fact.p_value or 0.0, fact.subject)
    )
    if not searched:
        reasons = [fact.text for fact in pick_facts(facts, topic="practices")]
        return _decline(reasons[0] if reasons else "no trained practice was observed", school=school)
    found = searched[0]
    overlap = pick_facts(facts, topic="overlap", subject=found.subject)[0]
    if overlap.status != "ok":
        return _decline(overlap.text, school=school)
    cells = pick_facts(facts, topic="cell", subject=found.subject)
    practice = name_practice(found.subject)
    if overlap.text == "apart":
        said = _say_effects(found, facts, practice=practice)
    else:
        said = _say_warning(found, facts, cells=cells, bound=overlap.group, practice=practice)
    table = _tabulate(cells, bound=overlap.group, practice=practice)
    return ToldFinding(
        title=TITLE,
        said=f"{said} See @tbl-{NAME}.",
        short="" if found.text != "named" else said.split(" To tell")[0],
        listed=table,
        kept_in_mind=(
            "Support means coaching or support in the classroom after the training. Who gets it was not drawn by lot "
            "unless the district says so.",
            NOT_CAUSE,
        ),
        published=tuple(_record(found, overlap, facts, school=school, settings=settings, sentence=said)),
    )


def _decline(reason: str, *, school: School) -> ToldFinding:
    said = cannot_say("whether experience and follow-up support can be told apart", reason=reason)
    record = Record(
        finding="experience_support_overlap",
        requirement=REQUIREMENT,
        district_id=school.district_id,
        school_id=None,
        level="district",
        method=METHOD,
        design="association",
        status="not_estimable",
        reason=reason,
        sentence=said,
    )
    return ToldFinding(title=TITLE, said=said, published=(record,))


def _names(bound: str) -> dict[str, str]:
    return {MORE: say_teachers(f"{bound}+"), LESS: say_teachers(f"<{bound}")}


def _say_warning(found: Fact, facts: tuple[Fact, ...], *, cells: list[Fact], bound: str, practice: str) -> str:
    names = _names(bound)
    empty = [tuple(fact.group.split(", ")) for fact in cells if fact.text == "none"]
    thin = [tuple(fact.group.split(", ")) for fact in cells if fact.text != "none" and "or more" not in fact.text]
    parts = []
    for experience, support in empty:
        if support == WITHOUT:
            parts.append(f"all observed {names[experience]} had follow-up support")
        else:
            parts.append(f"none of the {names[experience]} had follow-up support")
    for experience, support in thin:
        parts.append(f"very few {names[experience]} were {support}")
    stated = join_words(parts) or "hardly any teachers stand in some combination of experience and support"
    said = (
        f"For {practice}, {stated}, so experience and support cannot be separated: whatever goes "
        "with the one goes with "
        "the other."
    )
    return said + _say_plan(found, facts, names=names)


def _say_plan(found: Fact, facts: tuple[Fact, ...], *, names: dict[str, str]) -> str:
    plans = [fact for fact in pick_facts(facts, topic="plan", subject=found.subject) if fact.estimate is not None]
    if not plans:
        return ""
    first = plans[0].group
    sizes = {fact.part: fact for fact in plans if fact.group == first}
    experience, support = first.split(", ")
    whole, half = sizes.get("whole"), sizes.get("half")
    if whole is None or whole.estimate is None:
        return ""
    given = "follow-up support to" if support == WITH else "the training without follow-up support to"
    visits = say_number(int(whole.n or 0))
    also = (
        f"; with {say_number(int(half.estimate))} of them also if it goes with half of it"
        if half and half.estimate
        else ""
    )
    return (
        f" To tell, give {given} {say_number(int(whole.estimate))} of the {names[experience]}, "
        "chosen by lot, and visit "
        f"each of them {visits} times {say_from(int(found.part))} after training: if the whole drop goes with support, "
        f"that would show it in 80 of 100 cases{also}."
    )


def _say_effects(found: Fact, facts: tuple[Fact, ...], *, practice: str) -> str:
    effects = {fact.part: fact for fact in pick_facts(facts, topic="effect", subject=found.subject)}
    if found.text != "named" or not effects:
        return (
            f"For {practice}, teachers of more and of less experience are found with and without follow-up support, so "
            "the two could be told apart; there is no drop to explain."
        )
    whole = {
        "support": "With the same experience, the drop is {size} points larger without follow-up support than with it "
        "({range})",
        "experience": "With the same support, it is {size} points larger among the more experienced teachers ({range})",
    }
    said = [f"For {practice}, experience and support can be told apart."]
    for part, words in whole.items():
        fact = effects.get(part)
        if fact is None or fact.estimate is None:
            said.append(f"What goes with {part} cannot be estimated.")
            continue
        size = format_estimate(fact.estimate, low=fact.ci_low, high=fact.ci_high)
        sentence = words.format(size=size, range=likely_between(low=fact.ci_low, high=fact.ci_high))
        unclear = (fact.ci_low or 0.0) <= 0 <= (fact.ci_high or 0.0)
        said.append(sentence + ("; that cannot be told apart from noise." if unclear else "."))
    return " ".join(said)


def _tabulate(cells: list[Fact], *, bound: str, practice: str) -> Table:
    names = _names(bound)
    by_cell = {fact.group: fact for fact in cells}
    rows = []
    for experience in (LESS, MORE):
        shown = [_write(by_cell[f"{experience}, {support}"]) for support in (WITH, WITHOUT)]
        rows.append((names[experience].capitalize(), *shown))
    hidden = any(fact.status == "withheld" for fact in cells)
    return Table(
        name=NAME,
        caption=(
            f"Teachers observed after their training in {practice}, by experience and follow-up "
            "support, all schools of the district."
        ),
        columns=(
            Column(title="Teachers"),
            Column(title="With follow-up support", align="right"),
            Column(title="Without", align="right"),
        ),
        rows=tuple(rows),
        note=MARK_NOTE.replace("† withheld", "Numbers given in words only") if hidden else "",
    )


def _write(fact: Fact) -> str:
    if fact.estimate is None:
        return fact.text
    return format_count(int(fact.estimate)) if fact.estimate else "none"


def _record(
    found: Fact, overlap: Fact, facts: tuple[Fact, ...], *, school: School, settings: Settings, sentence: str
) -> list[Record]:
    keys: dict[str, Any] = {"school": school, "requirement": REQUIREMENT}
    records = [
        record_fact(
            overlap,
            finding="experience_support_overlap",
            method=METHOD,
            design="association",
            status="not_estimable",
            verdict=overlap.text,
            group=f"{overlap.group} years",
            sentence=sentence,
            reason="a verdict, not a number",
            **keys,
        )
    ]
    for fact in facts:
        if fact.subject != found.subject:
            continue
        if fact.topic == "cell":
            records.append(
                record_fact(
                    fact,
                    finding="teachers_by_experience_and_support",
                    method=METHOD,
                    design="descriptive",
                    unit="teachers",
                    verdict=fact.text,
                    reason=None if fact.estimate is not None else fact.text,
                    **keys,
                )
            )
        elif fact.topic == "effect":
            records.append(
                record_fact(
                    fact,
                    finding="drop_difference",
                    method=EFFECT_METHOD,
                    design="association",
                    unit="percentage points",
                    ci_level=settings.ci_level,
                    **keys,
                )
            )
        elif fact.topic == "plan":
            records.append(
                record_fact(
                    fact,
                    finding="missing_contrast",
                    method=PLAN_METHOD,
                    design="plan",
                    unit="teachers",
                    n=None,
                    verdict=f"{fact.n} visits each" if fact.n else None,
                    **keys,
                )
            )
    return records
