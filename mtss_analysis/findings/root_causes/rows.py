"""Rows for a drill-down: a student's standing, the category of a factor, and what is held constant."""

from collections.abc import Callable

import pandas as pd

from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.settings import Factor
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures import attach_factor
from mtss_analysis.measures.groups import name_categories


def add_factor(tables: Callable[[str], pd.DataFrame], *, scores: pd.DataFrame, factor: Factor) -> pd.DataFrame:
    """Put a factor's category beside each score.

    Parameters
    ----------
    tables : callable
        Gives a table by its name.
    scores : DataFrame
        From :func:`mtss_analysis.findings.frames.place_scores`.
    factor : Factor
        Which factor.

    Returns
    -------
    DataFrame
        ``student_id``, ``standing``, ``category``, ``cell`` (school, trend grade and year), ``year``, ``school_year``,
        ``teacher`` (the classroom's teacher, or the classroom of that year where no teacher is recorded).
    """
    source = factor.table
    category = attach_factor(
        scores=scores,
        table=scores if source == "enrollments" else tables(source),
        source=source,
        column=factor.column,
        bands=factor.bands,
    )
    if not factor.bands and source == "enrollments":
        category = name_categories(scores[factor.column])
    return pd.DataFrame(
        {
            "student_id": scores["student_id"],
            "standing": scores["standing"],
            "category": category,
            "cell": name_schools(scores) + " " + scores["trend_grade"] + " " + scores["school_year"],
            "school_year": scores["school_year"],
            "year": scores["school_year"].str.slice(0, 4).astype("float64"),
            "teacher": name_teachers(scores),
        }
    )


def leave_out_small(rows: pd.DataFrame, *, minimum: int) -> pd.DataFrame:
    """Leave out the categories of a factor that too few students are in to be compared or printed.

    Parameters
    ----------
    rows : DataFrame
        From :func:`add_factor`.
    minimum : int
        Students with a standing.

    Returns
    -------
    DataFrame
        ``rows`` without those students.
    """
    students = rows[rows["standing"].notna()].groupby("category")["student_id"].nunique()
    return rows[rows["category"].isin(students.index[students >= minimum])]


def name_teachers(scores: pd.DataFrame) -> pd.Series:
    """Name the cluster of each row: its teacher; where none is recorded, its classroom, and else its whole grade.

    Parameters
    ----------
    scores : DataFrame
        ``school_id``, ``school_year``, ``grade`` and, if recorded, ``teacher_id`` and ``classroom_id``.

    Returns
    -------
    (n,) text Series
        On the index of ``scores``.
    """
    names = "classroom " + name_schools(scores) + " " + pd.Series(cluster_ids(scores), index=scores.index)
    if "teacher_id" in scores.columns:
        teachers = "teacher " + name_schools(scores) + " " + scores["teacher_id"].astype("str")
        names = teachers.where(scores["teacher_id"].notna(), names)
    return names
