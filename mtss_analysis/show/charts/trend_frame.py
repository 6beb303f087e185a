"""Where the points and values of a trend lie on its sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtss_analysis.show.charts.values import Limits, Series
from mtss_analysis.show.palette import ROLE_STYLES

EDGE_IN = 0.32
"""Room between the ends of the axis and its first and last point, inches."""

_DODGE_IN = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendFrame:
    """Axes on a sheet: place and size in inches, limits in the unit of the values."""

    left: float
    bottom: float
    width: float
    height: float
    limits: Limits
    n_points: int

    @property
    def spacing(self) -> float:
        """Return the inches between two points of the axis."""
        return measure_spacing(self.width, self.n_points)

    def x(self, place: float) -> float:
        """Return the inches from the left of a point of the axis; a single point stands in the middle."""
        if self.n_points == 1:
            return self.left + self.width / 2
        return self.left + EDGE_IN + place * self.spacing

    def y(self, value: float) -> float:
        """Return the inches from below of a value."""
        low, high = self.limits
        return self.bottom + (value - low) / (high - low) * self.height

    def dodge(self, series: Sequence[Series]) -> list[float]:
        """Return how far each series is set aside, inches, so that the bars of two do not cover each other.

        Comparisons behind are shaded, not barred, and stay in place, except where there is only one point.
        """
        alone = self.n_points == 1
        aside = [place for place, line in enumerate(series) if alone or not ROLE_STYLES[line.role].behind]
        step = 0.3 if alone else min(_DODGE_IN, 0.6 * self.spacing / max(len(aside), 1))
        middle = (len(aside) - 1) / 2
        return [(aside.index(place) - middle) * step if place in aside else 0.0 for place in range(len(series))]


def measure_spacing(width: float, n_points: int) -> float:
    """Measure the inches between two of equally spaced points on axes of a given width."""
    return (width - 2 * EDGE_IN) / max(n_points - 1, 1)
