"""Staggered difference-in-differences against another implementation of Callaway and Sant'Anna's estimator."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtss_analysis.stats.did import StaggeredEffect, estimate_staggered

STORED = json.loads((Path(__file__).parent / "data" / "stats_staggered.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-10
# The other's standard errors divide by units, and each cohort has its own covariance whatever its size.
TOLERANCE_STD_ERROR = 0.12


@pytest.fixture(scope="module")
def found() -> StaggeredEffect:
    """The same data."""
    table: Any = np.array(STORED["outcome"])
    n_units, n_periods = table.shape
    start = np.array([np.inf if value is None else value for value in STORED["starts"]], dtype=float)
    return estimate_staggered(
        outcome=table.ravel(),
        unit=np.repeat(np.arange(n_units), n_periods),
        period=np.tile(np.arange(n_periods, dtype=float), n_units),
        start=np.repeat(start, n_periods),
    )


def test_group_time_effects_match(found: StaggeredEffect) -> None:
    """Every group-time effect, before the start too, is the other's, with standard errors close by."""
    ours = {f"{int(cell.start)}|{int(cell.period)}": cell.effect for cell in found.group_time}
    shared = set(ours) & set(STORED["group_time"])
    assert len(shared) == len(ours) == 15
    for key in shared:
        assert ours[key].estimate == pytest.approx(STORED["group_time"][key]["effect"], abs=TOLERANCE)
        assert ours[key].std_error == pytest.approx(STORED["group_time"][key]["std_error"], rel=TOLERANCE_STD_ERROR)


def test_event_study_matches(found: StaggeredEffect) -> None:
    """Averages by years since the start are the other's."""
    assert set(found.by_relative) == {int(key) for key in STORED["by_relative"]}
    for relative, effect in found.by_relative.items():
        expected = STORED["by_relative"][str(relative)]
        assert effect.estimate == pytest.approx(expected["effect"], abs=TOLERANCE)
        assert effect.std_error == pytest.approx(expected["std_error"], rel=TOLERANCE_STD_ERROR)


def test_overall_is_the_average_of_cohorts(found: StaggeredEffect) -> None:
    """The overall effect weighs cohorts' own averages by their units: here, all the same."""
    assert found.overall.estimate == pytest.approx(np.mean(list(STORED["by_group"].values())), abs=TOLERANCE)
