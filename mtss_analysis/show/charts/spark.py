"""A trend in the space of a word, for page one."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes

from mtss_analysis.show.charts.alt_text import describe_spark
from mtss_analysis.show.charts.places import choose_limits, clip
from mtss_analysis.show.charts.sheet import SMALL_PT, drawing_theme, measure_line, start_sheet
from mtss_analysis.show.charts.values import Limits, Unit
from mtss_analysis.show.display import Figure
from mtss_analysis.show.palette import NOTE, ROLE_STYLES, Role, RoleStyle

SPARK_WIDTH_IN = 1.6
SPARK_HEIGHT_IN = 0.5

_SIDE_IN = 0.08
_FOOT_IN = 0.06


def draw_spark(
    *,
    name: str,
    caption: str,
    values: Sequence[float | None],
    what: str = "",
    alt: str = "",
    low: Sequence[float | None] = (),
    high: Sequence[float | None] = (),
    limits: Limits | None = None,
    reference: float | None = None,
    end_label: str = "",
    role: Role = "this_school",
    unit: Unit = "number",
) -> Figure:
    """Draw a small trend with its last value emphasised.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    values, low, high : sequence of float or None
        Values in time order with their intervals; None leaves a gap; no intervals where empty.
    what : str
        What is measured, for the computed alternative text.
    alt : str
        Alternative text; empty: computed.
    limits : tuple of float or None
        Axis limits, not printed; give the same ones in every school. None: chosen from the values.
    reference : float or None
        A value to compare with, drawn as a thin dashed line.
    end_label : str
        The last value as text, printed at the right.
    role : Role
        Fixes colour and marker.
    unit : {'number', 'percent'}
        Unit of the values.

    Returns
    -------
    Figure
        1.6 by 0.5 inches.
    """
    numbers = [number for number in (*values, *low, *high, reference) if number is not None]
    shown = limits or choose_limits(numbers)
    with drawing_theme():
        sheet = start_sheet(width_in=SPARK_WIDTH_IN, height_in=SPARK_HEIGHT_IN)
        words_width = measure_line(end_label, size_pt=SMALL_PT, bold=True) + 0.14 if end_label else 0.1
        width = SPARK_WIDTH_IN - _SIDE_IN - words_width
        axes = sheet.add_axes(left=_SIDE_IN, bottom=_FOOT_IN, width=width, height=SPARK_HEIGHT_IN - 2 * _FOOT_IN)
        axes.set_axis_off()
        axes.set(xticks=[], yticks=[])
        # A single value stands beside its number, not at the far end.
        axes.set_xlim(-0.15 if len(values) > 1 else -1.0, max(len(values) - 1, 0) + 0.15)
        axes.set_ylim(*shown)
        known = [value for value in values if value is not None]
        if known:
            if reference is not None:
                axes.axhline(
                    reference,
                    color=ROLE_STYLES["benchmark"].line,
                    linewidth=0.8,
                    linestyle=(0, (4, 3)),
                    zorder=1,
                )
            _draw_line(axes, values=values, low=low, high=high, limits=shown, style=ROLE_STYLES[role])
            middle = (clip(known[-1], shown) - shown[0]) / (shown[1] - shown[0]) * SPARK_HEIGHT_IN
            sheet.write(
                end_label,
                x=_SIDE_IN + width + 0.07,
                y=min(max(middle, 0.1), SPARK_HEIGHT_IN - 0.1),
                colour=ROLE_STYLES[role].text,
                size_pt=SMALL_PT,
                bold=True,
            )
        else:
            sheet.write("no value", x=_SIDE_IN, y=SPARK_HEIGHT_IN / 2, colour=NOTE, size_pt=SMALL_PT)
        png = sheet.to_png()
    text = alt or describe_spark(values=values, what=what, unit=unit)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=SPARK_WIDTH_IN)


def _draw_line(
    axes: Axes,
    *,
    values: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    limits: Limits,
    style: RoleStyle,
) -> None:
    drawn = [(place, clip(value, limits)) for place, value in enumerate(values) if value is not None]
    sns.lineplot(
        x=[place for place, _ in drawn],
        y=[value for _, value in drawn],
        # Points that follow each other share a run; a gap starts another.
        units=[place - rank for rank, (place, _) in enumerate(drawn)],
        estimator=None,
        errorbar=None,
        legend=False,
        ax=axes,
        color=style.line,
        linewidth=1.6,
        marker="o",
        markersize=2.8,
        markeredgewidth=0,
        zorder=3,
    )
    last, value = drawn[-1]
    axes.plot(last, value, marker=style.marker, markersize=6.0, color=style.line, clip_on=False, zorder=4)
    ends = [(place, first, second) for place, (first, second) in enumerate(zip(low, high, strict=True))]
    known = [
        (place, clip(first, limits), clip(second, limits))
        for place, first, second in ends
        if first is not None and second is not None
    ]
    if known:
        xs, lows, highs = zip(*known, strict=True)
        axes.vlines(xs, lows, highs, color=style.line, linewidth=2.6, alpha=0.3, zorder=2)
