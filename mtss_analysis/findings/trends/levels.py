"""Where schools are: scores, standing and shares below the cut, by year and student group."""

from collections.abc import Sequence

import pandas as pd

from mtss_analysis.findings.settings import Follow, StudentGroup
from mtss_analysis.measures.groups import ALL, find_members, order_grade

PLACE = ["district_id", "school_id", "trend_grade", "school_year"]


def summarise_levels(scores: pd.DataFrame, *, groups: Sequence[StudentGroup]) -> pd.DataFrame:
    """Summarise each school, trend grade and year, for all students and for each declared group.

    Parameters
    ----------
    scores : DataFrame
        One row per enrolled student of one measure: ``district_id``, ``school_id``, ``trend_grade``,
        ``school_year``, ``grade``, ``score``, ``standing``, ``below_cut`` and the groups' columns.
    groups : sequence of StudentGroup
        Declared pairs of groups; what belongs to neither is summarised as ``column=(other)``.

    Returns
    -------
    DataFrame
        One row per school, trend grade, year and group: ``grades`` (comma-separated), ``n_enrolled``, ``n`` (with a
        score), ``mean_score``, ``sd_score``, ``mean_standing``, ``sd_standing``, ``n_below``, ``n_cut`` (with a
        score and a cut).
    """
    blocks = [_summarise(scores.assign(group=ALL))]
    for group in groups:
        members = find_members(values=scores[group.column], column=group.column, shown=(group.focus, group.reference))
        blocks.append(_summarise(scores.assign(group=members)[members.notna()]))
    return pd.concat(blocks, ignore_index=True)


def add_whole(scores: pd.DataFrame, *, follow: Follow) -> pd.DataFrame:
    """Add each row once more for all grades together, where trends follow a grade.

    Parameters
    ----------
    scores : DataFrame
        With ``trend_grade`` and ``score``.
    follow : {'cohort', 'grade'}
        What a trend follows; the rows of a cohort are those of all grades already.

    Returns
    -------
    DataFrame
        The rows, and copies with ``trend_grade`` ``all``.
    """
    if follow == "cohort":
        return scores
    return pd.concat([scores, scores.assign(trend_grade=ALL)], ignore_index=True)


def _summarise(scores: pd.DataFrame) -> pd.DataFrame:
    keys = [*PLACE, "group"]
    grouped = scores.assign(is_below=scores["below_cut"].gt(0).fillna(value=False).astype("int64")).groupby(
        keys, sort=True
    )
    levels = grouped.agg(
        n_enrolled=("student_id", "size"),
        n=("score", "count"),
        mean_score=("score", "mean"),
        sd_score=("score", "std"),
        mean_standing=("standing", "mean"),
        sd_standing=("standing", "std"),
        n_below=("is_below", "sum"),
        n_cut=("below_cut", "count"),
    )
    distinct = scores[[*keys, "grade"]].drop_duplicates().dropna(subset=["grade", *keys])
    grades = distinct.groupby(keys, sort=True)["grade"].agg(lambda values: ",".join(sorted(values, key=order_grade)))
    return levels.assign(grades=grades.reindex(levels.index).fillna("")).reset_index()
