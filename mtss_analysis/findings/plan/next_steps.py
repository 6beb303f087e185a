"""What comes next in a plan: its actions that are not over, the most important first, and page one's words for them."""

import datetime as dt
from collections.abc import Mapping, Sequence

from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.plan.deliverable_checks import say_day
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action

OVER = ("done", "stopped")
MOST_NOTED = 3
LONGEST = 100
"""Characters of a description on page one, which is one page."""


def list_next(plan: Plan, *, today: dt.date | None, order: Mapping[str, int]) -> tuple[Action, ...]:
    """List the actions that are under way or still to begin.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    today : date or None
        The newest date in the data.
    order : mapping of str to int
        Place of an action by the seven questions, 1 first; an action that is left out comes last.

    Returns
    -------
    tuple of Action
        By priority, then by their first day; an action whose last day has passed is over, whatever its status.
    """
    ahead = [one for one in plan.actions if not is_over(one, today=today)]
    last = len(order) + 1
    return tuple(
        sorted(ahead, key=lambda one: (order.get(one.action_id, last), one.start_date or dt.date.max, one.action_id))
    )


def is_over(action: Action, *, today: dt.date | None) -> bool:
    """Whether an action is done, stopped, or past its last day."""
    past = today is not None and action.end_date is not None and action.end_date < today
    return action.status in OVER or past


def write_notes(actions: Sequence[Action]) -> tuple[Note, ...]:
    """Write page one's notes of what would be done next.

    Parameters
    ----------
    actions : sequence of Action
        From :func:`list_next`.

    Returns
    -------
    tuple of Note
        At most three, of kind ``next``; an action that does not say what is done is left out.
    """
    told = [one for one in actions if one.description]
    return tuple({"kind": "next", "action": one.action_id, "sentence": say_next(one)} for one in told[:MOST_NOTED])


def say_next(action: Action) -> str:
    """Say one action with who answers for it and when it is looked at."""
    what = (action.description or action.action_id).rstrip(".")
    if len(what) > LONGEST:
        what = what[:LONGEST].rsplit(" ", maxsplit=1)[0].rstrip(",;") + " …"
    owner = name_position(action.owner[0]) if len(action.owner) == 1 else ""
    parts = [action.action_id, owner or ("one owner has to be chosen" if action.owner else "nobody answers for it yet")]
    if action.start_date is not None:
        parts.append(f"from {say_day(action.start_date)}")
    if action.next_check is not None:
        parts.append(f"next look on {say_day(action.next_check)}")
    return f"{what} ({'; '.join(parts)})."


def name_position(position: str) -> str:
    """Write a position as words: ``director_of_curriculum`` is "director of curriculum"."""
    return position.replace("_", " ")
