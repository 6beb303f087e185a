"""What a run file says of candidate root causes and of how a plan is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CauseLevel = Literal["district", "school", "classroom", "student"]

QUESTIONS = (
    "root_cause",
    "systemic",
    "positive_cause",
    "effect",
    "capacity",
    "knowledge",
    "scale",
)
"""The seven questions by which actions are put in order, in the order of the planning guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A candidate root cause, as people at the table see it; the data say whether it is there.

    Parameters
    ----------
    id : str
        Short name, to which actions of the plan refer: "co_teaching".
    label : str
        The words of a sentence: "co-teaching".
    level : {'district', 'school', 'classroom', 'student'}
        Where it sits, so far as people see it.
    shown_by : str
        What shows it in the data, in the words of the goals table: ``implementation:<practice>``, ``fidelity:tier<n>``,
        ``chronic_absence``, ``referrals``; also ``caseload`` (Tier 2 and 3 students per interventionist) and
        ``factor:<id>`` (a declared factor). Empty: nothing in the data can show it.
    controllable : bool
        Whether the district can change it.
    owner : str
        Who answers for it, by position; empty if nobody is named.
    """

    id: str
    label: str
    level: CauseLevel
    shown_by: str = ""
    controllable: bool = True
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How a plan is judged. The defaults are conventions of this kit.

    Parameters
    ----------
    weights : mapping of str to float
        Weight of each of the seven questions, 0 or more; a question that is left out weighs 1.
    staff_time_times : float
        An initiative takes much staff time from so many times the median hours per student of the others of its domain
        and tier on.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    staff_time_times: float = 3.0

    def weight(self, question: str) -> float:
        """Return the weight of one of the seven questions."""
        return self.weights.get(question, 1.0)
