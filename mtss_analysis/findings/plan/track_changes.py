"""What has become of a plan's goals since the last packet: other verdicts, other definitions, new and dropped goals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtss_analysis.findings.plan.course import Course
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.rows import Goal
from mtss_analysis.show import join_words

FINDING, OVERALL = "goal_on_track", "plan_track"
METHOD = "newest value minus the plan's line, positive where better"
GROUP = "goals "
_UNKNOWN = "definition"
RecordRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalBefore:
    """A goal beside what the last packet said of it.

    Parameters
    ----------
    goal_id : str
        The goal.
    was, now : str
        Verdict of the last packet and of this one; ``was`` is empty where the goal is new.
    redefined : tuple of str
        What of the goal is not what it was, such as ``target``: then the verdicts are not compared.
    """

    goal_id: str
    was: str
    now: str
    redefined: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether its verdict is another one, of the same goal."""
        return bool(self.was) and not self.redefined and self.was != self.now

    def tell(self) -> str:
        """Write it for a cell: ``was on track``, ``new``, ``other target``."""
        if not self.was:
            return "new"
        if self.redefined:
            return f"other {join_words(list(self.redefined))}"
        return "could not be told" if self.was == "cannot tell" else f"was {self.was}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceLast:
    """The goals of a plan beside those of the last packet.

    Parameters
    ----------
    goals : tuple of GoalBefore
        Those of this plan, in its order.
    dropped : tuple of str
        Goals of the last packet that the plan no longer has.
    """

    goals: tuple[GoalBefore, ...]
    dropped: tuple[str, ...]

    def say(self) -> str:
        """Say in one to four sentences what has changed, or that nothing has."""
        changed = [f"{one.goal_id} (from “{one.was}” to “{one.now}”)" for one in self.goals if one.changed]
        added = [one.goal_id for one in self.goals if not one.was]
        compared = [one for one in self.goals if one.was and not one.redefined]
        parts = []
        if changed:
            parts.append(f"Since the last packet, the verdict has changed on {join_words(changed)}.")
        elif compared:
            parts.append("Since the last packet, no goal's verdict has changed.")
        if added:
            parts.append(f"{join_words(added)} {'is' if len(added) == 1 else 'are'} new since the last packet.")
        if self.dropped:
            verb = "is" if len(self.dropped) == 1 else "are"
            parts.append(f"{join_words(list(self.dropped))} of the last packet {verb} no longer in the plan.")
        parts += [
            f"{one.goal_id} has another {join_words(list(one.redefined))} than in the last packet, so its verdicts are "
            "not compared."
            for one in self.goals
            if one.redefined
        ]
        return " ".join(parts)


def compare_courses(courses: Sequence[Course], *, subject: Subject, previous: Iterable[RecordRow]) -> SinceLast | None:
    """Set the courses of a plan's goals beside what the last packet said of them.

    Parameters
    ----------
    courses : sequence of Course
        Of all goals of the plan.
    subject : Subject
        Whose plan.
    previous : iterable of mapping
        Records of the last packet, as in ``findings.json``.

    Returns
    -------
    SinceLast or None
        None where there is no last packet, or it said nothing of the course of a plan.
    """
    own = [
        record
        for record in previous
        if record.get("finding") in (FINDING, OVERALL)
        and record.get("district_id") == subject.district_id
        and record.get("school_id") == subject.school_id
    ]
    if not own:
        return None
    before = {
        str(record.get("group")).removeprefix(GROUP): record for record in own if record.get("finding") == FINDING
    }
    goals = tuple(_set_beside(one, before=before.get(one.view.goal.goal_id)) for one in courses)
    there = {one.goal_id for one in goals}
    return SinceLast(goals=goals, dropped=tuple(goal_id for goal_id in before if goal_id not in there))


def define_course(goal: Goal) -> str:
    """Write how the course of a goal is computed, with what the goal is: measured by what, from where to where.

    Parameters
    ----------
    goal : Goal
        As the plan has it.

    Returns
    -------
    str
        The ``method`` of its record, by which a later packet sees whether the goal is still the same.
    """
    return "; ".join((METHOD, *(f"{name} {text}" for name, text in _list_parts(goal).items())))


def _list_parts(goal: Goal) -> dict[str, str]:
    return {
        "measure": goal.measure or "none",
        "statistic": goal.statistic or "none",
        "grade": ", ".join(goal.grade) or "none",
        "group": goal.student_group or "none",
        "baseline": _write_point(goal.baseline, year=goal.baseline_school_year, window=goal.baseline_window),
        "milestones": ", ".join(goal.milestones) or "none",
        "target": _write_point(goal.target, year=goal.target_school_year, window=goal.target_window),
    }


def _write_point(value: float | None, *, year: str | None, window: str | None) -> str:
    return " ".join(part for part in ("none" if value is None else f"{value:.10g}", window, year) if part)


def _set_beside(course: Course, *, before: RecordRow | None) -> GoalBefore:
    goal_id, now = course.view.goal.goal_id, course.verdict
    if before is None:
        return GoalBefore(goal_id=goal_id, was="", now=now)
    return GoalBefore(
        goal_id=goal_id,
        was=str(before.get("verdict") or "cannot tell"),
        now=now,
        redefined=_compare_definitions(str(before.get("method") or ""), goal=course.view.goal),
    )


def _compare_definitions(method: str, *, goal: Goal) -> tuple[str, ...]:
    method_then, *parts = method.split("; ")
    then = dict(part.partition(" ")[::2] for part in parts)
    now = _list_parts(goal)
    if method_then != METHOD or set(then) != set(now):
        return (_UNKNOWN,)
    return tuple(name for name, text in now.items() if then[name] != text)
