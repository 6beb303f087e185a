"""One row of each plan table, with its lists split and its empty cells as None."""

import datetime as dt
import math
import types
import typing
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal; columns as in the schema of ``goals``, an empty cell is None, ``owner`` and ``finding_id`` are lists."""

    goal_id: str
    school_id: str | None
    planned_on: dt.date | None
    statement: str | None
    finding_id: tuple[str, ...]
    domain: str | None
    measure: str | None
    statistic: str | None
    grade: tuple[str, ...]
    student_group: str | None
    baseline: float | None
    baseline_school_year: str | None
    baseline_window: str | None
    target: float | None
    target_school_year: str | None
    target_window: str | None
    target_date: dt.date | None
    milestones: tuple[str, ...]
    owner: tuple[str, ...]
    relevance: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action; columns as in the schema of ``actions``; causes, owners, dependencies and the like are lists."""

    action_id: str
    school_id: str | None
    goal_id: str | None
    cause_id: tuple[str, ...]
    description: str | None
    action_type: str | None
    level: str | None
    practice: str | None
    intervention_id: str | None
    spreads_from_school_id: str | None
    schools_reached: tuple[str, ...]
    owner: tuple[str, ...]
    lead_district: str | None
    lead_school: str | None
    lead_classroom: str | None
    support_structure: str | None
    start_date: dt.date | None
    end_date: dt.date | None
    depends_on: tuple[str, ...]
    staff_role: str | None
    staff_hours_per_week: float | None
    capacity_exists: str | None
    capacity_needed: str | None
    cost: float | None
    funding_source: tuple[str, ...]
    amount_funded: float | None
    risks: str | None
    progress_measure: tuple[str, ...]
    next_check: dt.date | None
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """A deliverable; columns as in the schema of ``deliverables``."""

    deliverable_id: str
    action_id: str | None
    description: str | None
    evidence_type: str | None
    due_date: dt.date | None
    responsible: str | None
    status: str | None
    delivered_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiative:
    """Something the district runs already; columns as in the schema of ``initiatives``."""

    initiative_id: str
    name: str | None
    school_id: str | None
    domain: str | None
    tier: str | None
    grade: tuple[str, ...]
    student_group: str | None
    purpose: str | None
    intervention_id: str | None
    practice: str | None
    measure: str | None
    start_date: dt.date | None
    end_date: dt.date | None
    cost_per_year: float | None
    funding_source: str | None
    staff_role: str | None
    staff_hours_per_week: float | None
    students_served: float | None
    fidelity_pct: float | None
    mandated: bool | None
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Working time of a role in a month; columns as in the schema of ``capacity``."""

    capacity_id: str
    school_id: str | None
    staff_role: str | None
    month: str | None
    hours_available: float | None
    hours_committed: float | None


PlanRow = TypeVar("PlanRow", Goal, Action, Deliverable, Initiative, Capacity)


def read_rows(frame: pd.DataFrame, kind: type[PlanRow]) -> tuple[PlanRow, ...]:
    """Read the rows of a plan table.

    Parameters
    ----------
    frame : DataFrame
        With the columns of the table's schema.
    kind : type
        ``Goal``, ``Action``, ``Deliverable``, ``Initiative`` or ``Capacity``.

    Returns
    -------
    tuple
        In the order of the frame; lists are split at semicolons.
    """
    columns = {field.name: _read_cell_as(field.type) for field in fields(kind)}
    return tuple(
        kind(**{name: read(row.get(name)) for name, read in columns.items()}) for row in frame.to_dict("records")
    )


def _read_cell_as(wanted: Any) -> Any:  # noqa: ANN401 (a type of one of the fields above)
    kinds = set(typing.get_args(wanted)) if isinstance(wanted, types.UnionType) else {wanted}
    for kind, read in ((dt.date, _read_date), (float, _read_number), (bool, _read_truth), (str, _read_text)):
        if kind in kinds:
            return read
    return _read_list


def _is_empty(cell: object) -> bool:
    return cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))


def _read_text(cell: object) -> str | None:
    return None if _is_empty(cell) or not str(cell).strip() else str(cell).strip()


def _read_number(cell: Any) -> float | None:  # noqa: ANN401 (a cell)
    return None if _is_empty(cell) else float(cell)


def _read_truth(cell: object) -> bool | None:
    return None if _is_empty(cell) else bool(cell)


def _read_date(cell: Any) -> dt.date | None:  # noqa: ANN401 (a cell)
    return None if _is_empty(cell) else pd.Timestamp(cell).date()


def _read_list(cell: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in (_read_text(cell) or "").split(";") if part.strip())
