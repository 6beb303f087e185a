"""Money of a plan: what is missing, what a student costs, and when a cost per effect is not computed."""

import pandas as pd
import pytest

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.money_finding import check_money, find_money
from mtss_analysis.findings.plan.plan import open_plan
from mtss_analysis.show import check_sentence


def _action(action_id="A-1", **cells):
    return {"action_id": action_id, "school_id": "0012", "cost": 1000.0, "amount_funded": 1000.0, "goal_id": "G-1",
            "funding_source": "Title I", "schools_reached": "0012", **cells}  # fmt: skip


def test_money_that_is_there_has_no_fault(plan_of):
    """A cost that is funded from a named source is sound, and so is an action that costs nothing."""
    plan, _ = plan_of(actions=[_action(), _action("A-2", cost=0.0, amount_funded=None, funding_source=None)])
    assert check_money(plan) == ()


@pytest.mark.parametrize(
    ("cells", "kind", "column"),
    [
        ({"cost": -4000.0}, "negative_money", "cost"),
        ({"amount_funded": -5.0}, "negative_money", "amount_funded"),
        ({"cost": 22000.0, "amount_funded": 9000.0}, "funding_gap", "amount_funded"),
        ({"amount_funded": None}, "funding_gap", "amount_funded"),
        ({"funding_source": None}, "no_funding_source", "funding_source"),
        ({"cost": None}, "no_cost", "cost"),
    ],
)
def test_fault_is_named_once(plan_of, cells, kind, column):
    """Each fault has its kind and column, and no other is named beside it."""
    plan, _ = plan_of(actions=[_action(**cells)])
    assert [(fault.kind, fault.row_id, fault.column) for fault in check_money(plan)] == [(kind, "A-1", column)]
    assert all(check_sentence(text) == [] for fault in check_money(plan) for text in (fault.said, fault.mend))


def test_gap_is_cost_less_what_is_secured(plan_of, asked):
    """22,000 dollars of which 9,000 are secured leave 13,000 missing, in sentence, table and record."""
    plan, comparison = plan_of(actions=[_action(cost=22000.0, amount_funded=9000.0), _action("A-2")])
    finding = find_money(plan, settings=asked, comparison=comparison)
    assert finding.answer() == "The plan costs $23,000 in two actions; $13,000 of it is missing, in A-1 ($13,000)."
    table = finding.table()
    assert table is not None
    assert table.rows[0][2] == "$13,000"
    gap = next(record for record in finding.records() if record.finding == "plan_funding_gap")
    assert gap.estimate == 22000 - 9000
    assert check_sentence(finding.sentence()) == []


def test_cost_for_each_student_reached(plan_of, asked):
    """1,000 dollars in a school of 40 students are 25 a student; in all schools, 100 students, 10."""
    plan, comparison = plan_of(actions=[_action(), _action("A-2", schools_reached="all")])
    finding = find_money(plan, settings=asked, comparison=comparison)
    per_student = {
        record.group: record.estimate for record in finding.records() if record.finding == "action_cost_per_student"
    }
    assert per_student == {"A-1": 1000 / 40, "A-2": 1000 / 100}


def test_few_students_are_withheld(plan_of, asked):
    """The cost for each of fewer students than may be printed is withheld, since it gives away their number."""
    students = [
        {"student_id": f"s{number}", "school_id": school, "school_year": "2025-26", "grade": "3"}
        for school, count in (("0012", 4), ("0013", 60), ("0014", 70))
        for number in range(count)
    ]
    plan, comparison = plan_of(enrollments=students, actions=[_action()])
    finding = find_money(plan, settings=asked, comparison=comparison)
    record = next(record for record in finding.records() if record.finding == "action_cost_per_student")
    assert (record.status, record.estimate, record.n) == ("withheld", None, None)
    table = finding.table()
    assert table is not None
    assert "4" not in table.rows[0][4:6]


def test_goal_of_one_grade_reaches_that_grade(plan_of, asked):
    """An action of a goal about grade 4 reaches the students of grade 4 alone."""
    students = [
        {"student_id": f"{grade}-{number}", "school_id": "0012", "school_year": "2025-26", "grade": grade}
        for grade, count in (("3", 30), ("4", 50))
        for number in range(count)
    ]
    goals = [{"goal_id": "G-1", "school_id": "0012", "grade": "4"}]
    plan, comparison = plan_of(enrollments=students, goals=goals, actions=[_action()])
    finding = find_money(plan, settings=asked, comparison=comparison)
    record = next(record for record in finding.records() if record.finding == "action_cost_per_student")
    assert record.estimate == 1000 / 50


_OWN = {
    "intervention_id": "boost", "measure": "orf", "district_id": "01", "school_id": "0012", "estimate": 3.0,
    "ci_low": -1.0, "ci_high": 7.0, "shrunken": 2.2, "shrunken_low": 1.0, "shrunken_high": 3.4, "std_error": 2.0,
    "p_value": 0.1, "n_treated": 20, "n_comparison": 30, "reason": "", "status": "ok",
}  # fmt: skip


def _with_effect(plan, comparison, **cells):
    """Put what the chapter on effects knows of one intervention beside the plan."""
    question = {
        "intervention_id": "boost", "comparison_id": "", "label": "Boost", "comparison_label": "", "outcomes": "orf",
        "minimum_worthwhile_sd": 0.1, "better": "higher", "prior_sd": float("nan"), "fidelity_criterion_pct": 70.0,
        "staff_hour_cost": float("nan"), "is_random": False,
    }  # fmt: skip
    design = {
        "intervention_id": "boost", "measure": "orf", "design": "weighted", "rank": 0, "estimate": 2.0,
        "std_error": 0.5, "df": float("inf"), "g": 0.2, "sd": 10.0, "rating": "with reservations", "q_value": 0.01,
        "reason": "",        "cost": 100.0, "checks": "[]", **cells,
    }  # fmt: skip
    frames = {name: comparison.frame(name) for name in ("plan_goals", "plan_actions", "plan_deliverables",
                                                        "plan_initiatives", "plan_capacity", "plan_reach")}  # fmt: skip
    known = Comparison(
        frames={
            **frames,
            "questions": pd.DataFrame([question]),
            "designs": pd.DataFrame([design]),
            "own_designs": pd.DataFrame([_OWN]),
        }
    )
    return open_plan(known, subject=plan.subject), known


def test_cost_per_effect_is_cost_over_effect(plan_of, asked):
    """25 dollars a student and 0.2 standard deviations are 125 dollars a standard deviation, with Fieller's limits."""
    plan, comparison = _with_effect(*plan_of(actions=[_action(intervention_id="boost")]))
    finding = find_money(plan, settings=asked, comparison=comparison)
    record = next(record for record in finding.records() if record.finding == "action_cost_per_effect")
    assert record.estimate == pytest.approx(25 / 0.2)
    half = 1.959963984540054 * 0.05
    assert (record.ci_low, record.ci_high) == (pytest.approx(25 / (0.2 + half)), pytest.approx(25 / (0.2 - half)))
    assert "In this school the best guess of the effect of Boost is +2.2 words a minute" in finding.sentence()
    assert check_sentence(finding.sentence()) == []


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"rating": "does not meet standards"}, "cannot be graded"),
        ({"estimate": float("nan"), "rank": 1}, "cannot be graded"),
        ({"std_error": 3.0}, "may be zero or less"),
    ],
)
def test_cost_per_effect_is_not_computed_without_an_effect(plan_of, asked, cells, why):
    """Without a design that holds, or with an effect that may be none, it is not computed, and the reason is given."""
    plan, comparison = _with_effect(*plan_of(actions=[_action(intervention_id="boost")]), **cells)
    finding = find_money(plan, settings=asked, comparison=comparison)
    record = next(record for record in finding.records() if record.finding == "action_cost_per_effect")
    assert record.status == "not_estimable"
    assert why in str(record.reason)
    table = finding.table()
    assert table is not None
    assert table.rows[0][6] == "not computed"
    assert "not computed" in finding.sentence()
