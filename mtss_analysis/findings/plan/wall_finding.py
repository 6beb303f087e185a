"""The plan on one page, to be put on a wall: goals from baseline to target, actions with who and when, next looks."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.plan.fault_list import record_missing, say_no_plan
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.measure_words import say_time, write_amount
from mtss_analysis.findings.plan.next_steps import is_over, list_next, name_position, write_notes
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.track_finding import TrackedGoal, follow_goals
from mtss_analysis.findings.plan.whole_finding import say_count, say_count_of
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, Table, join_words, name_day, say_number

NAME = "plan-wall"
TITLE = "Goals, actions and who answers for them"
FINDING = "plan_size"
LINES = 38
"""Lines of the table that fit one page of the PDF, head and notes included."""
WIDTH = 46
"""Characters in a line of the widest column."""
NOT_SAID = "not said"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    cells: tuple[str, str, str, str]

    @property
    def lines(self) -> int:
        return max(-(-len(self.cells[0]) // WIDTH), *(-(-len(cell) // 22) for cell in self.cells[1:]))


def find_wall(
    plan: Plan,
    *,
    settings: Settings,
    comparison: Comparison,
    faults: Sequence[PlanFault] = (),
    order: Mapping[str, int] | None = None,
) -> ToldFinding:
    """Write a plan on one page.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        What the run asks.
    comparison : Comparison
        With what the measures of goals stand at.
    faults : sequence of PlanFault
        All that is wrong in the plan, which the answer counts.
    order : mapping of str to int, optional
        Place of each action by the seven questions; None: the order of the plan.

    Returns
    -------
    ToldFinding
        One row per goal, followed by its actions that are not over; what does not fit the page is in the file of the
        table. With page one's notes of what would be done next.
    """
    subject = plan.subject
    if plan.is_empty:
        said = say_no_plan(subject)
        published = record_missing(subject=subject, finding=FINDING, requirement="R32", said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    today = find_today(comparison, district_id=subject.district_id)
    tracked = follow_goals(plan, settings=settings, comparison=comparison)
    places = order if order is not None else {one.action_id: at for at, one in enumerate(plan.actions, start=1)}
    ahead = list_next(plan, today=today, order=places)
    rows = [*_write_rows(plan, tracked=tracked, ahead=ahead)]
    short = _open(plan, ahead=ahead, faults=faults)
    over = [one.action_id for one in plan.actions if is_over(one, today=today)]
    parts = ["To be put on the wall: each goal, and below it the actions that are under way or still to begin."]
    if over:
        parts.append(f"Over by {name_day(today) if today else 'now'}: {join_words(over)}.")
    parts.append(f"See @tbl-{NAME}.")
    return ToldFinding(
        title=TITLE,
        said=" ".join(parts),
        short=short,
        listed=_tabulate(rows),
        kept_in_mind=("Owners are positions, never people.",),
        published=(_record(plan, said=short, faults=faults),),
        offered=write_notes(ahead),
    )


def _count(plan: Plan, *, ahead: Sequence[Action]) -> str:
    goals, actions = say_count_of(len(plan.goals), "goal"), say_count_of(len(plan.actions), "action")
    state = "" if not plan.actions else (
        f", {say_number(len(ahead)) if ahead else 'none'} of them still open" if len(plan.actions) > 1
        else ", still open" if ahead else ", which is over"
    )  # fmt: skip
    return f"The plan of this {plan.subject.word} has {goals} and {actions}{state}"


def _open(plan: Plan, *, ahead: Sequence[Action], faults: Sequence[PlanFault]) -> str:
    wrong = f"{say_count(faults)}" if faults else "we find nothing missing and nothing that does not fit"
    hours = ", staff hours among them" if len(faults) > 1 and any(one.kind == "overload" for one in faults) else ""
    return f"{_count(plan, ahead=ahead)}; {wrong}{hours}."


def _write_rows(plan: Plan, *, tracked: Sequence[TrackedGoal], ahead: Sequence[Action]) -> Iterator[_Row]:
    known = {goal.goal_id for goal in plan.goals}
    for one in tracked:
        yield _write_goal(one)
        yield from (_write_action(action) for action in ahead if action.goal_id == one.course.view.goal.goal_id)
    yield from (_write_action(action) for action in ahead if action.goal_id not in known)


def _write_goal(tracked: TrackedGoal) -> _Row:
    view = tracked.course.view
    goal, key = view.goal, view.key

    def write(value: float | None) -> str:
        return NOT_SAID if value is None else f"{value:g}" if key is None else write_amount(value, key=key)

    newest = next((value for value in reversed(view.values) if value.value is not None), None)
    now = ""
    if newest is not None and view.start is not None and newest.time > view.start:
        now = f"; {write(newest.value)} in {say_time(newest.time)}"
    due = (
        say_time((goal.target_school_year, goal.target_window))
        if goal.target_school_year and goal.target_window
        else ""
    )
    upcoming = say_time(tracked.next_time) if tracked.next_time is not None else "–"
    return _Row(
        cells=(
            f"Goal {goal.goal_id}: {goal.statement or NOT_SAID}",
            _name_owners(goal.owner),
            f"{write(goal.baseline)} to {write(goal.target)}{f' by {due}' if due else ''}{now}",
            upcoming,
        )
    )


def _write_action(action: Action) -> _Row:
    days = [_write_day(day) for day in (action.start_date, action.end_date)]
    return _Row(
        cells=(
            f"{action.action_id}: {action.description or NOT_SAID}",
            _name_owners(action.owner),
            f"{days[0]} to {days[1]}",
            _write_day(action.next_check),
        )
    )


def _name_owners(owners: Sequence[str]) -> str:
    return join_words([name_position(owner) for owner in owners]) or NOT_SAID


def _write_day(day: dt.date | None) -> str:
    return name_day(day) if day is not None else NOT_SAID


def _tabulate(rows: Sequence[_Row]) -> Table:
    titles = ("Goal or action", "Owner", "From and to", "Next look")
    return Table(
        name=NAME,
        caption="The plan on one page.",
        columns=tuple(Column(title=title) for title in titles),
        rows=tuple(row.cells for row in rows),
        printed=_count_fitting(rows),
    )


def _count_fitting(rows: Sequence[_Row]) -> int | None:
    """Count the first rows that fit one page; None: all do."""
    used = 0
    for at, row in enumerate(rows):
        used += row.lines
        if used > LINES:
            return max(at, 1)
    return None


def _record(plan: Plan, *, said: str, faults: Sequence[PlanFault]) -> Record:
    return Record(
        finding=FINDING,
        requirement="R32",
        district_id=plan.subject.district_id,
        school_id=plan.subject.school_id,
        level=plan.subject.level,
        method="count of the plan's rows",
        design="descriptive",
        estimate=float(len(plan.actions)),
        unit="actions",
        n=len(plan.goals),
        verdict="faults found" if faults else "no fault found",
        sentence=said,
    )
