"""Trends of survey scales: one season, the same items, and only what is printed."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.climate.scales import compare_scales
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.trends.survey_slopes import estimate_scale_slopes, estimate_survey_slopes

SETTINGS = Settings(indicators=(), follow="grade", population="district")
YEARS = (2021, 2022, 2023)
SCHOOLS = ("A", "B", "C")


def _draw_answers(*, rise=0.0, few=(), month=4, items=("b1", "b2"), years=YEARS, off=None) -> pd.DataFrame:
    """Forty answers of each school and year, half a point apart by turns; ``rise`` a year in the first school.

    ``off`` is by how much all answers of a school and year are higher.
    """
    rows = []
    for school in SCHOOLS:
        for at, year in enumerate(years):
            for place in range(6 if (school, year) in few else 40):
                value = (
                    3.0
                    + (rise * at if school == "A" else 0.0)
                    + 0.5 * (place % 2)
                    + (off or {}).get((school, year), 0.0)
                )
                rows += [("D", school, f"{school}{year}{month}-{place}", item, year, value) for item in items]
    names = ["district_id", "school_id", "response_id", "item", "year", "value"]
    drawn = pd.DataFrame(rows, columns=names).assign(year_of_answer=lambda one: one["year"])
    date = pd.to_datetime((drawn.pop("year") + (month < 7)).astype(str) + f"-{month:02d}-15").astype("datetime64[us]")
    return drawn.assign(date=date, respondent_group="families", scale="belonging", max_value=6.0)


@dataclasses.dataclass
class _Reader:
    tables: GivenTables

    def frame(self, name):
        return compare_scales(self.tables, settings=SETTINGS)[name]


def _ask(*surveys: pd.DataFrame) -> dict[str, dict]:
    enrolled = pd.DataFrame(
        {"district_id": "D", "school_id": list(SCHOOLS), "student_id": list("xyz"), "school_year": "2021-22"}
    )
    tables = GivenTables({"surveys": pd.concat(surveys, ignore_index=True), "enrollments": enrolled.assign(grade="3")})
    found = estimate_survey_slopes(tables, reader=_Reader(tables), settings=SETTINGS)
    return {place[1]: row for place, row in found}


def test_a_rise_of_answers_is_the_slope():
    """A fifth of a point more each year is a slope of 0.2 a year, with the least-squares standard error."""
    found = _ask(_draw_answers(rise=0.2))
    assert found["A"]["slope"] == pytest.approx(0.2)
    assert found["B"]["slope"] == pytest.approx(0.0, abs=1e-12)
    assert found["A"]["measure"] == "survey:families:belonging"
    # Forty answers a year at 0.25 either side of their mean; years are -1, 0 and 1 from theirs.
    assert found["B"]["std_error"] == pytest.approx(0.25 / np.sqrt(80), rel=0.02)
    assert {row["status"] for row in found.values()} == {"ok"}


def test_a_year_out_of_the_ordinary_widens_every_slope_of_the_scale():
    """Years' means that leave their lines by more than answers differ are the error: by hand, from three schools."""
    found = _ask(_draw_answers(off={("A", 2022): 0.6, ("B", 2022): -0.3, ("C", 2022): 0.3}))
    # The middle year leaves the line of three years by two thirds of what it is off: squares over 1 degree of freedom.
    between = sum(2 / 3 * one**2 for one in (0.6, -0.3, 0.3)) / 3
    for row in found.values():
        assert row["slope"] == pytest.approx(0.0, abs=1e-12)
    errors = [row["std_error"] for row in found.values()]
    # The ratio is common; the variance of an answer is each school's own, and those of three schools average out.
    assert np.mean(np.square(errors)) == pytest.approx(between / 2, rel=0.02)
    assert all(2 < row["df"] < 4 for row in found.values())


def test_schools_whose_years_scatter_are_told_apart_as_often_as_promised():
    """Where the years of eight schools scatter and none has a trend, one in twenty has p under .05."""
    rng = np.random.default_rng(7)
    p_values = []
    for _ in range(60):
        schools = {
            str(school): pd.DataFrame(
                {
                    "school_year": np.repeat([f"{year}-{year - 1999}" for year in YEARS], 80),
                    "score": rng.normal(size=240) + np.repeat(0.2 * rng.normal(size=3), 80),
                }
            )
            for school in range(8)
        }
        p_values += [row["p_value"] for _, row in estimate_scale_slopes(schools, ci_level=0.95)]
    share = np.mean(np.array(p_values) <= 0.05)
    assert share == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / len(p_values)))


def test_a_year_with_too_few_answers_hides_the_slope():
    """Six answers are not printed, and a slope would give their mean away."""
    found = _ask(_draw_answers(few=[("B", 2022)]))
    assert {school: row["status"] for school, row in found.items()} == {"A": "ok", "B": "withheld", "C": "ok"}


def test_a_season_is_compared_with_itself():
    """Answers of two falls stand beside three springs and move no slope."""
    fall = _draw_answers(month=10, years=YEARS[:2]).assign(value=1.0)
    assert _ask(_draw_answers(rise=0.2), fall)["A"]["slope"] == pytest.approx(0.2)


def test_other_items_begin_a_new_scale():
    """Where the latest two years ask another item, there are two years, and the reason says so."""
    old, new = _draw_answers(years=YEARS[:1]), _draw_answers(items=("b1", "b9"), years=YEARS[1:])
    found = _ask(old, new)
    assert np.isnan(found["A"]["slope"])
    assert found["A"]["reason"] == "a trend needs answers from at least 3 years, and there are 2"


def test_no_survey_has_no_trend():
    """Without surveys, and without a dated answer, there is nothing."""
    assert _ask(_draw_answers().assign(date=pd.NaT)) == {}
    tables = GivenTables({})
    assert list(estimate_survey_slopes(tables, reader=_Reader(tables), settings=SETTINGS)) == []


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (_draw_answers(years=YEARS[-1:]), "a trend needs answers from at least 3 years, and there are 1"),
        (_draw_answers().drop_duplicates(["school_id", "year_of_answer"]), "the answers of each year are all alike"),
        (_draw_answers().assign(value=4.0), "the answers of each year are all alike"),
    ],
    ids=["one year", "one answer a year", "all answers alike"],
)
def test_thin_answers_have_a_reason_instead_of_a_slope(answers, reason):
    """One year, one answer a year or answers that are all alike give no slope and say why."""
    found = _ask(answers)
    assert found
    for row in found.values():
        assert np.isnan(row["slope"])
        assert row["reason"] == reason
