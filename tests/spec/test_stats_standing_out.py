"""Units that stand out in an outcome, among all and beside their other outcomes."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.standing_out import LEAST_UNITS, find_departures

ALL, ALONE = 0, 1
ROWS = np.array([0.36, 0.36])


def draw(*, k=120, spread=0.3, chance=0.6, seed=5):
    """Units of 20 to 80 rows whose two outcomes share a true value and have chance of their own."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, 81, k).astype(float)[:, None] * np.ones(2)
    true = rng.normal(0, spread, k)[:, None]
    return true + rng.normal(0, chance, (k, 2)) / np.sqrt(sizes), sizes


def test_units_that_differ_as_units_do_are_not_told_apart():
    """Nothing is discovered among units whose true values are normal, however much they differ."""
    values, sizes = draw(spread=1.0)
    found = find_departures(values=values, sizes=sizes, row_variances=ROWS)
    assert np.nanmin(found.q_values) > 0.05


def test_a_unit_that_is_unlike_its_other_outcome_is_found_there_and_not_among_all():
    """A departure of one outcome, small beside what units differ, is seen beside the unit's other outcome."""
    values, sizes = draw(spread=1.0)
    values[7, 0] -= 0.9
    found = find_departures(values=values, sizes=sizes, row_variances=ROWS)
    assert found.q_values[7, 0, ALONE] <= 0.001
    assert found.q_values[7, 0, ALL] > 0.05
    assert found.departures[7, 0, ALONE] == pytest.approx(-0.9, abs=0.3)


def test_a_unit_far_from_all_others_in_both_outcomes_is_found_among_all_alone():
    """What all outcomes of a unit share is not unlike the rest of the unit."""
    values, sizes = draw(spread=0.2)
    values[3] += 3.0
    found = find_departures(values=values, sizes=sizes, row_variances=ROWS)
    assert (found.q_values[3, :, ALL] <= 0.001).all()
    assert (found.q_values[3, :, ALONE] > 0.05).all()


def test_small_units_have_the_larger_standard_errors_and_are_drawn_further():
    """The standard error falls with the size, and a small unit's value is drawn closer to zero."""
    values, sizes = draw(k=2000, spread=0.2, chance=1.0)
    found = find_departures(values=values, sizes=sizes, row_variances=np.ones(2))
    small, large = sizes[:, 0] < 30, sizes[:, 0] > 70
    assert found.std_errors[small, 0, ALL].min() > found.std_errors[large, 0, ALL].max()
    weight = found.shrunken[:, 0] / values[:, 0]
    assert weight[small].max() < weight[large].min()


def test_the_variance_is_that_of_units_and_of_chance():
    """With 4,000 units the fitted variance is 0.04 + 1 / n."""
    values, sizes = draw(k=4000, spread=0.2, chance=1.0)
    found = find_departures(values=values, sizes=sizes, row_variances=ROWS)
    at_25 = found.std_errors[sizes[:, 0] == 25, 0, ALL][0] ** 2
    assert at_25 == pytest.approx(0.2**2 + 1.0 / 25, rel=0.1)


def test_fewer_than_twenty_units_are_not_compared():
    """How much units ordinarily differ is not known from a few."""
    values, sizes = draw(k=LEAST_UNITS - 1)
    with pytest.raises(TooFewError, match="20 units"):
        find_departures(values=values, sizes=sizes, row_variances=ROWS)


def test_what_was_not_measured_is_not_tested():
    """A unit without a value has no p-value, and does not count towards the family."""
    values, sizes = draw()
    values[0, 0] = np.nan
    found = find_departures(values=values, sizes=sizes, row_variances=ROWS)
    assert np.isnan(found.p_values[0, 0]).all()
    assert np.isnan(found.p_values[0, 1, ALONE])
    assert np.isfinite(found.p_values[0, 1, ALL])


def test_a_value_keeps_the_part_that_is_not_chance_within_units():
    """With a true variance of 0.04 and rows of variance 1, a value of 25 rows keeps half."""
    values, sizes = draw(k=4000, spread=0.2, chance=1.0)
    found = find_departures(values=values, sizes=sizes, row_variances=np.ones(2))
    at = np.flatnonzero(sizes[:, 0] == 25)[0]
    assert found.shrunken[at, 0] / values[at, 0] == pytest.approx(0.5, abs=0.06)
