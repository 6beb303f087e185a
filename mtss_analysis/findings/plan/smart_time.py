"""Is a goal time-bound: a window that exists, a day that agrees with it, milestones on the way."""

from collections.abc import Iterator

from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.letters import Letter, fault_of
from mtss_analysis.findings.plan.measure_words import say_time
from mtss_analysis.findings.plan.milestones import read_milestone
from mtss_analysis.findings.values.keys import is_school_year, order_time
from mtss_analysis.show import join_words, name_day


def check_time(view: GoalView) -> Letter:
    """Check the letter T.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.

    Returns
    -------
    Letter
        Not met for ``no_time``, ``unknown_window``, ``target_too_early``, ``date_mismatch``, ``unreadable_milestone``
        and ``milestone_out_of_time``.
    """
    fault = next(_find_time_faults(view), None)
    if fault is not None:
        return Letter(letter="T", met=False, said=fault.said, fault=fault)
    goal = view.goal
    when = say_time((str(goal.target_school_year), str(goal.target_window)))
    return Letter(letter="T", met=True, said=f"Its target is due in {when}, a window that exists.")


def _find_time_faults(view: GoalView) -> Iterator[PlanFault]:
    goal = view.goal
    windows = join_words(list(view.windows))
    if not goal.target_school_year or not goal.target_window:
        column = "target_window" if not goal.target_window else "target_school_year"
        yield fault_of(
            view,
            kind="no_time",
            column=column,
            said="It does not say in which school year and window its target is due.",
            mend=f"Write a school year and one of {windows}.",
        )
        return
    if goal.target_window not in view.windows or not is_school_year(goal.target_school_year):
        known = is_school_year(goal.target_school_year)
        yield fault_of(
            view,
            kind="unknown_window",
            column="target_window" if known else "target_school_year",
            said=f"Its target is due in {goal.target_window} of {goal.target_school_year}, when nobody measures.",
            mend=f"Write a school year such as 2025-26 and one of {windows}.",
        )
        return
    end = (goal.target_school_year, goal.target_window)
    known_start = view.start is not None and is_school_year(view.start[0])
    if known_start and view.start is not None and order_time(*end) <= order_time(*view.start):
        yield fault_of(
            view,
            kind="target_too_early",
            column="target_school_year",
            said=f"Its target is due in {say_time(end)}, no later than its baseline.",
            mend="Put the target after the baseline.",
        )
    if goal.target_date is not None:
        first = goal.target_date.year - (goal.target_date.month < 7)
        if first != int(goal.target_school_year[:4]):
            yield fault_of(
                view,
                kind="date_mismatch",
                column="target_date",
                said=f"Its day, {name_day(goal.target_date)}, is not in the school year {goal.target_school_year}.",
                mend="Make day and school year agree.",
            )
        elif goal.planned_on is not None and goal.target_date <= goal.planned_on:
            yield fault_of(
                view,
                kind="target_too_early",
                column="target_date",
                said="Its target is due before the plan was written.",
                mend="Put the target after the day on which the goal was written.",
            )
    yield from _find_milestone_faults(view, end=end)


def _find_milestone_faults(view: GoalView, *, end: tuple[str, str]) -> Iterator[PlanFault]:
    for text in view.goal.milestones:
        milestone = read_milestone(text)
        if milestone is None:
            yield fault_of(
                view,
                kind="unreadable_milestone",
                column="milestones",
                said=f"Its milestone {text!r} does not say school year, window and value.",
                mend="Write it as 2025-26 winter 61.5.",
            )
        elif order_time(*milestone.time) > order_time(*end) or (
            view.start is not None and order_time(*milestone.time) <= order_time(*view.start)
        ):
            yield fault_of(
                view,
                kind="milestone_out_of_time",
                column="milestones",
                said=f"Its milestone of {say_time(milestone.time)} does not lie between baseline and target.",
                mend="Put milestones between baseline and target.",
            )
