"""The course of every goal of a plan: the data beside the line from baseline over milestones to target, drawn."""

import math
from collections.abc import Sequence
from dataclasses import replace

from scipy.stats import t as student_t

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.course import Course, place_time
from mtss_analysis.findings.plan.measure_words import (
    is_percent,
    name_measure,
    name_unit,
    say_time,
)
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.track_finding import TrackedGoal, follow_goals, say_course
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Figure, Series, draw_trend

WIDTH_IN = 4.4
"""Width on paper of a picture of a goal's course, of which there is one for each goal."""

LEAST_SPAN, BEGINS_AT_0 = 30, 20
"""Percentage points that an axis holds at least, and below which lowest value it begins at 0: conventions."""


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
    planned = [course.line_at(time) for time in times]
    here = "this school" if view.subject.school_id else "the district"
    figure = draw_trend(
        name=name,
        caption=f"Goal {view.goal.goal_id}, {name_measure(key, settings=settings)}: the data and the plan's line.",
        series=(
            Series(label="the plan", role="benchmark", values=planned),
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
        limits=choose_percent_limits([*values, *low, *high, *planned]) if is_percent(key) else None,
        unit="percent" if is_percent(key) else "number",
        axes_height_in=1.1,
    )
    return replace(figure, width_in=WIDTH_IN)


def choose_percent_limits(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Choose limits in tens that hold all percentages and are not so wide that a goal's course looks flat.

    Parameters
    ----------
    values : sequence of float or None
        Everything that is drawn, ends of intervals included.

    Returns
    -------
    tuple of float or None
        At least 30 points, from 0 on where what is drawn begins under 20; a figure that begins above 0 says so. None
        where nothing is drawn.
    """
    known = [min(max(value, 0.0), 100.0) for value in values if value is not None]
    if not known:
        return None
    low, high = math.floor((min(known) - 1) / 10) * 10, min(math.ceil((max(known) + 1) / 10) * 10, 100)
    if low < BEGINS_AT_0:
        return 0.0, float(max(high, LEAST_SPAN))
    return float(min(low, high - LEAST_SPAN)), float(high)


def _capitalise(words: str) -> str:
    return words[:1].upper() + words[1:]
