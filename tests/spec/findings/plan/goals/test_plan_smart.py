"""SMART, letter by letter: a sound goal has no fault, and each fault is named by kind and column."""

import datetime as dt

import pytest

from mtss_analysis.findings.plan.goals_finding import check_goals, find_goals, find_reach, judge_goals
from mtss_analysis.show import check_sentence

MOVED = ((55, 63), (60, 66), (50, 50), (70, 73), (65, 75), (58, 55), (62, 68))
"""Other schools' shares in the first and the last spring."""


def check(desk, *, frames=None, **changed):
    """Kinds and columns of the faults of a changed goal."""
    frames = frames or desk.frames(own=(58.0, 60.2, 62.0), others=MOVED)
    faults = check_goals(desk.plan(desk.goal(**changed)), settings=desk.settings, comparison=frames)
    return [(fault.kind, fault.column) for fault in faults]


def letters(desk, *, frames=None, plan=None, **changed):
    """Verdict by letter."""
    frames = frames or desk.frames(own=(58.0, 60.2, 62.0), others=MOVED)
    judged = judge_goals(plan or desk.plan(desk.goal(**changed)), settings=desk.settings, comparison=frames)[0]
    return {letter.letter: letter.met for letter in judged.letters}


def test_a_sound_goal_meets_every_letter(desk):
    """All five letters are met and nothing is named."""
    assert check(desk) == []
    assert letters(desk) == dict.fromkeys("SMART", True)


@pytest.mark.parametrize(
    ("changed", "kind", "column"),
    [
        ({"grade": (), "student_group": None, "statement": "Reading gets better"}, "not_specific", "grade"),
        ({"student_group": None}, "not_specific", "student_group"),
        ({"statement": None}, "not_specific", "statement"),
        ({"measure": "teacher_enthusiasm"}, "not_measurable", "measure"),
        ({"measure": None}, "not_measurable", "measure"),
        ({"statistic": "pct"}, "not_measurable", "statistic"),
        ({"student_group": "sex=female"}, "not_measurable", "student_group"),
        ({"baseline": None}, "no_baseline", "baseline"),
        ({"baseline_school_year": None}, "no_baseline", "baseline_school_year"),
        ({"baseline_window": "midsummer"}, "unknown_window", "baseline_window"),
        ({"baseline": 52.0, "target": 58.0, "milestones": ()}, "wrong_baseline", "baseline"),
        ({"target": None}, "no_target", "target"),
        ({"target": 54.0}, "wrong_direction", "target"),
        ({"target": 60.0}, "wrong_direction", "target"),
        ({"target": 99.5}, "not_achievable", "target"),
        ({"target": 104.0}, "not_achievable", "target"),
        ({"relevance": None}, "not_relevant", "relevance"),
        ({"target_window": None, "target_school_year": None, "target_date": None}, "no_time", "target_window"),
        ({"target_school_year": None}, "no_time", "target_school_year"),
        ({"target_window": "midsummer"}, "unknown_window", "target_window"),
        ({"target_school_year": "2026-28"}, "unknown_window", "target_school_year"),
        ({"target_school_year": "2024-25"}, "target_too_early", "target_school_year"),
        ({"target_date": dt.date(2026, 5, 31)}, "date_mismatch", "target_date"),
        ({"milestones": ("half-way by winter",)}, "unreadable_milestone", "milestones"),
        ({"milestones": ("2027-28 winter 64",)}, "milestone_out_of_time", "milestones"),
    ],
)
def test_each_fault_is_named_once(desk, changed, kind, column):
    """What is wrong is named by kind and column, and nothing else is named beside it."""
    assert check(desk, **changed) == [(kind, column)]


def test_a_baseline_may_miss_the_datas_value_by_rounding_and_by_who_was_counted(desk):
    """Half a standard error of 2 is allowed: 60.2 in the data takes 61 and 59.5, and not 61.5."""
    assert check(desk, baseline=61.0) == []
    assert check(desk, baseline=59.5) == []
    assert check(desk, baseline=61.5) == [("wrong_baseline", "baseline")]
    faults = check_goals(
        desk.plan(desk.goal(baseline=50.0)),
        settings=desk.settings,
        comparison=desk.frames(own=(58.0, 60.2, 62.0), others=MOVED),
    )
    assert "60.2%" in faults[0].said
    assert "60.2%" in faults[0].mend


def test_a_withheld_value_is_no_fault(desk):
    """Where the school's value may not be printed, M cannot be told, and no sentence holds a number of it."""
    frames = desk.frames(own=(58.0, 60.2, 62.0), others=MOVED, status="withheld")
    assert check(desk, frames=frames, baseline=52.0) == []
    found = letters(desk, frames=frames)
    assert found["M"] is None
    judged = judge_goals(desk.plan(desk.goal(baseline=52.0)), settings=desk.settings, comparison=frames)[0]
    assert "60.2" not in " ".join(letter.said for letter in judged.letters)


def test_where_less_is_better_the_target_lies_below(desk):
    """Of chronic absence a fall is progress: 20 to 18 is sound, 20 to 22 is the wrong direction."""
    key = desk.key | {"measure": "chronic_absence", "statistic": "pct"}
    frames = desk.frames(own=(21.0, 20.0, 19.0), others=tuple((20 + at, 18 + at) for at in range(7)), key=key)
    cells = {"measure": "chronic_absence", "statistic": "pct", "baseline": 20.0, "milestones": ()}
    assert check(desk, frames=frames, **cells, target=18.0) == []
    assert check(desk, frames=frames, **cells, target=22.0) == [("wrong_direction", "target")]


def test_too_few_schools_or_years_do_not_say_what_can_be_achieved(desk):
    """With four other schools, or without a change over the goal's span, A cannot be told, and this is said."""
    few = desk.frames(own=(58.0, 60.2, 62.0), others=MOVED[:4])
    assert letters(desk, frames=few, target=99.0)["A"] is None
    long = {"target_school_year": "2029-30", "target_date": dt.date(2030, 5, 31), "target": 99.0}
    assert letters(desk, **long)["A"] is None
    judged = judge_goals(desk.plan(desk.goal(target=99.0)), settings=desk.settings, comparison=few)[0]
    said = next(letter.said for letter in judged.letters if letter.letter == "A")
    assert "cannot be told" in said
    assert "5 schools" in said


def test_noise_alone_is_not_what_schools_achieved(desk):
    """One of 8 schools rose by 10: measured with noise of 9 it has hardly achieved 8, with noise of 1 it has."""
    scattered = tuple((60.0, 60.0 + step) for step in (-10, -6, -3, 0, 3, 6, 10))
    noisy = desk.frames(own=(60.0, 60.0, 60.0), others=scattered, change_error=9.0)
    sure = desk.frames(own=(60.0, 60.0, 60.0), others=scattered, change_error=1.0)
    shares = [
        judge_goals(desk.plan(desk.goal(target=68.0)), settings=desk.settings, comparison=frames)[0].achieved.share
        for frames in (noisy, sure)
    ]
    assert shares[0] < 0.06
    assert shares[1] == pytest.approx(1 / 8, abs=0.02)


def test_a_common_fall_does_not_put_every_rise_out_of_reach(desk):
    """Where all schools fell alike in the only span that there is, three points are ambitious and not impossible."""
    fallen = tuple((70.0 + at, 66.0 + at) for at in range(7))
    frames = desk.frames(own=(62.0, 60.2, 58.0), others=fallen, change_error=3.0)
    assert check(desk, frames=frames, target=63.0) == []
    assert check(desk, frames=frames, target=95.0) == [("not_achievable", "target")]


def test_of_a_district_the_schools_can_only_rule_out(desk):
    """A district's target within its schools' reach is not judged; one beyond any school's is."""
    frames = desk.frames(own=(58.0, 60.2, 62.0), others=MOVED)
    near = desk.plan(desk.goal(school_id=None), school_id=None)
    far = desk.plan(desk.goal(school_id=None, target=99.5), school_id=None)
    assert letters(desk, frames=frames, plan=near)["A"] is None
    assert letters(desk, frames=frames, plan=far)["A"] is False


def test_a_goal_serves_a_finding_or_the_cause_of_an_action(desk):
    """Without either it is not relevant, whatever it says of students."""
    frames = desk.frames(own=(58.0, 60.2, 62.0), others=MOVED)
    for goal, actions, met in (
        (desk.goal(), (desk.action(cause_id=()),), False),
        (desk.goal(finding_id=("gap",)), (), True),
    ):
        plan = desk.plan(goal, actions=actions)
        assert letters(desk, frames=frames, plan=plan)["R"] is met


def test_the_finding_says_it_in_the_kits_words(desk):
    """Sentences keep to the fixed words; records say verdict and share; a plan without goals says so."""
    frames = desk.frames(own=(58.0, 60.2, 62.0), others=MOVED)
    plan = desk.plan(desk.goal(), desk.goal(goal_id="G-2", baseline=52.0, target=99.5))
    finding = find_goals(plan, settings=desk.settings, comparison=frames)
    assert len(finding.table().rows) == 10
    said = [finding.sentence(), finding.answer(), *finding.caveats()]
    said += [row[3] for row in finding.table().rows]
    said += [record.sentence for record in finding.records()]
    assert [text for text in said if check_sentence(text)] == []
    names = {record.finding for record in finding.records()}
    assert {"plan_goals", "goal_achievable", "goal_reached_by_schools", "plan_fault"} <= names
    drawn = find_reach(plan, settings=desk.settings, comparison=frames)
    assert [one.figure().name for one in drawn] == ["plan-reach-g-1", "plan-reach-g-2"]
    assert [text for one in drawn for text in (one.sentence(), *one.caveats()) if check_sentence(text)] == []
    nothing = find_goals(desk.plan(actions=()), settings=desk.settings, comparison=frames)
    assert check_sentence(nothing.sentence()) == []
    assert nothing.table() is None
