"""Checking a district folder: every broken rule by file, row, column and value, and silence where none is."""

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.district import (
    check_folder,
    count_errors,
    describe_problems,
    open_district,
    write_problems_csv,
)
from mtss_analysis.district.table_rows import Coded, combine_codes
from mtss_analysis.errors import DataError

SCREENINGS = "student_id,school_year,window,measure,school_id,domain,score\n"
ENROLLMENTS = "student_id,school_id,school_year,grade\n"


def _found(folder, *, rule):
    return [problem for problem in check_folder(folder) if problem.rule == rule]


def test_sound_folder_has_no_problem(write_district):
    """Tables that keep every rule give no problem at all."""
    assert check_folder(write_district()) == []


def test_every_broken_value_is_named_with_row_column_and_value(write_district):
    """Each value that breaks a rule of its column is listed, not just the first; the rest is left alone."""
    folder = write_district(
        screenings=SCREENINGS
        + "007,2024-25,fall,m,0012,reading,1\n"
        + "007,2024-25,autumn,m,0012,reading,high\n"
        + "007,2024-25,winter,m,0012,reeding,2\n"
        + "007,2024-25,spring,,0012,reading,3\n"
    )
    found = {(problem.row, problem.column, problem.value, problem.rule) for problem in check_folder(folder)}
    assert found == {
        (2, "window", "autumn", "allowed"),
        (2, "score", "high", "type"),
        (3, "domain", "reeding", "allowed"),
        (4, "measure", None, "required"),
    }


def test_ragged_rows_are_listed_and_do_not_shift_the_others(write_district):
    """A row with a cell too many is listed, and rows after it keep their numbers."""
    folder = write_district(
        screenings=SCREENINGS + "007,2024-25,fall,m,0012,reading,1,extra\n007,2024-25,winter,m,0012,reading,x\n"
    )
    assert [(p.row, p.rule) for p in check_folder(folder)] == [(1, "cells"), (2, "type")]


def test_doubled_key_is_found(write_district):
    """Each row after the first with the same key is listed and names the first, never the student."""
    row = "007,2024-25,fall,m,0012,reading,1\n"
    folder = write_district(screenings=SCREENINGS + row + "NA,2024-25,fall,m,NO,reading,1\n" + row + row)
    doubled = _found(folder, rule="unique")
    assert [problem.row for problem in doubled] == [3, 4]
    assert all(problem.value is None and "row 1" in problem.next_step for problem in doubled)


def test_link_that_leads_nowhere_is_found(write_district):
    """An enrollment in a school that the schools table lacks is an error, with the lost zeros as a hint."""
    folder = write_district(enrollments=ENROLLMENTS + "007,12,2024-25,K\n1E05,99,2024-25,1\nNA,NO,2024-25,6\n")
    broken = [problem for problem in _found(folder, rule="link") if problem.file == "enrollments.csv"]
    assert [(p.row, p.value, p.severity) for p in broken] == [
        (1, "12, 2024-25", "error"),
        (2, "99, 2024-25", "error"),
    ]
    assert "leading zeros" in broken[0].next_step
    assert "0012" in broken[0].next_step
    assert "leading zeros" not in broken[1].next_step


def test_students_are_never_shown(write_district):
    """Whatever is wrong, no message or file holds the id of a student."""
    student = "Q8-77"
    row = f" {student},2024-25,fall,m,0012,reading,1\n"
    folder = write_district(
        enrollments=ENROLLMENTS + f"{student},0012,2024-25,K\n{student},0012,2024-25,K\n{student},9,2024-25,K\n",
        screenings=SCREENINGS + row + row,
    )
    problems = check_folder(folder)
    assert {"unique", "link", "padding"} <= {problem.rule for problem in problems}
    write_problems_csv(problems, path=folder / "found.txt")
    assert student not in (folder / "found.txt").read_text(encoding="utf-8")
    assert not any(student in line for line in describe_problems(problems))


def test_missing_tables_and_columns_are_errors(write_district):
    """A folder without enrollments, without an outcome table, or with a column missing is not usable."""
    folder = write_district(enrollments=None, screenings=None)
    assert [problem.problem for problem in _found(folder, rule="table")] == [
        "The enrollments table is not there",
        "There is no table of outcomes",
    ]
    folder = write_district(enrollments="student_id,school_id,school_year,grad\n007,0012,2024-25,K\n")
    (missing,) = _found(folder, rule="column")
    assert (missing.column, missing.severity) == ("grade", "error")
    assert "'grad'" in missing.next_step


def test_unknown_columns_and_files_are_warnings(write_district):
    """A column or file that the kit does not know is a warning with the nearest known name."""
    folder = write_district(enrolments="student_id\n1\n")
    with (folder / "enrollments.csv").open("w", encoding="utf-8") as file:
        file.write("student_id,school_id,school_year,grade,race_etnicity\n007,0012,2024-25,K,white\n")
        file.write("1E05,0012,2024-25,1,\nNA,NO,2024-25,6,\n")
    unknown_file, unknown_column = check_folder(folder)
    assert (unknown_file.severity, unknown_column.severity) == ("warning", "warning")
    assert "enrollments.csv" in unknown_file.next_step
    assert "race_ethnicity" in unknown_column.next_step
    assert count_errors([unknown_file, unknown_column]) == 0


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"student_id\n\xe9\n", "line 2"), (b"a,a\n1,2\n", "more than once")]
)
def test_unreadable_file_is_a_problem_and_the_others_are_checked(write_district, content, word):
    """A file that cannot be read at all is one problem, and the other tables are checked all the same."""
    folder = write_district(enrollments=ENROLLMENTS + "007,0012,2024-25,13\n")
    (folder / "screenings.csv").write_bytes(content)
    problems = check_folder(folder)
    assert [(p.file, p.rule, p.value) for p in problems] == [
        ("enrollments.csv", "allowed", "13"),
        ("screenings.csv", "readable", None),
    ]
    assert word in problems[1].problem


def test_two_districts_in_one_folder_and_one_district_in_two(write_district, tmp_path):
    """A folder that names two districts, and a district that has two folders, are errors."""
    header = "school_id,school_year,school_name,district_id,district_name,level\n"
    folder = write_district(schools=header + "0012,2024-25,A,D7,X,other\nNO,2024-25,B,D8,X,other\n")
    (problem,) = _found(folder, rule="district")
    assert "D7, D8" in problem.problem
    with pytest.raises(DataError, match="more than one district_id: D7, D8"):
        open_district(folder)
    twin = tmp_path / "twin"
    twin.mkdir()
    (twin / "schools.csv").write_text(header + "1,2024-25,A,D7,X,other\n", encoding="utf-8")
    assert [problem.file for problem in _found(tmp_path, rule="district")] == ["district", "twin"]


def test_description_lists_the_first_of_each_kind(write_district):
    """The terminal shows the first twenty rows of each kind and counts the rest; the file holds them all."""
    rows = "".join(f"s{number},2024-25,fall,m,0012,reading,x{number}\n" for number in range(25))
    folder = write_district(screenings=SCREENINGS + rows)
    problems = _found(folder, rule="type")
    lines = describe_problems(problems)
    assert lines[0] == (
        "ERROR  screenings.csv, column score: This is not a number. "
        "Write a number, or leave the cell empty where it is not known."
    )
    assert lines[1:21] == [f"    row {number + 1}: x{number}" for number in range(20)]
    assert lines[21:] == ["    and 5 more rows"]
    write_problems_csv(problems, path=folder / "problems.txt")
    with (folder / "problems.txt").open(encoding="utf-8", newline="") as file:
        assert [row["value"] for row in csv.DictReader(file)] == [f"x{number}" for number in range(25)]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", None]), st.sampled_from(["0", "00", "a", None])), max_size=30))
def test_equal_rows_have_equal_numbers(rows):
    """Two rows have the same number exactly when all parts of their keys are equal and none is missing."""
    columns = []
    for part in range(2):
        encoded = pa.array([row[part] for row in rows], pa.string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy()
        columns.append(Coded(codes=codes, distinct=encoded.dictionary))
    code = combine_codes(columns)
    missing = np.array([None in row for row in rows], dtype=bool)
    np.testing.assert_array_equal(code == -1, missing)
    whole = [row for row, is_missing in zip(rows, missing, strict=True) if not is_missing]
    expected = pd.Series([whole.index(row) for row in whole], dtype="int64")
    np.testing.assert_array_equal(pd.factorize(code[~missing])[0], pd.factorize(expected)[0])


def test_row_in_another_schools_folder_is_found(write_district):
    """In a table partitioned by school, a row that names another school than its folder is an error."""
    folder = write_district()
    (folder / "screenings.csv").unlink()
    part = folder / "screenings" / "school_id=0012"
    part.mkdir(parents=True)
    rows = "007,2024-25,fall,m,0012,reading,1\n007,2024-25,winter,m,NO,reading,2\n"
    (part / "part.csv").write_text(SCREENINGS + rows, encoding="utf-8")
    (problem,) = check_folder(folder)
    assert (problem.file, problem.row, problem.rule) == (
        "screenings/school_id=0012/part.csv",
        2,
        "partition",
    )


def test_more_rows_than_are_listed_are_counted(write_district):
    """Beyond the first 10,000 rows that break the same rule, one more problem counts the rest."""
    rows = "".join(f"s{number},2024-25,fall,m,0012,reading,x\n" for number in range(10_002))
    problems = _found(write_district(screenings=SCREENINGS + rows), rule="type")
    assert len(problems) == 10_001
    assert problems[-1].row is None
    assert "2 more rows" in problems[-1].problem
