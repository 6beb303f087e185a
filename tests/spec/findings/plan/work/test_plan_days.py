"""Breaks, windows, months and the newest date: what a plan must reckon with."""

import datetime as dt

import pandas as pd
import pytest

from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.plan_calendar import open_calendar

SCHOOL = Subject(district_id="01", school_id="0012", name="Oak")
DISTRICT = Subject(district_id="01", school_id=None, name="Riverside")

WINTER = (("2025-12-22", "2026-01-02"),)


def _screen(*dates):
    return [
        {"student_id": f"s{place}", "school_id": "0012", "school_year": "2025-26", "window": "winter", "measure": "orf",
         "date": date, "score": 1.0}
        for place, date in enumerate(dates)
    ]  # fmt: skip


def test_break_is_a_run_longer_than_a_weekend(plan_of, list_days):
    """Weekends are no breaks; the days from the last day of school to the next are one, with its name."""
    _, comparison = plan_of(calendar=list_days(closed=WINTER))
    breaks = open_calendar(comparison, subject=SCHOOL).breaks
    assert [(one.name, one.first, one.last) for one in breaks] == [
        ("winter break", dt.date(2025, 12, 20), dt.date(2026, 1, 4))
    ]


def test_single_day_off_in_a_week_is_no_break(plan_of, list_days):
    """A Wednesday without school is no break; a Monday makes a long weekend, which is."""
    closed = (("2025-11-12", "2025-11-12"), ("2025-10-13", "2025-10-13"))
    _, comparison = plan_of(calendar=list_days(closed=closed))
    breaks = open_calendar(comparison, subject=SCHOOL).breaks
    assert [(one.first, one.last) for one in breaks] == [(dt.date(2025, 10, 11), dt.date(2025, 10, 13))]


def test_week_that_the_calendar_leaves_out_is_no_break(plan_of, list_days):
    """In a calendar that lists closed days, a week without rows is not known to be one."""
    days = [
        day for day in list_days(closed=WINTER) if not dt.date(2026, 3, 2) <= day["date"].date() <= dt.date(2026, 3, 6)
    ]
    _, comparison = plan_of(calendar=days)
    assert [one.name for one in open_calendar(comparison, subject=SCHOOL).breaks] == ["winter break"]


def test_gap_is_a_break_where_only_school_days_are_listed(plan_of, list_days):
    """In a calendar of school days alone, what it leaves out is a break."""
    days = [day for day in list_days(closed=WINTER) if day["instructional"]]
    _, comparison = plan_of(calendar=days)
    breaks = open_calendar(comparison, subject=SCHOOL).breaks
    assert [(one.first, one.last) for one in breaks] == [(dt.date(2025, 12, 20), dt.date(2026, 1, 4))]


def test_summer_between_two_known_years_is_a_break(plan_of, list_days):
    """The summer between two years of the calendar is a break; the one after its last year is not known."""
    _, comparison = plan_of(calendar=list_days(years=(2024, 2025)))
    calendar = open_calendar(comparison, subject=SCHOOL)
    assert calendar.find_break(dt.date(2025, 7, 1)) is not None
    assert calendar.covers(dt.date(2025, 7, 1))
    assert not calendar.covers(dt.date(2026, 7, 1))
    assert calendar.find_break(dt.date(2026, 7, 1)) is None


def test_window_reaches_from_its_first_to_its_last_day(plan_of):
    """A window is as wide as its screenings, and a day after it lies in none."""
    _, comparison = plan_of(screenings=_screen("2026-01-12", "2026-01-14", "2026-01-20"))
    calendar = open_calendar(comparison, subject=SCHOOL)
    assert calendar.find_window(dt.date(2026, 1, 12)) is not None
    assert calendar.find_window(dt.date(2026, 1, 20)) is not None
    assert calendar.find_window(dt.date(2026, 1, 21)) is None


def test_one_late_test_does_not_stretch_a_window(plan_of):
    """One of two hundred screenings that was made up in April leaves the winter window in January."""
    _, comparison = plan_of(screenings=_screen(*["2026-01-12"] * 199, "2026-04-01"))
    assert open_calendar(comparison, subject=SCHOOL).find_window(dt.date(2026, 2, 2)) is None


def test_today_is_the_newest_date_in_the_data(plan_of, list_days):
    """Today is the last screening; calendar, plan and a date after the last school year do not count."""
    _, comparison = plan_of(
        screenings=_screen("2026-01-12", "2026-01-14", "2062-01-14"),
        calendar=list_days(),
        deliverables=[{"deliverable_id": "D-1", "due_date": "2026-05-01"}],
    )
    assert find_today(comparison, district_id="01") == dt.date(2026, 1, 14)
    assert find_today(comparison, district_id="02") is None


def test_a_month_of_attendance_counts_as_its_first_day(plan_of):
    """Attendance kept by month reaches to the first day of its newest month: more is not known."""
    attendance = [{"student_id": "s1", "school_id": "0012", "school_year": "2025-26", "month": "2026-02"}]
    _, comparison = plan_of(screenings=_screen("2026-01-14"), attendance=attendance)
    assert find_today(comparison, district_id="01") == dt.date(2026, 2, 1)


def test_district_has_the_calendar_of_most_schools(plan_of, list_days):
    """A day on which half of the schools are open is a school day of the district."""
    shut = list_days(closed=WINTER)
    other = [{**day, "school_id": "0013", "instructional": True} for day in list_days()]
    _, comparison = plan_of(calendar=[*shut, *other])
    assert open_calendar(comparison, subject=DISTRICT).breaks == ()
    assert len(open_calendar(comparison, subject=SCHOOL).breaks) == 1


def test_weeks_are_days_of_instruction_over_five(plan_of, list_days):
    """December with 15 school days before the break has three weeks; its first half has the share of its weekdays."""
    _, comparison = plan_of(calendar=list_days(closed=WINTER))
    calendar = open_calendar(comparison, subject=SCHOOL)
    whole = {"month": "2025-12", "first": dt.date(2025, 9, 1), "last": dt.date(2026, 5, 29)}
    assert calendar.count_weeks(**whole) == (15 / 5, True)
    assert calendar.count_weeks(**{**whole, "last": dt.date(2025, 12, 5)}) == (pytest.approx(5 / 5), True)


def test_month_without_calendar_has_the_weeks_of_the_year_before(plan_of, list_days):
    """A month after the last calendar takes the weeks of the same month of its newest year, and says so."""
    _, comparison = plan_of(calendar=list_days(closed=WINTER))
    calendar = open_calendar(comparison, subject=SCHOOL)
    days = {"first": dt.date(2026, 9, 1), "last": dt.date(2027, 6, 30)}
    assert calendar.count_weeks(month="2026-12", **days) == (pytest.approx(15 / 5), False)
    assert calendar.count_weeks(month="2027-06", **days) == (0.0, False)


def test_without_calendar_every_weekday_counts(plan_of):
    """Without any calendar February 2026 has twenty weekdays, four weeks."""
    _, comparison = plan_of()
    calendar = open_calendar(comparison, subject=SCHOOL)
    days = {"first": dt.date(2026, 2, 1), "last": dt.date(2026, 2, 28)}
    assert calendar.count_weeks(month="2026-02", **days) == (
        len(pd.bdate_range("2026-02-01", "2026-02-28")) / 5,
        False,
    )
