"""What is printed of an effect: no raw gain, no student, no verdict on what was not delivered, fixed words."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.comparison import compare_tables
from mtss_analysis.findings.effects.design_finding import find_designs
from mtss_analysis.findings.effects.monitoring_finding import find_progress
from mtss_analysis.findings.effects.worth_finding import find_worth
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.show.words import check_sentence

QUESTIONS = [
    ("oral_reading", "reading", "reading_boost"),
    ("math_scale", "math", "math_catch_up"),
    ("math_fluency", "math", "number_talks"),
    ("on_task", "behavior", "check_in"),
]
FEW = 10


def _find(asked, school):
    about = asked.about(asked.school_ids[school])
    return (*find_designs(**about), *find_worth(**about), *find_progress(**about))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("school", [0, 6])
def test_every_sentence_keeps_to_the_fixed_words(draw, ask_one, question, school):
    """Sentences, answers, caveats, captions and what records and page one say keep to the rules of wording."""
    for finding in _find(ask_one(draw(), *question), school):
        said = [finding.sentence(), *finding.caveats()]
        said += [finding.answer()] if finding.answer() else []
        said += [record.sentence for record in finding.records() if record.sentence]
        said += [note["sentence"] for note in finding.notes() if "sentence" in note]
        for text in said:
            assert check_sentence(text) == [], text
        for shown in (finding.figure(), finding.table()):
            assert shown is None or shown.caption


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_record_says_what_its_number_is(draw, ask_one, question):
    """A record with a number has a method or unit and n or interval; one without has a reason."""
    for finding in _find(ask_one(draw(), *question), 1):
        for record in finding.records():
            assert record.requirement in {"R25", "R26", "R27", "R28", "R29", "R30"}
            assert record.unit
            assert (record.estimate is None) == (record.status != "ok")
            assert record.status == "ok" or record.reason


def test_the_raw_gain_is_never_printed(draw, ask_one):
    """What the lowest scorers gained from fall to spring stands in no record, sentence or table."""
    tables = draw()
    everybody = pd.concat(
        [frame.assign(of=name) for name, frame in tables["screenings"].groupby("window")], ignore_index=True
    )
    treated = tables["services"].query("intervention_id == 'math_catch_up'")["student_id"]
    mine = everybody[(everybody["measure"] == "math_scale") & everybody["student_id"].isin(treated)]
    means = mine.groupby("window")["score"].mean()
    gain = means["spring"] - means["fall"]
    for finding in _find(ask_one(tables, "math_scale", "math", "math_catch_up"), 0):
        numbers = [record.estimate for record in finding.records() if record.estimate is not None]
        assert not any(abs(number - gain) < 0.05 for number in numbers)


def test_what_has_no_comparison_names_the_expected_rise(draw, ask_one):
    """Without a comparison that holds, the rise of low scorers without a programme stands instead of an effect."""
    tables = draw()
    screenings = tables["screenings"]
    fall = screenings.query("measure == 'math_scale' and window == 'fall'")
    low = fall[fall["score"] < fall["cut_score"] - 8].drop_duplicates(["student_id", "school_year"])
    start = pd.to_datetime(low["school_year"].str[:4] + "-10-06")
    services = low[["student_id", "school_id"]].assign(intervention_id="math_catch_up", start_date=start)
    kept = tables["services"].query("intervention_id != 'math_catch_up'")
    tables["services"] = pd.concat([kept, services], ignore_index=True)
    finding = ask_one(tables, "math_scale", "math", "math_catch_up").design()
    assert finding.chosen is None
    assert "is not an effect" in finding.sentence()
    assert "towards the mean without any programme" in finding.sentence()
    assert [record.finding for record in finding.records() if record.estimate is not None] == ["expected_gain"]


def test_no_verdict_is_given_on_what_was_not_delivered(draw, ask_one):
    """Below the fidelity criterion the number stands with its interval, and the verdict is withheld by name."""
    asked = ask_one(draw(), "math_fluency", "math", "number_talks", fidelity_criterion_pct=99.0)
    finding = asked.design()
    assert "was not delivered as designed" in finding.sentence()
    headline = next(record for record in finding.records() if record.finding == "design_effect")
    assert headline.verdict.startswith("no verdict")
    assert not any(note["kind"] == "well" for note in finding.notes())


def test_a_school_below_the_criterion_gets_no_verdict_of_its_own(draw, ask_one):
    """In the school where it was badly delivered (planted) the school is told so."""
    finding = ask_one(draw(), "oral_reading", "reading", "reading_boost").design(0)
    assert finding.is_delivered
    assert not finding.is_delivered_here
    assert "In this school, for reading boost: not delivered as designed" in finding.sentence()


def test_schools_with_few_students_are_withheld(draw, ask_one):
    """No record of a school rests on fewer students than the profile allows, and withheld ones hold no number."""
    asked = ask_one(draw(), "oral_reading", "reading", "reading_boost")
    for school in range(len(asked.school_ids)):
        for finding in _find(asked, school):
            for record in finding.records():
                if record.n is not None:
                    assert record.n >= FEW
                if record.status == "withheld":
                    assert record.estimate is None


def test_cases_cannot_be_recognised(draw, ask_one):
    """Four single cases a school: it prints nothing of its own, and with few cases in all nothing is printed."""
    tables = draw()
    finding = ask_one(tables, "on_task", "behavior", "check_in").design()
    assert [record for record in finding.records() if record.school_id is not None] == []
    progress = tables["progress"]
    cases = sorted(progress.query("intervention_id == 'check_in'")["student_id"].unique())
    few = progress[~progress["student_id"].isin(cases[5:])]
    finding = ask_one({**tables, "progress": few}, "on_task", "behavior", "check_in").design()
    assert finding.chosen is None
    assert all(record.estimate is None for record in finding.records() if record.finding.startswith("design"))
    assert json.loads(finding.rungs[0].row["checks"]) == []


def test_no_student_stands_in_the_comparison(draw, ask_one):
    """Frames that are kept for the notebooks hold no student's row or id."""
    tables = draw()
    ids = set(tables["enrollments"]["student_id"])
    asked = ask_one(tables, "oral_reading", "reading", "reading_boost")
    for name in ("questions", "designs", "own_designs", "delivery", "group_effects", "monitoring"):
        frame = asked.comparison.frame(name)
        assert "student_id" not in frame
        for column in frame.select_dtypes(include=["object", "string"]):
            assert not set(frame[column].dropna()) & ids


def test_groups_are_compared_by_their_difference(draw, ask_one):
    """A student group's record is the difference of effects with a q-value, never one group's effect."""
    asked = ask_one(draw(), "oral_reading", "reading", "reading_boost")
    groups = tuple(
        StudentGroup(
            column=column, label=column, focus=focus, reference=reference, focus_label=focus, reference_label=reference
        )
        for column, focus, reference in (("sex", "male", "female"), ("economically_disadvantaged", "yes", "no"))
    )
    settings = dataclasses.replace(asked.settings, groups=groups)
    named = {name: frame.assign(district_id="01") for name, frame in asked.tables.items()}
    comparison = compare_tables(GivenTables(named), settings=settings)
    again = dataclasses.replace(asked, settings=settings, comparison=comparison)
    found = find_worth(**again.about(again.school_ids[0]))[0]
    records = [record for record in found.records() if record.finding == "subgroup_difference"]
    assert len(records) == 2
    assert all(record.q_value is None or record.q_value >= record.p_value for record in records)


def test_the_same_tables_give_the_same_records(draw, ask_one):
    """Twice the same question gives the same numbers to the last digit."""
    first, second = (
        [record.to_dict() for record in ask_one(draw(), "oral_reading", "reading", "reading_boost").design(2).records()]
        for _ in range(2)
    )
    assert first == second


def test_cost_is_not_computed_where_the_effect_is_not_graded(draw, ask_one):
    """Dollars per unit of effect need an effect; the reason is recorded."""
    asked = ask_one(draw(effect_sd=0.0), "oral_reading", "reading", "reading_boost")
    records = find_worth(**asked.about(asked.school_ids[0]))[0].records()
    per = [record for record in records if record.finding == "cost_per_effect"]
    assert all(record.estimate is None and record.reason.startswith("not computed") for record in per)
    cost = next(record for record in records if record.finding == "cost_per_student")
    assert np.isfinite(cost.estimate)
