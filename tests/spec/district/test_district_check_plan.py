"""What is wrong in a plan is named by file and row, or by file and line, whichever it is written in."""

import json
from pathlib import Path

import pytest

from mtss_analysis.district import check_folder
from mtss_analysis.district.check import check_tables

GOAL = {
    "goal_id": "G-1", "planned_on": "2025-07-15", "measure": "oral_reading", "statistic": "mean", "grade": "K",
    "student_group": "english_learner=true", "baseline": "41", "baseline_school_year": "2024-25",
    "baseline_window": "fall", "target": "44", "target_school_year": "2025-26", "target_window": "fall",
    "target_date": "2026-05-31", "milestones": "2025-26 fall 43", "owner": "principal",
}  # fmt: skip
ACTION = {
    "action_id": "A-1", "goal_id": "G-1", "level": "classroom", "schools_reached": "0012; NO", "owner": "principal",
    "start_date": "2025-09-02", "end_date": "2026-05-15", "depends_on": "", "staff_role": "coach",
    "staff_hours_per_week": "2", "cost": "100", "amount_funded": "100", "progress_measure": "oral_reading",
    "next_check": "2026-01-15", "status": "planned",
}  # fmt: skip
SECOND = {**ACTION, "action_id": "A-2", "depends_on": "A-1"}
DELIVERABLE = {"deliverable_id": "D-1", "action_id": "A-1", "due_date": "2025-12-01", "status": "open"}
INITIATIVE = {"initiative_id": "I-1", "student_group": "all", "measure": "oral_reading", "cost_per_year": "10"}
CAPACITY = {"capacity_id": "K-1", "staff_role": "coach", "month": "2025-09", "hours_available": "40"}
PLAN = {
    "goals": [GOAL], "actions": [ACTION, SECOND], "deliverables": [DELIVERABLE], "initiatives": [INITIATIVE],
    "capacity": [CAPACITY],
}  # fmt: skip

# Table, column, what is written, the rule that is named, what the next step must say.
FAULTS = [
    ("goals", "measure", "oral_readng", "unknown_indicator", "'oral_reading'"),
    ("goals", "measure", "teacher_enthusiasm", "unknown_indicator", "chronic_absence"),
    ("goals", "statistic", "at_cut", "unknown_statistic", "'at_cut_pct'"),
    ("goals", "statistic", "pct", "other_statistic", "mean or at_cut_pct for oral_reading"),
    ("goals", "student_group", "english_lerner=true", "unknown_group", "'english_learner'"),
    ("goals", "student_group", "boys", "unknown_group", "disability=true"),
    ("goals", "baseline_school_year", "2024/25", "not_a_year", "2025-26"),
    ("goals", "target_school_year", "2025-27", "not_a_year", "2025-26"),
    ("goals", "target_window", "midsummer", "unknown_window", "fall, winter or spring"),
    ("goals", "milestones", "2025-26 fall 43; spring 44", "milestone", "spring 44"),
    ("goals", "milestones", "2025-26 autumn 43", "milestone", "autumn"),
    ("goals", "owner", "principal; coach", "two_owners", "Name one"),
    ("goals", "target_date", "2025-06-30", "before_plan", "one of the two dates"),
    ("goals", "target_school_year", "2023-24", "target_before_baseline", "one of the two"),
    ("goals", "school_id", "12", "link", "leading zeros"),
    ("actions", "goal_id", "G-2", "link", "goals"),
    ("actions", "schools_reached", "0012; 12", "unknown_school", "'0012'"),
    ("actions", "spreads_from_school_id", "7777", "unknown_school", "schools table"),
    ("actions", "depends_on", "A-9", "unknown_dependency", "'A-"),
    ("actions", "depends_on", "A-1", "circular_dependency", "A-1 waits for A-1"),
    ("actions", "staff_role", "coah", "unknown_role", "'coach'"),
    ("actions", "level", "class", "unknown_level", "'classroom'"),
    ("actions", "status", "running", "unknown_status", "under_way"),
    ("actions", "progress_measure", "fidelity:tier4", "unknown_indicator", "'fidelity:tier"),
    ("actions", "owner", "coach; principal", "two_owners", "Name one"),
    ("actions", "end_date", "2025-09-01", "end_before_start", "one of the two dates"),
    ("actions", "start_date", "2025-07-01", "before_plan", "planned_on"),
    ("actions", "next_check", "2026-06-01", "check_after_end", "still be changed"),
    ("actions", "cost", "-1", "negative_money", "what it costs"),
    ("actions", "staff_hours_per_week", "-2", "negative_hours", "hours"),
    ("deliverables", "action_id", "A-7", "link", "actions"),
    ("deliverables", "due_date", "2025-07-01", "before_plan", "planned_on"),
    ("deliverables", "status", "done", "unknown_status", "delivered"),
    ("initiatives", "cost_per_year", "-10", "negative_money", "what it costs"),
    ("capacity", "hours_available", "-3", "negative_hours", "hours"),
]


def _write_csv(folder: Path, plan: dict[str, list[dict[str, str]]]) -> None:
    for table, rows in plan.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_yaml(folder: Path, plan: dict[str, list[dict[str, str]]]) -> dict[tuple[str, int, str], int]:
    """Write the district's plan and give the line of each column, by table and row."""
    lines: list[str] = []
    places: dict[tuple[str, int, str], int] = {}
    for table, rows in plan.items():
        lines.append(f"{table}:")
        for number, row in enumerate(rows, start=1):
            for at, (name, value) in enumerate(row.items()):
                lines.append(f"  {'-' if at == 0 else ' '} {name}: {json.dumps(value)}")
                places[table, number, name] = len(lines)
    (folder / "plans").mkdir()
    (folder / "plans" / "district.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return places


def _spoil(table: str, column: str, value: str) -> dict[str, list[dict[str, str]]]:
    plan = {name: [dict(row) for row in rows] for name, rows in PLAN.items()}
    plan[table][0][column] = value
    return plan


@pytest.mark.parametrize("write", [_write_csv, _write_yaml])
def test_a_sound_plan_is_silent(write_district, write):
    """A plan in which everything fits gives no problem, in either form."""
    folder = write_district()
    write(folder, PLAN)
    assert check_folder(folder) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}-{fault[1]}-{fault[2]}")
def test_each_fault_is_named_by_row(write_district, fault):
    """A fault in a CSV table is one warning at its row and column that says what to write."""
    table, column, value, rule, step = fault
    folder = write_district()
    _write_csv(folder, _spoil(table, column, value))
    (problem,) = check_folder(folder)
    assert (problem.file, problem.row, problem.rule, problem.severity) == (f"{table}.csv", 1, rule, "warning")
    assert column in (problem.column or "").split(", ")
    assert step in problem.next_step
    assert value in (problem.value or "")


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault[1] != "school_id"],
    ids=lambda fault: f"{fault[0]}-{fault[1]}-{fault[2]}",
)
def test_each_fault_is_named_by_line(write_district, fault):
    """The same fault in a plan file is one warning at the line of its key, or of the other one that it contradicts."""
    table, column, value, rule, step = fault
    folder = write_district()
    places = _write_yaml(folder, _spoil(table, column, value))
    (problem,) = check_folder(folder)
    assert (problem.file, problem.rule, problem.severity) == ("plans/district.yml", rule, "warning")
    assert problem.row in {places[table, 1, name] for name in (problem.column or "").split(", ")}
    assert step in problem.next_step


def test_a_circle_of_actions_is_named_at_each_of_them(write_district):
    """Two actions that wait for each other are each named with the way around."""
    plan = _spoil("actions", "depends_on", "A-2")
    folder = write_district()
    _write_csv(folder, plan)
    problems = check_folder(folder)
    assert [(one.row, one.rule) for one in problems] == [(1, "circular_dependency"), (2, "circular_dependency")]
    assert "A-1 waits for A-2 waits for A-1" in problems[0].next_step


def test_causes_are_checked_where_a_run_declares_some(write_district):
    """A cause that the run file does not declare is named with the nearest one; without a run file nothing is."""
    folder = write_district()
    _write_csv(folder, _spoil("actions", "cause_id", "co_teachin"))
    assert check_folder(folder) == []
    (kind,) = check_tables(folder, causes=["co_teaching", "attendance"]).kinds
    assert (kind.rule, kind.severity, kind.rows.tolist()) == ("unknown_cause", "warning", [1])
    assert kind.next_steps is not None
    assert "'co_teaching'" in kind.next_steps[0].as_py()
    assert check_tables(folder, causes=["co_teachin"]).kinds == ()


@pytest.mark.parametrize("write", [_write_csv, _write_yaml])
def test_findings_are_checked_by_the_names_that_are_handed_in(write_district, write):
    """A goal that answers a finding of no such name is named with the nearest one; without names nothing is."""
    folder = write_district()
    places = write(folder, _spoil("goals", "finding_id", "trend:math; share_belo_cut:oral_reading:3"))
    assert check_folder(folder) == []
    names = ["share_below_cut", "trend"]
    (kind,) = check_tables(folder, findings=names).kinds
    row = 1 if places is None else places["goals", 1, "finding_id"]
    assert (kind.rule, kind.severity, kind.column, kind.rows.tolist()) == (
        "unknown_finding", "warning", "finding_id", [row],
    )  # fmt: skip
    assert "'share_below_cut'" in kind.next_steps[0].as_py()
    assert check_tables(folder, findings=[*names, "share_belo_cut"]).kinds == ()
