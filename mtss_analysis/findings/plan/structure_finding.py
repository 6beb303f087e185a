"""Is the plan complete: who does what, with what support and staff, until when, and who looks at it."""

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.fault_list import (
    record_faults,
    record_missing,
    say_no_plan,
    say_rows,
    tabulate_faults,
)
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.structure_checks import check_structure
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import count_of

NAME = "plan-structure"
TITLE = "Is every action complete?"
FINDING = "plan_structure"
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
        With a table of what is missing and what to do about it.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement="R32", said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    faults = check_structure(plan)
    complete = len(plan.actions) - len({fault.row_id for fault in faults if fault.table == "actions"})
    opening = _open(plan, complete=complete)
    where = (
        f" Something is missing or does not fit in {say_rows(faults, plan=plan)}. See @tbl-{NAME}." if faults else ""
    )
    return ToldFinding(
        title=TITLE,
        said=opening + where,
        short=opening,
        listed=tabulate_faults(
            faults, name=NAME, caption="What is missing from goals and actions, or does not fit together."
        ),
        kept_in_mind=(f"Complete means that an action names {PARTS}.",),
        published=(
            _record(plan, complete=complete, faults=faults, said=opening),
            *record_faults(faults, subject=plan.subject, finding="plan_fault"),
        ),
    )


def _open(plan: Plan, *, complete: int) -> str:
    count = len(plan.actions)
    if not count:
        return f"The plan has {count_of(len(plan.goals), 'goal')} and no action."
    if complete == count:
        return f"The plan has {count_of(count, 'action')}; nothing is missing from {'it' if count == 1 else 'them'}."
    if count == 1:
        return "The plan has one action, which is not complete."
    known = "none is" if not complete else f"{complete} {'is' if complete == 1 else 'are'}"
    return f"Of the {count} actions of the plan, {known} complete."


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
