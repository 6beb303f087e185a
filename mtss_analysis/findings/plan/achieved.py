"""What schools like this one achieved over the time that a goal allows, noise removed, and how likely its target is."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.measure_words import is_percent
from mtss_analysis.findings.values.keys import ValueKey, order_time
from mtss_analysis.findings.values.reading import Change, read_changes
from mtss_analysis.stats import shrink
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.projection import LEAST_TIMES, project_line
from mtss_analysis.stats.reaching import find_reaching

LEAST_SCHOOLS = 6
"""Fewer schools do not show how much schools change: a convention of this kit."""
OUT_OF_REACH = 0.02
"""A target is out of reach where fewer than 1 in 50 schools like this one would get there: a convention of this kit."""
SELDOM = 0.2
LEAST_SHARE = 0.002
"""Shares closer to 0 or 1 are read as this: log odds have no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolChange:
    """A school's change with the noise taken out, in the direction in which it is better; ``is_own``: this school's."""

    estimate: float
    low: float
    high: float
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Achieved:
    """What schools like this one achieved, and how likely a goal's target is.

    Parameters
    ----------
    wanted : float
        Change from the baseline to the target, positive where it is better.
    like : str
        Which schools were looked at, in words.
    n_schools : int
        How many.
    n_changes : int
        How many changes of theirs.
    share, next_school : float or None
        Expected share of their changes that were really so large; probability that one more school's would be, at a
        time at which schools as a whole need not fall.
    mean, spread : float or None
        Mean and standard deviation of real changes, from where this goal starts.
    schools : tuple of SchoolChange
        One per change, from the smallest on.
    by_trend : float or None
        Probability that the target is reached if this school's own trend goes on.
    by_chance : float or None
        Probability that the measured value reaches the target though nothing really changes.
    reason : str
        Why there is no distribution; empty where there is one.
    """

    wanted: float
    like: str = ""
    n_schools: int = 0
    n_changes: int = 0
    share: float | None = None
    next_school: float | None = None
    mean: float | None = None
    spread: float | None = None
    schools: tuple[SchoolChange, ...] = ()
    by_trend: float | None = None
    by_chance: float | None = None
    reason: str = ""


def find_achieved(view: GoalView, *, baseline: float, ci_level: float, comparison: FrameReader) -> Achieved | None:
    """Find how likely a goal's target is.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    baseline : float
        Where it starts from: what the data say, or what the plan says where they may not be printed.
    ci_level : float
        Confidence level, 0 to 1.
    comparison : Comparison
        With the frame ``value_changes``.

    Returns
    -------
    Achieved or None
        None where the goal states no target or no time.

    Notes
    -----
    Shares are compared as log odds, since ten points more are another thing at 85 percent than at 50; what is given
    back is how far the same change in log odds moves this goal's own baseline.
    """
    goal, span = view.goal, view.span_years
    if goal.target is None or span is None or view.key is None or view.start is None or view.end is None:
        return None
    wanted = view.better * (goal.target - baseline)
    changes = read_changes(comparison, key=view.key)
    own_id = view.subject.school_id or ""
    own = [one for one in changes if (one.district_id, one.school_id) == (view.subject.district_id, own_id)]
    by_trend = _follow_trend(view)
    by_chance = _reach_by_chance(own, view=view, wanted=wanted)
    same = [one for one in changes if one.school_id and _is_span(one, view=view, years=span)]
    kept, like = _choose_like(same, view=view, comparison=comparison)
    usable = [one for one in kept if one.change is not None and one.std_error]
    n_schools = len({(one.district_id, one.school_id) for one in usable})
    if n_schools < LEAST_SCHOOLS:
        reason = (
            f"the data hold such a change of {n_schools or 'no'} school{'' if n_schools == 1 else 's'}, "
            f"and {LEAST_SCHOOLS} are needed"
        )
        return Achieved(wanted=wanted, n_schools=n_schools, reason=reason, by_trend=by_trend, by_chance=by_chance)
    scale = _Scale(base=baseline, better=view.better, is_share=is_percent(view.key))
    estimates, errors = scale.read(usable)
    try:
        reaching = find_reaching(estimates=estimates, std_errors=errors, threshold=scale.want(goal.target))
        shrunken = shrink(estimates=estimates, std_errors=errors, ci_level=ci_level)
    except TooFewError as error:
        return Achieved(wanted=wanted, n_schools=n_schools, reason=str(error), by_trend=by_trend, by_chance=by_chance)
    schools = [
        SchoolChange(
            estimate=scale.move(float(shrunken.estimates[at])),
            low=scale.move(float(shrunken.ci_low[at])),
            high=scale.move(float(shrunken.ci_high[at])),
            is_own=(one.district_id, one.school_id) == (view.subject.district_id, own_id),
        )
        for at, one in enumerate(usable)
    ]
    return Achieved(
        wanted=wanted,
        like=like,
        n_schools=n_schools,
        n_changes=len(usable),
        share=reaching.share,
        next_school=reaching.next_time,
        mean=scale.move(reaching.mean),
        spread=abs(scale.move(reaching.mean + reaching.spread) - scale.move(reaching.mean)),
        schools=tuple(sorted(schools, key=lambda one: one.estimate)),
        by_trend=by_trend,
        by_chance=by_chance,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """The scale on which changes are compared: log odds of shares, the measure's own of anything else."""

    base: float
    better: int
    is_share: bool

    def read(self, changes: list[Change]) -> tuple[FloatArray, FloatArray]:
        """Give changes and standard errors on the scale, positive where better."""
        moved = np.array([one.change or 0.0 for one in changes])
        errors = np.array([one.std_error or 0.0 for one in changes])
        if not self.is_share:
            return self.better * moved, errors
        start = np.array([one.start_value or 0.0 for one in changes])
        middle = np.clip((start + moved / 2) / 100, LEAST_SHARE, 1 - LEAST_SHARE)
        return self.better * (_log_odds(start + moved) - _log_odds(start)), errors / 100 / (middle * (1 - middle))

    def want(self, target: float) -> float:
        """Give the change that a target asks for on the scale."""
        if not self.is_share:
            return self.better * (target - self.base)
        ends = _log_odds(np.array([self.base, target]))
        return self.better * float(ends[1] - ends[0])

    def move(self, change: float) -> float:
        """Give how far a change on the scale moves the goal's baseline, positive where better."""
        if not self.is_share:
            return change
        odds = float(_log_odds(np.array([self.base]))[0]) + self.better * change
        return self.better * (100 * float(expit(odds)) - self.base)


def _log_odds(percent: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(percent / 100, LEAST_SHARE, 1 - LEAST_SHARE)), dtype=np.float64)


def _is_span(change: Change, *, view: GoalView, years: int) -> bool:
    if view.start is None or view.end is None:
        return False
    windows = (change.start[1], change.end[1]) == (view.start[1], view.end[1])
    return windows and int(change.end[0][:4]) - int(change.start[0][:4]) == years


def _choose_like(changes: list[Change], *, view: GoalView, comparison: FrameReader) -> tuple[list[Change], str]:
    """Choose the schools of the same level, or all where these are too few; of each the spans that do not overlap."""
    if view.key is None or not changes:
        return [], ""
    apart = _take_apart(changes)
    level = _find_level(view, comparison=comparison, key=view.key)
    levels = _levels(comparison, key=view.key)
    alike = [one for one in apart if levels.get((one.district_id, one.school_id)) == level]
    n_alike = len({(one.district_id, one.school_id) for one in alike if one.change is not None})
    if level and n_alike >= LEAST_SCHOOLS:
        return alike, f"{level} schools"
    return apart, "schools"


def _take_apart(changes: list[Change]) -> list[Change]:
    """Take of each school the latest span, and earlier ones that do not overlap with it."""
    found: list[Change] = []
    starts: dict[tuple[str, str], tuple[str, int]] = {}
    for one in sorted(changes, key=lambda change: order_time(*change.end), reverse=True):
        place = (one.district_id, one.school_id)
        if place in starts and order_time(*one.end) > starts[place]:
            continue
        starts[place] = order_time(*one.start)
        found.append(one)
    return found


def _levels(comparison: FrameReader, *, key: ValueKey) -> dict[tuple[str, str], str]:
    frame = comparison.frame("value_changes")
    rows = frame[frame["measure"] == key.measure].drop_duplicates(["district_id", "school_id"])
    return {
        (str(district), str(school)): str(level)
        for district, school, level in rows[["district_id", "school_id", "school_level"]].itertuples(index=False)
    }


def _find_level(view: GoalView, *, comparison: FrameReader, key: ValueKey) -> str:
    place = (view.subject.district_id, view.subject.school_id or "")
    return _levels(comparison, key=key).get(place, "") if view.subject.school_id else ""


def _follow_trend(view: GoalView) -> float | None:
    """Give the probability that the line through this school's values of that window is beyond the target then."""
    if view.end is None or view.goal.target is None:
        return None
    points = [
        (int(one.school_year[:4]), one.value, one.std_error)
        for one in view.values
        if one.window == view.end[1] and one.value is not None and one.std_error
    ]
    if len(points) < LEAST_TIMES:
        return None
    times, values, errors = (np.array(column, dtype=np.float64) for column in zip(*points, strict=True))
    line = project_line(times=times, values=values, std_errors=errors, at=float(view.end[0][:4]))
    return float(norm.cdf(view.better * (line.estimate - view.goal.target) / line.std_error))


def _reach_by_chance(own: list[Change], *, view: GoalView, wanted: float) -> float | None:
    """Give the probability that noise alone moves the measured value from the baseline to the target."""
    known = [one for one in own if one.std_error and view.start is not None and one.start[1] == view.start[1]]
    if not known or math.isnan(wanted):
        return None
    spans = [one for one in known if view.span_years is not None and _is_span(one, view=view, years=view.span_years)]
    latest = max(spans or known, key=lambda one: (order_time(*one.end), order_time(*one.start)))
    return float(norm.sf(wanted / (latest.std_error or 1.0)))
