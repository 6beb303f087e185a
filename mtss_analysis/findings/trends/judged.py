"""The judged trends of schools: one rule for a school's packet, the overviews and the chapter on root causes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.families import share_of_measures
from mtss_analysis.findings.trends.verdicts import Trend, judge_trends, read_trends
from mtss_analysis.show import format_school_year, join_words

PLACE = ["district_id", "school_id"]
Place = tuple[str, str]
SOURCE = "screenings"


def judge_schools(
    reader: FrameReader, *, schools: Sequence[Place], settings: Settings
) -> Iterator[tuple[Place, list[Trend]]]:
    """Judge the trends of schools in the run's measures.

    Parameters
    ----------
    reader : FrameReader
        Gives ``slopes``, ``levels``, ``whole_levels`` (where trends follow a grade) and ``faults``.
    schools : sequence of (district_id, school_id)
        Which schools.
    settings : Settings
        Indicators, confidence level, false-discovery rate.

    Yields
    ------
    tuple of place and list of Trend
        Every trend of the school with its verdict, by indicator; what may not be printed holds no number, and grades
        that were screened too little have no slope.
    """
    names = ["slopes", "levels", *(["whole_levels"] if settings.follow == "grade" else [])]
    frames = {name: _split(reader.frame(name), by=[*PLACE, "measure"], schools=schools) for name in names}
    slopes, levels, whole_levels = frames["slopes"], frames["levels"], frames.get("whole_levels", {})
    all_faults = reader.frame("faults")
    faults = _split(all_faults, by=PLACE, schools=schools)
    for school in schools:
        trends: list[Trend] = []
        for indicator in settings.indicators:
            key = (*school, indicator.measure)
            if key not in slopes or key not in levels:
                continue
            wanted = slopes[key] if indicator.cut else slopes[key][slopes[key]["kind"] != "below_cut"]
            whole = whole_levels.get(key, levels[key].iloc[:0])
            read = read_trends(wanted, levels=levels[key], whole_levels=whole, ci_level=settings.ci_level)
            trends += leave_out(read, faults=faults.get(school, all_faults.iloc[:0]), indicator=indicator)
        yield school, judge_trends(trends, rate=settings.false_discovery_rate, share=share_of_measures(settings))


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


def _split(frame: pd.DataFrame, *, by: list[str], schools: Sequence[Place]) -> dict[tuple[str, ...], pd.DataFrame]:
    mine = frame[frame["school_id"].isin({school_id for _, school_id in schools})]
    return {tuple(str(part) for part in key): own.reset_index(drop=True) for key, own in mine.groupby(by, sort=False)}
