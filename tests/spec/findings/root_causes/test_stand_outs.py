"""Classrooms and grades that stand out: who is counted, what is said, and what is not."""

import json

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.findings.root_causes.classroom_means import leave_residuals, sum_units
from mtss_analysis.findings.root_causes.outlier_finding import say_classrooms, tabulate_units
from mtss_analysis.findings.root_causes.stand_outs import compare_units, may_name_grade
from mtss_analysis.findings.settings import Indicator, Settings

READING = Indicator(measure="reading", window="spring", domain="reading", label="reading", unit="points")
MATH = Indicator(measure="math", window="spring", domain="math", label="mathematics", unit="points")
SETTINGS = Settings(indicators=(READING, MATH), population="district")


def draw(*, schools=6, grades=("3", "4"), rooms=4, students=20, years=2, low=0.0, seed=1):
    """Placed scores of two measures; classroom 3A of the first school is low in reading in all years."""
    rng = np.random.default_rng(seed)
    rows = []
    for school in range(schools):
        for grade in grades:
            for room in range(rooms):
                effect = 0.3 * rng.standard_normal()
                for year in range(years):
                    for student in range(students):
                        ability = rng.standard_normal() + effect
                        lone = low * (school == 0 and grade == "3" and room == 0)
                        rows.append(
                            {
                                "student_id": f"s{school}{grade}{room}{year}{student}", "district_id": "D",
                                "school_id": str(school), "school_year": f"{2023 + year}-{24 + year}", "grade": grade,
                                "trend_grade": grade, "classroom_id": f"{grade}{'ABCD'[room]}",
                                "teacher_id": f"t{school}{grade}{room}",
                                "reading": ability + 0.5 * rng.standard_normal() + lone,
                                "math": ability + 0.5 * rng.standard_normal(),
                            }
                        )  # fmt: skip
    scores = pd.DataFrame(rows)
    return {
        name: scores.assign(standing=scores[name]).drop(columns=["reading", "math"]) for name in ("reading", "math")
    }


def levels_of(scores):
    """Every grade may be printed."""
    frame = scores["reading"][["district_id", "school_id", "trend_grade"]].drop_duplicates()
    levels = frame.assign(level="school", group="all", n=80, status="ok")
    return pd.concat([levels.assign(measure=name) for name in scores], ignore_index=True)


def compare(scores):
    """The frame of all classrooms and grades."""
    return compare_units(scores, levels=levels_of(scores), settings=SETTINGS)["stand_outs"]


def test_the_classroom_that_is_low_is_named_with_its_measure_and_no_other_is():
    """A classroom 1.5 SD below in reading stands out there, below, and nothing else does."""
    frame = compare(draw(low=-1.5))
    named = frame[frame["named"]]
    assert named[["kind", "school_id", "grade", "classroom_id", "measure", "direction"]].to_numpy().tolist() == [
        ["classroom", "0", "3", "3A", "reading", "below"]
    ]


def test_classrooms_that_differ_as_classrooms_do_do_not_stand_out():
    """Where classrooms differ by 0.3 SD and none is planted, none is named."""
    assert not compare(draw())["named"].any()


def test_what_holds_for_the_whole_school_is_taken_out_first():
    """A school that falls by an SD from one year to the next changes no residual."""
    scores = draw()["reading"]
    fallen = scores.copy()
    here = (fallen["school_id"] == "0") & (fallen["school_year"] == "2024-25")
    fallen.loc[here, "standing"] -= 1.0
    assert leave_residuals(fallen, settings=SETTINGS) == pytest.approx(leave_residuals(scores, settings=SETTINGS))


def test_a_classroom_is_the_same_teacher_over_the_years():
    """Four teachers of two years with 20 students each are four units of 40 scores."""
    units = sum_units(draw(schools=1, grades=("3",)), settings=SETTINGS, minimum=10)
    rooms = units[(units["kind"] == "classroom") & (units["measure"] == "reading")]
    assert (rooms["n"].tolist(), rooms["n_years"].tolist()) == ([40] * 4, [2] * 4)


def test_units_under_the_minimum_are_left_out():
    """A classroom of fewer students than may be printed is not compared."""
    assert sum_units(draw(students=4, years=1), settings=SETTINGS, minimum=10)["kind"].tolist() == ["grade"] * 24


def test_a_grade_that_one_teacher_teaches_is_no_classroom():
    """What would be said of the classroom would be said of the grade."""
    units = sum_units(draw(rooms=1), settings=SETTINGS, minimum=10)
    assert set(units["kind"]) == {"grade"}
    assert (compare(draw(rooms=1, schools=12))["status"] == "withheld").all()


@pytest.mark.parametrize(("named", "teachers", "may"), [(1, 2, False), (1, 3, True), (2, 5, False), (2, 6, True)])
def test_a_grade_is_named_with_three_teachers_for_each_classroom(named, teachers, may):
    """No reader can narrow a classroom that stands out down to fewer than three teachers."""
    assert may_name_grade(named, n_units=teachers) is may


def test_neither_teacher_nor_classroom_nor_size_is_said():
    """The sentence and the table hold no id, and the number of a classroom is withheld."""
    frame = compare(draw(low=-1.5))
    rows = frame[frame["school_id"] == "0"]
    (said,) = say_classrooms(rows, direction="below", settings=SETTINGS)
    assert said.startswith("One classroom of grade 3 stands out below in reading")
    table = tabulate_units(rows, direction="below", name="x", settings=SETTINGS)
    shown = said + json.dumps([list(row) for row in table.rows])
    assert not any(hidden in shown for hidden in ("3A", "t030", *map(str, rows["teacher_id"])) if hidden)
    assert [row[-1] for row in table.rows] == ["†"]


def test_a_grade_of_two_teachers_is_not_named():
    """With two teachers in the grade the classroom is one of a grade that is not named."""
    frame = compare(draw(rooms=2, schools=12, low=-1.5))
    (said,) = say_classrooms(frame[frame["school_id"] == "0"], direction="below", settings=SETTINGS)
    assert "grade 3" not in said
    assert "a grade that is not named" in said
