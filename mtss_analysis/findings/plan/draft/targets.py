"""Where a measure stands, and how far schools like this one really moved it: what a target can be drawn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.achieved import Achieved, find_achieved
from mtss_analysis.findings.plan.goal_view import GoalView, view_goal
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.rows import Goal
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import AT_CUT, MEAN, WINDOWS, ValueKey, find_kind
from mtss_analysis.findings.values.reading import Value

WANTED = (1 / 3, 1 / 5, 1 / 10)
"""How many of schools like this one would change by as much: the first that is for the better; a convention."""
LEAST_CHANGES = 10
"""Fewer changes of other schools say too little of how far schools move; a convention."""
OF_100 = (AT_CUT, "pct")
_TEXTS = ("finding_id", "grade", "milestones", "owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A baseline, and a target that schools like this one reach from theirs.

    Parameters
    ----------
    key : ValueKey
        What is measured.
    baseline : Value or None
        The newest value that may be printed; None: there is none.
    better : {1, -1}
        Which way is better.
    target : float or None
        In the statistic's own scale; None: it cannot be drawn from the data.
    school_year : str
        School year of the target; empty without a baseline.
    milestone : tuple of (str, str, float) or None
        School year, window and value on the way, where the measure is taken in between and can be set beside.
    share : float or None
        How many schools like this one would change by as much, 0 to 1.
    achieved : Achieved or None
        What it rests on.
    yardstick : float or None
        What the target stops at, or, where hardly any changes of other schools are known, half of the way to which is
        aimed at; None: the target does not rest on it.
    """

    key: ValueKey
    baseline: Value | None
    better: int = 1
    target: float | None = None
    school_year: str = ""
    milestone: tuple[str, str, float] | None = None
    share: float | None = None
    achieved: Achieved | None = None
    yardstick: float | None = None


def set_target(
    comparison: FrameReader,
    *,
    keys: Sequence[ValueKey],
    subject: Subject,
    settings: Settings,
    window: str | None,
    yardstick: float | None = None,
) -> Target:
    """Read the baseline of a measure and set a target a year later.

    Parameters
    ----------
    comparison : FrameReader
        With the frames ``values`` and ``value_changes``.
    keys : sequence of ValueKey
        Ways to sum the measure up, the one to be taken first if it can be printed.
    subject : Subject
        A school or a district.
    settings : Settings
        Which way is better, confidence level.
    window : str or None
        Window of the baseline, where the run follows one; None: the newest there is.
    yardstick : float or None
        What the value is held against elsewhere, such as the median of comparable schools.

    Returns
    -------
    Target
        The largest change that a third of schools like this one would really achieve within a year, noise taken out;
        where that is none, a fifth, then a tenth; never beyond the yardstick. Where the data hold fewer than ten
        changes of others, half of the way to the yardstick. Without a target where there is neither.
    """
    for key in keys:
        view = view_goal(_write_goal(key), subject=subject, settings=settings, comparison=comparison)
        baseline = _find_newest(view.values, window=window)
        if baseline is not None:
            found = _aim(view, baseline=baseline, settings=settings, comparison=comparison)
            held = found if yardstick is None else _hold_against(found, yardstick=yardstick)
            if held.target is None:
                return held
            milestone = _find_milestone(view, baseline=baseline, target=held.target, year=held.school_year)
            return replace(held, milestone=milestone)
    return Target(key=keys[0], baseline=None)


def order_statistics(measure: str, *, has_cut: bool) -> tuple[str, ...]:
    """Give the ways in which a measure is summed up in a draft, the first preferred."""
    kind = find_kind(measure)
    if kind == "screening":
        return (AT_CUT, MEAN) if has_cut else (MEAN, AT_CUT)
    return {"referrals": ("per_100_per_day",), "caseload": (MEAN,)}.get(kind, ("pct",))


def count_digits(key: ValueKey) -> int:
    """Count the decimals to which baseline and target are written."""
    return 2 if find_kind(key.measure) == "referrals" else 1


def _write_goal(key: ValueKey) -> Goal:
    nothing: dict[str, Any] = {field.name: () if field.name in _TEXTS else None for field in fields(Goal)}
    grades = tuple(key.grade.split(";"))
    given = {"goal_id": "draft", "measure": key.measure, "statistic": key.statistic, "grade": grades}
    return Goal(**(nothing | given | {"student_group": key.group}))


def _find_newest(values: Sequence[Value], *, window: str | None) -> Value | None:
    known = [one for one in values if one.status == "ok" and one.value is not None]
    wanted = [one for one in known if one.window == window] if window else []
    # What is summed from the start of the year on is whole in spring.
    whole = [one for one in known if one.window == WINDOWS[-1]]
    found = wanted or whole or known
    return found[-1] if found else None


def _aim(view: GoalView, *, baseline: Value, settings: Settings, comparison: FrameReader) -> Target:
    assert view.key is not None  # noqa: S101 - the goal names a measure
    year = _next_year(baseline.school_year)
    digits = count_digits(view.key)
    stood = round(baseline.value or 0.0, digits)
    found = Target(key=view.key, baseline=baseline, better=view.better, school_year=year)

    def reach(target: float) -> Achieved | None:
        goal = replace(
            view.goal, baseline=stood, baseline_school_year=baseline.school_year, baseline_window=baseline.window,
            target=target, target_school_year=year, target_window=baseline.window,
        )  # fmt: skip
        aimed = replace(view, goal=goal)
        return find_achieved(aimed, baseline=stood, ci_level=settings.ci_level, comparison=comparison)

    first = reach(stood)
    if first is None or first.next_school is None or first.mean is None or first.spread is None:
        return replace(found, achieved=first)
    far = max(first.mean, 0.0) + 3 * max(first.spread, 10.0**-digits)
    line = _Line(stood=stood, better=view.better, digits=digits)
    for share in WANTED:
        target = _find_largest(lambda one: _share(reach(one)), line=line, far=far, share=share)
        target = _limit(target, statistic=view.key.statistic)
        if view.better * (target - stood) > 0:
            achieved = reach(target)
            return replace(found, target=target, achieved=achieved, share=_share(achieved))
    return replace(found, achieved=first)


def _hold_against(found: Target, *, yardstick: float) -> Target:
    """Stop at the yardstick; go half of the way to it where other schools' changes are too few to aim by."""
    if found.target is None or found.achieved is None or found.achieved.n_changes < LEAST_CHANGES:
        return _go_half_way(found, yardstick=yardstick)
    stop = round(yardstick, count_digits(found.key))
    stood = found.baseline.value if found.baseline and found.baseline.value is not None else stop
    is_beyond = found.better * (found.target - stop) > 0 and found.better * (stop - stood) > 0
    return replace(found, target=stop, yardstick=yardstick) if is_beyond else found


def _go_half_way(found: Target, *, yardstick: float) -> Target:
    """Aim at the middle between where the measure stands and the yardstick, if that is better."""
    if found.baseline is None or found.baseline.value is None:
        return found
    digits = count_digits(found.key)
    stood = round(found.baseline.value, digits)
    target = _limit(round((stood + yardstick) / 2, digits), statistic=found.key.statistic)
    return replace(found, target=target, yardstick=yardstick) if found.better * (target - stood) > 0 else found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Targets that can be written: so many steps of the last digit from where the measure stands."""

    stood: float
    better: int
    digits: int

    def at(self, steps: int) -> float:
        return round(self.stood + self.better * steps * 10.0**-self.digits, self.digits)


def _find_largest(share_of: Callable[[float], float], *, line: _Line, far: float, share: float) -> float:
    """Find the farthest target that still so many would reach; where the measure stands, if none would."""
    low, high = 0, max(int(far * 10**line.digits), 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if share_of(line.at(middle)) >= share else (low, middle)
    return line.at(low)


def _share(achieved: Achieved | None) -> float:
    return achieved.next_school if achieved is not None and achieved.next_school is not None else 0.0


def _find_milestone(view: GoalView, *, baseline: Value, target: float, year: str) -> tuple[str, str, float] | None:
    """Set the middle of the way where the measure is taken in winter and means the same then as at the baseline."""
    in_winter = any(one.school_year == baseline.school_year and one.window == "winter" for one in view.values)
    means_the_same = view.goal.statistic == AT_CUT or view.kind in {"implementation", "fidelity"}
    if baseline.window != WINDOWS[-1] or not in_winter or not means_the_same or baseline.value is None:
        return None
    return (year, "winter", round((baseline.value + target) / 2, 1))


def _limit(value: float, *, statistic: str) -> float:
    return min(max(value, 0.0), 100.0) if statistic in OF_100 else value


def _next_year(school_year: str) -> str:
    first = int(school_year[:4]) + 1
    return f"{first}-{(first + 1) % 100:02d}"
