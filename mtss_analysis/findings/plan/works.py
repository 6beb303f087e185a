"""Does what an action brings work for its cost, and does the district know how."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.delivery import TOGETHER
from mtss_analysis.findings.implementation.facts import pick_facts, read_facts
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan.evidence import Evidence
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.practice_evidence import list_practices
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.verdict import Answer
from mtss_analysis.findings.settings import EffectQuestion, Settings
from mtss_analysis.show import certainty, count_of, format_estimate, format_number, join_words, likely_between

LIKELY, EVEN, UNLIKELY = 0.90, 0.60, 0.10
"""Probabilities of a worthwhile effect: "likely", "more likely than not" and "unlikely", as everywhere in a packet."""
USUAL_CRITERION_PCT = EffectQuestion(
    intervention_id="", label="", outcomes=(), minimum_worthwhile_sd=0.1
).fidelity_criterion_pct


def answer_effect(action: Action, *, plan: Plan, settings: Settings, comparison: Comparison) -> Answer:
    """Say whether what an action brings has a worthwhile effect in this district, and what it costs.

    Parameters
    ----------
    action : Action
        The action.
    plan : Plan
        Its plan.
    settings : Settings
        Effect questions, false-discovery rate.
    comparison : Comparison
        With ``designs``, ``own_designs`` and ``implementation``.

    Returns
    -------
    Answer
        Of an intervention: by the probability that the effect of the strongest design is worthwhile – yes if likely,
        partly if more likely than not, no if unlikely. Of coaching in a practice: partly, where hours of coaching go
        with more of that practice in the same teachers, which is no effect. Otherwise it cannot be told.
    """
    if action.intervention_id:
        judged = _judge_intervention(action.intervention_id, settings=settings, comparison=comparison)
        here = _say_here(action.intervention_id, plan=plan, settings=settings, comparison=comparison)
        return replace(judged, said=f"{judged.said} {here}".strip())
    if action.action_type == "coaching" and action.practice:
        facts = read_facts(comparison, district_id=plan.subject.district_id)
        dose = next((one for one in pick_facts(facts, topic="coaching", subject=action.practice)), None)
        if dose is not None and dose.ci_low is not None and dose.ci_low > 0:
            within = likely_between(low=dose.ci_low, high=dose.ci_high)
            said = (
                f"An hour of coaching goes with {format_number(dose.estimate, decimals=0)} points more "
                f"{name_practice(action.practice)} in the same teachers ({within}); whether it brings that about is "
                "not known."
            )
            return Answer(verdict="partly", said=said, source="data")
    said = "No effect of it has been estimated in this district."
    return Answer(verdict="cannot tell", said=said, source="data")


def _judge_intervention(name: str, *, settings: Settings, comparison: Comparison) -> Answer:
    designs = comparison.frame("designs")
    own = designs[designs["intervention_id"] == name] if len(designs) else designs
    chosen = own[own["rank"] == 0] if len(own) else own
    if chosen.empty:
        reasons = [str(one) for one in own.get("reason", pd.Series(dtype="str")).dropna() if one]
        why = f"Its effect cannot be estimated here: {reasons[0]}." if reasons else "The run asks for no effect of it."
        return Answer(verdict="cannot tell", said=why, source="data")
    rows = chosen.to_dict("records")
    criterion = find_criterion(name, settings=settings)
    return max((_judge_row(row, criterion=criterion, settings=settings) for row in rows), key=_rank)


def find_criterion(name: str, *, settings: Settings) -> float:
    """Find from which percent on an intervention counts as delivered as designed."""
    asked = (one.fidelity_criterion_pct for one in settings.effects if one.intervention_id == name)
    return next(asked, USUAL_CRITERION_PCT)


def list_delivery(comparison: Comparison, *, intervention_id: str, district_id: str) -> pd.DataFrame:
    """List the delivery of an intervention in the schools of a district, and over all schools.

    Parameters
    ----------
    comparison : Comparison
        With ``delivery``.
    intervention_id, district_id : str
        Which intervention, in which district.

    Returns
    -------
    DataFrame
        One row per school and one of all together; empty where it was delivered nowhere.
    """
    delivery = comparison.frame("delivery")
    if delivery.empty:
        return delivery
    here = (delivery["district_id"] == district_id) | (delivery["school_id"] == TOGETHER)
    return delivery[here & (delivery["intervention_id"] == intervention_id)]


def name_measure(measure: str, *, settings: Settings) -> str:
    """Name a measure as the run file does; one that it does not name by its own name without underscores."""
    known = {one.measure: one.label for one in (*settings.indicators, *settings.outcome_measures)}
    return known.get(measure, measure.replace("_", " "))


def _say_here(name: str, *, plan: Plan, settings: Settings, comparison: Comparison) -> str:
    """Say the effect in the school itself, drawn towards that of all schools; empty: it cannot be printed."""
    own = comparison.frame("own_designs")
    if plan.subject.school_id is None or own.empty or "shrunken" not in own:
        return ""
    school = (own["district_id"] == plan.subject.district_id) & (own["school_id"] == plan.subject.school_id)
    rows = own[school & (own["intervention_id"] == name) & (own["status"] == "ok") & own["shrunken"].notna()]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    low, high = float(row["shrunken_low"]), float(row["shrunken_high"])
    return (
        f"In this school the best guess is {format_estimate(float(row['shrunken']), low=low, high=high)} points of "
        f"{name_measure(str(row['measure']), settings=settings)} ({likely_between(low=low, high=high)})."
    )


def _rank(answer: Answer) -> tuple[float, bool]:
    return (answer.score, answer.verdict != "cannot tell")


def _judge_row(row: Mapping[Hashable, Any], *, criterion: float, settings: Settings) -> Answer:
    fidelity, worth = row["fidelity_pct"], row["worthwhile"]
    if pd.notna(fidelity) and fidelity < criterion:
        said = (
            f"It was delivered as designed in {fidelity:.0f} of 100, under {criterion:.0f}: its effect is not judged."
        )
        return Answer(verdict="cannot tell", said=said, source="data")
    if pd.isna(worth) or pd.isna(row["g"]):
        return Answer(verdict="cannot tell", said="Its effect cannot be estimated here.", source="data")
    said = (
        f"Its effect on {name_measure(str(row['measure']), settings=settings)} is {row['g']:.2f} standard deviations "
        f"({likely_between(low=float(row['g_low']), high=float(row['g_high']), decimals=2)}); a worthwhile effect is "
        f"{certainty(float(worth))}. {_say_cost(row)}"
    )
    positive = row["g_low"] > 0 and row["q_value"] <= settings.false_discovery_rate
    if worth >= LIKELY and positive:
        return Answer(verdict="yes", said=said, source="data")
    if worth >= EVEN:
        return Answer(verdict="partly", said=said, source="data")
    return Answer(verdict="no" if worth < UNLIKELY else "cannot tell", said=said, source="data")


def _say_cost(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["cost"]):
        return "Its cost is not known."
    staff = "with staff" if row["cost_with_staff"] else "without staff"
    said = f"It costs about {row['cost']:,.0f} dollars a student, {staff}"
    if pd.isna(row["cost_per_sd"]):
        return f"{said}."
    tenth = row["cost_per_sd"] / 10
    return f"{said}: about {tenth:,.0f} for each tenth of a standard deviation."


def answer_knowledge(action: Action, *, plan: Plan, causes: Sequence[Evidence], comparison: Comparison) -> Answer:
    """Say whether the district knows how to do it.

    Parameters
    ----------
    action : Action
        The action.
    plan : Plan
        Its plan, with what the district runs already.
    causes : sequence of Evidence
        What is known of its practice.
    comparison : Comparison
        With ``delivery``.

    Returns
    -------
    Answer
        Yes: the data show that the district delivers the intervention or trained the practice, or runs it as an
        initiative, and the plan says who can do it. Partly: one of the two. No: neither.
    """
    known = _say_known(action, plan=plan, causes=causes, comparison=comparison)
    stated = action.capacity_exists
    if known and stated:
        return Answer(verdict="yes", said=f"{known} The plan names “{stated}”.", source="data")
    if known:
        return Answer(verdict="partly", said=f"{known} The plan does not say who can do it.", source="data")
    if stated:
        return Answer(verdict="partly", said=f"The plan names “{stated}”; the data cannot show it.", source="plan")
    said = "Neither the data nor the plan say that anybody has done it before."
    return Answer(verdict="no", said=said, source="plan")


def _say_known(action: Action, *, plan: Plan, causes: Sequence[Evidence], comparison: Comparison) -> str:
    if action.intervention_id:
        own = list_delivery(comparison, intervention_id=action.intervention_id, district_id=plan.subject.district_id)
        schools = set(own["school_id"]) - {TOGETHER} if len(own) else set()
        if schools:
            return f"It is delivered in {count_of(len(schools), 'school')} already."
    trained = {one.practice for one in causes if one.practice and any(sight.said for sight in one.sights)}
    practice = action.practice
    if practice and practice in trained & set(list_practices(comparison, district_id=plan.subject.district_id)):
        return f"Teachers of the district were trained in {name_practice(practice)} and observed since."
    running = [
        one.name or one.initiative_id
        for one in plan.initiatives
        if (practice and one.practice == practice)
        or (action.intervention_id and one.intervention_id == action.intervention_id)
    ]
    return f"The district runs {join_words(running)} already." if running else ""
