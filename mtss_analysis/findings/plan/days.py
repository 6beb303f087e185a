"""The days that a plan must reckon with: breaks, screening windows, school months, and the newest date in the data."""

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.years import FIRST_MONTH, find_school_year
from mtss_analysis.findings.data_quality.across import DATED
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.latest import find_latest

DAYS_FRAME = "plan_days"
TODAY, YEAR, BREAK, WINDOW, MONTH = "today", "year", "break", "window", "month"
PLACE = ["district_id", "school_id"]
COLUMNS = ("district_id", "school_id", "kind", "name", "school_year", "first", "last", "n_days")

LEAST_BREAK_DAYS = 3
"""A run of days without school is a break from here on: an ordinary weekend has two."""

WINDOW_EDGE = 0.01
"""Share of a window's screenings at either end that may be made up later without stretching it; a convention."""

HALF = 0.5
"""A day on which at least this share of a district's schools hold school is a school day of the district."""

ONE_DAY = pd.Timedelta(days=1)
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
        today    the newest date in the district's data; calendar and plan, which look ahead, do not count;
                 a table kept by month counts as the first day of its newest month
        year     first and last day of instruction of a school year; days of instruction
        break    run of days without instruction longer than a weekend, between days of instruction
        window   first and last day of a screening window in a year; days from one to the other
        month    first and last day of instruction of a month, named ``2025-09``; days of instruction
        =======  ======================================================================================

        Sorted; a year of which there is no calendar has no rows of year, break and month.
    """
    rows = pd.DataFrame([*_find_newest(tables), *_find_windows(tables)], columns=list(COLUMNS))
    parts = [part for part in (rows, _read_calendars(tables)) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else rows
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
        None where no table of the district has dates. Packets print it as the date of their data. A month of
        attendance counts as its first day: the data do not say how far into the month they reach.
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


def _read_calendars(tables: Tables) -> pd.DataFrame:
    """Read years, months and breaks of all schools, and of each district, from the calendar."""
    if not tables.has("calendar"):
        return pd.DataFrame(columns=list(COLUMNS))
    calendar = tables("calendar").dropna(subset=["school_id", "date"])
    days = calendar[PLACE].assign(
        date=pd.to_datetime(calendar["date"]).astype("datetime64[us]"),
        held=calendar["instructional"].fillna(value=False).astype(bool),
        event=calendar["event"].astype("object") if "event" in calendar else None,
    )
    days = days.drop_duplicates([*PLACE, "date"])
    by_day = days.groupby(["district_id", "date"], sort=True)
    most = pd.DataFrame({"held": by_day["held"].mean() >= HALF, "event": by_day["event"].first()}).reset_index()
    days = pd.concat([days, most.assign(school_id="")], ignore_index=True).sort_values([*PLACE, "date"])
    days["school_year"] = find_school_year(days["date"])
    held = days[days["held"]].assign(month=lambda rows: rows["date"].dt.strftime("%Y-%m"))
    parts = [
        _span(held, by="school_year", kind=YEAR),
        _span(held, by="month", kind=MONTH),
        _find_breaks(held, closed=days[~days["held"]]),
    ]
    return pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True)


def _span(held: pd.DataFrame, *, by: str, kind: str) -> pd.DataFrame:
    """First and last day of instruction of each year or month, and how many there are."""
    spans = held.groupby([*PLACE, by], sort=True).agg(
        school=("school_year", "first"), first=("date", "min"), last=("date", "max"), n_days=("date", "size")
    )
    spans = spans.reset_index().rename(columns={by: "name", "school": "school_year"})
    return spans.assign(kind=kind)


def _find_breaks(held: pd.DataFrame, *, closed: pd.DataFrame) -> pd.DataFrame:
    """Find the runs of days without instruction, between two days with it, that are longer than a weekend."""
    following = held.groupby(PLACE, sort=False)[["date", "school_year"]].shift(-1)
    breaks = held[[*PLACE, "school_year"]].assign(
        first=held["date"] + ONE_DAY, last=following["date"] - ONE_DAY, next_year=following["school_year"]
    )
    breaks["n_days"] = (breaks["last"] - breaks["first"]).dt.days + 1
    breaks = breaks[breaks["n_days"] >= LEAST_BREAK_DAYS].sort_values("first", kind="stable").reset_index(drop=True)
    breaks["number"] = breaks.index
    inside = pd.merge_asof(
        closed.sort_values("date", kind="stable")[[*PLACE, "date", "event"]],
        breaks[[*PLACE, "first", "last", "number"]],
        left_on="date",
        right_on="first",
        by=PLACE,
    )
    inside = inside[inside["date"] <= inside["last"]]
    named = inside[inside["event"].fillna("").astype("str").str.strip() != ""]
    names = named.groupby("number")["event"].agg(lambda events: events.mode().iloc[0])
    listed = inside[_is_weekday(inside["date"])].groupby("number").size()
    weekdays = np.busday_count(_to_days(breaks["first"]), _to_days(breaks["last"] + ONE_DAY))
    is_whole = breaks["number"].map(listed).fillna(0) >= weekdays
    # Where a calendar lists closed days, weeks that it leaves out are not known to be a break.
    lists_closed = closed.loc[_is_weekday(closed["date"]), PLACE].drop_duplicates().assign(lists=True)
    lists = breaks[PLACE].merge(lists_closed, on=PLACE, how="left")["lists"].eq(other=True)
    same = breaks["school_year"] == breaks["next_year"]
    summer = breaks["next_year"].str[:4].astype("int64") == breaks["school_year"].str[:4].astype("int64") + 1
    named_so = breaks["number"].map(names.to_dict()).astype("object")
    breaks["name"] = named_so.where(named_so.notna(), NO_NAME).where(same, SUMMER)
    return breaks[(same & (is_whole | ~lists)) | (~same & summer)].assign(kind=BREAK)


def _to_days(dates: pd.Series) -> npt.NDArray[np.datetime64]:
    return dates.to_numpy().astype("datetime64[D]")


def _is_weekday(dates: pd.Series) -> npt.NDArray[np.bool_]:
    return np.asarray(np.is_busday(_to_days(dates)), dtype=np.bool_)


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
