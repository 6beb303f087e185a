"""Progress monitoring: slopes, rules and their error rates; and what an effect costs."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.cost_effectiveness import estimate_cost_per_effect, judge_worthwhile
from mtss_analysis.stats.estimate import make_t_estimate
from mtss_analysis.stats.monitoring import (
    apply_rules,
    estimate_common_autocorrelation,
    find_change_rate,
    fit_progress,
    judge_dual_discrepancy,
)


def test_slope_standard_error_is_the_published_formula() -> None:
    """With weekly points the standard error is SEE times the root of 12 over n (n² - 1)."""
    scores = np.array([20.0, 24, 21, 27, 26, 31, 29, 33])
    found = fit_progress(weeks=np.arange(8.0), scores=scores)
    assert found.slope.std_error == pytest.approx(found.see * np.sqrt(12 / (8 * (8**2 - 1))))
    assert found.slope.estimate == pytest.approx(np.polyfit(np.arange(8.0), scores, 1)[0])
    assert found.slope.df == pytest.approx(6)
    assert found.level_now.estimate == pytest.approx(np.polyval(np.polyfit(np.arange(8.0), scores, 1), 7))


def test_unequal_spacing_is_allowed() -> None:
    """The standard error is SEE over the root of the squared distances from the mean week."""
    weeks = np.array([1.0, 2, 4, 7, 11, 12])
    found = fit_progress(weeks=weeks, scores=np.array([5.0, 7, 6, 9, 12, 11]))
    assert found.slope.std_error == pytest.approx(found.see / np.sqrt(((weeks - weeks.mean()) ** 2).sum()))


@pytest.mark.parametrize(
    ("weeks", "ready"),
    [([1, 2, 3, 4, 5, 6], True), ([1, 2, 3, 4, 5], False), ([1, 3, 5, 7, 9], False), ([1, 1.5, 2, 2.5, 3, 3.5], False)],
)
def test_decision_ready_takes_six_weeks_and_six_points(weeks: list[float], ready: bool) -> None:
    """Six points in six weeks are ready; five points, or six within three weeks, are not."""
    scores = np.arange(len(weeks), dtype=float) + np.array([0.5, -0.5] * 3)[: len(weeks)]
    assert fit_progress(weeks=np.array(weeks, dtype=float), scores=scores).is_decision_ready is ready


def test_slopes_decline() -> None:
    """Two weeks, or scores exactly on a line, do not say how uncertain a slope is."""
    with pytest.raises(TooFewError, match="at least 3"):
        fit_progress(weeks=np.array([1.0, 2]), scores=np.array([3.0, 4]))
    with pytest.raises(TooFewError, match="vary"):
        fit_progress(weeks=np.arange(5.0), scores=np.zeros(5))


def test_autocorrelation_widens_the_interval() -> None:
    """Neighbours that resemble each other tell less about a slope."""
    weeks, scores = np.arange(12.0), np.random.default_rng(0).normal(size=12)
    alone = fit_progress(weeks=weeks, scores=scores)
    alike = fit_progress(weeks=weeks, scores=scores, autocorrelation=0.5)
    assert alike.slope.estimate == alone.slope.estimate
    assert alike.slope.std_error > alone.slope.std_error
    assert alike.slope.df < alone.slope.df
    with pytest.raises(TooFewError, match="at least 10"):
        estimate_common_autocorrelation([(weeks, scores)])


@pytest.mark.parametrize(
    ("distances", "four", "three", "trend"),
    [
        ([1, 1, -1, -1, -1, -1], "change", "change", "change"),
        ([-1, -1, 1, 1, 1, 1], "raise the goal", "continue", "raise the goal"),
        ([1, -1, 1, 1, -1, 1], "continue", "continue", "change"),
        ([0, 0, 0, 0, 0, 0], "continue", "continue", "continue"),
        ([-1, -1, -1], None, "change", None),
        ([-1, -1], None, None, None),
    ],
)
def test_rules(distances: list[float], four: str | None, three: str | None, trend: str | None) -> None:
    """Last four, median of the last three, and trend, against a goal line from 20 that rises 2 a week."""
    weeks = np.arange(len(distances), dtype=float)
    found = apply_rules(weeks=weeks, scores=20 + 2 * weeks + np.array(distances), goal_start=20.0, goal_slope=2.0)
    assert (found.four_points, found.median_of_three) == (four, three)
    if distances != [1, -1, 1, 1, -1, 1]:
        assert found.trend_line == trend


def test_error_rate_of_the_four_point_rule_is_exact() -> None:
    """A run of four below in four tosses is one in sixteen, in five it is three in thirty-two."""
    assert find_change_rate(rule="four points", n_points=4) == pytest.approx(1 / 16)
    assert find_change_rate(rule="four points", n_points=5) == pytest.approx(3 / 32)
    assert find_change_rate(rule="median of three", n_points=3) == pytest.approx(1 / 2)


def test_error_rates_are_those_that_are_printed() -> None:
    """A student exactly on the goal line is flagged 30 percent of the time over 12 points, 37 over 15."""
    assert round(find_change_rate(rule="four points", n_points=12), 2) == 0.30
    assert round(find_change_rate(rule="four points", n_points=15), 2) == 0.37
    assert find_change_rate(rule="trend line", n_points=6) == pytest.approx(0.5, abs=0.015)


def test_a_student_who_falls_behind_is_flagged_more_often() -> None:
    """The rate grows with the shortfall and reaches one."""
    rates = [find_change_rate(rule="four points", n_points=12, shortfall=size) for size in (-1.0, 0.0, 1.0, 4.0)]
    assert rates == sorted(rates)
    assert rates[-1] > 0.99
    with pytest.raises(TooFewError, match="needs 4"):
        find_change_rate(rule="four points", n_points=3)


def test_dual_discrepancy_takes_both() -> None:
    """Low and slow is discrepant; low alone, or slow alone, is not."""
    criteria = {"level_criterion": 40.0, "slope_criterion": 1.0}
    assert judge_dual_discrepancy(level=30.0, slope=0.5, **criteria).is_discrepant
    assert not judge_dual_discrepancy(level=30.0, slope=1.5, **criteria).is_discrepant
    assert not judge_dual_discrepancy(level=50.0, slope=0.5, **criteria).is_discrepant


def test_known_cost_is_divided_by_the_effects_limits() -> None:
    """600 for an effect between .1 and .5 costs between 1,200 and 6,000 a unit."""
    effect = make_t_estimate(estimate=0.3, std_error=0.2 / 1.959963985, df=np.inf)
    found = estimate_cost_per_effect(cost=600.0, effect=effect)
    assert found.estimate == pytest.approx(600 / 0.3)
    assert (found.ci_low, found.ci_high) == pytest.approx((600 / 0.5, 600 / 0.1))
    wider = estimate_cost_per_effect(cost=600.0, effect=effect, cost_std_error=60.0)
    assert wider.ci_low < found.ci_low
    assert wider.ci_high > found.ci_high


def test_cost_of_an_effect_that_may_be_none_is_undefined() -> None:
    """An interval that includes zero, or lies below it, has no cost per unit."""
    for estimate, reason in ((0.1, "may be zero"), (-0.5, "not positive")):
        effect = make_t_estimate(estimate=estimate, std_error=0.1, df=20.0)
        with pytest.raises(TooFewError, match=reason):
            estimate_cost_per_effect(cost=600.0, effect=effect)


def test_probability_of_a_worthwhile_effect() -> None:
    """At the minimum it is one half; a normal prior draws the mean by the shares of the two variances."""
    effect = make_t_estimate(estimate=0.3, std_error=0.1, df=np.inf)
    assert judge_worthwhile(effect=effect, minimum=0.3).probability == pytest.approx(0.5)
    assert judge_worthwhile(effect=effect, minimum=0.2).probability == pytest.approx(0.841345, abs=1e-6)
    found = judge_worthwhile(effect=effect, minimum=0.2, prior_sd=0.2)
    assert found.mean == pytest.approx(0.3 * 0.04 / (0.04 + 0.01), abs=1e-6)
    assert found.std_deviation == pytest.approx(np.sqrt(0.04 * 0.01 / 0.05), abs=1e-6)
    assert "0.2" in found.prior
