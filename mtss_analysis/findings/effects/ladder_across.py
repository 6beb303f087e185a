"""Every question's design ladder over all schools: the chosen design, the others, delivery, groups, worth and cost."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.effects.arms_design import describe_arms
from mtss_analysis.findings.effects.delivery import TOGETHER, count_served, describe_delivery
from mtss_analysis.findings.effects.designs import (
    DesignResult,
    Pupils,
    decline,
    estimate_single_case,
    gather_pupils,
)
from mtss_analysis.findings.effects.grading import is_favourable
from mtss_analysis.findings.effects.ladder import Ladder, climb
from mtss_analysis.findings.effects.monitoring import compare_progress
from mtss_analysis.findings.effects.own import estimate_schools, flatten_estimate, pool_schools
from mtss_analysis.findings.effects.protect import protect_schools
from mtss_analysis.findings.effects.questions import (
    list_questions,
    list_random_questions,
    say_contradiction,
    write_questions,
)
from mtss_analysis.findings.effects.subgroups import compare_groups, control_groups
from mtss_analysis.findings.effects.worth import find_cost, find_expected_gain, find_weekly_growth, judge, say_no_cost
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.stats import adjust_p_values, find_essa_tier, find_improvement_index

LADDER_FRAMES = ("questions", "designs", "own_designs", "delivery", "group_effects", "monitoring")
BY_NEED = ("selected", "cut_score")
"""Ways of assignment that take the lowest scorers, who rise towards the mean by themselves."""
NUMBERS = (
    "sd", "g", "g_low", "g_high", "wild_low", "wild_high", "wild_p", "bandwidth", "meta_mean", "meta_low",
    "meta_high", "tau",
    "prediction_low", "prediction_high", "n_schools", "expected_gain", "weekly_growth", "worthwhile", "cost",
    "cost_per_sd",
    "cost_low", "cost_high", "fidelity_pct", "n_served", "improvement_index",
)  # fmt: skip


def compare_designs(tables: Tables, *, settings: Settings, pooled: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Climb the design ladder for every question of the run.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        Questions, disclosure profile, false-discovery rate.
    pooled : DataFrame
        Pooled effects of the randomised comparisons, see ``effects.across``.

    Returns
    -------
    dict of str to DataFrame
        ``questions``; ``designs`` (one row per question, outcome and design tried, ``rank`` 0 for the chosen one);
        ``own_designs`` (one row per question, outcome and school, with ``status``); ``delivery`` (per question and
        school,
        with ``status``); ``group_effects`` (per question, outcome and group); ``monitoring`` (per intervention and
        school).
    """
    questions = list_questions(tables, settings=settings)
    designs: list[dict[str, Any]] = []
    own, delivery, groups = [], [], []
    listed = tables("interventions") if tables.has("interventions") and questions else pd.DataFrame()
    for question in questions:
        mine = listed[listed["intervention_id"] == question.intervention_id] if len(listed) else listed
        refused = say_contradiction(mine) if len(mine) else "the interventions table does not have it"
        if refused:
            for measure in question.outcomes:
                result = decline("descriptive", reason=refused)
                designs.append({**_key(question, measure), **_flatten(result, rank=1), "assignment": ""})
            continue
        intervention = mine.iloc[0]
        for measure in question.outcomes:
            indicator = settings.indicator(measure)
            pupils = _gather(tables, question=question, intervention=intervention, indicator=indicator)
            by_lot, arms = None, None
            if _name_assignment(intervention) == "random":
                by_lot, arms = describe_arms(tables, question=question, indicator=indicator, pupils=pupils,
                                             pooled=pooled, ci_level=settings.ci_level)  # fmt: skip
            ladder = _climb(tables, question=question, intervention=intervention, indicator=indicator, pupils=pupils,
                            settings=settings, by_lot=by_lot)  # fmt: skip
            key = _key(question, measure)
            shared = _share(tables, pupils=pupils, ladder=ladder, question=question, intervention=intervention)
            if pupils is not None and (ladder.chosen is None or ladder.chosen.design != "randomised"):
                schools = estimate_schools(pupils, chosen=ladder.chosen, settings=settings)
                shared |= _combine(schools, settings=settings)
                own.append(schools.assign(**key))
            if ladder.chosen is not None:
                compared = compare_groups(tables("enrollments"), question=question, result=ladder.chosen, pupils=pupils,
                                          arms=arms, settings=settings)  # fmt: skip
                groups.append(compared.assign(**key))
            for rank, result in enumerate(ladder.results, start=0 if ladder.chosen is not None else 1):
                row = {**key, **_flatten(result, rank=rank), "assignment": _name_assignment(intervention), **shared}
                designs.append(_hide_few(row, settings=settings))
            if measure == question.outcomes[0]:
                delivery.append(_deliver(tables, question=question, pupils=pupils, settings=settings).assign(**key))
    return {
        "questions": write_questions(questions, random=list_random_questions(tables, settings=settings)),
        "designs": _grade(pd.DataFrame(designs), settings=settings),
        "own_designs": pd.concat(own, ignore_index=True) if own else pd.DataFrame(),
        "delivery": pd.concat(delivery, ignore_index=True) if delivery else pd.DataFrame(),
        "group_effects": control_groups(groups),
        "monitoring": compare_progress(tables, questions=questions, settings=settings),
    }


def _name_assignment(intervention: pd.Series) -> str:
    named = intervention.get("assignment")
    return "" if named is None or pd.isna(named) else str(named)


def _key(question: EffectQuestion, measure: str) -> dict[str, str]:
    return {"intervention_id": question.intervention_id, "measure": measure}


def _gather(
    tables: Tables, *, question: EffectQuestion, intervention: pd.Series, indicator: Indicator
) -> Pupils | None:
    if not (tables.has("screenings") and tables.has("services")):
        return None
    if not (tables("screenings")["measure"] == indicator.measure).any():
        return None
    return gather_pupils(tables, question=question, intervention=intervention, indicator=indicator)


def _climb(
    tables: Tables,
    *,
    question: EffectQuestion,
    intervention: pd.Series,
    indicator: Indicator,
    pupils: Pupils | None,
    settings: Settings,
    by_lot: DesignResult | None,
) -> Ladder:
    assignment = _name_assignment(intervention)
    given: list[DesignResult] = [] if by_lot is None else [by_lot]
    if assignment == "single_case":
        given.append(_estimate_cases(tables, question=question, indicator=indicator, settings=settings))
    return climb(assignment=assignment, pupils=pupils, given=given, ci_level=settings.ci_level)


def _estimate_cases(
    tables: Tables, *, question: EffectQuestion, indicator: Indicator, settings: Settings
) -> DesignResult:
    if not tables.has("progress"):
        return decline("single_case", reason="there is no progress table")
    progress = tables("progress")
    mine = progress[
        (progress["intervention_id"] == question.intervention_id) & (progress["measure"] == indicator.measure)
    ]
    if "phase" not in mine or mine.empty:
        return decline("single_case", reason="no probes of it have phases")
    return estimate_single_case(mine, better=question.better, ci_level=settings.ci_level)


def _share(
    tables: Tables, *, pupils: Pupils | None, ladder: Ladder, question: EffectQuestion, intervention: pd.Series
) -> dict[str, Any]:
    """What belongs to the question and not to a design: growth, expected gain, worth, cost, fidelity of all schools."""
    chosen = ladder.chosen
    services = _list_services(tables, question=question, pupils=pupils)
    together = describe_delivery(services)
    fidelity = together.loc[together["school_id"] == TOGETHER, "fidelity_pct"]
    n_served, n_years = _count(services, pupils=pupils)
    is_graded = chosen is not None and chosen.rating != "does not meet standards"
    cost = find_cost(intervention=intervention, n_served=n_served, n_years=n_years, result=chosen, question=question,
                     is_graded=is_graded)  # fmt: skip
    worth = judge(chosen, question=question) if chosen is not None else None
    return {
        "better": question.better,
        "fidelity_pct": float(fidelity.iloc[0]) if len(fidelity) else np.nan,
        "n_served": n_served,
        "weekly_growth": np.nan if pupils is None else _or_nan(find_weekly_growth(pupils, tables)),
        "expected_gain": np.nan
        if pupils is None or _name_assignment(intervention) not in BY_NEED
        else _or_nan(find_expected_gain(pupils)),
        "worthwhile": np.nan if worth is None else worth.probability,
        "prior": "" if worth is None else worth.prior,
        "cost": np.nan if cost is None else cost.per_student,
        "cost_with_staff": bool(cost and cost.with_staff),
        "cost_per_sd": np.nan if cost is None or cost.per_sd is None else cost.per_sd.estimate,
        "cost_low": np.nan if cost is None or cost.per_sd is None else cost.per_sd.ci_low,
        "cost_high": np.nan if cost is None or cost.per_sd is None else cost.per_sd.ci_high,
        "cost_reason": say_no_cost(intervention) if cost is None else cost.reason,
    }


def _combine(schools: pd.DataFrame, *, settings: Settings) -> dict[str, float]:
    pooled = pool_schools(schools, ci_level=settings.ci_level)
    if pooled is None:
        return {}
    return {
        "meta_mean": pooled.mean.estimate,
        "meta_low": pooled.mean.ci_low,
        "meta_high": pooled.mean.ci_high,
        "tau": pooled.tau,
        "n_schools": pooled.n_units,
        "prediction_low": np.nan if pooled.prediction is None else pooled.prediction.ci_low,
        "prediction_high": np.nan if pooled.prediction is None else pooled.prediction.ci_high,
    }


def _flatten(result: DesignResult, *, rank: int) -> dict[str, Any]:
    return {
        "design": result.design,
        "rank": rank,
        **flatten_estimate(result),
        **{name: _or_nan(getattr(result, name, None)) for name in NUMBERS},
        "rating": result.rating,
        "rating_reasons": "; ".join(result.rating_reasons),
        "note": result.note,
        "checks": json.dumps([asdict(check) for check in result.checks], ensure_ascii=False),
        "improvement_index": np.nan if result.g is None else find_improvement_index(result.g),
    }


def _hide_few(row: dict[str, Any], *, settings: Settings) -> dict[str, Any]:
    """Take back the numbers of a design that rests on fewer students than may be printed."""
    groups = [row["n_treated"]] if row["design"] == "single_case" else [row["n_treated"], row["n_comparison"]]
    if min(groups) >= get_profile(settings.profile).minimum:
        return row
    shown = {**row, "checks": "[]", "n_treated": 0, "n_comparison": 0}
    if np.isfinite(row["estimate"]):
        shown["reason"] = "too few students stand behind it"
    hidden = ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value", *NUMBERS)
    return {**shown, **dict.fromkeys(hidden, np.nan), "cost_reason": "the effect cannot be graded", "prior": ""}


def _grade(designs: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Add q-values over the chosen designs of the run, and ESSA tiers."""
    if designs.empty:
        return designs
    names = ["estimate", "std_error", "df", "ci_low", "ci_high", "p_value", *NUMBERS]
    designs = designs.reindex(columns=[*designs.columns, *(name for name in names if name not in designs)])
    designs = designs.astype(dict.fromkeys(names, "float64"))
    if "cost_with_staff" not in designs:
        designs["cost_with_staff"] = False
    designs["cost_with_staff"] = designs["cost_with_staff"].eq(other=True)
    designs["better"] = designs["better"].fillna("higher") if "better" in designs else "higher"
    for name in ("prior", "cost_reason"):
        designs[name] = designs[name].fillna("").astype("str") if name in designs else ""
    designs["q_value"] = np.nan
    chosen = (designs["rank"] == 0) & designs["p_value"].notna()
    designs.loc[chosen, "q_value"] = adjust_p_values(designs.loc[chosen, "p_value"].to_numpy(dtype="float64"))
    designs["family_size"] = int(chosen.sum())
    tiers = [
        find_essa_tier(
            rating=row["rating"],
            positive=is_favourable(row, low="g_low", high="g_high")
            and bool(row["q_value"] <= settings.false_discovery_rate),
            n_students=int(row["n_treated"] + row["n_comparison"]),
            n_sites=int(row["n_clusters"]) if row["design"] != "single_case" else 1,
            controlled=row["design"] not in {"interrupted", "descriptive"},
            rationale=False,
        )
        for _, row in designs.iterrows()
    ]
    designs["essa_tier"] = pd.array([tier.tier for tier in tiers], dtype="Int64")
    designs["essa_reasons"] = ["; ".join(tier.reasons) for tier in tiers]
    return designs


def _deliver(tables: Tables, *, question: EffectQuestion, pupils: Pupils | None, settings: Settings) -> pd.DataFrame:
    """Describe delivery, and withhold what rests on fewer students than may be printed."""
    delivery = describe_delivery(_list_services(tables, question=question, pupils=pupils))
    delivery["status"] = protect_schools(delivery, count="n_served", settings=settings)
    numbers = ["n_served", "dose_pct", "fidelity_pct", "recorded_pct"]
    delivery = delivery.astype(dict.fromkeys(numbers, "float64"))
    delivery.loc[delivery["status"] == "withheld", numbers] = np.nan
    return delivery


def _list_services(tables: Tables, *, question: EffectQuestion, pupils: Pupils | None) -> pd.DataFrame:
    if pupils is not None:
        return pupils.services
    if not tables.has("services"):
        return pd.DataFrame(columns=["student_id"])
    services = tables("services")
    return services[services["intervention_id"] == question.intervention_id]


def _count(services: pd.DataFrame, *, pupils: Pupils | None) -> tuple[int, int]:
    if pupils is not None:
        return count_served(pupils)
    return (int(services["student_id"].nunique()), 1) if len(services) else (0, 0)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
