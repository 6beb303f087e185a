"""Intervals and q-values against scipy and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from mtss_analysis.stats import (
    adjust_p_values,
    estimate_mean,
    estimate_mean_difference,
    estimate_proportion,
    estimate_proportion_difference,
)

TOLERANCE = 1e-10


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 7), (7, 7), (3, 10), (56, 100), (1, 4000)])
@pytest.mark.parametrize("ci_level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("method", "scipy_name"), [("wilson", "wilson"), ("clopper-pearson", "exact")])
def test_proportion_matches_scipy(successes: int, n: int, ci_level: float, method: str, scipy_name: str) -> None:
    """Both intervals for a proportion are scipy's, down to one student and at none and all."""
    found = estimate_proportion(successes=successes, n=n, ci_level=ci_level, method=method)
    oracle = stats.binomtest(successes, n).proportion_ci(ci_level, method=scipy_name)
    assert (found.ci_low, found.ci_high) == pytest.approx((oracle.low, oracle.high), abs=TOLERANCE)
    assert found.estimate == successes / n


@pytest.mark.parametrize("counts", [(3, 10, 5, 9), (0, 12, 4, 15), (56, 70, 48, 80), (10, 10, 0, 20)])
def test_proportion_difference_matches_statsmodels(counts: tuple[int, int, int, int]) -> None:
    """The interval for a difference of proportions is statsmodels' Newcombe interval."""
    found = estimate_proportion_difference(
        successes=counts[0], n=counts[1], reference_successes=counts[2], reference_n=counts[3]
    )
    low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=1e-9)


def test_mean_and_difference_match_scipy() -> None:
    """Student's and Welch's intervals, df and p-values are scipy's."""
    rng = np.random.default_rng(5)
    first, second = rng.normal(3, 1, 6), rng.normal(2, 4, 19)
    one = estimate_mean(values=first)
    oracle_one = stats.ttest_1samp(first, 0)
    assert (one.ci_low, one.ci_high) == pytest.approx(tuple(oracle_one.confidence_interval()), rel=TOLERANCE)
    assert one.p_value == pytest.approx(oracle_one.pvalue, rel=TOLERANCE)
    two = estimate_mean_difference(values=first, reference_values=second)
    oracle_two = stats.ttest_ind(first, second, equal_var=False)
    assert (two.ci_low, two.ci_high) == pytest.approx(tuple(oracle_two.confidence_interval()), rel=TOLERANCE)
    assert (two.df, two.p_value) == pytest.approx((oracle_two.df, oracle_two.pvalue), rel=TOLERANCE)


def test_q_values_match_scipy() -> None:
    """Benjamini-Hochberg q-values are scipy's, ties included, and what was not tested does not count."""
    rng = np.random.default_rng(6)
    tested = np.round(rng.beta(0.5, 2, 60), 3)
    given = np.insert(tested, [0, 17, 60], np.nan)
    found = adjust_p_values(given)
    assert np.isnan(found[np.isnan(given)]).all()
    assert found[~np.isnan(given)] == pytest.approx(stats.false_discovery_control(tested), abs=1e-14)
