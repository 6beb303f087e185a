"""The milestones of a goal: school year, window and value."""

import re
from dataclasses import dataclass

from mtss_analysis.findings.plan.rows import Goal
from mtss_analysis.findings.values.keys import WINDOWS, is_school_year, order_time

_WRITTEN = re.compile(r"(\d{4}-\d{2})\s+(\w+)\s+([+−-]?\d+(?:\.\d+)?)\s*%?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Where the measure is to stand on the way.

    Parameters
    ----------
    school_year, window : str
        When.
    value : float
        In the statistic's own scale.
    """

    school_year: str
    window: str
    value: float

    @property
    def time(self) -> tuple[str, str]:
        """School year and window."""
        return (self.school_year, self.window)


def read_milestone(text: str) -> Milestone | None:
    """Read a milestone such as ``2025-26 winter 61.5``.

    Parameters
    ----------
    text : str
        One entry of the goals table.

    Returns
    -------
    Milestone or None
        None where it is not written so, or names a window that is none.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or not is_school_year(match[1]) or match[2].lower() not in WINDOWS:
        return None
    return Milestone(school_year=match[1], window=match[2].lower(), value=float(match[3].replace("−", "-")))


def read_milestones(goal: Goal) -> tuple[Milestone, ...]:
    """Read the milestones of a goal, from the earliest on; those that cannot be read are left out."""
    found = [one for one in map(read_milestone, goal.milestones) if one is not None]
    return tuple(sorted(found, key=lambda one: order_time(*one.time)))
