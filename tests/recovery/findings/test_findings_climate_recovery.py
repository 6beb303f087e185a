"""Rates cover what is true, and a change is seldom called where there is none."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.ratios_by_unit import compare_event_rates, compare_ratios, estimate_event_rate
from mtss_analysis.stats.reliability import estimate_alpha

RISK_SD = 1.55
REPEATS = 400


@pytest.mark.parametrize("n", [15, 40, 350])
def test_rates_of_clustered_events_are_covered(n: int) -> None:
    """Intervals hold the true rate in 92 of 100 draws or more, few students or many."""
    rng = np.random.default_rng(n)
    covered = 0
    for _ in range(REPEATS):
        years = rng.uniform(0.5, 1.0, n)
        risk = np.exp(RISK_SD * rng.standard_normal(n) - RISK_SD**2 / 2)
        rate = estimate_event_rate(counts=rng.poisson(0.4 * risk * years).astype(float), exposures=years)
        covered += rate.ci_low <= 0.4 <= rate.ci_high
    assert covered / REPEATS >= 0.92


def test_no_change_is_called_beyond_the_nominal_rate() -> None:
    """The same students with the same risks in two years: a change is called in at most 5 of 100, give or take 3."""
    rng = np.random.default_rng(7)
    called = {"events": 0, "absence": 0}
    for _ in range(REPEATS):
        risk = np.exp(RISK_SD * rng.standard_normal(200) - RISK_SD**2 / 2)
        first, second = (rng.poisson(0.5 * risk).astype(float) for _ in range(2))
        days = np.full(200, 180.0)
        ratio = compare_event_rates(counts=second, exposures=days, reference_counts=first, reference_exposures=days)
        called["events"] += not ratio.ci_low <= 1 <= ratio.ci_high
        share = rng.beta(1, 15, 200)
        before, now = (rng.binomial(180, share).astype(float) for _ in range(2))
        change = compare_ratios(
            numerators=now, denominators=days, reference_numerators=before, reference_denominators=days
        )
        called["absence"] += not change.ci_low <= 0 <= change.ci_high
    assert max(called.values()) / REPEATS <= 0.08


def test_a_doubling_is_found() -> None:
    """Twice as many referrals in a school of 400 are found in 80 of 100 draws or more."""
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(100):
        risk = np.exp(RISK_SD * rng.standard_normal(400) - RISK_SD**2 / 2)
        days = np.ones(400)
        ratio = compare_event_rates(
            counts=rng.poisson(0.8 * risk).astype(float),
            exposures=days,
            reference_counts=rng.poisson(0.4 * risk).astype(float),
            reference_exposures=days,
        )
        found += ratio.ci_low > 1
    assert found >= 80


def test_alpha_of_parallel_items_is_recovered() -> None:
    """Four parallel items that share half of their variance have an alpha of 0.8, which intervals cover."""
    rng = np.random.default_rng(9)
    covered = 0
    for _ in range(200):
        answers = rng.standard_normal((60, 1)) + rng.standard_normal((60, 4))
        alpha = estimate_alpha(answers=answers)
        covered += alpha.ci_low <= 0.8 <= alpha.ci_high
    assert 0.91 <= covered / 200 <= 0.99


def test_shocks_that_all_students_share_widen_a_change() -> None:
    """Months that jump from year to year make the interval wider than students alone do."""
    rng = np.random.default_rng(10)
    days = np.full(100, 100.0)
    first, second = (rng.poisson(1.0, 100).astype(float) for _ in range(2))
    months = np.full(10, 1000.0)
    jumps = np.array([5.0, 15.0] * 5) / 100 * first.sum()
    opposite = np.array([15.0, 5.0] * 5) / 100 * second.sum()
    alone = compare_event_rates(counts=second, exposures=days, reference_counts=first, reference_exposures=days)
    shared = compare_event_rates(
        counts=second,
        exposures=days,
        reference_counts=first,
        reference_exposures=days,
        by_period=(opposite, months, jumps, months),
    )
    assert shared.estimate == alone.estimate
    assert shared.ci_high > alone.ci_high


def test_a_change_without_an_event_is_declined() -> None:
    """Nothing in one of the two years has no ratio."""
    with pytest.raises(TooFewError):
        compare_event_rates(
            counts=np.array([1.0, 0.0]),
            exposures=np.ones(2),
            reference_counts=np.zeros(2),
            reference_exposures=np.ones(2),
        )
