"""An intervention's effect in every school and across the state, with the grade that the evidence earns."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile, protect_counts, relations_by
from mtss_analysis.errors import DataError, TooFewError
from mtss_analysis.findings.effects.arm_covariates import list_arm_covariates
from mtss_analysis.findings.effects.arms import ArmDifference, estimate_difference, join_arms, weigh_rows
from mtss_analysis.findings.effects.grading import add_tiers, grade_evidence
from mtss_analysis.findings.effects.questions import list_random_questions
from mtss_analysis.findings.frames import read_scores
from mtss_analysis.findings.settings import EffectQuestion, Settings
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.findings.tables import Tables
from mtss_analysis.stats import adjust_p_values, partition_variance


def compare_effects(
    tables: Tables, *, scores_by_measure: Mapping[str, pd.DataFrame], settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate every declared effect in every school, shrunken and own, and across the state.

    Parameters
    ----------
    tables : callable
        Gives a table of the whole state by its name.
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Effect questions, confidence level, false-discovery rate, disclosure profile.

    Returns
    -------
    effects : DataFrame
        One row per question, measure, year and school: ``estimate``, ``std_error``, ``df``, ``ci_low``, ``ci_high``,
        ``p_value`` (own, clustered by classroom), ``shrunken``, ``shrunken_low``, ``shrunken_high``, ``n_treated``,
        ``n_comparison``, ``classrooms_treated``, ``classrooms_comparison``, ``status``, ``reason``.
    pooled : DataFrame
        One row per question, measure and year: the same for the state (clustered by school), with ``q_value``, ``g``,
        ``g_low``, ``g_high``, ``improvement_index``, attrition, ``rating`` and ``essa_tier`` with their reasons.
    """
    effects: list[pd.DataFrame] = []
    pooled: list[dict[str, object]] = []
    for question in list_random_questions(tables, settings=settings):
        for measure in question.outcomes:
            key = {"intervention_id": question.intervention_id, "measure": measure}
            try:
                scores = scores_by_measure.get(measure)
                if scores is None:
                    scores = read_scores(tables, indicator=settings.indicator(measure))
                rows = join_arms(tables, scores=scores, indicator=settings.indicator(measure))
            except DataError as error:
                pooled.append({**key, "reason": error.problem})
                continue
            for _, year in rows.groupby("school_year", sort=True):
                pooled.append({**key, **_pool(year, tables, question=question, settings=settings)})
                effects.append(_estimate_schools(year, question=question, settings=settings).assign(**key))
    table = pd.DataFrame(pooled)
    return (
        pd.concat(effects, ignore_index=True) if effects else pd.DataFrame(),
        _grade(table, settings=settings) if "p_value" in table else table,
    )


def flatten_difference(difference: ArmDifference) -> dict[str, object]:
    """Write a difference between arms as one row.

    Parameters
    ----------
    difference : ArmDifference
        Own estimate of a school, or the state's.

    Returns
    -------
    dict
        Keys as in :func:`compare_effects`.
    """
    estimate = difference.difference
    return {
        "school_year": difference.school_year,
        "grades": difference.grades,
        "estimate": estimate.estimate if estimate else np.nan,
        "std_error": estimate.std_error if estimate else np.nan,
        "df": estimate.df if estimate else np.nan,
        "ci_low": estimate.ci_low if estimate else np.nan,
        "ci_high": estimate.ci_high if estimate else np.nan,
        "p_value": estimate.p_value if estimate else np.nan,
        "n_treated": difference.n_treated,
        "n_comparison": difference.n_comparison,
        "classrooms_treated": difference.classrooms_treated,
        "classrooms_comparison": difference.classrooms_comparison,
        "n_clusters": difference.n_clusters,
        "reason": difference.reason,
        "adjusted_for": ", ".join(difference.adjusted_for),
    }


def _pool(year: pd.DataFrame, tables: Tables, *, question: EffectQuestion, settings: Settings) -> dict[str, object]:
    difference = estimate_difference(
        year, question=question, outcome="score", cluster_by="school", ci_level=settings.ci_level
    )
    if min(difference.n_treated, difference.n_comparison) < get_profile(settings.profile).minimum:
        reason = difference.reason or "too few students stand behind it"
        difference = replace(difference, difference=None, reason=reason)
    graded = grade_evidence(year, tables, question=question, difference=difference)
    return {**flatten_difference(difference), **graded, "better": question.better}


def _estimate_schools(year: pd.DataFrame, *, question: EffectQuestion, settings: Settings) -> pd.DataFrame:
    rows = []
    variances = _find_variances(year)
    for (district_id, school_id), school in year.groupby(["district_id", "school_id"], sort=True):
        own = estimate_difference(
            school, question=question, outcome="score", cluster_by="classroom", ci_level=settings.ci_level
        )
        value, std_error = _weigh(school, question=question, variances=variances)
        rows.append(
            {
                "district_id": district_id,
                "school_id": school_id,
                **flatten_difference(own),
                "model_estimate": value,
                "model_std_error": std_error,
            }
        )
    schools = pd.DataFrame(rows)
    schools["status"] = _protect(year, schools=schools, question=question, settings=settings)
    return add_shrunken(schools, estimate="model_estimate", std_error="model_std_error", ci_level=settings.ci_level)


def _find_variances(year: pd.DataFrame) -> tuple[float, float] | None:
    """Variance between classrooms of one school and between students of one classroom, from all schools."""
    known = year[year["score"].notna()]
    if len(set(known["score"])) < 2:
        return None
    # Grades of one scale lie apart; their distance is not part of how classrooms of a grade differ.
    levels = [
        known[column] == value for column in ("arm", "grade") for value in sorted(known[column].dropna().unique())[1:]
    ]
    design = np.column_stack(
        [
            np.ones(len(known)),
            *(level.to_numpy(dtype="float64") for level in levels),
            *list_arm_covariates(known).values(),
        ]
    )
    try:
        partition = partition_variance(
            outcome=known["score"].to_numpy(dtype="float64"),
            levels={
                "school": known["school"].to_numpy(dtype=object).astype("U"),
                "classroom": known["classroom"].to_numpy(dtype=object).astype("U"),
            },
            design=design,
        )
    except TooFewError:
        return None
    return partition.share("classroom").variance, partition.share("student").variance


def _weigh(
    school: pd.DataFrame, *, question: EffectQuestion, variances: tuple[float, float] | None
) -> tuple[float, float]:
    """Give a school's adjusted difference and its standard error if classrooms vary as they do across the state."""
    if variances is None:
        return np.nan, np.nan
    known = school[school["score"].notna()]
    arms = set(known["arm"])
    if not {question.intervention_id, question.comparison_id} <= arms:
        return np.nan, np.nan
    try:
        weights = weigh_rows(school, question=question, outcome="score")
    except TooFewError:
        return np.nan, np.nan
    by_classroom = pd.Series(weights).groupby(known["classroom"].to_numpy()).sum()
    between, within = variances
    variance = between * float((by_classroom**2).sum()) + within * float((weights**2).sum())
    return float(weights @ known["score"].to_numpy(dtype="float64")), variance**0.5


def _protect(year: pd.DataFrame, *, schools: pd.DataFrame, question: EffectQuestion, settings: Settings) -> pd.Series:
    known = year[year["score"].notna()]
    counts = known.groupby(["school", "arm"]).size().rename("n").reset_index()
    totals = known.groupby("school").size().rename("n").reset_index().assign(arm="(all)")
    cells = pd.concat([counts, totals], ignore_index=True)
    relations = relations_by(cells, over="arm", total="(all)", within=["school"], protects_rest=False)
    cells["status"] = protect_counts(cells, count="n", relations=relations, profile=get_profile(settings.profile))
    two_arms = cells[cells["arm"].isin([question.intervention_id, question.comparison_id])]
    printable = two_arms[two_arms["status"] == "ok"].groupby("school").size()
    both = (schools["district_id"] + " " + schools["school_id"]).map(printable).fillna(0) == 2
    return pd.Series(np.where(both, "ok", "withheld"), index=schools.index)


def _grade(pooled: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    graded = pooled.assign(q_value=np.nan)
    known = graded["p_value"].notna()
    graded.loc[known, "q_value"] = adjust_p_values(graded.loc[known, "p_value"].to_numpy(dtype="float64"))
    return add_tiers(graded, false_discovery_rate=settings.false_discovery_rate)
