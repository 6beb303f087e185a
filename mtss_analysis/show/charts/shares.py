"""Parts of a whole: bars of 100 percent, every part named in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.patheffects import Normal, Stroke

from mtss_analysis.show.charts.alt_text import describe_shares
from mtss_analysis.show.charts.places import spread
from mtss_analysis.show.charts.rows import RowSheet, RowText, lay_rows
from mtss_analysis.show.charts.sheet import MARGIN_IN, PRINTED_IN, SMALL_PT, WIDTH_IN, drawing_theme, measure_line
from mtss_analysis.show.charts.values import ReferenceLine, ShareBar
from mtss_analysis.show.display import Figure
from mtss_analysis.show.numbers import format_percent
from mtss_analysis.show.palette import INK, MISSING_FILL, MISSING_HATCH, NOTE, PAPER, SHARE_FILLS, choose_ink

_BAR_IN = 0.26
_UNDER_IN = 0.24
_SWATCH_IN = 0.15
_KEY_GAP_IN = 0.18
_KEY_ROW_IN = 0.24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fill:
    colour: str
    hatch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A category's name in the head of the chart; ``leader`` is the middle of its part in the first bar."""

    label: str
    left: float
    row: int
    leader: float | None


def draw_shares(
    *,
    name: str,
    caption: str,
    bars: Sequence[ShareBar],
    title: str = "",
    alt: str = "",
    lines: Sequence[ReferenceLine] = (),
    annotation_title: str = "",
    note: str = "",
) -> Figure:
    """Draw bars of 100 percent.

    Parameters
    ----------
    name, caption : str
        As in `Figure`.
    bars : sequence of ShareBar
        From top to bottom. A category has the same fill in each; one that is missing is hatched. A bar
        without shares prints its reason.
    title : str
        What makes the whole; printed above.
    alt : str
        Alternative text; empty: computed by `describe_shares`.
    lines : sequence of ReferenceLine
        Percentages to compare with, named above the bars.
    annotation_title : str
        Title of the words at the right.
    note : str
        Printed small under the chart.

    Returns
    -------
    Figure
        6.5 inches wide.

    Raises
    ------
    ValueError
        There are more categories than can be told apart (5 and the missing ones), or too many bars.
    """
    fills = _choose_fills(name, bars)
    narrow = [_list_narrow(bar, WIDTH_IN - 3.5) for bar in bars]
    with drawing_theme():
        texts = [_write_row(bar, narrow=bool(few)) for bar, few in zip(bars, narrow, strict=True)]
        # Laid twice: where the names of the categories go depends on where the axes are.
        plan = lay_rows(rows=texts, title=title, limits=(0.0, 100.0), unit="percent", right_title=annotation_title)
        keys = _place_keys(bars, list(fills), plan, leaders=not lines)
        head = (max([key.row for key in keys], default=-1) + 1) * _KEY_ROW_IN
        head += 0.16 if any(key.leader is not None for key in keys) else 0.06
        laid = lay_rows(
            rows=texts,
            title=title,
            limits=(0.0, 100.0),
            unit="percent",
            lines=lines,
            right_title=annotation_title,
            note=note,
            head_in=head,
            gridded=False,
        )
        for bar, centre in zip(bars, laid.centres, strict=True):
            _draw_bar(laid, bar, centre, fills)
        for line in lines:
            # A white edge keeps the line visible on dark fills.
            edge = [Stroke(linewidth=3.4, foreground=PAPER), Normal()]
            laid.axes.axvline(line.value, color=INK, linewidth=1.4, zorder=5, path_effects=edge)
        _draw_keys(laid, keys, fills)
        png = laid.sheet.to_png()
    text = alt or describe_shares(bars=bars, what=title)
    return Figure(name=name, caption=caption, alt=text, png=png, width_in=PRINTED_IN)


def _choose_fills(name: str, bars: Sequence[ShareBar]) -> dict[str, _Fill]:
    known: list[str] = []
    fills: dict[str, _Fill] = {}
    missing = {share.label: share.missing for bar in bars for share in bar.shares}
    for label, is_missing in missing.items():
        if is_missing:
            fills[label] = _Fill(colour=MISSING_FILL, hatch=MISSING_HATCH)
            continue
        if len(known) == len(SHARE_FILLS):
            msg = f"figure {name}: more than {len(SHARE_FILLS)} categories look alike; join the smallest"
            raise ValueError(msg)
        known.append(label)
        fills[label] = _Fill(colour=SHARE_FILLS[len(known) - 1], hatch="")
    return fills


def _write_row(bar: ShareBar, *, narrow: bool) -> RowText:
    inside = "" if bar.shares else bar.reason or "no shares"
    return RowText(
        label=bar.label,
        right=bar.annotation,
        inside=inside,
        least_height_in=_BAR_IN + 0.1,
        foot_in=_UNDER_IN - 0.06 if narrow else 0.0,
    )


def _list_narrow(bar: ShareBar, width: float) -> list[str]:
    return [share.label for share in bar.shares if not _fits(share.percent, width)]


def _fits(percent: float, width: float) -> bool:
    return percent == 0 or measure_line(format_percent(percent)) + 0.1 <= percent / 100 * width


def _draw_bar(laid: RowSheet, bar: ShareBar, y: float, fills: dict[str, _Fill]) -> None:
    total = sum(share.percent for share in bar.shares)
    left = 0.0
    under: list[tuple[float, str]] = []
    for share in bar.shares:
        width = share.percent * 100 / total
        fill = fills[share.label]
        laid.axes.barh(
            y,
            width,
            left=left,
            height=_BAR_IN,
            color=fill.colour,
            hatch=fill.hatch,
            edgecolor=INK,
            linewidth=0.8,
            zorder=2,
        )
        words = format_percent(share.percent)
        middle = laid.x(left + width / 2)
        if share.percent > 0 and _fits(share.percent, laid.width):
            ink = choose_ink(fill.colour)
            written = laid.sheet.write(words, x=middle, y=laid.bottom + y, colour=ink, across="center")
            if fill.hatch:
                written.set_bbox({"facecolor": fill.colour, "edgecolor": "none", "pad": 1.5})
        elif share.percent > 0:
            under.append((middle, words))
        left += width
    sizes = [measure_line(words, size_pt=SMALL_PT) + 0.08 for _, words in under]
    foot = laid.bottom + y - _BAR_IN / 2
    centres = spread(wanted=[middle for middle, _ in under], sizes=sizes, low=laid.left, high=WIDTH_IN - MARGIN_IN)
    for (middle, words), centre in zip(under, centres, strict=True):
        laid.sheet.rule(x=(middle, centre), y=(foot, foot - 0.06), colour=NOTE)
        laid.sheet.write(words, x=centre, y=foot - 0.07, size_pt=SMALL_PT, across="center", up="top")


def _place_keys(bars: Sequence[ShareBar], labels: Sequence[str], laid: RowSheet, *, leaders: bool) -> list[_Key]:
    first = next((bar for bar in bars if bar.shares), None)
    widths = [_SWATCH_IN + 0.06 + measure_line(label) + _KEY_GAP_IN for label in labels]
    in_first = {share.label for share in first.shares if share.percent > 0} if first else set()
    room = WIDTH_IN - MARGIN_IN - laid.left
    if first is not None and leaders and in_first == set(labels) and sum(widths) <= room:
        middles = []
        left = 0.0
        for share in first.shares:
            middles.append(laid.x(left + share.percent / 2))
            left += share.percent
        by_label = dict(zip([share.label for share in first.shares], middles, strict=True))
        wanted = [by_label[label] for label in labels]
        centres = spread(wanted=wanted, sizes=widths, low=laid.left, high=WIDTH_IN - MARGIN_IN + _KEY_GAP_IN / 2)
        return [
            _Key(label=label, left=centre - width / 2 + _KEY_GAP_IN / 2, row=0, leader=want)
            for label, width, centre, want in zip(labels, widths, centres, wanted, strict=True)
        ]
    keys = []
    x, row = MARGIN_IN, 0
    for label, width in zip(labels, widths, strict=True):
        if x > MARGIN_IN and x + width - _KEY_GAP_IN > WIDTH_IN - MARGIN_IN:
            x, row = MARGIN_IN, row + 1
        keys.append(_Key(label=label, left=x, row=row, leader=None))
        x += width
    return keys


def _draw_keys(laid: RowSheet, keys: Sequence[_Key], fills: dict[str, _Fill]) -> None:
    top = laid.head_bottom + laid.head
    for key in keys:
        y = top - (key.row + 0.5) * _KEY_ROW_IN
        fill = fills[key.label]
        laid.sheet.swatch(x=key.left, y=y, size=_SWATCH_IN, colour=fill.colour, hatch=fill.hatch)
        laid.sheet.write(key.label, x=key.left + _SWATCH_IN + 0.06, y=y)
        if key.leader is not None:
            start = key.left + (_SWATCH_IN + 0.06 + measure_line(key.label)) / 2
            bar_top = laid.bottom + laid.centres[0] + _BAR_IN / 2
            laid.sheet.rule(x=(start, key.leader), y=(y - _KEY_ROW_IN / 2, bar_top), colour=NOTE)
