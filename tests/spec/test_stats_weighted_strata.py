"""A comparison with strata has a mean of its own for each: that of least squares with a column for every stratum."""

import numpy as np
import pytest
import statsmodels.api as sm

from mtss_analysis.stats.matching import estimate_weighted_effect, mark_strata


def test_strata_are_columns_of_the_model():
    """Without weights, the effect on the treated is that of statsmodels with strata and their products."""
    rng = np.random.default_rng(3)
    n = 600
    stratum = np.array(["3 2024-25", "4 2024-25", "4 2025-26"])[rng.integers(0, 3, size=n)]
    school = rng.integers(0, 10, size=n).astype("U")
    before = rng.normal(size=n)
    treated = (rng.random(n) < 1 / (1 + np.exp(1 + 0.1 * before - (stratum == "4 2024-25")))).astype(float)
    outcome = before + 0.3 * treated + 2 * (stratum == "4 2025-26") + rng.normal(size=n)
    found = estimate_weighted_effect(
        outcome=outcome,
        treated=treated,
        covariates={"before": before},
        clusters=school,
        strata=stratum,
        weighting="none",
    )
    assert found.n_off_support == 0
    columns = np.column_stack([before, *mark_strata(stratum).values()])
    centred = columns - columns[treated > 0].mean(axis=0)
    design = np.column_stack([treated, np.ones(n), centred, centred * treated[:, None]])
    assert found.effect.estimate == pytest.approx(sm.OLS(outcome, design).fit().params[0], rel=1e-8)


def test_one_stratum_changes_nothing():
    """Where all rows are of one stratum, no column is added."""
    assert mark_strata(np.array(["a", "a"])) == {}
