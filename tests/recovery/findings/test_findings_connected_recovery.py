"""Planted changes of the mix and planted leads are named in drawn districts, and a planted slope is covered."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from recovery import run_study
from studies import load_studies

SEEDS = 3


def _run(name):
    """Summaries by quantity and whether the truth was planted."""
    summaries = run_study(load_studies()[name], seeds=range(1, SEEDS + 1))
    return {(one.quantity, one.planted): one for one in summaries}


def test_the_mix_of_students_is_named_as_what_it_is():
    """The reversal and the change of composition are named in their schools, and in no school without them."""
    found = _run("mix-of-students")
    assert found["reversal named", True].named.mean >= 2 / 3
    assert found["composition named", True].named.mean >= 2 / 3
    assert found["named in another school", True].named.mean == 0
    assert found["reversal named", False].named.mean == 0
    assert found["composition named", False].named.mean == 0


def test_a_slope_of_a_tenth_is_covered_and_its_sign_right():
    """Intervals of a planted slope and of none cover about as often as they say, and no slope has the wrong sign."""
    found = _run("slope-of-a-school")
    assert found["wrong sign", True].named.mean == 0
    # 24 intervals each; fewer than 20 of 24 would be seen once in a hundred times at 95 %.
    assert found["slope", True].coverage.mean >= 20 / 24
    assert found["slope", False].coverage.mean >= 20 / 24
    assert found["slope", False].bias.mean == pytest.approx(0, abs=0.04)


def test_what_comes_first_is_found_with_its_direction():
    """Absence that leads ratings by a season is named so, and is not where nothing leads."""
    found = _run("lagged-indicators")
    assert found["absence comes before ratings", True].named.mean >= 2 / 3
    assert found["absence comes before ratings", False].named.mean == 0
