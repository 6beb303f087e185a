"""Estimates with their intervals, one a row, against a line of no difference."""

from collections.abc import Sequence

from mtss_analysis.show.charts.alt_text import describe_intervals
from mtss_analysis.show.charts.places import beyond, choose_limits, clip
from mtss_analysis.show.charts.rows import RowSheet, RowText, draw_reference_lines, lay_rows
from mtss_analysis.show.charts.sheet import HARD_SPACE, PRINTED_IN, drawing_theme
from mtss_analysis.show.charts.values import Band, IntervalRow, Limits, ReferenceLine, Unit
from mtss_analysis.show.display import Figure
from mtss_analysis.show.numbers import format_with_interval
from mtss_analysis.show.palette import BAND, PAPER, ROLE_STYLES, Role

BEYOND_AXIS_NOTE = "Arrow heads: the estimate or its interval goes beyond the axis"

_ARROWS = {-1: "<", 1: ">"}


def draw_intervals(
    *,
    name: str,
    caption: str,
    rows: Sequence[IntervalRow],
    x_label: str,
    alt: str = "",
    limits: Limits | None = None,
    unit: Unit = "number",
    lines: Sequence[ReferenceLine] = (),
    band: Band | None = None,
    less: str = "",
    more: str = "",
    annotation_title: str = "",
    signed: bool = False,
    note: str = "",
) -> Figure:
    """Draw a dot and an interval for each row, in the order given.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    rows : sequence of IntervalRow
        From top to bottom, 40 at most. A row without an estimate prints its reason in grey.
    x_label : str
        What is measured, with its unit; printed above.
    alt : str
        Alternative text; empty: computed by `describe_intervals`.
    limits : tuple of float or None
        Axis limits; give the same ones in every school. None: chosen from the values and reference lines.
    unit : {'number', 'percent'}
        Unit of the axis.
    lines : sequence of ReferenceLine
        Vertical lines to compare with, named above the axes; rows are compared with the first.
    band : Band or None
        Shaded range to compare with, named above the axes.
    less, more : str
        What lower and higher mean, printed under the ends of the axis.
    annotation_title : str
        Title of the numbers at the right, such as "estimate (likely range)".
    signed : bool
        Whether estimates carry their sign.
    note : str
        Printed small under the chart.

    Returns
    -------
    Figure
        6.5 inches wide.

    Raises
    ------
    ValueError
        There are more than 40 rows.
    """
    numbers = [number for row in rows for number in (row.estimate, row.low, row.high) if number is not None]
    around = [line.value for line in lines] + ([band.low, band.high] if band else [])
    shown = limits or choose_limits(numbers, unit=unit, include=around)
    outside = any(beyond(number, shown) for number in numbers)
    tops = list(lines)
    if band is not None:
        # Not the middle of the band, where the line that it surrounds has its own name.
        low, high = clip(band.low, shown), clip(band.high, shown)
        tops.append(ReferenceLine(value=low + 0.75 * (high - low), label=band.label))
    with drawing_theme():
        laid = lay_rows(
            rows=[_write_row(row, unit=unit, signed=signed) for row in rows],
            title=x_label,
            limits=shown,
            unit=unit,
            lines=tops,
            less=f"←{HARD_SPACE}{less}" if less else "",
            more=f"{more}{HARD_SPACE}→" if more else "",
            ticked=bool(numbers) or limits is not None,
            right_title=annotation_title,
            note=" · ".join(part for part in (note, BEYOND_AXIS_NOTE if outside else "") if part),
        )
        if band is not None:
            laid.axes.axvspan(clip(band.low, shown), clip(band.high, shown), color=BAND, linewidth=0, zorder=0)
        draw_reference_lines(laid, lines)
        for role in dict.fromkeys(row.role for row in rows):
            _draw_role(laid, rows, role)
        png = laid.sheet.to_png()
    text = alt or describe_intervals(rows=rows, x_label=x_label, lines=lines, limits=shown, unit=unit)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=PRINTED_IN)


def _write_row(row: IntervalRow, *, unit: Unit, signed: bool) -> RowText:
    if row.heading:
        return RowText(label=row.label, heading=True)
    if row.estimate is None:
        return RowText(label=row.label, inside=row.reason or "no estimate")
    after = "%" if unit == "percent" else ""
    words = row.annotation
    if words is None:
        words = format_with_interval(row.estimate, low=row.low, high=row.high, unit=after, signed=signed)
        words = words.replace(" to ", f"{HARD_SPACE}to{HARD_SPACE}")
    return RowText(label=row.label, right=words)


def _draw_role(laid: RowSheet, rows: Sequence[IntervalRow], role: Role) -> None:
    style = ROLE_STYLES[role]
    marker = "o" if style.marker in {".", "|"} else style.marker
    dots: list[tuple[float, float]] = []
    for row, y in zip(rows, laid.centres, strict=True):
        if row.estimate is None or row.role != role:
            continue
        side = beyond(row.estimate, laid.limits)
        if side:
            _mark(
                laid,
                [(clip(row.estimate, laid.limits), y)],
                marker=_ARROWS[side],
                size=9.0,
                colour=style.line,
            )
        else:
            dots.append((row.estimate, y))
        for end in (row.low, row.high):
            end_side = beyond(end, laid.limits) if end is not None else 0
            if end is not None and end_side not in (0, side):
                _mark(laid, [(clip(end, laid.limits), y)], marker=_ARROWS[end_side], size=5.0, colour=style.line)
    bars = [
        (y, clip(row.low, laid.limits), clip(row.high, laid.limits))
        for row, y in zip(rows, laid.centres, strict=True)
        if row.role == role and row.estimate is not None and row.low is not None and row.high is not None
    ]
    if bars:
        ys, lows, highs = zip(*bars, strict=True)
        laid.axes.hlines(ys, lows, highs, color=style.line, linewidth=1.8, zorder=2)
    _mark(laid, dots, marker=marker, size=7.5, colour=style.line, hollow=style.hollow)


def _mark(
    laid: RowSheet,
    places: Sequence[tuple[float, float]],
    *,
    marker: str,
    size: float,
    colour: str,
    hollow: bool = False,
) -> None:
    laid.axes.plot(
        [x for x, _ in places],
        [y for _, y in places],
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=PAPER if hollow else colour,
        markeredgecolor=colour,
        markeredgewidth=1.5,
        clip_on=False,
        zorder=3,
    )
