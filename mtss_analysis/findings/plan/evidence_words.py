"""What proves that something was done, what only proves that people were in a room, and what would prove it better."""

import re

from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan.rows import Action, Deliverable, Goal

VERIFIABLE = (
    "walkthrough_scores", "formative_assessment", "progress_monitoring", "student_work", "fidelity_checklist",
    "coaching_log", "schedule",
)  # fmt: skip
"""Evidence of the deliverables table's schema that can be looked at and judged."""

_ROOM = re.compile(
    r"\b(sign[\s_-]*in|signin|attendance[\s_-]*(sheet|list|record|log|roster|only)s?|attendees?|roster|head[\s_-]*count"
    r"|participant[\s_-]*list|list of participants|registration|certificates?( of (attendance|participation))?"
    r"|agendas?|seat[\s_-]*time|hours attended)\b",
    re.IGNORECASE,
)
"""Words of evidence that somebody was there, and of nothing else."""

_WORK = re.compile(
    r"\b(scor(e|es|ed|ing)|assessments?|walkthroughs?|observations?|student work|progress monitoring|inventor(y|ies)"
    r"|checklists?|lesson plans?|results?|minutes delivered|rubrics?|absences?)\b",
    re.IGNORECASE,
)
"""Words of something that can be looked at and judged."""

_FORMATIVE = "formative assessments of four weeks with what was changed in teaching because of them"

_BARE = frozenset({"attendance", "presence", "participation"})
"""Evidence that counts as students' attendance where that is what the goal is about, and as a room otherwise."""


def is_attendance_only(deliverable: Deliverable, *, goal: Goal | None) -> bool:
    """Whether the evidence of a deliverable says no more than that people were there.

    Parameters
    ----------
    deliverable : Deliverable
        With an evidence type or a description.
    goal : Goal or None
        Goal of its action; of one about students' attendance, attendance is an outcome.

    Returns
    -------
    bool
        True for sign-in sheets, rosters, agendas, certificates and the like as evidence; also where the evidence is
        not named, or named as something better, and the description speaks of such a list and of nothing else.
    """
    kind = (deliverable.evidence_type or "").strip().lower().replace("-", "_").replace(" ", "_")
    about = (deliverable.description or "").strip()
    if kind in _BARE:
        return not _is_about_attendance(goal)
    if kind and _ROOM.search(kind.replace("_", " ")):
        return True
    return bool(_ROOM.search(about)) and not _WORK.search(_ROOM.sub(" ", about))


def suggest_evidence(action: Action | None, *, goal: Goal | None) -> str:
    """Suggest evidence that fits an action, as it follows "such as".

    Parameters
    ----------
    action : Action or None
        The action; None: nobody knows which.
    goal : Goal or None
        Its goal.

    Returns
    -------
    str
        Without a full stop.
    """
    practice = name_practice(action.practice) if action and action.practice else ""
    kind = (action.action_type if action else None) or ""
    is_of_fidelity = action is not None and "fidelity" in action.cause_id
    is_of_fidelity |= goal is not None and (goal.measure or "").startswith("fidelity:")
    by_case = (
        (
            practice and kind in {"coaching", "training"},
            f"walkthrough scores of {practice} in the lessons of those who took part, from the third week on",
        ),
        (is_of_fidelity, "the fidelity inventory scored item by item with an outside coach"),
        (_is_about_attendance(goal), "absence of the students concerned, month by month, against the year before"),
        (
            action is not None and action.intervention_id,
            "progress monitoring of its students with the minutes delivered and the decision taken",
        ),
        (kind in {"staffing", "schedule"} and not practice, "the schedule in force, with students for each position"),
        (
            kind in {"programme", "materials"},
            "progress monitoring of the students who use it, and how much of it was used",
        ),
        (practice, f"{_FORMATIVE}, and walkthrough scores of {practice}"),
    )
    return next((example for fits, example in by_case if fits), _FORMATIVE)


def _is_about_attendance(goal: Goal | None) -> bool:
    return goal is not None and ("absence" in (goal.measure or "") or (goal.domain or "") == "attendance")
