"""Scores that are too few to stand for a grade: said where levels are shown, and left out of trends."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mtss_analysis.findings.data_quality.sources import UsableSources
from mtss_analysis.findings.settings import Indicator
from mtss_analysis.findings.trends.verdicts import Trend
from mtss_analysis.show import format_school_year, join_words

SOURCE = "screenings"


def say_left_out(sources: UsableSources, *, indicator: Indicator) -> tuple[str, ...]:
    """Say which grades and years of an indicator too few were screened in.

    Parameters
    ----------
    sources : UsableSources
        What of the school's data can be used.
    indicator : Indicator
        Measure and window.

    Returns
    -------
    tuple of str
        One sentence for each part that is left out and can be said.
    """
    return tuple(
        f"{sentence} What is printed of them says little of the whole grade, and its trend is left out."
        for fault, sentence in sources.faults
        if sentence is not None
        and fault.source == SOURCE
        and fault.left_out
        and fault.grade is not None
        and (fault.measure, fault.window) == (indicator.measure, indicator.window)
    )


def leave_out(trends: Sequence[Trend], *, faults: pd.DataFrame, indicator: Indicator) -> list[Trend]:
    """Leave out the trends of grades in which too few were screened in a year.

    A trend over all grades stays: students, and which grade they are in, are held constant in it.

    Parameters
    ----------
    trends : sequence of Trend
        Not yet judged, of one measure.
    faults : DataFrame
        The school's rows of the comparison's ``faults``.
    indicator : Indicator
        Measure and window.

    Returns
    -------
    list of Trend
        In the same order; what is left out has no slope, and its cell says why.
    """
    few = faults[(faults["source"] == SOURCE) & faults["left_out"].astype(bool) & faults["grade"].notna()]
    few = few[(few["measure"] == indicator.measure) & (few["window"] == indicator.window)]
    years = {str(grade): sorted(rows["school_year"].astype(str)) for grade, rows in few.groupby("grade")}
    return [
        _without_slope(trend, school_years=years[trend.trend_grade]) if trend.trend_grade in years else trend
        for trend in trends
    ]


def _without_slope(trend: Trend, *, school_years: Sequence[str]) -> Trend:
    if trend.cell is None:
        return trend
    when = join_words([format_school_year(year) for year in school_years])
    cell = replace(trend.cell, slope=None, reason=f"too few of the grade were screened in {when}")
    return replace(trend, cell=cell, shrunken=None, shrunken_low=None, shrunken_high=None)
