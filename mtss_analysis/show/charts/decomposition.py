"""A change taken apart: what comes of who is counted (mix), and what of how they do (rate)."""

from collections.abc import Sequence

from matplotlib.patheffects import Normal, Stroke

from mtss_analysis.show.charts.alt_text import describe_decomposition
from mtss_analysis.show.charts.intervals import BEYOND_AXIS_NOTE
from mtss_analysis.show.charts.places import beyond, choose_limits, clip
from mtss_analysis.show.charts.rows import RowSheet, RowText, draw_reference_lines, lay_rows
from mtss_analysis.show.charts.sheet import HARD_SPACE, PRINTED_IN, WIDTH_IN, drawing_theme
from mtss_analysis.show.charts.values import Limits, Part, PartKind, ReferenceLine
from mtss_analysis.show.display import Figure
from mtss_analysis.show.numbers import format_with_interval
from mtss_analysis.show.palette import INK, PAPER, SHARE_FILLS

_FILLS: dict[PartKind, tuple[str, str]] = {
    "mix": (SHARE_FILLS[3], "...."),
    "rate": (SHARE_FILLS[2], ""),
    "total": (SHARE_FILLS[1], ""),
}


def draw_decomposition(
    *,
    name: str,
    caption: str,
    parts: Sequence[Part],
    x_label: str,
    alt: str = "",
    limits: Limits | None = None,
    less: str = "",
    more: str = "",
    annotation_title: str = "",
    note: str = "",
) -> Figure:
    """Draw the parts of a change as bars from zero, with their intervals.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    parts : sequence of Part
        From top to bottom; a line is drawn above a total. A part without an estimate prints its reason.
    x_label : str
        What changed, with its unit; printed above.
    alt : str
        Alternative text; empty: computed by `describe_decomposition`.
    limits : tuple of float or None
        Axis limits; give the same ones in every school. None: chosen from the values and 0.
    less, more : str
        What lower and higher mean, printed under the ends of the axis.
    annotation_title : str
        Title of the numbers at the right.
    note : str
        Printed small under the chart.

    Returns
    -------
    Figure
        6.5 inches wide.
    """
    numbers = [number for part in parts for number in (part.estimate, part.low, part.high) if number is not None]
    shown = limits or choose_limits(numbers, include=(0.0,))
    zero = [ReferenceLine(value=0.0, label="no change")]
    outside = any(beyond(number, shown) for number in numbers)
    with drawing_theme():
        laid = lay_rows(
            rows=[_write_row(part) for part in parts],
            title=x_label,
            limits=shown,
            lines=zero,
            less=f"←{HARD_SPACE}{less}" if less else "",
            more=f"{more}{HARD_SPACE}→" if more else "",
            ticked=bool(numbers) or limits is not None,
            right_title=annotation_title,
            note=" · ".join(piece for piece in (note, BEYOND_AXIS_NOTE if outside else "") if piece),
        )
        draw_reference_lines(laid, zero)
        for part, centre in zip(parts, laid.centres, strict=True):
            if part.estimate is not None:
                _draw_part(laid, part, part.estimate, centre)
        _separate_totals(laid, parts)
        png = laid.sheet.to_png()
    text = alt or describe_decomposition(parts=parts, x_label=x_label)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=PRINTED_IN)


def _write_row(part: Part) -> RowText:
    if part.estimate is None:
        return RowText(label=part.label, inside=part.reason or "no estimate", least_height_in=0.42)
    words = format_with_interval(part.estimate, low=part.low, high=part.high, signed=True)
    words = words.replace(" to ", f"{HARD_SPACE}to{HARD_SPACE}")
    return RowText(label=part.label, right=words, least_height_in=0.42)


def _draw_part(laid: RowSheet, part: Part, estimate: float, y: float) -> None:
    fill, hatch = _FILLS[part.kind]
    start, end = clip(0.0, laid.limits), clip(estimate, laid.limits)
    laid.axes.barh(
        y,
        end - start,
        left=start,
        height=0.26,
        color=fill,
        hatch=hatch,
        edgecolor=INK,
        linewidth=0.8,
        zorder=2,
    )
    if part.low is not None and part.high is not None:
        ends = (clip(part.low, laid.limits), clip(part.high, laid.limits))
        # A white edge keeps the interval visible on the bar and off it.
        edge = [Stroke(linewidth=4.0, foreground=PAPER), Normal()]
        laid.axes.plot(ends, (y, y), color=INK, linewidth=1.6, solid_capstyle="butt", zorder=3, path_effects=edge)
    for number in (part.low, estimate, part.high):
        if number is not None and beyond(number, laid.limits):
            marker = ">" if number > laid.limits[1] else "<"
            laid.axes.plot(
                clip(number, laid.limits), y, marker=marker, markersize=6, color=INK, clip_on=False, zorder=4
            )


def _separate_totals(laid: RowSheet, parts: Sequence[Part]) -> None:
    for place, part in enumerate(parts):
        if part.kind == "total" and place > 0:
            y = laid.bottom + (laid.centres[place - 1] + laid.centres[place]) / 2
            laid.sheet.rule(x=(0.06, WIDTH_IN - 0.06), y=(y, y), colour="#8C8C8C")
