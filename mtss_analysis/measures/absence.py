"""Days absent of days enrolled, for each student, by year and by month, in a school and across schools."""

import pandas as pd

PLACE = ["district_id", "school_id"]


def sum_absence(attendance: pd.DataFrame, *, across_schools: bool = False) -> pd.DataFrame:
    """Sum each student's days of a school year.

    Parameters
    ----------
    attendance : DataFrame
        One row per student and month with ``district_id``; rows without days absent, or without a day enrolled, do not
        count.
    across_schools : bool
        Whether a student who was in several schools of the district is counted once, with the days of all of them.

    Returns
    -------
    DataFrame
        One row per student and school year, and per school unless ``across_schools``: ``days_enrolled``,
        ``days_absent``.
    """
    place = PLACE[:1] if across_schools else PLACE
    keys = [*place, "school_year", "student_id"]
    return _known(attendance).groupby(keys, sort=True)[["days_enrolled", "days_absent"]].sum().reset_index()


def find_chronic(totals: pd.DataFrame, *, chronic_pct: float, least_days: int) -> pd.DataFrame:
    """Say who was chronically absent.

    Parameters
    ----------
    totals : DataFrame
        From :func:`sum_absence`.
    chronic_pct : float
        Percent of the days enrolled from which on absence is chronic.
    least_days : int
        Students enrolled on fewer days are not counted.

    Returns
    -------
    DataFrame
        ``totals`` with ``counted`` and ``chronic`` (False where not counted).

    References
    ----------
    U.S. Department of Education, EDFacts file specification 195, on chronic absenteeism: absent on at least 10
    percent of the
    days enrolled, enrolled for at least 10 days.
    """
    counted = totals["days_enrolled"] >= least_days
    # Whole days: 18 of 180 is chronic, whatever floating point makes of 10 percent of 180.
    reached = 100 * totals["days_absent"] >= chronic_pct * totals["days_enrolled"] - 1e-9
    return totals.assign(counted=counted, chronic=counted & reached)


def sum_months(attendance: pd.DataFrame) -> pd.DataFrame:
    """Sum each student's days of a calendar month in a school.

    Parameters
    ----------
    attendance : DataFrame
        As for :func:`sum_absence`.

    Returns
    -------
    DataFrame
        One row per school, school year, month and student: ``days_enrolled``, ``days_absent``.
    """
    keys = [*PLACE, "school_year", "month", "student_id"]
    return _known(attendance).groupby(keys, sort=True)[["days_enrolled", "days_absent"]].sum().reset_index()


def attach_enrollment(rows: pd.DataFrame, *, enrollments: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Put grade and groups of the enrollment beside rows of students in schools.

    Parameters
    ----------
    rows : DataFrame
        With ``district_id``, ``school_id``, ``school_year`` and ``student_id``.
    enrollments : DataFrame
        A student twice in a school and year counts with the last row.
    columns : list of str
        Columns of ``enrollments`` that are wanted; those that it lacks are missing everywhere.

    Returns
    -------
    DataFrame
        As many rows as before; missing where the student is not in ``enrollments``.
    """
    keys = [*PLACE, "school_year", "student_id"]
    there = [name for name in columns if name in enrollments]
    once = enrollments[[*keys, *there]].drop_duplicates(keys, keep="last")
    joined = rows.merge(once, on=keys, how="left")
    return joined.assign(
        **{name: pd.Series(pd.NA, index=joined.index, dtype="str") for name in columns if name not in there}
    )


def _known(attendance: pd.DataFrame) -> pd.DataFrame:
    if "days_absent" not in attendance:
        return attendance.iloc[:0].assign(days_absent=0.0)
    return attendance[attendance["days_absent"].notna() & (attendance["days_enrolled"] > 0)]
