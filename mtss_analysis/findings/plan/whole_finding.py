"""All that is missing from a plan or wrong in it, in one list with what to do."""

from collections.abc import Sequence

from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.fault_list import tabulate_faults
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.show import say_number

NAME = "plan-faults"
TITLE = "What to mend in this plan"
MOST_PRINTED = 30
_KIND_NOTE = (
    "The sections that follow give the reasons. A list is no mark: a plan with goals, dates and numbers has more that "
    "can be checked."
)


def tell_faults(plan: Plan, *, faults: Sequence[PlanFault]) -> ToldFinding:
    """List everything that is wrong in a plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district, not empty.
    faults : sequence of PlanFault
        From :func:`mtss_analysis.findings.plan.whole_check.check_plan`.

    Returns
    -------
    ToldFinding
        With one row per fault; records are those of the sections that find them.
    """
    if not faults:
        return ToldFinding(
            title=TITLE,
            said=f"We find nothing missing in the plan of this {plan.subject.word}, and nothing that does not fit.",
        )
    rows = len({(fault.table, fault.row_id) for fault in faults})
    said = f"{say_count(faults).capitalize()}, in {say_count_of(rows, 'row')} of the plan. See @tbl-{NAME}."
    return ToldFinding(
        title=TITLE,
        said=said,
        listed=tabulate_faults(
            faults, name=NAME, caption="What is missing from the plan or does not fit, and what to do.",
            printed=MOST_PRINTED,
        ),
        kept_in_mind=(_KIND_NOTE,),
    )  # fmt: skip


def say_count(faults: Sequence[PlanFault]) -> str:
    """Say how many things are wrong: "three things are missing or do not fit"."""
    count = len(faults)
    verbs = ("is", "does") if count == 1 else ("are", "do")
    return f"{say_count_of(count, 'thing')} {verbs[0]} missing or {verbs[1]} not fit"


def say_count_of(count: int, singular: str) -> str:
    """Say a count with its noun, in words up to twelve: "three goals", "one action", "no action"."""
    return f"{say_number(count)} {singular}{'' if count < 2 else 's'}"
