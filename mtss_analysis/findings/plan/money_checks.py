"""Whether every action says what it costs, where the money comes from, and whether it is there."""

from collections.abc import Iterator, Sequence

from mtss_analysis.findings.plan.faults import PlanFault, PlanTable
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action, Initiative
from mtss_analysis.show import format_number

REQUIREMENT = "R38"
STOPPED = "stopped"


def check_money(plan: Plan) -> tuple[PlanFault, ...]:
    """Check the money of a plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.

    Returns
    -------
    tuple of PlanFault
        ``negative_money`` (actions, and the subject's own initiatives), ``no_cost``, ``funding_gap`` and
        ``no_funding_source``, in the order of the tables. An action that costs nothing needs no money; one that was
        stopped is not asked for it.
    """
    own = [one for one in plan.initiatives if one.school_id == plan.subject.school_id]
    return (
        *(fault for action in plan.actions for fault in _check(action)),
        *(fault for one in own for fault in _check_initiative(one)),
    )


def find_gap(action: Action) -> float:
    """Find the money that is missing, dollars: 0 where there is enough, or where cost or money cannot be right."""
    if action.cost is None or action.cost <= 0 or (action.amount_funded or 0.0) < 0:
        return 0.0
    return max(action.cost - (action.amount_funded or 0.0), 0.0)


def format_dollars(dollars: float | None) -> str:
    """Write whole dollars: ``$13,000``; a dash where they are not known."""
    if dollars is None:
        return format_number(None, decimals=0)
    sign = "\N{MINUS SIGN}" if dollars < 0 and round(dollars) else ""
    return f"{sign}${format_number(abs(dollars), decimals=0)}"


def _check(action: Action) -> Iterator[PlanFault]:
    me = action.action_id
    negative = False
    for column, dollars, what in (
        ("cost", action.cost, "cost"), ("amount_funded", action.amount_funded, "amount funded"),
    ):  # fmt: skip
        if dollars is not None and dollars < 0:
            negative = True
            yield _fault(
                "negative_money", row_id=me, column=column,
                said=f"The {what} of action {me} is {format_dollars(dollars)}; money cannot be negative.",
                mend="Correct the amount; money that comes in belongs to the funding.",
            )  # fmt: skip
    if action.status == STOPPED:
        return
    if action.cost is None:
        yield _fault(
            "no_cost", row_id=me, column="cost",
            said=f"Action {me} does not say what it costs.",
            mend="State the cost over the whole action without staff; 0 if it costs nothing.",
        )  # fmt: skip
    gap = find_gap(action)
    if gap > 0 and not negative:
        secured = "no amount is" if action.amount_funded is None else f"{format_dollars(action.amount_funded)} are"
        yield _fault(
            "funding_gap", row_id=me, column="amount_funded",
            said=(
                f"Action {me} costs {format_dollars(action.cost)}, of which {secured} secured: "
                f"{format_dollars(gap)} are missing."
            ),
            mend="Secure the rest, make the action smaller, or take the money from what is retired.",
        )  # fmt: skip
    if not action.funding_source and action.cost != 0:
        yield _fault(
            "no_funding_source", row_id=me, column="funding_source",
            said=f"Action {me} names no source of its money.",
            mend="Name the fund or grant that pays for it.",
        )  # fmt: skip


def _check_initiative(one: Initiative) -> Sequence[PlanFault]:
    if one.cost_per_year is None or one.cost_per_year >= 0:
        return ()
    return (
        _fault(
            "negative_money", table="initiatives", row_id=one.initiative_id, column="cost_per_year",
            said=f"{one.initiative_id} costs {format_dollars(one.cost_per_year)} a year; money cannot be negative.",
            mend="Correct the amount.",
        ),
    )  # fmt: skip


def _fault(kind: str, *, row_id: str, column: str, said: str, mend: str, table: PlanTable = "actions") -> PlanFault:
    return PlanFault(
        requirement=REQUIREMENT, kind=kind, table=table, row_id=row_id, column=column, said=said, mend=mend
    )
