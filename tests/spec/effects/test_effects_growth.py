"""The growth comparison as the last rung between groups, and groups of students compared in every design."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.comparison import compare_tables
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.findings.tables import GivenTables

BOOST = ("oral_reading", "reading", "reading_boost")
TALKS = ("math_fluency", "math", "number_talks")
WORDS = ("vocabulary", "reading", "word_groups")
CHECK_IN = ("on_task", "behavior", "check_in")
GROUPS = tuple(
    StudentGroup(
        column=column, label=column, focus=focus, reference=reference, focus_label=focus, reference_label=reference
    )
    for column, focus, reference in (("sex", "male", "female"), ("economically_disadvantaged", "yes", "no"))
)


def _one_year(tables):
    """Keep the year in which the first schools started, and no year before it."""
    year = sorted(tables["schools"]["school_year"].unique())[1]
    kept = dict(tables)
    for name in ("schools", "enrollments", "screenings"):
        kept[name] = kept[name][kept[name]["school_year"] == year]
    start = kept["services"]["start_date"]
    kept["services"] = kept["services"][(start > f"{year[:4]}-07-01") & (start < f"{int(year[:4]) + 1}-07-01")]
    return kept


def _find_groups(asked):
    settings = dataclasses.replace(asked.settings, groups=GROUPS)
    named = {name: frame.assign(district_id="01") for name, frame in asked.tables.items()}
    return compare_tables(GivenTables(named), settings=settings).frame("group_effects")


def test_one_year_on_record_leaves_growth_between_schools(draw, ask_one):
    """Where only the first year of use is on record, growth since fall against schools without it is the design."""
    finding = ask_one(_one_year(draw()), *TALKS).design()
    assert finding.chosen is not None
    assert finding.chosen.design == "growth"
    assert "growth comparison" in finding.sentence()
    assert finding.chosen.row["rating"] != "without reservations"


def test_growth_stands_beside_a_stronger_design(draw, ask_one):
    """The comparison of growth is shown beside the design chosen, and agrees with it within both intervals."""
    finding = ask_one(draw(), *WORDS, comparison="word_usual").design()
    growth = next(rung for rung in finding.rungs if rung.design == "growth")
    assert not growth.is_chosen
    assert growth.number("ci_low") < finding.chosen.number("ci_high")
    assert growth.number("ci_high") > finding.chosen.number("ci_low")


def test_groups_that_started_far_apart_are_declined(draw, ask_one):
    """Those below a cut started far below the others: a straight line between them is no comparison."""
    finding = ask_one(draw(), *BOOST).design()
    growth = next(rung for rung in finding.rungs if rung.design == "growth")
    assert growth.number("estimate") is None
    assert "standard deviations apart" in growth.row["reason"]


def test_whoever_began_after_the_outcome_had_not_received_it(draw, ask_one):
    """A participation that begins in June is none for the spring score of that school year."""
    tables = draw()
    services = tables["services"].copy()
    mine = services["intervention_id"] == "reading_boost"
    services.loc[mine, "start_date"] = pd.to_datetime(
        (services.loc[mine, "start_date"].dt.year + 1).astype(str) + "-06-20"
    )
    finding = ask_one({**tables, "services": services}, *BOOST).design()
    assert finding.chosen is None
    assert all(rung.row["reason"] for rung in finding.rungs)


@pytest.mark.parametrize(
    ("question", "comparison", "change"),
    [(BOOST, "", dict), (TALKS, "", dict), (WORDS, "word_usual", dict), (TALKS, "", _one_year)],
)
def test_every_design_between_groups_compares_effects(draw, ask_one, question, comparison, change):
    """Cut score, phased start, lot and growth each give the difference between two groups' effects with an interval."""
    table = _find_groups(ask_one(change(draw()), *question, comparison=comparison))
    assert len(table) == len(GROUPS)
    assert table["estimate"].notna().all(), table["reason"].tolist()
    assert (table["q_value"] >= table["p_value"]).all()
    assert (table["family_size"] == len(GROUPS)).all()
    assert (table["n"] >= 40).all()


def test_single_cases_are_too_few_to_compare(draw, ask_one):
    """Cases are not divided into groups, and the reason is that they are too few."""
    table = _find_groups(ask_one(draw(), *CHECK_IN))
    assert table["estimate"].isna().all()
    assert all("too few" in reason for reason in table["reason"])


def test_a_planted_difference_between_groups_is_found(draw, ask_one):
    """Forty points more for boys in the schools and years that had it: the difference is recovered, with its sign."""
    tables = draw()
    served = tables["services"].query("intervention_id == 'number_talks'")
    year = np.where(served["start_date"].dt.month >= 7, served["start_date"].dt.year, served["start_date"].dt.year - 1)
    first = served.assign(year=year).groupby("school_id")["year"].min()
    boys = set(tables["enrollments"].query("sex == 'male'")["student_id"])
    screenings = tables["screenings"].copy()
    started = screenings["school_year"].str[:4].astype(int) >= screenings["school_id"].map(first)
    raised = (screenings["measure"] == "math_fluency") & started & screenings["student_id"].isin(boys)
    screenings.loc[raised, "score"] += 40.0
    table = _find_groups(ask_one({**tables, "screenings": screenings}, *TALKS)).set_index("column")
    assert table.loc["sex", "ci_low"] < 40 < table.loc["sex", "ci_high"]
    assert table.loc["sex", "ci_low"] > 20
    assert table.loc["sex", "q_value"] < 0.05
    assert table.loc["economically_disadvantaged", "q_value"] > 0.05
