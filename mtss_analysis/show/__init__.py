"""How things are shown: charts, tables, words and numbers, from plain values; knows no finding.

Charts are loaded when they are first asked for, so that words and tables do not wait for matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mtss_analysis.show.display import MTSS_MIME, Column, Figure, LinkedText, RecordSet, Table, Text
from mtss_analysis.show.naming import (
    count_of,
    format_school_year,
    join_words,
    name_day,
    name_grade,
    name_students,
    say_number,
)
from mtss_analysis.show.numbers import (
    NOT_ESTIMABLE,
    count_decimals,
    format_count,
    format_estimate,
    format_interval,
    format_number,
    format_p,
    format_percent,
    format_signed,
    format_with_interval,
    of_every_100,
)
from mtss_analysis.show.palette import ROLE_STYLES, Role
from mtss_analysis.show.tables import (
    PrintedColumn,
    count_column,
    interval_column,
    number_column,
    p_column,
    percent_column,
    tabulate,
    text_column,
)
from mtss_analysis.show.words import (
    CERTAINTY_PHRASES,
    CERTAINTY_WORDS,
    Direction,
    cannot_say,
    certainty,
    check_sentence,
    direction,
    likely_between,
)

if TYPE_CHECKING:
    from mtss_analysis.show.charts import (
        Band,
        GanttBar,
        GanttSpan,
        IntervalRow,
        Part,
        ReferenceLine,
        Series,
        Share,
        ShareBar,
        TrendBreak,
        describe_decomposition,
        describe_gantt,
        describe_intervals,
        describe_shares,
        describe_spark,
        describe_trend,
        draw_decomposition,
        draw_gantt,
        draw_intervals,
        draw_shares,
        draw_spark,
        draw_trend,
    )

_CHARTS = "mtss_analysis.show.charts"

__all__ = [
    "CERTAINTY_PHRASES",
    "CERTAINTY_WORDS",
    "MTSS_MIME",
    "NOT_ESTIMABLE",
    "ROLE_STYLES",
    "Band",
    "Column",
    "Direction",
    "Figure",
    "GanttBar",
    "GanttSpan",
    "IntervalRow",
    "LinkedText",
    "Part",
    "PrintedColumn",
    "RecordSet",
    "ReferenceLine",
    "Role",
    "Series",
    "Share",
    "ShareBar",
    "Table",
    "Text",
    "TrendBreak",
    "cannot_say",
    "certainty",
    "check_sentence",
    "count_column",
    "count_decimals",
    "count_of",
    "describe_decomposition",
    "describe_gantt",
    "describe_intervals",
    "describe_shares",
    "describe_spark",
    "describe_trend",
    "direction",
    "draw_decomposition",
    "draw_gantt",
    "draw_intervals",
    "draw_shares",
    "draw_spark",
    "draw_trend",
    "format_count",
    "format_estimate",
    "format_interval",
    "format_number",
    "format_p",
    "format_percent",
    "format_school_year",
    "format_signed",
    "format_with_interval",
    "interval_column",
    "join_words",
    "likely_between",
    "name_day",
    "name_grade",
    "name_students",
    "number_column",
    "of_every_100",
    "p_column",
    "percent_column",
    "say_number",
    "tabulate",
    "text_column",
]


def __getattr__(name: str) -> object:
    """Load a chart name when it is first used."""
    if name in __all__:
        return getattr(import_module(_CHARTS), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
