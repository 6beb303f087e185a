"""What page one says would be done next."""

import datetime as dt

from mtss_analysis.findings.plan.next_steps import list_next, write_notes


def _action(action_id, **cells):
    return {
        "action_id": action_id,
        "school_id": "0012",
        "description": "Plan together",
        "owner": "principal",
        "start_date": "2026-09-01",
        "end_date": "2027-05-15",
        "next_check": "2026-11-18",
        "status": "planned",
    } | cells


def test_actions_that_differ_in_their_goal_alone_make_one_note(plan_of):
    """Two actions alike are said once with both ids; one of another owner stands by itself."""
    plan, _ = plan_of(actions=[_action("A-1"), _action("A-2"), _action("A-3", owner="coach")])
    notes = write_notes(list_next(plan, today=dt.date(2026, 6, 5), order={}))
    assert [note["sentence"] for note in notes] == [
        "Plan together (A-1 and A-2; principal; from September 1, 2026; next look on November 18, 2026).",
        "Plan together (A-3; coach; from September 1, 2026; next look on November 18, 2026).",
    ]


def test_an_action_past_its_last_day_is_not_next(plan_of):
    """What is over by the newest date in the data is not said, whatever its status."""
    plan, _ = plan_of(actions=[_action("A-1", end_date="2026-05-15")])
    assert write_notes(list_next(plan, today=dt.date(2026, 6, 5), order={})) == ()
