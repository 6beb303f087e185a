"""Hours that the actions of a plan ask of each role and month, against the hours that its staff have left."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.plan.plan_calendar import open_calendar
from mtss_analysis.findings.plan.rows import Action, Capacity, Goal, read_rows

NOT_RUN = "stopped"
ROUNDING_HOURS = 0.05
"""Capacity is given to a tenth of an hour: a difference below half of that is none."""

Pool = tuple[str | None, str]
"""Staff who share their hours: the school in which they work (None: the district's own), and their role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthLoad:
    """What a month asks of the staff of one role.

    Parameters
    ----------
    capacity_id : str
        Row of the capacity table; the first where several give the same staff and month.
    school_id : str or None
        Where they work; None: the district's own staff.
    staff_role : str
        Their role.
    month : str
        ``2025-09``.
    available, committed : float or None
        Hours for initiatives and the plan, and of these what is given to what already runs; None: not known.
    asked : tuple of (str, float)
        Hours that each action takes, in the order of the actions; those that take none are left out.
    by_calendar : bool
        Whether the calendar speaks of this month; if not, the same month of its newest year stands in.
    """

    capacity_id: str
    school_id: str | None
    staff_role: str
    month: str
    available: float | None
    committed: float | None
    asked: tuple[tuple[str, float], ...]
    by_calendar: bool

    @property
    def free(self) -> float | None:
        """Hours that are left; None: not known. Where what is committed is not known, all that are available."""
        return None if self.available is None else self.available - (self.committed or 0.0)

    @property
    def total(self) -> float:
        """Hours that all actions ask for."""
        return sum(hours for _, hours in self.asked)

    @property
    def missing(self) -> float:
        """Hours that are asked for beyond those that are left; 0 where there are enough, or where it is not known."""
        short = 0.0 if self.free is None else self.total - max(self.free, 0.0)
        return short if self.asked and short > ROUNDING_HOURS else 0.0


class Workload:
    """All that the plans of a district ask of its staff.

    Parameters
    ----------
    comparison : Comparison
        With the frames of the plan and ``plan_days``.
    plan : Plan
        Whose staff are looked at. Its own actions and those of the other plans of the district count.

    Notes
    -----
    Whose hours an action takes. An action of a school takes hours of that role in the school; where the capacity table
    has none there, of the district's own staff. An action of the district takes hours of the district's own staff;
    where it has none of the role, of the schools that the action reaches, each in proportion to the hours that its
    staff of the role have in the month. An action is never counted twice. Initiatives are in ``hours_committed``.
    """

    def __init__(self, comparison: FrameReader, *, plan: Plan) -> None:
        self.subject = plan.subject
        self.actions = (*plan.actions, *plan.others)
        self.goals = {goal.goal_id: goal for goal in _read_goals(comparison, subject=plan.subject)}
        self.pools = _read_pools(comparison, subject=plan.subject)
        self.calendar = open_calendar(comparison, subject=plan.subject)

    def list_loads(self, moved: Mapping[str, int] | None = None) -> tuple[MonthLoad, ...]:
        """List what each month asks of the subject's own staff.

        Parameters
        ----------
        moved : mapping of str to int, optional
            Weeks by which actions are moved, negative: earlier.

        Returns
        -------
        tuple of MonthLoad
            One per role and month of the subject's capacity table, sorted.
        """
        shifted = tuple(shift(action, weeks=(moved or {}).get(action.action_id, 0)) for action in self.actions)
        mine = {pool: months for pool, months in self.pools.items() if pool[0] == self.subject.school_id}
        asked: dict[tuple[Pool, str], list[tuple[str, float]]] = defaultdict(list)
        for action in shifted:
            for pool, month, hours in self._take(action, pools=mine):
                asked[pool, month].append((action.action_id, hours))
        return tuple(
            MonthLoad(
                capacity_id=rows[0].capacity_id,
                school_id=pool[0],
                staff_role=pool[1],
                month=month,
                available=_add(row.hours_available for row in rows),
                committed=_add(row.hours_committed for row in rows),
                asked=tuple(asked[pool, month]),
                by_calendar=self.calendar.covers_month(month),
            )
            for pool, months in sorted(mine.items(), key=lambda item: item[0][1])
            for month, rows in sorted(months.items())
        )

    def find_end(self, action: Action) -> dt.date | None:
        """Find the last day of an action: its own, or the target date of its goal where it names none."""
        if action.end_date is not None:
            return action.end_date
        goal = self.goals.get(action.goal_id or "")
        return None if goal is None else goal.target_date

    def list_uncounted(self, actions: Sequence[Action]) -> tuple[str, ...]:
        """List the actions that run but whose hours cannot be counted: no role, hours, dates, or staff to give them."""
        return tuple(
            action.action_id
            for action in actions
            if action.status != NOT_RUN
            and (not action.staff_role or action.staff_hours_per_week is None or not self._dates(action)
                 or not self._whose(action))
        )  # fmt: skip

    def _dates(self, action: Action) -> tuple[dt.date, dt.date] | None:
        end = self.find_end(action)
        if action.start_date is None or end is None or end < action.start_date:
            return None
        return action.start_date, end

    def _whose(self, action: Action) -> tuple[Pool, ...]:
        """Say whose hours an action takes."""
        role = action.staff_role or ""
        own, district = (action.school_id, role), (None, role)
        if own in self.pools:
            return (own,)
        if district in self.pools:
            return (district,)
        if action.school_id is not None:
            return ()
        reached = set(action.schools_reached) or {"all"}
        return tuple(
            pool for pool in sorted(self.pools, key=str) if pool[1] == role and ("all" in reached or pool[0] in reached)
        )

    def _take(self, action: Action, *, pools: Mapping[Pool, object]) -> Iterator[tuple[Pool, str, float]]:
        """Say how many hours an action takes, by pool and month."""
        dates, hours, whose = self._dates(action), action.staff_hours_per_week, self._whose(action)
        if action.status == NOT_RUN or dates is None or not hours or hours < 0:
            return
        for pool in whose:
            if pool not in pools:
                continue
            for month in _list_months(*dates):
                if month not in self.pools[pool]:
                    continue
                weeks, _ = self.calendar.count_weeks(month=month, first=dates[0], last=dates[1])
                part = self._share(pool, whose=whose, month=month)
                if weeks * part > 0:
                    yield pool, month, hours * weeks * part

    def _share(self, pool: Pool, *, whose: Sequence[Pool], month: str) -> float:
        """Share of an action's hours that a pool gives in a month, by the hours that each has."""
        if len(whose) == 1:
            return 1.0
        have = {one: _add(row.hours_available for row in self.pools[one].get(month, ())) or 0.0 for one in whose}
        total = sum(have.values())
        there = [one for one in whose if month in self.pools[one]]
        return have[pool] / total if total > 0 else 1.0 / len(there)


def shift(action: Action, *, weeks: int) -> Action:
    """Move an action by whole weeks; one without an end is only begun at another time."""
    if not weeks:
        return action
    by = dt.timedelta(weeks=weeks)
    start, end = action.start_date, action.end_date
    return replace(action, start_date=start and start + by, end_date=end and end + by)


def _read_goals(comparison: FrameReader, *, subject: Subject) -> tuple[Goal, ...]:
    frame = comparison.frame("plan_goals")
    return read_rows(frame[frame["district_id"] == subject.district_id], Goal)


def _read_pools(comparison: FrameReader, *, subject: Subject) -> dict[Pool, dict[str, list[Capacity]]]:
    frame = comparison.frame("plan_capacity")
    pools: dict[Pool, dict[str, list[Capacity]]] = defaultdict(lambda: defaultdict(list))
    for row in read_rows(frame[frame["district_id"] == subject.district_id], Capacity):
        if row.staff_role and row.month:
            pools[row.school_id, row.staff_role][row.month].append(row)
    return {pool: dict(months) for pool, months in pools.items()}


def _list_months(first: dt.date, last: dt.date) -> Iterator[str]:
    for number in itertools.count(first.year * 12 + first.month - 1):
        if number > last.year * 12 + last.month - 1:
            return
        yield f"{number // 12}-{number % 12 + 1:02d}"


def _add(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
