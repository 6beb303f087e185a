"""Days on which a plan can ask for something: school days outside breaks and screening windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanDates:
    """Days of the two years of a plan; the first is the last year of the data.

    Parameters
    ----------
    first_year : int
        Calendar year in which the plan's first school year begins.
    open_days : (n,) datetime64[D] array
        School days of that year outside the screening windows.
    break_day : datetime64[D]
        A day of the longest break of that year.
    window_day : datetime64[D]
        A day in the middle of its spring screening window.
    """

    first_year: int
    open_days: Days
    break_day: np.datetime64
    window_day: np.datetime64

    @property
    def planned_on(self) -> np.datetime64:
        """Day on which the plan was written: in the summer before it begins."""
        return np.datetime64(f"{self.first_year}-07-15", "D")

    def near(self, month: int, day: int, *, year: int = 0) -> np.datetime64:
        """Give a day near to a date of the plan's first (0) or second (1) school year.

        In the first year it is an open day; of the second there is no calendar, and it is a weekday.
        """
        wanted = np.datetime64(f"{self.first_year + year + (month < 7)}-{month:02d}-{day:02d}", "D")
        if year:
            return _day(np.busday_offset(wanted, 0, roll="forward"))
        return _day(self.open_days[np.argmin(np.abs((self.open_days - wanted).astype(int)))])


def plan_dates(*, years: Sequence[str], calendar: pd.DataFrame, indicators: pd.DataFrame) -> PlanDates:
    """Read the days of a plan off the calendar and the dates of screenings.

    Parameters
    ----------
    years : sequence of str
        School years, the oldest first.
    calendar : DataFrame
        Calendar of one school: ``date, school_year, instructional``.
    indicators : DataFrame
        From ``count_indicators``, for the dates of the screening windows.

    Returns
    -------
    PlanDates
        Without screenings, windows are taken to be the last two weeks of April.
    """
    last = calendar.loc[calendar["school_year"] == years[-1]].sort_values("date")
    dates = last["date"].to_numpy().astype("datetime64[D]")
    held = last["instructional"].to_numpy(dtype=bool)
    seen = indicators.loc[(indicators["school_year"] == years[-1]) & indicators["first_date"].notna()]
    windows = seen.groupby("window").agg(first=("first_date", "min"), last=("last_date", "max"))
    is_open = held.copy()
    spans = {str(window): (_day(first), _day(end)) for window, first, end in windows.itertuples()}
    for first, end in spans.values():
        is_open &= (dates < first) | (dates > end)
    first_year = int(years[-1][:4])
    window_day = np.datetime64(f"{first_year + 1}-04-22", "D")
    if "spring" in spans:
        first, end = spans["spring"]
        days = dates[held & (dates >= first) & (dates <= end)]
        window_day = days[len(days) // 2]
    return PlanDates(
        first_year=first_year,
        open_days=dates[is_open],
        break_day=_longest_break(dates, held=held),
        window_day=_day(window_day),
    )


def _longest_break(dates: Days, *, held: npt.NDArray[np.bool_]) -> np.datetime64:
    closed = np.flatnonzero(~held)
    runs = np.split(closed, np.flatnonzero(np.diff(closed) > 1) + 1)
    longest = max(runs, key=len)
    return _day(dates[longest[len(longest) // 2]])


def _day(moment: object) -> np.datetime64:
    day: np.datetime64 = pd.Timestamp(moment).to_datetime64().astype("datetime64[D]")  # type: ignore[arg-type]
    return day
