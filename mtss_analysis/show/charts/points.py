"""Points in a plane with their intervals, and curves to compare them with: funnels, level against change."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from mtss_analysis.show.charts.alt_text import MOST_CHARACTERS
from mtss_analysis.show.charts.places import beyond, choose_limits, choose_ticks, clip, spread
from mtss_analysis.show.charts.sheet import (
    LINE_IN,
    MARGIN_IN,
    PRINTED_IN,
    SMALL_PT,
    WIDTH_IN,
    Sheet,
    drawing_theme,
    measure_text,
    start_sheet,
    wrap_text,
)
from mtss_analysis.show.charts.values import Limits
from mtss_analysis.show.display import Figure
from mtss_analysis.show.naming import count_of, join_words
from mtss_analysis.show.numbers import format_estimate
from mtss_analysis.show.palette import NOTE, PAPER, ROLE_STYLES, RULE, Role

_LEFT_IN = 0.62
_RIGHT_IN = 1.25
_PLOT_IN = 3.3
_ROOM_FOR_REST = 90
"""Characters of the alternative text that are kept for the points that are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point with its intervals.

    Parameters
    ----------
    x, y : float
        Its place.
    low, high : float or None
        Interval of ``y``.
    x_low, x_high : float or None
        Interval of ``x``.
    role : Role
        Fixes colour and marker.
    key : str
        A letter or two printed beside the point; empty: none.
    name : str
        What the alternative text calls it; empty: it is only counted.
    """

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    role: Role = "others"
    key: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A line through places, named at its right end; an empty label: not named."""

    x: Sequence[float]
    y: Sequence[float]
    label: str
    role: Role = "benchmark"


def draw_points(
    *,
    name: str,
    caption: str,
    points: Sequence[Point],
    x_label: str,
    y_label: str,
    finding: str,
    curves: Sequence[Curve] = (),
    x_limits: Limits | None = None,
    y_limits: Limits | None = None,
    note: str = "",
) -> Figure:
    """Draw points, behind them curves.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    points : sequence of Point
        At least one; those in the role ``others`` are drawn behind.
    x_label, y_label : str
        What is measured, with its unit; ``y_label`` is printed above.
    finding : str
        The answer, with which the alternative text begins.
    curves : sequence of Curve
        To compare with.
    x_limits, y_limits : tuple of float or None
        None: chosen from the values. What lies beyond is drawn at the edge as an arrow head.
    note : str
        Printed small under the chart.

    Returns
    -------
    Figure
        6.5 inches wide.

    Raises
    ------
    ValueError
        There is no point.
    """
    if not points:
        msg = "there is no point to draw; say so in a sentence"
        raise ValueError(msg)
    across = x_limits or choose_limits(_numbers([(p.x, p.x_low, p.x_high) for p in points]))
    up = y_limits or choose_limits(_numbers([(p.y, p.low, p.high) for p in points]))
    with drawing_theme():
        sheet, axes = _lay_out(x_label=x_label, y_label=y_label, note=note, across=across, up=up)
        for curve in curves:
            style = ROLE_STYLES[curve.role]
            inside = [(x, clip(y, up)) for x, y in zip(curve.x, curve.y, strict=True)]
            axes.plot(
                [x for x, _ in inside],
                [y for _, y in inside],
                color=style.line,
                linewidth=style.width_pt,
                linestyle=style.line_style,
                zorder=1,
            )
        for point in sorted(points, key=lambda one: not ROLE_STYLES[one.role].behind):
            _draw_point(axes, point, across=across, up=up)
        _name_curves(sheet, axes, curves, up=up)
        png = sheet.to_png()
    alt = _describe(points, x_label=x_label, y_label=y_label, finding=finding)
    return Figure(name=name, caption=caption, alt=alt, png=png, width_in=PRINTED_IN)


def _numbers(triples: Sequence[tuple[float | None, ...]]) -> list[float]:
    return [number for triple in triples for number in triple if number is not None]


def _lay_out(*, x_label: str, y_label: str, note: str, across: Limits, up: Limits) -> tuple[Sheet, Axes]:
    wide = WIDTH_IN - 2 * MARGIN_IN
    title = wrap_text(y_label, width_in=wide)
    below = wrap_text(x_label, width_in=wide - _LEFT_IN)
    notes = wrap_text(note, width_in=wide, size_pt=SMALL_PT)
    note_height = measure_text(notes, size_pt=SMALL_PT)[1] + 0.08 if note else 0.0
    below_height = measure_text(below)[1] + 0.06
    bottom = MARGIN_IN + note_height + below_height + SMALL_PT * LINE_IN + 0.1
    top = bottom + _PLOT_IN
    sheet = start_sheet(height_in=top + measure_text(title)[1] + 0.16 + MARGIN_IN)
    axes = sheet.add_axes(left=_LEFT_IN, bottom=bottom, width=WIDTH_IN - _LEFT_IN - _RIGHT_IN, height=_PLOT_IN)
    axes.set_xlim(*across)
    axes.set_ylim(*up)
    axes.set_xticks(*choose_ticks(across))
    axes.set_yticks(*choose_ticks(up, most=6))
    axes.grid(visible=True, axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    sheet.write(title, x=MARGIN_IN, y=sheet.height_in - MARGIN_IN, up="top")
    sheet.write(below, x=_LEFT_IN, y=MARGIN_IN + note_height + below_height - 0.02, up="top")
    sheet.write(notes, x=MARGIN_IN, y=MARGIN_IN, colour=NOTE, size_pt=SMALL_PT, up="bottom")
    return sheet, axes


def _draw_point(axes: Axes, point: Point, *, across: Limits, up: Limits) -> None:
    style = ROLE_STYLES[point.role]
    x, y = clip(point.x, across), clip(point.y, up)
    side = beyond(point.y, up)
    layer = 2 if style.behind else 4
    thin = 0.7 if style.behind else 1.3
    if point.low is not None and point.high is not None:
        axes.vlines([x], clip(point.low, up), clip(point.high, up), color=style.line, linewidth=thin, zorder=layer)
    if point.x_low is not None and point.x_high is not None:
        axes.hlines(
            [y], clip(point.x_low, across), clip(point.x_high, across), color=style.line, linewidth=thin, zorder=layer
        )
    axes.plot(
        [x],
        [y],
        linestyle="none",
        marker={-1: "v", 0: "o" if style.marker == "." else style.marker, 1: "^"}[side],
        markersize=4.5 if style.behind else 7.0,
        markerfacecolor=PAPER if style.hollow else style.line,
        markeredgecolor=style.line,
        clip_on=False,
        zorder=layer + 1,
    )
    if point.key:
        axes.annotate(
            point.key,
            (x, y),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=SMALL_PT,
            color=style.text,
            annotation_clip=False,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4},
            zorder=layer + 2,
        )


def _name_curves(sheet: Sheet, axes: Axes, curves: Sequence[Curve], *, up: Limits) -> None:
    named = [curve for curve in curves if curve.label]
    if not named:
        return
    place = axes.get_position()
    bottom, height = place.y0 * sheet.height_in, place.height * sheet.height_in
    texts = [wrap_text(curve.label, width_in=_RIGHT_IN - 0.1, size_pt=SMALL_PT) for curve in named]
    sizes = [measure_text(text, size_pt=SMALL_PT)[1] + 0.04 for text in texts]
    low, high = up
    wanted = [bottom + (clip(curve.y[-1], up) - low) / (high - low) * height for curve in named]
    centres = spread(wanted=wanted, sizes=sizes, low=bottom - 0.1, high=bottom + height + 0.1)
    for curve, text, centre in zip(named, texts, centres, strict=True):
        sheet.write(
            text,
            x=WIDTH_IN - _RIGHT_IN + 0.08,
            y=centre,
            size_pt=SMALL_PT,
            colour=ROLE_STYLES[curve.role].text,
        )


def _describe(points: Sequence[Point], *, x_label: str, y_label: str, finding: str) -> str:
    named = [point for point in points if point.name]
    parts = [finding, f"{count_of(len(points), 'point')}: {y_label}, against {x_label[0].lower()}{x_label[1:]}."]
    told: list[str] = []
    for point in named:
        words = f"{point.name}: {format_estimate(point.y, low=point.low, high=point.high)}"
        if len(" ".join(parts)) + len("; ".join([*told, words])) > MOST_CHARACTERS - _ROOM_FOR_REST:
            break
        told.append(words)
    if told:
        parts.append(f"{'; '.join(told)}.")
    if len(named) > len(told):
        parts.append(f"{count_of(len(named) - len(told), 'more point')} in the table.")
    if len(named) < len(points):
        others = [point.y for point in points if not point.name]
        ends = [format_estimate(value, low=min(others), high=max(others)) for value in (min(others), max(others))]
        parts.append(f"{count_of(len(others), 'other point')} between {join_words(ends)}.")
    return " ".join(parts)
