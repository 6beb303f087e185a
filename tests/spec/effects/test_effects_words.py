"""What the chapter says at its opening, and how it names years, grades, few schools and verdicts."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.effects.chapter_order import order_behind, order_by_question
from mtss_analysis.findings.effects.design_finding import find_designs
from mtss_analysis.findings.effects.design_words import name_grades, say_in_100
from mtss_analysis.findings.effects.evidence_finding import find_evidence
from mtss_analysis.findings.effects.finding import find_effects
from mtss_analysis.findings.effects.glance_finding import find_glance
from mtss_analysis.findings.effects.grading import is_favourable
from mtss_analysis.findings.effects.worth_finding import find_worth

WORDS = ("vocabulary", "reading", "word_groups")


@pytest.mark.parametrize(
    ("grades", "told"),
    [
        ("3", "grade 3"),
        ("K", "kindergarten"),
        ("3,4,5", "grades 3 to 5"),
        ("10,9", "grades 9 to 10"),
        ("K,1,2", "kindergarten to grade 2"),
        ("3,5", "grade 3 and grade 5"),
        ("", ""),
    ],
)
def test_grades_that_follow_each_other_are_a_span(grades, told):
    """Grades in a row are named by the first and the last, in the order of age."""
    assert name_grades(grades) == told


@pytest.mark.parametrize(
    ("probability", "told"), [(0.973, "97 in 100"), (0.999, "more than 99 in 100"), (0.001, "fewer than 1 in 100")]
)
def test_probabilities_are_counts_out_of_a_hundred(probability, told):
    """Beyond 1 and 99 in 100 no exactness is pretended."""
    assert say_in_100(probability) == told


@pytest.mark.parametrize(
    ("better", "low", "high", "favourable"),
    [("higher", 0.1, 0.4, True), ("lower", 0.1, 0.4, False), ("lower", -0.4, -0.1, True), ("higher", np.nan, 1, False)],
)
def test_favourable_is_the_side_that_is_better(better, low, high, favourable):
    """Where lower is better, an interval below zero is favourable and one above it is not."""
    row = pd.Series({"better": better, "g_low": low, "g_high": high})
    assert is_favourable(row, low="g_low", high="g_high") is favourable


def _collect(asked, school):
    about = asked.about(asked.school_ids[school])
    effects, designs = find_effects(**about), find_designs(**about)
    return effects, designs, find_glance(designs, randomised=effects)


def test_the_opening_table_has_a_row_for_every_effect(draw, ask_one):
    """One question, one row, with effect, fidelity, worth and the design it rests on."""
    _, designs, glance = _collect(ask_one(draw(), *WORDS, comparison="word_usual"), 1)
    (row,) = glance.table().rows
    assert len(designs) == 1
    assert row[0].startswith("Word groups, vocabulary")
    assert row[5].startswith("randomised comparison")
    assert glance.records() == ()


def test_without_a_question_the_opening_says_so():
    """Nothing asked is no effect, and no table."""
    glance = find_glance((), randomised=())
    assert "no effect to report" in glance.answer()
    assert glance.table() is None


def test_a_school_that_fell_short_is_given_no_verdict_anywhere(draw, ask_one):
    """Below the criterion the school's randomised effect is no verdict in sentence, table, page one and records."""
    asked = ask_one(draw(), *WORDS, comparison="word_usual", fidelity_criterion_pct=84.0)
    short = 0
    for school in range(len(asked.school_ids)):
        effects, designs, glance = _collect(asked, school)
        if designs[0].is_delivered_here:
            continue
        short += 1
        assert "no verdict on it is given here" in effects[0].sentence()
        assert glance.table().rows[0][2] == "no verdict"
        assert all(note["title"].endswith("in all schools") for note in effects[0].notes())
        verdicts = [record.verdict for record in effects[0].records() if record.school_id and record.estimate]
        assert all(verdict.startswith("no verdict") for verdict in verdicts)
    assert short > 0


def test_what_a_team_reads_stands_before_what_is_behind_it(draw, ask_one):
    """Effects, delivery and groups come first; grades, designs and their conditions of all questions after them."""
    asked = ask_one(draw(), *WORDS, comparison="word_usual")
    about = asked.about(asked.school_ids[0])
    effects, designs, _ = _collect(asked, 0)
    evidence, worth = find_evidence(**about), find_worth(**about)
    read = [type(one).__name__ for one in order_by_question(effects=effects, designs=designs, worth=worth)]
    behind = order_behind(evidence=evidence, designs=designs, worth=worth)
    assert read[0] == "EffectFinding"
    assert "DecisionFinding" in read
    assert ("QuestionFinding" in read) == bool(designs[0].warn())
    assert [type(one).__name__ for one in behind] == ["EvidenceFinding", "TriedFinding", "ChecksFinding"]
    tried, checks = (one.table() for one in behind[1:])
    assert [row[1] for row in tried.rows] == [row[0] for row in designs[0].table().rows]
    assert [row[3] for row in checks.rows] == [check.sentence for check in designs[0].chosen.checks]


def test_conditions_that_do_not_hold_are_said_with_the_effect(draw, ask_one):
    """Whatever check of the chosen design fails or could not be made stands with its section, the others do not."""
    finding = ask_one(draw(), "oral_reading", "reading", "reading_boost").design()
    told = " ".join(finding.warn())
    for check in finding.chosen.checks:
        assert (check.sentence in told) == (check.passed is not True)


def test_few_schools_have_the_wild_bootstrap_beside_the_estimate(draw, ask_one):
    """With fewer than ten schools the table has its interval under the chosen estimate, and a caveat its verdict."""
    finding = ask_one(draw(), "math_fluency", "math", "number_talks").design()
    assert finding.chosen.design == "staggered"
    assert finding.chosen.number("n_clusters") < 10
    assert finding.table().rows[1][0] == "The same, wild bootstrap"
    assert any("wild bootstrap" in caveat and "verdict" in caveat for caveat in finding.caveats())


def test_a_school_has_nothing_withheld_where_schools_are_compared(draw, ask_one):
    """In a phased start no school has an estimate of its own: the reason is that, in figure and records, for all."""
    asked = ask_one(draw(), "math_fluency", "math", "number_talks")
    for school in range(len(asked.school_ids)):
        finding = asked.design(school)
        own = [record for record in finding.records() if record.finding == "design_effect_own"]
        assert [record.status for record in own] == ["not_estimable"]
        assert "withheld" not in finding.sentence()


def test_a_school_without_the_programme_is_told_so(draw, ask_one):
    """Where nobody of a school takes part it is said so; page one does not praise what the school does not have."""
    tables = draw()
    asked = ask_one(tables, "math_fluency", "math", "number_talks")
    served = set(tables["services"].query("intervention_id == 'number_talks'")["school_id"])
    without = [place for place, school in enumerate(asked.school_ids) if school not in served]
    assert without
    for place in without:
        finding = asked.design(place)
        assert "Nobody of this school is recorded as taking part" in finding.sentence()
        assert finding.notes() == ()
        _, _, glance = _collect(asked, place)
        assert glance.table().rows[0][3] == "not used here"
        assert "is not recorded" not in find_worth(**asked.about(asked.school_ids[place]))[0].sentence()
