"""Hours of each role and month against what staff have left, and the smallest change that mends too much."""

import pytest

from mtss_analysis.findings.plan.feasible_finding import check_feasible, find_feasible
from mtss_analysis.findings.plan.hours import Workload
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.show import check_sentence

SCHOOL = Subject(district_id="01", school_id="0012", name="Oak")
DISTRICT = Subject(district_id="01", school_id=None, name="Riverside")


def _action(action_id, **cells):
    return {"action_id": action_id, "school_id": "0012", "staff_role": "coach", "staff_hours_per_week": 2.0,
            "start_date": "2026-02-02", "end_date": "2026-02-27", "status": "planned", **cells}  # fmt: skip


def _capacity(month, *, free, school="0012", role="coach", committed=10.0):
    return {"capacity_id": f"K-{school}-{role}-{month}", "school_id": school, "staff_role": role, "month": month,
            "hours_available": free + committed, "hours_committed": committed}  # fmt: skip


def _loads(built):
    plan, comparison = built
    return {(load.school_id, load.month): load for load in Workload(comparison, plan=plan).list_loads()}


def test_hours_are_those_a_week_times_weeks_of_instruction(plan_of, list_days):
    """Two hours a week in a February of four weeks are eight hours."""
    built = plan_of(calendar=list_days(), actions=[_action("A-1")], capacity=[_capacity("2026-02", free=9)])
    load = _loads(built)["0012", "2026-02"]
    assert load.total == pytest.approx(2.0 * 4)
    assert load.free == pytest.approx(9.0)
    assert check_feasible(built[0], comparison=built[1]) == ()


def test_overload_is_named_with_month_and_actions(plan_of, list_days):
    """Twelve hours asked of nine that are left are an overload at the row of the capacity table, three hours short."""
    actions = [_action("A-1"), _action("A-2", staff_hours_per_week=1.0)]
    plan, comparison = plan_of(calendar=list_days(), actions=actions, capacity=[_capacity("2026-02", free=9)])
    (fault,) = check_feasible(plan, comparison=comparison)
    assert (fault.kind, fault.table, fault.row_id, fault.column) == (
        "overload", "capacity", "K-0012-coach-2026-02", "hours_available",
    )  # fmt: skip
    assert fault.said == (
        "In February 2026 the actions ask for 12 hours of staff in the role coach, and 9 are left: A-1 (8) and A-2 (4)."
    )


def test_smallest_move_that_mends_is_proposed(plan_of, list_days):
    """Of two actions in a full month, the one that needs the fewest weeks is moved into a month with hours."""
    actions = [
        _action("A-1", start_date="2026-02-02", end_date="2026-02-27"),
        _action("A-2", start_date="2026-02-16", end_date="2026-02-27"),
    ]
    capacity = [_capacity("2026-02", free=9), _capacity("2026-03", free=9)]
    plan, comparison = plan_of(calendar=list_days(), actions=actions, capacity=capacity)
    (fault,) = check_feasible(plan, comparison=comparison)
    # A-1 takes 8 hours and A-2 4; a week later A-1 takes 6 (10 in all), two weeks later A-2 takes none.
    assert fault.mend.startswith("The smallest change: run A-1 2 weeks later")


def test_no_move_is_proposed_that_overloads_another_month(plan_of, list_days):
    """Where the next months are full, hours are asked for instead."""
    capacity = [_capacity(month, free=3) for month in ("2025-12", "2026-01", "2026-02", "2026-03", "2026-04")]
    plan, comparison = plan_of(calendar=list_days(), actions=[_action("A-1")], capacity=capacity)
    (fault,) = check_feasible(plan, comparison=comparison)
    assert fault.mend == (
        "Find 5 more hours of this role in February 2026, or ask for 5 fewer; no action can be moved by a few weeks so "
        "that the hours suffice."
    )


def test_an_action_that_others_wait_for_is_not_moved_past_them(plan_of, list_days):
    """A move that would end an action after one that waits for it begins is not proposed."""
    actions = [
        _action("A-1"),
        _action("A-2", start_date="2026-03-02", end_date="2026-03-27", depends_on="A-1", staff_role="nurse"),
    ]
    capacity = [_capacity("2026-01", free=0), _capacity("2026-02", free=5), _capacity("2026-03", free=20)]
    plan, comparison = plan_of(calendar=list_days(), actions=actions, capacity=capacity)
    fault = next(fault for fault in check_feasible(plan, comparison=comparison) if fault.kind == "overload")
    assert "run A-1" not in fault.mend


def test_past_month_asks_for_nothing(plan_of, list_days):
    """An overload of a month that is over on the newest date in the data is told in the past, with no move."""
    screenings = [{"student_id": "s1", "school_id": "0012", "school_year": "2025-26", "window": "spring",
                   "measure": "orf", "date": "2026-05-04", "score": 1.0}]  # fmt: skip
    plan, comparison = plan_of(
        calendar=list_days(), actions=[_action("A-1")], capacity=[_capacity("2026-02", free=5)], screenings=screenings
    )
    (fault,) = check_feasible(plan, comparison=comparison)
    assert fault.said.startswith("In February 2026 the actions asked for 8 hours")
    assert fault.mend.startswith("The month is over")


def test_action_of_the_district_takes_the_districts_own_staff(plan_of, list_days):
    """Where the district has staff of the role, an action of its plan takes nothing from a school."""
    capacity = [_capacity("2026-02", free=9), _capacity("2026-02", free=9, school=None)]
    actions = [_action("A-1", school_id=None, schools_reached="all")]
    plan, comparison = plan_of(calendar=list_days(), actions=actions, capacity=capacity)
    assert _loads((plan, comparison))["0012", "2026-02"].total == 0
    whole = open_plan(comparison, subject=DISTRICT)
    assert _loads((whole, comparison))[None, "2026-02"].total == pytest.approx(8.0)


def test_action_of_the_district_is_shared_by_hours_available(plan_of, list_days):
    """Without staff of its own, its hours are taken from the schools reached in proportion to what they have."""
    capacity = [
        _capacity("2026-02", free=10, committed=0),
        _capacity("2026-02", free=30, committed=0, school="0013"),
    ]
    actions = [_action("A-1", school_id=None, schools_reached="0012; 0013")]
    built = plan_of(calendar=list_days(), actions=actions, capacity=capacity)
    assert _loads(built)["0012", "2026-02"].asked == (("A-1", pytest.approx(8.0 * 10 / 40)),)


def test_school_without_the_role_takes_the_districts_staff(plan_of, list_days):
    """Where a school has nobody of the role, the district's own staff give the hours."""
    capacity = [_capacity("2026-02", free=5, school=None)]
    _, comparison = plan_of(calendar=list_days(), actions=[_action("A-1")], capacity=capacity)
    whole = open_plan(comparison, subject=DISTRICT)
    assert [fault.kind for fault in check_feasible(whole, comparison=comparison)] == ["overload"]
    mine = open_plan(comparison, subject=SCHOOL)
    assert check_feasible(mine, comparison=comparison) == ()


def test_stopped_action_takes_no_hours(plan_of, list_days):
    """An action that was stopped asks for nothing."""
    built = plan_of(
        calendar=list_days(), actions=[_action("A-1", status="stopped")], capacity=[_capacity("2026-02", free=1)]
    )
    assert check_feasible(built[0], comparison=built[1]) == ()


def test_role_that_nobody_has_is_named(plan_of):
    """A role in neither the staff nor the capacity table is unknown; one in either is not."""
    actions = [_action("A-1", staff_role="wizard"), _action("A-2", staff_role="nurse"), _action("A-3")]
    staff = [{"staff_id": "p1", "school_id": "0013", "school_year": "2025-26", "role": "nurse"}]
    plan, comparison = plan_of(actions=actions, capacity=[_capacity("2026-02", free=50)], staff=staff)
    faults = check_feasible(plan, comparison=comparison)
    assert [(fault.kind, fault.row_id, fault.column) for fault in faults] == [("unknown_role", "A-1", "staff_role")]


def test_finding_says_when_hours_are_short_and_draws_it(plan_of, list_days, asked):
    """The sentence names role, month and hours; figure and table mark the month, and the caveats name the stand-in."""
    actions = [_action("A-1", start_date="2027-02-01", end_date="2027-02-26")]
    plan, comparison = plan_of(calendar=list_days(), actions=actions, capacity=[_capacity("2027-02", free=5)])
    finding = find_feasible(plan, settings=asked, comparison=comparison)
    assert "coach in February 2027 (3 hours short)" in finding.answer()
    assert check_sentence(finding.sentence()) == []
    figure, table = finding.figure(), finding.table()
    assert figure is not None
    assert "Marked: February 2027: coach 3 h short." in figure.alt
    assert table is not None
    assert table.rows[0][:5] == ("coach", "February 2027", "5", "8", "3")
    assert any("There is no calendar yet after 2025–26" in caveat for caveat in finding.caveats())
    assert [record.verdict for record in finding.records() if record.finding == "staff_hours"] == ["overload"]


def test_plan_that_is_not_there_is_said_in_one_sentence(plan_of, asked):
    """Without goals and actions the finding says so and has no figure."""
    plan, comparison = plan_of(actions=[], goals=[])
    finding = find_feasible(plan, settings=asked, comparison=comparison)
    assert finding.figure() is None
    assert finding.records()[0].status == "not_estimable"
    assert check_sentence(finding.sentence()) == []
