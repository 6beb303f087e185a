"""Chronic absence as a concerning trend: the slope of the trend lists, told from chance over all schools compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.root_causes.concerns import gather_concerns
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.other_slopes import COLUMNS

SETTINGS = Settings(indicators=(), groups=(), population="state")
NAMES = ["district_id", "school_id", "measure", "slope", "p_value", "status"]
ROWS = [
    ("A", "1", "chronic_absence", 6.0, 0.010, "ok"),
    ("A", "2", "chronic_absence", -5.0, 0.012, "ok"),
    ("A", "3", "chronic_absence", 1.0, 0.600, "ok"),
    ("A", "4", "chronic_absence", 9.0, 0.001, "withheld"),
    ("A", "5", "chronic_absence", np.nan, np.nan, "ok"),
    ("A", "1", "referrals", 0.5, 0.001, "ok"),
    ("B", "1", "chronic_absence", 4.0, 0.030, "ok"),
    ("B", "2", "chronic_absence", 0.5, 0.700, "ok"),
    ("B", "3", "chronic_absence", 0.2, 0.900, "ok"),
]


class _Frames:
    def frame(self, name):
        """Give slopes of absence, and of measures none."""
        if name == "other_slopes":
            rows = pd.DataFrame(ROWS, columns=NAMES)
            numbers = {"std_error": 1.5, "df": 40.0, "ci_low": rows["slope"] - 3, "ci_high": rows["slope"] + 3}
            return rows.assign(**numbers).reindex(columns=COLUMNS)
        return pd.DataFrame(columns=["district_id", "school_id", "measure", "kind"])


def _gather(**changes):
    found = gather_concerns(_Frames(), settings=replace(SETTINGS, **changes))
    return found.set_index(["district_id", "school_id"])


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        # Of six that are known, in order .010 .012 .030 .6 .7 .9; of three in each district.
        ("state", {"1": 0.036, "2": 0.036, "3": 0.84}),
        ("district", {"1": 0.018, "2": 0.018, "3": 0.6}),
    ],
)
def test_q_values_are_over_the_schools_compared(population, expected):
    """Benjamini and Hochberg's q-values by hand, over the state or over each district; withheld ones do not count."""
    found = _gather(population=population).loc["A"]
    assert found["q_value"].dropna().to_dict() == pytest.approx(expected)


def test_a_rise_is_concerning_and_a_fall_promising():
    """Only what is told from chance is either; a withheld slope and a missing one are neither and hold no number."""
    found = _gather()
    assert found.index[found["concerning"].astype(bool)].tolist() == [("A", "1")]
    assert found.index[found["promising"].astype(bool)].tolist() == [("A", "2")]
    assert found.loc[("A", "4"), "status"] == "withheld"
    assert found.loc[("A", "5"), "status"] == "not_estimable"
    assert found.loc[[("A", "4"), ("A", "5")], ["slope", "ci_low", "ci_high", "q_value"]].isna().all(axis=None)
    assert (found["trend"] == "chronic_absence").all()
