"""What the actions bring forth: concrete, verifiable, due on a day on which it can be handed in, and handed in."""

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.deliverable_checks import (
    REQUIREMENT,
    check_deliverables,
    is_open,
    is_overdue,
)
from mtss_analysis.findings.plan.fault_list import record_faults, record_missing, say_no_plan
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.plan_calendar import PlanCalendar, open_calendar
from mtss_analysis.findings.plan.rows import Deliverable
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import NOT_ESTIMABLE, Column, Table, join_words, name_day, say_number

NAME = "plan-deliverables"
TITLE = "What will be there in the end?"
FINDING = "deliverables_sound"
PRINTED = 25

__all__ = ["check_deliverables", "find_deliverables"]


def find_deliverables(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:  # noqa: ARG001 - as all
    """Say which deliverables of a plan can be verified, which have a date that cannot be kept, and which are overdue.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Not needed.
    comparison : Comparison
        With the frame ``plan_days``.

    Returns
    -------
    ToldFinding
        With a table of all deliverables and what is wrong; what to do stands in its records.
    """
    if plan.is_empty and not plan.deliverables:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    faults = check_deliverables(plan, comparison=comparison)
    calendar = open_calendar(comparison, subject=plan.subject)
    short = _open(plan, faults=faults)
    table = _tabulate(plan, faults=faults, calendar=calendar)
    parts = [short, *_say_kinds(faults), *_say_overdue(plan, calendar=calendar)]
    if table is not None:
        parts.append(f"See @tbl-{NAME}.")
    return ToldFinding(
        title=TITLE,
        said=" ".join(parts),
        short=short,
        listed=table,
        kept_in_mind=tuple(_list_caveats(plan, calendar=calendar)),
        published=(
            _record(plan, faults=faults, said=short),
            *record_faults(faults, subject=plan.subject, finding="plan_fault"),
        ),
    )


def _sound(plan: Plan, faults: tuple[PlanFault, ...]) -> int:
    wrong = {fault.row_id for fault in faults if fault.table == "deliverables"}
    return sum(one.deliverable_id not in wrong for one in plan.deliverables)


def _open(plan: Plan, *, faults: tuple[PlanFault, ...]) -> str:
    count = len(plan.deliverables)
    if not count:
        return "No action of the plan names anything that it brings forth."
    if not faults:
        return (
            f"{say_count_of(count, 'deliverable').capitalize()} can be verified and "
            f"{'is' if count == 1 else 'are'} due on {'a day' if count == 1 else 'days'} that can be kept."
        )
    if count == 1:
        if _sound(plan, faults):
            return "The one deliverable of the plan can be verified and handed in as planned."
        return "The one deliverable of the plan cannot be verified and handed in as planned."
    sound = say_number(_sound(plan, faults)).replace("no", "none")
    return f"Of {say_count_of(count, 'deliverable')}, {sound} can be verified and handed in as planned."


def _say_kinds(faults: tuple[PlanFault, ...]) -> list[str]:
    """Say the first fault of the kinds that matter most, and name the rows of the rest."""
    told = []
    for kind in ("attendance_only", "no_deliverable"):
        first = next((fault for fault in faults if fault.kind == kind), None)
        if first is not None:
            told += [first.said, first.mend]
    rest = [fault.row_id for fault in faults if fault.kind not in {"attendance_only", "no_deliverable", "overdue"}]
    if rest:
        told.append(f"Evidence, action or date must be mended in {join_words(list(dict.fromkeys(rest)))}.")
    return told


def _say_overdue(plan: Plan, *, calendar: PlanCalendar) -> list[str]:
    late = [one.deliverable_id for one in plan.deliverables if is_overdue(one, today=calendar.today)]
    if not late or calendar.today is None:
        return []
    are = "is" if len(late) == 1 else "are"
    return [f"By {name_day(calendar.today)}, the newest date in the data, {join_words(late)} {are} overdue."]


def _tabulate(plan: Plan, *, faults: tuple[PlanFault, ...], calendar: PlanCalendar) -> Table | None:
    missing = [fault for fault in faults if fault.table == "actions"]
    if not plan.deliverables and not missing:
        return None
    rows = [_write_row(one, faults=faults, calendar=calendar) for one in plan.deliverables]
    dashes = (NOT_ESTIMABLE,) * 3
    rows += [(f"none of {fault.row_id}", *dashes, fault.said) for fault in missing]
    rows.sort(key=lambda row: not row[-1])
    titles = ["Row", "What it is", "Evidence", "Due", "What does not fit"]
    if not any(row[-1] for row in rows):
        titles, rows = titles[:-1], [row[:-1] for row in rows]
    return Table(
        name=NAME,
        caption="What the actions bring forth, what shows it, and when; those to mend first.",
        columns=tuple(Column(title=title) for title in titles),
        rows=tuple(rows),
        printed=PRINTED if len(rows) > PRINTED else None,
    )


def _write_row(one: Deliverable, *, faults: tuple[PlanFault, ...], calendar: PlanCalendar) -> tuple[str, ...]:
    mine = [fault for fault in faults if fault.table == "deliverables" and fault.row_id == one.deliverable_id]
    due = NOT_ESTIMABLE if one.due_date is None else name_day(one.due_date)
    return (
        f"{one.deliverable_id} of {one.action_id}" if one.action_id else one.deliverable_id,
        one.description or NOT_ESTIMABLE,
        (one.evidence_type or NOT_ESTIMABLE).replace("_", " "),
        f"{due}, {_name_state(one, calendar=calendar)}",
        " ".join(fault.said for fault in mine),
    )


def _name_state(one: Deliverable, *, calendar: PlanCalendar) -> str:
    if not is_open(one):
        return "delivered"
    return "overdue" if is_overdue(one, today=calendar.today) else "open"


def _list_caveats(plan: Plan, *, calendar: PlanCalendar) -> list[str]:
    kept = []
    unknown = [one.deliverable_id for one in plan.deliverables if one.due_date and not calendar.covers(one.due_date)]
    if not calendar.years:
        kept.append("There is no school calendar in the data, so due dates are not held against breaks.")
    elif unknown:
        newest = max(calendar.years, key=lambda span: span.first).school_year.replace("-", "–")
        kept.append(
            f"There is no calendar yet after {newest}: whether {join_words(unknown)} "
            f"{'is' if len(unknown) == 1 else 'are'} due in a break or a screening window cannot be told."
        )
    if calendar.today is None:
        kept.append("No table of the district has dates, so what is overdue cannot be told.")
    kept.append("Whether a deliverable shows that teaching changed is judged by its kind, not by reading it.")
    return kept


def _record(plan: Plan, *, faults: tuple[PlanFault, ...], said: str) -> Record:
    subject = plan.subject
    return Record(
        finding=FINDING,
        requirement=REQUIREMENT,
        district_id=subject.district_id,
        school_id=subject.school_id,
        level=subject.level,
        method="check of the plan",
        design="descriptive",
        estimate=float(_sound(plan, faults)),
        unit=f"of {len(plan.deliverables)} without a fault",
        verdict="sound" if not faults else "to mend",
        sentence=said,
    )
