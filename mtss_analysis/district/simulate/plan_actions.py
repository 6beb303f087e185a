"""The actions and deliverables of a plan without faults: two for each goal, one in each year of the plan."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.district.simulate.plan_dates import PlanDates
from mtss_analysis.district.simulate.plan_goals import PlannedGoal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    description: str
    action_type: str
    staff_role: str
    hours: float
    cost: float
    deliverable: str
    evidence_type: str


STEPS: dict[str, tuple[_Step, _Step]] = {
    "practice": (
        _Step(
            description="Coach teachers with four and more years of experience in their own classrooms from the second "
            "week after the training on",
            action_type="coaching",
            staff_role="coach",
            hours=1.5,
            cost=1800.0,
            deliverable="Walkthrough scores of every coached teacher, twelve weeks after the training",
            evidence_type="walkthrough_scores",
        ),
        _Step(
            description="Give teachers of one class a common planning hour each week and review their lessons together",
            action_type="schedule",
            staff_role="interventionist",
            hours=1.0,
            cost=600.0,
            deliverable="Formative assessments of four weeks with what was changed in teaching because of them",
            evidence_type="formative_assessment",
        ),
    ),
    "school": (
        _Step(
            description="Rehearse the practice in grade-level meetings and observe it in every classroom twice a month",
            action_type="coaching",
            staff_role="coach",
            hours=1.5,
            cost=2400.0,
            deliverable="Walkthrough scores of all classrooms of the school for one month",
            evidence_type="walkthrough_scores",
        ),
        _Step(
            description="Adopt one lesson format for the school and review it with student work every six weeks",
            action_type="routine",
            staff_role="principal",
            hours=0.5,
            cost=800.0,
            deliverable="Student work of three classrooms, scored by two teachers",
            evidence_type="student_work",
        ),
    ),
    "attendance": (
        _Step(
            description="Call home on the second day of absence and agree on a plan with every family above five days",
            action_type="routine",
            staff_role="counselor",
            hours=1.0,
            cost=900.0,
            deliverable="Absence of students with a plan, month by month",
            evidence_type="progress_monitoring",
        ),
        _Step(
            description="Run a weekly attendance team with the school nurse",
            action_type="routine",
            staff_role="counselor",
            hours=1.0,
            cost=500.0,
            deliverable="Absence of students with a plan, against the year before",
            evidence_type="progress_monitoring",
        ),
    ),
    "caseload": (
        _Step(
            description="Move interventionist hours to the schools with most Tier 2 and 3 students per position",
            action_type="staffing",
            staff_role="interventionist",
            hours=1.5,
            cost=3000.0,
            deliverable="Schedule of all interventionists with students per position",
            evidence_type="schedule",
        ),
        _Step(
            description="Review every group after eight weeks and end what students no longer need",
            action_type="routine",
            staff_role="interventionist",
            hours=1.0,
            cost=700.0,
            deliverable="Progress monitoring of all groups with the decision taken",
            evidence_type="progress_monitoring",
        ),
    ),
    "fidelity": (
        _Step(
            description="Complete the missing items of the fidelity inventory with an outside coach, item by item",
            action_type="coaching",
            staff_role="coach",
            hours=1.0,
            cost=1500.0,
            deliverable="Fidelity inventory scored with the coach",
            evidence_type="fidelity_checklist",
        ),
        _Step(
            description="Review the fidelity inventory in the leadership team every quarter",
            action_type="routine",
            staff_role="principal",
            hours=0.5,
            cost=400.0,
            deliverable="Fidelity inventory of the spring, item by item",
            evidence_type="fidelity_checklist",
        ),
    ),
}


def write_actions(goals: Sequence[PlannedGoal], *, dates: PlanDates) -> pd.DataFrame:
    """Write the actions table of a plan without faults.

    Parameters
    ----------
    goals : sequence of PlannedGoal
        From ``choose_goals``.
    dates : PlanDates
        Days of the plan.

    Returns
    -------
    DataFrame
        Two rows per goal: the first runs through the plan's first year and is done, the second through its second year
        and begins when the first has ended. ``A-<goal><a, b>``.
    """
    return pd.DataFrame([_action(goal, number=number, dates=dates) for goal in goals for number in (0, 1)])


def write_deliverables(goals: Sequence[PlannedGoal], *, dates: PlanDates) -> pd.DataFrame:
    """Write the deliverables table of a plan without faults: one for each action.

    Parameters
    ----------
    goals : sequence of PlannedGoal
        From ``choose_goals``.
    dates : PlanDates
        Days of the plan.

    Returns
    -------
    DataFrame
        Columns of the deliverables table; those of the first year are delivered.
    """
    rows = []
    for goal in goals:
        for number, letter in enumerate("ab"):
            step = _step(goal, number=number)
            due = dates.near(3, 4) if number == 0 else dates.near(11, 4, year=1)
            rows.append(
                {
                    "deliverable_id": f"D-{goal.goal_id[2:]}{letter}",
                    "action_id": f"A-{goal.goal_id[2:]}{letter}",
                    "description": step.deliverable,
                    "evidence_type": step.evidence_type,
                    "due_date": due,
                    "responsible": step.staff_role,
                    "status": "open" if number else "delivered",
                    "delivered_on": None if number else due,
                }
            )
    return pd.DataFrame(rows)


def _action(goal: PlannedGoal, *, number: int, dates: PlanDates) -> dict[str, object]:
    step = _step(goal, number=number)
    action_id = f"A-{goal.goal_id[2:]}{'ab'[number]}"
    return {
        "action_id": action_id,
        "school_id": goal.school_id,
        "goal_id": goal.goal_id,
        "cause_id": goal.cause_id,
        "description": step.description,
        "action_type": step.action_type,
        "level": goal.level,
        "practice": goal.practice,
        "intervention_id": None,
        "spreads_from_school_id": None,
        "schools_reached": goal.school_id if goal.school_id is not None else "all",
        "owner": "principal" if goal.school_id is not None else "director_of_curriculum",
        "lead_district": "director_of_curriculum",
        "lead_school": "assistant_principal",
        "lead_classroom": "grade_level_lead",
        "support_structure": "Coach and principal look at one lesson together every two weeks",
        "start_date": dates.near(9, 1, year=number),
        "end_date": dates.near(5, 15, year=number),
        "depends_on": action_id[:-1] + "a" if number else None,
        "staff_role": step.staff_role,
        "staff_hours_per_week": step.hours,
        "capacity_exists": "Two coaches trained in the practice",
        "capacity_needed": "Time of substitutes for planning hours",
        "cost": step.cost,
        "funding_source": "Title II, Part A",
        "amount_funded": step.cost,
        "risks": "Staff leave during the year; the coach keeps a second teacher of each grade ready",
        "progress_measure": goal.measure,
        "next_check": dates.near(2, 10) if number == 0 else dates.near(11, 18, year=1),
        "status": "planned" if number else "done",
    }


def _step(goal: PlannedGoal, *, number: int) -> _Step:
    kind = goal.cause_id if goal.cause_id in STEPS else ("school" if goal.level == "school" else "practice")
    return STEPS[kind][number]
