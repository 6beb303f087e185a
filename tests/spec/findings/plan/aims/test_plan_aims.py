"""Whether actions hit their causes by id and level, and which findings have no action."""

import dataclasses

import pytest

from mtss_analysis.findings.plan.aim_finding import check_aims, find_aims, find_unanswered
from mtss_analysis.show import check_sentence

BOUGHT = {
    "school_id": None, "level": "district", "action_type": "programme", "practice": None,
    "description": "Buy a reading intervention programme for all elementary schools",
}  # fmt: skip


def _check(hand, subject, **frames):
    comparison = hand.compare(**frames)
    plan = hand.open_plan(comparison, subject=subject)
    return check_aims(plan, settings=hand.settings, comparison=comparison)


def _kinds(faults):
    return [(fault.kind, fault.row_id, fault.column) for fault in faults]


def test_a_programme_bought_where_co_teaching_breaks_down_in_classrooms_is_flagged(hand):
    """A programme that the district buys does not reach a practice that falls off in classrooms; the reason is said."""
    causes = [hand.judge("co_teaching", level="classroom")]
    faults = _check(hand, hand.district, actions=[hand.action | BOUGHT], facts=hand.broken, causes=causes)
    assert _kinds(faults) == [("wrong_level", "A-1", "level")]
    assert faults[0].requirement == "R34"
    assert faults[0].said == (
        "Action A-1 (“Buy a reading intervention programme for all elementary schools”) buys something for the whole "
        "district, but co-teaching in lessons breaks down in classrooms. Walkthroughs found co-teaching fully in place "
        "in 74 of 100 observations in the first two weeks after training and in 41 of 100 from the third week on, "
        "among teachers with 4 or more years of experience (a drop of 33 points, likely between 28 and 38)."
    )
    assert "coaching in teachers' own lessons" in faults[0].mend


def test_coaching_in_classrooms_fits(hand):
    """The same cause answered in classrooms has no fault."""
    causes = [hand.judge("co_teaching", level="classroom")]
    assert _check(hand, hand.oak, facts=hand.broken, causes=causes) == ()


def test_where_the_data_show_no_level_the_run_file_decides(hand):
    """Without evidence of a level, an action is held against the declared one, and the sentence says who says so."""
    causes = [hand.judge("co_teaching", present="cannot tell")]
    faults = _check(hand, hand.district, actions=[hand.action | BOUGHT], causes=causes)
    assert _kinds(faults) == [("wrong_level", "A-1", "level")]
    assert faults[0].said.endswith("breaks down in classrooms. So the run file has it.")


@pytest.mark.parametrize("level", ["school", "classroom"])
def test_a_school_that_stands_low_does_not_rule_out_the_declared_level(hand, level):
    """Where the data show only a school as a whole, both the school and the declared level fit."""
    causes = [hand.judge("co_teaching", school_id="0012", level="school")]
    assert _check(hand, hand.oak, actions=[hand.action | {"level": level}], causes=causes) == ()


def test_a_level_shown_by_the_data_overrules_the_run_file(hand):
    """A cause declared in the school that the data locate in classrooms is not reached by an action of the school."""
    causes = [hand.judge("attendance", school_id="0012", level="classroom", text="It is seen in two rooms.")]
    action = hand.action | {"cause_id": "attendance", "practice": None, "level": "school"}
    faults = _check(hand, hand.oak, actions=[action], causes=causes)
    assert _kinds(faults) == [("wrong_level", "A-1", "level")]
    assert faults[0].said.endswith("but chronic absence sits in classrooms. It is seen in two rooms.")


@pytest.mark.parametrize(
    ("changed", "kind", "column"),
    [
        ({"cause_id": None}, "no_cause", "cause_id"),
        ({"cause_id": "moon_phase"}, "unknown_cause", "cause_id"),
        ({"cause_id": "co_teaching; moon_phase"}, "unknown_cause", "cause_id"),
        ({"level": None}, "no_level", "level"),
    ],
)
def test_what_an_action_does_not_aim_at_is_named(hand, changed, kind, column):
    """No cause, one that nobody knows, or no level is one fault each."""
    faults = _check(hand, hand.oak, actions=[hand.action | changed])
    assert _kinds(faults) == [(kind, "A-1", column)]
    assert check_sentence(faults[0].said) == check_sentence(faults[0].mend) == []


def test_one_fitting_cause_of_two_is_enough(hand):
    """An action against two causes at different levels has one level; it fits one of them."""
    action = hand.action | {"cause_id": "attendance; co_teaching", "level": "classroom"}
    assert _check(hand, hand.oak, actions=[action]) == ()


def test_a_practice_of_the_walkthroughs_is_a_known_cause(hand):
    """A cause that the run file does not name may be a practice that walkthroughs look at."""
    facts = [dataclasses.replace(fact, subject="modeling") for fact in hand.broken]
    action = hand.action | {"cause_id": "modeling", "practice": "modeling"}
    assert _check(hand, hand.oak, actions=[action], facts=facts) == ()
    assert _kinds(_check(hand, hand.oak, actions=[action])) == [("unknown_cause", "A-1", "cause_id")]


def _list_absence(hand):
    return [
        hand.judge("attendance", school_id="0012", level="school", text="It is high here."),
        hand.judge("attendance", level="school"),
        hand.judge("attendance", school_id="0013", present="no"),
    ]


def test_a_cause_that_no_plan_acts_on_is_named_where_it_is_seen(hand):
    """It is named in the plan of the school in which it is seen and of the district, not of another school."""
    rows = [hand.action, hand.action | {"action_id": "A-2", "school_id": "0013"},
            hand.action | {"action_id": "A-3", "school_id": None}]  # fmt: skip
    for subject, named in ((hand.oak, True), (hand.district, True), (hand.elm, False)):
        faults = _check(hand, subject, actions=rows, causes=_list_absence(hand))
        assert _kinds(faults) == ([("cause_without_action", "", "cause_id")] if named else [])
        assert all(fault.requirement == "R39" and "chronic absence" in fault.said for fault in faults)


def test_an_action_in_another_school_is_no_fault_but_is_listed(hand):
    """What another school's plan alone acts on is listed as having no action here, and is no fault."""
    other = hand.action | {"action_id": "A-2", "school_id": "0013", "cause_id": "attendance", "level": "school"}
    comparison = hand.compare(actions=[hand.action, other], causes=_list_absence(hand))
    plan = hand.open_plan(comparison, subject=hand.oak)
    assert check_aims(plan, settings=hand.settings, comparison=comparison) == ()
    finding = find_unanswered(plan, settings=hand.settings, comparison=comparison)
    assert [row[0] for row in finding.table().rows] == ["chronic absence"]
    assert finding.table().rows[0][-1] == "only the plan of school 0013 acts on it"


@pytest.mark.parametrize("status", ["planned", "stopped"])
def test_an_action_of_the_district_answers_unless_it_is_stopped(hand, status):
    """The district's action answers for a school; one that was stopped answers for nobody."""
    district = hand.action | {
        "action_id": "A-2", "school_id": None, "cause_id": "attendance", "level": "school", "status": status,
    }  # fmt: skip
    faults = _check(hand, hand.oak, actions=[hand.action, district], causes=_list_absence(hand))
    assert bool(faults) == (status == "stopped")


def test_what_cannot_be_changed_is_listed_and_no_fault(hand):
    """A cause outside the district's control needs no action; the list says why there is none."""
    fixed = dataclasses.replace(hand.absence, controllable=False)
    settings = dataclasses.replace(hand.settings, causes=(hand.co_teaching, fixed))
    comparison = hand.compare(causes=_list_absence(hand))
    plan = hand.open_plan(comparison, subject=hand.oak)
    assert check_aims(plan, settings=settings, comparison=comparison) == ()
    table = find_unanswered(plan, settings=settings, comparison=comparison).table()
    assert "cannot change it" in table.rows[0][-1]


@pytest.mark.parametrize("present", ["no", "cannot tell"])
def test_a_cause_that_is_not_shown_is_not_asked_for(hand, present):
    """What the data do not show, or cannot tell, is no gap in the plan."""
    assert _check(hand, hand.oak, causes=[hand.judge("attendance", school_id="0012", present=present)]) == ()


def test_an_action_without_a_finding_is_listed_and_no_fault(hand):
    """Where the data do not show the cause, the action fits, and the table says that we see no finding behind it."""
    comparison = hand.compare(causes=[hand.judge("co_teaching", present="no")])
    plan = hand.open_plan(comparison, subject=hand.oak)
    finding = find_aims(plan, settings=hand.settings, comparison=comparison)
    assert "We see no finding behind A-1." in finding.sentence()
    assert finding.table().rows[0][-1] == "yes, but we see no finding behind it"
    assert finding.records()[0].verdict == "fits; shown by the data: no"


def test_what_cannot_be_told_is_not_read_as_absent(hand):
    """Where the data cannot tell of the cause, that is said, and not that no finding is seen."""
    comparison = hand.compare(causes=[hand.judge("co_teaching", present="cannot tell")])
    finding = find_aims(hand.open_plan(comparison, subject=hand.oak), settings=hand.settings, comparison=comparison)
    assert "Whether the root cause of A-1 is there, the data cannot tell." in finding.sentence()
    assert "no finding" not in finding.sentence() + str(finding.table().rows)
    assert finding.records()[0].verdict == "fits; shown by the data: cannot tell"


def test_the_finding_behind_an_action_is_named_with_its_section(hand):
    """Where the data show the cause, the table leads to it and names the section of the packet in which it stands."""
    comparison = hand.compare(facts=hand.broken, causes=[hand.judge("co_teaching", level="classroom")])
    finding = find_aims(hand.open_plan(comparison, subject=hand.oak), settings=hand.settings, comparison=comparison)
    row = finding.table().rows[0]
    assert row[1:] == ("co-teaching in lessons", "classrooms (data)", "classrooms", "yes", "yes")
    assert row[4].to == "tbl-root-cause-seen"
    assert "“Root causes, Which candidate root causes are seen here”" in finding.table().note
    assert check_sentence(finding.sentence()) == []


def test_what_nobody_gave_data_for_leaves_nothing_unanswered(hand):
    """Without any evidence, the finding on gaps says that there is none, and has no table."""
    comparison = hand.compare()
    plan = hand.open_plan(comparison, subject=hand.oak)
    finding = find_unanswered(plan, settings=hand.settings, comparison=comparison)
    assert finding.table() is None
    assert check_sentence(finding.sentence()) == []
    assert finding.records()[0].estimate == 0


@pytest.mark.parametrize(("measure", "listed"), [("math", True), ("orf", False)])
def test_a_concerning_trend_without_a_goal_is_listed(hand, measure, listed):
    """A concerning trend is listed where no goal of the school or the district is measured by it."""
    comparison = hand.compare(trends=[hand.move(measure, concerning=True), hand.move("math", school_id="0013")])
    for subject in (hand.oak, hand.district):
        plan = hand.open_plan(comparison, subject=subject)
        finding = find_unanswered(plan, settings=hand.settings, comparison=comparison)
        rows = finding.table().rows if finding.table() else ()
        assert [row[:2] for row in rows] == ([(f"the trend in {measure}", "school 0012")] if listed else [])
        assert check_sentence(finding.sentence()) == []
        if listed:
            assert rows[0][2] == (
                "In math, all students moved by −0.15 state standard deviations a year "
                "(likely between −0.20 and −0.10)."
            )


def test_a_goal_that_names_the_trend_answers_it(hand):
    """A goal measured by something else answers a trend that it names as its finding."""
    goal = hand.goal | {"finding_id": "practice_breakdown:co_teaching; trend:math"}
    comparison = hand.compare(goals=[goal], trends=[hand.move("math", concerning=True)])
    plan = hand.open_plan(comparison, subject=hand.oak)
    assert find_unanswered(plan, settings=hand.settings, comparison=comparison).table() is None


def test_every_fault_of_aim_is_recorded_by_its_kind(hand):
    """What is wrong stands in the records as a fault of the plan, with its kind as the verdict."""
    comparison = hand.compare(actions=[hand.action | {"cause_id": None}], causes=_list_absence(hand))
    plan = hand.open_plan(comparison, subject=hand.oak)
    records = find_aims(plan, settings=hand.settings, comparison=comparison).records()
    faults = [(one.verdict, one.group, one.requirement) for one in records if one.finding == "plan_fault"]
    assert faults == [("no_cause", "actions A-1", "R34"), ("cause_without_action", "actions", "R39")]
