"""How a record is named in a sentence, and how its number is written."""

from collections.abc import Mapping
from typing import Any

from mtss_analysis.show import name_grade

WORDS = {
    "mean_score": "mean score",
    "mean_standing": "mean standing",
    "share_below_cut": "share of students below the cut",
    "share_screened": "share of enrolled students with a score",
    "gap": "gap",
    "trend": "change a year",
    "trend_shrunken": "change a year (shrunken)",
    "effect_own": "effect",
    "effect_shrunken": "effect (best guess)",
    "factor_share": "share of the spread that goes with a factor",
    "factor_held_out": "share of the spread foretold in classrooms left out",
    "factor_change": "difference of changes by a factor",
    "factor_category": "standing",
    "factor_category_change": "change a year against the school's average",
    "factor_leaf": "standing of a combination",
    "factor_leaf_change": "change a year of a combination",
    "design_effect": "effect by the strongest design",
    "design_effect_own": "effect in this school alone",
    "design_effect_shrunken": "effect in this school (best guess)",
    "design_effect_size": "effect size",
    "chronic_absence": "share of students chronically absent",
    "attendance_rate": "share of school days attended",
    "referral_rate": "referrals per 100 students and school day",
    "students_at_risk": "share of students at risk",
    "plan_size": "check of the plan",
    "plan_fault": "what to mend in the plan",
    "plan_track": "course of the plan's goals",
    "goal_on_track": "course of a goal",
    "action_aim": "aim of an action",
    "action_priority": "place of an action by the seven questions",
    "action_question": "answer about an action",
    "deliverables_sound": "deliverables that can be verified",
    "initiative_verdict": "verdict on an initiative",
    "staff_hours": "staff hours of the plan",
    "root_cause_seen": "difference from comparable schools",
    "trend_beside_root_cause": "further worsening a year where the root cause is seen",
    "root_cause_of_trends": "what a candidate root cause goes with",
    "positive_deviant": "what goes right",
    "deviant_difference": "difference from the median comparable school",
    "grade_stands_out": "how far a grade stands out",
    "classroom_stands_out": "a classroom that stands out",
    "units_standing_out": "classrooms and grades that stand out",
}
"""The words for a finding; one that is not listed is named by its own name without underscores."""

SHARES = ("percent", "percentage points")


def name_record(record: Mapping[str, Any]) -> str:
    """Name what a record is about: the finding, the measure, the grade and the group.

    Parameters
    ----------
    record : mapping
        A record as in ``findings.json``.

    Returns
    -------
    str
        Such as ``share of students below the cut, orf reading, grade 3``; begins in lower case.
    """
    finding = str(record["finding"])
    words = [WORDS.get(finding, finding.replace("_", " "))]
    if record["measure"]:
        words.append(str(record["measure"]).replace("_", " "))
    elif record["domain"]:
        words.append(str(record["domain"]).replace("_", " "))
    if record["grade"] and record["grade"] != "all":
        words.append(name_grade(str(record["grade"])))
    if record["group"] and record["group"] != "all":
        words.append(str(record["group"]).replace("_", " "))
    return ", ".join(words)


def write_value(record: Mapping[str, Any]) -> str:
    """Write a record's estimate with its unit, to three significant digits or whole percent.

    Parameters
    ----------
    record : mapping
        A record as in ``findings.json`` with an estimate.

    Returns
    -------
    str
        Such as ``41%`` or ``512 points``.
    """
    value, unit = float(record["estimate"]), str(record["unit"] or "")
    if unit in SHARES:
        return f"{value:.0f}{'%' if unit == 'percent' else ' percentage points'}"
    size = abs(value)
    number = f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return f"{number} {unit}".strip()
