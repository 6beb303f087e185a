"""Faults of a plan as a table with what to do, and as records."""

from collections.abc import Iterable, Sequence

from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.record import Record
from mtss_analysis.show import Column, Table, join_words

COLUMNS = (Column(title="Row"), Column(title="What is missing or does not fit"), Column(title="What to do"))
WHOLE_PLAN = "The plan"


def tabulate_faults(
    faults: Sequence[PlanFault], *, name: str, caption: str, printed: int | None = None
) -> Table | None:
    """List faults with what to do about each.

    Parameters
    ----------
    faults : sequence of PlanFault
        In the order in which they are printed.
    name, caption : str
        Of the table.
    printed : int or None
        How many rows are printed; None: all.

    Returns
    -------
    Table or None
        One row per fault; None where there is none.
    """
    if not faults:
        return None
    rows = tuple((fault.row_id or WHOLE_PLAN, fault.said, fault.mend) for fault in faults)
    return Table(name=name, caption=caption, columns=COLUMNS, rows=rows, printed=printed)


def record_faults(faults: Iterable[PlanFault], *, subject: Subject, finding: str) -> tuple[Record, ...]:
    """Write faults as records: the kind is the verdict, the row of the plan the group.

    Parameters
    ----------
    faults : iterable of PlanFault
        Any.
    subject : Subject
        Whose plan.
    finding : str
        Name of the finding.

    Returns
    -------
    tuple of Record
        One each, with what to do as its reason.
    """
    return tuple(
        Record(
            finding=finding,
            requirement=fault.requirement,
            district_id=subject.district_id,
            school_id=subject.school_id,
            level=subject.level,
            group=f"{fault.table} {fault.row_id}".strip(),
            measure=fault.column,
            method="check of the plan",
            verdict=fault.kind,
            reason=fault.mend,
            sentence=fault.said,
        )
        for fault in faults
    )


def record_missing(*, subject: Subject, finding: str, requirement: str, said: str) -> tuple[Record, ...]:
    """Write as a record that there is no plan to look at.

    Parameters
    ----------
    subject : Subject
        Whose plan.
    finding, requirement : str
        As in a record.
    said : str
        The sentence that says so.

    Returns
    -------
    tuple of Record
        One.
    """
    return (
        Record(
            finding=finding,
            requirement=requirement,
            district_id=subject.district_id,
            school_id=subject.school_id,
            level=subject.level,
            status="not_estimable",
            reason="there is no plan",
            sentence=said,
        ),
    )


def say_no_plan(subject: Subject) -> str:
    """Say that a school or a district has no plan."""
    return f"The data hold no plan of this {subject.word}, so there is nothing to hold against the findings."


def say_rows(faults: Iterable[PlanFault], *, plan: Plan) -> str:
    """Name the rows of a plan in which something is missing, in its order: ``A-01b and A-02a``."""
    wrong = {fault.row_id for fault in faults}
    order = (*(goal.goal_id for goal in plan.goals), *(action.action_id for action in plan.actions))
    return join_words([row for row in order if row in wrong])
