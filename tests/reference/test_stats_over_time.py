"""Survival, rates, risk ratios, transitions and funnels against R, statsmodels and scipy."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.proportion import confint_proportions_2indep, multinomial_proportions_confint

from mtss_analysis.stats.funnel import WINSORISED_SQUARE, draw_funnel_of_means, draw_funnel_of_proportions
from mtss_analysis.stats.heaping import find_heap
from mtss_analysis.stats.lead_lag import associate_within, correlate_units
from mtss_analysis.stats.log_rank import compare_survival
from mtss_analysis.stats.rates import estimate_clustered_rate, estimate_rate, estimate_rate_ratio
from mtss_analysis.stats.risk_ratios import estimate_risk_ratio
from mtss_analysis.stats.standardise import standardise_mean
from mtss_analysis.stats.survival import estimate_survival
from mtss_analysis.stats.transitions import estimate_transitions

TOLERANCE = 1e-10
ITERATED = 1e-5
AML = json.loads((Path(__file__).parent / "data" / "stats_survival.json").read_text(encoding="utf-8"))["aml"]
TIMES = np.array([row[0] for row in AML["rows"]], dtype=float)
RELAPSED = np.array([row[1] for row in AML["rows"]], dtype=bool)
GROUPS = np.array([row[2] for row in AML["rows"]])


@pytest.mark.parametrize("group", ["Maintained", "Nonmaintained"])
def test_curve_is_rs(group: str) -> None:
    """At risk, events, share and Greenwood's standard error are survfit's at every time; the median, too."""
    own = group == GROUPS
    found = estimate_survival(durations=TIMES[own], happened=RELAPSED[own])
    rows = [row for row in AML["survfit"] if row["group"] == group]
    assert found.times.tolist() == [row["time"] for row in rows]
    assert found.at_risk.tolist() == [row["at_risk"] for row in rows]
    assert found.events.tolist() == [row["events"] for row in rows]
    assert found.survival == pytest.approx([row["survival"] for row in rows], abs=TOLERANCE)
    assert found.std_errors == pytest.approx([row["std_error"] or 0.0 for row in rows], abs=TOLERANCE)
    assert found.quantile().estimate == AML["median"][group]


@pytest.mark.parametrize("group", ["Maintained", "Nonmaintained"])
def test_limits_of_the_median_are_statsmodels(group: str) -> None:
    """The interval of the median from log-log limits is statsmodels' cloglog interval."""
    own = group == GROUPS
    median = estimate_survival(durations=TIMES[own], happened=RELAPSED[own]).quantile()
    with np.errstate(divide="ignore", invalid="ignore"):  # where the curve has come down to zero
        low, high = SurvfuncRight(TIMES[own], RELAPSED[own]).quantile_ci(0.5, method="cloglog")
    assert median.ci_low == low
    assert (math.inf if median.ci_high is None else median.ci_high) == high


def test_log_rank_is_rs() -> None:
    """Chi-squared, p-value, observed and expected are survdiff's; Miller (1981) prints 3.4."""
    found = compare_survival(durations=TIMES, happened=RELAPSED, groups=GROUPS)
    assert found.statistic == pytest.approx(AML["logrank_statistic"], rel=TOLERANCE)
    assert found.p_value == pytest.approx(AML["logrank_p"], rel=TOLERANCE)
    assert found.observed.tolist() == AML["observed"]
    assert found.expected == pytest.approx(AML["expected"], rel=TOLERANCE)


def test_three_groups_with_late_entry_match_statsmodels() -> None:
    """With three groups the test is statsmodels'; with late entry the curve is statsmodels', too."""
    rng = np.random.default_rng(4)
    times, ended = np.ceil(rng.exponential(9, 120)), rng.random(120) < 0.7
    groups = rng.integers(0, 3, 120)
    found = compare_survival(durations=times, happened=ended, groups=groups)
    statistic, p_value = survdiff(times, ended, groups)
    assert (found.statistic, found.p_value) == pytest.approx((statistic, p_value), rel=1e-9)
    entries = np.floor(rng.random(120) * times)
    late = estimate_survival(durations=times, happened=ended, entries=entries)
    oracle = SurvfuncRight(times, ended, entry=entries)
    assert late.survival == pytest.approx(oracle.surv_prob[np.isin(oracle.surv_times, late.times)], abs=TOLERANCE)


def test_risk_ratio_is_statsmodels_score_interval() -> None:
    """Koopman's interval is statsmodels' score interval for a ratio without its correction."""
    for x, n, y, m in [(12, 60, 30, 400), (40, 45, 10, 50), (3, 200, 90, 4000), (55, 300, 20, 31)]:
        found = estimate_risk_ratio(cases=x, n=n, comparison_cases=y, comparison_n=m)
        low, high = confint_proportions_2indep(x, n, y, m, compare="ratio", method="score", correction=False)
        assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-6)
        assert found.estimate == pytest.approx(x / n / (y / m))


def test_rates_match_scipy_and_statsmodels() -> None:
    """Garwood's interval is chi-squared's, a ratio's the binomial's, a clustered rate statsmodels' NB2."""
    found = estimate_rate(events=7, exposure=200)
    limits = stats.chi2.ppf(0.025, 14) / 400, stats.chi2.ppf(0.975, 16) / 400
    assert (found.ci_low, found.ci_high) == pytest.approx(limits, rel=TOLERANCE)
    ratio = estimate_rate_ratio(events=9, exposure=50, reference_events=4, reference_exposure=80)
    share = stats.binomtest(9, 13).proportion_ci(method="exact")
    expected = [p / (1 - p) * 80 / 50 for p in (share.low, share.high)]
    assert (ratio.ci_low, ratio.ci_high) == pytest.approx(expected, rel=TOLERANCE)
    rng = np.random.default_rng(8)
    exposure = rng.integers(20, 90, 60).astype(float)
    counts = rng.negative_binomial(1.3, 1.3 / (1.3 + 0.1 * exposure)).astype(float)
    rate = estimate_clustered_rate(counts=counts, exposures=exposure)
    model = sm.NegativeBinomial(counts, np.ones((60, 1)), exposure=exposure).fit(disp=0, method="newton", maxiter=200)
    assert math.log(rate.estimate) == pytest.approx(model.params[0], abs=ITERATED)
    half = stats.t.ppf(0.975, 59) * model.bse[0]
    assert math.log(rate.ci_high / rate.estimate) == pytest.approx(half, rel=1e-3)


def test_simultaneous_shares_are_goodmans() -> None:
    """Simultaneous limits of transition shares are statsmodels' Goodman limits."""
    after = np.repeat(["1", "2", "3", "left"], [50, 12, 3, 5])
    found = estimate_transitions(
        before=np.repeat("1", 70), after=after, origins=["1"], destinations=["1", "2", "3", "left"], simultaneous=True
    )
    oracle = multinomial_proportions_confint([50, 12, 3, 5], method="goodman")
    limits = [(share.ci_low, share.ci_high) for share in found.shares[0] if share]
    assert np.array(limits) == pytest.approx(oracle, abs=1e-9)


def test_funnels_match_formulas() -> None:
    """Without overdispersion the limits are the binomial's quantiles, and the normal's round the weighted mean."""
    n = np.array([12.0, 60.0, 400.0])
    a = stats.norm.ppf(0.9)
    square = 2 * (0.4 - a * stats.norm.pdf(a)) + 2 * a**2 * 0.1
    assert pytest.approx(square, abs=1e-6) == WINSORISED_SQUARE
    found = draw_funnel_of_proportions(successes=np.array([6.0, 30.0, 200.0]), n=n)
    assert found.tau == 0
    assert (found.low * n).tolist() == stats.binom.ppf(0.025, n, 0.5).tolist()
    means = draw_funnel_of_means(
        estimates=np.array([1.0, 2.0, 6.0]), std_errors=np.array([1.0, 1.0, 2.0]), overdispersed=False
    )
    assert means.target == pytest.approx((1 + 2 + 6 / 4) / (1 + 1 + 1 / 4))
    assert means.high[2] - means.target == pytest.approx(stats.norm.ppf(0.975) * 2)


def test_correlation_is_scipys() -> None:
    """Fisher's interval is scipy's."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=25)
    y = x + rng.normal(size=25)
    found, oracle = correlate_units(first=x, second=y), stats.pearsonr(x, y)
    limits = tuple(oracle.confidence_interval())
    assert (found.estimate, found.ci_low, found.ci_high) == pytest.approx((oracle.statistic, *limits), rel=TOLERANCE)


def test_association_within_is_two_way_least_squares() -> None:
    """The slope is that of a regression with dummies of units and periods, in within-unit standard deviations."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(12, 5)) + rng.normal(size=(12, 1))
    y = 0.5 * x + rng.normal(size=(12, 5))
    (found,) = associate_within(first=x, second=y)
    units, periods = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)
    dummies = np.column_stack([units[:, None] == np.arange(12), periods[:, None] == np.arange(1, 5)]).astype(float)
    coefficients = np.linalg.lstsq(np.column_stack([x.ravel(), dummies]), y.ravel(), rcond=None)[0]
    scale = np.sqrt(((x - x.mean(1, keepdims=True)) ** 2).mean() / ((y - y.mean(1, keepdims=True)) ** 2).mean())
    assert found is not None
    assert found.slope.estimate == pytest.approx(coefficients[0] * scale, rel=1e-9)


def test_standardised_mean_is_the_poststratified_one() -> None:
    """Mean and standard error are those of the textbook formula for strata whose weights are known."""
    rng = np.random.default_rng(9)
    y, strata = rng.normal(size=90), np.repeat(["a", "b", "c"], [50, 30, 10])
    weights = {"a": 0.2, "b": 0.3, "c": 0.5}
    found = standardise_mean(outcome=y, categories=strata, reference=weights)
    parts = [(weights[name], y[strata == name]) for name in weights]
    assert found.mean.estimate == pytest.approx(sum(w * part.mean() for w, part in parts))
    assert found.mean.std_error == pytest.approx(
        math.sqrt(sum(w**2 * part.var(ddof=1) / part.size for w, part in parts))
    )


def test_heap_tail_is_the_binomials() -> None:
    """The probability of a heap is scipy's binomial tail at three times the others' share."""
    values = np.array([4.0] * 9 + [1.0, 2.0, 3.0, 5.0, 6.0])
    reference = np.concatenate([np.arange(0, 10), np.arange(0, 10)]).astype(float)
    value, share, p_value = find_heap(values=values, reference=reference)
    tail = stats.binom.sf(8, 14, 3 * 3 / 22) * 6
    assert (value, share, p_value) == pytest.approx((4.0, 9 / 14, tail))
