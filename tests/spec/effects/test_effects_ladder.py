"""Which design is chosen, and why the others are declined."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.effects.designs import decline, describe_randomised
from mtss_analysis.findings.effects.designs.pupils import Pupils
from mtss_analysis.findings.effects.ladder import climb
from mtss_analysis.findings.effects.questions import list_questions
from mtss_analysis.findings.effects.worth_finding import find_worth
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.tables import GivenTables

BOOST = ("oral_reading", "reading", "reading_boost")
CATCH_UP = ("math_scale", "math", "math_catch_up")
TALKS = ("math_fluency", "math", "number_talks")


def _replace_services(tables, intervention, change):
    services = tables["services"]
    mine = services["intervention_id"] == intervention
    changed = pd.concat([services[~mine], change(services[mine])], ignore_index=True)
    return {**tables, "services": changed}


def _set(tables, intervention, **values):
    table = tables["interventions"].copy()
    for name, value in values.items():
        table.loc[table["intervention_id"] == intervention, name] = value
    return {**tables, "interventions": table}


@pytest.mark.parametrize(
    ("question", "design"),
    [
        (BOOST, "discontinuity"),
        (("reading_scale", "reading", "tier2_reading"), "weighted"),
        (TALKS, "staggered"),
        (("on_task", "behavior", "check_in"), "single_case"),
    ],
)
def test_the_way_of_assignment_decides_the_design(draw, ask_one, question, design):
    """Every way of assignment is answered by the strongest design that it admits, and the design is named."""
    finding = ask_one(draw(), *question).design()
    assert finding.chosen is not None
    assert finding.chosen.design == design
    assert "Design: " in finding.sentence()


def test_two_arms_by_lot_are_a_randomised_comparison(draw, ask_one):
    """Where chance decided between two arms the randomised comparison is chosen, and its baseline is shown alike."""
    finding = ask_one(draw(), "vocabulary", "reading", "word_groups", comparison="word_usual").design()
    assert finding.chosen is not None
    assert finding.chosen.design == "randomised"
    assert {check.name: check.passed for check in finding.chosen.checks}["groups alike before"] is True


def test_lots_that_favoured_the_strong_are_not_believed(draw, ask_one):
    """Declared random, but those treated were already far ahead: the design is declined with the difference."""
    tables = draw()
    fall = tables["screenings"].query("measure == 'vocabulary' and window == 'fall'")
    fall = fall.assign(above=fall["score"] > fall.groupby("school_year")["score"].transform("median"))
    above = fall.set_index(["student_id", "school_year"])["above"]
    services = tables["services"].copy()
    lot = services["intervention_id"].isin(["word_groups", "word_usual"])
    year = services["start_date"].dt.year
    name = year.astype(str) + "-" + ((year + 1) % 100).astype(str).str.zfill(2)
    strong = above.reindex(pd.MultiIndex.from_arrays([services["student_id"], name])).to_numpy()
    services.loc[lot & (strong == True), "intervention_id"] = "word_groups"  # noqa: E712 - missing is neither
    services.loc[lot & (strong == False), "intervention_id"] = "word_usual"  # noqa: E712 - missing is neither
    asked = ask_one({**tables, "services": services}, "vocabulary", "reading", "word_groups", comparison="word_usual")
    finding = asked.design()
    declined = {rung.design: rung.row["reason"] for rung in finding.rungs if not rung.is_chosen}
    assert "cannot be taken as random" in declined["randomised"]


def test_nobody_treated_is_no_effect(draw, ask_one):
    """An intervention in which nobody took part is declined, not estimated as zero."""
    tables = _replace_services(draw(), "math_catch_up", lambda rows: rows.iloc[:0])
    finding = ask_one(tables, *CATCH_UP).design()
    assert finding.chosen is None
    assert "no student with this outcome took part" in finding.sentence()
    assert all(record.estimate is None for record in finding.records() if record.finding.startswith("design_effect"))


def test_everybody_treated_has_no_comparison(draw, ask_one):
    """Where every student of the grades took part, what they gained is not an effect."""
    tables = draw()
    enrolled = tables["enrollments"][["student_id", "school_id", "school_year"]].drop_duplicates(
        ["student_id", "school_year"]
    )
    everybody = enrolled.assign(
        intervention_id="math_catch_up",
        start_date=pd.to_datetime(enrolled["school_year"].str[:4] + "-10-06"),
    ).drop(columns="school_year")
    finding = ask_one(_replace_services(tables, "math_catch_up", lambda _: everybody), *CATCH_UP).design()
    assert finding.chosen is None
    assert "every student of these grades and years took part" in finding.sentence()
    assert "is not an effect" in finding.sentence()


@pytest.mark.parametrize("question", [BOOST, CATCH_UP, TALKS])
def test_three_schools_are_too_few(draw, ask_one, question):
    """With three schools chance between schools cannot be reckoned, and every design says so."""
    tables = draw()
    elementary = sorted(tables["services"].query("intervention_id == 'word_groups'")["school_id"].unique())[:3]
    for name in ("schools", "enrollments", "screenings", "services"):
        tables[name] = tables[name][tables[name]["school_id"].isin(elementary)]
    finding = ask_one(tables, *question).design()
    assert finding.chosen is None
    assert "3 " in finding.rungs[0].row["reason"]


def test_a_cut_score_nobody_is_near_is_declined(draw, ask_one):
    """A cut far below all scores leaves nobody on one side."""
    finding = ask_one(_set(draw(), "reading_boost", cut_score=-500.0), *BOOST).design()
    assert finding.chosen is None
    assert "below the cut score" in finding.rungs[0].row["reason"] or "one side" in finding.rungs[0].row["reason"]


def test_scores_heaped_at_the_cut_are_not_believed(draw, ask_one):
    """Where students just under the cut were moved up to it, the discontinuity is declined."""
    tables = draw()
    screenings = tables["screenings"].copy()
    moved = (
        (screenings["measure"] == "oral_reading")
        & (screenings["window"] == "fall")
        & (screenings["score"] < screenings["cut_score"])
        & (screenings["score"] >= screenings["cut_score"] - 4)
    )
    screenings.loc[moved, "score"] = screenings.loc[moved, "cut_score"]
    finding = ask_one({**tables, "screenings": screenings}, *BOOST).design()
    assert finding.chosen is None
    assert any(check.name.startswith("heaping") and check.passed is False for check in finding.rungs[0].checks)


def test_one_time_point_before_is_not_enough_for_a_series(draw, ask_one):
    """A programme that all schools start in the second year has neither schools in waiting nor a line before it."""
    tables = draw()
    years = sorted(tables["schools"]["school_year"].unique())
    enrolled = tables["enrollments"]
    later = enrolled[enrolled["school_year"] > years[0]][["student_id", "school_id", "school_year"]]
    later = later.drop_duplicates(["student_id", "school_year"])
    everybody = later.assign(
        intervention_id="number_talks", start_date=pd.to_datetime(later["school_year"].str[:4] + "-10-06")
    ).drop(columns="school_year")
    finding = ask_one(_replace_services(tables, "number_talks", lambda _: everybody), *TALKS).design()
    assert finding.chosen is None
    reasons = {rung.design: rung.row["reason"] for rung in finding.rungs}
    assert "without the programme" in reasons["staggered"]
    assert "before the start, and at least 8 are needed" in reasons["interrupted"]


def test_outcomes_missing_for_the_treated_are_named(draw, ask_one):
    """Where no treated student has the outcome, nothing is estimated and the reason is that."""
    tables = draw()
    treated = tables["services"].query("intervention_id == 'math_catch_up'")["student_id"].unique()
    screenings = tables["screenings"]
    lost = (
        (screenings["measure"] == "math_scale")
        & (screenings["window"] == "spring")
        & screenings["student_id"].isin(treated)
    )
    finding = ask_one({**tables, "screenings": screenings[~lost]}, *CATCH_UP).design()
    assert finding.chosen is None
    assert "not known of any student who took part" in finding.rungs[0].row["reason"]


def test_an_intervention_that_is_not_in_the_table_is_said_to_be_missing(draw, ask_one):
    """A question about an unknown intervention is answered by a sentence and raises nothing."""
    finding = ask_one(draw(), "math_scale", "math", "unheard_of").design()
    assert "does not have it" in finding.sentence()


def test_without_tables_of_interventions_nothing_breaks(draw, ask_one):
    """Without interventions and services a question is declined."""
    tables = {name: frame for name, frame in draw().items() if name not in {"interventions", "services", "progress"}}
    asked = ask_one(tables, *BOOST)
    assert asked.design().chosen is None
    assert find_worth(**asked.about(asked.school_ids[0]))[0].records()


def test_the_rungs_of_an_unknown_assignment_are_none():
    """A way of assignment that is not known admits description only, which is no effect."""
    ladder = climb(assignment="by mood", pupils=None, ci_level=0.95)
    assert ladder.chosen is None
    assert [result.design for result in ladder.results] == ["descriptive"]


def test_a_declined_design_keeps_its_place_beside_the_chosen_one():
    """The strongest that holds is chosen; those that do not hold stand beside it with their reasons."""
    given = [decline("randomised", reason="nobody was assigned")]
    ladder = climb(assignment="random", pupils=None, given=given, ci_level=0.95)
    assert [result.design for result in ladder.others] == ["randomised", "weighted", "growth"]
    assert ladder.others[0].reason == "nobody was assigned"


def test_a_randomised_year_without_an_estimate_gives_its_reason():
    """What the pooled comparison could not estimate is declined with its own words."""
    row = pd.Series({"estimate": np.nan, "reason": "all scores are alike"})
    result = describe_randomised(row, arms=pd.DataFrame(), treated="a", comparison="b", reason="", ci_level=0.95)
    assert result.reason == "all scores are alike"


def test_all_interventions_are_asked_about_where_the_run_file_leaves_it_open(draw):
    """With no list in the run file every intervention with an outcome in its domain is a question."""
    indicator = Indicator(measure="vocabulary", window="spring", domain="reading", label="vocabulary", unit="points")
    settings = Settings(indicators=(indicator,), all_interventions=True)
    asked = {one.intervention_id: one for one in list_questions(GivenTables(draw()), settings=settings)}
    assert set(asked) == {"tier2_reading", "reading_boost", "word_groups"}
    assert asked["word_groups"].comparison_id == "word_usual"
    assert list_questions(GivenTables(draw()), settings=dataclasses.replace(settings, all_interventions=False)) == ()


def test_a_share_of_the_treated_side_is_below_or_above():
    """The side of the cut that is treated is read from the table, below where it says nothing."""
    for side, below in (("below", True), ("at_or_below", True), ("above", False), ("at_or_above", False)):
        read = Pupils.treated_below.fget(SimpleNamespace(intervention=pd.Series({"treated_side": side})))
        assert read is below
