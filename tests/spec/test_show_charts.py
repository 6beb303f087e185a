"""Charts hold what they are given, keep their words apart, and are the same bytes every time."""

import io
import subprocess
import sys
from itertools import combinations, pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.text import Text
from PIL import Image

from mtss_analysis.show import (
    Band,
    IntervalRow,
    Part,
    ReferenceLine,
    Series,
    Share,
    ShareBar,
    TrendBreak,
    draw_decomposition,
    draw_intervals,
    draw_shares,
    draw_spark,
    draw_trend,
)
from mtss_analysis.show.charts.places import choose_limits, choose_ticks, spread
from mtss_analysis.show.charts.sheet import Sheet, measure_line, wrap_text
from mtss_analysis.show.palette import MISSING_HATCH, ROLE_STYLES

YEARS = ["1985–86\nkindergarten", "1986–87\ngrade 1", "1987–88\ngrade 2", "1988–89\ngrade 3"]
NAMED = {"name": "chart", "caption": "An answer."}
ROLES = [
    "this_school",
    "district",
    "state",
    "others",
    "group_focus",
    "group_reference",
    "promising",
    "concerning",
]
words = st.text(alphabet="abcdefg hijkl", min_size=1, max_size=60).filter(lambda text: text.strip() != "")
numbers = st.none() | st.floats(-500, 500)
one_chart = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sheets(monkeypatch):
    """Keep every sheet that is drawn."""
    kept = []
    to_png = Sheet.to_png

    def keep(sheet):
        kept.append(sheet)
        return to_png(sheet)

    monkeypatch.setattr(Sheet, "to_png", keep)
    return kept


def _boxes(sheet):
    """Measure every visible piece of text, in pixels."""
    renderer = sheet.canvas.get_renderer()
    pieces = [text for text in sheet.drawing.findobj(Text) if text.get_visible() and text.get_text().strip()]
    # Axes keep empty and hidden tick labels; only those that are drawn have a place in the figure.
    return [(text.get_text(), Text.get_window_extent(text, renderer)) for text in pieces]


def _assert_legible(sheet):
    boxes = _boxes(sheet)
    width, height = sheet.canvas.get_width_height()
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y1 <= height + 1, text
    for (first, one), (second, other) in combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        # Boxes hold the room for descenders; 5 pixels at 200 dpi are 1.8 points.
        assert across <= 2 or up <= 5, f"{first!r} overlaps {second!r}"


def _trend(**changed):
    arguments = {
        "series": [
            Series(
                label="This school",
                role="this_school",
                values=[38, 44, None, 47],
                low=[30, 35, None, 38],
                high=[46, 53, None, 56],
            ),
            Series(label="District", role="district", values=[41, 42, 43, 44], low=[40] * 4, high=[45] * 4),
        ],
        "x_labels": YEARS,
        "y_label": "Percent at benchmark",
        "unit": "percent",
    }
    return draw_trend(**NAMED, **{**arguments, **changed})


def _intervals(**changed):
    arguments = {
        "rows": [
            IntervalRow(label="Reading", heading=True),
            IntervalRow(label="Small class", estimate=13.9, low=5.6, high=22.2),
            IntervalRow(label="Grade 3", reason="withheld: too few students"),
        ],
        "x_label": "Difference, points",
        "lines": [ReferenceLine(value=0, label="no difference")],
    }
    return draw_intervals(**NAMED, **{**arguments, **changed})


def _tiers(*percents):
    labels = ["Tier 1", "Tier 2", "Tier 3", "not screened"]
    return [
        Share(label=label, percent=percent, missing=label == "not screened")
        for label, percent in zip(labels, percents, strict=True)
    ]


def _shares(**changed):
    bars = [ShareBar(label="This school", shares=_tiers(61, 22, 8, 9), annotation="312 students")]
    return draw_shares(**NAMED, **{"bars": bars, "title": "Students by tier", **changed})


def _decomposition(**changed):
    parts = [
        Part(label="Who is enrolled (mix)", kind="mix", estimate=-4.2, low=-6.1, high=-2.3),
        Part(label="How each group did (rate)", kind="rate", estimate=7.9, low=1.5, high=14.3),
        Part(label="All", kind="total", estimate=3.7, low=-3.0, high=10.4),
    ]
    return draw_decomposition(**NAMED, **{"parts": parts, "x_label": "Change, points", **changed})


def _spark(**changed):
    return draw_spark(**NAMED, **{"values": [41, None, 56], "what": "reading", "end_label": "56%", **changed})


every_chart = pytest.mark.parametrize("draw", [_trend, _intervals, _shares, _decomposition, _spark])


@every_chart
def test_same_numbers_give_the_same_bytes(draw):
    """The same numbers give the same picture, whatever an analyst has set before."""
    first = draw().png
    theirs = {
        "font.size": 30,
        "font.weight": "bold",
        "axes.facecolor": "red",
        "axes.xmargin": 0.4,
        "figure.frameon": False,
        "lines.linewidth": 9,
        "lines.antialiased": False,
        "path.sketch": (1, 100, 2),
        "text.color": "green",
    }
    with mpl.rc_context(theirs):
        assert draw().png == first


@every_chart
def test_nothing_is_left_behind(draw):
    """Drawing leaves no pyplot figure open and no setting changed."""
    before = dict(mpl.rcParams)
    draw()
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


@every_chart
def test_picture_is_plain(draw):
    """A picture is opaque, carries its resolution and nothing about the machine or the time."""
    figure = draw()
    with Image.open(io.BytesIO(figure.png)) as picture:
        assert picture.mode == "RGB"
        assert set(picture.info) == {"dpi"}
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert picture.width >= round(figure.width_in * 200)


@every_chart
def test_alternative_text_is_computed_unless_given(draw):
    """A chart without alternative text gets one from its numbers; a given one stays."""
    assert draw().alt.endswith(".")
    assert draw(alt="Given.").alt == "Given."


def test_words_and_tables_do_not_load_matplotlib():
    """Who asks for words and tables does not wait for matplotlib."""
    code = "import sys, mtss_analysis.show; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Trends


def test_gap_is_not_bridged(sheets):
    """No line crosses a missing value, nor a change of the measure."""
    _trend(breaks=[TrendBreak(before=1, label="New test")])
    axes = sheets[0].drawing.axes[0]
    style = ROLE_STYLES["this_school"]
    drawn = [line for line in axes.lines if line.get_color() == style.line and line.get_linestyle() == "-"]
    assert sorted(len(line.get_xdata()) for line in drawn) == [1, 1, 1]
    whole = [line for line in axes.lines if line.get_color() == ROLE_STYLES["district"].line]
    assert 4 not in [len(line.get_xdata()) for line in whole if line.get_linestyle() != "None"]


def test_intervals_are_the_given_ones(sheets):
    """Bars run from the given lower to the given upper end, and nothing is estimated anew."""
    _trend()
    bars = [bar for bar in sheets[0].drawing.axes[0].collections if isinstance(bar, LineCollection)]
    drawn = [tuple(float(y) for y in path.vertices[:, 1]) for bar in bars for path in bar.get_paths()]
    assert drawn == [(30, 46), (35, 53), (38, 56)]


def test_withheld_point_has_its_mark_and_note(sheets):
    """A withheld point has a cross at the foot of the axes, where no value can be read off, and a note."""
    series = [Series(label="A", role="this_school", values=[38, None], withheld=[False, True])]
    draw_trend(**NAMED, series=series, x_labels=["a", "b"], y_label="Percent", unit="percent")
    crosses = [line for line in sheets[0].drawing.axes[0].lines if line.get_marker() == "x" and len(line.get_xdata())]
    assert len(crosses) == 1
    assert 0 < crosses[0].get_ydata()[0] < 6
    assert "× withheld: too few students to print" in [text for text, _ in _boxes(sheets[0])]


def test_withheld_point_may_not_hold_a_number():
    """A point that is called withheld and still has its number is refused."""
    with pytest.raises(ValueError, match="withheld point holds a number"):
        Series(label="A", role="this_school", values=[38], withheld=[True])
    with pytest.raises(ValueError, match="withheld point holds a number"):
        Series(label="A", role="this_school", values=[None], low=[3], high=[None], withheld=[True])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_not_finite_is_refused(value):
    """A number that is not finite is refused where it is given, not drawn."""
    with pytest.raises(ValueError, match="not finite"):
        Series(label="A", role="this_school", values=[value])
    with pytest.raises(ValueError, match="not finite"):
        IntervalRow(label="A", estimate=value)


def test_series_and_labels_of_different_length_are_refused():
    """A series that has another number of values than there are labels is refused by the figure's name."""
    with pytest.raises(ValueError, match="figure chart"):
        _trend(x_labels=["a"])
    with pytest.raises(ValueError, match="low has another length"):
        Series(label="A", role="this_school", values=[1, 2], low=[1])


def test_value_beyond_the_axis_is_an_arrow_with_its_number(sheets):
    """A value beyond the given limits is drawn at the limit as an arrow, with its number."""
    figure = _trend(limits=(40, 46))
    texts = [text for text, _ in _boxes(sheets[0])]
    assert "38%" in texts
    assert "47%" in texts
    assert {"^", "v"} <= {line.get_marker() for line in sheets[0].drawing.axes[0].lines}
    assert "2 values beyond the axis are marked by an arrow." in figure.alt


def test_percent_axis_says_where_it_starts(sheets):
    """A percent axis starts at 0 by itself, and says so where it does not."""
    _trend()
    assert sheets[0].drawing.axes[0].get_ylim() == (0, 100)
    _trend(limits=(20, 80))
    assert "The axis starts at 20%, not at 0%" in [text for text, _ in _boxes(sheets[1])]


def test_last_point_keeps_its_label(sheets):
    """Where labels do not fit, the last point is among those that keep theirs."""
    years = [f"{year}–{year - 1999}" for year in range(2008, 2026)]
    series = [Series(label="This school", role="this_school", values=[50] * len(years))]
    draw_trend(**NAMED, series=series, x_labels=years, y_label="Percent", unit="percent")
    texts = [text for text, _ in _boxes(sheets[0])]
    assert years[-1] in texts
    assert years[-2] not in texts
    _assert_legible(sheets[0])


@given(
    n_points=st.integers(1, 12),
    data=st.data(),
    x_words=words,
    y_label=words,
    limits=st.none() | st.just((-50.0, 50.0)),
)
@one_chart
def test_words_of_a_trend_do_not_overlap(sheets, *, n_points, data, x_words, y_label, limits):
    """Whatever the values and names, no text of a trend overlaps another or is cut off."""
    roles = data.draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=5, unique=True))
    row = st.lists(numbers, min_size=n_points, max_size=n_points)
    series = [Series(label=data.draw(words), role=role, values=data.draw(row)) for role in roles]
    draw_trend(
        **NAMED,
        series=series,
        x_labels=[f"{x_words[:12]} {place}" for place in range(n_points)],
        y_label=y_label,
        limits=limits,
        band=Band(low=10, high=20, label="Benchmark band"),
    )
    _assert_legible(sheets[-1])


# Rows


def test_interval_rows_hold_what_is_given(sheets):
    """A row has its dot and interval where they are given, and its numbers in words beside it."""
    _intervals()
    axes = sheets[0].drawing.axes[0]
    bars = [path.vertices[:, 0].tolist() for bar in axes.collections for path in bar.get_paths()]
    assert bars == [[5.6, 22.2]]
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert dots == [13.9]
    texts = [text.replace("\N{NO-BREAK SPACE}", " ") for text, _ in _boxes(sheets[0])]
    assert "14 (6 to 22)" in texts
    assert "withheld: too few students" in texts


def test_rows_stand_in_the_order_given(sheets):
    """Rows stand from top to bottom in the order given."""
    labels = ["b", "c", "a"]
    _intervals(rows=[IntervalRow(label=label, estimate=1, low=0, high=2) for label in labels])
    heights = {text: box.y0 for text, box in _boxes(sheets[0]) if text in labels}
    assert sorted(heights, key=heights.__getitem__, reverse=True) == labels


def test_too_many_rows_are_refused():
    """More rows than a page holds are refused with what to do instead."""
    with pytest.raises(ValueError, match="put the rest in a table"):
        _intervals(rows=[IntervalRow(label="a", estimate=1)] * 41)


def test_estimate_beyond_the_axis_is_an_arrow(sheets):
    """An estimate beyond the given limits is an arrow at the limit; its words keep the true number."""
    figure = _intervals(limits=(-5, 5))
    markers = {
        line.get_marker(): line.get_xdata()[0] for line in sheets[0].drawing.axes[0].lines if len(line.get_xdata())
    }
    assert markers[">"] == 5
    assert "14 (6 to 22)" in figure.alt
    assert "1 estimate beyond the axis is marked by an arrow." in figure.alt


@given(data=st.data(), n_rows=st.integers(1, 12), title=words, less=words, more=words)
@one_chart
def test_words_of_rows_do_not_overlap(sheets, *, data, n_rows, title, less, more):
    """Whatever the values and names, no text of a dot-and-interval chart overlaps another or is cut off."""
    rows = []
    for _ in range(n_rows):
        estimate = data.draw(numbers)
        ends = (None, None) if estimate is None else (estimate - 12.5, estimate + 7)
        rows.append(
            IntervalRow(
                label=data.draw(words),
                estimate=estimate,
                low=ends[0],
                high=ends[1],
                role=data.draw(st.sampled_from(ROLES)),
                reason=data.draw(words),
            )
        )
    draw_intervals(
        **NAMED,
        rows=rows,
        x_label=title,
        lines=[ReferenceLine(value=0, label="no difference"), ReferenceLine(value=4, label="district, all")],
        band=Band(low=-5, high=5, label="too small to matter"),
        less=less,
        more=more,
        annotation_title="estimate (likely range)",
    )
    _assert_legible(sheets[-1])


@pytest.mark.parametrize("n_rows", [2, 40])
def test_long_words_of_rows_do_not_overlap(sheets, n_rows):
    """Names and reasons of several lines, and as many rows as a page holds, keep apart."""
    long = "Students who entered after the first screening window of the year and were screened late in spring"
    if n_rows == 2:
        rows = [
            IntervalRow(label=long, estimate=1234.5, low=-12345.6, high=23456.7),
            IntervalRow(label=long, reason=f"cannot be estimated, because {long.lower()} are too few to tell"),
        ]
    else:
        rows = [IntervalRow(label=f"Classroom {n}", estimate=n, low=n - 1, high=n + 1) for n in range(n_rows)]
    _intervals(rows=[*rows, *rows][:40], x_label=long, less=long, more=long, note=long, annotation_title=long)
    _assert_legible(sheets[0])


# Shares and decomposition


def test_shares_fill_the_bar_and_missing_is_hatched(sheets):
    """The parts of a bar stand end to end to 100 percent, and what is not known is hatched."""
    _shares()
    patches = sheets[0].drawing.axes[0].patches
    assert [patch.get_x() for patch in patches] == pytest.approx([0, 61, 83, 91])
    assert patches[-1].get_x() + patches[-1].get_width() == pytest.approx(100)
    assert [patch.get_hatch() for patch in patches] == ["", "", "", MISSING_HATCH]


def test_category_has_one_fill(sheets):
    """A category has the same fill in every bar, also where the order differs."""
    first, second = _tiers(61, 22, 8, 9), _tiers(25, 25, 25, 25)
    _shares(bars=[ShareBar(label="a", shares=first), ShareBar(label="b", shares=second[::-1])])
    fills = [patch.get_facecolor() for patch in sheets[0].drawing.axes[0].patches]
    assert fills[:4] == fills[4:][::-1]


def test_shares_that_make_no_whole_are_refused():
    """Shares that do not make 100 percent, or are negative, are refused with their sum."""
    with pytest.raises(ValueError, match="make 90 percent"):
        ShareBar(label="a", shares=[Share(label="b", percent=90)])
    with pytest.raises(ValueError, match="shares make 100 percent"):
        ShareBar(label="a", shares=[Share(label="b", percent=-10), Share(label="c", percent=110)])


def test_too_many_categories_are_refused():
    """More categories than fills are refused."""
    shares = [Share(label=f"category {n}", percent=100 / 6) for n in range(6)]
    with pytest.raises(ValueError, match="join the smallest"):
        _shares(bars=[ShareBar(label="a", shares=shares)])


@given(
    parts=st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any),
    label=words,
    categories=st.lists(words, min_size=4, max_size=4, unique=True),
)
@one_chart
def test_words_of_shares_do_not_overlap(sheets, parts, label, categories):
    """Whatever the shares and names, no text of a share chart overlaps another or is cut off."""
    shares = [
        Share(label=name, percent=part * 100 / sum(parts), missing=place == 3)
        for place, (name, part) in enumerate(zip(categories, parts, strict=True))
    ]
    bars = [
        ShareBar(label=label, shares=shares, annotation="1,234 students"),
        ShareBar(label="b", shares=shares),
    ]
    _shares(bars=bars, lines=[ReferenceLine(value=80, label="benchmark 80%")])
    _assert_legible(sheets[-1])
    _shares(bars=bars[1:])
    _assert_legible(sheets[-1])


def test_decomposition_bars_start_at_zero(sheets):
    """Bars of a decomposition run from zero to the estimate; mix is told from rate by its pattern too."""
    _decomposition()
    patches = sheets[0].drawing.axes[0].patches
    assert [(patch.get_x(), patch.get_width()) for patch in patches] == [(0, -4.2), (0, 7.9), (0, 3.7)]
    assert patches[0].get_hatch() != patches[1].get_hatch()
    _assert_legible(sheets[0])


# Sparks


@pytest.mark.parametrize("values", [[41, None, 56], [56], [None], [], [None, 3, None]])
def test_spark_holds_any_values(sheets, values):
    """A small picture is drawn from any values, and says where there is none."""
    _spark(values=values)
    texts = [text for text, _ in _boxes(sheets[0])]
    assert texts == (["56%"] if any(value is not None for value in values) else ["no value"])
    _assert_legible(sheets[0])


def test_spark_emphasises_the_last_value(sheets):
    """The largest mark of a small picture stands at its last value."""
    _spark(values=[41, 44, 56])
    largest = max(sheets[0].drawing.axes[0].lines, key=lambda line: line.get_markersize() * (line.get_marker() == "o"))
    assert (list(largest.get_xdata()), list(largest.get_ydata())) == ([2], [56])


# Places


@given(
    wanted=st.lists(st.floats(-5, 5), min_size=1, max_size=12),
    data=st.data(),
)
def test_labels_keep_apart_and_keep_their_order(wanted, data):
    """Spread labels never overlap, keep their order, and stay in place where there is room."""
    sizes = data.draw(st.lists(st.floats(0.05, 1), min_size=len(wanted), max_size=len(wanted)))
    centres = spread(wanted=wanted, sizes=sizes, low=-10, high=10)
    order = sorted(range(len(wanted)), key=lambda index: centres[index])
    for first, second in pairwise(order):
        assert centres[second] - centres[first] >= (sizes[first] + sizes[second]) / 2 - 1e-9
        assert wanted[second] >= wanted[first]
    gaps = [
        abs(wanted[first] - wanted[second]) - (sizes[first] + sizes[second]) / 2
        for first, second in combinations(range(len(wanted)), 2)
    ]
    if all(gap > 0 for gap in gaps):
        assert centres == pytest.approx(wanted)


def test_labels_share_the_way():
    """Two labels that want one place each move half the way, and none leaves the line."""
    assert spread(wanted=[1, 1], sizes=[1, 1], low=0, high=5) == pytest.approx([0.5, 1.5])
    assert spread(wanted=[0, 0], sizes=[1, 1], low=0, high=5) == pytest.approx([0.5, 1.5])
    assert spread(wanted=[5, 5], sizes=[1, 1], low=0, high=5) == pytest.approx([3.5, 4.5])


@pytest.mark.parametrize(
    ("limits", "unit", "texts"),
    [
        ((0, 100), "percent", ["0%", "20%", "40%", "60%", "80%", "100%"]),
        ((-0.3, 0.31), "number", ["−0.2", "0.0", "0.2"]),
        ((400, 660), "number", ["400", "500", "600"]),
        ((0, 12000), "number", ["0", "2,500", "5,000", "7,500", "10,000"]),
    ],
)
def test_ticks_are_round(limits, unit, texts):
    """Ticks are round numbers within the limits, written with the same digits and a true minus sign."""
    values, written = choose_ticks(limits, unit=unit)
    assert written == texts
    assert all(limits[0] <= value <= limits[1] for value in values)


@given(values=st.lists(st.floats(-1e6, 1e6), max_size=5))
def test_limits_hold_what_is_drawn(values):
    """Chosen limits hold every number and are never empty."""
    low, high = choose_limits(values)
    assert low < high
    assert all(low <= value <= high for value in values)


@given(text=words, width=st.floats(0.3, 3))
def test_wrapped_text_fits_and_keeps_its_letters(text, width):
    """Wrapped text is no wider than its room and keeps every letter."""
    wrapped = wrap_text(text, width_in=width)
    assert all(measure_line(line) <= width for line in wrapped.split("\n"))
    assert wrapped.replace("\n", "").replace("-", "").replace(" ", "") == text.replace(" ", "")
