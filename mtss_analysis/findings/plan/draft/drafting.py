"""Draft the plan of a school or district: a goal for each finding that asks for one, an action for each goal."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.plan.draft.goals import draft_action, draft_goal
from mtss_analysis.findings.plan.draft.measured import measure_keys
from mtss_analysis.findings.plan.draft.reasons import Reason, find_reasons
from mtss_analysis.findings.plan.draft.rows import DraftRow
from mtss_analysis.findings.plan.draft.targets import order_statistics, set_target
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.values.keys import ValueKey, find_kind, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted plan.

    Parameters
    ----------
    subject : Subject
        Whose.
    goals : tuple of DraftRow
        With their actions and what those are to bring forth.
    unmeasured : tuple of Reason
        Root causes that no measure of the kit follows, so that they have no goal of their own.
    run : str
        Name of the run from whose findings it is drafted.
    """

    subject: Subject
    goals: tuple[DraftRow, ...]
    unmeasured: tuple[Reason, ...]
    run: str

    def gaps(self) -> frozenset[tuple[str, str, str]]:
        """Give what people have to fill in: table, key of the row and column."""
        return frozenset(gap for goal in self.goals for gap in goal.gaps())


def draft_plan(tables: Tables, *, comparison: Comparison, subject: Subject, settings: Settings, run: str) -> Draft:
    """Draft the plan of a school, or of a district, from what a run finds.

    Parameters
    ----------
    tables : Tables
        The tables of all districts that are compared.
    comparison : Comparison
        Of the same districts.
    subject : Subject
        A school or a district.
    settings : Settings
        What the run asks.
    run : str
        Name of the run.

    Returns
    -------
    Draft
        Without a goal where no trend is concerning and no root cause is shown.
    """
    reasons = find_reasons(comparison, subject=subject, settings=settings)
    asked = {at: _list_keys(reason, settings=settings) for at, reason in enumerate(reasons) if reason.measure}
    wanted = {key for keys in asked.values() for key in keys}
    values = measure_keys(sorted(wanted), tables=tables, comparison=comparison, settings=settings)
    today = find_today(comparison, district_id=subject.district_id)
    names = _name_goals(comparison, subject=subject)
    causes = [reason for reason in reasons if reason.cause is not None]
    goals = []
    for at, keys in asked.items():
        reason = reasons[at]
        target = set_target(
            values, keys=keys, subject=subject, settings=settings,
            window=_find_window(reason.measure, settings=settings), yardstick=reason.yardstick,
        )  # fmt: skip
        goal_id = next(names)
        action = draft_action(reason, goal_id=goal_id, target=target, causes=causes, subject=subject)
        goals.append(
            draft_goal(
                reason, goal_id=goal_id, target=target, today=today, settings=settings, subject=subject, action=action
            )
        )
    unmeasured = tuple(reason for reason in reasons if not reason.measure)
    return Draft(subject=subject, goals=tuple(goals), unmeasured=unmeasured, run=run)


def _list_keys(reason: Reason, *, settings: Settings) -> list[ValueKey]:
    has_cut = any(one.measure == reason.measure and one.cut is not None for one in settings.indicators)
    return [
        make_key(measure=reason.measure, statistic=statistic, grades=[reason.grade], group=reason.group)
        for statistic in order_statistics(reason.measure, has_cut=has_cut)
    ]


def _find_window(measure: str, *, settings: Settings) -> str | None:
    if find_kind(measure) != "screening":
        return None
    return next((one.window for one in settings.indicators if one.measure == measure), None)


def _name_goals(comparison: Comparison, *, subject: Subject) -> Iterator[str]:
    known = {*comparison.frame("plan_goals")["goal_id"].dropna()}
    stem = f"G-{subject.school_id or 'district'}"
    number = 0
    while True:
        number += 1
        if f"{stem}-{number}" not in known:
            yield f"{stem}-{number}"
