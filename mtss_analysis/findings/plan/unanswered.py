"""Findings for which a plan has nothing: candidate root causes without an action, concerning trends without a goal."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.implementation.breakdown_finding import TITLE as PRACTICE_TITLE
from mtss_analysis.findings.plan.aims import acts_on
from mtss_analysis.findings.plan.evidence import Evidence
from mtss_analysis.findings.plan.finding_ids import read_finding_id
from mtss_analysis.findings.plan.finding_names import TABLES
from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.root_causes.cause_finding import SEEN_TITLE
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import format_signed, join_words, likely_between, name_grade

DECLARED = f"Root causes, {SEEN_TITLE}"
PRACTICE = f"Root causes, {PRACTICE_TITLE}"
ABSENCE = "chronic_absence"
ABSENT = "Trends, How many students miss much school"
TRENDS = "Trends, Most promising and most concerning trends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A finding for which a plan has no action or no goal of its own.

    Parameters
    ----------
    kind : {'cause', 'trend'}
        What was found.
    name : str
        Id of the cause, or measure of the trend.
    label : str
        As a table names it.
    where : str
        As a table says it: ``the whole district``, ``schools 01006 and 01007``.
    said : str
        What was found, one sentence.
    section : str
        Chapter and section in which it stands.
    exhibit : str
        The table there, such as ``tbl-trend-list``.
    why : str
        What the plans have for it, or why it is not to be expected.
    """

    kind: str
    name: str
    label: str
    where: str
    said: str
    section: str
    exhibit: str
    why: str


def find_section(cause: Evidence) -> str:
    """Name the chapter and section of a packet in which a cause stands."""
    return DECLARED if cause.declared is not None else PRACTICE


def find_exhibit(cause: Evidence) -> str:
    """Name the table of a packet in which a cause stands, such as ``tbl-root-cause-seen``."""
    return f"tbl-{TABLES['root_cause_seen' if cause.declared is not None else 'practice_breakdown']}"


def list_causes(plan: Plan, *, causes: Sequence[Evidence]) -> tuple[Unanswered, ...]:
    """List the causes that the data show where a plan reaches and for which it has no action.

    Parameters
    ----------
    plan : Plan
        Of a school: an action of the district answers, too.
    causes : sequence of Evidence
        All, also practices that the run file does not name.

    Returns
    -------
    tuple of Unanswered
        With whether another school's plan has an action.
    """
    subject = plan.subject
    reach = (*plan.actions, *(action for action in plan.others if action.school_id is None))
    return tuple(
        Unanswered(
            kind="cause",
            name=one.cause_id,
            label=one.label,
            where=_say_where(subject, one),
            said=one.said(subject),
            section=find_section(one),
            exhibit=find_exhibit(one),
            why=_say_why(plan, one),
        )
        for one in causes
        if one.presence(subject) == "yes" and not acts_on(reach, one)
    )


def list_trends(plan: Plan, *, comparison: FrameReader) -> tuple[Unanswered, ...]:
    """List the concerning trends that no goal of the school's plan or the district's is measured by or names.

    Parameters
    ----------
    plan : Plan
        Of a school; or of a district, over all its schools.
    comparison : Comparison
        With ``cause_trends``, which says of every school and measure whether its trend is concerning, under control of
        false discoveries.

    Returns
    -------
    tuple of Unanswered
        One for each measure of a school.
    """
    subject = plan.subject
    goals = comparison.frame("plan_goals")
    goals = goals[goals["district_id"] == subject.district_id]
    trends = comparison.frame("cause_trends")
    trends = trends[(trends["district_id"] == subject.district_id) & trends["concerning"].eq(other=True)]
    if subject.school_id is not None:
        trends = trends[trends["school_id"] == subject.school_id]
    found = []
    for row in trends.to_dict("records"):
        school_id, measure = str(row["school_id"]), str(row["trend"])
        reach = goals[goals["school_id"].isna() | (goals["school_id"] == school_id)]
        if not _is_answered(reach, measure=measure):
            found.append(
                Unanswered(
                    kind="trend",
                    name=measure,
                    label=f"the trend in {row['label']}",
                    where=f"school {school_id}",
                    said=say_trend(row),
                    section=ABSENT if measure == ABSENCE else TRENDS,
                    exhibit=f"tbl-{TABLES['chronic_absence' if measure == ABSENCE else 'trend']}",
                    why=f"no goal is measured by {measure} or names its trend",
                )
            )
    return tuple(found)


def _is_answered(goals: pd.DataFrame, *, measure: str) -> bool:
    """Tell whether a goal is measured by it, or names a finding about it, such as ``trend:reading_scale``."""
    ids = [read_finding_id(one) for written in goals["finding_id"].dropna() for one in str(written).split(";")]
    named = {name for one in ids for name in (one.finding, *one.starts)}
    return measure in named | set(goals["measure"].dropna())


def say_trend(row: Mapping[Hashable, Any]) -> str:
    """Say the trend of a school in one measure.

    Parameters
    ----------
    row : mapping
        A row of ``cause_trends``.

    Returns
    -------
    str
        One sentence; where only a grade or a group moved, which one.
    """
    label = str(row["label"])
    if row["trend_grade"] != ALL or row["group"] != ALL:
        grade = "" if row["trend_grade"] == ALL else name_grade(str(row["trend_grade"]))
        group = "" if row["group"] == ALL else str(row["group"]).replace("_", " ").replace("=", ": ")
        return f"In {label}, the trend stands out in {', '.join(part for part in (grade, group) if part)}."
    unit = str(row["unit"]).replace(" SD ", " standard deviations ").replace(" per ", " a ")
    low, high = float(row["ci_low"]), float(row["ci_high"])
    size = format_signed(float(row["slope"]), low=low, high=high)
    return f"In {label}, all students moved by {size} {unit} ({likely_between(low=low, high=high)})."


def _say_where(subject: Subject, cause: Evidence) -> str:
    if subject.school_id is not None:
        return f"school {subject.school_id}"
    shared = any(sight.present == "yes" and not sight.school_id and sight.level != "school" for sight in cause.sights)
    schools = cause.schools()
    if shared or not schools:
        return "the whole district"
    return f"{'school' if len(schools) == 1 else 'schools'} {join_words(list(schools))}"


def _say_why(plan: Plan, cause: Evidence) -> str:
    if cause.declared is not None and not cause.declared.controllable:
        return "the run file says that the district cannot change it"
    elsewhere = sorted({action.school_id for action in plan.others if action.school_id and acts_on([action], cause)})
    if elsewhere:
        return f"only the plan of {'school' if len(elsewhere) == 1 else 'schools'} {join_words(elsewhere)} acts on it"
    return "no plan of the district acts on it"
