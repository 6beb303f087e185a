"""The line from a goal's baseline over its milestones to its target, and where the newest value lies against it."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scipy.stats import t as student_t

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.goal_view import GoalView, Time
from mtss_analysis.findings.plan.letters import find_base
from mtss_analysis.findings.plan.milestones import read_milestones
from mtss_analysis.findings.values.keys import WINDOWS, is_school_year, order_time
from mtss_analysis.findings.values.reading import Value, read_changes

Verdict = Literal["ahead", "on track", "behind", "cannot tell"]
_PLACE = {"fall": 0.2, "winter": 0.55, "spring": 0.9}
"""How much of a school year is over in a window: a line is drawn over time, not over windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a goal stands against its plan.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    nodes : tuple of (Time, float)
        Baseline, milestones and target in the order of time; empty where the line cannot be drawn.
    newest : Value or None
        The newest value that can be set against the line: of the baseline's window, or of a milestone's time.
    expected : float or None
        The line at that time.
    difference, low, high : float or None
        Newest value minus line, positive where it is better, with its interval.
    std_error, df : float or None
        Of the difference.
    planned : float or None
        Progress planned by then, positive where it is better.
    below : float or None
        Probability that the real value is worse than the line, the data alone considered.
    verdict : {'ahead', 'on track', 'behind', 'cannot tell'}
        Behind and ahead: the whole interval lies on one side of the line. On track: it holds the line, and does not
        hold a standstill since the baseline.
    reason : str
        Why nothing can be told; empty otherwise.
    """

    view: GoalView
    nodes: tuple[tuple[Time, float], ...] = ()
    newest: Value | None = None
    expected: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    std_error: float | None = None
    df: float | None = None
    planned: float | None = None
    below: float | None = None
    verdict: Verdict = "cannot tell"
    reason: str = ""

    def line_at(self, time: Time) -> float | None:
        """Give the line at a time; None before the baseline."""
        return _interpolate(self.nodes, time=time)


def follow_course(view: GoalView, *, ci_level: float, comparison: FrameReader) -> Course:
    """Set the newest value of a goal's measure against its plan.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    ci_level : float
        Confidence level, 0 to 1.
    comparison : Comparison
        With the frame ``value_changes``.

    Returns
    -------
    Course
        With the reason where nothing can be told.

    Notes
    -----
    The standard error is that of the change since the baseline, which allows for the same students at both times, or
    that of the newest value where it is larger: the school may have moved as planned from a baseline that was measured
    with noise, or lie on the line that was drawn from it; in neither case may it be called behind too often.
    """
    nodes, reason = _draw_nodes(view)
    if reason:
        return Course(view=view, reason=reason)
    newest, reason = _find_newest(view, nodes=nodes)
    if newest is None or newest.value is None:
        return Course(view=view, nodes=nodes, newest=newest, reason=reason)
    expected = _interpolate(nodes, time=newest.time)
    if expected is None:
        return Course(view=view, nodes=nodes, newest=newest, reason="the newest value is older than the baseline")
    difference = view.better * (newest.value - expected)
    planned = view.better * (expected - nodes[0][1])
    error, df = _find_error(view, newest=newest, comparison=comparison)
    if error is None:
        return Course(
            view=view,
            nodes=nodes,
            newest=newest,
            expected=expected,
            difference=difference,
            planned=planned,
            reason="how much of the difference is noise is not known",
        )
    reach = error * float(student_t.ppf((1 + ci_level) / 2, df))
    return Course(
        view=view,
        nodes=nodes,
        newest=newest,
        expected=expected,
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        std_error=error,
        df=df,
        planned=planned,
        below=float(student_t.cdf(-difference / error, df)),
        verdict=judge_difference(low=difference - reach, high=difference + reach, planned=planned),
    )


def judge_difference(*, low: float, high: float, planned: float) -> Verdict:
    """Judge the difference from the line by its interval.

    Parameters
    ----------
    low, high : float
        Interval of newest value minus line, positive where it is better.
    planned : float
        Progress planned by then.

    Returns
    -------
    {'ahead', 'on track', 'behind', 'cannot tell'}
        ``cannot tell`` where both the line and a standstill are within the interval.
    """
    if high < 0:
        return "behind"
    if low > 0:
        return "ahead"
    return "on track" if planned > 0 and low > -planned else "cannot tell"


def place_time(time: Time) -> float:
    """Give a time as a number of school years."""
    return int(time[0][:4]) + _PLACE.get(time[1], 1.0)


def _draw_nodes(view: GoalView) -> tuple[tuple[tuple[Time, float], ...], str]:
    goal, base = view.goal, find_base(view)
    reason = next(_find_gaps(view, base=base), "")
    if reason or base is None or view.start is None or view.end is None or goal.target is None:
        return (), reason
    between = [
        (one.time, one.value)
        for one in read_milestones(goal)
        if order_time(*view.start) < order_time(*one.time) < order_time(*view.end)
    ]
    return ((view.start, base), *between, (view.end, goal.target)), ""


def _find_gaps(view: GoalView, *, base: float | None) -> Iterator[str]:
    """Say why no line can be drawn."""
    goal = view.goal
    if view.key is None or not view.is_known:
        yield "the data hold no such measure"
    if base is None or view.start is None:
        yield "it has no baseline"
        return
    if not is_school_year(view.start[0]) or view.start[1] not in WINDOWS:
        yield "its baseline is of a time that does not exist"
    if goal.target is None or view.end is None or goal.target_window not in view.windows:
        yield "it does not say where the measure is to stand at which time"
        return
    if order_time(*view.end) <= order_time(*view.start):
        yield "its target is no later than its baseline"
    if goal.baseline is not None and view.better * (goal.target - goal.baseline) <= 0:
        yield "its target is no better than its baseline"
    if view.better * (goal.target - base) <= 0:
        yield "the data say that the target was reached before the plan began"


def _find_newest(view: GoalView, *, nodes: tuple[tuple[Time, float], ...]) -> tuple[Value | None, str]:
    start = nodes[0][0]
    stated = {time for time, _ in nodes}
    later = [
        one
        for one in view.values
        if order_time(*one.time) > order_time(*start) and (one.window == start[1] or one.time in stated)
    ]
    if not later:
        return None, "there is no value of a comparable time since the baseline"
    newest = later[-1]
    return newest, "" if newest.value is not None else "the newest value may not be printed"


def _find_error(view: GoalView, *, newest: Value, comparison: FrameReader) -> tuple[float | None, float]:
    """Find the standard error of the difference, and its degrees of freedom."""
    base = view.baseline
    found: list[tuple[float, float]] = []
    if newest.std_error:
        found.append((newest.std_error, newest.df or math.inf))
    if view.key is not None:
        changes = read_changes(
            comparison, key=view.key, district_id=view.subject.district_id, school_id=view.subject.school_id or ""
        )
        found += [
            (one.std_error, one.df or math.inf)
            for one in changes
            if one.start == view.start and one.end == newest.time and one.std_error
        ]
        known = any(one.start == view.start and one.end == newest.time and one.std_error for one in changes)
        if not known and newest.std_error and base is not None and base.std_error:
            found.append((math.hypot(newest.std_error, base.std_error), min(newest.df or 1.0, base.df or 1.0)))
    if not found:
        return None, math.inf
    return max(found)


def _interpolate(nodes: tuple[tuple[Time, float], ...], *, time: Time) -> float | None:
    if not nodes or order_time(*time) < order_time(*nodes[0][0]):
        return None
    for (start, first), (end, last) in itertools.pairwise(nodes):
        if order_time(*time) <= order_time(*end):
            part = (place_time(time) - place_time(start)) / (place_time(end) - place_time(start))
            return first + part * (last - first)
    return nodes[-1][1]
