"""What is missing from goals and actions is named, with table, row and column; a complete plan has nothing named."""

import datetime as dt

import pytest

from mtss_analysis.findings.plan.dependencies import find_circles
from mtss_analysis.findings.plan.structure_finding import check_structure, find_structure
from mtss_analysis.show import check_sentence

SPOILT = [
    ({"owner": None}, "no_owner", "owner"),
    ({"owner": "principal; coach"}, "two_owners", "owner"),
    ({"lead_district": None}, "no_lead", "lead_district"),
    ({"lead_school": None}, "no_lead", "lead_school"),
    ({"lead_classroom": " "}, "no_lead", "lead_classroom"),
    ({"capacity_exists": None, "capacity_needed": None}, "no_capacity", "capacity_needed"),
    ({"capacity_exists": None}, "no_capacity", "capacity_exists"),
    ({"capacity_needed": None}, "no_capacity", "capacity_needed"),
    ({"risks": None}, "no_risks", "risks"),
    ({"support_structure": None}, "no_support", "support_structure"),
    ({"staff_role": None, "staff_hours_per_week": None}, "no_resources", "staff_hours_per_week"),
    ({"staff_role": None}, "no_resources", "staff_role"),
    ({"staff_hours_per_week": None}, "no_resources", "staff_hours_per_week"),
    ({"description": None}, "no_description", "description"),
    ({"start_date": None}, "no_start", "start_date"),
    ({"end_date": None}, "no_end", "end_date"),
    ({"end_date": dt.date(2025, 8, 20)}, "end_before_start", "end_date"),
    ({"start_date": dt.date(2025, 3, 17)}, "before_plan", "start_date"),
    ({"next_check": None}, "no_check", "next_check"),
    ({"next_check": dt.date(2026, 6, 14)}, "check_after_end", "next_check"),
    ({"next_check": dt.date(2025, 8, 1)}, "check_before_start", "next_check"),
    ({"progress_measure": None}, "no_progress_measure", "progress_measure"),
    ({"depends_on": "A-77"}, "unknown_dependency", "depends_on"),
    ({"depends_on": "A-1"}, "circular_dependency", "depends_on"),
]


def _name(faults):
    return [(fault.kind, fault.table, fault.row_id, fault.column) for fault in faults]


def test_nothing_is_named_in_a_complete_plan(plan_with):
    """A plan with all its parts has no fault."""
    assert check_structure(plan_with()) == ()


@pytest.mark.parametrize(("spoilt", "kind", "column"), SPOILT, ids=[f"{kind}-{column}" for _, kind, column in SPOILT])
def test_what_an_action_lacks_is_named_once(plan_with, spoilt, kind, column):
    """One thing that an action lacks is one fault, at its column, in words that keep to the rules."""
    faults = check_structure(plan_with(**spoilt))
    assert _name(faults) == [(kind, "actions", "A-1", column)]
    assert check_sentence(faults[0].said) == check_sentence(faults[0].mend) == []


@pytest.mark.parametrize(
    "dates",
    [
        {"next_check": dt.date(2026, 5, 15)},
        {"next_check": dt.date(2025, 9, 2)},
        {"start_date": dt.date(2025, 7, 15)},
        {"end_date": dt.date(2026, 2, 10), "start_date": dt.date(2026, 2, 10)},
    ],
)
def test_days_at_the_edge_fit(plan_with, dates):
    """A look on the first or last day, a start on the day of the plan, and an action of one day are no faults."""
    assert check_structure(plan_with(**dates)) == ()


@pytest.mark.parametrize("goal_id", [None, "G-99"])
def test_an_action_without_its_goal_leaves_the_goal_without_action(plan_with, goal_id):
    """An action that serves no known goal is named, and so is the goal that nothing serves any more."""
    faults = check_structure(plan_with(goal_id=goal_id))
    kind = "no_goal" if goal_id is None else "unknown_goal"
    assert _name(faults) == [
        ("goal_without_action", "goals", "G-1", "goal_id"), (kind, "actions", "A-1", "goal_id"),
    ]  # fmt: skip
    assert [fault.requirement for fault in faults] == ["R32", "R39"]


@pytest.mark.parametrize(("owner", "kind"), [(None, "no_owner"), ("principal; coach", "two_owners")])
def test_a_goal_has_one_owner(plan_with, owner, kind):
    """A goal that nobody or more than one answers for is named."""
    assert _name(check_structure(plan_with(goal={"owner": owner}))) == [(kind, "goals", "G-1", "owner")]


def test_what_is_done_needs_no_next_check(plan_with):
    """An action that is done or stopped may have no day on which it is looked at."""
    for status in ("done", "stopped"):
        assert check_structure(plan_with(status=status, next_check=None)) == ()


def test_dates_before_the_plan_are_held_against_the_goal_that_is_served(hand):
    """Of two goals written on different days, an action is held against its own."""
    late = hand.goal | {"goal_id": "G-2", "planned_on": dt.date(2026, 1, 10)}
    early = hand.action | {"action_id": "A-2", "goal_id": "G-2"}
    comparison = hand.compare(goals=[hand.goal, late], actions=[hand.action, early])
    faults = check_structure(hand.open_plan(comparison, subject=hand.oak))
    assert _name(faults) == [("before_plan", "actions", "A-2", "start_date")]


def test_a_goal_that_an_action_of_the_district_serves_is_served(hand):
    """A school's goal may be served by an action of the district alone."""
    comparison = hand.compare(actions=[hand.action | {"school_id": None}])
    assert check_structure(hand.open_plan(comparison, subject=hand.oak)) == ()


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_circles_of_any_length_are_found(length):
    """Actions that wait for each other in a circle are all found, in the order in which they wait."""
    names = [f"A-{number}" for number in range(length)]
    waits = {name: (names[(at + 1) % length],) for at, name in enumerate(names)} | {"A-x": ("A-0",)}
    circles = find_circles(waits)
    assert set(circles) == set(names)
    assert circles["A-0"] == tuple(names)


def test_two_ways_to_the_same_action_are_no_circle():
    """An action that waits for two which both wait for a third does not wait for itself."""
    assert find_circles({"A-1": ("A-2", "A-3"), "A-2": ("A-4",), "A-3": ("A-4",), "A-4": ()}) == {}


def _open_pair(hand, *, first, second):
    rows = [hand.action | {"action_id": "A-1"} | first, hand.action | {"action_id": "A-2"} | second]
    return hand.open_plan(hand.compare(actions=rows), subject=hand.oak)


def test_an_action_that_begins_before_what_it_waits_for_has_ended_is_named(hand):
    """A start on a day before the end of what is waited for is too early; the day itself is not."""
    year = {"start_date": dt.date(2026, 9, 1), "end_date": dt.date(2027, 5, 14), "next_check": dt.date(2026, 11, 18)}
    for start, named in ((dt.date(2026, 5, 14), True), (dt.date(2026, 5, 15), False)):
        plan = _open_pair(hand, first={}, second=year | {"start_date": start, "depends_on": "A-1"})
        found = _name(check_structure(plan))
        assert found == ([("starts_too_early", "actions", "A-2", "start_date")] if named else [])


def test_in_a_circle_no_start_is_called_too_early(hand):
    """Of actions that wait for each other, the circle is named, and not that they begin before each other's end."""
    found = _name(check_structure(_open_pair(hand, first={"depends_on": "A-2"}, second={"depends_on": "A-1"})))
    assert found == [("circular_dependency", "actions", row, "depends_on") for row in ("A-1", "A-2")]


def test_a_circle_through_another_plan_is_found(hand):
    """A school's action that waits for the district's, which waits for it, is in a circle in both plans."""
    rows = [
        hand.action | {"depends_on": "A-2"},
        hand.action | {"action_id": "A-2", "school_id": None, "depends_on": "A-1"},
    ]
    comparison = hand.compare(actions=rows)
    for subject, row in ((hand.oak, "A-1"), (hand.district, "A-2")):
        kinds = [(one.kind, one.row_id) for one in check_structure(hand.open_plan(comparison, subject=subject))]
        assert ("circular_dependency", row) in kinds


def test_the_finding_counts_complete_actions(hand):
    """The finding says how many actions are complete, and its table what each of them lacks."""
    plan = _open_pair(hand, first={"owner": None, "risks": None, "lead_school": None, "lead_district": None}, second={})
    finding = find_structure(plan, settings=hand.settings, comparison=hand.compare())
    assert finding.answer() == "Of the two actions of the plan, one is complete."
    titles = [column.title for column in finding.table().columns]
    first, second = (dict(zip(titles, row, strict=True)) for row in finding.table().rows)
    assert first | {"Owner": "yes", "Risks": "yes", "Leads": "yes", "Action": "A-2"} == second
    assert (first["Owner"], first["Risks"], first["Leads"]) == ("nobody", "missing", "missing")
    assert set(second.values()) == {"A-2", "yes"}
    assert finding.records()[0].estimate == 1
    assert [record.verdict for record in finding.records()[1:]] == ["no_owner", "no_lead", "no_lead", "no_risks"]
    assert check_sentence(finding.sentence()) == []


def test_every_kind_has_its_column(plan_with):
    """Whatever an action lacks, the table of the finding can say it."""
    for spoilt, kind, _ in SPOILT:
        plan = plan_with(**spoilt)
        finding = find_structure(plan, settings=None, comparison=None)
        assert any(cell not in ("A-1", "yes") for cell in finding.table().rows[0]), kind


def test_an_empty_plan_says_so_in_a_sentence(hand):
    """Without goals and actions the finding says that there is no plan, and nothing is named."""
    comparison = hand.compare(goals=[], actions=[])
    plan = hand.open_plan(comparison, subject=hand.oak)
    finding = find_structure(plan, settings=hand.settings, comparison=comparison)
    assert "no plan of this school" in finding.sentence()
    assert finding.table() is None
    assert check_structure(plan) == ()
    assert finding.records()[0].status == "not_estimable"
