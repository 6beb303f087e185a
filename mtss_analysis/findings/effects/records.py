"""The published numbers of an effect, one year's at a time."""

from typing import Any

from mtss_analysis.findings.effects.rows import EffectYear
from mtss_analysis.findings.record import Record, Status
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import EffectQuestion, Indicator, Population
from mtss_analysis.stats import Estimate

OWN = "difference within school and year of assignment, CR2 by classroom, Satterthwaite"
SHRUNKEN = "empirical Bayes over the run's schools, classroom variance of all schools"
POOLED = "difference within school and year of assignment, CR2 by school, Satterthwaite"
DESIGN = "randomised, by intention to treat"
NOT_DELIVERED = "no verdict: not delivered as designed; "


def record_effect(
    year: EffectYear,
    *,
    school: School,
    question: EffectQuestion,
    indicator: Indicator,
    population: Population,
    ci_level: float,
    sentence: str,
    no_verdict: bool = False,
    no_verdict_here: bool = False,
) -> list[Record]:
    """Record a school's own, the shrunken and the pooled effect of one year, and the pooled effect size.

    Parameters
    ----------
    year : EffectYear
        What may be printed of it.
    school : School
        Whose packet.
    question : EffectQuestion
        Which intervention.
    indicator : Indicator
        Which outcome.
    population : {'district', 'state'}
        Whose schools are pooled.
    ci_level : float
        Confidence level.
    sentence : str
        What the packet says of the pooled effect; empty if there is none.
    no_verdict, no_verdict_here : bool
        Whether it was not delivered as designed in all schools together, or in this one.

    Returns
    -------
    list of Record
        Three, and a fourth where there is an effect size.
    """
    keys: dict[str, Any] = {
        "requirement": "R25",
        "district_id": school.district_id,
        "school_year": year.school_year,
        "domain": indicator.domain,
        "measure": indicator.measure,
        "grade": year.grades,
        "group": f"{question.intervention_id}-{question.comparison_id}",
        "design": DESIGN,
    }
    own, shrunken, pooled = year.own, year.shrunken, year.pooled
    status: Status = "withheld" if year.withheld else "ok" if own else "not_estimable"
    records = [
        Record(
            **keys,
            finding="effect_own",
            school_id=school.school_id,
            method=OWN,
            unit=indicator.unit,
            **_numbers(own),
            n=year.n_own if own else None,
            n_clusters=year.classrooms_own if own else None,
            verdict=f"{NOT_DELIVERED if no_verdict_here else ''}ESSA Tier 3 at most: one school" if own else None,
            status="withheld" if year.withheld else status,
            reason="too few students to print"
            if year.withheld
            else None
            if own
            else year.own_reason or "not estimable",
        ),
        Record(
            **keys,
            finding="effect_shrunken",
            school_id=school.school_id,
            method=SHRUNKEN,
            unit=indicator.unit,
            estimate=shrunken.estimate if shrunken else None,
            ci_low=shrunken.ci_low if shrunken else None,
            ci_high=shrunken.ci_high if shrunken else None,
            ci_level=shrunken.ci_level if shrunken else None,
            verdict=NOT_DELIVERED.removesuffix("; ") if shrunken and no_verdict_here else None,
            status="withheld" if year.withheld else "ok" if shrunken else "not_estimable",
            reason="too few students to print"
            if year.withheld
            else None
            if shrunken
            else year.own_reason or "not estimable",
        ),
        Record(
            **keys,
            finding="effect_pooled",
            school_id=None,
            level=population,
            method=POOLED,
            unit=indicator.unit,
            **_numbers(pooled),
            q_value=year.q_value,
            family=f"effects of the {population}, all outcomes and years",
            n=year.n_pooled if pooled else None,
            n_clusters=year.n_schools if pooled else None,
            verdict=f"{NOT_DELIVERED if no_verdict else ''}WWC {year.rating}; ESSA tier "
            f"{year.essa_tier if year.essa_tier is not None else 'none'}",
            status="ok" if pooled else "not_estimable",
            reason=None if pooled else year.pooled_reason or "not estimable",
            sentence=sentence or None,
        ),
    ]
    if year.g is not None:
        records.append(
            Record(
                **{**keys, "requirement": "R26"},
                finding="effect_size_pooled",
                school_id=None,
                level=population,
                method="WWC standardised mean difference (Hedges), adjusted difference over pooled student SD",
                estimate=year.g,
                unit="student SD",
                ci_low=year.g_low,
                ci_high=year.g_high,
                ci_level=ci_level,
                n=year.n_pooled,
                n_clusters=year.n_schools,
            )
        )
    return records


def _numbers(value: Estimate | None) -> dict[str, Any]:
    names = ("estimate", "std_error", "ci_low", "ci_high", "ci_level", "p_value")
    return {name: getattr(value, name) if value else None for name in names}
