"""What runs already: what to keep, streamline or retire, what that frees, and what is not known well enough."""

from collections.abc import Sequence
from dataclasses import replace

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.fault_list import record_missing
from mtss_analysis.findings.plan.initiative_tests import LEAST_OTHERS, name_initiative
from mtss_analysis.findings.plan.initiative_verdicts import (
    REQUIREMENT,
    Verdict,
    VerdictWord,
    by_word,
    check_initiatives,
    judge_initiatives,
    say_what_to_do,
)
from mtss_analysis.findings.plan.money_checks import format_dollars
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Table, count_of, format_count, join_words, say_number

NAME = "plan-initiatives"
TITLE = "What could be let go?"
FINDING = "initiative_verdict"
WORDS: tuple[VerdictWord, ...] = ("retire", "streamline", "not enough evidence", "keep")
MOST_NAMED = 6

__all__ = ["check_initiatives", "find_initiatives", "judge_initiatives"]


def find_initiatives(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say which of the initiatives that run already to keep, streamline or retire, and what that frees.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Criteria of fidelity and staff time, false-discovery rate.
    comparison : Comparison
        With the frames ``questions``, ``designs``, ``delivery``, ``implementation`` and ``plan_days``.

    Returns
    -------
    ToldFinding
        With a table of the four tests by initiative. A school's own initiatives; the district's are judged in its plan.
    """
    verdicts = judge_initiatives(plan, settings=settings, comparison=comparison)
    if not verdicts:
        said = _say_none(plan)
        missing = record_missing(subject=plan.subject, finding=FINDING, requirement=REQUIREMENT, said=said)
        published = tuple(replace(record, reason="no initiative of its own is listed") for record in missing)
        return ToldFinding(title=TITLE, said=said, short="", published=published)
    short = _open(verdicts)
    parts = [short, *_say_freed(verdicts)]
    return ToldFinding(
        title=TITLE,
        said=f"{' '.join(parts)} See @tbl-{NAME}.",
        short=short,
        listed=_tabulate(verdicts),
        kept_in_mind=_list_caveats(settings),
        published=tuple(
            _record(verdict, plan=plan, said=short if place == 0 else None) for place, verdict in enumerate(verdicts)
        ),
    )


def _say_none(plan: Plan) -> str:
    if plan.subject.school_id is None:
        return "The data hold no list of what the district runs already, so nothing can be said about what to let go."
    if plan.initiatives:
        return (
            "This school runs no initiative of its own; the "
            f"{count_of(len(plan.initiatives), 'initiative')} of the district are judged in the district's plan."
        )
    return "The data hold no list of what this school runs already, so nothing can be said about what to let go."


def _open(verdicts: Sequence[Verdict]) -> str:
    said = []
    for word in WORDS:
        mine = by_word(verdicts, word)
        if not mine:
            continue
        what = {
            "retire": "should be retired",
            "streamline": "should be streamlined",
            "not enough evidence": "cannot be judged yet for want of evidence",
            "keep": "should be kept",
        }[word]
        said.append(f"{say_number(len(mine))} {what} ({_name(mine)})")
    count = f"{len(verdicts)} initiatives" if len(verdicts) > 12 else say_count_of(len(verdicts), "initiative")
    return f"Of {count} that {'runs' if len(verdicts) == 1 else 'run'}, {join_words(said)}."


def _name(verdicts: Sequence[Verdict]) -> str:
    names = [name_initiative(verdict.initiative) for verdict in verdicts]
    if len(names) <= MOST_NAMED:
        return join_words(names)
    return f"{', '.join(names[: MOST_NAMED - 1])} and {say_number(len(names) - MOST_NAMED + 1)} others"


def _say_freed(verdicts: Sequence[Verdict]) -> list[str]:
    dollars = sum(verdict.dollars or 0.0 for verdict in verdicts)
    hours: dict[str, float] = {}
    for verdict in verdicts:
        role = (verdict.initiative.staff_role or "staff").replace("_", " ")
        if verdict.hours:
            hours[role] = hours.get(role, 0.0) + verdict.hours
    freed = [f"{format_dollars(dollars)} a year"] if dollars else []
    freed += [
        f"{format_count(round(total))} hours a year in the role of {role}" for role, total in sorted(hours.items())
    ]
    return [f"That would free {join_words(freed)}."] if freed else []


def _tabulate(verdicts: Sequence[Verdict]) -> Table:
    rows = [
        (
            name_initiative(verdict.initiative),
            verdict.word,
            *(test.short for test in verdict.tests[1:]),
            format_dollars(verdict.initiative.cost_per_year),
            _tell(verdict),
        )
        for word in WORDS
        for verdict in by_word(verdicts, word)
    ]
    titles = (
        "Initiative", "Verdict", "Effect (SD)", "Fidelity", "Staff time", "Cost a year", "Why",
    )  # fmt: skip
    return Table(
        name=NAME,
        caption="What runs already, put to four tests: redundant, no effect, low fidelity, staff time.",
        columns=tuple(
            Column(title=title, align="right" if place in {4, 5} else "left") for place, title in enumerate(titles)
        ),
        rows=tuple(rows),
        note="Fidelity by the records of delivery (data), lessons observed (lessons) or the plan's own word (plan). "
        "Staff time: hours a week for 100 students.",
    )


def _tell(verdict: Verdict) -> str:
    """Tell why, what to do, and what it frees."""
    freed = [] if not verdict.dollars else [format_dollars(verdict.dollars)]
    freed += [] if not verdict.hours else [f"{format_count(round(verdict.hours))} hours"]
    parts = [verdict.why]
    parts += [say_what_to_do(verdict, test=verdict.failed[0].test)] if verdict.failed else []
    parts += [f"That frees {join_words(freed)} a year."] if freed else []
    return " ".join(parts)


def _list_caveats(settings: Settings) -> tuple[str, ...]:
    return (
        "Not enough evidence is no verdict against an initiative: that no effect is shown is not that there is none.",
        f"Staff time speaks against an initiative that takes {settings.plan.staff_time_times:g} times the median "
        f"hours per student of the others of its domain and tier, where there are {LEAST_OTHERS} others or more; "
        f"fidelity below {settings.implementation.fidelity_criterion_pct:.0f}% is low. An effect is judged by its own "
        "design, with its whole interval.",
        "Money and hours freed are those the plan gives; what ends does not always end its cost in the same year.",
    )


def _record(verdict: Verdict, *, plan: Plan, said: str | None) -> Record:
    subject = plan.subject
    return Record(
        finding=FINDING,
        requirement=REQUIREMENT,
        district_id=subject.district_id,
        school_id=subject.school_id,
        level=subject.level,
        domain=verdict.initiative.domain,
        group=verdict.initiative.initiative_id,
        method="four tests: " + ", ".join(f"{test.test} {test.outcome}" for test in verdict.tests),
        design="descriptive",
        estimate=verdict.dollars,
        unit="US dollars freed a year" if verdict.dollars is not None else None,
        verdict=verdict.word,
        reason=verdict.why,
        sentence=said,
    )
