"""Trends: one line a group or school, comparisons in grey behind, every line named at its end."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from mtss_analysis.show.charts.alt_text import describe_trend
from mtss_analysis.show.charts.axis_labels import fit_axis_labels
from mtss_analysis.show.charts.end_labels import LABEL_GAP_IN, collect_labels, write_labels
from mtss_analysis.show.charts.places import beyond, choose_limits, choose_ticks, clip, spread
from mtss_analysis.show.charts.sheet import (
    MARGIN_IN,
    PRINTED_IN,
    SMALL_PT,
    WIDTH_IN,
    Sheet,
    drawing_theme,
    measure_line,
    measure_text,
    start_sheet,
    wrap_text,
)
from mtss_analysis.show.charts.trend_frame import EDGE_IN, TrendFrame, measure_spacing
from mtss_analysis.show.charts.trend_marks import draw_series, write_values_beyond
from mtss_analysis.show.charts.values import Band, Limits, ReferenceLine, Series, TrendBreak, Unit
from mtss_analysis.show.display import Figure
from mtss_analysis.show.numbers import format_number
from mtss_analysis.show.palette import BAND, NOTE, ROLE_STYLES, RULE

WITHHELD_REASON = "too few students to print"
BEYOND_NOTE = "▲▼ beyond the axis, with its value"
INTERVAL_BEYOND_NOTE = "Arrow heads: the interval goes beyond the axis"

_BREAK_LABEL_IN = 1.6
_EMPTY_IN = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trend:
    """What is to be drawn, checked."""

    series: Sequence[Series]
    x_labels: Sequence[str]
    y_label: str
    limits: Limits
    unit: Unit
    band: Band | None
    lines: Sequence[ReferenceLine]
    breaks: Sequence[TrendBreak]
    note: str
    axes_height_in: float
    ticked: bool

    @property
    def is_empty(self) -> bool:
        return all(value is None for line in self.series for value in line.values)


def draw_trend(
    *,
    name: str,
    caption: str,
    series: Sequence[Series],
    x_labels: Sequence[str],
    y_label: str,
    alt: str = "",
    limits: Limits | None = None,
    unit: Unit = "number",
    band: Band | None = None,
    lines: Sequence[ReferenceLine] = (),
    breaks: Sequence[TrendBreak] = (),
    note: str = "",
    withheld_reason: str = WITHHELD_REASON,
    axes_height_in: float = 1.7,
) -> Figure:
    """Draw values over time with their intervals.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    series : sequence of Series
        Comparison roles are drawn behind with shaded intervals, the others in front with bars. A gap stays a
        gap; a withheld point has a cross at the foot of the axes; a value beyond the limits an arrow with its
        number.
    x_labels : sequence of str
        One for each point, in time order; may hold line breaks. Where they do not fit, only every second,
        third … is printed, the last one always.
    y_label : str
        What is measured, with its unit; printed above the axes.
    alt : str
        Alternative text; empty: computed by `describe_trend`.
    limits : tuple of float or None
        Axis limits; give the same ones in every school. None: chosen from the values.
    unit : {'number', 'percent'}
        A percent axis that does not start at 0 says so.
    band : Band or None
        Shaded range to compare with.
    lines : sequence of ReferenceLine
        Horizontal lines to compare with.
    breaks : sequence of TrendBreak
        Where the measure changed: no line crosses it.
    note : str
        Printed small under the chart.
    withheld_reason : str
        Printed under the chart beside the mark of a withheld point.
    axes_height_in : float
        Height of the axes, inches; more where the labels need it.

    Returns
    -------
    Figure
        6.5 inches wide.

    Raises
    ------
    ValueError
        A series has another number of values than there are labels.
    """
    if any(len(line.values) != len(x_labels) for line in series):
        msg = f"figure {name}: a series has another number of values than there are x labels ({len(x_labels)})"
        raise ValueError(msg)
    numbers = [number for line in series for number in (*line.values, *line.low, *line.high) if number is not None]
    around = [line.value for line in lines] + ([band.low, band.high] if band else [])
    shown = limits or choose_limits(numbers, unit=unit, include=around)
    trend = _Trend(
        series=series,
        x_labels=x_labels,
        y_label=y_label,
        limits=shown,
        unit=unit,
        band=band,
        lines=lines,
        breaks=breaks,
        note=_write_note(series, shown, unit, note, withheld_reason),
        axes_height_in=axes_height_in,
        ticked=limits is not None or unit == "percent" or bool(numbers or around),
    )
    with drawing_theme():
        png = _lay_trend(trend).to_png()
    text = alt or describe_trend(series=series, x_labels=x_labels, y_label=y_label, limits=shown, unit=unit)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=PRINTED_IN)


def _lay_trend(trend: _Trend) -> Sheet:
    ticks, tick_texts = choose_ticks(trend.limits, unit=trend.unit) if trend.ticked else ([], [])
    named = [] if trend.is_empty else trend.series
    labels = collect_labels(series=named, limits=trend.limits, band=trend.band, lines=trend.lines)
    left = MARGIN_IN + max([measure_line(text, size_pt=SMALL_PT) for text in tick_texts] or [0.2]) + 0.09
    right = max([label.size[0] + LABEL_GAP_IN for label in labels] or [0.0]) + MARGIN_IN
    width = WIDTH_IN - left - right
    height = _EMPTY_IN if trend.is_empty else trend.axes_height_in
    height = max(height, sum(label.size[1] for label in labels))

    n_points = len(trend.x_labels)
    edge = 2 * (left + EDGE_IN - MARGIN_IN)
    x_texts, x_size = fit_axis_labels(trend.x_labels, room=measure_spacing(width, n_points), edge=edge)
    x_height = max([measure_text(text, size_pt=x_size)[1] for text in x_texts] or [0.0]) + 0.12
    notes = wrap_text(trend.note, width_in=WIDTH_IN - 2 * MARGIN_IN, size_pt=SMALL_PT)
    note_height = measure_text(notes, size_pt=SMALL_PT)[1] + 0.08 if notes else 0.0
    title = wrap_text(trend.y_label, width_in=WIDTH_IN - 2 * MARGIN_IN)
    title_height = measure_text(title)[1] + 0.1
    break_texts = [wrap_text(entry.label, width_in=_BREAK_LABEL_IN, size_pt=SMALL_PT) for entry in trend.breaks]
    break_height = max([measure_text(text, size_pt=SMALL_PT)[1] for text in break_texts] or [0.0]) + 0.04

    bottom = MARGIN_IN + note_height + x_height
    sheet = start_sheet(height_in=bottom + height + break_height + title_height + MARGIN_IN)
    frame = TrendFrame(left=left, bottom=bottom, width=width, height=height, limits=trend.limits, n_points=n_points)
    sheet.write(title, x=MARGIN_IN, y=sheet.height_in - MARGIN_IN, up="top")
    sheet.write(notes, x=MARGIN_IN, y=MARGIN_IN, colour=NOTE, size_pt=SMALL_PT, up="bottom")
    axes = _prepare_axes(sheet, frame, ticks, tick_texts)
    axes.set_xticks([frame.x(place) for place in range(n_points)], x_texts, fontsize=x_size, linespacing=1.1)
    if trend.is_empty:
        middle = (left + width / 2, bottom + height / 2)
        sheet.write("no value can be shown", x=middle[0], y=middle[1], colour=NOTE, across="center")
    _draw_comparisons(axes, trend)
    _draw_breaks(sheet, frame, trend.breaks, break_texts)
    dodges = frame.dodge(trend.series)
    for line, dodge in zip(trend.series, dodges, strict=True):
        draw_series(axes, frame=frame, line=line, dodge=dodge, breaks=trend.breaks)
    write_values_beyond(sheet, frame=frame, series=trend.series, dodges=dodges, unit=trend.unit)
    write_labels(sheet, frame=frame, labels=labels, dodges=dodges)
    return sheet


def _prepare_axes(sheet: Sheet, frame: TrendFrame, ticks: Sequence[float], texts: Sequence[str]) -> Axes:
    axes = sheet.add_axes(left=frame.left, bottom=frame.bottom, width=frame.width, height=frame.height)
    # The x axis is in inches, so that marks can be set side by side by inches.
    axes.set_xlim(frame.left, frame.left + frame.width)
    axes.set_ylim(*frame.limits)
    axes.set_yticks(ticks, texts)
    axes.grid(visible=True, axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def _draw_comparisons(axes: Axes, trend: _Trend) -> None:
    if trend.band is not None:
        low, high = clip(trend.band.low, trend.limits), clip(trend.band.high, trend.limits)
        axes.axhspan(low, high, color=BAND, linewidth=0, zorder=0)
    style = ROLE_STYLES["benchmark"]
    for line in trend.lines:
        axes.axhline(line.value, color=style.line, linewidth=style.width_pt, linestyle=style.line_style, zorder=1)


def _draw_breaks(sheet: Sheet, frame: TrendFrame, breaks: Sequence[TrendBreak], texts: Sequence[str]) -> None:
    top = frame.bottom + frame.height
    wanted = [frame.x(entry.before - 0.5) for entry in breaks]
    sizes = [measure_text(text, size_pt=SMALL_PT)[0] + 0.12 for text in texts]
    centres = spread(wanted=wanted, sizes=sizes, low=0, high=sheet.width_in)
    for x, text, centre in zip(wanted, texts, centres, strict=True):
        sheet.rule(x=(x, x), y=(frame.bottom, top), colour=NOTE, width_pt=1.0, style=(0, (1.5, 2)))
        sheet.write(text, x=centre, y=top + 0.03, colour=NOTE, size_pt=SMALL_PT, across="center", up="bottom")


def _write_note(series: Sequence[Series], limits: Limits, unit: Unit, note: str, withheld_reason: str) -> str:
    values = [value for line in series for value in line.values if value is not None]
    ends = [end for line in series for end in (*line.low, *line.high) if end is not None]
    parts = [note] if note else []
    if unit == "percent" and limits[0] > 0:
        parts.append(f"The axis starts at {format_number(limits[0], decimals=0)}%, not at 0%")
    if any(beyond(value, limits) for value in values):
        parts.append(BEYOND_NOTE)
    elif any(beyond(end, limits) for end in ends):
        parts.append(INTERVAL_BEYOND_NOTE)
    if any(any(line.withheld) for line in series):
        parts.append(f"× withheld: {withheld_reason}")
    return " · ".join(parts)
