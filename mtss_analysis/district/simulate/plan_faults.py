"""Faults of a plan: each spoils a row of its own, and is listed with table, row, column and kind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from mtss_analysis.district.simulate.plan_dates import PlanDates
from mtss_analysis.district.simulate.plan_fault_kinds import ACTION_KINDS, DELIVERABLE_KINDS, GOAL_KINDS, FaultKind

Rows = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFault:
    """One planted fault.

    Parameters
    ----------
    table, row_id, column : str
        Where it is; ``row_id`` is the value of the table's key, and empty where a whole row is missing.
    kind : str
        What is wrong, one word of the kinds in ``plan_fault_kinds``.
    requirement : str
        The requirement that it breaks.
    detail : str
        What the cell should be compared with; may be empty.
    also : tuple of str
        Keys of other rows that a careful reader names for the same reason.
    """

    table: str
    row_id: str
    column: str
    kind: str
    requirement: str
    detail: str = ""
    also: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Describe it for ``truth.json``."""
        return asdict(self) | {"also": list(self.also)}


KEYS = {"goals": "goal_id", "actions": "action_id", "deliverables": "deliverable_id", "capacity": "capacity_id"}
STRONGEST_PRACTICE_GOAL = "G-01"


def plant_faults(rows: Rows, *, dates: PlanDates, weak_cause: str) -> tuple[Rows, tuple[PlanFault, ...]]:
    """Spoil a clean plan.

    Parameters
    ----------
    rows : dict of str to DataFrame
        ``goals, actions, deliverables, capacity`` without faults.
    dates : PlanDates
        Days of the plan.
    weak_cause : str
        A cause whose goal and actions are taken out of the plan, where they are in it.

    Returns
    -------
    rows : dict of str to DataFrame
        The same tables with faults, one at most in a row. A plan with few goals has room for fewer kinds.
    faults : tuple of PlanFault
        What was planted.
    """
    spoilt = {name: frame.copy() for name, frame in rows.items()}
    faults = [*_take_out(spoilt, cause=weak_cause)]
    goals = [key for key in spoilt["goals"]["goal_id"] if key != STRONGEST_PRACTICE_GOAL]
    spoiling = zip(GOAL_KINDS, reversed(goals), strict=False)
    faults += [_spoil(spoilt, kind=kind, key=key, dates=dates) for kind, key in spoiling]
    overloads = _overload(spoilt)
    faults += overloads
    used = _spoil_actions(spoilt, dates=dates, faults=faults, spared={key for fault in overloads for key in fault.also})
    _spoil_deliverables(spoilt, dates=dates, faults=faults, used=used)
    faults += _leave_without_deliverable(spoilt, used=used, faults=faults)
    return spoilt, tuple(faults)


def _spoil_actions(rows: Rows, *, dates: PlanDates, faults: list[PlanFault], spared: set[str]) -> set[str]:
    """Spoil actions, first those of the goal whose practice breaks down; give the actions that are used up."""
    sound = [key for key in rows["actions"]["action_id"] if key not in spared]
    free = {letter: [key for key in sound if key.endswith(letter)] for letter in "ab"}
    used = set(spared)
    for kind in ACTION_KINDS:
        if kind.kind in ("circular_dependency", "starts_too_early"):
            pairs = [key for key in free["b"] if key[:-1] + "a" in free["a"]]
            if not pairs:
                continue
            key = pairs[0][:-1] + kind.letter
            free = {letter: [other for other in keys if other[:-1] != key[:-1]] for letter, keys in free.items()}
        else:
            if not free[kind.letter]:
                continue
            key = free[kind.letter].pop(0)
        used |= {key, *pairs[:1]} if kind.kind == "circular_dependency" else {key}
        faults.append(_spoil(rows, kind=kind, key=key, dates=dates))
    return used


def _spoil_deliverables(rows: Rows, *, dates: PlanDates, faults: list[PlanFault], used: set[str]) -> None:
    """Spoil deliverables, those of sound actions first, and none whose action lost its dates."""
    undated = {fault.row_id for fault in faults if fault.column in ("end_date", "start_date")}
    actions = rows["deliverables"].set_index("deliverable_id")["action_id"]
    order = sorted(actions.index, key=lambda key: (actions[key] in used, key))
    free = {letter: [key for key in order if key.endswith(letter) and actions[key] not in undated] for letter in "ab"}
    keys = {letter: iter(found) for letter, found in free.items()}
    spoiling = [(kind, next(keys[kind.letter], None)) for kind in DELIVERABLE_KINDS]
    faults.extend(_spoil(rows, kind=kind, key=key, dates=dates) for kind, key in spoiling if key is not None)


def _take_out(rows: Rows, *, cause: str) -> Sequence[PlanFault]:
    """Take the goal, the actions and the deliverables of a cause out of the plan."""
    actions = rows["actions"]
    gone = actions.loc[actions["cause_id"] == cause]
    if gone.empty:
        return ()
    rows["actions"] = actions.drop(gone.index).reset_index(drop=True)
    rows["goals"] = rows["goals"].loc[~rows["goals"]["goal_id"].isin(gone["goal_id"])].reset_index(drop=True)
    deliverables = rows["deliverables"]
    rows["deliverables"] = deliverables.loc[~deliverables["action_id"].isin(gone["action_id"])].reset_index(drop=True)
    return (
        PlanFault(
            table="actions", row_id="", column="cause_id", kind="cause_without_action", requirement="R39", detail=cause
        ),
    )


def _overload(rows: Rows) -> Sequence[PlanFault]:
    """Take most of the interventionists' time of one school away in January of the plan's second year."""
    actions = rows["actions"]
    of_schools = (actions["staff_role"] == "interventionist") & actions["school_id"].notna()
    columns = ["school_id", "action_id", "start_date"]
    for school, action_id, start in actions.loc[of_schools, columns].itertuples(index=False):
        month = f"{pd.Timestamp(start).year + 1}-01"
        capacity = rows["capacity"]
        hit = (
            (capacity["school_id"] == school)
            & (capacity["staff_role"] == "interventionist")
            & (capacity["month"] == month)
        )
        if hit.any():
            rows["capacity"].loc[hit, ["hours_available", "hours_committed"]] = [3.0, 1.5]
            return (
                PlanFault(
                    table="capacity", row_id=str(capacity.loc[hit, "capacity_id"].iloc[0]), column="hours_available",
                    kind="overload", requirement="R36", detail=f"interventionist of {school} in {month}",
                    also=(str(action_id),),
                ),
            )  # fmt: skip
    return ()


def _leave_without_deliverable(rows: Rows, *, used: set[str], faults: Sequence[PlanFault]) -> Sequence[PlanFault]:
    """Take the only deliverable of a sound action out, and of none that another fault speaks of."""
    named = {key for fault in faults for key in (fault.row_id, *fault.also)}
    deliverables = rows["deliverables"]
    for key, action in zip(deliverables["deliverable_id"], deliverables["action_id"], strict=True):
        if (
            key not in named
            and action not in named
            and action not in used
            and action in set(rows["actions"]["action_id"])
        ):
            rows["deliverables"] = deliverables.loc[deliverables["deliverable_id"] != key].reset_index(drop=True)
            return (
                PlanFault(
                    table="actions", row_id=str(action), column="action_id", kind="no_deliverable", requirement="R37"
                ),
            )
    return ()


def _spoil(rows: Rows, *, kind: FaultKind, key: str, dates: PlanDates) -> PlanFault:
    frame = rows[kind.table]
    at = frame.index[frame[KEYS[kind.table]] == key][0]
    also = _also(kind.kind, row=frame.loc[at])
    for column, value in kind.values(frame.loc[at], dates).items():
        frame[column] = frame[column].astype(object)
        frame.loc[at, column] = value
    return PlanFault(
        table=kind.table, row_id=key, column=kind.column, kind=kind.kind, requirement=kind.requirement,
        detail=kind.detail, also=also,
    )  # fmt: skip


def _also(kind: str, *, row: pd.Series) -> tuple[str, ...]:
    """Name the rows in which the same fault shows a second time."""
    if kind == "circular_dependency":
        return (str(row["action_id"])[:-1] + "b",)
    if kind == "end_before_start":
        return ("D" + str(row["action_id"])[1:],)
    if kind == "unknown_action":
        return (str(row["action_id"]),)
    return ()
