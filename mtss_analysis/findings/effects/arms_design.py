"""The randomised rung of the ladder: the best-rated year of two arms, with the students who stand behind it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import DataError
from mtss_analysis.findings.effects.arm_covariates import list_arm_covariates
from mtss_analysis.findings.effects.arms import join_arms
from mtss_analysis.findings.effects.designs import DesignResult, Pupils, decline, describe_randomised
from mtss_analysis.findings.effects.designs.grades import add_wild
from mtss_analysis.findings.frames import read_scores
from mtss_analysis.findings.settings import EffectQuestion, Indicator
from mtss_analysis.findings.tables import Tables

RATINGS = {"without reservations": 0, "with reservations": 1}


def describe_arms(
    tables: Tables,
    *,
    question: EffectQuestion,
    indicator: Indicator,
    pupils: Pupils | None,
    pooled: pd.DataFrame,
    ci_level: float,
) -> tuple[DesignResult, pd.DataFrame | None]:
    """Describe the comparison of two arms in its best-rated year, as the finding on randomised effects does.

    Parameters
    ----------
    tables : Tables
        ``enrollments``, ``screenings``, ``services``, ``interventions``.
    question : EffectQuestion
        Which two arms.
    indicator : Indicator
        Which outcome.
    pupils : Pupils or None
        For the scores from before assignment.
    pooled : DataFrame
        Pooled effects of every year.
    ci_level : float
        Confidence level.

    Returns
    -------
    result : DesignResult
        Declined with its reason where no year has an estimate.
    students : DataFrame or None
        That year's students of :func:`mtss_analysis.findings.effects.arms.join_arms`; None where it is declined.
    """
    if not question.comparison_id:
        return decline("randomised", reason="the run file names no arm that it is compared with"), None
    rows = pooled
    if len(rows):
        rows = rows[(rows["intervention_id"] == question.intervention_id) & (rows["measure"] == indicator.measure)]
    if rows.empty or "estimate" not in rows or rows["estimate"].isna().all():
        reasons = [] if rows.empty else list(rows["reason"].dropna())
        return decline("randomised", reason=str(reasons[0]) if reasons else "no student was assigned by chance"), None
    known = rows[rows["estimate"].notna()]
    best = min(
        (row for _, row in known.iterrows()),
        key=lambda row: (RATINGS.get(row["rating"], 2), row["attrition_overall_pct"], row["school_year"]),
    )
    try:
        joined = join_arms(tables, scores=read_scores(tables, indicator=indicator), indicator=indicator)
    except DataError as error:
        return decline("randomised", reason=error.problem), None
    now = joined[joined["school_year"] == best["school_year"]]
    result = describe_randomised(
        best,
        arms=_add_baseline(now[now["first_year"] == now["school_year"]], pupils=pupils),
        treated=question.intervention_id,
        comparison=question.comparison_id,
        reason="",
        ci_level=ci_level,
    )
    if result.estimate is None:
        return result, None
    return replace(result, **_bootstrap(now, question=question, ci_level=ci_level)), now


def _add_baseline(fresh: pd.DataFrame, *, pupils: Pupils | None) -> pd.DataFrame:
    if pupils is None:
        return fresh.assign(baseline=np.nan)
    keys = ["student_id", "school_year"]
    before = pupils.rows.drop_duplicates(keys).set_index(keys)["baseline"]
    found = before.reindex(pd.MultiIndex.from_frame(fresh[keys]))
    return fresh.assign(baseline=found.to_numpy(dtype="float64"))


def _bootstrap(now: pd.DataFrame, *, question: EffectQuestion, ci_level: float) -> dict[str, Any]:
    known = now[now["score"].notna()]
    design = {"treated": np.asarray(known["arm"] == question.intervention_id, dtype=np.float64)}
    design |= list_arm_covariates(known)
    other = np.asarray(~known["arm"].isin([question.intervention_id, question.comparison_id]), dtype=np.float64)
    if other.any():
        design["other"] = other
    return add_wild(
        outcome=known["score"].to_numpy(dtype="float64"),
        design=np.column_stack(list(design.values())),
        names=list(design),
        clusters=known["school"].to_numpy(dtype=object).astype("U"),
        absorb=known["stratum"].to_numpy(dtype=object).astype("U"),
        ci_level=ci_level,
    )
