"""Years out of the ordinary for whole schools are no trends, where the schools' years show that they occur."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.trends.mixed_slopes import estimate_mixed_slopes

YEARS = ("2021-22", "2022-23", "2023-24")
SCHOOLS, STUDENTS = 8, 90


def _draw(*, shock_sd: float, seed: int = 3) -> pd.DataFrame:
    """Eight schools of 90 other students every year, in classrooms that differ by 0.2; years differ by ``shock_sd``."""
    rng = np.random.default_rng(seed)
    parts = []
    for school in range(SCHOOLS):
        shocks = shock_sd * rng.standard_normal(len(YEARS))
        for at, year in enumerate(YEARS):
            room = np.arange(STUDENTS) % 4
            effects = 0.2 * rng.standard_normal(4)
            parts.append(
                pd.DataFrame(
                    {
                        "district_id": "D",
                        "school_id": f"S{school}",
                        "school_year": year,
                        "grade": "3",
                        "trend_grade": "3",
                        "student_id": [f"{school}-{at}-{place}" for place in range(STUDENTS)],
                        "classroom_id": [f"{at}-{one}" for one in room],
                        "standing": shocks[at] + effects[room] + rng.standard_normal(STUDENTS),
                        "below_cut": np.nan,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _estimate(scores: pd.DataFrame, **given: float) -> list:
    cells = estimate_mixed_slopes(scores, groups=(), ci_level=0.95, whole_only=True, **given)
    return [cell.slope for _, cell in cells]


def test_years_that_scatter_widen_every_interval():
    """Shocks of 0.8 SD to whole schools and years name schools where they are not reckoned with, and else none."""
    scores = _draw(shock_sd=0.8)
    without = _estimate(scores, uneven_from=0.0)
    reckoned = _estimate(scores)
    assert sum(one.p_value < 0.05 for one in without) >= 3
    assert not any(one.p_value < 0.05 for one in reckoned)
    # The variance of a slope over three years grows by half of the variance of a year.
    added = np.mean([one.std_error**2 for one in reckoned]) - np.mean([one.std_error**2 for one in without])
    assert 0.4 < np.sqrt(2 * added) < 1.2


def test_years_on_a_line_cost_no_power():
    """Where the schools' years lie on lines, the estimate is that without scatter to the last digit."""
    scores = _draw(shock_sd=0.0)
    assert _estimate(scores) == _estimate(scores, uneven_from=0.0)


def test_scatter_can_always_be_reckoned_with():
    """Reckoned with always, no interval is narrower, and few schools leave few degrees of freedom."""
    scores = _draw(shock_sd=0.8)
    always, without = _estimate(scores, uneven_from=1.0), _estimate(scores, uneven_from=0.0)
    assert all(one.std_error > two.std_error for one, two in zip(always, without, strict=True))
    assert max(one.df for one in always) < 30


@pytest.mark.parametrize("n_schools", [1, 2])
def test_one_or_two_schools_have_a_slope_or_a_reason(n_schools):
    """With one or two schools the scatter can hardly be told; each still has its slope."""
    scores = _draw(shock_sd=0.1)
    few = scores[scores["school_id"].isin([f"S{at}" for at in range(n_schools)])]
    assert all(slope is not None for slope in _estimate(few, uneven_from=1.0))
