"""Whether a candidate root cause is seen: beside the median of comparable schools, or against a criterion."""

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.root_causes.presence import contrast_schools, judge_contrasts
from mtss_analysis.findings.settings import Settings

SETTINGS = Settings(indicators=())
PRACTICE = "implementation:feedback"


def table(measure, rows):
    """One row a school: id, value, standard error and status."""
    return pd.DataFrame(
        [
            {
                "measure": measure, "district_id": "D", "school_id": school, "value": value, "std_error": error,
                "df": 20.0, "n": 100.0, "n_clusters": 21.0, "status": status,
            }
            for school, value, error, status in rows
        ]
    )  # fmt: skip


def judge(values, *, rises=None, levels=None):
    """Verdicts by school."""
    contrasts = contrast_schools(values, levels=levels or {}, settings=SETTINGS)
    measure = values["measure"].iloc[0]
    judged = judge_contrasts(
        {(measure, *school): one for school, one in contrasts.items()}, rises=rises or {}, rate=0.05
    )
    return {key[2]: verdict for key, (verdict, _) in judged.items()}


def test_a_school_is_held_against_the_median_of_the_others():
    """Of 30, 60, 62, 70 and 72 the first lies 36 under the median of the other four, and the last 11 over."""
    values = table(PRACTICE, [(str(at), value, 4.0, "ok") for at, value in enumerate((30, 60, 62, 70, 72))])
    contrasts = contrast_schools(values, levels={}, settings=SETTINGS)
    assert contrasts["D", "0"].difference == 30 - (62 + 70) / 2
    assert contrasts["D", "4"].difference == 72 - (60 + 62) / 2


def test_the_interval_allows_for_the_school_and_for_the_median():
    """The variance of the difference is that of the value and pi / 2 times that of a mean of four."""
    values = table(PRACTICE, [(str(at), 60.0 + at, 4.0, "ok") for at in range(5)])
    contrast = contrast_schools(values, levels={}, settings=SETTINGS)["D", "0"]
    assert contrast.std_error**2 == pytest.approx(4.0**2 + np.pi / 2 * 4.0**2 / 4)
    assert contrast.low < contrast.difference < contrast.high


def test_schools_of_the_same_level_are_compared_where_there_are_three_others():
    """A middle school with three others of its kind is not held against elementary schools."""
    values = table(PRACTICE, [(str(at), value, 4.0, "ok") for at, value in enumerate((50, 50, 50, 50, 80, 80, 80, 80))])
    levels = {("D", str(at)): "middle" if at < 4 else "elementary" for at in range(8)}
    assert contrast_schools(values, levels=levels, settings=SETTINGS)["D", "0"].difference == 0
    assert contrast_schools(values, levels={}, settings=SETTINGS)["D", "0"].difference == 50 - 80


def test_numbers_that_may_not_be_printed_make_no_median():
    """A school that is hidden is judged, and is not among those that others are compared with."""
    rows = [("0", 60.0, 4.0, "ok"), ("1", 61.0, 4.0, "ok"), ("2", 62.0, 4.0, "ok"), ("3", 63.0, 4.0, "ok")]
    contrasts = contrast_schools(table(PRACTICE, [*rows, ("4", 20.0, 4.0, "hidden")]), levels={}, settings=SETTINGS)
    assert contrasts["D", "0"].yardstick == 62
    assert contrasts["D", "4"].yardstick == 61.5


def test_fewer_than_three_others_are_no_comparison():
    """Of three schools none can be judged, since a median of two would be somebody's own number."""
    assert judge(table(PRACTICE, [(str(at), 60.0, 4.0, "ok") for at in range(3)])) == {}


def test_seen_needs_both_a_step_and_chance_to_be_ruled_out():
    """Nine points fewer are not seen however sure; 30 points are, and are not where the error is 20."""
    others = [(str(at), 70.0, 1.0, "ok") for at in range(1, 6)]
    assert judge(table(PRACTICE, [("0", 61.0, 1.0, "ok"), *others]))["0"] != "yes"
    assert judge(table(PRACTICE, [("0", 40.0, 1.0, "ok"), *others]))["0"] == "yes"
    assert judge(table(PRACTICE, [("0", 40.0, 20.0, "ok"), *others]))["0"] == "cannot tell"
    assert judge(table(PRACTICE, [("0", 69.0, 1.0, "ok"), *others]))["0"] == "no"


def test_more_absence_is_worse_and_more_of_a_practice_is_not():
    """Thirty points more are seen of chronic absence and not of a practice."""
    rows = [("0", 50.0, 2.0, "ok"), *((str(at), 20.0, 2.0, "ok") for at in range(1, 6))]
    assert judge(table("chronic_absence", rows))["0"] == "yes"
    assert judge(table(PRACTICE, rows))["0"] == "no"


def test_absence_that_rises_is_seen_where_it_is_not_yet_higher():
    """A rise beyond chance is enough, and the two ways of being seen are paid for."""
    values = table("chronic_absence", [(str(at), 20.0, 2.0, "ok") for at in range(6)])
    assert judge(values)["0"] != "yes"
    assert judge(values, rises={("D", "0"): 1e-6})["0"] == "yes"
    assert judge(values, rises={("D", "0"): 0.02})["0"] != "yes"


def test_fidelity_is_held_against_its_criterion():
    """Below 70 percent beyond chance is seen; at the criterion is not; below it within chance cannot be told."""
    rows = [("0", 30.0, 5.0, "ok"), ("1", 65.0, 8.0, "ok"), ("2", 70.0, 5.0, "ok")]
    assert judge(table("fidelity:tier1", rows)) == {"0": "yes", "1": "cannot tell", "2": "no"}


def test_what_is_counted_and_not_sampled_is_judged_by_the_step():
    """Ten students more for each interventionist are a step, nine are none."""
    others = [(str(at), 50.0, np.nan, "ok") for at in range(2, 6)]
    judged = judge(table("caseload", [("0", 60.0, np.nan, "ok"), ("1", 59.0, np.nan, "ok"), *others]))
    assert (judged["0"], judged["1"]) == ("yes", "no")


def test_chance_alone_shows_a_practice_in_at_most_one_district_of_twenty():
    """With twelve schools that do not differ, and a step that small schools reach by chance, few districts show any."""
    rng = np.random.default_rng(11)
    shown = 0
    for _ in range(200):
        rows = [(str(at), value, 8.0, "ok") for at, value in enumerate(70 + 8 * rng.standard_normal(12))]
        shown += "yes" in judge(table(PRACTICE, rows)).values()
    assert shown <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)
