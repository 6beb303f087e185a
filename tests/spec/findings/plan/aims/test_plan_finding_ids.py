"""Findings that goals name: known, followed, linked, and otherwise a fault with the nearest name."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mtss_analysis.findings.plan.aim_finding import check_aims, find_aims, find_unanswered
from mtss_analysis.findings.plan.draft.reasons import find_reasons
from mtss_analysis.findings.plan.finding_ids import check_finding_ids, read_finding_id
from mtss_analysis.findings.plan.finding_names import FINDING_NAMES
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.settings import Indicator
from mtss_analysis.show import LinkedText, check_sentence

ROOT = Path(__file__).resolve().parents[5]
READING = Indicator(measure="reading_scale", window="spring", domain="reading", label="reading", unit="points")
NOT_ANSWERED = re.compile(r"plan|goal|action|deliverable|finding|initiative|staff_hours|source|table|needed|levels")
"""What the plan says of itself, and what says only how a packet was made."""


def _compare(hand, finding_id):
    goal = hand.goal | {"finding_id": finding_id}
    frames = {"other_slopes": pd.DataFrame({"measure": ["letter_sounds"]})}
    return hand.compare(goals=[goal], facts=hand.broken, trends=[hand.move("math")], **frames)


def _check(hand, finding_id):
    comparison = _compare(hand, finding_id)
    settings = replace(hand.settings, indicators=(READING,))
    return check_finding_ids(hand.open_plan(comparison, subject=hand.oak), settings=settings, comparison=comparison)


@pytest.mark.parametrize(
    "finding_id",
    [
        None,
        "chronic_absence",
        "trend",
        "trend:reading_scale",
        "trend:math",
        "trend:letter_sounds",
        "trend:referrals",
        "share_below_cut:reading_scale:3",
        "gap:reading_scale:disability=no-yes",
        "practice_breakdown:co_teaching",
        "practice_breakdown:co_teaching:4+",
        "root_cause_seen:co_teaching",
        "root_cause_seen:implementation:co_teaching",
        "scale_low:belonging:staff fall",
        "trend:reading_scale; chronic_absence",
    ],
)
def test_findings_of_the_run_are_no_fault(hand, finding_id):
    """A finding of the packets about what the run follows may be named, with or without a measure and of whom."""
    assert _check(hand, finding_id) == ()


@pytest.mark.parametrize(
    ("finding_id", "said", "mend"),
    [
        ("trnd:reading_scale", "“trnd:reading_scale”", "Write trend:reading_scale"),
        ("teacher_mood", "no finding of the packets is called “teacher_mood”", "trend:reading_scale"),
        ("plan_size", "“plan_size”", "Write"),
        ("trend:reading_scal", "measure that the run follows", "Write trend:reading_scale"),
        ("share_below_cut:orf", "measure that the run follows", "Write after the colon a measure"),
        ("practice_breakdown:co_teach", "practice", "Write practice_breakdown:co_teaching"),
        ("root_cause_seen:moon_phase", "root cause", "Write"),
        ("trend:reading_scale; trnd:reading_scale", "“trnd:reading_scale”", "Write trend:reading_scale"),
    ],
)
def test_what_no_packet_says_is_a_fault(hand, finding_id, said, mend):
    """An unknown finding, or one about what the run does not follow, is one fault of the goal with what to write."""
    (fault,) = _check(hand, finding_id)
    assert (fault.kind, fault.requirement, fault.table, fault.row_id, fault.column) == (
        "unknown_finding", "R39", "goals", "G-1", "finding_id",
    )  # fmt: skip
    assert said in fault.said
    assert mend in fault.mend
    assert check_sentence(fault.said) == []


def test_an_unknown_finding_is_among_the_faults_of_aim(hand):
    """The check of aims names it, and so do the records of the chapter."""
    comparison = _compare(hand, "trnd:math")
    plan = hand.open_plan(comparison, subject=hand.oak)
    asked = {"settings": hand.settings, "comparison": comparison}
    assert check_aims(plan, **asked)[0].kind == "unknown_finding"
    recorded = [one.verdict for one in find_aims(plan, **asked).records() if one.finding == "plan_fault"]
    assert recorded[0] == "unknown_finding"


def test_the_table_of_aims_leads_to_the_finding(hand):
    """What the goal answers is named in words and leads to its table; an unknown one is named as it is written."""
    comparison = _compare(hand, "share_below_cut:reading_scale:3; trnd:math")
    settings = replace(hand.settings, indicators=(READING,))
    plan = hand.open_plan(comparison, subject=hand.oak)
    table = find_aims(plan, settings=settings, comparison=comparison).table()
    assert table is not None
    cell = table.rows[0][-1]
    assert cell == "answers: share of students below the cut, reading scale, grade 3; trnd:math (unknown)"
    assert isinstance(cell, LinkedText)
    assert cell.to == "tbl-below-reading-scale"


def test_a_trend_of_one_grade_answers_the_trend(hand):
    """A goal that names the trend of a measure in one grade answers the concerning trend in that measure."""
    goal = hand.goal | {"finding_id": "trend:math:3"}
    comparison = hand.compare(goals=[goal], trends=[hand.move("math", concerning=True)])
    plan = hand.open_plan(comparison, subject=hand.oak)
    assert find_unanswered(plan, settings=hand.settings, comparison=comparison).table() is None


@pytest.mark.parametrize(
    ("shown_by", "finding_id"),
    [
        ("chronic_absence", "chronic_absence"),
        ("referrals", "referral_rate"),
        ("fidelity:tier1", "fidelity"),
        ("caseload", "caseload"),
        ("implementation:co_teaching", "practice_breakdown:co_teaching"),
    ],
)
def test_a_draft_writes_ids_that_exist(hand, shown_by, finding_id):
    """What a drafted goal answers is a finding of the packets, whatever shows the root cause."""
    cause = Cause(id="why", label="why", level="school", shown_by=shown_by)
    settings = replace(hand.settings, causes=(cause,))
    comparison = hand.compare(facts=hand.broken, causes=[hand.judge("why", school_id="0012", level="school")])
    reasons = find_reasons(comparison, subject=hand.oak, settings=settings)
    written = next(one.finding_id for one in reasons if one.measure == shown_by)
    assert written == (finding_id,)
    plan = hand.open_plan(
        hand.compare(goals=[hand.goal | {"finding_id": written[0]}], facts=hand.broken), subject=hand.oak
    )
    assert check_finding_ids(plan, settings=settings, comparison=comparison) == ()


def test_measures_may_hold_colons():
    """The measure of an id is looked for up to each of its colons, the longest first."""
    one = read_finding_id(" root_cause_seen:implementation:co_teaching ")
    assert (one.finding, one.starts) == ("root_cause_seen", ("implementation:co_teaching", "implementation"))


def test_every_finding_of_the_chapters_may_be_named():
    """No finding that the code publishes under a written name is missing from the list of those a goal may answer."""
    written = set()
    for path in (ROOT / "mtss_analysis" / "findings").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "finding":
                value = node.value
                named = (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,)
                written |= {one.value for one in named if isinstance(one, ast.Constant) and one.value}
    missing = {name for name in written - FINDING_NAMES if not NOT_ANSWERED.match(name)}
    assert len(written) > 80
    assert missing == set()
