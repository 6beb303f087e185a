"""How good the evidence is: effect size, attrition, What Works Clearinghouse rating, ESSA tier."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.arms import ArmDifference
from mtss_analysis.findings.settings import EffectQuestion
from mtss_analysis.measures import arms_in_year, assign_arms
from mtss_analysis.stats import (
    Attrition,
    estimate_smd,
    find_essa_tier,
    find_improvement_index,
    judge_attrition,
    rate_design,
    summarise_group,
)


def grade_evidence(
    year: pd.DataFrame,
    tables: Callable[[str], pd.DataFrame],
    *,
    question: EffectQuestion,
    difference: ArmDifference,
) -> dict[str, object]:
    """Grade the evidence of a randomised comparison in one year.

    Parameters
    ----------
    year : DataFrame
        One school year of :func:`mtss_analysis.findings.effects.arms.join_arms`.
    tables : callable
        Gives ``services`` and ``interventions``: who was assigned, whether or not an outcome is known.
    question : EffectQuestion
        Which two arms.
    difference : ArmDifference
        The adjusted difference.

    Returns
    -------
    dict
        ``g``, ``g_low``, ``g_high`` (pooled student SD), ``improvement_index`` (percentile points), ``sd_pooled``,
        ``assigned_treated``, ``assigned_comparison``, ``attrition_overall_pct``, ``attrition_differential_pct``,
        ``attrition_level``, ``rating``, ``rating_reasons``.
    """
    attrition, assigned = _count_attrition(year, tables, question=question)
    rating = rate_design(
        assignment="randomised",
        n_units_treated=difference.n_treated,
        n_units_comparison=difference.n_comparison,
        attrition=attrition,
        baseline_g={},
        adjusted=False,
    )
    return {
        **_standardise(year, question=question, difference=difference),
        "assigned_treated": assigned[0],
        "assigned_comparison": assigned[1],
        "attrition_overall_pct": attrition.overall_pct if attrition else np.nan,
        "attrition_differential_pct": attrition.differential_pct if attrition else np.nan,
        "attrition_level": attrition.level if attrition else None,
        "rating": rating.rating,
        "rating_reasons": "; ".join(rating.reasons),
    }


def add_tiers(pooled: pd.DataFrame, *, false_discovery_rate: float) -> pd.DataFrame:
    """Add the ESSA tier of each pooled effect.

    Parameters
    ----------
    pooled : DataFrame
        With ``ci_low``, ``ci_high``, ``better``, ``q_value``, ``rating``, ``n_treated``, ``n_comparison``,
        ``n_clusters`` (schools).
    false_discovery_rate : float
        Threshold for ``q_value``.

    Returns
    -------
    DataFrame
        With ``essa_tier`` (missing: none) and ``essa_reasons``.
    """
    tiers = [
        find_essa_tier(
            rating=row["rating"],
            positive=is_favourable(row, low="ci_low", high="ci_high") and bool(row["q_value"] <= false_discovery_rate),
            n_students=int(row["n_treated"] + row["n_comparison"]),
            n_sites=int(row["n_clusters"]),
            controlled=True,
            rationale=False,
        )
        for _, row in pooled.iterrows()
    ]
    return pooled.assign(
        essa_tier=pd.array([tier.tier for tier in tiers], dtype="Int64"),
        essa_reasons=["; ".join(tier.reasons) for tier in tiers],
    )


def is_favourable(row: pd.Series, *, low: str, high: str) -> bool:
    """Say whether an interval leaves out zero on the side that is better.

    Parameters
    ----------
    row : Series
        With ``better`` (``higher`` or ``lower``) and the interval.
    low, high : str
        Names of the interval's ends.

    Returns
    -------
    bool
        False where there is no interval.
    """
    return bool(row[high] < 0 if row["better"] == "lower" else row[low] > 0)


def _standardise(year: pd.DataFrame, *, question: EffectQuestion, difference: ArmDifference) -> dict[str, object]:
    nothing: dict[str, object] = dict.fromkeys(("g", "g_low", "g_high", "improvement_index", "sd_pooled"), np.nan)
    estimate = difference.difference
    if estimate is None:
        return nothing
    scores = year.loc[year["score"].notna(), ["arm", "grade", "score"]]
    # Grades of one scale lie apart; their distance is not part of how students of a grade differ.
    level = scores.groupby("grade", dropna=False)["score"].transform("mean")
    scores = scores.assign(score=scores["score"] - level + scores["score"].mean())
    try:
        size = estimate_smd(
            treated=summarise_group(_scores_of(scores, question.intervention_id)),
            comparison=summarise_group(_scores_of(scores, question.comparison_id)),
            difference=estimate.estimate,
        )
    except TooFewError:
        return nothing
    scale = size.g / estimate.estimate if estimate.estimate else 1 / size.sd_pooled
    return {
        "g": size.g,
        "g_low": estimate.ci_low * scale,
        "g_high": estimate.ci_high * scale,
        "improvement_index": find_improvement_index(size.g),
        "sd_pooled": size.sd_pooled,
    }


def _scores_of(scores: pd.DataFrame, arm: str) -> np.ndarray:
    return scores.loc[scores["arm"] == arm, "score"].to_numpy(dtype="float64")


def _count_attrition(
    year: pd.DataFrame, tables: Callable[[str], pd.DataFrame], *, question: EffectQuestion
) -> tuple[Attrition | None, tuple[int, int]]:
    arms = assign_arms(services=tables("services"), interventions=tables("interventions"))
    arms = arms_in_year(arms, school_year=str(year["school_year"].iloc[0]))
    kept = set(year.loc[year["score"].notna(), "student_id"])
    counts = []
    for arm in (question.intervention_id, question.comparison_id):
        students = set(arms.loc[arms["arm"] == arm, "student_id"])
        counts.append((len(students), len(students & kept)))
    (treated, treated_kept), (comparison, comparison_kept) = counts
    try:
        attrition = judge_attrition(
            treated_assigned=treated,
            treated_kept=treated_kept,
            comparison_assigned=comparison,
            comparison_kept=comparison_kept,
        )
    except TooFewError:
        attrition = None
    return attrition, (treated, comparison)
