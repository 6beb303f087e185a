"""The letters of SMART: one verdict each, with its reason, and what is wrong where something is."""

from dataclasses import dataclass
from typing import Literal

from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.measure_words import say_time, write_amount

LetterName = Literal["S", "M", "A", "R", "T"]
WORDS: dict[LetterName, str] = {
    "S": "specific",
    "M": "measurable",
    "A": "achievable",
    "R": "relevant",
    "T": "time-bound",
}
LEEWAY = 0.5
"""Standard errors by which a stated baseline may miss the data's value.

A mean of all but one in 17 of the same students lies within half its standard error in 19 of 20 cases: with a share q
of them counted, the difference has the standard deviation SE·sqrt((1 − q)/q).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter of a goal.

    Parameters
    ----------
    letter : {'S', 'M', 'A', 'R', 'T'}
        Which.
    met : bool or None
        None: cannot tell.
    said : str
        Why, one to three sentences.
    fault : PlanFault or None
        What is wrong, where something is.
    """

    letter: LetterName
    met: bool | None
    said: str
    fault: PlanFault | None = None


def find_base(view: GoalView) -> float | None:
    """Find where a goal starts from: what the data say, or the stated baseline where they say nothing.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.

    Returns
    -------
    float or None
        The stated baseline where it agrees with the data; None where there is neither.
    """
    found, stated = view.baseline, view.goal.baseline
    if found is None or found.value is None:
        return stated
    return stated if stated is not None and agrees(view) else found.value


def agrees(view: GoalView) -> bool:
    """Whether the stated baseline is the data's value but for rounding and who was counted; also where nobody knows."""
    found, stated = view.baseline, view.goal.baseline
    if found is None or found.value is None or stated is None:
        return True
    decimals = len(f"{stated:.10f}".rstrip("0").partition(".")[2])
    rounding = 0.5 * 10.0**-decimals + 1e-9
    return abs(stated - found.value) <= max(rounding, LEEWAY * (found.std_error or 0.0))


def fault_of(view: GoalView, *, kind: str, column: str, said: str, mend: str) -> PlanFault:
    """Write a fault of a goal."""
    return PlanFault(
        requirement="R31", kind=kind, table="goals", row_id=view.goal.goal_id, column=column, said=said, mend=mend
    )


def miss(view: GoalView, *, letter: LetterName, kind: str, column: str, said: str, mend: str) -> Letter:
    """Write a letter that is not met, with its fault.

    Parameters
    ----------
    view : GoalView
        The goal.
    letter : {'S', 'M', 'A', 'R', 'T'}
        Which.
    kind, column, said, mend : str
        As in a ``PlanFault``.

    Returns
    -------
    Letter
    """
    fault = fault_of(view, kind=kind, column=column, said=said, mend=mend)
    return Letter(letter=letter, met=False, said=said, fault=fault)


def say_baseline(view: GoalView) -> str:
    """Say what the data have at the time of the baseline; empty where nothing may be said."""
    found = view.baseline
    if found is None or found.value is None or view.key is None:
        return ""
    return f"{write_amount(found.value, key=view.key)} in {say_time(found.time)}"
