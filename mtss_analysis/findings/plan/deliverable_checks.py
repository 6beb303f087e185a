"""Whether every action brings forth something concrete that can be verified, on a day on which it can be handed in."""

import datetime as dt
from collections.abc import Iterator

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.days import NO_NAME
from mtss_analysis.findings.plan.evidence_words import is_attendance_only, suggest_evidence
from mtss_analysis.findings.plan.faults import PlanFault, PlanTable
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.plan_calendar import PlanCalendar, Span, open_calendar
from mtss_analysis.findings.plan.rows import Action, Deliverable, Goal
from mtss_analysis.show import name_day

REQUIREMENT = "R37"
DELIVERED, STOPPED = "delivered", "stopped"
SHORT_BREAK_DAYS = 4
"""Up to so many days a break is called days without school: a long weekend."""


def check_deliverables(plan: Plan, *, comparison: FrameReader) -> tuple[PlanFault, ...]:
    """Check the deliverables of a plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    comparison : Comparison
        With the frame ``plan_days``.

    Returns
    -------
    tuple of PlanFault
        In the order of the tables: ``unknown_action``, ``no_evidence``, ``attendance_only``, ``no_due_date``,
        ``due_in_break``, ``due_in_window``, ``due_after_action``, ``overdue``; then ``no_deliverable`` of actions. A
        day of which there is no calendar yet lies in no break and no window.
    """
    calendar = open_calendar(comparison, subject=plan.subject)
    actions = {action.action_id: action for action in (*plan.actions, *plan.others)}
    goals = {goal.goal_id: goal for goal in plan.goals}
    faults = []
    for one in plan.deliverables:
        action = actions.get(one.action_id or "")
        goal = goals.get(action.goal_id or "") if action else None
        faults += [*_check_action(one, plan=plan), *_check_evidence(one, action=action, goal=goal)]
        faults += _check_date(one, action=action, calendar=calendar)
    for action in plan.actions:
        if action.status != STOPPED and not plan.deliverables_of(action):
            example = suggest_evidence(action, goal=goals.get(action.goal_id or ""))
            faults.append(
                _fault(
                    "no_deliverable", table="actions", row_id=action.action_id, column="action_id",
                    said=f"Action {action.action_id} brings forth nothing that can be verified: it has no deliverable.",
                    mend=f"Name what it is to bring forth and when, such as {example}.",
                )
            )  # fmt: skip
    return tuple(faults)


def is_open(deliverable: Deliverable) -> bool:
    """Whether a deliverable has not been handed in."""
    return deliverable.status != DELIVERED and deliverable.delivered_on is None


def is_overdue(deliverable: Deliverable, *, today: dt.date | None) -> bool:
    """Whether a deliverable was due before the newest date in the data and has not been handed in."""
    due = deliverable.due_date
    return today is not None and due is not None and due < today and is_open(deliverable)


def _check_action(one: Deliverable, *, plan: Plan) -> Iterator[PlanFault]:
    if one.action_id is None:
        yield _of(
            one, "unknown_action", column="action_id",
            said=f"Deliverable {one.deliverable_id} names no action that brings it forth.",
            mend="Name the action.",
        )  # fmt: skip
    elif one.action_id not in plan.known_actions:
        yield _of(
            one, "unknown_action", column="action_id",
            said=f"Deliverable {one.deliverable_id} names action {one.action_id}, which no plan of the district has.",
            mend="Correct the id of the action, or take the deliverable out.",
        )  # fmt: skip


def _check_evidence(one: Deliverable, *, action: Action | None, goal: Goal | None) -> Iterator[PlanFault]:
    better = suggest_evidence(action, goal=goal)
    if is_attendance_only(one, goal=goal):
        yield _of(
            one, "attendance_only", column="evidence_type",
            said=(
                f"The evidence of {one.deliverable_id} ({_name_evidence(one)}) shows at most that people came "
                "together, not that anything was done differently."
            ),
            mend=f"Ask for what can be seen in classrooms instead, such as {better}.",
        )  # fmt: skip
    elif one.evidence_type is None:
        yield _of(
            one, "no_evidence", column="evidence_type",
            said=f"Deliverable {one.deliverable_id} names no evidence by which it can be verified.",
            mend=f"Name the evidence, such as {better}.",
        )  # fmt: skip


def _check_date(one: Deliverable, *, action: Action | None, calendar: PlanCalendar) -> Iterator[PlanFault]:
    due = one.due_date
    if due is None:
        yield _of(
            one, "no_due_date", column="due_date",
            said=f"Deliverable {one.deliverable_id} has no day on which it is due.",
            mend="Give it a day of school before its action ends, outside breaks and screening windows.",
        )  # fmt: skip
        return
    is_due = "is due" if is_open(one) else "was due"
    closed, window = calendar.find_break(due), calendar.find_window(due)
    if closed is not None:
        length = (closed.last - closed.first).days + 1
        what = "days without school" if length <= SHORT_BREAK_DAYS or closed.name == NO_NAME else f"the {closed.name}"
        yield _of(
            one, "due_in_break", column="due_date",
            said=(
                f"Deliverable {one.deliverable_id} {is_due} on {name_day(due)}, in {what} from "
                f"{name_day(closed.first)} to {name_day(closed.last)}."
            ),
            mend=_move_out(closed, is_open=is_open(one)),
        )  # fmt: skip
    elif window is not None:
        yield _of(
            one, "due_in_window", column="due_date",
            said=(
                f"Deliverable {one.deliverable_id} {is_due} on {name_day(due)}, in the {window.name} screening window "
                f"({name_day(window.first)} to {name_day(window.last)})."
            ),
            mend=_move_out(window, is_open=is_open(one)),
        )  # fmt: skip
    if action is not None and _has_ended(action, due=due):
        yield _of(
            one, "due_after_action", column="due_date",
            said=(
                f"Deliverable {one.deliverable_id} is due on {name_day(due)}, after its action {action.action_id} has "
                f"ended on {name_day(action.end_date or due)}."
            ),
            mend="Make it due before the action ends, or let the action run longer.",
        )  # fmt: skip
    if calendar.today is not None and is_overdue(one, today=calendar.today):
        yield _of(
            one, "overdue", column="due_date",
            said=(
                f"Deliverable {one.deliverable_id} was due on {name_day(due)} and has not been handed in by "
                f"{name_day(calendar.today)}, the newest date in the data."
            ),
            mend="Ask for it, or set a new day and say why.",
        )  # fmt: skip


def _move_out(span: Span, *, is_open: bool) -> str:
    what = "Make it due" if is_open else "It has been handed in; make the next one due"
    return f"{what} before {name_day(span.first)} or after {name_day(span.last)}."


def _has_ended(action: Action, *, due: dt.date) -> bool:
    """Whether an action has ended by a day; one that ends before it begins says nothing about it."""
    if action.end_date is None or (action.start_date is not None and action.end_date < action.start_date):
        return False
    return due > action.end_date


def _name_evidence(one: Deliverable) -> str:
    return (one.evidence_type or one.description or "").replace("_", " ")


def _of(one: Deliverable, kind: str, *, column: str, said: str, mend: str) -> PlanFault:
    return _fault(kind, table="deliverables", row_id=one.deliverable_id, column=column, said=said, mend=mend)


def _fault(kind: str, *, table: PlanTable, row_id: str, column: str, said: str, mend: str) -> PlanFault:
    return PlanFault(
        requirement=REQUIREMENT, kind=kind, table=table, row_id=row_id, column=column, said=said, mend=mend
    )
