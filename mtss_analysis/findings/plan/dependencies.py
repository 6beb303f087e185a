"""Which action must wait for which: what nobody knows, what begins too early, and circles of any length."""

from collections.abc import Iterator, Mapping, Sequence

from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.show import join_words, name_day

REQUIREMENT = "R32"


def check_dependencies(
    actions: Sequence[Action], *, others: Sequence[Action], known: frozenset[str]
) -> tuple[PlanFault, ...]:
    """Check what the actions of a plan wait for.

    Parameters
    ----------
    actions : sequence of Action
        Of the plan.
    others : sequence of Action
        All further actions of the district, for which one of the plan may wait.
    known : frozenset of str
        Ids of all actions of the district.

    Returns
    -------
    tuple of PlanFault
        ``unknown_dependency``, ``circular_dependency`` and ``starts_too_early``, of the plan's own actions. Of actions
        that wait for each other in a circle, no start is called too early.
    """
    by_id = {action.action_id: action for action in (*others, *actions)}
    waits = {key: tuple(one for one in action.depends_on if one in by_id) for key, action in by_id.items()}
    circles = find_circles(waits)
    return tuple(fault for action in actions for fault in _check(action, by_id=by_id, circles=circles, known=known))


def find_circles(waits: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Find the actions that, in the end, wait for themselves.

    Parameters
    ----------
    waits : mapping of str to sequence of str
        For each action, the actions for which it waits.

    Returns
    -------
    dict of str to tuple of str
        For each action on a circle, a shortest one through it: the action itself, what it waits for, and so on, without
        the return to the first.
    """
    return {start: circle for start in waits if (circle := _find_way_back(start, waits))}


def _find_way_back(start: str, waits: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    before: dict[str, str] = {}
    front = [start]
    while front:
        following = []
        for here in front:
            for there in waits.get(here, ()):
                if there == start:
                    return _trace(here, before)
                if there not in before:
                    before[there] = here
                    following.append(there)
        front = following
    return ()


def _trace(last: str, before: Mapping[str, str]) -> tuple[str, ...]:
    way = [last]
    while way[-1] in before:
        way.append(before[way[-1]])
    return tuple(reversed(way))


def _check(
    action: Action, *, by_id: Mapping[str, Action], circles: Mapping[str, tuple[str, ...]], known: frozenset[str]
) -> Iterator[PlanFault]:
    me = action.action_id
    unknown = [one for one in action.depends_on if one not in known and one not in by_id]
    if unknown:
        yield _fault(
            me,
            kind="unknown_dependency",
            column="depends_on",
            said=f"Action {me} waits for {join_words(unknown)}, which no plan of the district has.",
            mend="Correct the id, or take it out if the action waits for nothing.",
        )
    circle = circles.get(me, ())
    if circle:
        yield _fault(me, kind="circular_dependency", column="depends_on", said=_say_circle(circle), mend=_MEND_CIRCLE)
    for one in dict.fromkeys(action.depends_on):
        first = by_id.get(one)
        is_circular = bool(circle) and one in _all_around(me, by_id=by_id)
        if first is None or is_circular or action.start_date is None or first.end_date is None:
            continue
        if action.start_date < first.end_date:
            yield _fault(
                me,
                kind="starts_too_early",
                column="start_date",
                said=(
                    f"Action {me} begins on {name_day(action.start_date)}, before {one}, for which it waits, "
                    f"ends on {name_day(first.end_date)}."
                ),
                mend=f"Begin it after {one} has ended, or say that it need not wait for it.",
            )


def _all_around(start: str, *, by_id: Mapping[str, Action]) -> set[str]:
    """Everything that waits, in the end, for ``start``."""
    found = {start}
    while True:
        more = {
            key for key, action in by_id.items() if key not in found and any(one in found for one in action.depends_on)
        }
        if not more:
            return found
        found |= more


_MEND_CIRCLE = "Decide which of them comes first, and let it wait for none of the others."


def _say_circle(circle: tuple[str, ...]) -> str:
    if len(circle) == 1:
        return f"Action {circle[0]} waits for itself, so it can never begin."
    chain = ", which waits for ".join((*circle[1:], circle[0]))
    return f"Action {circle[0]} waits for {chain}: none of them can ever begin."


def _fault(row_id: str, *, kind: str, column: str, said: str, mend: str) -> PlanFault:
    return PlanFault(
        requirement=REQUIREMENT, kind=kind, table="actions", row_id=row_id, column=column, said=said, mend=mend
    )
