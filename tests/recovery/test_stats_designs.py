"""Planted effects are found by each design's statistic, and false alarms stay rare; few seeds of the full studies."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from mtss_analysis.stats.monitoring import estimate_common_autocorrelation

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# Monte Carlo bounds: about three standard errors of a share of .95 over so many seeds.
N_SEEDS = 100
LEAST_COVERED = 0.88
MOST_ALARMS = 0.12


@pytest.fixture(scope="module")
def designs() -> Iterator[ModuleType]:
    """The studies, which are not part of the package."""
    sys.path.insert(0, str(BENCHMARKS))
    yield importlib.import_module("studies.designs")
    sys.path.remove(str(BENCHMARKS))


def _check(found: dict[str, float], *, largest_bias_in_errors: float = 3.5) -> None:
    assert found["coverage"] >= LEAST_COVERED
    assert found["type_one_error"] <= MOST_ALARMS
    assert abs(found["bias"]) <= largest_bias_in_errors * found["bias_mc_error"]


@pytest.mark.parametrize("n_schools", [8, 12])
def test_staggered_start_is_recovered_where_two_way_fixed_effects_is_biased(
    designs: ModuleType, n_schools: int
) -> None:
    """With effects that grow, group-time effects are right at eight schools, and two-way fixed effects is not."""
    found = designs.study_staggered(range(N_SEEDS), n_schools=n_schools)
    _check(found)
    assert found["two_way_fixed_effects_bias"] < -0.05
    assert found["pre_trend_false_alarms"] <= MOST_ALARMS


@pytest.mark.parametrize("options", [{}, {"n": 600, "n_clusters": 8, "by_cluster": True}, {"weighting": "odds"}])
def test_weighting_recovers_the_effect_on_the_treated(designs: ModuleType, options: dict[str, object]) -> None:
    """Students who had scored lower are likelier treated; the weighted comparison undoes it."""
    _check(designs.study_weighting(range(N_SEEDS), **options))


@pytest.mark.parametrize("options", [{"n": 800}, {"n": 800, "n_clusters": 8}])
def test_jump_is_recovered(designs: ModuleType, options: dict[str, object]) -> None:
    """A jump at a whole-number cut score is covered, with rows that stand alone and with eight schools."""
    found = designs.study_discontinuity(range(60), step=1.0, **options)
    assert found["coverage"] >= 0.85
    assert found["type_one_error"] <= 0.15
    assert abs(found["bias"]) <= 3.5 * found["bias_mc_error"]


def test_honest_interval_covers_a_coarse_score(designs: ModuleType) -> None:
    """With steps of five points the bias-aware interval covers nearly always."""
    found = designs.study_honest(range(40))
    assert found["coverage"] >= 0.95
    assert found["type_one_error"] <= 0.05


def test_heaping_is_seen_where_planted_and_seldom_elsewhere(designs: ModuleType) -> None:
    """Half of those up to two points below are lifted to the cut: always seen; smooth scores are rarely flagged."""
    found = designs.study_heaping(range(N_SEEDS))
    assert found["power"] >= 0.9
    assert found["type_one_error"] <= 0.1


@pytest.mark.parametrize("autocorrelation", [0.0, 0.5])
def test_interruption_is_covered_in_twenty_four_points(designs: ModuleType, autocorrelation: float) -> None:
    """Intervals hold whether or not errors resemble their neighbours."""
    _check(designs.study_interruption(range(N_SEEDS), autocorrelation=autocorrelation))


def test_single_case_effect_is_recovered(designs: ModuleType) -> None:
    """One standard deviation in four cases is covered and, corrected, not overstated."""
    _check(designs.study_single_case(range(60)))


def test_single_case_difference_keeps_its_level_in_points(designs: ModuleType) -> None:
    """In the outcome's unit the interval is not widened by the standard deviation that divides the effect size."""
    _check(designs.study_single_case(range(40), in_points=True))


def test_change_of_slope_is_recovered_with_eight_schools(designs: ModuleType) -> None:
    """Four of eight schools grow faster; Satterthwaite's degrees of freedom keep the level."""
    found = designs.study_growth(range(10))
    assert found["coverage"] >= 0.8
    assert found["declined"] == 0
    assert abs(found["bias"]) <= 3.5 * found["bias_mc_error"]


def test_difference_in_growth_is_recovered_with_eight_schools(designs: ModuleType) -> None:
    """Those chosen for a low first score return towards the mean, and the effect does not contain it."""
    _check(designs.study_growth_difference(range(N_SEEDS)))


def test_two_arms_by_lot_are_recovered_with_eight_schools(designs: ModuleType) -> None:
    """Schools' own effects differ, and the interval allows for it."""
    _check(designs.study_arms(range(N_SEEDS)))


@pytest.mark.parametrize(
    ("name", "n_seeds"),
    [
        ("ladder_weighted", 40),
        ("ladder_growth", 40),
        ("ladder_interrupted", 30),
        ("ladder_single_case", 40),
        ("ladder_fuzzy", 20),
        ("ladder_randomised", 16),
    ],
)
def test_the_ladder_recovers_what_was_planted(designs: ModuleType, name: str, n_seeds: int) -> None:
    """Through the whole ladder the design that is meant is chosen, and its interval holds the effect."""
    found = designs.DESIGNS[name][1](range(n_seeds), which="planted")
    assert found["coverage"] >= 0.8
    assert found["declined"] <= 0.15 * n_seeds
    assert abs(found["bias"]) <= 3.5 * found["bias_mc_error"]


def test_the_ladder_does_not_call_an_idle_programme_for_the_lowest_effective(designs: ModuleType) -> None:
    """Whatever design it chooses, an interval above zero is rare; mostly it declines."""
    tally = designs.Tally()
    designs.DESIGNS["ladder_lowest"][1](range(60), tally=tally, which="absent")
    called = [one.low > 0 for one in tally.seen if one.low is not None]
    assert sum(called) <= 6
    assert tally.declined >= 20


def test_programme_without_effect_for_the_lowest_is_not_called_effective(designs: ModuleType) -> None:
    """The raw gain rises every time; the discontinuity stays near its level, and weighting declines."""
    found = designs.study_lowest(range(40))
    assert found["called_effective_raw_gain"] == 1
    assert found["called_effective_discontinuity"] <= 0.1
    assert found["called_effective_weighting"] <= 0.05


def test_common_autocorrelation_is_recovered() -> None:
    """From many short series the autocorrelation comes back without the usual bias towards zero."""
    rng = np.random.default_rng(0)
    students = []
    for _ in range(300):
        errors = np.empty(10)
        errors[0] = rng.normal()
        for week in range(1, 10):
            errors[week] = 0.4 * errors[week - 1] + np.sqrt(1 - 0.4**2) * rng.normal()
        students.append((np.arange(10.0), 20 + 1.5 * np.arange(10) + 4 * errors))
    assert estimate_common_autocorrelation(students) == pytest.approx(0.4, abs=0.06)
