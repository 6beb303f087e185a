"""Counts by school and calendar month: enrolled students, referrals, students with any absence."""

import pandas as pd

from mtss_analysis.district.years import find_school_year

PLACE = ["district_id", "school_id", "month"]


def count_events(events: pd.DataFrame) -> pd.DataFrame:
    """Count events by school and calendar month.

    Parameters
    ----------
    events : DataFrame
        One row per event, with ``district_id``, ``school_id`` and ``date``; rows without a date are left out.

    Returns
    -------
    DataFrame
        ``district_id, school_id, month, school_year, n``; a month without events has no row.
    """
    dated = events.loc[events["date"].notna(), ["district_id", "school_id", "date"]]
    dated = dated.assign(month=dated["date"].dt.strftime("%Y-%m"), school_year=find_school_year(dated["date"]))
    return dated.groupby([*PLACE, "school_year"], sort=True).size().rename("n").reset_index()


def summarise_attendance(attendance: pd.DataFrame) -> pd.DataFrame:
    """Summarise each school's month of attendance.

    Parameters
    ----------
    attendance : DataFrame
        One row per student and month, with ``district_id``, ``days_enrolled`` and ``days_absent``.

    Returns
    -------
    DataFrame
        ``district_id, school_id, month, school_year``; ``n`` (students with days absent recorded), ``n_absent``
        (students with any absence), ``n_values`` (different numbers of days absent), ``n_both`` (students who are also
        in the calendar month before), ``n_changed`` (those whose days absent differ from that month's).
    """
    rows = attendance.loc[attendance["days_absent"].notna() & (attendance["days_enrolled"] > 0)]
    rows = rows[[*PLACE, "school_year", "student_id", "days_absent"]].drop_duplicates([*PLACE, "student_id"])
    key = ["district_id", "school_id", "student_id"]
    order = rows["month"].str[:4].astype("int64") * 12 + rows["month"].str[5:].astype("int64")
    rows = rows.assign(at=order)
    before = rows[[*key, "at", "days_absent"]].assign(at=rows["at"] + 1).rename(columns={"days_absent": "before"})
    rows = rows.merge(before, on=[*key, "at"], how="left")
    rows["absent"] = rows["days_absent"] > 0
    rows["both"] = rows["before"].notna()
    rows["changed"] = rows["both"] & (rows["before"] != rows["days_absent"])
    return (
        rows.groupby([*PLACE, "school_year"], sort=True)
        .agg(
            n=("student_id", "size"),
            n_absent=("absent", "sum"),
            n_values=("days_absent", "nunique"),
            n_both=("both", "sum"),
            n_changed=("changed", "sum"),
        )
        .reset_index()
    )
