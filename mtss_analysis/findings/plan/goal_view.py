"""A goal beside what its measure stood at."""

from dataclasses import dataclass
from typing import Literal

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.plan.rows import Goal
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import (
    STATISTICS,
    WINDOWS,
    MeasureKind,
    ValueKey,
    find_kind,
    is_school_year,
    make_key,
)
from mtss_analysis.findings.values.reading import Value, find_value, read_values

LOWER_IS_BETTER: tuple[MeasureKind, ...] = ("absence", "referrals", "caseload")
Time = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalView:
    """A goal beside its measure.

    Parameters
    ----------
    goal : Goal
        As the plan has it.
    subject : Subject
        Whose plan.
    key : ValueKey or None
        What is measured; None where no measure is stated.
    is_known : bool
        Whether the data hold the measure at all, of anybody.
    values : tuple of Value
        What it stood at here, from the earliest time on.
    windows : tuple of str
        Windows that the data have of the measure.
    better : {1, -1}
        Which way is better.
    """

    goal: Goal
    subject: Subject
    key: ValueKey | None
    is_known: bool
    values: tuple[Value, ...]
    windows: tuple[str, ...]
    better: Literal[1, -1]

    @property
    def kind(self) -> MeasureKind | None:
        """Kind of its measure."""
        return None if self.key is None else find_kind(self.key.measure)

    @property
    def start(self) -> Time | None:
        """When its baseline was taken; None where that is not stated."""
        goal = self.goal
        if not goal.baseline_school_year or not goal.baseline_window:
            return None
        return (goal.baseline_school_year, goal.baseline_window)

    @property
    def end(self) -> Time | None:
        """When its target is due; a window that nobody knows is read as that of the baseline.

        None where neither a year nor a day is stated.
        """
        goal = self.goal
        year = goal.target_school_year
        if (year is None or not is_school_year(year)) and goal.target_date is not None:
            first = goal.target_date.year - (goal.target_date.month < 7)
            year = f"{first}-{(first + 1) % 100:02d}"
        window = goal.target_window if goal.target_window in self.windows else goal.baseline_window
        if year is None or not is_school_year(year) or window is None:
            return None
        return (year, window)

    @property
    def baseline(self) -> Value | None:
        """What the data say of the time of the baseline; None where they hold nothing."""
        return None if self.start is None else find_value(self.values, school_year=self.start[0], window=self.start[1])

    @property
    def span_years(self) -> int | None:
        """School years between baseline and target."""
        if self.start is None or self.end is None or not is_school_year(self.start[0]):
            return None
        return int(self.end[0][:4]) - int(self.start[0][:4])


def view_goal(goal: Goal, *, subject: Subject, settings: Settings, comparison: FrameReader) -> GoalView:
    """Set a goal beside its measure.

    Parameters
    ----------
    goal : Goal
        The goal.
    subject : Subject
        Whose plan it belongs to.
    settings : Settings
        Effect questions, which say where less is better.
    comparison : Comparison
        With the frame ``values``.

    Returns
    -------
    GoalView
    """
    if goal.measure is None:
        return GoalView(
            goal=goal, subject=subject, key=None, is_known=False, values=(), windows=WINDOWS, better=1
        )  # fmt: skip
    key = make_key(measure=goal.measure, statistic=goal.statistic, grades=goal.grade, group=goal.student_group)
    frame = comparison.frame("values")
    held = frame[(frame["measure"] == key.measure) & (frame["district_id"] == subject.district_id)]
    kind = find_kind(key.measure)
    windows = tuple(window for window in WINDOWS if window in set(held["window"]))
    return GoalView(
        goal=goal,
        subject=subject,
        key=key,
        is_known=bool(len(held)) and key.statistic in STATISTICS[kind],
        values=read_values(
            comparison,
            district_id=subject.district_id,
            school_id=subject.school_id,
            measure=key.measure,
            statistic=key.statistic,
            grades=goal.grade,
            group=goal.student_group,
        ),
        windows=windows or WINDOWS,
        better=-1 if is_lower_better(key.measure, settings=settings) else 1,
    )


def view_goals(plan: Plan, *, settings: Settings, comparison: FrameReader) -> tuple[GoalView, ...]:
    """Set every goal of a plan beside its measure, in the order of the plan."""
    return tuple(view_goal(goal, subject=plan.subject, settings=settings, comparison=comparison) for goal in plan.goals)


def is_lower_better(measure: str, *, settings: Settings) -> bool:
    """Whether less of a measure is better: absence, referrals, caseload, and outcomes that the run file says so of.

    Parameters
    ----------
    measure : str
        As in the goals table.
    settings : Settings
        ``effects``.

    Returns
    -------
    bool
    """
    if find_kind(measure) in LOWER_IS_BETTER:
        return True
    return any(question.better == "lower" and measure in question.outcomes for question in settings.effects)
