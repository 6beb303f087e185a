"""All that is missing from a plan or wrong in it, each thing once."""

from collections.abc import Iterable

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.aims import check_aims
from mtss_analysis.findings.plan.deliverable_checks import check_deliverables
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.feasible_checks import check_feasible
from mtss_analysis.findings.plan.goals_finding import check_goals
from mtss_analysis.findings.plan.money_checks import check_money
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.structure_checks import check_structure
from mtss_analysis.findings.settings import Settings

TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")


def check_plan(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[PlanFault, ...]:
    """Check a plan by every requirement.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        What the run asks, with its candidate root causes.
    comparison : Comparison
        What the plan is held against.

    Returns
    -------
    tuple of PlanFault
        Rows in the order of the plan, goals first; what is missing from the plan as a whole comes last. A column of a
        row that two checks find wrong in the same way is there once. What speaks against an initiative is no fault of
        the plan, and not among them.
    """
    found = (
        *check_goals(plan, settings=settings, comparison=comparison),
        *check_structure(plan),
        *check_aims(plan, settings=settings, comparison=comparison),
        *check_money(plan),
        *check_feasible(plan, comparison=comparison),
        *check_deliverables(plan, comparison=comparison),
    )
    return _order(_take_once(found), plan=plan)


def _take_once(faults: Iterable[PlanFault]) -> list[PlanFault]:
    first: dict[tuple[str, str, str, str], PlanFault] = {}
    for fault in faults:
        # What is missing from the plan as a whole differs by what it is said of.
        what = fault.said if not fault.row_id else ""
        first.setdefault((fault.kind, fault.table, fault.row_id, what or fault.column), fault)
    return list(first.values())


def _order(faults: list[PlanFault], *, plan: Plan) -> tuple[PlanFault, ...]:
    rows: dict[str, tuple[str, ...]] = {
        "goals": tuple(one.goal_id for one in plan.goals),
        "actions": tuple(one.action_id for one in plan.actions),
        "deliverables": tuple(one.deliverable_id for one in plan.deliverables),
        "initiatives": tuple(one.initiative_id for one in plan.initiatives),
        "capacity": tuple(one.capacity_id for one in plan.capacity),
    }
    place = {(table, row): at for table, ids in rows.items() for at, row in enumerate(ids)}

    def key(fault: PlanFault) -> tuple[bool, int, int]:
        return (not fault.row_id, TABLES.index(fault.table), place.get((fault.table, fault.row_id), len(place)))

    return tuple(sorted(faults, key=key))
