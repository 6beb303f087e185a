"""The published numbers on delivery, worth, groups and cost."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from mtss_analysis.findings.effects.design_records import list_keys
from mtss_analysis.findings.effects.design_rows import Delivered
from mtss_analysis.findings.effects.design_words import NAMES
from mtss_analysis.findings.record import Record

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.worth_finding import WorthFinding

FAMILY = "group differences of all interventions of the run"
NOT_KNOWN = "not recorded"


def record_worth(finding: "WorthFinding") -> list[Record]:
    """Record delivery, worth, groups and cost of one intervention and outcome.

    Parameters
    ----------
    finding : WorthFinding
        With at least one design tried.

    Returns
    -------
    list of Record
        ``delivery_dose``, ``delivery_fidelity`` (all schools, this school), ``worthwhile_probability``,
        ``improvement_index``, ``typical_growth``, ``subgroup_difference``, ``cost_per_student``, ``cost_per_effect``.
    """
    effect = finding.effect
    rung = effect.rungs[0]
    keys = list_keys(effect)
    records = []
    here: dict[str, Any] = {"school_id": effect.school.school_id, "level": "school"}
    places: tuple[tuple[Delivered, dict[str, Any]], ...] = ((effect.delivered, {}), (effect.delivered_here, here))
    for delivered, place in places:
        for name, value, reached in (
            ("delivery_dose", delivered.dose_pct, None),
            ("delivery_fidelity", delivered.fidelity_pct, effect.question.fidelity_criterion_pct),
        ):
            verdict = None
            if value is not None and reached is not None:
                verdict = "delivered as designed" if value >= reached else "not delivered as designed"
            records.append(
                Record(
                    **{**keys, "requirement": "R27", "unit": "percent", **place},
                    finding=name,
                    method="minutes delivered of those planned"
                    if name == "delivery_dose"
                    else "mean over participations",
                    estimate=value,
                    n=delivered.n_served if value is not None else None,
                    verdict=verdict,
                    status="withheld" if delivered.withheld else "ok" if value is not None else "not_estimable",
                    reason="too few students to print"
                    if delivered.withheld
                    else None
                    if value is not None
                    else NOT_KNOWN,
                )
            )
    if effect.chosen is None:
        return [*records, _record_cost(finding, keys=keys)]
    design = NAMES[rung.design]
    records += [
        Record(
            **{**keys, "requirement": "R28", "unit": "probability", "design": design},
            finding="worthwhile_probability",
            method=f"posterior of the effect size; {rung.row['prior']}",
            estimate=rung.number("worthwhile"),
            verdict=f"minimum {effect.question.minimum_worthwhile_sd:g} SD"
            + ("" if effect.is_delivered else "; not delivered as designed"),
            status="ok" if rung.number("worthwhile") is not None else "not_estimable",
            reason=None if rung.number("worthwhile") is not None else "there is no effect size",
        )
    ]
    for name, value, unit in (
        ("improvement_index", rung.number("improvement_index"), "percentile points"),
        ("typical_growth", rung.number("weekly_growth"), f"{effect.indicator.unit} a week"),
    ):
        if value is not None:
            records.append(
                Record(**{**keys, "requirement": "R28", "unit": unit, "design": design}, finding=name, estimate=value)
            )
    for row, group in finding.list_groups():
        known = bool(pd.notna(row["estimate"]))
        names = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value")
        numbers: dict[str, Any] = {name: float(row[name]) if known else None for name in names}
        records.append(
            Record(
                **{
                    **keys,
                    "requirement": "R27",
                    "group": f"{keys['group']}, {group.column}: {group.focus}-{group.reference}",
                },
                finding="subgroup_difference",
                design=design,
                method="interaction in the design's model, CR2 by school, Satterthwaite",
                **numbers,
                ci_level=effect.settings.ci_level if known else None,
                family=f"{FAMILY}, {int(row['family_size'])}" if known else None,
                n=int(row["n"]) if known else None,
                status="ok" if known else "not_estimable",
                reason=None if known else str(row["reason"]),
                sentence=finding.say_group(row, group),
            )
        )
    return [*records, _record_cost(finding, keys=keys), *_record_cost_per_effect(finding, keys=keys)]


def _record_cost(finding: "WorthFinding", *, keys: dict[str, Any]) -> Record:
    rung = finding.effect.rungs[0]
    cost = rung.number("cost")
    staff = "with staff" if rung.row["cost_with_staff"] else "without staff"
    return Record(
        **{**keys, "requirement": "R30", "unit": "US dollars per student and year"},
        finding="cost_per_student",
        method=f"ingredients, {staff}",
        estimate=cost,
        status="ok" if cost is not None else "not_estimable",
        reason=None if cost is not None else str(rung.row["cost_reason"]) or "the data give no cost",
    )


def _record_cost_per_effect(finding: "WorthFinding", *, keys: dict[str, Any]) -> list[Record]:
    rung = finding.effect.rungs[0]
    per = rung.number("cost_per_sd")
    return [
        Record(
            **{**keys, "requirement": "R30", "unit": "US dollars per student SD"},
            finding="cost_per_effect",
            method="cost over effect size, Fieller's interval",
            estimate=per,
            ci_low=rung.number("cost_low"),
            ci_high=rung.number("cost_high"),
            ci_level=finding.effect.settings.ci_level if per is not None else None,
            status="ok" if per is not None else "not_estimable",
            reason=None if per is not None else f"not computed: {rung.row['cost_reason']}",
        )
    ]
