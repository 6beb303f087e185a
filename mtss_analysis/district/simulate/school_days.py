"""The calendar of the synthetic district: school days, days off, screening windows and months."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.streams import open_stream

WINDOW_STARTS = ((9, 8), (1, 12), (4, 27))
"""Month and day on which the fall, winter and spring windows open."""
WINDOW_DAYS = 14
"""Weekdays of a window."""
WINDOW_BY_MONTH = {8: 0, 9: 0, 10: 0, 11: 0, 12: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 2}
"""Window to whose period a month belongs: what happens in it shows in the next window's ratings."""

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolDays:
    """School days of one school in one year.

    Parameters
    ----------
    days : (n,) datetime64[D] array
        Days on which school is held.
    windows : tuple of (k,) arrays
        Those of the fall, winter and spring screening window.
    months : tuple of str
        Months such as ``2025-09``, in order.
    month_starts : (m + 1,) int array
        Position in ``days`` at which each month begins; the last is the number of days.
    """

    days: Days
    windows: tuple[Days, ...]
    months: tuple[str, ...]
    month_starts: npt.NDArray[np.int64]

    @property
    def first(self) -> np.datetime64:
        """First day of school."""
        return np.datetime64(self.days[0])

    @property
    def last(self) -> np.datetime64:
        """Last day of school."""
        return np.datetime64(self.days[-1])


def draw_district_calendar(*, sizes: Sizes, district: int) -> pd.DataFrame:
    """Draw the calendar that the schools of a district share.

    Parameters
    ----------
    sizes : Sizes
        Years and seed.
    district : int
        Position of the district.

    Returns
    -------
    DataFrame
        One row per weekday of the school years: ``date, school_year, year_index, instructional, event``.
    """
    parts = []
    for year, name in enumerate(sizes.school_years):
        first = sizes.first_year + year
        days = np.arange(f"{first}-08-18", f"{first + 1}-06-06", dtype="datetime64[D]")
        days = days[np.is_busday(days)]
        event = np.full(len(days), "", dtype=object)
        _mark(event, days, start=f"{first}-11-24", end=f"{first}-11-29", name="fall break")
        _mark(event, days, start=f"{first}-12-20", end=f"{first + 1}-01-04", name="winter break")
        _mark(event, days, start=f"{first + 1}-03-23", end=f"{first + 1}-03-28", name="spring break")
        training = open_stream(sizes.seed, "calendar", district, year).choice(np.arange(15, 60), size=2, replace=False)
        event[training] = np.where(event[training] == "", "staff day", event[training])
        event[np.isin(days, _monday_holidays(first))] = "holiday"
        parts.append(
            pd.DataFrame(
                {
                    "date": days.astype("datetime64[us]"),
                    "school_year": name,
                    "year_index": year,
                    "instructional": event == "",
                    "event": pd.Series(event, dtype="str").replace("", None),
                }
            )
        )
    calendar = pd.concat(parts, ignore_index=True)
    return calendar.astype({"school_year": "str"})


def draw_school_calendar(calendar: pd.DataFrame, *, seed: int, school_id: str, years: int) -> pd.DataFrame:
    """Give a school its calendar: the district's, and one or two days a year closed by weather.

    Parameters
    ----------
    calendar : DataFrame
        From :func:`draw_district_calendar`.
    seed : int
        Of the simulation.
    school_id : str
        The school.
    years : int
        School years.

    Returns
    -------
    DataFrame
        Like ``calendar``.
    """
    stream = open_stream(seed, "calendar", school_id)
    own = calendar.copy()
    instructional = own["instructional"].to_numpy().copy()
    event = own["event"].fillna("").to_numpy(dtype=object)
    month = own["date"].dt.month.to_numpy()
    year_index = own["year_index"].to_numpy()
    for year in range(years):
        cold = np.flatnonzero((year_index == year) & np.isin(month, (12, 2)) & instructional)
        closed = cold[stream.permutation(len(cold))[: stream.integers(1, 3)]]
        instructional[closed] = False
        event[closed] = "weather"
    own["instructional"] = instructional
    own["event"] = pd.Series(event, dtype="str", index=own.index).replace("", None)
    return own


def read_school_days(calendar: pd.DataFrame, *, years: int) -> tuple[SchoolDays, ...]:
    """Read the days, windows and months of each year off a school's calendar."""
    dates = calendar["date"].to_numpy().astype("datetime64[D]")
    held = calendar["instructional"].to_numpy()
    year_index = calendar["year_index"].to_numpy()
    return tuple(_read_year(dates[held & (year_index == year)]) for year in range(years))


def _read_year(days: Days) -> SchoolDays:
    first = int(str(days[0])[:4])
    windows = []
    for month, day in WINDOW_STARTS:
        start = np.datetime64(f"{first + (month < 7)}-{month:02d}-{day:02d}")
        end = np.busday_offset(start, WINDOW_DAYS, roll="forward")
        windows.append(days[(days >= start) & (days < end)])
    month_of_day = days.astype("datetime64[M]")
    months, starts = np.unique(month_of_day, return_index=True)
    return SchoolDays(
        days=days,
        windows=tuple(windows),
        months=tuple(str(month) for month in months),
        month_starts=np.append(starts, len(days)),
    )


def _mark(event: npt.NDArray[np.object_], days: Days, *, start: str, end: str, name: str) -> None:
    event[(days >= np.datetime64(start)) & (days < np.datetime64(end))] = name


def _monday_holidays(first: int) -> Days:
    """Give Labor Day, Martin Luther King Day, Presidents' Day and Memorial Day of a school year."""
    labor = np.busday_offset(f"{first}-09", 0, roll="forward", weekmask="Mon")
    king = np.busday_offset(f"{first + 1}-01", 2, roll="forward", weekmask="Mon")
    presidents = np.busday_offset(f"{first + 1}-02", 2, roll="forward", weekmask="Mon")
    memorial = np.busday_offset(f"{first + 1}-06", -1, roll="forward", weekmask="Mon")
    return np.array([labor, king, presidents, memorial], dtype="datetime64[D]")
