"""Planted truths are found by the statistics, and nothing is found where nothing was planted."""

import numpy as np
import pytest

from mtss_analysis.stats import (
    adjust_p_values,
    decompose_change,
    estimate_expected_gain,
    estimate_tau,
    fit_clustered,
    partition_variance,
    pool_estimates,
    shrink,
    wild_bootstrap,
)

# Monte Carlo bounds: about three standard errors of the share that is counted.
N_STUDIES = 400


def _draw_study(rng: np.random.Generator, *, n_clusters: int, effect: float) -> dict[str, object]:
    """Draw unequal clusters, two fifths of them treated, whose outcomes share half of their variance."""
    clusters = np.repeat(np.arange(n_clusters), 4 + 6 * np.arange(n_clusters))
    treated = (clusters % 5 < 2).astype(float)
    outcome = effect * treated + rng.normal(size=n_clusters)[clusters] + rng.normal(size=clusters.size)
    return {
        "outcome": outcome,
        "design": np.column_stack([np.ones(clusters.size), treated]),
        "names": ["constant", "treated"],
        "clusters": clusters,
    }


def test_cr2_interval_covers_with_ten_clusters_where_hc1_does_not() -> None:
    """With ten unequal clusters, 95 percent intervals cover the effect about that often; HC1's do not."""
    rng = np.random.default_rng(20)
    covered = covered_by_hc1 = 0
    for _ in range(N_STUDIES):
        fit = fit_clustered(**_draw_study(rng, n_clusters=10, effect=0.7))
        found = fit.coefficient("treated")
        covered += found.ci_low <= 0.7 <= found.ci_high
        covered_by_hc1 += abs(found.estimate - 0.7) <= 1.96 * np.sqrt(fit.covariance_hc1[1, 1])
    assert 0.915 <= covered / N_STUDIES <= 0.985
    assert covered_by_hc1 / N_STUDIES < 0.6


def test_joint_test_is_silent_where_a_factor_does_nothing() -> None:
    """A factor with three levels and no effect, by cluster, is found about once in twenty times."""
    rng = np.random.default_rng(21)
    clusters = np.repeat(np.arange(18), 6)
    levels = clusters % 3
    design = np.column_stack([np.ones(clusters.size), levels == 1, levels == 2]).astype(float)
    found = 0
    for _ in range(N_STUDIES):
        outcome = rng.normal(size=18)[clusters] + rng.normal(size=clusters.size)
        fit = fit_clustered(outcome=outcome, design=design, names=["constant", "b", "c"], clusters=clusters)
        found += fit.joint_test(["b", "c"]).p_value < 0.05
    assert 0.01 <= found / N_STUDIES <= 0.085


def test_joint_test_finds_a_planted_factor() -> None:
    """The same factor with one level four cluster deviations above is found nearly always."""
    rng = np.random.default_rng(22)
    clusters = np.repeat(np.arange(18), 6)
    levels = clusters % 3
    design = np.column_stack([np.ones(clusters.size), levels == 1, levels == 2]).astype(float)
    found = 0
    for _ in range(50):
        outcome = 4 * (levels == 2) + rng.normal(size=18)[clusters] + rng.normal(size=clusters.size)
        fit = fit_clustered(outcome=outcome, design=design, names=["constant", "b", "c"], clusters=clusters)
        found += fit.joint_test(["b", "c"]).p_value < 0.05
    assert found >= 47


@pytest.mark.parametrize(("effect", "lowest", "highest"), [(0.0, 0.01, 0.09), (4.0, 0.6, 1.0)])
def test_wild_bootstrap_with_eight_clusters(effect: float, lowest: float, highest: float) -> None:
    """With eight clusters no effect is found about once in twenty times, a large one mostly."""
    rng = np.random.default_rng(23)
    n_studies = 250
    found = 0
    for _ in range(n_studies):
        study = _draw_study(rng, n_clusters=8, effect=effect)
        found += wild_bootstrap(**study, name="treated", n_samples=199, ci_level=0.9).p_value < 0.05
    assert lowest <= found / n_studies <= highest


def test_wild_bootstrap_interval_covers() -> None:
    """The inverted interval covers the planted effect about as often as it says."""
    rng = np.random.default_rng(24)
    n_studies = 200
    covered = 0
    for _ in range(n_studies):
        study = _draw_study(rng, n_clusters=8, effect=1.0)
        found = wild_bootstrap(**study, name="treated", n_samples=199)
        covered += found.ci_low <= 1.0 <= found.ci_high
    assert covered / n_studies >= 0.9


def test_variance_shares_are_recovered() -> None:
    """Shares of 20 (school), 10 (class) and 70 (student) percent lie in their intervals, and near them."""
    rng = np.random.default_rng(25)
    classes = np.repeat(np.arange(600), 12)
    schools = classes // 4
    outcome = (
        np.sqrt(0.2) * rng.normal(size=150)[schools]
        + np.sqrt(0.1) * rng.normal(size=600)[classes]
        + np.sqrt(0.7) * rng.normal(size=classes.size)
    )
    found = partition_variance(outcome=outcome, levels={"school": schools, "class": classes})
    assert found.converged
    for level, truth in {"school": 20, "class": 10, "student": 70}.items():
        share = found.share(level)
        assert share.ci_low_pct < truth < share.ci_high_pct
        assert share.share_pct == pytest.approx(truth, abs=5)


@pytest.mark.parametrize("truth", [0.0, 0.15])
def test_share_interval_covers_with_few_groups(truth: float) -> None:
    """With twelve schools the profile interval covers a share of 15 percent, or of zero, often enough."""
    rng = np.random.default_rng(26)
    schools = np.arange(240) // 20
    n_studies = 80
    covered = at_zero = 0
    for _ in range(n_studies):
        school_part = np.sqrt(truth) * rng.normal(size=12)[schools]
        outcome = school_part + np.sqrt(1 - truth) * rng.normal(size=240)
        share = partition_variance(outcome=outcome, levels={"school": schools}).share("school")
        covered += share.ci_low_pct <= 100 * truth <= share.ci_high_pct
        at_zero += share.at_boundary
    assert covered / n_studies >= 0.88
    if truth == 0:
        assert 0.4 < at_zero / n_studies < 0.8


def test_shrinkage_is_nearer_the_truth_and_covers() -> None:
    """Shrunken school effects are nearer the truth than raw ones and than one mean for all."""
    rng = np.random.default_rng(27)
    raw = shrunken = pooled = covered = 0.0
    for _ in range(60):
        truth = 0.3 * rng.normal(size=25)
        errors = rng.uniform(0.1, 0.6, 25)
        estimates = truth + errors * rng.normal(size=25)
        found = shrink(estimates=estimates, std_errors=errors)
        raw += np.mean((estimates - truth) ** 2)
        shrunken += np.mean((found.estimates - truth) ** 2)
        pooled += np.mean((found.mean - truth) ** 2)
        covered += np.mean((found.ci_low <= truth) & (truth <= found.ci_high)) / 60
    assert shrunken < 0.65 * raw
    assert shrunken < 0.65 * pooled
    assert 0.93 <= covered <= 0.98


def test_shrinkage_is_silent_where_schools_do_not_differ() -> None:
    """Where schools are the same, hardly any interval leaves out their mean, though many raw ones do."""
    rng = np.random.default_rng(28)
    flagged = raw_flagged = zero = 0.0
    for _ in range(60):
        errors = rng.uniform(0.1, 0.6, 25)
        estimates = errors * rng.normal(size=25)
        found = shrink(estimates=estimates, std_errors=errors)
        flagged += np.mean((found.ci_low > 0) | (found.ci_high < 0)) / 60
        raw_flagged += np.mean(np.abs(estimates) > 1.96 * errors) / 60
        zero += estimate_tau(estimates=estimates, std_errors=errors) == 0
    assert raw_flagged > 0.035
    assert flagged < 0.01
    assert 15 <= zero <= 50


def test_pooled_interval_and_prediction_cover() -> None:
    """With twelve sites, the mean lies in its interval and a thirteenth site in the prediction interval."""
    rng = np.random.default_rng(29)
    covered = predicted = 0
    for _ in range(N_STUDIES):
        errors = rng.uniform(0.05, 0.3, 12)
        truth = 0.2 + 0.2 * rng.normal(size=13)
        found = pool_estimates(estimates=truth[:12] + errors * rng.normal(size=12), std_errors=errors)
        covered += found.mean.ci_low <= 0.2 <= found.mean.ci_high
        assert found.prediction is not None
        predicted += found.prediction.ci_low <= truth[12] <= found.prediction.ci_high
    assert 0.915 <= covered / N_STUDIES <= 0.99
    assert 0.915 <= predicted / N_STUDIES <= 0.99


def test_q_values_control_the_false_discovery_rate() -> None:
    """Without effects 5 percent of families have a discovery; with them 5 percent at most are false."""
    rng = np.random.default_rng(30)
    any_found = 0
    false_shares = []
    for _ in range(1000):
        any_found += (adjust_p_values(rng.random(20)) < 0.05).any()
        p_values = np.concatenate([rng.random(15), rng.random(5) * 1e-3])
        discoveries = np.flatnonzero(adjust_p_values(p_values) < 0.05)
        false_shares.append(np.mean(discoveries < 15) if discoveries.size else 0.0)
    assert 0.03 <= any_found / 1000 <= 0.07
    assert 0.02 <= np.mean(false_shares) <= 0.05


@pytest.mark.parametrize(("mix", "rate"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4)])
def test_decomposition_finds_what_was_planted_and_nothing_else(mix: float, rate: float) -> None:
    """With 30 classrooms, intervals of mix and rate cover what is planted; nothing else is found."""
    rng = np.random.default_rng(31)
    clusters = np.repeat(np.arange(30), 20)
    later = np.arange(600) % 2 == 1
    n_studies = 200
    covered = np.zeros(2)
    found_by_part = np.zeros(2)
    for _ in range(n_studies):
        # Category B lies one unit above A; its share grows from .35 by the planted mix.
        in_b = rng.random(600) < 0.35 + mix * later
        outcome = in_b + rate * later + 0.4 * rng.normal(size=30)[clusters] + rng.normal(size=600)
        found = decompose_change(outcome=outcome, later=later, categories=np.where(in_b, "B", "A"), clusters=clusters)
        for i, (part, truth) in enumerate(((found.mix, mix), (found.rate, rate))):
            covered[i] += part.ci_low <= truth <= part.ci_high
            found_by_part[i] += part.p_value < 0.05
    assert np.all(covered / n_studies >= 0.9)
    assert found_by_part[0] / n_studies == pytest.approx(1.0 if mix else 0.05, abs=0.05)
    assert found_by_part[1] / n_studies == pytest.approx(1.0 if rate else 0.05, abs=0.05)


@pytest.mark.parametrize(("share", "correlation"), [(0.2, 0.8), (0.1, 0.5), (0.5, 0.9)])
def test_selected_students_rise_as_expected(share: float, correlation: float) -> None:
    """Without a programme, students selected from the bottom of a test rise by the expected gain."""
    rng = np.random.default_rng(32)
    first = rng.normal(size=400_000)
    second = correlation * first + np.sqrt(1 - correlation**2) * rng.normal(size=first.size)
    selected = first <= np.quantile(first, share)
    gain = float((second[selected] - first[selected]).mean())
    assert gain == pytest.approx(estimate_expected_gain(share_selected=share, correlation=correlation), abs=0.015)
