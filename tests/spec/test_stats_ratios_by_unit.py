"""Ratios over units: arithmetic by hand, and what they allow for."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.rates import estimate_rate
from mtss_analysis.stats.ratios_by_unit import (
    compare_event_rates,
    compare_ratios,
    estimate_event_rate,
    estimate_ratio,
)


def test_ratio_is_sum_over_sum() -> None:
    """9 of 10 days and 10 of 30 days are 19 of 40, not the mean of the two shares."""
    ratio = estimate_ratio(numerators=np.array([9.0, 10.0]), denominators=np.array([10.0, 30.0]))
    # Each unit's residual is 9 - 0.475 * 10 = 4.25; variance = 2 / (2 - 1) * 2 * 4.25**2 / 40**2.
    assert ratio.estimate == pytest.approx(19 / 40)
    assert ratio.std_error == pytest.approx((2 / 1 * 2 * 4.25**2) ** 0.5 / 40)


def test_same_students_in_both_years_leave_no_difference_and_no_doubt_but_change_does() -> None:
    """Students who each gain the same cancel out of the error of the change."""
    days = np.full(4, 100.0)
    before = np.array([80.0, 90.0, 95.0, 99.0])
    change = compare_ratios(
        numerators=before - np.array([1.0, 1.0, 1.0, 2.0]),
        denominators=days,
        reference_numerators=before,
        reference_denominators=days,
    )
    assert change.estimate == pytest.approx(-5 / 400)
    assert change.std_error < 0.004


def test_one_event_each_is_no_wider_than_poisson() -> None:
    """Events that do not cluster get at least the exact Poisson interval."""
    counts = np.array([1.0] * 20 + [0.0] * 180)
    rate = estimate_event_rate(counts=counts, exposures=np.ones(200))
    exact = estimate_rate(events=20, exposure=200)
    assert rate.estimate == pytest.approx(0.1)
    assert rate.ci_low <= exact.ci_low
    assert rate.ci_high >= exact.ci_high


def test_events_of_few_students_are_worth_less() -> None:
    """Twenty referrals of two students say less of the rate than twenty of twenty students."""
    spread = estimate_event_rate(counts=np.array([1.0] * 20 + [0.0] * 180), exposures=np.ones(200))
    clustered = estimate_event_rate(counts=np.array([10.0] * 2 + [0.0] * 198), exposures=np.ones(200))
    assert clustered.ci_high - clustered.ci_low > 2 * (spread.ci_high - spread.ci_low)


def test_no_event_has_an_upper_limit() -> None:
    """Nothing in 100 units of exposure: at most about 3.7 of 100 at 97.5 percent."""
    rate = estimate_event_rate(counts=np.zeros(100), exposures=np.ones(100))
    assert rate.estimate == 0
    assert rate.ci_high == pytest.approx(-np.log(0.025) / 100)


def test_ratio_of_rates_is_ratio_of_sums() -> None:
    """6 of 30 against 3 of 30 is a ratio of 2."""
    ratio = compare_event_rates(
        counts=np.array([2.0, 2.0, 2.0]),
        exposures=np.full(3, 10.0),
        reference_counts=np.array([1.0, 1.0, 1.0]),
        reference_exposures=np.full(3, 10.0),
    )
    assert ratio.estimate == pytest.approx(2.0)
    assert ratio.ci_low < 1 < ratio.ci_high


def test_a_single_student_has_no_rate() -> None:
    """One unit says nothing of how units differ."""
    with pytest.raises(TooFewError):
        estimate_event_rate(counts=np.array([3.0]), exposures=np.array([10.0]))
