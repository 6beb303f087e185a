"""Referrals and the days on which students could have been referred."""

import numpy as np
import pandas as pd

from mtss_analysis.district.years import find_school_year

PLACE = ["district_id", "school_id"]
KEYS = [*PLACE, "school_year", "month", "student_id"]
NOT_RECORDED = "(not recorded)"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BANDS = ((0, 9), (9, 10), (10, 11), (11, 12), (12, 13), (13, 14), (14, 24))
"""Hours from and to; an hour of the school day each, the ends open: a convention of this kit."""


def count_student_days(*, enrollments: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Count the instructional days of each student by month, from the calendar of the school.

    Parameters
    ----------
    enrollments : DataFrame
        One row per student, school and year with ``district_id``; a missing ``entry_date`` or ``exit_date`` is the
        whole
        year.
    calendar : DataFrame
        One row per day of a school with ``district_id``; days that are not instructional do not count.

    Returns
    -------
    DataFrame
        ``district_id, school_id, school_year, month, student_id, days``, months with a day alone. A school without a
        calendar has no row.
    """
    days = calendar[calendar["instructional"].astype("boolean").fillna(value=False)]
    days = days.assign(school_year=find_school_year(days["date"]), month=days["date"].dt.strftime("%Y-%m"))
    days = days.drop_duplicates([*PLACE, "date"]).sort_values("date")
    keys = [*PLACE, "school_year"]
    held = dict(iter(days.groupby(keys, sort=False)))
    parts = []
    for key, block in enrollments.groupby(keys, sort=True):
        if key in held:
            counted = _count_days(block, days=held[key])
            parts.append(counted.assign(**{name: str(value) for name, value in zip(keys, key, strict=True)}))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in KEYS}).assign(days=0.0)
    counted = pd.concat(parts, ignore_index=True)
    return counted.groupby(KEYS, sort=True)["days"].sum().reset_index()


def take_student_days(attendance: pd.DataFrame) -> pd.DataFrame:
    """Take the days enrolled of the attendance table as the days on which students could have been referred.

    Parameters
    ----------
    attendance : DataFrame
        One row per student and month with ``district_id``.

    Returns
    -------
    DataFrame
        As :func:`count_student_days` gives it.
    """
    rows = attendance[attendance["days_enrolled"] > 0]
    days = rows.groupby(KEYS, sort=True)["days_enrolled"].sum().rename("days")
    return days.reset_index()


def describe_referrals(referrals: pd.DataFrame) -> pd.DataFrame:
    """Describe each referral by the usual views.

    Parameters
    ----------
    referrals : DataFrame
        One row per referral with ``district_id``; rows without a date are left out.

    Returns
    -------
    DataFrame
        ``district_id, school_id, school_year, month, student_id, reported_by`` and the views ``time``, ``weekday``,
        ``location``, ``behavior``, ``level``, where missing is ``(not recorded)``.
    """
    dated = referrals[referrals["date"].notna()]
    rows = dated[PLACE].assign(
        school_year=find_school_year(dated["date"]),
        month=dated["date"].dt.strftime("%Y-%m"),
        weekday=dated["date"].dt.day_of_week.map(dict(enumerate(WEEKDAYS))),
        time=_name_hours(dated["time"]) if "time" in dated else NOT_RECORDED,
    )
    for name in ("student_id", "reported_by"):
        rows[name] = dated[name] if name in dated else pd.Series(pd.NA, index=dated.index, dtype="str")
    for name in ("location", "behavior", "level"):
        rows[name] = dated[name].fillna(NOT_RECORDED) if name in dated else NOT_RECORDED
    return rows.reset_index(drop=True)


def name_hours() -> tuple[str, ...]:
    """Name the bands of the day, from the earliest on."""
    return tuple(
        f"before {_clock(end)}"
        if start == 0
        else f"from {_clock(start)} on"
        if end == 24
        else f"{_clock(start)} to {_clock(end)}"
        for start, end in BANDS
    )


def _clock(hour: int) -> str:
    return f"{(hour - 1) % 12 + 1} {'a.m.' if hour < 12 else 'p.m.'}"


def _name_hours(times: pd.Series) -> pd.Series:
    hours = pd.to_numeric(times.str.extract(r"^(\d{1,2}):\d{2}")[0], errors="coerce")
    starts = np.array([start for start, _ in BANDS])
    place = np.searchsorted(starts, hours.fillna(0).to_numpy(), side="right") - 1
    names = np.array(name_hours(), dtype=object)[place]
    return pd.Series(names, index=times.index, dtype="str").where(hours.notna() & (hours < 24), NOT_RECORDED)


def _count_days(enrolled: pd.DataFrame, *, days: pd.DataFrame) -> pd.DataFrame:
    dates = days["date"].to_numpy()
    first = _place(enrolled, column="entry_date", dates=dates, missing=0, side="left")
    after = _place(enrolled, column="exit_date", dates=dates, missing=len(dates), side="right")
    months = days["month"].to_numpy()
    parts = []
    for month in dict.fromkeys(months):
        inside = np.flatnonzero(months == month)
        counts = np.minimum(after, inside[-1] + 1) - np.maximum(first, inside[0])
        present = counts > 0
        parts.append(
            pd.DataFrame(
                {
                    "student_id": enrolled["student_id"].to_numpy()[present],
                    "month": month,
                    "days": counts[present].astype("float64"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _place(enrolled: pd.DataFrame, *, column: str, dates: np.ndarray, missing: int, side: str) -> np.ndarray:
    if column not in enrolled:
        return np.full(len(enrolled), missing)
    known = enrolled[column].notna().to_numpy()
    placed = np.searchsorted(dates, enrolled[column].to_numpy(), side=side)  # type: ignore[call-overload]
    return np.where(known, placed, missing)
