"""What goes with standing across the state, and at which level students differ."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import DataError, TooFewError
from mtss_analysis.findings.root_causes.rows import add_factor, leave_out_small
from mtss_analysis.findings.root_causes.splits import Split, split_by_factor
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import partition_variance

LEVELS = ("district", "school", "classroom", "student")


def compare_factors(
    tables: Callable[[str], pd.DataFrame],
    *,
    scores_by_measure: Mapping[str, pd.DataFrame],
    settings: Settings,
) -> pd.DataFrame:
    """Split the whole state's students by each declared factor, within schools and years.

    Parameters
    ----------
    tables : callable
        Gives a table of the whole state by its name.
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Factors and confidence level.

    Returns
    -------
    DataFrame
        One row per measure, factor and category (category missing where the factor cannot be split): ``share_pct``,
        ``share_low``, ``share_high``, ``level_p``, ``trend_p``, ``n_all``, ``n_clusters`` of the factor; ``n``,
        ``n_teachers``, ``deviation``, ``std_error``, ``ci_low``, ``ci_high`` of the category; ``reason``.
    """
    rows: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        for factor in settings.factors:
            try:
                placed = add_factor(tables, scores=scores, factor=factor)
            except DataError as error:
                rows.append({"measure": measure, "factor": factor.id, "reason": error.problem})
                continue
            placed = leave_out_small(placed, minimum=get_profile(settings.profile).minimum)
            split = split_by_factor(placed, factor_id=factor.id, ci_level=settings.ci_level)
            rows.extend({"measure": measure, **row} for row in flatten_split(split))
    return pd.DataFrame(rows)


def flatten_split(split: Split) -> list[dict[str, object]]:
    """Write a split as rows, one per category, or one where there is none.

    Parameters
    ----------
    split : Split
        What one factor shows.

    Returns
    -------
    list of dict
        Keys as in :func:`compare_factors`, without the measure.
    """
    whole: dict[str, object] = {
        "factor": split.factor_id,
        "share_pct": split.share.estimate if split.share else np.nan,
        "share_low": split.share.ci_low if split.share else np.nan,
        "share_high": split.share.ci_high if split.share else np.nan,
        "level_p": split.level_test.p_value if split.level_test else np.nan,
        "trend_p": split.trend_test.p_value if split.trend_test else np.nan,
        "n_all": split.n,
        "n_clusters": split.n_clusters,
        "reason": split.reason,
    }
    rows = []
    for category in split.categories:
        deviation = category.deviation
        rows.append(
            {
                **whole,
                "category": category.category,
                "n": category.n,
                "n_teachers": category.n_teachers,
                "deviation": deviation.estimate if deviation else np.nan,
                "std_error": deviation.std_error if deviation else np.nan,
                "ci_low": deviation.ci_low if deviation else np.nan,
                "ci_high": deviation.ci_high if deviation else np.nan,
                "category_reason": category.reason,
            }
        )
    return rows or [whole]


def partition_levels(scores_by_measure: Mapping[str, pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Partition the spread of scores over district, school, classroom and student, year by year.

    Parameters
    ----------
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Confidence level.

    Returns
    -------
    DataFrame
        One row per measure, year and level, all grades together with the grade held constant: ``share_pct``,
        ``ci_low``, ``ci_high``, ``n_groups``, ``n``,
        ``reason`` (why there is none, or that a level cannot be told from the one within it).
    """
    rows: list[dict[str, object]] = []
    for measure, scores in scores_by_measure.items():
        known = scores[scores["standing"].notna()]
        for school_year, year in known.groupby("school_year", sort=True):
            place = {"measure": measure, "trend_grade": ALL, "school_year": school_year}
            rows.extend({**place, **row} for row in _partition(year, ci_level=settings.ci_level))
    return pd.DataFrame(rows)


def _partition(year: pd.DataFrame, *, ci_level: float) -> list[dict[str, object]]:
    school = year["district_id"] + " " + year["school_id"]
    rooms = pd.Series(cluster_ids(year), index=year.index)
    groupings = {
        "district": year["district_id"],
        "school": school,
        "classroom": school + " " + rooms.where(year["classroom_id"].notna(), year["student_id"]),
    }
    levels, left_out = _tellable(groupings, n=len(year))
    if not levels:
        return [{"level": "student", "n": len(year), "reason": "no level above the student can be told apart"}]
    grades = pd.get_dummies(year["grade"].fillna("not known"), prefix="grade")
    try:
        partition = partition_variance(
            outcome=year["standing"].to_numpy(dtype="float64"),
            levels=levels,
            design=grades.to_numpy(dtype="float64"),
            names=list(grades.columns),
            ci_level=ci_level,
        )
    except TooFewError as error:
        return [{"level": "student", "n": len(year), "reason": str(error)}]
    return [
        {
            "level": share.level,
            "share_pct": share.share_pct,
            "ci_low": share.ci_low_pct,
            "ci_high": share.ci_high_pct,
            "n_groups": share.n_groups,
            "n": partition.n,
            "reason": left_out,
        }
        for share in partition.shares
    ]


def _tellable(groupings: Mapping[str, pd.Series], *, n: int) -> tuple[dict[str, np.ndarray], str]:
    """Keep the levels that have at least two groups and more groups below them."""
    levels: dict[str, np.ndarray] = {}
    left_out = []
    names = list(groupings)
    for place, name in enumerate(names):
        count = groupings[name].nunique()
        inner = groupings[names[place + 1]].nunique() if place + 1 < len(names) else n
        if count >= 2 and inner > count:
            levels[name] = groupings[name].to_numpy(dtype=object).astype("U")
        else:
            left_out.append(name)
    reason = f"{' and '.join(left_out)} cannot be told from the level within" if left_out else ""
    return levels, reason
