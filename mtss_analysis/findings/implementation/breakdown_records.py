"""The published numbers of a practice after its training."""

from typing import Any

from mtss_analysis.findings.implementation.facts import Fact, pick_facts
from mtss_analysis.findings.implementation.told import record_fact
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings

REQUIREMENT = "R15"
METHOD = (
    "largest clustered score over practice, group and week, wild bootstrap by teacher; break in days by least squares "
    "with exchangeable weights, interval by inverting the bootstrap; drop CR2 by teacher"
)


def record_search(
    fact: Fact, facts: tuple[Fact, ...], *, school: School, settings: Settings, sentence: str | None = None
) -> Record:
    """Record what the search over practices, teachers and weeks found of one practice."""
    drops = pick_facts(facts, topic="drop", subject=fact.subject, group=fact.group)
    drop = drops[0] if drops else None
    named = fact.text == "named"
    keys: dict[str, Any] = {
        "method": METHOD,
        "design": "association",
        "unit": "percentage points",
        "sentence": sentence,
    }
    if drop is None or drop.status != "ok":
        reason = "no drop can be told apart from noise" if not named else "too few teachers to print"
        return record_fact(
            fact,
            school=school,
            finding="practice_breakdown",
            requirement=REQUIREMENT,
            status="not_estimable",
            reason=reason,
            n=None,
            verdict=fact.text,
            group=fact.group,
            family=_say_family(fact),
            **keys,
        )
    return record_fact(
        drop,
        school=school,
        finding="practice_breakdown",
        requirement=REQUIREMENT,
        verdict=fact.text,
        group=fact.group,
        p_value=fact.p_value,
        family=_say_family(fact),
        ci_level=settings.ci_level,
        **keys,
    )


def _say_family(fact: Fact) -> str:
    return f"{fact.n} combinations of practice, teachers and week, by their maximum"


METHODS = {
    "break": METHOD,
    "cut": METHOD,
    "building": "mean, clustered by teacher, with the variance between observers of the same school; difference from "
    "the others with Satterthwaite's degrees of freedom",
}
TOPICS = {
    "break": ("practice_break", "days after training"),
    "cut": ("practice_cut", "years of experience"),
    "side": ("practice_share", "percent of observations"),
    "week": ("practice_share_by_week", "percent of observations"),
    "period": ("practice_share_by_period", "percent of observations"),
    "building": ("practice_share_of_school", "percent of observations"),
    "drop": ("practice_drop", "percentage points"),
}


def record_rest(
    facts: tuple[Fact, ...], *, subjects: set[str], school: School, settings: Settings
) -> tuple[Record, ...]:
    """Record breaks, cuts, shares and drops of the practices."""
    records = []
    for fact in facts:
        if fact.topic in TOPICS and fact.subject in subjects:
            finding, unit = TOPICS[fact.topic]
            has_interval = fact.ci_low is not None
            records.append(
                record_fact(
                    fact,
                    school=school,
                    finding=finding,
                    requirement=REQUIREMENT,
                    method=METHODS.get(fact.topic, "mean, clustered by teacher"),
                    design="association",
                    unit=unit,
                    ci_level=settings.ci_level if has_interval else None,
                    verdict=fact.text or None if fact.topic == "building" and fact.status == "ok" else None,
                    family="schools and practices of the district" if fact.q_value is not None else None,
                )
            )
    return tuple(records)
