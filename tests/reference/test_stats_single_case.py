"""Single-case statistics against published worked examples."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.stats.single_case import estimate_design_comparable, estimate_response_ratio, measure_overlap

# Laski, Charlop & Schreibman (1988), as the R package scdhlm holds it; its README prints three decimals.
LASKI = Path(__file__).parent / "data" / "laski.csv"
TOLERANCE_PRINTED = 6e-4
# Parker, Vannest & Davis (2011), Behavior Modification 35, 303-322, and the second example of Tau-U.
FIRST = {"baseline": np.array([20.0, 20, 26, 25, 22, 23]), "intervention": np.array([28.0, 25, 24, 27, 30, 30, 29])}
SECOND = {"baseline": np.array([3.0, 3, 4, 5]), "intervention": np.array([4.0, 5, 6, 7, 7])}


def test_design_comparable_effect_matches_scdhlm() -> None:
    """Effect size, its standard error, degrees of freedom, autocorrelation and variances are scdhlm's g_mlm."""
    rows = pd.read_csv(LASKI, dtype={"case": str})
    found = estimate_design_comparable(
        outcome=rows["outcome"].to_numpy(dtype=float),
        case=rows["case"].to_numpy(),
        time=rows["time"].to_numpy(dtype=float),
        intervention=rows["treatment"].to_numpy(dtype=float),
    )
    assert (found.n_cases, found.n) == (8, 128)
    assert found.delta == pytest.approx(1.465, abs=TOLERANCE_PRINTED)
    assert found.g.estimate == pytest.approx(1.405, abs=TOLERANCE_PRINTED)
    assert found.std_error == pytest.approx(0.286, abs=TOLERANCE_PRINTED)
    assert found.df == pytest.approx(18.552, abs=TOLERANCE_PRINTED)
    assert found.autocorrelation == pytest.approx(0.253, abs=TOLERANCE_PRINTED)
    assert found.share_between == pytest.approx(245.950 / 438.721, abs=TOLERANCE_PRINTED)


def test_nap_and_tau_match_parker() -> None:
    """NAP is 38.5 of 42 pairs, Tau 35 of 42."""
    found = measure_overlap(**FIRST)
    assert (found.improving, found.worsening, found.tied) == (38, 3, 1)
    assert found.nap.estimate == pytest.approx(38.5 / 42)
    assert found.tau == pytest.approx(35 / 42)
    assert found.nap.ci_low < 38.5 / 42 < found.nap.ci_high <= 1


def test_tau_u_subtracts_the_baseline_trend() -> None:
    """Tau is 16 of 20; with the baseline's trend of 5 pairs subtracted it is 11 of 20."""
    found = measure_overlap(**SECOND)
    assert found.tau == pytest.approx(16 / 20)
    assert found.baseline_trend == 5
    assert found.tau_u == pytest.approx((16 - 5) / 20)


def test_lower_may_be_better() -> None:
    """With lower scores better, mirrored data give the same numbers."""
    mirrored = {phase: -values for phase, values in FIRST.items()}
    assert measure_overlap(**mirrored, better="lower").nap == measure_overlap(**FIRST).nap


def test_log_response_ratio_is_its_formula() -> None:
    """The ratio of the means, corrected by half the difference of squared relative standard errors."""
    baseline, intervention = np.array([2.0, 4, 6]), np.array([8.0, 10, 12])
    before, after = 4 / (3 * 4**2), 4 / (3 * 10**2)
    found = estimate_response_ratio(baseline=baseline, intervention=intervention)
    assert found.estimate == pytest.approx(np.log(10 / 4) + (after - before) / 2)
    assert found.std_error == pytest.approx(np.sqrt(before + after))
