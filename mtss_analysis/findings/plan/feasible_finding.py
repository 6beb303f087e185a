"""Can all actions run at once: hours asked of each role and month against those that its staff have left."""

from collections.abc import Sequence
from functools import cached_property

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.fault_list import record_faults, record_missing, say_no_plan
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.feasible_checks import (
    REQUIREMENT,
    check_feasible,
    format_hours,
    is_past,
    name_month,
)
from mtss_analysis.findings.plan.hours import MonthLoad, Workload
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.plan_calendar import PlanCalendar
from mtss_analysis.findings.plan.plan_gantt import draw_plan
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import NOT_ESTIMABLE, Column, Figure, Table, cannot_say, join_words, say_number

NAME = "plan-hours"
TITLE = "Can it all be done at once?"
FINDING = "staff_hours"
PRINTED = 3
"""Months printed beside those in which hours are missing."""
METHOD = "hours a week times weeks of instruction in the month, all actions together"

__all__ = ["check_feasible", "find_feasible"]


def find_feasible(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:  # noqa: ARG001 - as all
    """Say in which months the actions of a plan ask for more hours than staff have left.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Not needed.
    comparison : Comparison
        With the frames of the plan, ``plan_days`` and ``plan_roles``.

    Returns
    -------
    ToldFinding
        With a picture of the actions over time, and a table of hours by role and month.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, short=said, published=published)
    return _Answer(plan, comparison=comparison).tell()


class _Answer:
    """What the finding is told from."""

    def __init__(self, plan: Plan, *, comparison: Comparison) -> None:
        self.plan = plan
        self.workload = Workload(comparison, plan=plan)
        self.calendar: PlanCalendar = self.workload.calendar
        self.loads = self.workload.list_loads()
        self.faults = check_feasible(plan, comparison=comparison)

    def tell(self) -> ToldFinding:
        short = self._open()
        parts = [short, *self._say_ahead(), *(fault.said for fault in self._of("unknown_role"))]
        table = self._tabulate()
        figure = self._draw()
        if table is not None or figure is not None:
            parts.append(f"See @fig-{NAME} and @tbl-{NAME}.")
        return ToldFinding(
            title=TITLE,
            said=" ".join(parts),
            short=short,
            drawn=figure,
            listed=table,
            kept_in_mind=tuple(self._list_caveats()),
            published=(
                *self._record(short),
                *record_faults(self.faults, subject=self.plan.subject, finding="plan_fault"),
            ),
        )

    @cached_property
    def over(self) -> tuple[MonthLoad, ...]:
        return tuple(load for load in self.loads if load.missing)

    @cached_property
    def judged(self) -> tuple[MonthLoad, ...]:
        return tuple(load for load in self.loads if load.asked and load.free is not None)

    def _of(self, kind: str) -> tuple[PlanFault, ...]:
        return tuple(fault for fault in self.faults if fault.kind == kind)

    def _open(self) -> str:
        if not self.judged:
            reason = "the capacity table gives no hours of the staff whom its actions need"
            return cannot_say("whether staff have the hours for the plan", reason=reason)
        if not self.over:
            return (
                "In every month whose working hours are known, the actions fit into the hours that staff have left"
                f"{self._say_tightest()}."
            )
        where = [
            f"{load.staff_role.replace('_', ' ')} in {name_month(load.month)} "
            f"({format_hours(load.missing)} hours short)"
            for load in self.over
        ]
        more = len(where) - 3
        listed = join_words(where) if more < 1 else join_words([*where[:3], f"{say_number(more)} further months"])
        return f"The actions ask for more hours than staff have left: {listed}."

    def _say_tightest(self) -> str:
        tight = max(self.judged, key=_fill, default=None)
        if tight is None or tight.free is None:
            return ""
        return (
            f". The tightest month is {name_month(tight.month)}: {format_hours(tight.total)} of "
            f"{format_hours(tight.free)} hours of staff in the role {tight.staff_role.replace('_', ' ')}"
        )

    def _say_ahead(self) -> list[str]:
        """Say of the first overload that is not over what is asked, and what would mend it."""
        ahead = [load.capacity_id for load in self.over if not is_past(load, today=self.calendar.today)]
        first = next((fault for fault in self._of("overload") if fault.row_id in ahead), None)
        return [] if first is None else [first.said, first.mend]

    def _tabulate(self) -> Table | None:
        if not self.loads:
            return None
        order = sorted(self.loads, key=lambda load: (not load.missing, -_fill(load), load.staff_role, load.month))
        rows = [
            (
                load.staff_role.replace("_", " "),
                name_month(load.month),
                NOT_ESTIMABLE if load.free is None else format_hours(load.free),
                format_hours(load.total),
                format_hours(load.missing) if load.missing else "",
                ", ".join(f"{action_id} {format_hours(hours)}" for action_id, hours in load.asked),
            )
            for load in order
        ]
        titles = ("Role", "Month", "Hours left", "Hours asked", "Hours missing", "Asked by")
        return Table(
            name=NAME,
            caption="Hours that the actions ask of each role in a month, and hours that its staff have left; the "
            "tightest months first.",
            columns=tuple(
                Column(title=title, align="right" if 2 <= place <= 4 else "left") for place, title in enumerate(titles)
            ),
            rows=tuple(rows),
            note="Hours left are those available less those committed to what already runs.",
            printed=len(self.over) + PRINTED if len(rows) > len(self.over) + PRINTED else None,
        )

    def _draw(self) -> Figure | None:
        theirs = {action_id for load in self.loads for action_id, _ in load.asked}
        others = [action for action in self.plan.others if action.action_id in theirs and action.school_id is None]
        caption = "The actions of the plan over the school calendar" + (
            "; triangles mark months with too few hours." if self.over else "; in no month are hours missing."
        )
        return draw_plan(
            (*self.plan.actions, *others), workload=self.workload, over=self.over, name=NAME, caption=caption
        )

    def _list_caveats(self) -> Sequence[str]:
        kept = [_WHOSE]
        if self.loads and not all(load.by_calendar for load in self.loads):
            kept.append(_say_stand_in(self.calendar))
        counted = " ".join(self._say_how_counted())
        return [*kept, counted] if counted else kept

    def _say_how_counted(self) -> list[str]:
        """Say which hours are not counted, or not as the plan has them."""
        kept = []
        uncounted = self.workload.list_uncounted(self.plan.actions)
        if uncounted:
            kept.append(
                f"The hours of {join_words(uncounted)} are not counted: role, hours, dates or staff of the role are "
                "not given."
            )
        open_ended = [a.action_id for a in self.plan.actions if a.end_date is None and a.action_id not in uncounted]
        if open_ended:
            named = "names" if len(open_ended) == 1 else "name"
            kept.append(
                f"{join_words(open_ended)} {named} no last day and {'is' if len(open_ended) == 1 else 'are'} counted "
                "to the target date of the goal."
            )
        if any(load.asked and load.free is not None and load.committed is None for load in self.loads):
            kept.append("Where the hours committed to what already runs are not given, all available hours count.")
        if any(load.asked and load.free is None for load in self.loads):
            kept.append("In some months the hours available are not given, and nothing is said of them.")
        return kept

    def _record(self, short: str) -> tuple[Record, ...]:
        kept = {load.capacity_id: load for load in self.over}
        for role in sorted({load.staff_role for load in self.judged}):
            tight = max((load for load in self.judged if load.staff_role == role), key=_fill)
            kept.setdefault(tight.capacity_id, tight)
        if not kept:
            return (self._keys(sentence=short, status="not_estimable", reason="no hours are given"),)
        return tuple(
            self._keys(
                measure=load.staff_role,
                group=load.month,
                method=METHOD if load.by_calendar else f"{METHOD}; weeks as in the year before",
                estimate=load.total,
                unit="hours",
                verdict="overload" if load.missing else "fits",
                reason=f"{format_hours(max(load.free or 0.0, 0.0))} hours are left",
                sentence=short if place == 0 else None,
            )
            for place, load in enumerate(kept.values())
        )

    def _keys(self, **fields: object) -> Record:
        subject = self.plan.subject
        return Record(
            finding=FINDING, requirement=REQUIREMENT, district_id=subject.district_id, school_id=subject.school_id,
            level=subject.level, design="descriptive", **fields,  # type: ignore[arg-type]
        )  # fmt: skip


_WHOSE = (
    "An action of a school takes hours of its own staff of the role, or of the district's where it has none; an action "
    "of the district takes hours of the district's own staff, or of the schools' in proportion to the hours that they "
    "have. What already runs is in the committed hours."
)


def _fill(load: MonthLoad) -> float:
    """Hours asked for over hours left; where none are left, more than any share."""
    if not load.asked or load.free is None:
        return -1.0
    return load.total / load.free if load.free > 0 else 1e6 + load.total


def _say_stand_in(calendar: PlanCalendar) -> str:
    if not calendar.years:
        return "There is no school calendar in the data; every weekday counts as a day of school."
    newest = max(calendar.years, key=lambda span: span.first)
    return (
        f"There is no calendar yet after {newest.school_year.replace('-', '–')}: later months have the weeks of the "
        "same month of that year, and breaks and windows after it are not drawn."
    )
