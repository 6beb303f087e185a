"""Is the plan on track: the newest data against the line from baseline over milestones to target."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.stats import t as student_t

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.course import Course, Verdict, follow_course, place_time
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.plan.fault_list import record_missing, say_no_plan
from mtss_analysis.findings.plan.goal_view import GoalView, Time, view_goals
from mtss_analysis.findings.plan.measure_words import (
    is_percent,
    name_measure,
    name_unit,
    say_time,
    write_amount,
    write_side,
)
from mtss_analysis.findings.plan.milestones import read_milestones
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import order_time
from mtss_analysis.show import Column, Figure, Series, Table, certainty, count_of, draw_trend, join_words

NAME = "plan-track"
TITLE = "Is the plan on track?"
REQUIREMENT = "R32"
VERDICTS: tuple[Verdict, ...] = ("ahead", "on track", "behind", "cannot tell")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedGoal:
    """A goal against its plan, with what comes next.

    Parameters
    ----------
    course : Course
        Where it stands.
    next_check : date or None
        The earliest day after today on which one of its actions is looked at.
    next_time : Time or None
        The next time at which a milestone or the target is due.
    overdue : tuple of str
        What should have been there by today and is not, in words.
    """

    course: Course
    next_check: dt.date | None
    next_time: Time | None
    overdue: tuple[str, ...]


def follow_goals(plan: Plan, *, settings: Settings, comparison: FrameReader) -> tuple[TrackedGoal, ...]:
    """Set every goal of a plan against the newest data.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Confidence level, effect questions.
    comparison : Comparison
        With the frames ``values``, ``value_changes`` and ``plan_days``.

    Returns
    -------
    tuple of TrackedGoal
        In the order of the plan.
    """
    today = find_today(comparison, district_id=plan.subject.district_id)
    tracked = []
    for view in view_goals(plan, settings=settings, comparison=comparison):
        course = follow_course(view, ci_level=settings.ci_level, comparison=comparison)
        checks = [
            action.next_check
            for action in plan.actions_of(view.goal)
            if action.next_check is not None and action.status not in ("done", "stopped")
        ]
        ahead = [day for day in checks if today is None or day > today]
        tracked.append(
            TrackedGoal(
                course=course,
                next_check=min(ahead, default=None),
                next_time=_find_next(view, today=today),
                overdue=tuple(_find_overdue(view, checks=checks, course=course, today=today)),
            )
        )
    return tuple(tracked)


def find_track(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Say which goals of a plan are ahead, on track or behind, and of which the data cannot tell.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Confidence level, effect questions.
    comparison : Comparison
        With the frames ``values``, ``value_changes`` and ``plan_days``.

    Returns
    -------
    ToldFinding
        With a table of one row per goal.
    """
    if not plan.goals:
        said = say_no_plan(plan.subject) if plan.is_empty else f"The plan of this {plan.subject.word} has no goal."
        published = record_missing(subject=plan.subject, finding="plan_track", requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    tracked = follow_goals(plan, settings=settings, comparison=comparison)
    opening = _open(tracked)
    overdue = [f"{one.course.view.goal.goal_id}: {what}" for one in tracked for what in one.overdue]
    late = f" Overdue: {'; '.join(overdue)}." if overdue else " Nothing is overdue."
    checks = [one.next_check for one in tracked if one.next_check is not None]
    check = f" The next check is due on {min(checks).isoformat()}." if checks else " No day is set for the next check."
    percent = round(100 * settings.ci_level)
    return ToldFinding(
        title=TITLE,
        said=f"{opening}{check}{late} See @tbl-{NAME}.",
        short=opening,
        listed=_tabulate(tracked),
        kept_in_mind=(
            f"Behind and ahead are said where the whole {percent}% interval of the difference from the plan's line "
            "lies on one side; on track where it holds the line and does not hold a standstill. Elsewhere the data "
            "cannot tell.",
            "The line runs straight from the baseline over the milestones to the target; the same window is compared "
            "from year to year, other windows only where a milestone is set for them.",
        ),
        published=(_record_all(plan, tracked=tracked, said=opening), *(_record(one) for one in tracked)),
    )


def find_courses(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[ToldFinding, ...]:
    """Draw the course of every goal against its plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Confidence level, labels.
    comparison : Comparison
        With the frames ``values``, ``value_changes`` and ``plan_days``.

    Returns
    -------
    tuple of ToldFinding
        One with a figure for each goal whose line can be drawn.
    """
    tracked = follow_goals(plan, settings=settings, comparison=comparison)
    return tuple(_tell_course(one, settings=settings) for one in tracked if one.course.nodes)


def say_course(course: Course) -> str:
    """Say where a goal stands against its plan, in one or two sentences."""
    key, newest = course.view.key, course.newest
    if key is None or newest is None or newest.value is None or course.expected is None:
        return f"We cannot say whether it is on track: {course.reason}."
    stood = f"In {say_time(newest.time)} the measure stood at {write_amount(newest.value, key=key)}"
    against = f"the plan asks for {write_amount(course.expected, key=key)} by then"
    if course.low is None or course.high is None or course.difference is None:
        return f"{stood}; {against}. We cannot say whether it is on track: {course.reason}."
    ends = [write_side(end, key=key) for end in (course.low, course.high)]
    side = write_side(course.difference, key=key)
    said = f"{stood}; {against}: {side} (likely between {ends[0]} and {ends[1]})."
    odds = certainty(course.below)
    ending = {
        "ahead": "It is ahead of its plan.",
        "behind": "It is behind its plan.",
        "on track": "It is on track: progress is seen, and it agrees with the plan.",
        "cannot tell": "The data cannot tell whether it is on track: moving as planned agrees with them, and so does "
        f"standing still or a fall. That it lies below the plan's line is {odds}.",
    }
    return f"{said} {ending[course.verdict]}"


def _open(tracked: Sequence[TrackedGoal]) -> str:
    if len(tracked) == 1:
        verdict = tracked[0].course.verdict
        if verdict == "cannot tell":
            return "The data cannot tell whether the one goal of the plan is on track."
        return f"The one goal of the plan is {verdict}."
    if all(one.course.verdict == "cannot tell" for one in tracked):
        return f"The data cannot tell of any of the {len(tracked)} goals of the plan whether it is on track."
    counts = {word: sum(one.course.verdict == word for one in tracked) for word in VERDICTS}
    told = [f"{counts[word]} {'is' if counts[word] == 1 else 'are'} {word}" for word in VERDICTS[:3] if counts[word]]
    if counts["cannot tell"]:
        told.append(f"of {counts['cannot tell']} the data cannot tell")
    return f"Of the {count_of(len(tracked), 'goal')} of the plan, {join_words(told)}."


def _find_next(view: GoalView, *, today: dt.date | None) -> Time | None:
    times = [one.time for one in read_milestones(view.goal)]
    times += [view.end] if view.end is not None else []
    held = {one.time for one in view.values}
    ahead = [time for time in times if time not in held and (today is None or _ends_on(time) > today)]
    return min(ahead, key=lambda time: order_time(*time), default=None)


def _find_overdue(view: GoalView, *, checks: Sequence[dt.date], course: Course, today: dt.date | None) -> Iterator[str]:
    if today is None:
        return
    missed = [day for day in checks if day <= today]
    if missed:
        yield f"the check of {min(missed).isoformat()}"
    held = {one.time for one in view.values}
    if not view.is_known:
        return
    due = [(one.time, "milestone") for one in read_milestones(view.goal)]
    due += [(view.end, "target")] if view.end is not None and course.nodes else []
    for time, what in due:
        if _ends_on(time) <= today and time not in held:
            yield f"data for the {what} of {say_time(time)}"


def _ends_on(time: Time) -> dt.date:
    """Give the last day of a window, as the calendar of a northern school year has it."""
    first = int(time[0][:4])
    return {"fall": dt.date(first, 11, 30), "winter": dt.date(first + 1, 2, 28)}.get(time[1], dt.date(first + 1, 6, 30))


def _tabulate(tracked: Sequence[TrackedGoal]) -> Table:
    rows = []
    for one in tracked:
        course, key = one.course, one.course.view.key
        newest = course.newest
        known = key is not None and newest is not None and newest.value is not None
        rows.append(
            (
                course.view.goal.goal_id,
                f"{write_amount(newest.value, key=key)} ({say_time(newest.time)})"  # type: ignore[union-attr, arg-type]
                if known
                else "none",
                write_amount(course.expected, key=key) if course.expected is not None and key is not None else "–",
                _write_difference(course),
                course.verdict,
                one.next_check.isoformat() if one.next_check else "not set",
                "; ".join(one.overdue) or "nothing",
            )
        )
    titles = ("Goal", "Newest value", "Planned by then", "Better by (likely range)", "Verdict", "Next check", "Overdue")
    return Table(
        name=NAME,
        caption="Each goal against its plan, with the newest data.",
        columns=tuple(Column(title=title) for title in titles),
        rows=rows,
    )


def _write_difference(course: Course) -> str:
    key = course.view.key
    if key is None or course.difference is None:
        return course.reason or "–"
    number = write_amount(course.difference, key=key, signed=True)
    if course.low is None or course.high is None:
        return f"{number} ({course.reason})"
    ends = [write_amount(end, key=key, signed=True).removesuffix(" points") for end in (course.low, course.high)]
    return f"{number} ({ends[0]} to {ends[1]})"


def _tell_course(tracked: TrackedGoal, *, settings: Settings) -> ToldFinding:
    course = tracked.course
    name = f"plan-course-{''.join(one if one.isalnum() else '-' for one in course.view.goal.goal_id.lower())}"
    after = f" The next milestone is due in {say_time(tracked.next_time)}." if tracked.next_time else ""
    return ToldFinding(
        title=f"Goal {course.view.goal.goal_id} against its plan",
        said=f"{say_course(course)}{after} See @fig-{name}.",
        drawn=_draw(course, name=name, settings=settings),
    )


def _draw(course: Course, *, name: str, settings: Settings) -> Figure | None:
    view, key = course.view, course.view.key
    if key is None:
        return None
    stated = {time for time, _ in course.nodes}
    window = course.nodes[0][0][1]
    shown = {one.time for one in view.values if one.window == window or one.time in stated} | stated
    times = sorted(shown, key=place_time)
    by_time = {one.time: one for one in view.values}
    values, low, high, withheld = [], [], [], []
    for time in times:
        one = by_time.get(time)
        value = one.value if one is not None else None
        reach = None
        if one is not None and one.std_error and value is not None:
            reach = one.std_error * float(student_t.ppf((1 + settings.ci_level) / 2, one.df or 1e6))
        values.append(value)
        low.append(None if reach is None or value is None else value - reach)
        high.append(None if reach is None or value is None else value + reach)
        withheld.append(one is not None and value is None)
    here = "this school" if view.subject.school_id else "the district"
    return draw_trend(
        name=name,
        caption=f"Goal {view.goal.goal_id}, {name_measure(key, settings=settings)}: the data and the plan's line.",
        series=(
            Series(label="the plan", role="benchmark", values=[course.line_at(time) for time in times]),
            Series(
                label=here,
                role="this_school" if view.subject.school_id else "district",
                values=values,
                low=low,
                high=high,
                withheld=withheld,
            ),
        ),
        x_labels=[say_time(time).replace(" ", "\n") for time in times],
        y_label=f"{_capitalise(name_measure(key, settings=settings))}, {name_unit(key)}",
        unit="percent" if is_percent(key) else "number",
    )


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]


def _record_all(plan: Plan, *, tracked: Sequence[TrackedGoal], said: str) -> Record:
    behind = sum(one.course.verdict == "behind" for one in tracked)
    return Record(
        finding="plan_track",
        requirement=REQUIREMENT,
        district_id=plan.subject.district_id,
        school_id=plan.subject.school_id,
        level=plan.subject.level,
        method="newest value against the plan's line",
        design="descriptive",
        estimate=float(behind),
        unit="goals behind",
        n=len(tracked),
        sentence=said,
    )


def _record(tracked: TrackedGoal) -> Record:
    course = tracked.course
    view, key = course.view, course.view.key
    estimable = course.difference is not None and course.low is not None
    withheld = course.newest is not None and course.newest.status == "withheld"
    return Record(
        finding="goal_on_track",
        requirement=REQUIREMENT,
        district_id=view.subject.district_id,
        school_id=view.subject.school_id,
        level=view.subject.level,
        school_year=course.newest.school_year if course.newest else None,
        domain=view.goal.domain,
        measure=key.measure if key else None,
        grade=key.grade if key else None,
        group=f"goals {view.goal.goal_id}",
        method="newest value minus the plan's line, positive where better",
        design="descriptive",
        estimate=course.difference if estimable else None,
        unit=name_unit(key, change=True) if key else None,
        std_error=course.std_error,
        ci_low=course.low,
        ci_high=course.high,
        verdict=course.verdict,
        status="withheld" if withheld else "ok" if estimable else "not_estimable",
        reason=None if estimable else course.reason,
        sentence=f"Goal {view.goal.goal_id}. {say_course(course)}",
    )
