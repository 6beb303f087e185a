"""Charts whose rows are read from left to right: a label, a mark on a shared axis, the number in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from mtss_analysis.show.charts.places import choose_ticks, clip, spread
from mtss_analysis.show.charts.sheet import (
    LINE_IN,
    MARGIN_IN,
    SMALL_PT,
    WIDTH_IN,
    Sheet,
    measure_text,
    start_sheet,
    wrap_text,
)
from mtss_analysis.show.charts.values import Limits, ReferenceLine, Unit
from mtss_analysis.show.palette import INK, NOTE, PAPER, ROLE_STYLES, RULE

ROW_IN = 0.2
"""Height of a row of one line, inches."""

_LEFT_IN = 2.15
_RIGHT_IN = 1.75
_TOP_LABEL_IN = 1.5
_GAP_IN = 0.15
_TICK_ROOM_IN = 0.24
_MANY_ROWS = 24
_MOST_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RowText:
    """The words of a row: ``inside`` stands on the axis where nothing is drawn, ``foot_in`` is room below."""

    label: str
    right: str = ""
    inside: str = ""
    heading: bool = False
    least_height_in: float = ROW_IN
    foot_in: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowSheet:
    """A sheet with labelled rows: its y axis is in inches from the foot of the axes.

    Parameters
    ----------
    sheet : Sheet
        The sheet; the head is empty.
    axes : Axes
        The shared axis.
    centres : sequence of float
        Middle of each row on the y axis.
    left, bottom, width, height : float
        Place of the axes on the sheet, inches.
    head : float
        Height of the empty head, inches; it begins at ``bottom + height`` and what is above the top labels.
    head_bottom : float
        Where the head begins, inches from below.
    limits : tuple of float
        Limits of the shared axis.
    """

    sheet: Sheet
    axes: Axes
    centres: Sequence[float]
    left: float
    bottom: float
    width: float
    height: float
    head: float
    head_bottom: float
    limits: Limits

    def x(self, value: float) -> float:
        """Return the inches from the left of a value."""
        low, high = self.limits
        return self.left + (value - low) / (high - low) * self.width


def lay_rows(
    *,
    rows: Sequence[RowText],
    title: str,
    limits: Limits,
    unit: Unit = "number",
    lines: Sequence[ReferenceLine] = (),
    less: str = "",
    more: str = "",
    right_title: str = "",
    note: str = "",
    head_in: float = 0.0,
    ticked: bool = True,
    gridded: bool = True,
) -> RowSheet:
    """Lay out rows, their words and the shared axis; marks are drawn by the caller.

    Parameters
    ----------
    rows : sequence of RowText
        From top to bottom.
    title : str
        What the axis shows; printed above.
    limits, unit
        Of the shared axis.
    lines : sequence of ReferenceLine
        Labels above the axes, at their value; the lines themselves are not drawn.
    less, more : str
        What lower and higher mean, printed under the ends of the axis.
    right_title : str
        Title of the numbers at the right.
    note : str
        Printed small at the foot.
    head_in : float
        Room left free between title and top labels, inches.
    ticked, gridded : bool
        Whether the axis has ticks, and the ticks light lines.

    Returns
    -------
    RowSheet
        The sheet with everything written that is words.

    Raises
    ------
    ValueError
        There are more rows than fit on a page.
    """
    if len(rows) > _MOST_ROWS:
        msg = f"{len(rows)} rows do not fit on a page; draw at most {_MOST_ROWS} and put the rest in a table"
        raise ValueError(msg)
    labels = [wrap_text(row.label, width_in=_LEFT_IN, bold=row.heading) for row in rows]
    rights = [wrap_text(row.right, width_in=_RIGHT_IN) for row in rows]
    right_head = wrap_text(right_title, width_in=_RIGHT_IN, size_pt=SMALL_PT)
    left_width = max(
        [measure_text(text, bold=row.heading)[0] for text, row in zip(labels, rows, strict=True) if not row.heading]
        or [0]
    )
    right_width = max([measure_text(text)[0] for text in rights] or [0])
    right_width = max(right_width, measure_text(right_head, size_pt=SMALL_PT)[0])
    left = MARGIN_IN + left_width + _GAP_IN
    width = WIDTH_IN - left - MARGIN_IN - (right_width + _GAP_IN if right_width else _TICK_ROOM_IN)
    insides = [wrap_text(row.inside, width_in=WIDTH_IN - left - 2 * MARGIN_IN) for row in rows]
    pad = 0.04 if len(rows) <= _MANY_ROWS else 0.02
    heights = [
        max(
            [measure_text(text)[1] + pad for text in texts]
            + [row.least_height_in if len(rows) <= _MANY_ROWS or row.least_height_in > ROW_IN else 0]
        )
        + row.foot_in
        for row, *texts in zip(rows, labels, rights, insides, strict=True)
    ]
    height = sum(heights) + 0.06

    ends = [wrap_text(end, width_in=width / 2 - 0.1, size_pt=SMALL_PT) for end in (less, more)]
    ends_height = max(measure_text(end, size_pt=SMALL_PT)[1] for end in ends) + 0.04 if less or more else 0.0
    notes = wrap_text(note, width_in=WIDTH_IN - 2 * MARGIN_IN, size_pt=SMALL_PT)
    note_height = measure_text(notes, size_pt=SMALL_PT)[1] + 0.08 if note else 0.0
    tops = [wrap_text(line.label, width_in=_TOP_LABEL_IN, size_pt=SMALL_PT) for line in lines]
    top_height = max([measure_text(text, size_pt=SMALL_PT)[1] for text in (*tops, right_head) if text] or [0])
    top_height += 0.12 if top_height else 0.0
    heading = wrap_text(title, width_in=WIDTH_IN - 2 * MARGIN_IN)
    heading_height = measure_text(heading)[1] + 0.08 if title else 0.0

    bottom = MARGIN_IN + note_height + ends_height + SMALL_PT * LINE_IN + 0.1
    top = bottom + height
    sheet = start_sheet(height_in=top + top_height + head_in + heading_height + MARGIN_IN)
    axes = sheet.add_axes(left=left, bottom=bottom, width=width, height=height)
    axes.set_xlim(*limits)
    axes.set_ylim(0, height)
    axes.set_yticks([])
    axes.set_xticks(*(_fit_ticks(limits, unit, width) if ticked else ([], [])))
    if gridded:
        axes.grid(visible=True, axis="x", color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)

    centres = [
        height - 0.03 - sum(heights[:place]) - (heights[place] - row.foot_in) / 2 for place, row in enumerate(rows)
    ]
    right = left + width + _GAP_IN
    for row, label, words, inside, centre in zip(rows, labels, rights, insides, centres, strict=True):
        sheet.write(label, x=MARGIN_IN, y=bottom + centre, bold=row.heading)
        sheet.write(words, x=right, y=bottom + centre)
        if inside:
            written = sheet.write(inside, x=left + 0.05, y=bottom + centre, colour=NOTE)
            written.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1.5})
    sheet.write(heading, x=MARGIN_IN, y=sheet.height_in - MARGIN_IN, up="top")
    sheet.write(right_head, x=right, y=top + 0.08, colour=NOTE, size_pt=SMALL_PT, up="bottom")
    _write_tops(
        sheet,
        lines,
        tops,
        left=left,
        width=width,
        limits=limits,
        top=top,
        most=right if right_head else WIDTH_IN,
    )
    for words, x, across in ((ends[0], left, "left"), (ends[1], left + width, "right")):
        sheet.write(
            words,
            x=x,
            y=bottom - SMALL_PT * LINE_IN - 0.1,
            size_pt=SMALL_PT,
            colour=INK,
            across="left" if across == "left" else "right",
            up="top",
        )
    sheet.write(notes, x=MARGIN_IN, y=MARGIN_IN, colour=NOTE, size_pt=SMALL_PT, up="bottom")
    return RowSheet(
        sheet=sheet,
        axes=axes,
        centres=centres,
        left=left,
        bottom=bottom,
        width=width,
        height=height,
        head=head_in,
        head_bottom=top + top_height,
        limits=limits,
    )


def draw_reference_lines(rows: RowSheet, lines: Sequence[ReferenceLine]) -> None:
    """Draw vertical lines to compare with; the first, which the rows are read against, is solid."""
    style = ROLE_STYLES["benchmark"]
    for place, line in enumerate(lines):
        rows.axes.axvline(
            clip(line.value, rows.limits),
            color=style.line,
            linewidth=1.1,
            linestyle="-" if place == 0 else style.line_style,
            zorder=1,
        )


def _write_tops(
    sheet: Sheet,
    lines: Sequence[ReferenceLine],
    texts: Sequence[str],
    *,
    left: float,
    width: float,
    limits: Limits,
    top: float,
    most: float,
) -> None:
    low, high = limits
    wanted = [left + (clip(line.value, limits) - low) / (high - low) * width for line in lines]
    sizes = [measure_text(text, size_pt=SMALL_PT)[0] + 0.14 for text in texts]
    centres = spread(wanted=wanted, sizes=sizes, low=0, high=most)
    for want, text, centre in zip(wanted, texts, centres, strict=True):
        sheet.write(text, x=centre, y=top + 0.08, colour=NOTE, size_pt=SMALL_PT, across="center", up="bottom")
        sheet.rule(x=(want, centre if abs(centre - want) > 0.25 else want), y=(top, top + 0.07), colour=NOTE)


def _fit_ticks(limits: Limits, unit: Unit, width: float) -> tuple[list[float], list[str]]:
    for most in (6, 5, 4, 3, 2):
        ticks, texts = choose_ticks(limits, unit=unit, most=most)
        if sum(measure_text(text, size_pt=SMALL_PT)[0] + 0.15 for text in texts) <= width:
            return ticks, texts
    return ticks, texts
