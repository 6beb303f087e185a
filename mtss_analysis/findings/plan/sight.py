"""Whether the data show a root cause at one place: it is there, it is not, or they cannot tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Presence = Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the data show of a cause at one place.

    Parameters
    ----------
    school_id : str
        Where; empty: in the district as a whole.
    present : {'yes', 'no', 'cannot tell'}
        Whether it is there.
    level : str
        Level at which they show it: ``district``, ``school``, ``classroom``, ``student``; empty: none.
    said : str
        One sentence that says so with its numbers, or why they cannot tell; empty: there is none.
    """

    school_id: str
    present: Presence
    level: str
    said: str


def combine(presences: Iterable[Presence]) -> Presence:
    """Combine what is shown at several places: it is there if it is at one of them, and absent if it is at none.

    Parameters
    ----------
    presences : iterable of {'yes', 'no', 'cannot tell'}
        May be empty.

    Returns
    -------
    {'yes', 'no', 'cannot tell'}
        ``cannot tell`` also where nothing was looked at.
    """
    found = set(presences)
    if "yes" in found:
        return "yes"
    return "no" if found == {"no"} else "cannot tell"
