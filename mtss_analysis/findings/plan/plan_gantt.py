"""The actions of a plan over the school calendar, as a picture."""

import datetime as dt
from collections.abc import Sequence

from mtss_analysis.findings.plan.feasible_checks import format_hours, name_month
from mtss_analysis.findings.plan.hours import MonthLoad, Workload
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.show import Figure, GanttBar, GanttSpan, draw_gantt

LEAST_DRAWN_DAYS = 5
"""Breaks shorter than a week of school are too narrow to be seen and are left out of the picture."""
MOST_BARS = 40
LONGEST_LABEL = 58
STATES = {"done": "done", "under_way": "under way", "stopped": "stopped"}


def draw_plan(
    actions: Sequence[Action], *, workload: Workload, over: Sequence[MonthLoad], name: str, caption: str
) -> Figure | None:
    """Draw the actions of a plan over time.

    Parameters
    ----------
    actions : sequence of Action
        Those with a first and a last day are drawn, the first `MOST_BARS` of them.
    workload : Workload
        For last days, and the calendar.
    over : sequence of MonthLoad
        Months with too few hours, which are marked.
    name, caption : str
        As in a figure.

    Returns
    -------
    Figure or None
        None where no action has its dates.
    """
    dated = [(action, start, end) for action in actions if (start := action.start_date) is not None
             and (end := workload.find_end(action)) is not None and start <= end]  # fmt: skip
    if not dated:
        return None
    calendar = workload.calendar
    bars = [
        GanttBar(
            label=_label(action, own=action.school_id == workload.subject.school_id),
            first=start,
            last=end,
            state=STATES.get(action.status or "", "planned"),  # type: ignore[arg-type]
        )
        for action, start, end in dated[:MOST_BARS]
    ]
    left_out = len(dated) - len(bars)
    return draw_gantt(
        name=name,
        caption=caption + (f" The first {MOST_BARS} of {len(dated)} actions." if left_out else ""),
        bars=bars,
        breaks=[
            GanttSpan(label=one.name, first=one.first, last=one.last)
            for one in calendar.breaks
            if (one.last - one.first).days + 1 >= LEAST_DRAWN_DAYS
        ],
        windows=[GanttSpan(label=one.name, first=one.first, last=one.last) for one in calendar.windows],
        marks=_mark(over),
        today=calendar.today,
    )


def _mark(over: Sequence[MonthLoad]) -> list[GanttSpan]:
    marks = []
    for month in sorted({load.month for load in over}):
        short = [load for load in over if load.month == month]
        roles = ", ".join(f"{one.staff_role.replace('_', ' ')} {format_hours(one.missing)} h short" for one in short)
        first = dt.date(int(month[:4]), int(month[5:]), 1)
        last = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1) - dt.timedelta(days=1)
        marks.append(GanttSpan(label=f"{name_month(month)}: {roles}", first=first, last=last))
    return marks


def _label(action: Action, *, own: bool) -> str:
    words = action.description or (action.action_type or "").replace("_", " ")
    if len(words) > LONGEST_LABEL:
        words = words[: LONGEST_LABEL - 1].rsplit(" ", maxsplit=1)[0].rstrip(" ,;") + " …"
    return f"{action.action_id} {'' if own else '(district) '}{words}".strip()
