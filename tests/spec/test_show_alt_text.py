"""Alternative text is computed from the numbers that are drawn."""

import pytest

from mtss_analysis.show import (
    IntervalRow,
    Part,
    ReferenceLine,
    Series,
    Share,
    ShareBar,
    check_sentence,
    describe_decomposition,
    describe_intervals,
    describe_shares,
    describe_spark,
    describe_trend,
)

YEARS = ["1985–86\nkindergarten", "1986–87\ngrade 1", "1987–88\ngrade 2"]
MOST = 600


def test_trend_tells_every_point_where_there_is_room():
    """A short trend is told point by point with intervals and what is withheld; a gap is passed over."""
    series = [
        Series(
            label="This school",
            role="this_school",
            values=[38, None, 47],
            low=[30, None, 38],
            high=[46, None, 56],
            withheld=[False, True, False],
        ),
        Series(label="District", role="district", values=[41, None, 44]),
    ]
    text = describe_trend(
        series=series,
        x_labels=YEARS,
        y_label="Percent at benchmark",
        unit="percent",
        finding="More read well.",
    )
    assert text == (
        "More read well. Line chart from 1985–86 kindergarten to 1987–88 grade 2: Percent at benchmark. "
        "This school: 38% (30% to 46%) in 1985–86 kindergarten, withheld in 1986–87 grade 1 and "
        "47% (38% to 56%) in 1987–88 grade 2. "
        "District: 41% in 1985–86 kindergarten and 44% in 1987–88 grade 2."
    )
    assert check_sentence(text) == []


def test_long_trend_tells_ends_and_extremes():
    """A trend too long to tell point by point gives ends and extremes and keeps to its length."""
    values = [50, 40, 61, 52, 53, 54, 55, 56, 57, 58, 59, 60]
    series = [
        Series(
            label=f"Group {letter}",
            role="this_school",
            values=values,
            low=[value - 9 for value in values],
            high=[value + 9 for value in values],
        )
        for letter in "AB"
    ]
    text = describe_trend(series=series, x_labels=[f"month {m}" for m in range(12)], y_label="Words read")
    assert len(text) <= MOST
    assert "Group A: 50 (41 to 59) in month 0 and 60 (51 to 69) in month 11" in text
    assert "lowest 40 in month 1, highest 61 in month 2" in text


def test_trend_says_what_lies_beyond_the_axis_and_what_is_not_named():
    """Values beyond the axis and lines without a name are counted."""
    series = [
        Series(label="This school", role="this_school", values=[10, 120, 50]),
        Series(label="", role="others", values=[1, 2, 3]),
    ]
    text = describe_trend(series=series, x_labels=YEARS, y_label="Score", limits=(5, 100))
    assert text.endswith("1 thin line behind is not named. 4 values beyond the axis are marked by an arrow.")


def test_trend_without_values_says_so():
    """A trend that shows nothing says that there is no value."""
    series = [Series(label="This school", role="this_school", values=[None, None, None])]
    assert describe_trend(series=series, x_labels=YEARS, y_label="Score").endswith("This school: no value.")


def test_intervals_are_compared_with_the_line():
    """Rows are counted above, below and on both sides of the reference line, then told with their reasons."""
    rows = [
        IntervalRow(label="Reading", heading=True),
        IntervalRow(label="Small class", estimate=13.9, low=5.6, high=22.2),
        IntervalRow(label="Aide", estimate=0.3, low=-7.1, high=7.8),
        IntervalRow(label="Late", estimate=-6.0, low=-9.0, high=-3.0),
        IntervalRow(label="Grade 3", reason="withheld: too few students"),
    ]
    text = describe_intervals(
        rows=rows,
        x_label="Difference, points",
        lines=[ReferenceLine(value=0, label="no difference")],
        limits=(-30, 10),
    )
    assert text == (
        "Dots with intervals in 4 rows: Difference, points. Against the line “no difference” at 0: "
        "1 of 3 intervals wholly above, 1 wholly below, 1 neither. "
        "Reading – Small class: 14 (6 to 22). Reading – Aide: 0 (−7 to 8). "
        "Reading – Late: −6 (−9 to −3). Reading – Grade 3: withheld: too few students. "
        "1 estimate beyond the axis is marked by an arrow."
    )
    assert check_sentence(text) == []


def test_many_intervals_tell_the_extremes():
    """Rows too many to tell give the highest, the lowest and how many have no estimate, within the length."""
    rows = [IntervalRow(label=f"Classroom {n}", estimate=n, low=n - 5, high=n + 5) for n in range(39)]
    text = describe_intervals(rows=[*rows, IntervalRow(label="Empty")], x_label="Percent", unit="percent")
    assert len(text) <= MOST
    assert "Highest: Classroom 38: 38% (33% to 43%)." in text
    assert "Lowest: Classroom 0: 0% (−5% to 5%)." in text
    assert "1 row without an estimate." in text


def test_shares_are_told():
    """Every share of a bar is told, with its interval where there is one, and why a bar has none."""
    bars = [
        ShareBar(
            label="This school",
            shares=[
                Share(label="Tier 1", percent=80, low=74, high=86),
                Share(label="not screened", percent=20),
            ],
        ),
        ShareBar(label="Grade 2", shares=[], reason="withheld: too few students"),
    ]
    assert describe_shares(bars=bars, what="students by tier") == (
        "Bars of 100 percent: students by tier. This school: Tier 1 80% (74% to 86%) and not screened 20%. "
        "Grade 2: withheld: too few students."
    )


def test_many_shares_tell_the_largest():
    """Bars too many to tell give the largest share of each."""
    bars = [
        ShareBar(
            label=f"School {n}",
            shares=[Share(label=f"category {k}", percent=percent) for k, percent in enumerate((10, 20, 30, 40))],
        )
        for n in range(10)
    ]
    text = describe_shares(bars=bars)
    assert len(text) <= MOST
    assert "School 9: most, 40%, category 3." in text


def test_decomposition_is_told_with_signs():
    """Each part of a change is told with its sign and interval."""
    parts = [
        Part(label="Mix", kind="mix", estimate=-4.2, low=-9.1, high=1.3),
        Part(label="Rate", kind="rate", estimate=None, reason="cannot be estimated"),
    ]
    assert describe_decomposition(parts=parts, x_label="Change, points") == (
        "Bars from zero: Change, points. Mix: −4 (−9 to 1). Rate: cannot be estimated."
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([41.0, None, 56.0], "Small line of reading: 41% at first, 56% at last, 2 values."),
        ([56.0], "Small line of reading: one value, 56%."),
        ([None], "Small line of reading: no value can be shown."),
    ],
)
def test_spark_is_told(values, expected):
    """A small line tells its first and last value."""
    assert describe_spark(values=values, what="reading", unit="percent") == expected
