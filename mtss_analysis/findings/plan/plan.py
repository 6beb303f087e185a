"""The plan of one school, or of a district, as every check of it reads it."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.rows import Action, Capacity, Deliverable, Goal, Initiative, PlanRow, read_rows
from mtss_analysis.findings.record import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose plan it is.

    Parameters
    ----------
    district_id : str
        The district.
    school_id : str or None
        The school; None: the plan is the district's.
    name : str
        As printed.
    """

    district_id: str
    school_id: str | None
    name: str

    @property
    def level(self) -> Level:
        """Level of what is recorded about the plan."""
        return "district" if self.school_id is None else "school"

    @property
    def word(self) -> str:
        """``school`` or ``district``, for a sentence."""
        return self.level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The plan of one school, or of a district.

    Parameters
    ----------
    subject : Subject
        Whose.
    goals, actions, deliverables : tuple
        Of a school: its own goals and actions, with their deliverables; what the district does in all schools is not
        among them. Of a district: those without a school.
    initiatives, capacity : tuple
        Of a school: its own and the district's, since both take its time. Of a district: its own.
    known_goals, known_actions : frozenset of str
        Ids of all goals and actions of the district, to which a row may refer.
    others : tuple of Action
        Actions of the other plans of the district, for which one of these may wait.
    """

    subject: Subject
    goals: tuple[Goal, ...]
    actions: tuple[Action, ...]
    deliverables: tuple[Deliverable, ...]
    initiatives: tuple[Initiative, ...]
    capacity: tuple[Capacity, ...]
    known_goals: frozenset[str]
    known_actions: frozenset[str]
    others: tuple[Action, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a goal nor an action."""
        return not self.goals and not self.actions

    def actions_of(self, goal: Goal) -> tuple[Action, ...]:
        """Give the actions that serve a goal, in the order of the table."""
        return tuple(action for action in self.actions if action.goal_id == goal.goal_id)

    def deliverables_of(self, action: Action) -> tuple[Deliverable, ...]:
        """Give what an action is to bring forth, in the order of the table."""
        return tuple(one for one in self.deliverables if one.action_id == action.action_id)


def open_plan(comparison: FrameReader, *, subject: Subject) -> Plan:
    """Take the plan of a school or of a district out of the comparison.

    Parameters
    ----------
    comparison : Comparison
        With the frames ``plan_goals`` and so on.
    subject : Subject
        Whose plan.

    Returns
    -------
    Plan
        Empty where there is none. A deliverable whose action nobody knows belongs to the district.
    """
    goals = _of_district(comparison, "plan_goals", subject)
    actions = _of_district(comparison, "plan_actions", subject)
    deliverables = _of_district(comparison, "plan_deliverables", subject)
    mine = actions[_is_own(actions, subject)]
    other = actions[~_is_own(actions, subject)]
    kept = deliverables["action_id"].isin(mine["action_id"])
    if subject.school_id is None:
        kept |= ~deliverables["action_id"].isin(other["action_id"])
    return Plan(
        subject=subject,
        goals=_read(goals[_is_own(goals, subject)], Goal),
        actions=_read(mine, Action),
        deliverables=_read(deliverables[kept], Deliverable),
        initiatives=_read(_with_districts(comparison, "plan_initiatives", subject), Initiative),
        capacity=_read(_with_districts(comparison, "plan_capacity", subject), Capacity),
        known_goals=frozenset(goals["goal_id"].dropna()),
        known_actions=frozenset(actions["action_id"].dropna()),
        others=_read(other, Action),
    )


def _of_district(comparison: FrameReader, name: str, subject: Subject) -> pd.DataFrame:
    frame = comparison.frame(name)
    return frame[frame["district_id"] == subject.district_id].reset_index(drop=True)


def _is_own(frame: pd.DataFrame, subject: Subject) -> pd.Series:
    return frame["school_id"].isna() if subject.school_id is None else frame["school_id"] == subject.school_id


def _with_districts(comparison: FrameReader, name: str, subject: Subject) -> pd.DataFrame:
    frame = _of_district(comparison, name, subject)
    return frame[frame["school_id"].isna() | _is_own(frame, subject)]


def _read(frame: pd.DataFrame, kind: type[PlanRow]) -> tuple[PlanRow, ...]:
    rows: Any = read_rows(frame, kind)
    return tuple(rows)
