"""Means of units with clusters, and how estimates go with a property: small tables, arithmetic."""

import math

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.meta_regression import regress_estimates
from mtss_analysis.stats.unit_means import estimate_unit_means


def test_variances_of_balanced_clusters_are_those_of_the_analysis_of_variance():
    """Two units of two clusters of two rows: mean squares 2 within and 25 between give 2 and (25 − 2) / 2."""
    outcome = np.array([0.0, 2.0, 5.0, 7.0, 10.0, 12.0, 15.0, 17.0])
    units = ["a"] * 4 + ["b"] * 4
    clusters = [1, 1, 2, 2, 1, 1, 2, 2]
    means = estimate_unit_means(outcome=outcome, units=units, clusters=clusters)
    assert means.means.tolist() == [3.5, 13.5]
    assert means.row_variance == pytest.approx(2.0)
    assert means.cluster_variance == pytest.approx((25 - 2) / 2)
    assert means.std_errors == pytest.approx([math.sqrt(11.5 / 2 + 2 / 4)] * 2)
    assert means.n_clusters.tolist() == [2, 2]


def test_one_cluster_a_unit_leaves_the_rows_alone():
    """Where no unit has two clusters, their variance is zero and the error is that of rows."""
    means = estimate_unit_means(outcome=np.array([0.0, 2.0, 4.0, 6.0]), units=list("aabb"), clusters=[1, 1, 1, 1])
    assert means.cluster_variance == 0
    assert means.std_errors == pytest.approx([1.0, 1.0])


def test_a_cluster_of_one_row_each_says_nothing_of_rows():
    """Without a cluster of two rows the spread of rows cannot be seen, and that is said."""
    with pytest.raises(TooFewError, match="two students"):
        estimate_unit_means(outcome=np.array([1.0, 2.0]), units=["a", "b"], clusters=[1, 2])


def test_a_line_through_alike_estimates_is_least_squares():
    """With equal errors and points near a line the slope is that of least squares, its error never below chance's."""
    values = np.array([1.0, 2.1, 2.9, 4.0])
    years = np.array([1.0, 2.0, 3.0, 4.0])
    slope = regress_estimates(estimates=values, std_errors=np.full(4, 0.5), moderator=years)
    away = years - 2.5
    assert slope.estimate == pytest.approx(float(away @ values) / float(away @ away))
    assert slope.std_error == pytest.approx(0.5 / math.sqrt(5))
    assert slope.df == 2


def test_scatter_round_the_line_widens_the_error():
    """Where units differ by more than chance round the line, the error follows the scatter, not the chance."""
    rng = np.random.default_rng(3)
    years = np.repeat([1.0, 2.0, 3.0], 10)
    values = 0.1 * years + rng.normal(0, 1, 30)
    slope = regress_estimates(estimates=values, std_errors=np.full(30, 0.01), moderator=years)
    residuals = values - np.polyval(np.polyfit(years, values, 1), years)
    spread = math.sqrt(float(residuals @ residuals) / 28)
    assert slope.std_error == pytest.approx(spread / math.sqrt(20), rel=0.01)


@pytest.mark.parametrize("years", [[1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0]])
def test_a_property_that_tells_nothing_is_declined(years):
    """The same year everywhere, or three units, tell no slope."""
    with pytest.raises(TooFewError):
        regress_estimates(estimates=np.zeros(len(years)), std_errors=np.ones(len(years)), moderator=np.array(years))
