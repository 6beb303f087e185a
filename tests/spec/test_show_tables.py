"""Tables from typed columns."""

import pytest

from mtss_analysis.show import (
    check_sentence,
    count_column,
    interval_column,
    number_column,
    p_column,
    percent_column,
    tabulate,
    text_column,
)

MARKS = {"†": "withheld: fewer than 10 students", "‡": "top-coded"}


def _columns():
    low = [-8.2, 5.1, None, "†"]
    high = [9.4, 21.7, None, "†"]
    return [
        text_column("Grade", cells=["kindergarten", "grade 1", "grade 2", "grade 3"]),
        count_column("Students", values=[1204, 61, 58, "†"]),
        percent_column("At benchmark", values=[56.2, 0.2, None, "†"]),
        number_column("Difference, points", values=[0.6, 13.4, None, "†"], low=low, high=high, signed=True),
        interval_column("Likely range", low=low, high=high),
        p_column("p", values=[0.9, 0.00004, None, "†"]),
    ]


def test_cells():
    """Numbers are right-aligned text with shared digits; withheld and not estimable have their own marks."""
    table = tabulate(name="grades", caption="Grades.", columns=_columns(), marks=MARKS)
    assert [column.align for column in table.columns] == ["left"] + ["right"] * 5
    assert [list(row) for row in table.rows] == [
        ["kindergarten", "1,204", "56%", "+1", "−8 to 9", "0.90"],
        ["grade 1", "61", "<1%", "+13", "5 to 22", "<0.001"],
        ["grade 2", "58", "–", "–", "–", "–"],
        ["grade 3", "†", "†", "†", "†", "†"],
    ]


def test_marks_are_explained_once_and_only_where_they_occur():
    """The note explains each mark that stands in the table, and no other."""
    table = tabulate(name="grades", caption="Grades.", columns=_columns(), note="Spring 2026.", marks=MARKS)
    assert table.note == "Spring 2026. † withheld: fewer than 10 students; – cannot be estimated."
    assert check_sentence(table.note) == []
    plain = tabulate(name="plain", caption="Plain.", columns=[count_column("n", values=[1])], marks=MARKS)
    assert plain.note == ""


def test_dash_in_words_is_no_mark():
    """A dash in a column of words is not explained as a missing number."""
    table = tabulate(name="words", caption="Words.", columns=[text_column("Note", cells=["–"])])
    assert table.note == ""


def test_column_has_the_digits_of_most_rows():
    """A column is printed with the digits that most of its intervals allow, the fewer on a tie."""
    values, low, high = [0.204, 0.411, 0.3], [0.1, 0.2, 0.1], [0.3, 0.6, 0.5]  # half-widths .10, .20, .20
    assert number_column("g", values=values, low=low, high=high).cells == ["0.2", "0.4", "0.3"]
    assert number_column("g", values=values[:2], low=low[:2], high=high[:2]).cells == ["0.2", "0.4"]
    assert number_column("g", values=values, decimals=3).cells == ["0.204", "0.411", "0.300"]
    assert number_column("g", values=[12.34, None]).cells == ["12.3", "–"]


def test_columns_of_different_length_are_refused():
    """Columns that do not belong together are refused by name."""
    with pytest.raises(ValueError, match="grades: columns differ in length"):
        tabulate(
            name="grades",
            caption="Grades.",
            columns=[text_column("Grade", cells=["K"]), count_column("Students", values=[1, 2])],
        )


def test_empty_table_has_no_rows():
    """A table without rows is a table with its header."""
    table = tabulate(name="none", caption="None.", columns=[text_column("Grade", cells=[])])
    assert list(table.rows) == []
    assert table.to_csv() == "Grade\n"
