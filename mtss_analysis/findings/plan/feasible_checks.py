"""Whether all actions can run at once: months with too few hours of staff, and the smallest change that mends it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from mtss_analysis.findings.data_quality.wording import MONTHS
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.hours import MonthLoad, Workload, shift
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.roles import list_roles
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.show import count_of, format_number, join_words

REQUIREMENT = "R36"
MOST_WEEKS = 8
"""An action is proposed to be moved by so many weeks at most, a convention: further away it is another plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """The smallest move that gives the staff enough hours: which action, by how many weeks (negative: earlier)."""

    action_id: str
    weeks: int


def check_feasible(plan: Plan, *, comparison: FrameReader) -> tuple[PlanFault, ...]:
    """Check that the actions of a plan can run at once with the staff there are.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    comparison : Comparison
        With the frames of the plan, ``plan_days`` and ``plan_roles``.

    Returns
    -------
    tuple of PlanFault
        ``overload``: a month in which the actions ask for more hours of a role than are left, at the row of the
        capacity table; ``unknown_role``: an action of staff whom nobody in the district's staff and capacity tables is.
    """
    workload = Workload(comparison, plan=plan)
    loads = workload.list_loads()
    overloads = tuple(
        _say_overload(load, workload=workload, mend=find_mend(workload, loads=loads, load=load))
        for load in loads
        if load.missing
    )
    return (*overloads, *_check_roles(plan, known=list_roles(comparison, subject=plan.subject)))


def find_mend(workload: Workload, *, loads: tuple[MonthLoad, ...], load: MonthLoad) -> Mend | None:
    """Find the smallest move of one action that leaves the staff enough hours in a month and in no other too few.

    Parameters
    ----------
    workload : Workload
        All that is asked of the staff.
    loads : tuple of MonthLoad
        As the plan stands.
    load : MonthLoad
        The month in which hours are missing.

    Returns
    -------
    Mend or None
        The fewest weeks, later before earlier, the first action of the plan before the next; only actions that are
        planned and have not begun by the newest date in the data, that stay after what they wait for and before what
        waits for them, after the day on which their goal was planned and before its target date. None: no such move of
        at most `MOST_WEEKS` weeks does it.
    """
    key = (load.staff_role, load.month)
    before = {(one.staff_role, one.month) for one in loads if one.missing}
    known = {action.action_id: action for action in workload.actions}
    asking = [known[action_id] for action_id, _ in load.asked]
    for weeks in range(1, MOST_WEEKS + 1):
        for moved in (weeks, -weeks):
            for action in asking:
                if not _may_move(action, weeks=moved, workload=workload) or not _can_help(action, moved, load.month):
                    continue
                after = workload.list_loads({action.action_id: moved})
                overloaded = {(one.staff_role, one.month) for one in after if one.missing}
                if key not in overloaded and overloaded <= before:
                    return Mend(action_id=action.action_id, weeks=moved)
    return None


def is_past(load: MonthLoad, *, today: dt.date | None) -> bool:
    """Whether a month had ended on the newest date in the data."""
    return today is not None and load.month < f"{today.year}-{today.month:02d}"


def name_month(month: str) -> str:
    """Name a month, ``2025-09``: ``September 2025``."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def name_staff(load: MonthLoad) -> str:
    """Name the staff of a role as a sentence does."""
    role = load.staff_role.replace("_", " ")
    return f"the district's own staff in the role of {role}" if load.school_id is None else f"staff in the role {role}"


def format_hours(hours: float) -> str:
    """Write hours to a tenth, whole where that is all."""
    return format_number(hours, decimals=0 if abs(hours - round(hours)) < 0.05 else 1)


def say_mend(load: MonthLoad, *, mend: Mend | None, past: bool = False) -> str:
    """Say what would give the staff enough hours in a month.

    Parameters
    ----------
    load : MonthLoad
        The month.
    mend : Mend or None
        A move that does it; None: there is none.
    past : bool
        Whether the month is over.

    Returns
    -------
    str
        One sentence.
    """
    hours = format_hours(load.missing)
    if past:
        return "The month is over; reckon with these hours when the next actions are dated."
    by_hours = f"find {hours} more hours of this role in {name_month(load.month)}, or ask for {hours} fewer"
    if mend is None:
        return f"{by_hours[0].upper()}{by_hours[1:]}; no action can be moved by a few weeks so that the hours suffice."
    way = "later" if mend.weeks > 0 else "earlier"
    weeks = count_of(abs(mend.weeks), "week")
    return f"The smallest change: run {mend.action_id} {weeks} {way}; or {by_hours}."


def _may_move(action: Action, *, weeks: int, workload: Workload) -> bool:
    today = workload.calendar.today
    moved = shift(action, weeks=weeks)
    start, end = moved.start_date, workload.find_end(moved)
    if action.status not in (None, "planned") or action.start_date is None or start is None or end is None:
        return False
    if today is not None and (action.start_date <= today or start <= today):
        return False
    goal = workload.goals.get(action.goal_id or "")
    if goal is not None and goal.planned_on is not None and start < goal.planned_on:
        return False
    if goal is not None and goal.target_date is not None and end > goal.target_date and weeks > 0:
        return False
    waits = [one.end_date for one in workload.actions if one.action_id in action.depends_on]
    waiting = [one.start_date for one in workload.actions if action.action_id in one.depends_on]
    return all(one is None or start >= one for one in waits) and all(one is None or one >= end for one in waiting)


def _can_help(action: Action, weeks: int, month: str) -> bool:
    """Whether a move takes any day of the action out of the month; one that runs on both sides of it stays in it."""
    moved = shift(action, weeks=weeks)
    first = f"{moved.start_date:%Y-%m}" if moved.start_date else ""
    last = f"{moved.end_date:%Y-%m}" if moved.end_date else "9999-12"
    return not first < month < last


def _say_overload(load: MonthLoad, *, workload: Workload, mend: Mend | None) -> PlanFault:
    asking = join_words([f"{action_id} ({format_hours(hours)})" for action_id, hours in load.asked])
    past = is_past(load, today=workload.calendar.today)
    ask = "asked" if past else "ask"
    left = "were" if past else "are"
    return PlanFault(
        requirement=REQUIREMENT,
        kind="overload",
        table="capacity",
        row_id=load.capacity_id,
        column="hours_available",
        said=(
            f"In {name_month(load.month)} the actions {ask} for {format_hours(load.total)} hours of "
            f"{name_staff(load)}, and {format_hours(max(load.free or 0.0, 0.0))} {left} left: {asking}."
        ),
        mend=say_mend(load, mend=mend, past=past),
    )


def _check_roles(plan: Plan, *, known: frozenset[str]) -> Iterator[PlanFault]:
    for action in plan.actions:
        if known and action.staff_role and action.staff_role not in known:
            yield PlanFault(
                requirement=REQUIREMENT,
                kind="unknown_role",
                table="actions",
                row_id=action.action_id,
                column="staff_role",
                said=(
                    f"Nobody in the district has the role {action.staff_role.replace('_', ' ')} that action "
                    f"{action.action_id} is given to."
                ),
                mend=f"Give it to a role that the district has ({join_words(sorted(known), last='or')}), or create it.",
            )
