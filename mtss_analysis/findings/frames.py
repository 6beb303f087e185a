"""Scores of one indicator, ready to be analysed: joined, standing among the state's, trend grade named."""

from collections.abc import Callable

import pandas as pd

from mtss_analysis.findings.settings import Follow, Indicator, Settings
from mtss_analysis.measures import add_standing, join_scores
from mtss_analysis.measures.groups import ALL

ReadTable = Callable[[str], pd.DataFrame]


def read_scores(tables: ReadTable, *, indicator: Indicator) -> pd.DataFrame:
    """Join the scores of one indicator to the enrolments.

    Parameters
    ----------
    tables : callable
        Gives a table by its name, such as ``district.table``.
    indicator : Indicator
        Measure and window.

    Returns
    -------
    DataFrame
        See :func:`mtss_analysis.measures.join_scores`.
    """
    return join_scores(
        enrollments=tables("enrollments"),
        screenings=tables("screenings"),
        measure=indicator.measure,
        window=indicator.window,
    )


def place_scores(tables: ReadTable, *, indicator: Indicator, norms: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Read one indicator's scores and place them among the state's.

    Parameters
    ----------
    tables : callable
        Gives a table by its name.
    indicator : Indicator
        Measure, window, cut.
    norms : DataFrame
        ``measure`` and the columns of :func:`mtss_analysis.measures.summarise_norms`, all measures.
    settings : Settings
        What trends follow.

    Returns
    -------
    DataFrame
        One row per enrolled student and year, with ``score``, ``standing``, ``below_cut`` and ``trend_grade``.
    """
    scores = read_scores(tables, indicator=indicator)
    placed = add_standing(scores=scores, norms=norms[norms["measure"] == indicator.measure])
    return add_trend_grade(placed, follow=settings.follow)


def name_schools(scores: pd.DataFrame) -> pd.Series:
    """Name the school of each row; across districts with its district, since two districts can use the same id.

    Parameters
    ----------
    scores : DataFrame
        ``school_id`` and, where there are several districts, ``district_id``.

    Returns
    -------
    (n,) text Series
        On the index of ``scores``.
    """
    if "district_id" not in scores:
        return scores["school_id"]
    return scores["district_id"] + " " + scores["school_id"]


def add_trend_grade(scores: pd.DataFrame, *, follow: Follow) -> pd.DataFrame:
    """Add the grade that a trend stays in: the grade itself, or ``all`` where a cohort is followed upwards.

    Parameters
    ----------
    scores : DataFrame
        With ``grade``.
    follow : {'cohort', 'grade'}
        What the run's trends follow.

    Returns
    -------
    DataFrame
        ``scores`` with ``trend_grade``.
    """
    return scores.assign(trend_grade=scores["grade"] if follow == "grade" else ALL)
