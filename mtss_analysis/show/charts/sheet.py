"""A sheet to draw on, in inches: text measured before it is placed, axes where they are put, PNG bytes.

No layout engine and no pyplot: places are computed from measured text, so that the same numbers give the same
bytes and no figure is left open.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, get_hinting_flag
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text as Words
from numpy.typing import NDArray

from mtss_analysis.show.palette import INK, LineStyle

DPI = 200
WIDTH_IN = 6.5
PRINTED_IN = 5.2
"""Width on paper, inches: the text of a figure is then as large as the text around it."""
TEXT_PT = 10.5
SMALL_PT = 9.5
LINE_IN = 1.25 / 72
"""Height of a line of text, inches for each point of its size."""
MARGIN_IN = 0.06
HARD_SPACE = "\N{NO-BREAK SPACE}"

_FONT = "DejaVu Sans"
_PNG_LEVEL = 3
_SET_ANEW = {
    "agg",
    "axes",
    "errorbar",
    "figure",
    "font",
    "grid",
    "hatch",
    "lines",
    "markers",
    "patch",
    "path",
    "scatter",
    "text",
    "xtick",
    "ytick",
}
"""Groups of matplotlib settings that are taken from its defaults, whatever else is set."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A drawing with places in inches from its lower left corner."""

    drawing: Drawing
    canvas: FigureCanvasAgg
    width_in: float
    height_in: float

    def write(
        self,
        text: str,
        *,
        x: float,
        y: float,
        colour: str = INK,
        size_pt: float = TEXT_PT,
        bold: bool = False,
        across: Literal["left", "center", "right"] = "left",
        up: Literal["top", "center", "bottom"] = "center",
    ) -> Words:
        """Write text, which may hold line breaks, at a place."""
        return self.drawing.text(
            x,
            y,
            text,
            transform=self.drawing.dpi_scale_trans,
            color=colour,
            fontsize=size_pt,
            fontweight="bold" if bold else "normal",
            ha=across,
            va=up,
            multialignment=across,
            linespacing=1.1,
        )

    def rule(
        self,
        *,
        x: tuple[float, float],
        y: tuple[float, float],
        colour: str,
        width_pt: float = 0.8,
        style: LineStyle = "-",
    ) -> None:
        """Draw a straight line between two places."""
        line = Line2D(x, y, transform=self.drawing.dpi_scale_trans, color=colour, linewidth=width_pt, linestyle=style)
        self.drawing.add_artist(line)

    def swatch(self, *, x: float, y: float, size: float, colour: str, hatch: str = "") -> None:
        """Draw a small outlined square, ``x`` its left edge and ``y`` its middle."""
        square = Rectangle(
            (x, y - size / 2),
            size,
            size,
            transform=self.drawing.dpi_scale_trans,
            facecolor=colour,
            edgecolor=INK,
            hatch=hatch,
            linewidth=0.8,
        )
        self.drawing.add_artist(square)

    def add_axes(self, *, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes of a given size at a place, with a bottom spine only."""
        axes = self.drawing.add_axes(
            (left / self.width_in, bottom / self.height_in, width / self.width_in, height / self.height_in)
        )
        sns.despine(ax=axes, left=True)
        axes.tick_params(left=False)
        return axes

    def to_png(self) -> bytes:
        """Draw the sheet as PNG without transparency, date or software name."""
        self.canvas.draw()  # type: ignore[no-untyped-call]
        return _write_png(np.asarray(self.canvas.buffer_rgba())[:, :, :3])  # type: ignore[no-untyped-call]


@contextmanager
def drawing_theme() -> Iterator[None]:
    """Set the packet's theme for the drawing inside and restore what was set before."""
    with mpl.rc_context(_read_theme()):
        yield


def start_sheet(*, width_in: float = WIDTH_IN, height_in: float) -> Sheet:
    """Start an empty white sheet; call within `drawing_theme`."""
    drawing = Drawing(figsize=(width_in, height_in), dpi=DPI, facecolor="white")
    return Sheet(drawing=drawing, canvas=FigureCanvasAgg(drawing), width_in=width_in, height_in=height_in)


@lru_cache(maxsize=4096)
def measure_line(line: str, *, size_pt: float = TEXT_PT, bold: bool = False) -> float:
    """Measure the width of one line of text, inches."""
    font = _set_font(size_pt=size_pt, bold=bold)
    font.set_text(line, 0.0, flags=get_hinting_flag())  # type: ignore[no-untyped-call]
    width, _ = font.get_width_height()
    return float(width / 64.0) / DPI


def measure_text(text: str, *, size_pt: float = TEXT_PT, bold: bool = False) -> tuple[float, float]:
    """Measure the width and height of text with line breaks, inches."""
    lines = text.split("\n")
    width = max(measure_line(line, size_pt=size_pt, bold=bold) for line in lines)
    return width, len(lines) * size_pt * LINE_IN


def wrap_text(text: str, *, width_in: float, size_pt: float = TEXT_PT, bold: bool = False) -> str:
    """Break text into lines no wider than a width; a word that is wider by itself is cut with a hyphen."""
    return "\n".join(_wrap_line(line, width_in, size_pt, bold) for line in text.split("\n"))


def _wrap_line(line: str, width_in: float, size_pt: float, bold: bool) -> str:
    def fits(piece: str) -> bool:
        return measure_line(piece, size_pt=size_pt, bold=bold) <= width_in

    # Where the whole line fits, so does every beginning of it; blanks that it begins with are dropped below.
    if not line.startswith(" ") and fits(line):
        return line
    lines: list[str] = []
    current = ""
    for word in line.split(" "):
        joined = f"{current} {word}" if current else word
        if fits(joined):
            current = joined
            continue
        if current:
            lines.append(current)
        current = word
        while not fits(current) and len(current) > 2:
            end = next((end for end in range(len(current) - 1, 1, -1) if fits(f"{current[:end]}-")), 1)
            lines.append(f"{current[:end]}-")
            current = current[end:]
    return "\n".join([*lines, current])


def _write_png(pixels: NDArray[np.uint8]) -> bytes:
    """Write red, green and blue as PNG, its rows unfiltered: flat areas then shrink most, and in half the time."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    dots_per_metre = struct.pack(">IIB", *[round(DPI / 0.0254)] * 2, 1)
    pieces = (
        (b"IHDR", header),
        (b"pHYs", dots_per_metre),
        (b"IDAT", zlib.compress(rows.tobytes(), _PNG_LEVEL)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in pieces
    )


def _set_font(*, size_pt: float, bold: bool) -> FT2Font:
    """Give the font that drawing uses too, so its size is set each time."""
    font = get_font(_find_font(bold))
    font.clear()
    font.set_size(size_pt, DPI)
    return font


@cache
def _find_font(bold: bool) -> Any:  # noqa: ANN401 - a path, of a type that matplotlib keeps to itself
    return findfont(FontProperties(family=_FONT, weight="bold" if bold else "normal"))


@cache
def _read_theme() -> dict[Any, Any]:
    # Starting from matplotlib's own defaults keeps an analyst's or a notebook's settings out of the packet.
    own = {
        "font.family": [_FONT],
        "font.size": TEXT_PT,
        "text.parse_math": False,
        "axes.unicode_minus": True,
        "axes.edgecolor": "#8C8C8C",
        "axes.linewidth": 0.8,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": "#8C8C8C",
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": SMALL_PT,
        "ytick.labelsize": SMALL_PT,
        "xtick.major.size": 3.5,
        "hatch.linewidth": 0.7,
        "hatch.color": "#525252",
        "path.simplify": True,
    }
    defaults = {name: value for name, value in mpl.rcParamsDefault.items() if name.split(".")[0] in _SET_ANEW}
    return {**defaults, **sns.axes_style("ticks"), **sns.plotting_context("paper"), **own}
