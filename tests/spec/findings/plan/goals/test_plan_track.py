"""On track: the newest value against the line from baseline over milestones to target, with the noise considered."""

import datetime as dt

import pytest

from mtss_analysis.findings.plan.course import follow_course, judge_difference, place_time
from mtss_analysis.findings.plan.course_finding import find_courses
from mtss_analysis.findings.plan.goal_view import view_goals
from mtss_analysis.findings.plan.milestones import read_milestone
from mtss_analysis.findings.plan.track_finding import find_track, follow_goals
from mtss_analysis.show import check_sentence


def follow(desk, *, own, plan=None, **frames):
    """The course of the one goal of a plan."""
    given = desk.frames(own=own, **frames)
    plan = plan or desk.plan(desk.goal())
    view = view_goals(plan, settings=desk.settings, comparison=given)[0]
    return follow_course(view, ci_level=0.95, comparison=given)


@pytest.mark.parametrize(
    ("newest", "noise", "verdict"),
    [
        (63.0, 1.0, "on track"),
        (63.0, 2.0, "cannot tell"),
        (58.0, 1.0, "behind"),
        (58.0, 4.0, "cannot tell"),
        (61.0, 4.0, "cannot tell"),
        (70.0, 2.0, "ahead"),
    ],
)
def test_the_verdict_considers_the_noise(desk, newest, noise, verdict):
    """The line is at 63 in spring 2026: a drop within the noise is not behind, and a rise within it not ahead."""
    course = follow(desk, own=(None, 60.0, newest), std_error=noise / 2, change_error=noise)
    assert course.verdict == verdict
    assert course.expected == pytest.approx(63.0)
    assert course.difference == pytest.approx(newest - 63.0)


def test_the_larger_of_two_standard_errors_counts(desk):
    """That of the change since the baseline, or that of the newest value where it is larger."""
    assert follow(desk, own=(None, 60.0, 63.0), std_error=1.0, change_error=3.0).std_error == 3.0
    assert follow(desk, own=(None, 60.0, 63.0), std_error=2.0, change_error=1.0).std_error == 2.0


def test_judging_needs_the_interval_and_the_planned_progress():
    """Behind and ahead lie wholly on one side; on track excludes a standstill; no progress planned cannot tell."""
    assert judge_difference(low=-3, high=-1, planned=2) == "behind"
    assert judge_difference(low=1, high=3, planned=2) == "ahead"
    assert judge_difference(low=-1, high=2, planned=2) == "on track"
    assert judge_difference(low=-2, high=2, planned=2) == "cannot tell"
    assert judge_difference(low=-1, high=2, planned=0) == "cannot tell"


def test_where_less_is_better_a_fall_below_the_line_is_ahead(desk):
    """Absence planned to fall from 20 to 18 and at 15 already is ahead."""
    key = desk.key | {"measure": "chronic_absence", "statistic": "pct"}
    goal = desk.goal(
        measure="chronic_absence", statistic="pct", baseline=20.0, target=18.0, milestones=("2025-26 spring 19",)
    )
    course = follow(desk, own=(None, 20.0, 15.0), plan=desk.plan(goal), key=key, std_error=0.5, change_error=0.5)
    assert course.verdict == "ahead"
    assert course.difference == pytest.approx(4.0)


def test_a_wrong_baseline_is_replaced_by_the_datas(desk):
    """The line starts where the data say: at 60.0 and not at 50; without milestones it is half-way after one year."""
    goal = desk.goal(baseline=50.0, milestones=())
    course = follow(desk, own=(None, 60.0, 62.0), plan=desk.plan(goal))
    assert course.nodes[0][1] == 60.0
    assert course.expected == pytest.approx(63.0)


def test_the_line_runs_over_milestones(desk):
    """Half-way between two nodes in time it is half-way between their values; after the target it stays there."""
    goal = desk.goal(milestones=("2025-26 spring 65.0",))
    course = follow(desk, own=(None, 60.0, 62.0), plan=desk.plan(goal))
    assert course.line_at(("2025-26", "spring")) == 65.0
    share = place_time(("2025-26", "winter")) - place_time(("2024-25", "spring"))
    assert course.line_at(("2025-26", "winter")) == pytest.approx(60 + 5 * share)
    assert course.line_at(("2028-29", "spring")) == 66.0
    assert course.line_at(("2023-24", "spring")) is None


@pytest.mark.parametrize(
    ("own", "changed", "reason"),
    [
        ((None, 60.0, None), {}, "no value"),
        ((None, 60.0, 62.0), {"target_window": "midsummer"}, "where the measure is to stand"),
        ((None, 60.0, 62.0), {"measure": "joy"}, "no such measure"),
        ((None, 60.0, 62.0), {"target": 55.0}, "no better than its baseline"),
        ((None, 70.0, 72.0), {}, "reached before"),
        ((None, None, 62.0), {"baseline": None}, "no baseline"),
    ],
)
def test_what_cannot_be_told_says_why(desk, own, changed, reason):
    """Without a line or a newer value the verdict is cannot tell, with the reason."""
    course = follow(desk, own=own, plan=desk.plan(desk.goal(**changed)))
    assert course.verdict == "cannot tell"
    assert reason in course.reason


def test_a_withheld_value_is_not_told(desk):
    """Neither sentence, table nor record holds a number of a value that may not be printed."""
    frames = desk.frames(own=(None, 60.0, 63.7), status="withheld")
    finding = find_track(desk.plan(desk.goal()), settings=desk.settings, comparison=frames)
    record = next(one for one in finding.records() if one.finding == "goal_on_track")
    assert record.status == "withheld"
    assert record.estimate is None
    assert "63.7" not in finding.sentence() + str(finding.table().rows) + str(record.sentence)


def test_what_is_due_next_and_what_is_overdue(desk):
    """On 10 June 2026: a check of May has passed, one of November is next; a winter milestone without data is late."""
    actions = (
        desk.action(action_id="A-1", next_check=dt.date(2026, 5, 4), status="under_way"),
        desk.action(action_id="A-2", next_check=dt.date(2026, 11, 18), status="planned"),
        desk.action(action_id="A-3", next_check=dt.date(2026, 2, 1), status="done"),
    )
    goal = desk.goal(milestones=("2025-26 winter 61.5", "2025-26 spring 63.0"))
    frames = desk.frames(own=(None, 60.0, 63.0))
    tracked = follow_goals(desk.plan(goal, actions=actions), settings=desk.settings, comparison=frames)[0]
    assert tracked.next_check == dt.date(2026, 11, 18)
    assert tracked.next_time == ("2026-27", "spring")
    assert tracked.overdue == ("the check of May 4, 2026", "data for the milestone of winter 2026")


def test_milestones_are_read_as_plans_write_them():
    """School year, window and value; anything else is none."""
    found = read_milestone(" 2025-26 Winter 61.5 % ")
    assert (found.school_year, found.window, found.value) == ("2025-26", "winter", 61.5)
    assert read_milestone("2025-26 61.5") is None
    assert read_milestone("2025-27 winter 61.5") is None
    assert read_milestone("2025-26 midsummer 61.5") is None


def test_the_finding_says_it_in_the_kits_words(desk):
    """Sentences keep to the fixed words, for one goal and for several, and each drawn course has its figure."""
    frames = desk.frames(own=(58.0, 60.0, 51.0))
    one = desk.plan(desk.goal())
    several = desk.plan(desk.goal(), desk.goal(goal_id="G-2", target=None), desk.goal(goal_id="G-3"))
    for plan in (one, several, desk.plan(actions=())):
        finding = find_track(plan, settings=desk.settings, comparison=frames)
        texts = [finding.sentence(), finding.answer(), *finding.caveats()]
        texts += [record.sentence for record in finding.records()]
        assert [text for text in texts if check_sentence(text)] == []
    record = next(
        one
        for one in find_track(one, settings=desk.settings, comparison=frames).records()
        if one.finding == "goal_on_track"
    )
    assert (record.verdict, record.requirement) == ("behind", "R32")
    drawn = find_courses(several, settings=desk.settings, comparison=frames)
    assert [finding.figure().name for finding in drawn] == ["plan-course-g-1", "plan-course-g-3"]
    assert [finding.sentence() for finding in drawn if check_sentence(finding.sentence())] == []
