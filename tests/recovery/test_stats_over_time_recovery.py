"""Intervals of survival, rates, ranks and associations cover what was planted, and are silent where nothing was."""

import numpy as np
import pytest

from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.funnel import draw_funnel_of_means, draw_funnel_of_proportions
from mtss_analysis.stats.lead_lag import associate_within
from mtss_analysis.stats.log_rank import compare_survival
from mtss_analysis.stats.ranks import rank_units
from mtss_analysis.stats.rates import estimate_clustered_rate, estimate_rate
from mtss_analysis.stats.risk_ratios import estimate_risk_ratio
from mtss_analysis.stats.silence import find_silent_runs
from mtss_analysis.stats.standardise import standardise_mean
from mtss_analysis.stats.survival import estimate_survival
from mtss_analysis.stats.transitions import estimate_transitions

# Monte Carlo bounds: about three standard errors of the share that is counted.
N_STUDIES = 400
COVERS = (0.915, 0.985)


def test_curve_median_and_restricted_mean_cover() -> None:
    """Exponential spells of mean 10 with half of them cut off: 95 percent limits hold the truth about that often."""
    rng = np.random.default_rng(30)
    inside = np.zeros(3)
    for _ in range(N_STUDIES):
        true, seen = rng.exponential(10, 60), rng.uniform(4, 24, 60)
        curve = estimate_survival(durations=np.minimum(true, seen), happened=true <= seen)
        at = int(np.searchsorted(curve.times, 6.0)) - 1
        median = curve.quantile()
        high = np.inf if median.ci_high is None else median.ci_high
        mean = curve.restricted_mean(12)
        inside += [
            curve.ci_low[at] <= np.exp(-0.6) <= curve.ci_high[at],
            (median.ci_low or 0) <= 10 * np.log(2) <= high,
            mean.ci_low <= 10 * (1 - np.exp(-1.2)) <= mean.ci_high,
        ]
    shares = inside / N_STUDIES
    assert (shares >= COVERS[0]).all()
    assert (shares <= COVERS[1]).all()


def test_log_rank_is_silent_and_finds() -> None:
    """Two groups alike differ in about one of twenty studies; twice the hazard is found in most."""
    rng = np.random.default_rng(31)
    groups = np.repeat([0, 1], 50)
    found = np.zeros(2)
    for _ in range(N_STUDIES):
        for at, factor in enumerate((1.0, 0.5)):
            true, seen = rng.exponential(10, 100) * np.where(groups == 1, factor, 1.0), rng.uniform(5, 30, 100)
            test = compare_survival(durations=np.minimum(true, seen), happened=true <= seen, groups=groups)
            found[at] += test.p_value < 0.05
    assert found[0] / N_STUDIES <= 0.085
    assert found[1] / N_STUDIES >= 0.75


@pytest.mark.parametrize(("risk", "n"), [(0.12, 60), (0.5, 40)])
def test_risk_ratio_covers(risk: float, n: int) -> None:
    """A risk twice that of the others: the interval holds 2 about as often as it says."""
    rng = np.random.default_rng(32)
    inside = 0
    for _ in range(N_STUDIES):
        cases, others = int(rng.binomial(n, risk)), int(rng.binomial(400, risk / 2))
        found = estimate_risk_ratio(cases=cases, n=n, comparison_cases=others, comparison_n=400)
        inside += found.ci_low <= 2 <= found.ci_high
    assert COVERS[0] <= inside / N_STUDIES <= COVERS[1]


def test_clustered_rate_covers_where_the_exact_one_does_not() -> None:
    """Counts that cluster: the negative binomial interval covers, the one for independent events does not."""
    rng = np.random.default_rng(33)
    inside = np.zeros(2)
    for _ in range(N_STUDIES):
        exposures = rng.integers(60, 180, 40).astype(float)
        counts = rng.poisson(0.02 * exposures * rng.gamma(0.7, 1 / 0.7, 40)).astype(float)
        clustered = estimate_clustered_rate(counts=counts, exposures=exposures)
        exact = estimate_rate(events=float(counts.sum()), exposure=float(exposures.sum()))
        inside += [one.ci_low <= 0.02 <= one.ci_high for one in (clustered, exact)]
    assert COVERS[0] <= inside[0] / N_STUDIES <= COVERS[1]
    assert inside[1] / N_STUDIES < 0.85


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_rank_intervals_cover(spread: float) -> None:
    """Twenty-five units that differ not at all, a little or much: true ranks lie in their intervals 95 times in 100."""
    rng = np.random.default_rng(34)
    inside, n = 0, 0
    for study in range(80):
        errors = rng.uniform(0.5, 1.5, 25)
        true = rng.normal(0, spread, 25) if spread else rng.normal(0, 1e-6, 25)
        ranks = rank_units(estimates=rng.normal(true, errors), std_errors=errors, n_draws=1000, seed=study)
        true_ranks = true.argsort().argsort() + 1
        inside += int(((ranks.ci_low <= true_ranks) & (true_ranks <= ranks.ci_high)).sum())
        n += 25
    assert inside / n >= 0.935


def test_funnels_hold_units_that_differ_by_chance_or_as_all_do() -> None:
    """Units without a difference lie within 95 percent limits; with one that all have, the wider limits hold them."""
    rng = np.random.default_rng(35)
    outside = np.zeros(3)
    n = rng.integers(20, 300, 40).astype(float)
    for _ in range(100):
        plain = rng.binomial(n.astype(int), 0.7).astype(float)
        share = 1 / (1 + np.exp(-rng.normal(0.85, 0.4, 40)))
        spread = rng.binomial(n.astype(int), share).astype(float)
        funnels = [
            (plain, draw_funnel_of_proportions(successes=plain, n=n)),
            (spread, draw_funnel_of_proportions(successes=spread, n=n)),
        ]
        outside[:2] += [((y / n < f.low) | (y / n > f.high)).mean() for y, f in funnels]
        errors = 10 / np.sqrt(n)
        means = rng.normal(rng.normal(0, 1.5, 40), errors)
        funnel = draw_funnel_of_means(estimates=means, std_errors=errors)
        outside[2] += ((means < funnel.low) | (means > funnel.high)).mean()
    assert outside[0] / 100 <= 0.06
    assert 0.02 <= outside[1] / 100 <= 0.09
    assert 0.02 <= outside[2] / 100 <= 0.09


def test_a_lead_is_found_at_its_lag_alone() -> None:
    """The second follows the first one period later: found at lag 1, silent at 0, 2 and where nothing was planted."""
    rng = np.random.default_rng(36)
    found, false = np.zeros(3), 0
    for _ in range(100):
        first = rng.normal(size=(25, 8)) + rng.normal(size=(25, 1)) + rng.normal(size=(1, 8))
        noise = rng.normal(size=(25, 8)) + rng.normal(size=(25, 1)) + rng.normal(size=(1, 8))
        second = noise.copy()
        second[:, 1:] += 0.6 * first[:, :-1]
        planted = associate_within(first=first, second=second, lags=(0, 1, 2))
        found += [one is not None and one.slope.p_value < 0.05 for one in planted]
        (nothing,) = associate_within(first=first, second=noise, lags=(1,))
        false += nothing is not None and nothing.slope.p_value < 0.05
    assert found[1] >= 95
    # The lag that was planted leaks a little into its neighbours, since a unit's own mean was taken out.
    assert found[0] <= 25
    assert found[2] <= 25
    assert false <= 11


def test_simultaneous_shares_hold_together() -> None:
    """Of four shares of sixty students all intervals hold at once at least 93 times in 100; one by one, less often."""
    rng = np.random.default_rng(37)
    truth, states = np.array([0.7, 0.2, 0.06, 0.04]), ["1", "2", "3", "left"]
    held = np.zeros(2)
    for _ in range(N_STUDIES):
        after = rng.choice(states, 60, p=truth)
        for at, together in enumerate((True, False)):
            (row,) = estimate_transitions(
                before=["1"] * 60, after=after, origins=["1"], destinations=states, simultaneous=together
            ).shares
            held[at] += all(one.ci_low <= p <= one.ci_high for one, p in zip(row, truth, strict=True))
    assert held[0] / N_STUDIES >= 0.93
    assert held[1] < held[0]


def test_standardised_mean_covers_by_classroom() -> None:
    """Classrooms that differ: the clustered interval holds the mean under the reference's mix."""
    rng = np.random.default_rng(38)
    inside = 0
    for _ in range(N_STUDIES):
        rooms = np.repeat(np.arange(20), 15)
        kinds = np.where(rng.random(300) < 0.3, "a", "b")
        y = np.where(kinds == "a", 2.0, 5.0) + rng.normal(0, 0.5, 20)[rooms] + rng.normal(size=300)
        found = standardise_mean(outcome=y, categories=kinds, reference={"a": 1, "b": 1}, clusters=rooms)
        inside += found.mean.ci_low <= 3.5 <= found.mean.ci_high
    assert COVERS[0] <= inside / N_STUDIES <= COVERS[1]


def test_silence_is_found_and_not_made_up() -> None:
    """Units with rates that differ and vary: a stop of ten periods is found, and none where nothing stopped."""
    rng = np.random.default_rng(39)
    found = false = 0
    for _ in range(60):
        size = rng.integers(150, 600, 10).astype(float)
        yearly = np.exp(rng.normal(0, 0.5, (10, 1)) + np.repeat(rng.normal(0, 0.25, (10, 3)), 10, axis=1))
        mean = 0.04 * size[:, None] * yearly * (1 + 0.4 * np.sin(np.arange(30)))
        counts = rng.poisson(mean * rng.gamma(4, 0.25, mean.shape)).astype(float)
        exposure = np.repeat(size[:, None], 30, axis=1)
        runs = find_silent_runs(counts=counts, exposure=exposure)
        false += bool((adjust_p_values(np.array([run.p_value for run in runs])) <= 0.05).any())
        counts[4, 20:] = 0
        runs = find_silent_runs(counts=counts, exposure=exposure)
        q_values = adjust_p_values(np.array([run.p_value for run in runs]))
        found += bool(q_values[4] <= 0.05 and runs[4].first >= 18)
    assert false <= 3
    assert found >= 54
