"""The published numbers of a design ladder."""

from typing import TYPE_CHECKING, Any

from mtss_analysis.findings.effects.design_rows import Rung
from mtss_analysis.findings.effects.design_words import METHODS, NAMES
from mtss_analysis.findings.record import Record, Status
from mtss_analysis.stats import Interval

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.design_finding import DesignFinding

META = "random effects over schools, REML, Hartung and Knapp"
SHRUNKEN = "empirical Bayes over the run's schools"
SIZE = "WWC standardised mean difference with small-sample and, where schools were assigned, clustering correction"
TOO_FEW = "too few students to print"


def record_design(finding: "DesignFinding", *, sentence: str, verdict: str) -> tuple[Record, ...]:
    """Record every design tried, the school's own estimates, and what all schools give together.

    Parameters
    ----------
    finding : DesignFinding
        One question and outcome.
    sentence : str
        What the packet says of the chosen design; empty if it is said elsewhere.
    verdict : str
        The verdict on the effect.

    Returns
    -------
    tuple of Record
        ``design_effect`` per design (others: ``design_effect_other``), ``design_effect_size``, ``design_wild``,
        ``design_meta_mean``, ``design_prediction``, ``design_effect_own``, ``design_effect_shrunken``,
        ``expected_gain``.
    """
    if not finding.rungs:
        return ()
    keys = list_keys(finding)
    records = []
    for rung in finding.rungs:
        records += _record_rung(
            rung,
            keys=keys,
            chosen=rung is finding.chosen,
            ci_level=finding.settings.ci_level,
            sentence=sentence,
            verdict=verdict,
        )
    if finding.chosen is None:
        records[0] = Record(**{**_fields(records[0]), "verdict": verdict, "sentence": sentence or None})
    records += _record_together(finding, keys=keys)
    if finding.chosen is not None and finding.chosen.design not in {"randomised", "single_case"}:
        records += _record_own(finding, keys=keys)
    return tuple(records)


def list_keys(finding: "DesignFinding") -> dict[str, Any]:
    """List the fields that all records of a question share; they speak of all schools."""
    return {
        "requirement": "R25",
        "district_id": finding.school.district_id,
        "school_id": None,
        "level": finding.settings.population,
        "domain": finding.indicator.domain,
        "measure": finding.indicator.measure,
        "group": finding.question.intervention_id,
        "unit": finding.indicator.unit,
    }


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _record_rung(
    rung: Rung, *, keys: dict[str, Any], chosen: bool, ci_level: float, sentence: str, verdict: str
) -> list[Record]:
    known = rung.number("estimate") is not None
    n = int(rung.row["n_treated"] + rung.row["n_comparison"])
    tier = rung.number("essa_tier")
    shared: dict[str, Any] = {
        **keys,
        "design": NAMES[rung.design],
        "method": METHODS[rung.design],
        "n": n if known else None,
        "n_clusters": int(rung.row["n_clusters"]) if known else None,
    }
    grade = f"WWC {rung.row['rating']}; ESSA tier {'none' if tier is None else f'{tier:.0f}'}"
    records = [
        Record(
            **shared,
            finding="design_effect" if chosen else "design_effect_other",
            estimate=rung.number("estimate"),
            std_error=rung.number("std_error"),
            ci_low=rung.number("ci_low"),
            ci_high=rung.number("ci_high"),
            p_value=rung.number("p_value"),
            ci_level=ci_level if known else None,
            q_value=rung.number("q_value"),
            family=f"chosen designs of all interventions of the run, {int(rung.row['family_size'])}"
            if chosen
            else None,
            verdict=f"{verdict}; {grade}" if chosen else grade if known else None,
            status="ok" if known else "not_estimable",
            reason=None if known else str(rung.row["reason"]) or "not estimable",
            sentence=(sentence or None) if chosen else None,
        )
    ]
    if rung.number("g") is not None:
        size = {**shared, "requirement": "R26", "unit": "student SD", "method": SIZE}
        records.append(
            Record(
                **size,
                finding="design_effect_size" if chosen else "design_effect_size_other",
                estimate=rung.number("g"),
                ci_low=rung.number("g_low"),
                ci_high=rung.number("g_high"),
                ci_level=ci_level,
                verdict=grade,
            )
        )
    if chosen and rung.number("wild_p") is not None:
        records.append(
            Record(
                **{**shared, "method": "restricted wild cluster bootstrap, Webb's weights, seeded"},
                finding="design_wild",
                estimate=rung.number("estimate"),
                ci_low=rung.number("wild_low"),
                ci_high=rung.number("wild_high"),
                ci_level=ci_level,
                p_value=rung.number("wild_p"),
            )
        )
    return records


def _record_together(finding: "DesignFinding", *, keys: dict[str, Any]) -> list[Record]:
    rung, ci_level = finding.rungs[0], finding.settings.ci_level
    records = []
    schools = rung.number("n_schools")
    if finding.chosen is not None and rung.number("meta_mean") is not None:
        shared = {**keys, "method": META, "design": NAMES[rung.design], "n_clusters": int(schools or 0)}
        records.append(
            Record(
                **shared,
                finding="design_meta_mean",
                estimate=rung.number("meta_mean"),
                ci_low=rung.number("meta_low"),
                ci_high=rung.number("meta_high"),
                ci_level=ci_level,
            )
        )
        if rung.number("prediction_low") is not None:
            records.append(
                Record(
                    **shared,
                    finding="design_prediction",
                    estimate=rung.number("meta_mean"),
                    ci_low=rung.number("prediction_low"),
                    ci_high=rung.number("prediction_high"),
                    ci_level=ci_level,
                )
            )
    if rung.number("expected_gain") is not None:
        records.append(
            Record(
                **{**keys, "requirement": "R26"},
                finding="expected_gain",
                method="regression to the mean of students chosen for low scores, joint normal",
                estimate=rung.number("expected_gain"),
                verdict="what would be expected without any programme; not an effect",
            )
        )
    return records


def _record_own(finding: "DesignFinding", *, keys: dict[str, Any]) -> list[Record]:
    own, ci_level = finding.own, finding.settings.ci_level
    design = NAMES[finding.rungs[0].design]
    place = {**keys, "school_id": finding.school.school_id, "level": "school", "design": design}
    records = []
    values: tuple[tuple[str, Interval | None, str], ...] = (
        (
            "design_effect_own",
            own.own,
            METHODS[finding.rungs[0].design].replace("CR2 by school", "students as they are"),
        ),
        ("design_effect_shrunken", own.shrunken, SHRUNKEN),
    )
    for name, value, method in values:
        status: Status = "withheld" if own.withheld else "ok" if value is not None else "not_estimable"
        alone = name == "design_effect_own" and value is not None
        verdict = "ESSA Tier 3 at most: one school"
        if not finding.is_delivered_here:
            verdict = "no verdict: not delivered as designed; ESSA Tier 3 at most: one school"
        reason = TOO_FEW if own.withheld else own.reason or "fewer than three schools have an estimate"
        records.append(
            Record(
                **place,
                finding=name,
                method=method,
                estimate=value.estimate if value else None,
                ci_low=value.ci_low if value else None,
                ci_high=value.ci_high if value else None,
                ci_level=ci_level if value else None,
                std_error=own.std_error if alone else None,
                p_value=own.p_value if alone else None,
                n=own.n if alone else None,
                verdict=verdict if value else None,
                status=status,
                reason=None if status == "ok" else reason,
            )
        )
    return records
