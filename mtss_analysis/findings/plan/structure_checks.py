"""Whether each action says who does what, with what support and staff, until when, and who looks at it when."""

from collections.abc import Iterator, Sequence

from mtss_analysis.findings.plan.dependencies import check_dependencies
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action, Goal
from mtss_analysis.show import join_words, name_day

TIME, PEOPLE, LINKS = "R32", "R33", "R39"
REQUIREMENTS = {
    **dict.fromkeys(("no_owner", "two_owners", "no_lead", "no_capacity", "no_risks"), PEOPLE),
    **dict.fromkeys(("no_goal", "unknown_goal"), LINKS),
}
"""Of the kinds that are not about parts and dates of an action."""
ENDED = ("done", "stopped")
LEADS = {
    "lead_district": "at the district",
    "lead_school": "in the school",
    "lead_classroom": "among the teachers",
}


def check_structure(plan: Plan) -> tuple[PlanFault, ...]:
    """Check that every goal and action of a plan has its parts, and that its dates fit together.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.

    Returns
    -------
    tuple of PlanFault
        Goals first, then actions, in the order of the tables. Kinds: ``no_owner``, ``two_owners``,
        ``goal_without_action``; ``no_description``, ``no_goal``, ``unknown_goal``, ``no_lead``, ``no_capacity``,
        ``no_risks``, ``no_support``, ``no_resources``, ``no_start``, ``no_end``, ``end_before_start``, ``before_plan``,
        ``no_progress_measure``, ``no_check``, ``check_before_start``, ``check_after_end``, ``unknown_dependency``,
        ``circular_dependency``, ``starts_too_early``.
    """
    waiting = check_dependencies(plan.actions, others=plan.others, known=plan.known_actions)
    faults = [fault for goal in plan.goals for fault in _check_goal(goal, plan=plan)]
    for action in plan.actions:
        faults += _check_action(action, plan=plan)
        faults += [fault for fault in waiting if fault.row_id == action.action_id]
    return tuple(faults)


def _check_goal(goal: Goal, *, plan: Plan) -> Iterator[PlanFault]:
    if not goal.owner:
        yield PlanFault(
            requirement=PEOPLE, kind="no_owner", table="goals", row_id=goal.goal_id, column="owner",
            said=f"Nobody is named who answers for goal {goal.goal_id}.",
            mend="Name one position that answers for it.",
        )  # fmt: skip
    if len(goal.owner) > 1:
        yield PlanFault(
            requirement=PEOPLE, kind="two_owners", table="goals", row_id=goal.goal_id, column="owner",
            said=f"{_list_positions(goal.owner)} answer for goal {goal.goal_id} together.",
            mend="Choose the one who answers for it; the others help.",
        )  # fmt: skip
    if not any(goal.goal_id == action.goal_id for action in (*plan.actions, *plan.others)):
        yield PlanFault(
            requirement=TIME, kind="goal_without_action", table="goals", row_id=goal.goal_id, column="goal_id",
            said=f"No action serves goal {goal.goal_id}.",
            mend="Say what will be done to reach it, or take the goal out.",
        )  # fmt: skip


def _check_action(action: Action, *, plan: Plan) -> Iterator[PlanFault]:
    yield from _check_what(action, plan=plan)
    yield from _check_who(action)
    yield from _check_means(action)
    yield from _check_dates(action, plan=plan)
    yield from _check_monitoring(action)


def _check_what(action: Action, *, plan: Plan) -> Iterator[PlanFault]:
    if action.description is None:
        yield _fault(
            action, "no_description", "description",
            "does not say what is done.", "Say in one sentence who does what.",
        )  # fmt: skip
    if action.goal_id is None:
        yield _fault(
            action, "no_goal", "goal_id",
            "serves no goal of the plan.", "Name the goal that it serves, or take it out.",
        )  # fmt: skip
    elif action.goal_id not in plan.known_goals:
        yield _fault(
            action, "unknown_goal", "goal_id",
            f"serves goal {action.goal_id}, which no plan of the district has.", "Correct the id of the goal.",
        )  # fmt: skip


def _check_who(action: Action) -> Iterator[PlanFault]:
    if not action.owner:
        yield _fault(
            action, "no_owner", "owner",
            "names nobody who answers for it.", "Name one position that answers for it.",
        )  # fmt: skip
    if len(action.owner) > 1:
        yield _fault(
            action, "two_owners", "owner",
            f"names {_list_positions(action.owner).lower()} together as answering for it.",
            "Choose the one who answers for it; the others help.",
        )  # fmt: skip
    for column, where in LEADS.items():
        if getattr(action, column) is None:
            yield _fault(
                action, "no_lead", column,
                f"names nobody who leads it {where}.", f"Name the position that leads it {where}.",
            )  # fmt: skip


def _check_means(action: Action) -> Iterator[PlanFault]:
    if action.capacity_needed is None:
        both = action.capacity_exists is None
        yield _fault(
            action, "no_capacity", "capacity_needed",
            "says neither what knowledge and staff are there nor what has to be built."
            if both else "does not say what knowledge and staff have to be built.",
            "Say what is there already and what is needed; if nothing is needed, say so.",
        )  # fmt: skip
    elif action.capacity_exists is None:
        yield _fault(
            action, "no_capacity", "capacity_exists",
            "does not say what knowledge and staff are there already.", "Say who can do it already, by position.",
        )  # fmt: skip
    if action.risks is None:
        yield _fault(
            action, "no_risks", "risks",
            "names no risk.", "Say what may go wrong and what is done about it.",
        )  # fmt: skip
    if action.support_structure is None:
        yield _fault(
            action, "no_support", "support_structure",
            "does not say what supports those who carry it out.",
            "Name the support and how often it comes, such as a coaching cycle every two weeks.",
        )  # fmt: skip
    if action.staff_role is None or action.staff_hours_per_week is None:
        both = action.staff_role is None and action.staff_hours_per_week is None
        what = "which staff carry it out, and in how many hours" if both else (
            "which staff carry it out" if action.staff_role is None else "how many hours of staff it takes"
        )  # fmt: skip
        yield _fault(
            action, "no_resources",
            "staff_role" if action.staff_role is None and not both else "staff_hours_per_week",
            f"does not say {what}.", "Name the role and its hours a week, all schools of the action together.",
        )  # fmt: skip


def _check_dates(action: Action, *, plan: Plan) -> Iterator[PlanFault]:
    start, end = action.start_date, action.end_date
    if start is None:
        yield _fault(action, "no_start", "start_date", "has no first day.", "Say when it begins.")
    if end is None:
        yield _fault(
            action, "no_end", "end_date",
            "has no last day.", "Say when it ends, or when it is decided whether it goes on.",
        )  # fmt: skip
    if start is not None and end is not None and end < start:
        yield _fault(
            action, "end_before_start", "end_date",
            f"ends on {name_day(end)}, before it begins on {name_day(start)}.", "Correct one of the two days.",
        )  # fmt: skip
    planned = [goal.planned_on for goal in plan.goals if goal.goal_id == action.goal_id and goal.planned_on]
    planned = planned or [goal.planned_on for goal in plan.goals if goal.planned_on]
    first = start or end
    if planned and first is not None and first < min(planned):
        yield _fault(
            action, "before_plan", "start_date" if start else "end_date",
            f"{'begins' if start else 'ends'} on {name_day(first)}, before the plan was written on "
            f"{name_day(min(planned))}.",
            "Correct the day; what ran before the plan is an initiative, not an action of the plan.",
        )  # fmt: skip


def _check_monitoring(action: Action) -> Iterator[PlanFault]:
    if not action.progress_measure:
        yield _fault(
            action, "no_progress_measure", "progress_measure",
            "does not say what shows that it is under way.",
            "Name a measure that moves before the goal does, such as what walkthroughs see of the practice.",
        )  # fmt: skip
    check, start, end = action.next_check, action.start_date, action.end_date
    if check is None:
        if action.status not in ENDED:
            yield _fault(
                action, "no_check", "next_check",
                "has no day on which progress is looked at.", "Set the next day on which its numbers are looked at.",
            )  # fmt: skip
        return
    if start is not None and end is not None and end < start:
        return
    if end is not None and check > end:
        yield _fault(
            action, "check_after_end", "next_check",
            f"is looked at next on {name_day(check)}, after its end on {name_day(end)}.",
            "Look at it while it can still be changed.",
        )  # fmt: skip
    elif start is not None and check < start:
        yield _fault(
            action, "check_before_start", "next_check",
            f"is looked at next on {name_day(check)}, before it begins on {name_day(start)}.",
            "Look at it when there is something to see.",
        )  # fmt: skip


def _list_positions(owners: Sequence[str]) -> str:
    named = join_words([owner.replace("_", " ") for owner in owners])
    return named[:1].upper() + named[1:]


def _fault(action: Action, kind: str, column: str, said: str, mend: str) -> PlanFault:
    return PlanFault(
        requirement=REQUIREMENTS.get(kind, TIME),
        kind=kind,
        table="actions",
        row_id=action.action_id,
        column=column,
        said=f"Action {action.action_id} {said}",
        mend=mend,
    )
