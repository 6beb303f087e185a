"""Numbers, names and lists as a reader meets them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.show import (
    count_decimals,
    count_of,
    format_count,
    format_estimate,
    format_interval,
    format_number,
    format_p,
    format_percent,
    format_school_year,
    format_signed,
    format_with_interval,
    join_words,
    name_grade,
    name_students,
    of_every_100,
)

finite = st.floats(min_value=-1e6, max_value=1e6)


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (13.899, 5.6, 22.2, "14"),  # half-width 8.3: units
        (0.22, 0.12, 0.32, "0.22"),  # half-width 0.10, leading digit 1: one more
        (0.21, 0.03, 0.39, "0.21"),  # half-width 0.18, leading digit 1: one more
        (0.41, 0.16, 0.66, "0.4"),  # half-width 0.25: tenths
        (0.18, -0.04, 0.40, "0.18"),  # tenths would round -0.04 to 0
        (3.2, 1.7, 4.7, "3.2"),  # half-width 1.5, leading digit 1: tenths
        (918.04, 835, 1001, "918"),  # never rounded to tens
        (5789.0, 5700.4, 5880.1, "5,789"),
        (-3.4, -8.0, 1.2, "−3"),
        (-0.2, -6.0, 6.0, "0"),  # no minus before zero
        (0.5, -4.0, 5.0, "1"),  # half goes away from zero
    ],
)
def test_estimate_has_the_digits_its_interval_allows(value, low, high, expected):
    """An estimate is printed with the digits that its interval's width allows, and a true minus sign."""
    assert format_estimate(value, low=low, high=high) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.0, "0")]
)
def test_estimate_without_interval_keeps_three_digits(value, expected):
    """Without an interval an estimate keeps three significant digits, two decimals at most."""
    assert format_estimate(value) == expected


@pytest.mark.parametrize("write", [format_estimate, format_signed, format_percent, format_count, format_p])
def test_missing_is_a_dash_and_a_mark_stays(write):
    """What is not estimable is a dash; a mark that is passed in is printed as it stands."""
    assert write(None) == "–"
    assert write("†") == "†"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_not_finite_is_a_dash(value):
    """A number that is not finite is never printed as letters."""
    assert format_estimate(value) == "–"
    assert format_percent(value) == "–"
    assert format_interval(low=value, high=1.0) == "–"


def test_interval_styles():
    """An interval is worded for a sentence, a table and little space, with its unit where it belongs."""
    assert format_interval(low=48.9, high=63.1) == "between 49 and 63"
    assert format_interval(low=48.9, high=63.1, style="to", unit="%") == "49% to 63%"
    assert format_interval(low=48.9, high=63.1, style="dash") == "49–63"
    assert format_interval(low=-4.2, high=6.1, style="dash") == "−4 to 6"
    assert format_interval(low=1.1, high=6.2, unit="points") == "between 1 and 6 points"
    assert format_interval(low=None, high=6.2) == "–"


def test_estimate_and_interval_share_digits():
    """An estimate and its interval are printed with the same number of decimals."""
    assert format_with_interval(13.899, low=5.57, high=22.23) == "14 (6 to 22)"
    assert format_with_interval(0.5, low=0.4, high=0.6, signed=True) == "+0.50 (0.40 to 0.60)"
    assert format_with_interval(56.2, low=49.0, high=63.0, unit="%") == "56% (49% to 63%)"
    assert format_with_interval(None, low=None, high=None) == "–"
    assert format_with_interval(3.0, low=None, high=None) == "3.00"


@given(low=finite, width=st.floats(min_value=1e-3, max_value=1e6))
def test_rounding_moves_an_end_by_a_quarter_of_the_half_width_at_most(low, width):
    """Whatever the interval, printing moves its ends by at most a quarter of its half-width."""
    high = low + width
    decimals = count_decimals(low=low, high=high)
    assert abs(float(f"{low:.{decimals}f}") - low) <= (high - low) / 2 * 0.2501


@given(value=finite, decimals=st.integers(min_value=0, max_value=4))
def test_printed_number_reads_back(value, decimals):
    """A printed number reads back as the value to half a unit of its last digit, and never as minus zero."""
    text = format_number(value, decimals=decimals)
    assert re.fullmatch(r"−?\d{1,3}(,\d{3})*(\.\d+)?", text)
    back = float(text.replace("−", "-").replace(",", ""))
    assert abs(back - value) <= 0.5 * 10**-decimals + 1e-9
    assert not (text.startswith("−") and back == 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(56.2, "56%"), (0.3, "<1%"), (0.0, "0%"), (99.7, ">99%"), (100.0, "100%"), (12.5, "13%"), (0.5, "1%")],
)
def test_percent_never_rounds_to_none_or_all(value, expected):
    """A percentage is 0% or 100% only when it is."""
    assert format_percent(value) == expected


def test_percent_with_narrow_interval_has_one_decimal():
    """A percentage known to a fraction of a point is printed with one decimal."""
    assert format_percent(56.23, low=55.9, high=56.6) == "56.2%"
    assert format_percent(0.02, low=0.01, high=0.03) == "<0.1%"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (56.2, "56 of every 100"),
        (56.5, "57 of every 100"),
        (0.2, "fewer than 1 of every 100"),
        (0.0, "0 of every 100"),
        (99.6, "more than 99 of every 100"),
        (100.0, "100 of every 100"),
        (None, "– of every 100"),
    ],
)
def test_percent_as_people(value, expected):
    """A percentage is said as people of every 100, and agrees with the same percentage printed."""
    assert of_every_100(value) == expected


def test_percent_as_people_may_be_about():
    """An estimated percentage is "about" so many of every 100."""
    assert of_every_100(55.9, about=True) == "about 56 of every 100"


@given(value=st.floats(min_value=0.5, max_value=99.4))
def test_percent_and_people_agree(value):
    """The same percentage is the same whole number as percent and as people of every 100."""
    assert format_percent(value).rstrip("%") == of_every_100(value).split()[0]


def test_p_values_for_tables():
    """A p-value is never printed as 0 or 1."""
    assert [format_p(value) for value in (0.00001, 0.0312, 0.5, 1.0)] == ["<0.001", "0.031", "0.50", "0.99"]


def test_grades_and_students():
    """Grades and their students have the names that a teacher uses; a code that is not known stays."""
    assert [name_grade(grade) for grade in ("PK", "K", "3")] == ["prekindergarten", "kindergarten", "grade 3"]
    assert [name_students(grade) for grade in ("PK", "K", "3", "12", "U")] == [
        "prekindergartners",
        "kindergartners",
        "third-graders",
        "twelfth-graders",
        "students of grade U",
    ]


def test_school_years_lists_and_nouns():
    """School years carry an en dash, lists an "and", and one student is not "students"."""
    assert format_school_year("1985-86") == "1985–86"
    assert format_school_year("spring") == "spring"
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert join_words(["a", "b"], last="or") == "a or b"
    assert [count_of(count, "student") for count in (0, 1, 1204, "†")] == [
        "0 students",
        "1 student",
        "1,204 students",
        "† students",
    ]
    assert count_of(2, "class", plural="classes") == "2 classes"
