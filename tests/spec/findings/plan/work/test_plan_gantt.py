"""The picture of a plan over time, and the words that stand for it."""

import datetime as dt

import pytest

from mtss_analysis.show import GanttBar, GanttSpan, describe_gantt, draw_gantt

BARS = (
    GanttBar(label="A-1 Coach teachers", first=dt.date(2025, 9, 2), last=dt.date(2026, 5, 15), state="done"),
    GanttBar(label="A-2 Plan together", first=dt.date(2026, 9, 1), last=dt.date(2027, 5, 17), state="planned"),
)
BREAK = GanttSpan(label="winter break", first=dt.date(2025, 12, 20), last=dt.date(2026, 1, 4))
MARK = GanttSpan(label="January 2027: coach 3 h short", first=dt.date(2027, 1, 1), last=dt.date(2027, 1, 31))


def test_words_say_every_bar_and_mark():
    """The alternative text names each action with its days and state, and each marked month."""
    assert describe_gantt(bars=BARS, breaks=(BREAK,), marks=(MARK,), today=dt.date(2026, 6, 30)) == (
        "Chart of 2 actions over time. A-1 Coach teachers: September 2, 2025 to May 15, 2026, done. A-2 Plan together: "
        "September 1, 2026 to May 17, 2027, planned. Behind the bars: 1 break. Newest data: June 30, 2026. "
        "Marked: January 2027: coach 3 h short."
    )


def test_same_plan_gives_the_same_picture():
    """The same actions give the same bytes; a mark changes them."""
    drawn = [
        draw_gantt(name="plan", caption="Plan.", bars=BARS, breaks=(BREAK,), marks=marks, today=dt.date(2026, 6, 30))
        for marks in ((MARK,), (MARK,), ())
    ]
    assert drawn[0].png == drawn[1].png != drawn[2].png


def test_bar_that_ends_before_it_begins_is_refused():
    """A bar cannot end before it begins, and a picture without bars is none."""
    turned = GanttBar(label="A-3", first=dt.date(2026, 2, 1), last=dt.date(2026, 1, 1), state="planned")
    with pytest.raises(ValueError, match="ends before it begins"):
        draw_gantt(name="plan", caption="Plan.", bars=(turned,))
    with pytest.raises(ValueError, match="there is no bar"):
        draw_gantt(name="plan", caption="Plan.", bars=())
