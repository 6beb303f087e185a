"""Deliverables: evidence that can be verified, days that can be kept, and what is overdue."""

import pytest

from mtss_analysis.findings.plan.deliverable_finding import check_deliverables, find_deliverables
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.show import check_sentence

WINTER = (("2025-12-22", "2026-01-02"),)
GOAL = {"goal_id": "G-1", "school_id": "0012", "measure": "orf", "domain": "reading"}


def _action(**cells):
    return {"action_id": "A-1", "school_id": "0012", "goal_id": "G-1", "action_type": "coaching",
            "practice": "co_teaching", "start_date": "2025-09-02", "end_date": "2026-05-15", **cells}  # fmt: skip


def _deliverable(**cells):
    return {"deliverable_id": "D-1", "action_id": "A-1", "description": "Scores of all lessons", "status": "open",
            "evidence_type": "walkthrough_scores", "due_date": "2026-03-04", **cells}  # fmt: skip


def _screening(date):
    return {"student_id": "s1", "school_id": "0012", "school_year": "2025-26", "window": "winter", "measure": "orf",
            "date": date, "score": 1.0}  # fmt: skip


@pytest.fixture
def check(plan_of, list_days):
    """Check one deliverable of one action."""

    def run(*, action=None, deliverable=None, goal=GOAL, screenings=("2026-01-12", "2026-01-20")):
        plan, comparison = plan_of(
            calendar=list_days(closed=WINTER),
            screenings=[_screening(date) for date in screenings],
            goals=[goal],
            actions=[_action(**(action or {}))],
            deliverables=[_deliverable(**(deliverable or {}))],
        )
        return check_deliverables(plan, comparison=comparison)

    return run


def test_sound_deliverable_has_no_fault(check):
    """Walkthrough scores due on a school day before the action ends are sound."""
    assert check() == ()


@pytest.mark.parametrize(
    "cells",
    [
        {"evidence_type": "sign_in_sheet"},
        {"evidence_type": "Sign-in sheets"},
        {"evidence_type": "attendance list"},
        {"evidence_type": "roster"},
        {"evidence_type": "certificate of attendance"},
        {"evidence_type": "attendance"},
        {"evidence_type": None, "description": "Sign-in sheets of the workshop"},
        {"evidence_type": "coaching_log", "description": "Attendance sheet of the training"},
    ],
)
def test_attendance_is_no_evidence(check, cells):
    """Sign-in sheets and their like are rejected, under any spelling, with an example that fits the action."""
    (fault,) = check(deliverable=cells)
    assert (fault.kind, fault.table, fault.row_id, fault.column) == (
        "attendance_only", "deliverables", "D-1", "evidence_type",
    )  # fmt: skip
    assert "walkthrough scores of co-teaching" in fault.mend


@pytest.mark.parametrize(
    "cells",
    [
        {"evidence_type": "formative_assessment"},
        {"evidence_type": "student_work"},
        {"evidence_type": "coaching_log"},
        {"evidence_type": "walkthrough_scores", "description": "Scores and the sign-in sheet of the visit"},
    ],
)
def test_what_can_be_judged_is_evidence(check, cells):
    """Assessments, student work, logs and scores are evidence, also where a list of people comes with them."""
    assert check(deliverable=cells) == ()


def test_attendance_of_students_is_evidence_for_attendance(check):
    """Where the goal is about absence, attendance is what should change, and is evidence."""
    goal = {**GOAL, "measure": "chronic_absence", "domain": "attendance"}
    assert check(goal=goal, deliverable={"evidence_type": "attendance", "description": "Absence by month"}) == ()


@pytest.mark.parametrize(
    ("cells", "kind", "column"),
    [
        ({"evidence_type": None}, "no_evidence", "evidence_type"),
        ({"due_date": None}, "no_due_date", "due_date"),
        ({"due_date": "2025-12-29"}, "due_in_break", "due_date"),
        ({"due_date": "2026-01-15"}, "due_in_window", "due_date"),
        ({"due_date": "2026-05-20"}, "due_after_action", "due_date"),
        ({"due_date": "2026-01-09"}, "overdue", "due_date"),
        ({"due_date": "2026-01-15", "status": "delivered"}, "due_in_window", "due_date"),
    ],
)
def test_fault_is_named_with_its_column(check, cells, kind, column):
    """Each fault has its kind and its column, and says what to do."""
    (fault,) = (fault for fault in check(deliverable=cells) if fault.kind == kind)
    assert (fault.table, fault.row_id, fault.column) == ("deliverables", "D-1", column)
    assert check_sentence(fault.said) == []
    assert check_sentence(fault.mend) == []


def test_delivered_or_later_is_not_overdue(check):
    """What was handed in is not overdue, nor what is due after the newest date in the data."""
    assert check(deliverable={"due_date": "2026-01-09", "status": "delivered"}) == ()
    assert check(deliverable={"due_date": "2026-01-09", "status": None, "delivered_on": "2026-01-10"}) == ()
    assert check(deliverable={"due_date": "2026-01-21"}) == ()


def test_day_without_calendar_is_in_no_break(check):
    """A day of a year of which there is no calendar lies in no break, though the year before it did."""
    assert check(action={"end_date": "2027-05-15"}, deliverable={"due_date": "2026-12-29"}) == ()


def test_action_that_ends_before_it_begins_says_nothing_of_the_date(check):
    """A date after an end that lies before the beginning is not named beside the fault of the action."""
    assert check(action={"start_date": "2026-03-01", "end_date": "2026-02-01"}) == ()


def test_deliverable_of_no_action_and_action_without_one(check):
    """A wrong id is named at the deliverable, and the action that is left without any at the action."""
    faults = check(deliverable={"action_id": "A-88"})
    assert [(fault.kind, fault.table, fault.row_id) for fault in faults] in (
        [("no_deliverable", "actions", "A-1")],
        [("unknown_action", "deliverables", "D-1"), ("no_deliverable", "actions", "A-1")],
    )


def test_wrong_action_is_named_in_the_plan_of_the_district(plan_of):
    """A deliverable of an action that no plan has belongs to the district's plan, and is named there once."""
    plan, comparison = plan_of(
        Subject(district_id="01", school_id=None, name="Riverside"),
        actions=[_action()],
        deliverables=[_deliverable(action_id="A-88")],
    )
    faults = check_deliverables(plan, comparison=comparison)
    assert [(fault.kind, fault.row_id, fault.column) for fault in faults] == [("unknown_action", "D-1", "action_id")]


def test_stopped_action_needs_no_deliverable(plan_of):
    """An action that was stopped is not asked what it brings forth."""
    plan, comparison = plan_of(actions=[_action(status="stopped")])
    assert check_deliverables(plan, comparison=comparison) == ()


def test_finding_lists_what_to_mend_first(plan_of, list_days, asked):
    """The sentence says the example, the table has what must be mended on top, and the caveats the missing calendar."""
    deliverables = [
        _deliverable(),
        _deliverable(deliverable_id="D-2", evidence_type="sign_in_sheet"),
        _deliverable(deliverable_id="D-3", due_date="2026-11-04"),
    ]
    plan, comparison = plan_of(
        calendar=list_days(), goals=[GOAL], actions=[_action(end_date="2027-05-15")], deliverables=deliverables
    )
    finding = find_deliverables(plan, settings=asked, comparison=comparison)
    assert finding.answer() == "Of three deliverables, two can be verified and handed in as planned."
    assert "walkthrough scores of co-teaching" in finding.sentence()
    assert check_sentence(finding.sentence()) == []
    table = finding.table()
    assert table is not None
    assert [row[0] for row in table.rows] == ["D-2 of A-1", "D-1 of A-1", "D-3 of A-1"]
    assert any("D-3" in caveat and "no calendar yet" in caveat for caveat in finding.caveats())
    assert [record.estimate for record in finding.records() if record.finding == "deliverables_sound"] == [2.0]
