"""Pooling and shrinkage against published tables, statsmodels and direct integration."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.stats.meta_analysis import combine_effects

from mtss_analysis.stats import estimate_tau, pool_estimates, shrink

PUBLISHED = json.loads((Path(__file__).parent / "data" / "stats_published.json").read_text(encoding="utf-8"))
EIGHT = PUBLISHED["eight_schools"]


def _log_relative_risks() -> tuple[np.ndarray, np.ndarray]:
    bcg = PUBLISHED["bcg"]
    cases, others = np.array(bcg["vaccinated_cases"]), np.array(bcg["vaccinated_others"])
    control_cases, control_others = np.array(bcg["control_cases"]), np.array(bcg["control_others"])
    totals, control_totals = cases + others, control_cases + control_others
    effects = np.log(cases / totals) - np.log(control_cases / control_totals)
    return effects, np.sqrt(1 / cases - 1 / totals + 1 / control_cases - 1 / control_totals)


def test_bcg_trials_match_metafor() -> None:
    """REML variance, mean and I² of the BCG trials are those published with metafor."""
    estimates, std_errors = _log_relative_risks()
    found = pool_estimates(estimates=estimates, std_errors=std_errors)
    assert round(found.tau**2, 4) == PUBLISHED["bcg"]["tau_squared"]
    assert round(found.mean.estimate, 4) == PUBLISHED["bcg"]["mean"]
    assert round(found.heterogeneity_pct, 2) == PUBLISHED["bcg"]["heterogeneity_pct"]
    total = 1 / np.sqrt((1 / (std_errors**2 + found.tau**2)).sum())
    assert round(float(total), 4) == PUBLISHED["bcg"]["std_error_without_knapp_hartung"]


def test_paule_mandel_and_knapp_hartung_match_statsmodels() -> None:
    """Paule-Mandel variance, mean and Hartung-Knapp interval are those of statsmodels."""
    estimates, std_errors = _log_relative_risks()
    found = pool_estimates(estimates=estimates, std_errors=std_errors, method="paule-mandel")
    oracle = combine_effects(estimates, std_errors**2, method_re="iterated", use_t=True, atol=1e-14)
    assert found.tau**2 == pytest.approx(oracle.tau2, rel=1e-6)
    assert found.mean.estimate == pytest.approx(oracle.mean_effect_re, rel=1e-7)
    assert found.mean.std_error == pytest.approx(oracle.sd_eff_w_re_hksj, rel=1e-7)
    half_width = stats.t.ppf(0.975, estimates.size - 1) * oracle.sd_eff_w_re_hksj
    assert found.mean.ci_high - found.mean.estimate == pytest.approx(half_width, rel=1e-6)


def test_eight_schools_posterior_matches_direct_integration() -> None:
    """Posterior means, deviations and limits of the eight schools equal those of adaptive quadrature."""
    y, s = np.array(EIGHT["estimates"], dtype=float), np.array(EIGHT["std_errors"], dtype=float)

    def conditional(tau: float) -> tuple[float, np.ndarray, np.ndarray]:
        # With the mean integrated out, the joint posterior given tau is one multivariate normal.
        weights = 1 / (s**2 + tau**2)
        mean, variance = (weights @ y) / weights.sum(), 1 / weights.sum()
        density = np.sqrt(variance) * np.prod(stats.norm.pdf(y, mean, np.sqrt(s**2 + tau**2)))
        pull = s**2 * weights
        return density, y + pull * (mean - y), np.sqrt(s**2 * (1 - pull) + pull**2 * variance)

    def average(function: object) -> float:
        upper = [0, 5, 15, 50, 200, 2000]
        return sum(integrate.quad(function, a, b, epsabs=0, epsrel=1e-10)[0] for a, b in pairwise(upper))

    total = average(lambda tau: conditional(tau)[0])
    found = shrink(estimates=y, std_errors=s)
    for i in range(y.size):
        mean = average(lambda tau, i=i: conditional(tau)[0] * conditional(tau)[1][i]) / total
        square = average(
            lambda tau, i=i: conditional(tau)[0] * (conditional(tau)[1][i] ** 2 + conditional(tau)[2][i] ** 2)
        )
        below = average(
            lambda tau, i=i: (
                conditional(tau)[0] * stats.norm.cdf(found.ci_low[i], conditional(tau)[1][i], conditional(tau)[2][i])
            )
        )
        assert found.estimates[i] == pytest.approx(mean, rel=1e-4)
        assert found.std_errors[i] == pytest.approx(np.sqrt(square / total - mean**2), rel=1e-3)
        assert below / total == pytest.approx(0.025, rel=1e-3)


def test_eight_schools_spread_is_zero_and_schools_are_still_told_apart() -> None:
    """REML puts the spread of the eight schools at zero; shrinkage is strong but not complete."""
    y, s = np.array(EIGHT["estimates"], dtype=float), np.array(EIGHT["std_errors"], dtype=float)
    assert estimate_tau(estimates=y, std_errors=s) == 0
    found = shrink(estimates=y, std_errors=s)
    assert 9 < found.estimates[0] < 13
    assert 4 < found.estimates[4] < 6
    assert np.all(found.ci_high - found.ci_low > 15)
