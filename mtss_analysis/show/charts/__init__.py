"""Charts of given values and given intervals: each function returns a `Figure` with its alternative text.

matplotlib and seaborn are imported here and nowhere else in the package.
"""

from mtss_analysis.show.charts.alt_text import (
    describe_decomposition,
    describe_intervals,
    describe_shares,
    describe_spark,
    describe_trend,
)
from mtss_analysis.show.charts.decomposition import draw_decomposition
from mtss_analysis.show.charts.gantt import GanttBar, GanttSpan, describe_gantt, draw_gantt
from mtss_analysis.show.charts.intervals import draw_intervals
from mtss_analysis.show.charts.shares import draw_shares
from mtss_analysis.show.charts.spark import draw_spark
from mtss_analysis.show.charts.trend import draw_trend
from mtss_analysis.show.charts.values import (
    Band,
    IntervalRow,
    Part,
    ReferenceLine,
    Series,
    Share,
    ShareBar,
    TrendBreak,
)

__all__ = [
    "Band",
    "GanttBar",
    "GanttSpan",
    "IntervalRow",
    "Part",
    "ReferenceLine",
    "Series",
    "Share",
    "ShareBar",
    "TrendBreak",
    "describe_decomposition",
    "describe_gantt",
    "describe_intervals",
    "describe_shares",
    "describe_spark",
    "describe_trend",
    "draw_decomposition",
    "draw_gantt",
    "draw_intervals",
    "draw_shares",
    "draw_spark",
    "draw_trend",
]
