"""Intervals, q-values, shrinkage, pooling and the wild bootstrap at their edges."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import (
    adjust_p_values,
    estimate_mean,
    estimate_mean_difference,
    estimate_proportion,
    estimate_tau,
    pool_estimates,
    shrink,
    wild_bootstrap,
)


@pytest.mark.parametrize("method", ["modified-wilson", "wilson", "clopper-pearson"])
@pytest.mark.parametrize("n", [1, 2, 30, 10_000])
def test_none_and_all_have_exact_ends(method: str, n: int) -> None:
    """None of n starts at 0 exactly, all of n ends at 1 exactly, and neither has zero width."""
    none = estimate_proportion(successes=0, n=n, method=method)
    every = estimate_proportion(successes=n, n=n, method=method)
    assert (none.ci_low, every.ci_high) == (0, 1)
    assert none.ci_high == pytest.approx(1 - every.ci_low)
    assert none.ci_high > 0


@pytest.mark.parametrize("n", [10, 15, 30, 60, 200])
def test_a_proportion_is_covered_also_near_none_and_all(n: int) -> None:
    """Exactly reckoned, the interval covers 93 to 97.5 of 100 on average over rates near 0, and 91 at every rate."""
    found = [estimate_proportion(successes=count, n=n) for count in range(n + 1)]
    low, high = (np.array([getattr(one, end) for one in found]) for end in ("ci_low", "ci_high"))

    def cover(rates: np.ndarray) -> np.ndarray:
        chance = binom.pmf(np.arange(n + 1)[:, None], n, rates)
        return (chance * ((low[:, None] <= rates) & (rates <= high[:, None]))).sum(axis=0)

    near = np.linspace(0.01, 0.10, 181)
    assert 0.93 <= cover(near).mean() <= 0.975
    assert cover(1 - near) == pytest.approx(cover(near))
    assert cover(np.linspace(0.005, 0.995, 1981)).min() > 0.91


def test_no_interval_covers_ninety_five_times_at_every_rate() -> None:
    """At n = 15 and a rate of .01 none is counted 86 times in 100 and one 13: an interval covers 86 or 99 times."""
    none, one = binom.pmf([0, 1], 15, 0.01)
    assert none == pytest.approx(0.860, abs=0.001)
    assert none + one == pytest.approx(0.990, abs=0.001)
    assert estimate_proportion(successes=1, n=15).ci_low < 0.01 < estimate_proportion(successes=1, n=15).ci_high
    assert estimate_proportion(successes=1, n=15, method="wilson").ci_low > 0.01


def test_nobody_in_the_denominator_is_refused() -> None:
    """Zero of zero is no proportion."""
    with pytest.raises(TooFewError, match="nobody"):
        estimate_proportion(successes=0, n=0)


def test_means_that_have_no_interval_are_refused() -> None:
    """One value, or values all the same, have no interval; a missing value is a mistake of the caller."""
    with pytest.raises(TooFewError, match="1 values"):
        estimate_mean(values=[3.0])
    with pytest.raises(TooFewError, match="do not vary"):
        estimate_mean(values=[3.0, 3.0])
    with pytest.raises(TooFewError, match="no value differs"):
        estimate_mean_difference(values=[3.0, 3.0], reference_values=[4.0, 4.0])
    with pytest.raises(ValueError, match="missing"):
        estimate_mean(values=[3.0, np.nan])


def test_q_values_by_hand() -> None:
    """Of .01, .02, .04 the q-values are .03, .03, .04: 3·.01, 3·.02/2, 3·.04/3, made monotone."""
    assert adjust_p_values(np.array([0.04, 0.01, 0.02])) == pytest.approx([0.04, 0.03, 0.03])
    assert adjust_p_values(np.array([])).size == 0
    assert np.isnan(adjust_p_values(np.array([np.nan]))).all()


def test_two_units_are_pooled_without_prediction_and_not_shrunken() -> None:
    """Two estimates have a mean with one degree of freedom; where a third would lie is not known."""
    two = {"estimates": np.array([0.1, 0.3]), "std_errors": np.array([0.1, 0.1])}
    found = pool_estimates(**two)
    assert found.mean.estimate == pytest.approx(0.2)
    assert found.mean.df == 1
    assert found.prediction is None
    with pytest.raises(TooFewError, match="2 units"):
        shrink(**two)


@pytest.mark.parametrize("method", ["reml", "paule-mandel"])
def test_estimates_that_agree_have_no_spread_and_keep_their_error(method: str) -> None:
    """Equal estimates have spread zero, and their mean's error stays that of the fixed effect."""
    found = pool_estimates(estimates=np.full(5, 0.3), std_errors=np.full(5, 0.2), method=method)
    assert found.tau == 0
    assert found.mean.std_error == pytest.approx(0.2 / np.sqrt(5))


@pytest.mark.parametrize("method", ["reml", "paule-mandel"])
def test_spread_with_equal_errors_is_what_the_errors_leave(method: str) -> None:
    """With equal standard errors both estimates of the spread are sqrt(variance - error²)."""
    estimates = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    found = estimate_tau(estimates=estimates, std_errors=np.full(5, 1.5), method=method)
    assert found == pytest.approx(np.sqrt(estimates.var(ddof=1) - 1.5**2), rel=1e-6)


def test_shrinkage_draws_small_units_further() -> None:
    """Of two units equally far from the mean, the less certain is drawn further, and neither past it."""
    found = shrink(
        estimates=np.array([10.0, 10.0, 0.0, 0.5, -0.5, -10.0, -9.0, 9.0]),
        std_errors=np.array([1.0, 6.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    )
    assert found.mean < found.estimates[1] < found.estimates[0] < 10
    assert found.weight_pct[1] < found.weight_pct[0]
    assert np.all((found.ci_low < found.estimates) & (found.estimates < found.ci_high))


def test_shrinkage_of_precise_estimates_changes_nothing() -> None:
    """Estimates known almost exactly stay, with their own intervals."""
    estimates = np.array([1.0, 5.0, 9.0, 2.0])
    found = shrink(estimates=estimates, std_errors=np.full(4, 1e-4))
    assert found.estimates == pytest.approx(estimates, abs=1e-6)
    assert found.ci_high - found.ci_low == pytest.approx(np.full(4, 2 * 1.96e-4), rel=1e-3)


def test_shrinkage_follows_the_unit_and_the_origin() -> None:
    """Shrunken estimates shift and scale with what is given."""
    rng = np.random.default_rng(3)
    estimates, errors = rng.normal(size=12), rng.uniform(0.2, 1, 12)
    plain = shrink(estimates=estimates, std_errors=errors)
    scaled = shrink(estimates=500 + 1e3 * estimates, std_errors=1e3 * errors)
    assert scaled.estimates == pytest.approx(500 + 1e3 * plain.estimates, rel=1e-5)
    assert scaled.ci_low == pytest.approx(500 + 1e3 * plain.ci_low, rel=1e-5)


def _refit_every_sample(
    outcome: np.ndarray, design: np.ndarray, clusters: np.ndarray, value: float, patterns: np.ndarray
) -> float:
    """Give the p-value of the last column by fitting every bootstrap sample anew."""
    bread = np.linalg.inv(design.T @ design)

    def studentise(sample: np.ndarray) -> float:
        coefficients = bread @ design.T @ sample
        residuals = sample - design @ coefficients
        scores = np.array([design[clusters == g].T @ residuals[clusters == g] for g in np.unique(clusters)])
        covariance = bread @ scores.T @ scores @ bread
        return abs(coefficients[-1] - value) / np.sqrt(covariance[-1, -1])

    offset = value * design[:, -1]
    fitted = design[:, :-1] @ np.linalg.lstsq(design[:, :-1], outcome - offset, rcond=None)[0] + offset
    observed = studentise(outcome)
    samples = [fitted + (outcome - fitted) * pattern[clusters] for pattern in patterns]
    return float(np.mean([studentise(sample) >= observed * (1 - 1e-9) for sample in samples]))


@pytest.mark.parametrize("absorbing", ["none", "clusters", "within clusters", "across clusters"])
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
def test_wild_bootstrap_equals_refitting_every_sample(absorbing: str, weights: str) -> None:
    """All sign patterns, fitted one by one, give the p-value; the limits are where it crosses .05."""
    rng = np.random.default_rng(7)
    n_clusters = {"rademacher": 8, "webb": 4}[weights]
    clusters = np.repeat(np.arange(n_clusters), 5)
    n = clusters.size
    x = np.column_stack([rng.normal(size=n), rng.normal(size=n) + (clusters < 3)])
    outcome = x @ [0.5, 0.3] + rng.normal(size=n_clusters)[clusters] + rng.normal(size=n)
    absorb = {
        "none": np.zeros(n, dtype=int),
        "clusters": clusters,
        "within clusters": clusters * 2 + np.arange(n) % 2,
        "across clusters": np.arange(n) % 3,
    }[absorbing]
    found = wild_bootstrap(
        outcome=outcome,
        design=x,
        names=["a", "b"],
        name="b",
        clusters=clusters,
        absorb=absorb,
        weights=weights,
    )
    sizes = {"rademacher": [1.0], "webb": np.sqrt([0.5, 1, 1.5])}[weights]
    patterns = np.array(list(product([sign * size for size in sizes for sign in (-1, 1)], repeat=n_clusters)))
    assert found.n_samples == patterns.shape[0] // 2
    full = np.column_stack([absorb[:, None] == np.unique(absorb), x]).astype(float)
    assert found.p_value == pytest.approx(_refit_every_sample(outcome, full, clusters, 0.0, patterns))
    width = found.ci_high - found.ci_low
    for limit, outward in ((found.ci_low, -1), (found.ci_high, 1)):
        outside = _refit_every_sample(outcome, full, clusters, limit + outward * width / 1000, patterns)
        inside = _refit_every_sample(outcome, full, clusters, limit - outward * width / 1000, patterns)
        assert outside <= 0.05 < inside


def test_wild_bootstrap_of_too_few_clusters() -> None:
    """Four clusters with two-point weights can reject nothing, so limits are infinite; two are refused."""
    rng = np.random.default_rng(1)
    rows = {
        "outcome": rng.normal(size=20),
        "design": np.column_stack([np.ones(20), rng.normal(size=20)]),
        "names": ["constant", "x"],
        "name": "x",
    }
    found = wild_bootstrap(**rows, clusters=np.arange(20) // 5, weights="rademacher")
    assert (found.ci_low, found.ci_high) == (-np.inf, np.inf)
    with pytest.raises(TooFewError, match="2 clusters"):
        wild_bootstrap(**rows, clusters=np.arange(20) // 10)


def test_wild_bootstrap_repeats_itself() -> None:
    """The same seed gives the same result to the last digit."""
    rng = np.random.default_rng(1)
    rows = {
        "outcome": rng.normal(size=60),
        "design": rng.normal(size=(60, 2)),
        "names": ["a", "b"],
        "name": "a",
        "clusters": np.arange(60) // 5,
        "n_samples": 499,
    }
    assert wild_bootstrap(**rows, seed=4) == wild_bootstrap(**rows, seed=4)
