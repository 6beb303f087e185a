"""Where trends follow a grade, all grades together lead; what is not printed stands in the file of the table."""

import dataclasses

import pandas as pd
import pytest

from mtss_analysis.findings.trends.chapter import find_below_cut, find_gaps, find_levels, find_trends
from mtss_analysis.findings.trends.levels import add_whole, summarise_levels
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import NOT_ESTIMABLE

GRADES = 4


def _teach_by_room(tables):
    """Let every room of a school be a grade of its own, in every year."""
    enrollments = tables["enrollments"]
    room = enrollments["classroom_id"].str.slice(1).astype(int)
    tables["enrollments"] = enrollments.assign(grade=(room + 1).astype(str))


@pytest.fixture
def by_grade(ask_state, shape):
    """A state whose schools have four grades of thirty students in three years, compared within the district."""
    return ask_state(shape=shape(students=30), change=_teach_by_room, follow="grade", population="district")


@pytest.mark.parametrize("find", [find_levels, find_below_cut])
def test_all_grades_lead_the_latest_grades_follow_and_the_rest_is_in_the_file(by_grade, find):
    """Printed are three years of all grades and the four grades of the latest; the file holds all fifteen rows."""
    (finding,) = by_grade.find(find, "0012")
    table = finding.table()
    whole = [f"{year}, all grades" for year in ("2021–22", "2022–23", "2023–24")]
    latest = [f"2023–24, grade {at + 1}" for at in range(GRADES)]
    assert [row[0] for row in table.printed_rows] == [*whole, *latest]
    assert len(table.rows) == 3 * (1 + GRADES)
    assert table.printed_note.endswith(f"The first 7 of 15 rows; tables/{table.name}.csv holds all of them.")
    assert len(table.to_csv().splitlines()) == 1 + 15
    assert table.to_markdown().count("\n") == 1 + 7
    per_row = len(finding.records()) // len(table.rows)
    assert len(finding.records()) == per_row * 15


def test_scores_of_several_grades_have_no_mean(by_grade):
    """Grades are tested on scales of their own: of all together only the standing has a mean."""
    (finding,) = by_grade.find(find_levels, "0012")
    assert finding.table().rows[0][3] == NOT_ESTIMABLE
    assert finding.table().rows[0][-1] != NOT_ESTIMABLE
    first = [record for record in finding.records() if record.grade == ALL]
    assert {record.status for record in first if record.finding == "mean_score"} == {"not_estimable"}
    assert {record.status for record in first if record.finding == "mean_standing"} == {"ok"}


@pytest.mark.parametrize("find", [find_levels, find_below_cut])
@pytest.mark.parametrize(("population", "columns"), [("district", ["District"]), ("state", ["District", "State"])])
def test_the_population_has_one_column_and_it_has_numbers(ask_state, shape, find, population, columns):
    """A district that is the population has one column and not two, and a grade's row has its number."""
    asked = ask_state(shape=shape(students=30), change=_teach_by_room, follow="grade", population=population)
    table = asked.find(find, "0012")[0].table()
    titles = [column.title for column in table.columns]
    assert [title for title in titles if title in ("District", "State")] == columns
    grade = next(row for row in table.rows if row[0].endswith("grade 1"))
    assert grade[titles.index(columns[-1])] != NOT_ESTIMABLE


def test_two_columns_of_one_title_are_refused(by_grade):
    """A table whose columns a reader could not tell apart is a fault of the program."""
    table = by_grade.find(find_levels, "0012")[0].table()
    twice = tuple(dataclasses.replace(column, title="District") for column in table.columns)
    with pytest.raises(ValueError, match="two columns have the same title"):
        dataclasses.replace(table, columns=twice)


def test_gaps_of_all_grades_come_first_for_every_pair(by_grade):
    """Of two pairs of groups, the gaps of all grades in three years are printed, and those of grades come after."""
    (finding,) = by_grade.find(find_gaps, "0012")
    table = finding.table()
    assert [(row[0], row[2]) for row in table.printed_rows] == [("sex", "all grades")] * 3 + [
        ("language", "all grades")
    ] * 3
    assert all(row[2] != "all grades" for row in table.rows[6:])
    assert len(table.rows) == 2 * 3 * (1 + GRADES)
    assert len(finding.records()) == len(table.rows)
    assert "girls minus that of boys" in table.caption
    assert "other students minus that of English learners" in table.caption


def test_the_list_prints_all_grades_before_grades_and_drops_none(by_grade):
    """The printed trends are those of all grades unless a grade stands out; the file and the records hold every one."""
    finding = by_grade.find(find_trends, "0012")[0]
    table = finding.table()
    calm = [row for row in table.rows if row[-1] not in ("promising", "concerning")]
    of_grade = ["grade" in row[1] for row in calm]
    assert of_grade == sorted(of_grade)
    assert len(table.rows) == len(finding.trends) + len(finding.others)
    assert len(table.printed_rows) < len(table.rows)


def test_a_cohort_prints_every_row(ask_state):
    """Where a cohort is followed there is no row beside those of the cohort, and all rows are printed."""
    table = ask_state().find(find_levels, "0012")[0].table()
    assert table.printed_rows == table.rows
    assert not any("all grades" in row[0] for row in table.rows)


@pytest.mark.parametrize("find", [find_levels, find_below_cut])
def test_a_number_of_one_grade_is_not_told_as_the_schools(by_grade, find):
    """Where the latest number of all grades may not be printed, the grade that stands in is named everywhere."""
    (finding,) = by_grade.find(find, "0012")
    hidden = {"n": None, "standing": None, "score": None, "below": None, "below_interval": None}
    years = tuple(
        dataclasses.replace(year, **hidden) if year.trend_grade == ALL and year.school_year == "2023-24" else year
        for year in finding.years
    )
    told = dataclasses.replace(finding, years=years)
    (note,) = told.notes()
    assert note["title"].startswith("Reading, grade 4: ")
    assert "fourth-graders" in note["sentence"]
    assert "grade 4" in told.figure().caption or "fourth-graders" in told.figure().caption


def test_a_number_of_all_grades_names_none(by_grade):
    """The percentile of all grades together is the school's, and no grade is named with it."""
    (finding,) = by_grade.find(find_levels, "0012")
    (whole,) = finding.notes()
    assert "grade" not in whole["title"]
    assert "all grades together" in whole["sentence"]


def test_grades_in_which_nobody_is_tested_are_not_waited_for():
    """Of four students two are in a tested grade and one of them has a score: one of two, not of four."""
    scores = pd.DataFrame(
        {
            "district_id": "D1",
            "school_id": ["1", "1", "1", "1", "2"],
            "school_year": "2023-24",
            "student_id": list("abcde"),
            "grade": ["K", "3", "3", "1", "K"],
            "score": [None, 40.0, None, None, None],
            "standing": [None, 0.5, None, None, None],
            "below_cut": None,
        }
    )
    levels = summarise_levels(
        add_whole(scores.assign(trend_grade=scores["grade"]), follow="grade", tested={"3"}), groups=()
    )
    whole = levels[levels["trend_grade"] == ALL].set_index("school_id")
    assert whole.loc["1", ["n", "n_enrolled", "grades"]].tolist() == [1, 2, "3"]
    # A school without any tested grade stays, so that it can be said that it has no score.
    assert whole.loc["2", ["n", "n_enrolled"]].tolist() == [0, 1]
