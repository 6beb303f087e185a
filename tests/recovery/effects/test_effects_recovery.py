"""Planted effects are found by the design that the data admit, and an intervention that does nothing is not praised."""

from dataclasses import replace

import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import compare_tables
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from mtss_analysis.findings.tables import GivenTables

TABLES = {"schools", "enrollments", "screenings", "staff", "interventions", "services", "progress"}
NOTHING = Truths().without(["all"])
SEEDS = (11, 12, 13)
WIDE = 4.0
"""Standard errors within which a planted effect lies; beyond it in one of few seeds something is wrong."""


def _estimate(measure, domain, intervention, *, truths, seed, comparison=""):
    drawn = simulate_district(Sizes(students=3600, schools=9, years=3, seed=seed), truths, tables=TABLES)
    indicator = Indicator(measure=measure, window="spring", domain=domain, label=measure, unit="points")
    question = EffectQuestion(
        intervention_id=intervention,
        comparison_id=comparison,
        label=intervention,
        comparison_label=comparison,
        outcomes=(measure,),
        minimum_worthwhile_sd=0.1,
    )
    settings = Settings(indicators=(indicator,), effects=(question,), follow="grade", population="district")
    tables = {name: frame.assign(district_id="01") for name, frame in drawn.tables.items()}
    designs = compare_tables(GivenTables(tables), settings=settings).frame("designs")
    return designs.sort_values("rank").iloc[0]


@pytest.mark.parametrize(
    ("question", "comparison", "truth", "true_sd"),
    [
        (("oral_reading", "reading", "reading_boost"), "", "cut_score_effect", 0.30),
        (("math_fluency", "math", "number_talks"), "", "phased_rollout", 0.175),
        (("vocabulary", "reading", "word_groups"), "word_usual", "randomised_effect", 0.20),
    ],
)
def test_a_planted_effect_is_recovered(question, comparison, truth, true_sd):
    """Over three seeds the mean lies within four standard errors of the truth, and nearer to it than to zero."""
    truths = replace(NOTHING, **{truth: getattr(Truths(), truth)})
    rows = [_estimate(*question, truths=truths, seed=seed, comparison=comparison) for seed in SEEDS]
    sizes = [row["g"] for row in rows]
    errors = [row["g"] / row["estimate"] * row["std_error"] for row in rows]
    mean = sum(sizes) / len(sizes)
    error = sum(one**2 for one in errors) ** 0.5 / len(errors)
    assert all(row["rank"] == 0 for row in rows)
    assert abs(mean - true_sd) < WIDE * error
    assert mean > true_sd / 2


def test_single_cases_recover_the_points_planted():
    """A change of 12 points within cases is recovered within four standard errors."""
    truths = replace(NOTHING, single_cases=Truths().single_cases)
    row = _estimate("on_task", "behavior", "check_in", truths=truths, seed=11)
    assert abs(row["estimate"] - 12.0) < WIDE * row["std_error"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_null_intervention_is_not_called_effective(seed):
    """What is given to the lowest scorers and does nothing is no effect in any seed."""
    truths = replace(NOTHING, null_intervention=Truths().null_intervention)
    row = _estimate("math_scale", "math", "math_catch_up", truths=truths, seed=seed)
    called = row["rank"] == 0 and row["g_low"] > 0 and row["q_value"] <= 0.05
    assert not called
    assert row["expected_gain"] > 0
