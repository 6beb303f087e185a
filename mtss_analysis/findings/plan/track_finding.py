"""Is the plan on track: the newest data against the line from baseline over milestones to target."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.course import Course, Verdict, follow_course
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.plan.fault_list import record_missing, say_no_plan
from mtss_analysis.findings.plan.goal_view import GoalView, Time, view_goals
from mtss_analysis.findings.plan.measure_words import (
    name_unit,
    say_time,
    write_amount,
    write_side,
)
from mtss_analysis.findings.plan.milestones import read_milestones
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.track_changes import (
    FINDING,
    GROUP,
    OVERALL,
    RecordRow,
    SinceLast,
    compare_courses,
    define_course,
)
from mtss_analysis.findings.plan.where_found import lead_to_table
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import order_time
from mtss_analysis.show import Column, Table, certainty, join_words, name_day, say_number

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


def find_track(
    plan: Plan, *, settings: Settings, comparison: Comparison, previous: Iterable[RecordRow] = ()
) -> ToldFinding:
    """Say which goals of a plan are ahead, on track or behind, and of which the data cannot tell.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Confidence level, effect questions.
    comparison : Comparison
        With the frames ``values``, ``value_changes`` and ``plan_days``.
    previous : iterable of mapping, optional
        Records of the last packet, as in ``findings.json``: it is said what has changed since.

    Returns
    -------
    ToldFinding
        With a table of one row per goal.
    """
    if not plan.goals:
        said = say_no_plan(plan.subject) if plan.is_empty else f"The plan of this {plan.subject.word} has no goal."
        published = record_missing(subject=plan.subject, finding=OVERALL, requirement=REQUIREMENT, said=said)
        since = compare_courses((), subject=plan.subject, previous=previous)
        return ToldFinding(title=TITLE, said=_add(said, since=since), short=said, published=published)
    tracked = follow_goals(plan, settings=settings, comparison=comparison)
    since = compare_courses([one.course for one in tracked], subject=plan.subject, previous=previous)
    opening = _open(tracked)
    overdue = [f"{one.course.view.goal.goal_id}: {what}" for one in tracked for what in one.overdue]
    late = f" Overdue: {'; '.join(overdue)}." if overdue else " Nothing is overdue."
    checks = [one.next_check for one in tracked if one.next_check is not None]
    check = f" The next check is due on {name_day(min(checks))}." if checks else " No day is set for the next check."
    percent = round(100 * settings.ci_level)
    return ToldFinding(
        title=TITLE,
        said=f"{_add(opening, since=since)}{check}{late} See @tbl-{NAME}.",
        short=opening,
        listed=_tabulate(tracked, since=since),
        kept_in_mind=(
            f"Behind and ahead are said where the whole {percent}% interval of the difference from the plan's line "
            "lies on one side; on track where it holds the line and does not hold a standstill. Elsewhere the data "
            "cannot tell.",
            "The line runs straight from the baseline over the milestones to the target; the same window is compared "
            "from year to year, other windows only where a milestone is set for them.",
        ),
        published=(
            _record_all(plan, tracked=tracked, said=_add(opening, since=since)),
            *(_record(one) for one in tracked),
        ),
    )


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


def _add(said: str, *, since: SinceLast | None) -> str:
    return f"{said} {since.say()}".strip() if since is not None else said


def _open(tracked: Sequence[TrackedGoal]) -> str:
    if len(tracked) == 1:
        verdict = tracked[0].course.verdict
        if verdict == "cannot tell":
            return "The data cannot tell whether the one goal of the plan is on track."
        return f"The one goal of the plan is {verdict}."
    if all(one.course.verdict == "cannot tell" for one in tracked):
        return (
            f"Of none of the {say_number(len(tracked))} goals can the data tell whether it is on track, which is no "
            "sign that it is behind."
        )
    counts = {word: sum(one.course.verdict == word for one in tracked) for word in VERDICTS}
    told = [
        f"{say_number(counts[word])} {'is' if counts[word] == 1 else 'are'} {word} "
        f"({join_words([one.course.view.goal.goal_id for one in tracked if one.course.verdict == word])})"
        for word in VERDICTS[:3]
        if counts[word]
    ]
    if counts["cannot tell"]:
        told.append(f"of {say_number(counts['cannot tell'])} the data cannot tell")
    return f"Of the {say_number(len(tracked))} goals, {join_words(told)}."


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
        yield f"the check of {name_day(min(missed))}"
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


def _tabulate(tracked: Sequence[TrackedGoal], *, since: SinceLast | None) -> Table:
    rows = []
    for at, one in enumerate(tracked):
        course, key = one.course, one.course.view.key
        newest = course.newest
        known = key is not None and newest is not None and newest.value is not None
        rows.append(
            (
                course.view.goal.goal_id,
                lead_to_table(
                    f"{write_amount(newest.value, key=key)} ({say_time(newest.time)})",  # type: ignore[union-attr, arg-type]
                    measure=course.view.goal.measure,
                    statistic=course.view.goal.statistic,
                )
                if known
                else "none",
                write_amount(course.expected, key=key) if course.expected is not None and key is not None else "–",
                _write_difference(course),
                course.verdict,
                *((since.goals[at].tell(),) if since is not None else ()),
                name_day(one.next_check) if one.next_check else "not set",
                "; ".join(one.overdue) or "nothing",
            )
        )
    titles = [
        "Goal", "Newest value", "Planned by then", "Better by (likely range)", "Verdict",
        *(["In the last packet"] if since is not None else []), "Next check", "Overdue",
    ]  # fmt: skip
    if not any(one.overdue for one in tracked):
        titles, rows = titles[:-1], [row[:-1] for row in rows]
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


def _record_all(plan: Plan, *, tracked: Sequence[TrackedGoal], said: str) -> Record:
    behind = sum(one.course.verdict == "behind" for one in tracked)
    return Record(
        finding=OVERALL,
        requirement=REQUIREMENT,
        district_id=plan.subject.district_id,
        school_id=plan.subject.school_id,
        school_year=max((one.course.newest.school_year for one in tracked if one.course.newest), default=None),
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
        finding=FINDING,
        requirement=REQUIREMENT,
        district_id=view.subject.district_id,
        school_id=view.subject.school_id,
        level=view.subject.level,
        school_year=course.newest.school_year if course.newest else None,
        domain=view.goal.domain,
        measure=key.measure if key else None,
        grade=key.grade if key else None,
        group=f"{GROUP}{view.goal.goal_id}",
        method=define_course(view.goal),
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
