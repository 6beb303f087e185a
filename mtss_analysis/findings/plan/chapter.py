"""What the chapter on the action plan is made of, for a school or for a district."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.overview.source import OverviewSource
from mtss_analysis.findings.plan.aim_finding import find_aims, find_unanswered
from mtss_analysis.findings.plan.answers import answer_questions
from mtss_analysis.findings.plan.course_finding import find_courses
from mtss_analysis.findings.plan.deliverable_finding import find_deliverables
from mtss_analysis.findings.plan.feasible_finding import find_feasible
from mtss_analysis.findings.plan.goals_finding import find_goals, find_reach
from mtss_analysis.findings.plan.initiative_finding import find_initiatives
from mtss_analysis.findings.plan.money_finding import find_money
from mtss_analysis.findings.plan.plan import Plan, Subject, open_plan
from mtss_analysis.findings.plan.priority_finding import FINDING as PRIORITY
from mtss_analysis.findings.plan.priority_finding import find_answers, find_priorities
from mtss_analysis.findings.plan.structure_finding import find_structure
from mtss_analysis.findings.plan.track_changes import RecordRow
from mtss_analysis.findings.plan.track_finding import find_track
from mtss_analysis.findings.plan.wall_finding import find_wall
from mtss_analysis.findings.plan.whole_check import check_plan
from mtss_analysis.findings.plan.whole_finding import tell_faults
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Text

__all__ = [
    "PlanChapter",
    "collect_records",
    "find_district_plan",
    "find_plan",
    "lay_out",
    "open_chapter",
    "open_checks",
]

Findings = tuple[ToldFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanChapter:
    """The findings on one plan, in the order of the chapter.

    Parameters
    ----------
    missing : tuple of ToldFinding
        Of a school or district without a plan, the one sentence that says so; all else is empty then.
    wall : tuple of ToldFinding
        The plan on one page.
    faults : tuple of ToldFinding
        All that is missing or does not fit.
    goals, track, structure, aims, priorities, feasible, deliverables, money : tuple of ToldFinding
        The plan held against the findings.
    """

    missing: Findings = ()
    wall: Findings = ()
    faults: Findings = ()
    goals: Findings = ()
    track: Findings = ()
    structure: Findings = ()
    aims: Findings = ()
    priorities: Findings = ()
    feasible: Findings = ()
    deliverables: Findings = ()
    money: Findings = ()

    @property
    def answers(self) -> Findings:
        """The findings that answer the chapter's question."""
        return (*self.missing, *self.wall, *self.track[:1], *self.aims[:1])

    @property
    def all(self) -> Findings:
        """Every finding."""
        return (
            *self.missing, *self.wall, *self.faults, *self.goals, *self.track, *self.structure, *self.aims,
            *self.priorities, *self.feasible, *self.deliverables, *self.money,
        )  # fmt: skip


def find_plan(
    district: District,
    *,
    school_id: str,
    settings: Settings,
    comparison: Comparison,
    previous: Sequence[RecordRow] = (),
) -> PlanChapter:
    """Hold a school's plan against what the data say.

    Parameters
    ----------
    district : District
        The school's slice.
    school_id : str
        Which school.
    settings : Settings
        What is asked.
    comparison : Comparison
        The plans of all schools, and what they are held against.
    previous : sequence of mapping, optional
        Records of the school's last packet, as in ``findings.json``.

    Returns
    -------
    PlanChapter
        A single sentence where the school has no plan of its own.
    """
    subject = Subject(district_id=district.district_id, school_id=school_id, name=district.school_name(school_id))
    return hold_against_findings(
        open_plan(comparison, subject=subject), settings=settings, comparison=comparison, previous=previous
    )


def find_district_plan(
    source: OverviewSource, *, comparison: Comparison, previous: Sequence[RecordRow] = ()
) -> PlanChapter:
    """Hold a district's plan against what the data say.

    Parameters
    ----------
    source : OverviewSource
        Whose overview it is, and what is asked.
    comparison : Comparison
        The plans of the district, and what they are held against.
    previous : sequence of mapping, optional
        Records of the district's last overview, as in ``findings.json``.

    Returns
    -------
    PlanChapter
        A single sentence where the district has no plan.
    """
    subject = Subject(district_id=source.district_id, school_id=None, name=source.name)
    return hold_against_findings(
        open_plan(comparison, subject=subject), settings=source.settings, comparison=comparison, previous=previous
    )


def open_checks(chapter: PlanChapter, *, anchor: str = "sec-plan-held") -> Text:
    """Open the part in which the plan is held against the findings, on a page of its own; nothing without a plan.

    Parameters
    ----------
    chapter : PlanChapter
        The findings.
    anchor : str
        Name of the section for references.

    Returns
    -------
    Text
        The heading and what the part asks.
    """
    if not chapter.faults:
        return Text(markdown="")
    asks = "Does it answer what the data say, can it be done, and how would we know?"
    return Text(markdown=f"# The plan held against the findings {{#{anchor}}}\n\n{asks}")


def hold_against_findings(
    plan: Plan, *, settings: Settings, comparison: Comparison, previous: Sequence[RecordRow] = ()
) -> PlanChapter:
    """Hold a plan against what the data say.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        What is asked.
    comparison : Comparison
        What it is held against.
    previous : sequence of mapping, optional
        Records of the last packet, as in ``findings.json``.

    Returns
    -------
    PlanChapter
        All findings.
    """
    asked: dict[str, Any] = {"settings": settings, "comparison": comparison}
    if plan.is_empty:
        return PlanChapter(missing=(find_wall(plan, **asked),))
    faults = check_plan(plan, **asked)
    rubrics = answer_questions(plan, **asked)
    priorities = find_priorities(plan, **asked, rubrics=rubrics)
    return PlanChapter(
        wall=(find_wall(plan, **asked, faults=faults, order=_read_order(priorities)),),
        faults=(tell_faults(plan, faults=faults),),
        goals=(find_goals(plan, **asked), *find_reach(plan, **asked)),
        track=(find_track(plan, **asked, previous=previous), *find_courses(plan, **asked)),
        structure=(find_structure(plan, **asked),),
        aims=(find_aims(plan, **asked), find_unanswered(plan, **asked)),
        priorities=(priorities, find_answers(plan, **asked, rubrics=rubrics)),
        feasible=(find_feasible(plan, **asked),),
        deliverables=(find_deliverables(plan, **asked),),
        money=(find_money(plan, **asked), find_initiatives(plan, **asked)),
    )


def _read_order(priorities: ToldFinding) -> dict[str, int] | None:
    """Read the places of actions from what is published of them, the first first; None: nothing is put in order."""
    ids = [str(one.group).rpartition(" ")[2] for one in priorities.records() if one.finding == PRIORITY and one.group]
    return {action_id: place for place, action_id in enumerate(ids, start=1)} or None
