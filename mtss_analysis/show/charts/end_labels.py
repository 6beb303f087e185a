"""Names at the ends of lines instead of a legend, kept apart, with a leader where one had to move."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtss_analysis.show.charts.places import clip, spread
from mtss_analysis.show.charts.sheet import Sheet, measure_text, wrap_text
from mtss_analysis.show.charts.trend_frame import TrendFrame
from mtss_analysis.show.charts.values import Band, Limits, ReferenceLine, Series
from mtss_analysis.show.palette import ROLE_STYLES, LineStyle

LABEL_GAP_IN = 0.1

_LABEL_IN = 1.45
_APART_IN = 0.04
_MOVED_IN = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLabel:
    """Words beside the axes.

    Parameters
    ----------
    text, colour, bold
        The words and how they are written.
    value : float
        Value beside which they stand if they can.
    series : int or None
        Index of the series they name; None: a band or line across the axes.
    last : int or None
        Index of the last point of that series that has a value.
    """

    text: str
    colour: str
    bold: bool
    value: float
    series: int | None = None
    last: int | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height, inches, the gap to the next label included."""
        width, height = measure_text(self.text, bold=self.bold)
        return width, height + _APART_IN


def collect_labels(
    *, series: Sequence[Series], limits: Limits, band: Band | None, lines: Sequence[ReferenceLine]
) -> list[EndLabel]:
    """Collect the names of the series that have one, the band and the lines."""
    labels = []
    for place, line in enumerate(series):
        known = [point for point, value in enumerate(line.values) if value is not None]
        if not line.label:
            continue
        style = ROLE_STYLES[line.role]
        value = line.values[known[-1]] if known else None
        words = line.label if known else f"{line.label}: no value"
        labels.append(
            EndLabel(
                text=wrap_text(words, width_in=_LABEL_IN, bold=not style.behind),
                colour=style.text,
                bold=not style.behind,
                value=limits[0] if value is None else clip(value, limits),
                series=place,
                last=known[-1] if known else None,
            )
        )
    compared = [(line.label, line.value) for line in lines]
    if band is not None:
        compared.append((band.label, (clip(band.low, limits) + clip(band.high, limits)) / 2))
    for words, value in compared:
        text = wrap_text(words, width_in=_LABEL_IN)
        colour = ROLE_STYLES["benchmark"].text
        labels.append(EndLabel(text=text, colour=colour, bold=False, value=clip(value, limits)))
    return labels


def write_labels(sheet: Sheet, *, frame: TrendFrame, labels: Sequence[EndLabel], dodges: Sequence[float]) -> None:
    """Write names to the right of the axes, each as near to its line as the others let it."""
    wanted = [frame.y(label.value) for label in labels]
    low, high = frame.bottom - 0.05, frame.bottom + frame.height + 0.05
    centres = spread(wanted=wanted, sizes=[label.size[1] for label in labels], low=low, high=high)
    x = frame.left + frame.width + LABEL_GAP_IN
    for label, want, centre in zip(labels, wanted, centres, strict=True):
        sheet.write(label.text, x=x, y=centre, colour=label.colour, bold=label.bold)
        moved = abs(centre - want) > _MOVED_IN
        if label.series is None:
            if moved:
                sheet.rule(x=(frame.left + frame.width, x - 0.03), y=(want, centre), colour=label.colour)
        elif label.last is not None:
            early = label.last < frame.n_points - 1
            start = frame.x(label.last) + dodges[label.series] + 0.09
            if moved or early or frame.n_points == 1:
                style: LineStyle = (0, (1, 2)) if early else "-"
                sheet.rule(x=(start, x - 0.03), y=(want, centre), colour=label.colour, style=style)
