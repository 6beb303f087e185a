"""Where schools are: scores, standing and shares below the cut, by year and student group."""

from collections.abc import Collection, Sequence

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


def add_whole(scores: pd.DataFrame, *, follow: Follow, tested: Collection[str]) -> pd.DataFrame:
    """Add each row once more for all grades together, where trends follow a grade.

    Students of grades in which nobody is tested are not waited for: they are not among all.

    Parameters
    ----------
    scores : DataFrame
        With ``school_id``, ``school_year``, ``grade`` and ``trend_grade``; one district, or with ``district_id``.
    follow : {'cohort', 'grade'}
        What a trend follows; the rows of a cohort are those of all grades already.
    tested : collection of str
        Grades in which somebody of any school has a score. Where a school has none of them, all of its rows are taken.

    Returns
    -------
    DataFrame
        The rows, and copies with ``trend_grade`` ``all``.
    """
    if follow == "cohort":
        return scores
    is_tested = scores["grade"].isin(list(tested)) | scores["grade"].isna()
    places = [scores[name] for name in ("district_id", "school_id", "school_year") if name in scores]
    school_tests = is_tested.groupby(places)
    whole = scores[is_tested | ~school_tests.transform("any")]
    return pd.concat([scores, whole.assign(trend_grade=ALL)], ignore_index=True)


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
