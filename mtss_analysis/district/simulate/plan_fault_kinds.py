"""The kinds of faults of a plan: what each writes into a sound row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate.plan_dates import PlanDates


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """Kind, table, column, requirement, which rows it may spoil (letter of the action), and what it writes there."""

    kind: str
    table: str
    column: str
    requirement: str
    letter: str
    values: Callable[[pd.Series, PlanDates], dict[str, Any]]
    detail: str = ""


def _set(**values: Any) -> Callable[[pd.Series, PlanDates], dict[str, Any]]:  # noqa: ANN401 (text, number or nothing)
    return lambda _row, _dates: values


GOAL_KINDS = (
    FaultKind(kind="not_specific", table="goals", column="grade", requirement="R31", letter="",
              values=_set(grade=None, student_group=None, statement="Reading gets better")),
    FaultKind(kind="not_measurable", table="goals", column="measure", requirement="R31", letter="",
              values=_set(measure="teacher_enthusiasm"), detail="no measure of the kit"),
    FaultKind(kind="no_baseline", table="goals", column="baseline", requirement="R31", letter="",
              values=_set(baseline=None)),
    FaultKind(kind="wrong_baseline", table="goals", column="baseline", requirement="R31", letter="",
              values=lambda row, _dates: _lower(row), detail="the data say otherwise"),
    FaultKind(kind="wrong_direction", table="goals", column="target", requirement="R31", letter="",
              values=lambda row, _dates: _turn(row)),
    FaultKind(kind="not_achievable", table="goals", column="target", requirement="R31", letter="",
              values=lambda row, _dates: _raise_target(row), detail="beyond what any school achieved"),
    FaultKind(kind="no_time", table="goals", column="target_window", requirement="R31", letter="",
              values=_set(target_window=None, target_school_year=None, target_date=None)),
    FaultKind(kind="unknown_window", table="goals", column="target_window", requirement="R31", letter="",
              values=_set(target_window="midsummer")),
    FaultKind(kind="no_owner", table="goals", column="owner", requirement="R33", letter="", values=_set(owner=None)),
)  # fmt: skip
ACTION_KINDS = (
    FaultKind(kind="wrong_level", table="actions", column="level", requirement="R34", letter="a",
              values=_set(level="district", action_type="programme", practice=None, cost=48_000.0,
                          amount_funded=48_000.0,
                          description="Buy a reading intervention programme for all elementary schools"),
              detail="co-teaching breaks down in classrooms; a programme is bought by the district"),
    FaultKind(kind="no_owner", table="actions", column="owner", requirement="R33", letter="b", values=_set(owner=None)),
    FaultKind(kind="two_owners", table="actions", column="owner", requirement="R33", letter="a",
              values=_set(owner="principal; director_of_special_education")),
    FaultKind(kind="no_lead", table="actions", column="lead_school", requirement="R33", letter="b",
              values=_set(lead_school=None)),
    FaultKind(kind="no_capacity", table="actions", column="capacity_needed", requirement="R33", letter="a",
              values=_set(capacity_exists=None, capacity_needed=None)),
    FaultKind(kind="no_risks", table="actions", column="risks", requirement="R33", letter="b", values=_set(risks=None)),
    FaultKind(kind="no_support", table="actions", column="support_structure", requirement="R32", letter="a",
              values=_set(support_structure=None)),
    FaultKind(kind="no_resources", table="actions", column="staff_hours_per_week", requirement="R32", letter="b",
              values=_set(staff_role=None, staff_hours_per_week=None)),
    FaultKind(kind="end_before_start", table="actions", column="end_date", requirement="R32", letter="b",
              values=lambda _row, dates: {"end_date": dates.near(8, 20, year=1)}),
    FaultKind(kind="before_plan", table="actions", column="start_date", requirement="R32", letter="a",
              values=lambda _row, dates: {"start_date": dates.planned_on - np.timedelta64(120, "D")},
              detail="the plan was written later"),
    FaultKind(kind="no_end", table="actions", column="end_date", requirement="R32", letter="b",
              values=_set(end_date=None)),
    FaultKind(kind="no_check", table="actions", column="next_check", requirement="R32", letter="b",
              values=_set(next_check=None)),
    FaultKind(kind="check_after_end", table="actions", column="next_check", requirement="R32", letter="b",
              values=lambda _row, dates: {"next_check": dates.near(6, 14, year=1)}),
    FaultKind(kind="unknown_goal", table="actions", column="goal_id", requirement="R39", letter="b",
              values=_set(goal_id="G-99")),
    FaultKind(kind="no_cause", table="actions", column="cause_id", requirement="R34", letter="b",
              values=_set(cause_id=None, practice=None)),
    FaultKind(kind="unknown_cause", table="actions", column="cause_id", requirement="R34", letter="b",
              values=_set(cause_id="moon_phase", practice=None)),
    FaultKind(kind="starts_too_early", table="actions", column="start_date", requirement="R32", letter="b",
              values=lambda _row, dates: {"start_date": dates.near(3, 10)},
              detail="begins before depends_on has ended"),
    FaultKind(kind="unknown_dependency", table="actions", column="depends_on", requirement="R32", letter="b",
              values=_set(depends_on="A-77a")),
    FaultKind(kind="circular_dependency", table="actions", column="depends_on", requirement="R32", letter="a",
              values=lambda row, _dates: {"depends_on": str(row["action_id"])[:-1] + "b"}),
    FaultKind(kind="negative_money", table="actions", column="cost", requirement="R38", letter="b",
              values=_set(cost=-4000.0)),
    FaultKind(kind="funding_gap", table="actions", column="amount_funded", requirement="R38", letter="a",
              values=_set(cost=22_000.0, amount_funded=9_000.0), detail="13000 are missing"),
    FaultKind(kind="no_funding_source", table="actions", column="funding_source", requirement="R38", letter="b",
              values=_set(funding_source=None)),
    FaultKind(kind="unknown_role", table="actions", column="staff_role", requirement="R36", letter="a",
              values=_set(staff_role="implementation_specialist"), detail="nobody has this role"),
)  # fmt: skip
DELIVERABLE_KINDS = (
    FaultKind(kind="attendance_only", table="deliverables", column="evidence_type", requirement="R37", letter="a",
              values=_set(evidence_type="sign_in_sheet", description="Sign-in sheets of the workshop on co-teaching")),
    FaultKind(kind="no_evidence", table="deliverables", column="evidence_type", requirement="R37", letter="b",
              values=_set(evidence_type=None)),
    FaultKind(kind="due_in_break", table="deliverables", column="due_date", requirement="R37", letter="a",
              values=lambda _row, dates: {"due_date": dates.break_day, "delivered_on": dates.break_day}),
    FaultKind(kind="due_in_window", table="deliverables", column="due_date", requirement="R37", letter="a",
              values=lambda _row, dates: {"due_date": dates.window_day, "delivered_on": dates.window_day}),
    FaultKind(kind="due_after_action", table="deliverables", column="due_date", requirement="R37", letter="b",
              values=lambda _row, dates: {"due_date": dates.near(6, 15, year=1)}),
    FaultKind(kind="no_due_date", table="deliverables", column="due_date", requirement="R37", letter="b",
              values=_set(due_date=None)),
    FaultKind(kind="unknown_action", table="deliverables", column="action_id", requirement="R37", letter="b",
              values=_set(action_id="A-88a")),
)  # fmt: skip


def _lower(row: pd.Series) -> dict[str, Any]:
    """Put baseline and target where the data were not, without changing what lies between them."""
    change = -6.0 if row["statistic"] == "mean" else -8.0
    lowered = {name: round(float(row[name]) + change, 1) for name in ("baseline", "target")}
    return lowered | _aim({**row, **lowered})


def _turn(row: pd.Series) -> dict[str, Any]:
    """Aim at the other side of the baseline."""
    turned = {"target": round(float(2 * row["baseline"] - row["target"]), 1)}
    return turned | _aim({**row, **turned})


def _raise_target(row: pd.Series) -> dict[str, Any]:
    """Ask for a change that no school achieves in two years."""
    up = row["target"] > row["baseline"]
    limit = 99.5 if up else 0.5
    raised = {"target": round(float(row["baseline"]) + 25.0, 1) if row["statistic"] == "mean" else limit}
    return raised | _aim({**row, **raised})


def _aim(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Put the milestone half-way between baseline and target."""
    when = str(row["milestones"]).rsplit(" ", maxsplit=1)[0]
    return {"milestones": f"{when} {round((row['baseline'] + row['target']) / 2, 1)}"}
