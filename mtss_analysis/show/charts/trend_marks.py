"""The marks of a trend: lines, intervals, points, and the marks of what is withheld or beyond the axis."""

from collections.abc import Sequence
from typing import Literal

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from mtss_analysis.show.charts.places import beyond, clip
from mtss_analysis.show.charts.sheet import LINE_IN, SMALL_PT, Sheet, measure_line
from mtss_analysis.show.charts.trend_frame import TrendFrame
from mtss_analysis.show.charts.values import Series, TrendBreak, Unit
from mtss_analysis.show.numbers import format_estimate, format_number
from mtss_analysis.show.palette import PAPER, ROLE_STYLES, RoleStyle

_THIN_PT = 0.8
_CROWDED_IN = 0.5
_FOOT_IN = 0.1
_ASIDE_IN = 0.08
_ARROW_HEAD_PT = 3.5


def draw_series(axes: Axes, *, frame: TrendFrame, line: Series, dodge: float, breaks: Sequence[TrendBreak]) -> None:
    """Draw one series on axes whose x axis is in inches from the left of the sheet.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    frame : TrendFrame
        Where the points lie.
    line : Series
        What to draw; gaps stay gaps.
    dodge : float
        How far the series is set aside, inches.
    breaks : sequence of TrendBreak
        Which points no line connects.
    """
    style = ROLE_STYLES[line.role]
    level = 2.0 if style.behind else 4.0
    runs = _split_runs(line, breaks)
    drawn = [(run, place, value) for run, points in enumerate(runs) for place, value in points]
    if drawn:
        sns.lineplot(
            x=[frame.x(place) + dodge for _, place, _ in drawn],
            y=[clip(value, frame.limits) for _, _, value in drawn],
            units=[run for run, _, _ in drawn],
            estimator=None,
            errorbar=None,
            legend=False,
            ax=axes,
            color=style.line,
            linewidth=style.width_pt if line.label else _THIN_PT,
            linestyle=style.line_style,
            zorder=level,
        )
        axes.set(xlabel="", ylabel="")
    for points in runs:
        _draw_intervals(axes, frame, line, [place for place, _ in points], dodge=dodge, level=level)
    within = [(frame.x(place) + dodge, value) for _, place, value in drawn if not beyond(value, frame.limits)]
    if line.label:
        size = 5.5 if style.behind or frame.spacing < _CROWDED_IN else 7.0
        _mark(axes, within, style=style, marker=style.marker, size=size, level=level + 1)
    for side, marker in ((-1, "v"), (1, "^")):
        over = [
            (frame.x(place) + dodge, clip(value, frame.limits))
            for _, place, value in drawn
            if beyond(value, frame.limits) == side
        ]
        _mark(axes, over, style=style, marker=marker, size=8.0, level=6)
    foot = frame.limits[0] + _FOOT_IN / frame.height * (frame.limits[1] - frame.limits[0])
    crosses = [(frame.x(place) + dodge, foot) for place in range(frame.n_points) if line.is_withheld(place)]
    _mark(axes, crosses, style=style, marker="x", size=7.0, level=level + 1)


def write_values_beyond(
    sheet: Sheet, *, frame: TrendFrame, series: Sequence[Series], dodges: Sequence[float], unit: Unit
) -> None:
    """Write the value beside every arrow of a value beyond the axis, in as many lines as keep them apart."""
    placed: list[tuple[int, int, float, float]] = []
    for place, line, dodge in [
        (place, line, dodge) for place in range(frame.n_points) for line, dodge in zip(series, dodges, strict=True)
    ]:
        value = line.values[place]
        side = beyond(value, frame.limits) if value is not None else 0
        if value is None or side == 0:
            continue
        text = f"{format_number(value, decimals=0)}%" if unit == "percent" else format_estimate(value)
        x = frame.x(place) + dodge
        width = measure_line(text, size_pt=SMALL_PT)
        left = x + _ASIDE_IN if place < frame.n_points - 1 else x - _ASIDE_IN - width
        rank = 0
        while any(
            (side, rank) == other[:2] and left < other[3] + _ASIDE_IN / 2 and other[2] < left + width + _ASIDE_IN / 2
            for other in placed
        ):
            rank += 1
        placed.append((side, rank, left, left + width))
        y = frame.y(clip(value, frame.limits)) - side * (0.05 + rank * SMALL_PT * LINE_IN)
        up: Literal["top", "bottom"] = "top" if side > 0 else "bottom"
        written = sheet.write(text, x=left, y=y, colour=ROLE_STYLES[line.role].text, size_pt=SMALL_PT, up=up)
        written.set_path_effects([Stroke(linewidth=3.0, foreground=PAPER), Normal()])


def _split_runs(line: Series, breaks: Sequence[TrendBreak]) -> list[list[tuple[int, float]]]:
    starts = {entry.before for entry in breaks}
    runs: list[list[tuple[int, float]]] = []
    for place, value in enumerate(line.values):
        if value is None:
            continue
        if runs and runs[-1][-1][0] == place - 1 and place not in starts:
            runs[-1].append((place, value))
        else:
            runs.append([(place, value)])
    return runs


def _draw_intervals(
    axes: Axes, frame: TrendFrame, line: Series, places: Sequence[int], *, dodge: float, level: float
) -> None:
    style = ROLE_STYLES[line.role]
    ends = [(place, *line.interval(place)) for place in places]
    known = [(frame.x(place) + dodge, low, high) for place, low, high in ends if low is not None and high is not None]
    if not known:
        return
    xs = [x for x, _, _ in known]
    low = [clip(end, frame.limits) for _, end, _ in known]
    high = [clip(end, frame.limits) for _, _, end in known]
    if style.behind and len(known) > 1:
        axes.fill_between(xs, low, high, color=style.line, alpha=0.16, linewidth=0, zorder=level - 1)
    else:
        axes.vlines(xs, low, high, color=style.line, linewidth=1.3, zorder=level)
        over = [(x, clip(end, frame.limits)) for x, *both in known for end in both if end > frame.limits[1]]
        under = [(x, clip(end, frame.limits)) for x, *both in known for end in both if end < frame.limits[0]]
        _mark(axes, over, style=style, marker="^", size=_ARROW_HEAD_PT, level=level)
        _mark(axes, under, style=style, marker="v", size=_ARROW_HEAD_PT, level=level)


def _mark(
    axes: Axes,
    places: Sequence[tuple[float, float]],
    *,
    style: RoleStyle,
    marker: str,
    size: float,
    level: float,
) -> None:
    hollow = style.hollow and marker == style.marker and size > _ARROW_HEAD_PT
    axes.plot(
        [x for x, _ in places],
        [y for _, y in places],
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor=PAPER if hollow else style.line,
        markeredgecolor=style.line,
        markeredgewidth=1.4,
        clip_on=False,
        zorder=level,
    )
