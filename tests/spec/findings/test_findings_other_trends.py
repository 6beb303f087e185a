"""Trends of absence, referrals, support, screeners and surveys: a family of their own, printed where each year is."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.trend_settings import ScaleChange, TrendSettings
from mtss_analysis.findings.trends.other_slopes import compare_other_slopes
from mtss_analysis.findings.trends.other_trends import FAMILY, MOVED, judge_other_trends, note_other_trends
from mtss_analysis.show import check_sentence

SETTINGS = Settings(indicators=(), follow="grade", population="district")
SCHOOL = School(district_id="D", school_id="A", school_name="Oak", district_name="District")
YEARS = ("2021-22", "2022-23", "2023-24")


def _row(measure, *, p, slope, status="ok"):
    return {
        "measure": measure, "slope": slope, "std_error": 1.0, "df": 50.0, "ci_low": slope - 2, "ci_high": slope + 2,
        "p_value": p, "n_clusters": 20, "reason": "", "status": status, "shrunken": 0.9 * slope,
        "shrunken_low": 0.9 * slope - 2, "shrunken_high": 0.9 * slope + 2,
    }  # fmt: skip


def _judge(*rows):
    return {one.measure: one for one in judge_other_trends(pd.DataFrame(rows), settings=SETTINGS)}


def test_each_indicator_is_judged_beside_the_others():
    """A tenth of 5 percent is spent: of p-values .001, .003 and .9 q-values are .03, .045 and 1, two stand out."""
    found = _judge(
        _row("chronic_absence", p=0.001, slope=4.0),
        _row("behavior_rating", p=0.003, slope=3.0),
        _row("referrals", p=0.9, slope=0.1),
    )
    assert [one.q_value for one in found.values()] == pytest.approx([0.03, 0.045, 1.0])
    assert [one.verdict for one in found.values()] == ["concerning", "promising", "cannot tell"]


@pytest.mark.parametrize("measure", ["chronic_absence", "referrals"])
def test_less_of_a_burden_is_for_the_better(measure):
    """Less absence and fewer referrals are promising, more are concerning; of points it is reversed."""
    assert _judge(_row(measure, p=0.001, slope=-4.0))[measure].verdict == "promising"
    assert _judge(_row(measure, p=0.001, slope=4.0))[measure].verdict == "concerning"
    assert _judge(_row("rating", p=0.001, slope=-4.0))["rating"].verdict == "concerning"


@pytest.mark.parametrize("slope", [-4.0, 4.0])
def test_more_or_less_support_is_named_without_a_judgement(slope):
    """A change of support beyond noise has moved, is said, and goes to neither list of page one."""
    found = _judge(_row("tier_2_or_3", p=0.001, slope=slope))["tier_2_or_3"]
    assert found.verdict == MOVED
    assert found.say().startswith("The share of students in Tier 2 or Tier 3 in spring")
    assert note_other_trends([found]) == ()


def test_the_run_file_says_which_way_is_for_the_better():
    """Of a scale that is named, less is better or a change is neither; of the others, more is better."""
    trends = TrendSettings(less_is_better=("stress",), no_direction=("workload",))
    settings = dataclasses.replace(SETTINGS, trends=trends)
    rows = pd.DataFrame(
        [_row(f"survey:staff:{scale}", p=1e-6, slope=1.0) for scale in ("belief", "stress", "workload")]
    )
    judged = judge_other_trends(rows, settings=settings)
    assert [one.verdict for one in judged] == ["promising", "concerning", MOVED]
    assert (
        judged[0].say() == "The mean answer of staff on belief rose by about 1 point a year (likely between −1 and 3)."
    )


def test_what_is_withheld_holds_no_number_and_is_no_member_of_the_family():
    """A withheld trend has neither estimate nor q-value, its row has marks, and the family is of the other alone."""
    found = _judge(
        _row("chronic_absence", p=0.001, slope=4.0, status="withheld"), _row("referrals", p=0.002, slope=-3.0)
    )
    hidden = found["chronic_absence"]
    assert (hidden.slope, hidden.shrunken, hidden.q_value, hidden.say()) == (None, None, None, "")
    assert found["referrals"].q_value == pytest.approx(0.02)
    (record,) = hidden.records(school=SCHOOL, settings=SETTINGS)
    assert (record.status, record.estimate, record.family) == ("withheld", None, None)
    assert set(hidden.write_row()[2:]) == {"†"}


def test_a_trend_is_said_in_units_that_people_use():
    """The sentence has the unit, the likely range and no forbidden word; the records have the family."""
    trend = _judge(_row("chronic_absence", p=0.001, slope=4.0))["chronic_absence"]
    assert trend.say() == (
        "The share of students who were chronically absent rose by about 4 percentage points a year, grades and groups "
        "held constant (likely between 2 and 6)."
    )
    assert check_sentence(trend.say()) == []
    own, shrunken = trend.records(school=SCHOOL, settings=SETTINGS)
    assert (own.family, own.requirement, own.unit) == (FAMILY, "R6", "percentage points per year")
    assert (shrunken.finding, shrunken.estimate) == ("trend_shrunken", pytest.approx(3.6))
    (note,) = note_other_trends([trend])
    assert (note["kind"], note["sentence"]) == ("attention", trend.say())


def _draw_absence(rises: dict[str, float]):
    """Draw three years of schools of 120 students, of whom 15 of 100 are chronically absent at first."""
    rng = np.random.default_rng(4)
    enrolled, absent = [], []
    for school, rise in rises.items():
        for at, year in enumerate(YEARS):
            for seat in range(120):
                student = f"{school}{at}-{seat}"
                enrolled.append(("D", school, student, year, str(1 + seat % 3), f"{seat % 6}", f"{school}T{seat % 6}"))
                chronic = rng.random() < 0.15 + rise * at
                absent.append(("D", school, student, year, f"{year[:4]}-10", 20.0, 6.0 if chronic else 0.0))
    names = ["district_id", "school_id", "student_id", "school_year"]
    return GivenTables(
        {
            "enrollments": pd.DataFrame(enrolled, columns=[*names, "grade", "classroom_id", "teacher_id"]),
            "attendance": pd.DataFrame(absent, columns=[*names, "month", "days_enrolled", "days_absent"]),
        }
    )


@dataclasses.dataclass
class _Printed:
    """Says of every school and year but one that its numbers are printed."""

    tables: GivenTables
    hidden: tuple[str, str]

    def frame(self, name):
        assert name in {"climate_cells", "tier_cells"}
        years = self.tables("enrollments")[["district_id", "school_id", "school_year"]].drop_duplicates()
        hidden = (years["school_id"] == self.hidden[0]) & (years["school_year"] == self.hidden[1])
        return years.assign(topic="absence", turn="year", status=np.where(hidden, "withheld", "ok"))


def test_absence_that_rises_is_found_and_a_withheld_year_hides_the_slope():
    """Ten points a year in one school of four: about that slope, not in the others; a year not printed hides it."""
    tables = _draw_absence({"A": 0.10, "B": 0.0, "C": 0.0, "E": 0.0})
    settings = dataclasses.replace(SETTINGS)
    slopes = compare_other_slopes(tables, reader=_Printed(tables, hidden=("E", YEARS[1])), settings=settings)
    by_school = slopes.set_index("school_id")
    assert set(slopes["measure"]) == {"chronic_absence"}
    assert by_school["status"].to_dict() == {"A": "ok", "B": "ok", "C": "ok", "E": "withheld"}
    assert by_school.loc["A", "ci_low"] <= 10 <= by_school.loc["A", "ci_high"]
    assert by_school.loc["A", "p_value"] < 0.01
    assert (by_school.loc[["B", "C"], "p_value"] > 0.01).all()
    assert by_school.loc["A", "shrunken"] < by_school.loc["A", "slope"]


def test_a_changed_test_of_a_screener_begins_its_trend_anew():
    """Where the run file says that a screener became another test, two years are left, and there is no slope."""
    tables = _draw_absence({"A": 0.0, "B": 0.0, "C": 0.0})
    enrolled = tables("enrollments")
    scores = enrolled[["district_id", "school_id", "student_id", "school_year"]].assign(
        window="spring", measure="rating", domain="behavior", score=np.arange(len(enrolled)) % 17 + 1.0
    )
    both = GivenTables({"enrollments": enrolled, "screenings": scores})
    plain = compare_other_slopes(both, reader=_Printed(both, hidden=("", "")), settings=SETTINGS)
    assert plain.loc[plain["measure"] == "rating", "slope"].notna().all()
    change = ScaleChange(measure="rating", school_year=YEARS[1], what="test")
    settings = dataclasses.replace(SETTINGS, trends=TrendSettings(changes=(change,)))
    begun = compare_other_slopes(both, reader=_Printed(both, hidden=("", "")), settings=settings)
    assert begun.loc[begun["measure"] == "rating", "slope"].isna().all()
    assert set(begun["reason"]) == {"a trend needs scores from at least 3 years, and there are 2"}
    linked = dataclasses.replace(change, linked=True)
    settings = dataclasses.replace(SETTINGS, trends=TrendSettings(changes=(linked,)))
    pd.testing.assert_frame_equal(
        compare_other_slopes(both, reader=_Printed(both, hidden=("", "")), settings=settings), plain
    )


def test_a_cohort_has_no_such_trends():
    """Where a cohort is followed, everybody grows older in every year, and none of these trends is estimated."""
    tables = _draw_absence({"A": 0.0})
    settings = dataclasses.replace(SETTINGS, follow="cohort")
    assert compare_other_slopes(tables, reader=_Printed(tables, hidden=("", "")), settings=settings).empty
