"""One school's effects and the state's, year by year, out of the comparison, holding only what may be printed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.arms import MIN_CLASSROOMS
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import EffectQuestion
from mtss_analysis.stats import Estimate, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectYear:
    """The effect of one intervention on one outcome in one year.

    Parameters
    ----------
    own : Estimate or None
        From this school alone; None if withheld or not estimable (``own_reason``).
    shrunken : Interval or None
        Drawn towards the mean of all schools; None where an arm has a single classroom, whose teacher would be seen.
    pooled : Estimate or None
        All schools.
    g, g_low, g_high : float or None
        Pooled effect in student SD.
    improvement_index : float or None
        Percentile points.
    essa_tier : int or None
        Of the pooled evidence.
    withheld : bool
        Whether the school's own numbers may not be printed.
    adjusted_for : str
        What the pooled effect is adjusted for besides school, grade and year of assignment; empty: nothing.
    """

    school_year: str
    grades: str
    own: Estimate | None
    own_reason: str
    n_own: int
    classrooms_own: int
    shrunken: Interval | None
    pooled: Estimate | None
    pooled_reason: str
    q_value: float | None
    n_pooled: int
    n_schools: int
    g: float | None
    g_low: float | None
    g_high: float | None
    improvement_index: float | None
    sd_pooled: float | None
    assigned_treated: int
    assigned_comparison: int
    attrition_overall_pct: float | None
    attrition_differential_pct: float | None
    rating: str
    rating_reasons: str
    essa_tier: int | None
    essa_reasons: str
    withheld: bool
    adjusted_for: str = ""


def describe_effect_years(
    comparison: Comparison, *, school: School, question: EffectQuestion, measure: str, ci_level: float
) -> tuple[tuple[EffectYear, ...], str]:
    """Describe one effect, year by year.

    Parameters
    ----------
    comparison : Comparison
        Effects of all schools.
    school : School
        Which school.
    question : EffectQuestion
        Which intervention.
    measure : str
        Which outcome.
    ci_level : float
        Confidence level of the intervals.

    Returns
    -------
    years : tuple of EffectYear
        Sorted by year.
    reason : str
        Why there is none; empty if there is.
    """
    pooled = comparison.frame("pooled")
    if len(pooled):
        pooled = pooled[(pooled["intervention_id"] == question.intervention_id) & (pooled["measure"] == measure)]
    if pooled.empty or "school_year" not in pooled or pooled["school_year"].isna().all():
        reasons = [] if pooled.empty else list(pooled["reason"].dropna())
        return (), str(reasons[0]) if reasons else "no student was assigned to it at random"
    own = of_school(
        comparison.frame("effects"), school=school, intervention_id=question.intervention_id, measure=measure
    )
    by_year = {str(row["school_year"]): row for _, row in own.iterrows()}
    years = tuple(
        _describe(row, own=by_year.get(str(row["school_year"])), ci_level=ci_level)
        for _, row in pooled.sort_values("school_year").iterrows()
    )
    return years, ""


def _describe(row: pd.Series, *, own: pd.Series | None, ci_level: float) -> EffectYear:
    withheld = own is not None and own["status"] != "ok"
    shown = own if own is not None and not withheld else None
    return EffectYear(
        school_year=str(row["school_year"]),
        grades=str(row["grades"]),
        own=_estimate(shown, ci_level=ci_level),
        own_reason="no student of this school was assigned at random" if own is None else str(own["reason"] or ""),
        n_own=int(shown["n_treated"] + shown["n_comparison"]) if shown is not None else 0,
        classrooms_own=int(shown["classrooms_treated"] + shown["classrooms_comparison"]) if shown is not None else 0,
        shrunken=_shrunken(shown, ci_level=ci_level),
        pooled=_estimate(row, ci_level=ci_level),
        pooled_reason=str(row["reason"] or ""),
        q_value=_or_none(row["q_value"]),
        n_pooled=int(row["n_treated"] + row["n_comparison"]),
        n_schools=int(row["n_clusters"]),
        g=_or_none(row["g"]),
        g_low=_or_none(row["g_low"]),
        g_high=_or_none(row["g_high"]),
        improvement_index=_or_none(row["improvement_index"]),
        sd_pooled=_or_none(row["sd_pooled"]),
        assigned_treated=int(row["assigned_treated"]),
        assigned_comparison=int(row["assigned_comparison"]),
        attrition_overall_pct=_or_none(row["attrition_overall_pct"]),
        attrition_differential_pct=_or_none(row["attrition_differential_pct"]),
        rating=str(row["rating"]),
        rating_reasons=str(row["rating_reasons"]),
        essa_tier=None if pd.isna(row["essa_tier"]) else int(row["essa_tier"]),
        essa_reasons=str(row["essa_reasons"]),
        withheld=withheld,
        adjusted_for=str(row.get("adjusted_for") or ""),
    )


def _estimate(row: pd.Series | None, *, ci_level: float) -> Estimate | None:
    if row is None or not np.isfinite(row["estimate"]):
        return None
    return Estimate(
        estimate=float(row["estimate"]),
        std_error=float(row["std_error"]),
        df=float(row["df"]),
        ci_low=float(row["ci_low"]),
        ci_high=float(row["ci_high"]),
        ci_level=ci_level,
        p_value=float(row["p_value"]),
    )


def _shrunken(row: pd.Series | None, *, ci_level: float) -> Interval | None:
    if row is None or not np.isfinite(row["shrunken"]):
        return None
    if min(row["classrooms_treated"], row["classrooms_comparison"]) < MIN_CLASSROOMS:
        return None
    return Interval(
        estimate=float(row["shrunken"]),
        ci_low=float(row["shrunken_low"]),
        ci_high=float(row["shrunken_high"]),
        ci_level=ci_level,
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
