"""Is the plan complete: who does what, with what support and staff, until when, and who looks at it."""

from collections.abc import Sequence

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.fault_list import (
    record_faults,
    record_missing,
    say_no_plan,
    say_rows,
)
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.structure_checks import check_structure
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Table, say_number

NAME = "plan-structure"
TITLE = "Is every action complete?"
FINDING = "plan_structure"
MOST_NAMED, MOST_PRINTED = 8, 30
COMPLETE = "yes"
COLUMNS = {
    "no_owner": ("Owner", "nobody"),
    "two_owners": ("Owner", "several"),
    "no_lead": ("Leads", "missing"),
    "no_support": ("Support", "missing"),
    "no_resources": ("Staff", "missing"),
    "no_start": ("Dates", "missing"),
    "no_end": ("Dates", "missing"),
    "end_before_start": ("Dates", "end before start"),
    "before_plan": ("Dates", "before the plan"),
    "starts_too_early": ("Dates", "too early"),
    "unknown_dependency": ("Dates", "waits for nothing known"),
    "circular_dependency": ("Dates", "circle"),
    "no_progress_measure": ("Progress", "no measure"),
    "no_check": ("Progress", "no day"),
    "check_before_start": ("Progress", "too early"),
    "check_after_end": ("Progress", "too late"),
    "no_capacity": ("Capacity", "missing"),
    "no_risks": ("Risks", "missing"),
    "no_description": ("Goal", "not described"),
    "no_goal": ("Goal", "none"),
    "unknown_goal": ("Goal", "unknown"),
}
"""For each kind of fault of an action, the column in which it stands and the word for it."""
PARTS = (
    "one position that answers for it, a lead at the district, in the school and among the teachers, what supports "
    "those who carry it out, staff and hours, knowledge that is there and that has to be built, risks, a first and a "
    "last day, and a day on which progress is looked at"
)
__all__ = ["check_structure", "find_structure"]


def find_structure(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:  # noqa: ARG001 - as all
    """Say which actions of a plan are complete, and name what is missing from the others.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Not needed.
    comparison : Comparison
        Not needed.

    Returns
    -------
    ToldFinding
        With a table of what each action says; what to do about what is missing stands in its records.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement="R32", said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    faults = check_structure(plan)
    complete = len(plan.actions) - len({fault.row_id for fault in faults if fault.table == "actions"})
    opening = _open(plan, complete=complete)
    seen = f"See @tbl-{NAME}." if complete < len(plan.actions) else ""
    return ToldFinding(
        title=TITLE,
        said=" ".join(part for part in (opening, _say_where(faults, plan=plan), seen) if part),
        short=opening,
        listed=_tabulate(plan, faults=faults) if complete < len(plan.actions) else None,
        kept_in_mind=(f"Complete means that an action names {PARTS}.",),
        published=(
            _record(plan, complete=complete, faults=faults, said=opening),
            *record_faults(faults, subject=plan.subject, finding="plan_fault"),
        ),
    )


def _open(plan: Plan, *, complete: int) -> str:
    count = len(plan.actions)
    if not count:
        return f"The plan has {say_count_of(len(plan.goals), 'goal')} and no action."
    if count == 1:
        return f"The plan has one action, which is {'complete' if complete else 'not complete'}."
    if complete == count:
        return f"{'Both' if count == 2 else f'All {say_number(count)}'} actions of the plan are complete."
    known = "none is" if not complete else f"{say_number(complete)} {'is' if complete == 1 else 'are'}"
    return f"Of the {say_number(count)} actions of the plan, {known} complete."


def _say_where(faults: Sequence[PlanFault], *, plan: Plan) -> str:
    rows = len({fault.row_id for fault in faults})
    if not rows:
        return ""
    named = say_rows(faults, plan=plan) if rows <= MOST_NAMED else f"{say_number(rows)} goals and actions"
    return f"Something is missing or does not fit in {named}."


def _tabulate(plan: Plan, *, faults: Sequence[PlanFault]) -> Table:
    titles = list(dict.fromkeys(column for column, _ in COLUMNS.values()))
    wrong: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        if fault.table == "actions":
            column, word = COLUMNS[fault.kind]
            wrong.setdefault((fault.row_id, column), []).append(word)
    rows = []
    for action in plan.actions:
        found = [wrong.get((action.action_id, title), [COMPLETE]) for title in titles]
        rows.append((action.action_id, *(", ".join(dict.fromkeys(words)) for words in found)))
    rows.sort(key=lambda row: set(row[1:]) == {COMPLETE})
    lacking = sum(set(row[1:]) != {COMPLETE} for row in rows)
    return Table(
        name=NAME,
        caption="What each action says: yes, or what is missing or does not fit.",
        columns=tuple(Column(title=title) for title in ("Action", *titles)),
        rows=tuple(rows),
        note="Actions that are not printed are complete." if lacking < min(len(rows), MOST_PRINTED) else "",
        printed=min(lacking, MOST_PRINTED) if lacking < len(rows) else MOST_PRINTED,
    )


def _record(plan: Plan, *, complete: int, faults: tuple[PlanFault, ...], said: str) -> Record:
    return Record(
        finding=FINDING,
        requirement="R32",
        district_id=plan.subject.district_id,
        school_id=plan.subject.school_id,
        level=plan.subject.level,
        method="check of the plan",
        design="descriptive",
        estimate=float(complete),
        unit="complete actions",
        n=len(plan.actions),
        verdict="complete" if not faults else "not complete",
        sentence=said,
    )
