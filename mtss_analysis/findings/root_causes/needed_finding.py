"""What we would need to know: what the data cannot tell of the factors, and what would."""

from collections.abc import Sequence
from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import FRAME, Fact, read_facts
from mtss_analysis.findings.implementation.told import ToldFinding, record_reason
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.root_causes.results import Drill
from mtss_analysis.findings.root_causes.rows import FEW, NOT_RECORDED
from mtss_analysis.findings.root_causes.search import drill_down
from mtss_analysis.findings.root_causes.target import choose_targets
from mtss_analysis.findings.school import name_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Table, join_words, say_number

NAME = "needed"
TITLE = "What we would need to know"
MOST_UNKNOWN_PCT = 10.0
"""From which percent of scores without a category on a factor is called patchy; a convention of this kit."""
TABLES = {
    "staff": "who teaches whom, with years of experience, every year",
    "attendance": "days enrolled and absent of each student, by month",
    "services": "who takes part in which program, with minutes planned and delivered and fidelity",
    "walkthroughs": "what observers saw in lessons",
    "training_attendance": "who was trained in what, and with which follow-up support",
    "surveys": "answers to staff surveys",
}

Need = tuple[str, str]


def find_needed(
    district: District, *, school_id: str, settings: Settings, comparison: Comparison, measure: str = ""
) -> ToldFinding:
    """Find what the school would need to know to say more about causes.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        Declared factors and causes.
    comparison : Comparison
        What is known of implementation in all schools.
    measure : str
        The measure; empty: the most concerning and the most promising trend.

    Returns
    -------
    ToldFinding
        A short list: tables that are missing, factors that are not recorded or that few teachers stand behind,
        combinations of experience and support that nobody is in, teachers whom nobody has observed, and causes that
        nothing in the data could show.
    """
    asked: dict[str, Any] = {"school_id": school_id, "settings": settings, "comparison": comparison}
    school = name_school(district, school_id=school_id)
    drills = drill_down(district, **asked, targets=choose_targets(district, **asked, measure=measure))
    needs = [
        *_miss_tables(district, settings=settings),
        *_miss_categories(drills),
        *_miss_implementation(comparison, district_id=school.district_id),
        *_miss_causes(settings),
    ]
    needs.append(
        (
            "What people in classrooms know",
            "a factor that no table holds cannot be searched for; ask before you conclude",
        )
    )
    things = "thing" if len(needs) == 1 else "things"
    said = (
        f"{say_number(len(needs)).capitalize()} {things} would tell more than the data at hand. None of it can be made "
        f"up for by more analysis. See @tbl-{NAME}."
    )
    table = Table(
        name=NAME,
        caption="What would tell more, and why.",
        columns=(Column(title="What we would need", align="left"), Column(title="Why", align="left")),
        rows=tuple(needs),
    )
    records = [
        record_reason(
            finding="needed", requirement="R13", reason=f"{what}: {why}", sentence=f"{what}: {why}.", school=school
        )
        for what, why in needs[:-1]
    ]
    return ToldFinding(title=TITLE, said=said, listed=table, published=tuple(one for few in records for one in few))


def _miss_tables(district: District, *, settings: Settings) -> list[Need]:
    wanted = {str(factor.table) for factor in settings.factors} - {"enrollments"}
    wanted |= {"walkthroughs", "training_attendance"}
    return [
        (f"The table {name}: {TABLES[name]}", "the district gave no data in it")
        for name in sorted(wanted)
        if not district.has(name)
    ]


def _miss_categories(drills: Sequence[Drill]) -> list[Need]:
    """Say which factors are not recorded, or are so for few teachers only; the same for several trends once."""
    needs: dict[Need, None] = {}
    for drill in drills:
        for one in drill.results:
            label = one.factor.label
            if one.reason == NOT_RECORDED:
                needs[(f"{_capital(label)}, for each {one.factor.level}", "it is not recorded in this school")] = None
            elif one.reason == FEW and one.factor.level != "student":
                why = "one school has too few of them; the comparison across all schools says more"
                needs[(f"More teachers who differ in {label}", why)] = None
            elif one.unknown_pct >= MOST_UNKNOWN_PCT and one.factor.table in ("staff", "enrollments"):
                need = f"{_capital(label)}, where it is not recorded"
                needs[(need, "those left out may differ from those compared")] = None
    return list(needs)


def _miss_implementation(comparison: Comparison, *, district_id: str) -> list[Need]:
    try:
        comparison.frame(FRAME)
    except KeyError:
        return []
    facts = read_facts(comparison, district_id=district_id)
    needs = [_miss_contrast(facts), _miss_observations(facts)]
    return [need for need in needs if need is not None]


def _miss_contrast(facts: Sequence[Fact]) -> Need | None:
    apart = [fact for fact in facts if fact.topic == "overlap" and fact.status == "ok" and fact.text != "apart"]
    if not apart:
        return None
    practices = join_words([name_practice(fact.subject) for fact in apart])
    empty = dict.fromkeys(
        fact.group.split(", ")[0] + " teachers " + fact.group.split(", ")[1]
        for fact in facts
        if fact.topic == "cell" and fact.text == "none" and fact.subject in {one.subject for one in apart}
    )
    why = "there are none, so experience and support cannot be told apart" if empty else "they are very few"
    whom = join_words(list(empty), last="or") if empty else "teachers of any experience with and without support"
    return f"Walkthroughs of {whom}, in {practices}", why


def _miss_observations(facts: Sequence[Fact]) -> Need | None:
    unseen = [fact for fact in facts if fact.topic == "unseen" and fact.status == "ok" and (fact.estimate or 0) > 0]
    if not unseen:
        return None
    practices = join_words([name_practice(fact.subject) for fact in unseen])
    return (
        f"Walkthroughs of trained teachers whom nobody has observed since, in {practices}",
        "they may differ from those who were visited",
    )


def _miss_causes(settings: Settings) -> list[Need]:
    unshown = [cause.label for cause in settings.causes if not cause.shown_by]
    if not unshown:
        return []
    return [(f"Something in the data that would show {join_words(unshown)}", "the run file names nothing that does")]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
