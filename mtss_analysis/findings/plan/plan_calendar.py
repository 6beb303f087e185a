"""The calendar by which a plan is read: what falls into a break or a window, and how many weeks a month has."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.days import BREAK, DAYS_FRAME, MONTH, WINDOW, YEAR, find_today
from mtss_analysis.findings.plan.plan import Subject

DAYS_A_WEEK = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of days: its name, its school year, its first and last day."""

    name: str
    school_year: str
    first: dt.date
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanCalendar:
    """What is known of the days of a school, or of the district as most of its schools have them.

    Parameters
    ----------
    years, breaks, windows : tuple of Span
        School years of which there is a calendar; breaks; screening windows. Empty where nothing is known.
    days_by_month : mapping of str to int
        Days of instruction by month, ``2025-09``.
    today : date or None
        The newest date in the district's data; None: no table has dates.
    """

    years: tuple[Span, ...]
    breaks: tuple[Span, ...]
    windows: tuple[Span, ...]
    days_by_month: Mapping[str, int]
    today: dt.date | None

    def find_break(self, day: dt.date) -> Span | None:
        """Find the break in which a day lies; None: in none that is known."""
        return next((span for span in self.breaks if span.holds(day)), None)

    def find_window(self, day: dt.date) -> Span | None:
        """Find the screening window in which a day lies; None: in none that is known."""
        return next((span for span in self.windows if span.holds(day)), None)

    def covers(self, day: dt.date) -> bool:
        """Whether the calendar speaks of a day: of its school year, or of a summer between two that it has."""
        known = any(span.holds(day) for span in self.years)
        return known or self.find_break(day) is not None

    def covers_month(self, month: str) -> bool:
        """Whether the calendar speaks of a month, ``2025-09``."""
        first, last = _limit_month(month)
        return any(span.first <= last and first <= span.last for span in (*self.years, *self.breaks))

    def count_weeks(self, *, month: str, first: dt.date, last: dt.date) -> tuple[float, bool]:
        """Count the weeks of instruction of a month from one day to another.

        Parameters
        ----------
        month : str
            ``2025-09``.
        first, last : date
            First and last day that count; days outside the month do not.

        Returns
        -------
        weeks : float
            Days of instruction over five. A part of a month counts by its share of the weekdays outside breaks.
        by_calendar : bool
            False: the calendar does not speak of this month, and the same month of the newest year it has stands in;
            without any calendar, all weekdays.
        """
        start, end = _limit_month(month)
        first, last = max(first, start), min(last, end)
        if first > last:
            return 0.0, True
        by_calendar = self.covers_month(month)
        model = month if by_calendar else self._find_model(month)
        if model is None:
            return float(_count_weekdays(first, last)) / DAYS_A_WEEK, False
        whole = self._count_open(start, end) if by_calendar else _count_weekdays(start, end)
        part = self._count_open(first, last) if by_calendar else _count_weekdays(first, last)
        if not whole:
            return 0.0, by_calendar
        return self.days_by_month.get(model, 0) / DAYS_A_WEEK * part / whole, by_calendar

    def _find_model(self, month: str) -> str | None:
        """Find the same month of the newest school year of which there is a calendar."""
        if not self.years:
            return None
        newest = max(self.years, key=lambda span: span.first)
        wanted = int(month[5:])
        number = int(newest.school_year[:4]) + (wanted < 7)
        return f"{number}-{wanted:02d}"

    def _count_open(self, first: dt.date, last: dt.date) -> int:
        """Count the weekdays outside breaks, within the school years that are known."""
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + np.timedelta64(1, "D"))
        known = np.zeros(len(days), dtype=bool)
        for span in self.years:
            known |= (days >= np.datetime64(span.first)) & (days <= np.datetime64(span.last))
        for span in self.breaks:
            known &= (days < np.datetime64(span.first)) | (days > np.datetime64(span.last))
        return int((known & np.is_busday(days)).sum())


def open_calendar(comparison: FrameReader, *, subject: Subject) -> PlanCalendar:
    """Open the calendar of a school, or of the district.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``plan_days``.
    subject : Subject
        Whose. A school without a calendar of its own is read by the district's, and so are its windows.

    Returns
    -------
    PlanCalendar
        Empty where nothing is known.
    """
    frame = comparison.frame(DAYS_FRAME)
    frame = frame[frame["district_id"] == subject.district_id]
    own = frame[frame["school_id"] == (subject.school_id or "")]
    whole = frame[frame["school_id"] == ""]
    dated = own if (own["kind"] == YEAR).any() else whole
    windowed = own if (own["kind"] == WINDOW).any() else whole
    months = dated[dated["kind"] == MONTH]
    return PlanCalendar(
        years=_read_spans(dated, YEAR),
        breaks=_read_spans(dated, BREAK),
        windows=_read_spans(windowed, WINDOW),
        days_by_month=dict(zip(months["name"], months["n_days"].astype(int), strict=True)),
        today=find_today(comparison, district_id=subject.district_id),
    )


def _read_spans(frame: pd.DataFrame, kind: str) -> tuple[Span, ...]:
    rows = frame[frame["kind"] == kind]
    return tuple(
        Span(name=str(name), school_year=str(year), first=pd.Timestamp(first).date(), last=pd.Timestamp(last).date())
        for name, year, first, last in rows[["name", "school_year", "first", "last"]].itertuples(index=False)
    )


def _limit_month(month: str) -> tuple[dt.date, dt.date]:
    first = dt.date(int(month[:4]), int(month[5:]), 1)
    following = dt.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following - dt.timedelta(days=1)


def _count_weekdays(first: dt.date, last: dt.date) -> int:
    return int(np.busday_count(np.datetime64(first, "D"), np.datetime64(last, "D") + np.timedelta64(1, "D")))
