"""A plan over time: actions as bars, breaks and test windows behind them, and marked months."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes

from mtss_analysis.show.charts.sheet import (
    MARGIN_IN,
    SMALL_PT,
    WIDTH_IN,
    Sheet,
    drawing_theme,
    measure_line,
    start_sheet,
    wrap_text,
)
from mtss_analysis.show.display import Figure
from mtss_analysis.show.naming import count_of, join_words, name_day
from mtss_analysis.show.palette import BAND, INK, NOTE, PAPER, ROLE_STYLES, RULE

BarState = Literal["planned", "under way", "done", "stopped"]

_LABEL_IN = 2.45
_LINE_IN = 0.165
_PAD_IN = 0.09
_MARK_IN = 0.2
_TICK_IN = 0.42
_KEY_IN = 0.24
_SWATCH_IN = 0.15
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FILLS: dict[BarState, tuple[str, str]] = {
    "done": ("#C3DAEC", "////"),
    "under way": ("#0A3161", ""),
    "planned": (PAPER, ""),
    "stopped": (PAPER, "xxxx"),
}
_WINDOW_HATCH = "...."
_MOST_TICKS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class GanttBar:
    """An action: its name, first and last day, and how far it is."""

    label: str
    first: dt.date
    last: dt.date
    state: BarState


@dataclass(frozen=True, slots=True, kw_only=True)
class GanttSpan:
    """A break, a window or a marked month: its name, first and last day."""

    label: str
    first: dt.date
    last: dt.date


def draw_gantt(
    *,
    name: str,
    caption: str,
    bars: Sequence[GanttBar],
    breaks: Sequence[GanttSpan] = (),
    windows: Sequence[GanttSpan] = (),
    marks: Sequence[GanttSpan] = (),
    today: dt.date | None = None,
    alt: str = "",
) -> Figure:
    """Draw the actions of a plan over time.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    bars : sequence of GanttBar
        From top to bottom; at least one.
    breaks, windows : sequence of GanttSpan
        Behind the bars: breaks grey, windows dotted. What lies outside the bars is left out.
    marks : sequence of GanttSpan
        Named above the bars with a triangle and drawn over them between two lines, such as months with too few hours.
    today : date or None
        A line; None: none.
    alt : str
        Alternative text; empty: computed by `describe_gantt`.

    Returns
    -------
    Figure
        6.5 inches wide, as high as it has bars.

    Raises
    ------
    ValueError
        There is no bar, or one ends before it begins.
    """
    if not bars or any(bar.last < bar.first for bar in bars):
        msg = f"figure {name}: there is no bar, or one ends before it begins"
        raise ValueError(msg)
    first, last = _limit(bars)
    shown = [[span for span in spans if span.last >= first and span.first <= last] for spans in (breaks, windows)]
    with drawing_theme():
        labels = [wrap_text(bar.label, width_in=_LABEL_IN - 0.1, size_pt=SMALL_PT) for bar in bars]
        heights = [(label.count("\n") + 1) * _LINE_IN + _PAD_IN for label in labels]
        head = _MARK_IN * len(marks) + 0.08
        keys = _list_keys(bars, breaks=bool(shown[0]), windows=bool(shown[1]), today=today is not None)
        rows = _place_keys(keys)
        foot = _TICK_IN + _KEY_IN * (max((row for _, _, row in rows), default=-1) + 1) + 0.06
        sheet = start_sheet(height_in=head + sum(heights) + foot)
        axes = sheet.add_axes(
            left=_LABEL_IN, bottom=foot, width=WIDTH_IN - _LABEL_IN - MARGIN_IN - 0.1, height=head + sum(heights)
        )
        axes.set_xlim(first.toordinal(), last.toordinal() + 1)
        axes.set_ylim(sum(heights), -head)
        axes.set_yticks([])
        _set_ticks(axes, first=first, last=last)
        _draw_behind(axes, breaks=shown[0], windows=shown[1], height=sum(heights))
        y = 0.0
        for bar, label, height in zip(bars, labels, heights, strict=True):
            _draw_bar(axes, bar, middle=y + height / 2, height=min(height - 0.06, 0.19))
            sheet.write(label, x=MARGIN_IN, y=foot + sum(heights) - y - height / 2, size_pt=SMALL_PT)
            y += height
        _draw_marks(axes, sheet, marks=marks, height=sum(heights), head=head)
        if today is not None and first <= today <= last:
            day = today.toordinal()
            axes.plot([day, day], [0, sum(heights)], color=INK, linewidth=1.6, zorder=5)
        _draw_keys(sheet, rows, bottom=foot - _TICK_IN)
        png = sheet.to_png()
    text = alt or describe_gantt(bars=bars, breaks=shown[0], windows=shown[1], marks=marks, today=today)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=WIDTH_IN)


def describe_gantt(
    *,
    bars: Sequence[GanttBar],
    breaks: Sequence[GanttSpan] = (),
    windows: Sequence[GanttSpan] = (),
    marks: Sequence[GanttSpan] = (),
    today: dt.date | None = None,
) -> str:
    """Describe the actions of a plan over time in words.

    Parameters
    ----------
    bars, breaks, windows, marks, today
        As in `draw_gantt`.

    Returns
    -------
    str
        One sentence per bar and mark; breaks and windows are counted.
    """
    parts = [f"Chart of {count_of(len(bars), 'action')} over time."]
    parts += [f"{bar.label}: {name_day(bar.first)} to {name_day(bar.last)}, {bar.state}." for bar in bars]
    behind = [count_of(len(breaks), "break")] if breaks else []
    behind += [count_of(len(windows), "screening window")] if windows else []
    if behind:
        parts.append(f"Behind the bars: {join_words(behind)}.")
    if today is not None:
        parts.append(f"Newest data: {name_day(today)}.")
    parts += [f"Marked: {mark.label}." for mark in marks]
    return " ".join(parts)


def _limit(bars: Sequence[GanttBar]) -> tuple[dt.date, dt.date]:
    """Whole months from the first day to the last."""
    first, last = min(bar.first for bar in bars), max(bar.last for bar in bars)
    following = dt.date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return first.replace(day=1), following - dt.timedelta(days=1)


def _set_ticks(axes: Axes, *, first: dt.date, last: dt.date) -> None:
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next((size for size in (1, 2, 3, 6, 12, 24, 60, 120) if months / size <= _MOST_TICKS), 1200)
    numbers = [first.year * 12 + first.month - 1 + place for place in range(0, months, step)]
    days = [dt.date(number // 12, number % 12 + 1, 1) for number in numbers]
    labels = [
        f"{_MONTHS[day.month - 1]}\n{day.year}" if place == 0 or day.year != days[place - 1].year
        else f"{_MONTHS[day.month - 1]}\n "
        for place, day in enumerate(days)
    ]  # fmt: skip
    axes.set_xticks([day.toordinal() for day in days], labels, fontsize=SMALL_PT)


def _draw_behind(axes: Axes, *, breaks: Sequence[GanttSpan], windows: Sequence[GanttSpan], height: float) -> None:
    for span in breaks:
        axes.fill_betweenx([0, height], span.first.toordinal(), span.last.toordinal() + 1, color=BAND, zorder=0,
                           linewidth=0)  # fmt: skip
    for span in windows:
        axes.fill_betweenx([0, height], span.first.toordinal(), span.last.toordinal() + 1, facecolor=PAPER,
                           edgecolor=RULE, hatch=_WINDOW_HATCH, linewidth=0.8, zorder=1)  # fmt: skip


def _draw_bar(axes: Axes, bar: GanttBar, *, middle: float, height: float) -> None:
    colour, hatch = _FILLS[bar.state]
    axes.barh(
        middle,
        bar.last.toordinal() + 1 - bar.first.toordinal(),
        left=bar.first.toordinal(),
        height=height,
        color=colour,
        hatch=hatch,
        edgecolor=INK,
        linewidth=1.0,
        zorder=3,
    )


def _draw_marks(axes: Axes, sheet: Sheet, *, marks: Sequence[GanttSpan], height: float, head: float) -> None:
    style = ROLE_STYLES["concerning"]
    left, right = axes.get_xlim()
    for place, mark in enumerate(marks):
        y = -head + _MARK_IN * (place + 0.5)
        begin, end = mark.first.toordinal(), mark.last.toordinal() + 1
        for day in (begin, end):
            axes.plot([day, day], [y, height], color=style.line, linewidth=0.9, linestyle=style.line_style, zorder=4)
        axes.plot([(begin + end) / 2], [y], marker=style.marker, markersize=6, color=style.line, zorder=6,
                  clip_on=False)  # fmt: skip
        box = axes.get_position()
        inch = box.width * sheet.width_in / (right - left)
        middle = box.x0 * sheet.width_in + ((begin + end) / 2 - left) * inch
        top = (box.y0 + box.height) * sheet.height_in - _MARK_IN * (place + 0.5)
        wide = measure_line(mark.label, size_pt=SMALL_PT) + 0.1
        is_left = middle - wide > MARGIN_IN
        sheet.write(
            mark.label,
            x=middle - 0.1 if is_left else middle + 0.1,
            y=top,
            colour=style.text,
            size_pt=SMALL_PT,
            across="right" if is_left else "left",
        )


_Key = tuple[str, str, str]
"""Words, fill and hatch; the fill ``line`` is a line."""


def _list_keys(bars: Sequence[GanttBar], *, breaks: bool, windows: bool, today: bool) -> list[_Key]:
    states = dict.fromkeys(bar.state for bar in bars)
    keys: list[_Key] = [(state, *_FILLS[state]) for state in _FILLS if state in states]
    keys += [("break", BAND, "")] if breaks else []
    keys += [("screening window", PAPER, _WINDOW_HATCH)] if windows else []
    keys += [("newest data", "line", "")] if today else []
    return keys


def _place_keys(keys: Sequence[_Key]) -> list[tuple[_Key, float, int]]:
    placed = []
    x, row = MARGIN_IN, 0
    for key in keys:
        wide = _SWATCH_IN + 0.24 + measure_line(key[0], size_pt=SMALL_PT)
        if x > MARGIN_IN and x + wide > WIDTH_IN:
            x, row = MARGIN_IN, row + 1
        placed.append((key, x, row))
        x += wide
    return placed


def _draw_keys(sheet: Sheet, placed: Sequence[tuple[_Key, float, int]], *, bottom: float) -> None:
    for (words, colour, hatch), x, row in placed:
        y = bottom - _KEY_IN * (row + 0.5)
        if colour == "line":
            sheet.rule(x=(x + _SWATCH_IN / 2, x + _SWATCH_IN / 2), y=(y - 0.1, y + 0.1), colour=INK, width_pt=1.6)
        else:
            sheet.swatch(x=x, y=y, size=_SWATCH_IN, colour=colour, hatch=hatch)
        sheet.write(words, x=x + _SWATCH_IN + 0.06, y=y, colour=NOTE, size_pt=SMALL_PT)
