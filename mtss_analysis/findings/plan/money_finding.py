"""What the plan costs, where the money comes from, what is missing, and what a student and an effect cost."""

from collections.abc import Sequence

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.action_money import ActionMoney, count_money
from mtss_analysis.findings.plan.fault_list import record_faults, record_missing, say_no_plan
from mtss_analysis.findings.plan.money_checks import REQUIREMENT, check_money, format_dollars
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    NOT_ESTIMABLE,
    Column,
    Table,
    format_count,
    join_words,
    say_number,
)

NAME = "plan-money"
TITLE = "What does it cost, and is the money there?"
FINDING = "plan_cost"
NOT_COMPUTED = "not computed"
PRINTED = 25

__all__ = ["check_money", "find_money"]


def find_money(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say what the actions of a plan cost, what is secured, and what a student and an effect cost.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Confidence level.
    comparison : Comparison
        With the frames ``plan_reach``, ``questions`` and ``designs``.

    Returns
    -------
    ToldFinding
        With a table of cost, source and gap by action.
    """
    if not plan.actions:
        said = say_no_plan(plan.subject) if plan.is_empty else "The plan has no action that would cost money."
        published = record_missing(subject=plan.subject, finding=FINDING, requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    monies = tuple(count_money(action, plan=plan, settings=settings, comparison=comparison) for action in plan.actions)
    faults = check_money(plan)
    short = _open(monies)
    wrong = [fault for fault in faults if fault.kind in {"negative_money", "no_cost", "no_funding_source"}]
    parts = [short, *(f"{fault.said} {fault.mend}" for fault in wrong), *_say_per_student(monies), _say_effects(monies)]
    return ToldFinding(
        title=TITLE,
        said=f"{' '.join(part for part in parts if part)} See @tbl-{NAME}.",
        short=short,
        listed=_tabulate(monies),
        kept_in_mind=_CAVEATS,
        published=(
            *_record(monies, plan=plan, settings=settings, said=short),
            *record_faults(faults, subject=plan.subject, finding="plan_fault"),
        ),
    )


_CAVEATS = (
    "Costs are those of the plan, over the whole action and without staff; the hours of staff stand in the section on "
    "what can be done at once.",
    "Students reached are all who are enrolled in the grades of the goal, in the schools of the action; where fewer "
    "take part, each costs more.",
)


def _open(monies: Sequence[ActionMoney]) -> str:
    known = [one for one in monies if one.action.cost is not None and one.action.cost >= 0]
    total = sum(one.action.cost or 0.0 for one in known)
    short = [one for one in monies if one.gap > 0]
    of_all = "" if len(known) == len(monies) else f" of {say_number(len(monies))} whose cost can be read"
    opening = f"The plan costs {format_dollars(total)} in {say_count_of(len(known), 'action')}{of_all}"
    if not known:
        return "No action of the plan says what it costs."
    if not short:
        return f"{opening}, and the money is secured."
    gaps = join_words([f"{one.action.action_id} ({format_dollars(one.gap)})" for one in short])
    return f"{opening}; {format_dollars(sum(one.gap for one in short))} of it is missing, in {gaps}."


def _say_per_student(monies: Sequence[ActionMoney]) -> list[str]:
    known = sorted((one.per_student, one.action.action_id) for one in monies if one.per_student is not None)
    if not known:
        return []
    if len(known) == 1:
        return [f"That is {_cents(known[0][0])} for each student reached."]
    (low, cheap), (high, dear) = known[0], known[-1]
    return [f"For each student reached that is between {_cents(low)} ({cheap}) and {_cents(high)} ({dear})."]


def _say_effects(monies: Sequence[ActionMoney]) -> str:
    known = [one for one in monies if one.per_effect is not None]
    if not known:
        reasons = dict.fromkeys(one.reason for one in monies)
        if list(reasons) == ["it introduces no intervention whose effect the run asks about"]:
            return (
                "What a unit of effect costs is not computed: no action introduces an intervention whose effect the "
                "run asks about."
            )
        listed = "; ".join(f"{one.action.action_id}: {one.reason}" for one in monies if one.action.intervention_id)
        return f"What a unit of effect costs is not computed ({listed})."
    said = " ".join(
        f"A standard deviation of effect costs {format_dollars(one.per_effect.estimate)} for a student by "
        f"{one.action.action_id}, likely between {format_dollars(one.per_effect.ci_low)} and "
        f"{format_dollars(one.per_effect.ci_high)}."
        for one in known
        if one.per_effect is not None
    )
    return " ".join([said, *dict.fromkeys(one.here for one in known if one.here)])


def _tabulate(monies: Sequence[ActionMoney]) -> Table:
    rows = [
        (
            one.action.action_id,
            format_dollars(one.action.cost),
            format_dollars(one.gap) if one.gap else "",
            "; ".join(one.action.funding_source) or NOT_ESTIMABLE,
            WITHHELD_MARK if one.reach.withheld else format_count(one.reach.n),
            _write_per_student(one),
            _write_per_effect(one),
        )
        for one in monies
    ]
    titles = ("Action", "Cost", "Missing", "Source", "Students reached", "For each student", "For an SD of effect")
    return Table(
        name=NAME,
        caption="What each action costs over its whole time, what is missing, and what it costs for each student.",
        columns=tuple(
            Column(title=title, align="right" if place in {1, 2, 4, 5} else "left")
            for place, title in enumerate(titles)
        ),
        rows=tuple(rows),
        note=_explain(rows),
        printed=PRINTED if len(rows) > PRINTED else None,
    )


def _explain(rows: Sequence[Sequence[str]]) -> str:
    marks = {
        NOT_COMPUTED: f"{NOT_COMPUTED}: the action introduces no intervention whose effect could be graded.",
        NOT_ESTIMABLE: f"{NOT_ESTIMABLE} not given.",
        WITHHELD_MARK: f"{WITHHELD_MARK} too few students to print.",
    }
    return " ".join(words for mark, words in marks.items() if any(mark in row for row in rows))


def _write_per_student(one: ActionMoney) -> str:
    if one.reach.withheld:
        return WITHHELD_MARK
    return NOT_ESTIMABLE if one.per_student is None else _cents(one.per_student)


def _write_per_effect(one: ActionMoney) -> str:
    if one.per_effect is None:
        return NOT_COMPUTED
    low, high = format_dollars(one.per_effect.ci_low), format_dollars(one.per_effect.ci_high)
    return f"{format_dollars(one.per_effect.estimate)} ({low} to {high})"


def _cents(dollars: float) -> str:
    return f"${dollars:,.2f}" if dollars < 100 else format_dollars(dollars)


def _record(monies: Sequence[ActionMoney], *, plan: Plan, settings: Settings, said: str) -> list[Record]:
    subject = plan.subject
    keys = {
        "requirement": REQUIREMENT, "district_id": subject.district_id, "school_id": subject.school_id,
        "level": subject.level, "design": "descriptive",
    }  # fmt: skip
    known = [one.action.cost for one in monies if one.action.cost is not None and one.action.cost >= 0]
    records = [
        Record(
            **keys, finding=FINDING, method="sum over the actions", unit="US dollars",  # type: ignore[arg-type]
            estimate=float(sum(known)) if known else None, status="ok" if known else "not_estimable",
            reason=None if known else "no action says what it costs", sentence=said,
        ),
        Record(
            **keys, finding="plan_funding_gap", method="cost less what is secured, sum over the actions",  # type: ignore[arg-type]
            unit="US dollars", estimate=sum(one.gap for one in monies),
            verdict="missing" if any(one.gap for one in monies) else "secured",
        ),
    ]  # fmt: skip
    for one in monies:
        value = one.per_student
        status = "withheld" if one.reach.withheld else "ok" if value is not None else "not_estimable"
        records.append(
            Record(
                **keys, finding="action_cost_per_student", group=one.action.action_id, unit="US dollars per student",  # type: ignore[arg-type]
                method="cost of the action over the students it reaches", estimate=value if status == "ok" else None,
                n=one.reach.n if status == "ok" else None, status=status,  # type: ignore[arg-type]
                reason=None if status == "ok" else one.reach.reason or "the cost is not given",
            )
        )  # fmt: skip
        if one.action.intervention_id:
            per = one.per_effect
            records.append(
                Record(
                    **keys, finding="action_cost_per_effect", group=one.action.action_id,  # type: ignore[arg-type]
                    method="cost for a student over effect size, Fieller's interval", unit="US dollars per student SD",
                    estimate=None if per is None else per.estimate, ci_low=None if per is None else per.ci_low,
                    ci_high=None if per is None else per.ci_high, ci_level=None if per is None else settings.ci_level,
                    status="ok" if per is not None else "not_estimable",
                    reason=None if per is not None else f"{NOT_COMPUTED}: {one.reason}",
                )
            )  # fmt: skip
    return records
