"""What comes next in a plan: its actions that are not over, the most important first, and page one's words for them."""

import datetime as dt
from collections.abc import Mapping, Sequence

from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.show import join_words, name_day

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
        At most three, of kind ``next``; an action that does not say what is done is left out. Actions that differ in
        nothing but their goal make one note.
    """
    alike: dict[tuple[object, ...], list[Action]] = {}
    for one in actions:
        if one.description:
            alike.setdefault((one.description, one.owner, one.start_date, one.next_check), []).append(one)
    return tuple(
        {"kind": "next", "action": same[0].action_id, "sentence": say_next(same)}
        for same in list(alike.values())[:MOST_NOTED]
    )


def say_next(same: Sequence[Action]) -> str:
    """Say what is done in one or several actions alike, with who answers for it and when it is looked at."""
    action = same[0]
    what = (action.description or action.action_id).rstrip(".")
    if len(what) > LONGEST:
        what = what[:LONGEST].rsplit(" ", maxsplit=1)[0].rstrip(",;") + " …"
    owner = name_position(action.owner[0]) if len(action.owner) == 1 else ""
    unowned = "one owner has to be chosen" if action.owner else "nobody answers for it yet"
    parts = [join_words([one.action_id for one in same]), owner or unowned]
    if action.start_date is not None:
        parts.append(f"from {name_day(action.start_date)}")
    if action.next_check is not None:
        parts.append(f"next look on {name_day(action.next_check)}")
    return f"{what} ({'; '.join(parts)})."


def name_position(position: str) -> str:
    """Write a position as words: ``director_of_curriculum`` is "director of curriculum"."""
    return position.replace("_", " ")
