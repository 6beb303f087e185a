"""The seven questions are answered from the data where they can be, and the order is as sure as it is said to be."""

import dataclasses

import pandas as pd
import pytest

from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.plan.answers import answer_questions
from mtss_analysis.findings.plan.priority_finding import find_answers, find_priorities
from mtss_analysis.findings.plan_settings import QUESTIONS, PlanSettings
from mtss_analysis.show import check_sentence

BOOST = {"cause_id": "co_teaching", "practice": None, "intervention_id": "boost", "action_type": "programme"}
DESIGN = {
    "intervention_id": "boost", "measure": "orf", "rank": 0, "g": 0.27, "g_low": 0.09, "g_high": 0.44, "q_value": 0.01,
    "worthwhile": 0.97, "fidelity_pct": 80.0, "cost": 126.9, "cost_per_sd": 474.1, "cost_with_staff": False,
    "reason": "",
}  # fmt: skip


def _answer(hand, question, *, subject=None, settings=None, **frames):
    """Answer one question for the first action of a plan."""
    comparison = hand.compare(**frames)
    plan = hand.open_plan(comparison, subject=subject or hand.oak)
    rubric = answer_questions(plan, settings=settings or hand.settings, comparison=comparison)[0]
    answer = dict(zip(QUESTIONS, rubric.answers, strict=True))[question]
    assert check_sentence(answer.said) == []
    return answer


def test_there_are_exactly_the_seven_questions(hand):
    """Every action has one answer to each of the seven questions, with its evidence and where it is from."""
    comparison = hand.compare()
    plan = hand.open_plan(comparison, subject=hand.oak)
    finding = find_answers(plan, settings=hand.settings, comparison=comparison)
    assert QUESTIONS == ("root_cause", "systemic", "positive_cause", "effect", "capacity", "knowledge", "scale")
    assert [record.measure for record in finding.records()] == list(QUESTIONS)
    assert all(row[3] and row[4] in ("the data", "the plan") for row in finding.table().rows)


@pytest.mark.parametrize(
    ("judged", "changed", "verdict", "source"),
    [
        ({"level": "classroom"}, {}, "yes", "data"),
        ({"level": "classroom"}, {"level": "district"}, "no", "data"),
        ({"school_id": "0012", "present": "no"}, {}, "no", "data"),
        ({"present": "cannot tell"}, {}, "partly", "plan"),
        ({}, {"cause_id": None}, "no", "plan"),
        ({}, {"level": None}, "cannot tell", "plan"),
    ],
)
def test_whether_it_targets_the_root_cause(hand, judged, changed, verdict, source):
    """Cause and level as the data show them; where they cannot tell, the plan's own word counts half."""
    answer = _answer(hand, "root_cause", actions=[hand.action | changed], causes=[hand.judge("co_teaching", **judged)])
    assert (answer.verdict, answer.source) == (verdict, source)


@pytest.mark.parametrize(
    ("schools", "q_values", "verdict"),
    [
        (("0012", "0013"), (0.01, 0.02), "yes"),
        (("0012", "0013"), (0.01, 0.30), "partly"),
        (("0012", "0013"), (), "partly"),
        (("0012",), (0.01,), "partly"),
        (("0012",), (), "no"),
        ((), (), "cannot tell"),
    ],
)
def test_whether_the_cause_is_systemic(hand, schools, q_values, verdict):
    """A cause that goes with two concerning trends is a candidate systemic one; one of a single school is not."""
    causes = [hand.judge("co_teaching", school_id=school, level="school") for school in schools]
    names = [f"measure_{at}" for at in range(len(q_values))]
    links = [hand.link("co_teaching", name, q_value=q) for name, q in zip(names, q_values, strict=True)]
    trends = [hand.move(name, concerning=True) for name in names]
    assert _answer(hand, "systemic", causes=causes, links=links, trends=trends).verdict == verdict


def test_whether_it_spreads_what_goes_right(hand):
    """A source school that does more of the practice, or whose trend is promising, is one; a named one counts half."""
    actions = [hand.action | {"spreads_from_school_id": "0013"}]
    high = [
        Fact(topic="building", district_id="01", subject="co_teaching", estimate=60.0),
        Fact(topic="building", district_id="01", school_id="0013", subject="co_teaching", estimate=80.0, ci_low=70.0,
             ci_high=90.0, text="higher"),
    ]  # fmt: skip
    assert _answer(hand, "positive_cause").verdict == "no"
    assert _answer(hand, "positive_cause", actions=actions).verdict == "partly"
    assert _answer(hand, "positive_cause", actions=actions, facts=high).verdict == "yes"
    elsewhere = [high[0], dataclasses.replace(high[1], school_id="0012")]
    assert _answer(hand, "positive_cause", actions=actions, facts=elsewhere).verdict == "partly"
    weak = [high[0], dataclasses.replace(high[1], text="lower")]
    assert _answer(hand, "positive_cause", actions=actions, facts=weak).verdict == "no"
    promising = [hand.move("orf", school_id="0013", promising=True)]
    assert _answer(hand, "positive_cause", actions=actions, trends=promising).verdict == "yes"


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "yes"),
        ({"worthwhile": 0.75}, "partly"),
        ({"worthwhile": 0.05, "g": 0.0, "g_low": -0.09, "g_high": 0.09}, "no"),
        ({"worthwhile": 0.40, "g_low": -0.1}, "cannot tell"),
        ({"q_value": 0.20}, "partly"),
        ({"fidelity_pct": 55.0}, "cannot tell"),
        ({"rank": 1, "reason": "the students differ too much"}, "cannot tell"),
    ],
)
def test_whether_an_intervention_works(hand, changed, verdict):
    """By the probability of a worthwhile effect; without a design or with low fidelity it is not judged."""
    designs = pd.DataFrame([DESIGN | changed])
    answer = _answer(hand, "effect", actions=[hand.action | BOOST], designs=designs)
    assert answer.verdict == verdict
    if not changed:
        assert (
            "a worthwhile effect is likely. It costs about 127 dollars a student, without staff: about 47 for each"
            in (answer.said)
        )


def test_coaching_that_goes_with_more_of_the_practice_counts_half(hand):
    """An association of coaching with the practice is no effect; where there is none, it cannot be told."""
    dose = Fact(topic="coaching", district_id="01", subject="co_teaching", group="teachers", estimate=3.0, ci_low=1.0,
                ci_high=5.0)  # fmt: skip
    assert _answer(hand, "effect").verdict == "cannot tell"
    assert _answer(hand, "effect", facts=[dose]).verdict == "partly"
    assert _answer(hand, "effect", facts=[dataclasses.replace(dose, ci_low=-1.0)]).verdict == "cannot tell"


def _list_hours(available):
    return [
        {"capacity_id": f"K-{at}", "school_id": "0012", "staff_role": "coach", "month": month,
         "hours_available": hours, "hours_committed": 0.0}
        for at, (month, hours) in enumerate(zip(("2025-10", "2025-11"), available, strict=True))
    ]  # fmt: skip


@pytest.mark.parametrize(("available", "verdict"), [((40.0, 40.0), "yes"), ((40.0, 2.0), "partly"), ((1.0, 2.0), "no")])
def test_whether_the_staff_have_the_time(hand, available, verdict):
    """In all months, in some or in none, beside all other actions."""
    assert _answer(hand, "capacity", capacity=_list_hours(available)).verdict == verdict


@pytest.mark.parametrize(
    "changed", [{"staff_role": None}, {"staff_hours_per_week": None}, {"start_date": None}, {"staff_role": "nurse"}]
)
def test_time_that_is_not_known_cannot_be_told(hand, changed):
    """Without role, hours, dates or anybody of that role nothing can be told."""
    answer = _answer(hand, "capacity", actions=[hand.action | changed], capacity=_list_hours((40.0, 40.0)))
    assert answer.verdict == "cannot tell"


def test_whether_the_district_knows_how(hand):
    """What the data show and the plan states is known; one of the two counts half; neither is no."""
    silent = hand.action | {"capacity_exists": None}
    causes = [hand.judge("co_teaching", level="classroom")]
    assert _answer(hand, "knowledge", facts=hand.broken, causes=causes).verdict == "yes"
    assert _answer(hand, "knowledge", facts=hand.broken, causes=causes, actions=[silent]).verdict == "partly"
    assert _answer(hand, "knowledge").verdict == "partly"
    assert _answer(hand, "knowledge", actions=[silent]).verdict == "no"
    running = [{"initiative_id": "I-1", "name": "Boost", "intervention_id": "boost"}]
    assert _answer(hand, "knowledge", actions=[hand.action | BOOST], initiatives=running).verdict == "yes"


@pytest.mark.parametrize(("own", "verdict"), [((88.0, 90.0), "yes"), ((88.0, 60.0), "partly"), ((50.0, 60.0), "no")])
def test_whether_an_intervention_keeps_its_fidelity_at_scale(hand, own, verdict):
    """All schools at the criterion, some under it, or all together; schools of other districts do not count."""
    delivery = pd.DataFrame(
        {
            "intervention_id": "boost",
            "district_id": ["01", "01", "01", "02"],
            "school_id": ["", "0012", "0013", "0012"],
            "fidelity_pct": [sum(own) / 2, *own, 10.0],
        }
    )
    assert _answer(hand, "scale", actions=[hand.action | BOOST], delivery=delivery).verdict == verdict


def test_whether_a_practice_lasts_at_scale(hand):
    """Lost among all is no, lost among some counts half, lost among none is yes; otherwise the plan's word counts."""
    causes = [hand.judge("co_teaching", level="classroom")]
    everybody = [dataclasses.replace(fact, group="all") for fact in hand.broken]
    kept = [dataclasses.replace(hand.broken[0], text="not named")]
    assert _answer(hand, "scale", facts=hand.broken, causes=causes).verdict == "partly"
    assert _answer(hand, "scale", facts=everybody, causes=causes).verdict == "no"
    assert _answer(hand, "scale", facts=kept, causes=causes).verdict == "yes"
    assert _answer(hand, "scale").source == "plan"
    assert _answer(hand, "scale", actions=[hand.action | {"support_structure": None}]).verdict == "no"


def _three(hand):
    """Three open actions: one against a cause at its level, one against none, one as the first but nobody knows how."""
    return [
        hand.action,
        hand.action | {"action_id": "A-2", "cause_id": None, "spreads_from_school_id": "0013"},
        hand.action | {"action_id": "A-3", "capacity_exists": None},
        hand.action | {"action_id": "A-0", "status": "done"},
    ]


def _find(hand, *, settings=None, **frames):
    comparison = hand.compare(**frames)
    plan = hand.open_plan(comparison, subject=hand.oak)
    return find_priorities(plan, settings=settings or hand.settings, comparison=comparison)


def test_the_weights_of_the_run_file_decide_the_order(hand):
    """With all weight on what goes right elsewhere, the action that spreads it comes first."""
    only = dataclasses.replace(
        hand.settings,
        plan=PlanSettings(weights={name: float(name == "positive_cause") for name in QUESTIONS}),
    )
    assert [row[1] for row in _find(hand, actions=_three(hand)).table().rows] == ["A-1", "A-2", "A-3"]
    assert _find(hand, actions=_three(hand), settings=only).table().rows[0][1] == "A-2"


def test_what_is_done_is_not_put_in_order(hand):
    """Actions that are done or stopped have no place, but their answers are listed."""
    comparison = hand.compare(actions=_three(hand))
    plan = hand.open_plan(comparison, subject=hand.oak)
    asked = {"settings": hand.settings, "comparison": comparison}
    assert "A-0" not in {row[1] for row in find_priorities(plan, **asked).table().rows}
    assert "A-0" in {row[0] for row in find_answers(plan, **asked).table().rows}


def test_actions_that_are_level_share_a_place_and_that_is_said(hand):
    """Two actions with the same answers are level, marked, and both named first."""
    finding = _find(hand, actions=[hand.action, hand.action | {"action_id": "A-2"}, _three(hand)[2]])
    assert [row[0] for row in finding.table().rows] == ["1=", "1=", "3"]
    assert "A-1 and A-2 come first of the three open actions, level at" in finding.sentence()
    assert check_sentence(finding.sentence()) == []


def test_the_picture_shows_how_often_each_is_first(hand):
    """The picture, its words and the records hold the shares of weightings; the same plan gives the same bytes."""
    finding, again = (_find(hand, actions=_three(hand)) for _ in range(2))
    figure = finding.figure()
    assert figure.png == again.figure().png
    assert "A-2: first" in figure.alt
    assert "of 100 weightings" in figure.caption
    assert all("first in" in record.reason for record in finding.records())
    assert all(check_sentence(caveat) == [] for caveat in finding.caveats())


def test_what_cannot_be_told_is_shown_as_bounds(hand):
    """An action of seven answers, one of which cannot be told, has bounds a seventh apart."""
    action = hand.action | {"staff_role": "coach"}
    finding = _find(hand, actions=[action], capacity=_list_hours((40.0, 40.0)), causes=[hand.judge("co_teaching")])
    row = finding.table().rows[0]
    assert row.count("?") == 1
    score, low, high = (float(part) for part in row[-1].strip(")").replace("(", "").replace("–", " ").split())
    assert high - low == pytest.approx(100 / 7, abs=1)
    assert score == pytest.approx((low + high) / 2, abs=1)


def test_one_open_action_has_no_order(hand):
    """A single open action is not put in order, and there is no picture."""
    finding = _find(hand)
    assert "there is nothing to put in order" in finding.sentence()
    assert finding.figure() is None
