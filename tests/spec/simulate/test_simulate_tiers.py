"""Spells of tiers that a child who comes back in the middle of a year must not get."""

import pytest

from mtss_analysis.district.simulate import Sizes, simulate_district


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_spell_ends_before_it_begins(seed):
    """Every spell begins on or before the day it ends, also those of students who come and go."""
    drawn = simulate_district(Sizes(students=3000, schools=8, seed=seed), tables={"tiers"})
    tiers = drawn.tables["tiers"].dropna(subset="end_date")
    assert (tiers["start_date"] <= tiers["end_date"]).all()
