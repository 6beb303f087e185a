"""The days that a plan must reckon with: breaks, screening windows, school months, and the newest date in the data."""

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import pandas as pd

from mtss_analysis.district.years import FIRST_MONTH, find_school_year
from mtss_analysis.findings.data_quality.across import DATED
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.latest import find_latest

DAYS_FRAME = "plan_days"
TODAY, YEAR, BREAK, WINDOW, MONTH = "today", "year", "break", "window", "month"
COLUMNS = ("district_id", "school_id", "kind", "name", "school_year", "first", "last", "n_days")

LEAST_BREAK_DAYS = 3
"""A run of days without school is a break from here on: an ordinary weekend has two."""

WINDOW_EDGE = 0.01
"""Share of a window's screenings at either end that may be made up later without stretching it; a convention."""

SUMMER, NO_NAME = "summer break", "no school"
"""Names of breaks that the calendar does not name."""


def gather_days(tables: Tables) -> dict[str, pd.DataFrame]:
    """Gather the days of all schools, and of each district as most of its schools have them.

    Parameters
    ----------
    tables : Tables
        The tables of all districts; ``calendar`` and the dates of ``screenings`` are used where they are there.

    Returns
    -------
    dict of str to DataFrame
        ``plan_days``: one row per district, school (empty: the district) and ``kind``, with ``name``, ``school_year``,
        ``first``, ``last`` and ``n_days``:

        =======  ======================================================================================
        today    the newest date in the district's data; calendar and plan, which look ahead, do not count
        year     first and last day of instruction of a school year; days of instruction
        break    run of days without instruction longer than a weekend, between days of instruction
        window   first and last day of a screening window in a year; days from one to the other
        month    first and last day of instruction of a month, named ``2025-09``; days of instruction
        =======  ======================================================================================

        Sorted; a year of which there is no calendar has no rows of year, break and month.
    """
    rows = [*_find_newest(tables), *_read_calendars(tables), *_find_windows(tables)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = dict.fromkeys(COLUMNS[:5], "str")
    frame = frame.astype({**texts, "first": "datetime64[us]", "last": "datetime64[us]", "n_days": "int64"})
    frame = frame.sort_values(["district_id", "school_id", "kind", "first", "name"], kind="stable", ignore_index=True)
    return {DAYS_FRAME: frame}


def find_today(comparison: FrameReader, *, district_id: str) -> dt.date | None:
    """Find the day on which a plan is looked at: the newest date in the district's data, never the clock's.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``plan_days``.
    district_id : str
        Which district.

    Returns
    -------
    date or None
        None where no table of the district has dates. A month of attendance counts as its last day.
    """
    frame = comparison.frame(DAYS_FRAME)
    rows = frame[(frame["district_id"] == district_id) & (frame["kind"] == TODAY)]
    return None if rows.empty else pd.Timestamp(rows["last"].iloc[0]).date()


def _find_newest(tables: Tables) -> Iterator[tuple[object, ...]]:
    """Find the newest date of each district that lies in a school year of its schools table."""
    last = tables("schools").groupby("district_id")["school_year"].max().dropna()
    ends = {district_id: int(year[:4]) + 1 for district_id, year in last.items()}
    latest = find_latest(
        lambda name: _cut_off(tables(name), ends=ends), names=[name for name in DATED if tables.has(name)]
    )
    dated = latest.dropna(subset="latest_date").assign(date=lambda rows: pd.to_datetime(rows["latest_date"]))
    for district_id, date in dated.groupby("district_id", sort=True)["date"].max().items():
        yield (district_id, "", TODAY, "", find_school_year(pd.Series([date])).iloc[0], date, date, 1)


def _cut_off(table: pd.DataFrame, *, ends: Mapping[Hashable, int]) -> pd.DataFrame:
    """Leave out rows dated after the district's last school year: a date mistyped is not today."""
    if "date" not in table and "month" not in table:
        return table
    end = table["district_id"].map(ends).astype("Int64").astype("str") + f"-{FIRST_MONTH:02d}"
    when = table["date"] if "date" in table else table["month"]
    months = pd.to_datetime(when).dt.strftime("%Y-%m") if "date" in table else when
    return table[(months < end).fillna(value=False).astype(bool)]


def _read_calendars(tables: Tables) -> Iterator[tuple[object, ...]]:
    if not tables.has("calendar"):
        return
    calendar = tables("calendar").dropna(subset=["date"])
    calendar = calendar.assign(date=pd.to_datetime(calendar["date"]), held=calendar["instructional"].fillna(False))
    if "event" not in calendar:
        calendar["event"] = ""
    kept = calendar[["district_id", "school_id", "date", "held", "event"]]
    for (district_id, school_id), rows in kept.groupby(["district_id", "school_id"], sort=True):
        yield from _read_one(rows, district_id=str(district_id), school_id=str(school_id))
    for district_id, rows in kept.groupby("district_id", sort=True):
        by_day = rows.groupby("date", sort=True)
        most = pd.DataFrame({"held": by_day["held"].mean() >= 0.5, "event": by_day["event"].first()}).reset_index()
        yield from _read_one(most, district_id=str(district_id), school_id="")


def _read_one(rows: pd.DataFrame, *, district_id: str, school_id: str) -> Iterator[tuple[object, ...]]:
    """Read the calendar of one school: years, months and breaks."""
    rows = rows.drop_duplicates("date").sort_values("date").assign(held=lambda given: given["held"].astype(bool))
    held = rows.loc[rows["held"], "date"]
    place = (district_id, school_id)
    by_year = held.groupby(find_school_year(held), sort=True)
    for year, days in by_year:
        yield (*place, YEAR, year, year, days.min(), days.max(), len(days))
    for month, days in held.groupby(held.dt.strftime("%Y-%m"), sort=True):
        year = find_school_year(days.iloc[:1]).iloc[0]
        yield (*place, MONTH, month, year, days.min(), days.max(), len(days))
    lists_closed_days = bool((~rows["held"] & (rows["date"].dt.day_of_week < 5)).any())
    closed = rows[~rows["held"]].set_index("date")["event"]
    days = held.to_numpy().astype("datetime64[D]")
    lengths = np.diff(days).astype(int) - 1
    years = find_school_year(held).to_numpy()
    for at in np.flatnonzero(lengths >= LEAST_BREAK_DAYS):
        length, after = int(lengths[at]), days[at + 1]
        first, last = days[at] + np.timedelta64(1, "D"), after - np.timedelta64(1, "D")
        if years[at] != years[at + 1]:
            if _follow(years[at], years[at + 1]):
                yield (*place, BREAK, SUMMER, years[at], first, last, length)
            continue
        inside = closed[(closed.index >= pd.Timestamp(first)) & (closed.index <= pd.Timestamp(last))]
        weekdays = int(np.busday_count(first, after))
        known = int(np.is_busday(inside.index.to_numpy().astype("datetime64[D]")).sum())
        if lists_closed_days and known < weekdays:
            continue  # weeks that the calendar leaves out are not known to be a break
        yield (*place, BREAK, _name_break(inside), years[at], first, last, length)


def _follow(year: str, next_year: str) -> bool:
    return int(next_year[:4]) == int(year[:4]) + 1


def _name_break(events: pd.Series) -> str:
    known = events.dropna()
    known = known[known.astype("str").str.strip() != ""]
    return str(known.mode().iloc[0]) if len(known) else NO_NAME


def _find_windows(tables: Tables) -> Iterator[tuple[object, ...]]:
    if not tables.has("screenings") or "date" not in tables("screenings"):
        return
    screenings = tables("screenings")
    columns = ["district_id", "school_id", "school_year", "window", "date"]
    rows = screenings[columns].dropna(subset=["school_id", "school_year", "window", "date"])
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    whole = rows.assign(school_id="")
    for frame in (rows, whole):
        if frame.empty:
            continue
        dates = frame.groupby(columns[:4], sort=True)["date"]
        first = dates.quantile(WINDOW_EDGE, interpolation="lower")
        last = dates.quantile(1 - WINDOW_EDGE, interpolation="higher")
        spans = pd.DataFrame({"first": first, "last": last}).reset_index()
        for row in spans.to_dict("records"):
            length = (row["last"] - row["first"]).days + 1
            place = (row["district_id"], row["school_id"])
            yield (*place, WINDOW, row["window"], row["school_year"], row["first"], row["last"], length)
