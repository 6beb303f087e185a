"""How many of the enrolled students were screened, by grade, measure and window."""

import pandas as pd

CELL = ["district_id", "school_id", "school_year", "grade", "measure", "window"]
_STUDENT = ["district_id", "school_id", "school_year", "student_id"]
_TIME = ["district_id", "school_year", "window"]


def count_screened(*, enrollments: pd.DataFrame, screenings: pd.DataFrame) -> pd.DataFrame:
    """Count the enrolled students, and those with a score, of every grade that could have been screened.

    Parameters
    ----------
    enrollments : DataFrame
        One row per student, school and year, with ``district_id``, ``grade``, and ``entry_date`` and ``exit_date``
        where known.
    screenings : DataFrame
        One row per student, measure and window, with ``district_id``; a missing score counts as not screened.

    Returns
    -------
    DataFrame
        One row per school, year, grade, measure and window, for the measures and windows that the district has in
        that year: ``district_id, school_id, school_year, grade, measure, window``, ``n_enrolled`` (at any time of the
        year, as everywhere in a packet), ``n_present`` (on the middle day of the district's screenings of that window,
        or with a score; where days are not recorded, all enrolled) and ``n_screened``.
    """
    kept = [name for name in ("entry_date", "exit_date") if name in enrollments]
    students = enrollments[[*_STUDENT, "grade", *kept]].drop_duplicates(_STUDENT)
    rows = screenings[screenings["score"].notna()]
    scored = rows[[*_STUDENT, "measure", "window"]].drop_duplicates()
    counted = scored.merge(students[[*_STUDENT, "grade"]], on=_STUDENT).groupby(CELL, sort=True).size()
    there = _find_enrolled(students, scored=scored, days=_find_days(rows)).groupby([*_TIME, "school_id", "grade"])
    present = there["student_id"].nunique().rename("n_present").reset_index()
    grades = students.groupby(CELL[:4], sort=True).size().rename("n_enrolled").reset_index()
    cells = grades.merge(scored[[*_TIME, "measure"]].drop_duplicates(), on=["district_id", "school_year"])
    cells = cells.merge(present, on=[*CELL[:4], "window"], how="left")
    cells = cells.merge(counted.rename("n_screened").reset_index(), on=CELL, how="left")
    counts = ["n_enrolled", "n_present", "n_screened"]
    cells[counts] = cells[counts].fillna(0).astype("int64")
    return cells[[*CELL, *counts]].sort_values(CELL, ignore_index=True)


def _find_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the middle day of each window; missing where no day is recorded."""
    dated = rows if "date" in rows else rows.assign(date=pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]"))
    return dated.groupby(_TIME, sort=True)["date"].median().rename("day").reset_index()


def _find_enrolled(students: pd.DataFrame, *, scored: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Give one row for each student and window in which the student was enrolled or has a score."""
    rows = students.merge(days, on=["district_id", "school_year"])
    late = rows["entry_date"] > rows["day"] if "entry_date" in rows else False
    gone = rows["exit_date"] < rows["day"] if "exit_date" in rows else False
    keys = [*_STUDENT, "grade", "window"]
    present = rows.loc[~pd.Series(late | gone, index=rows.index), keys]
    tested = scored[[*_STUDENT, "window"]].drop_duplicates().merge(students[[*_STUDENT, "grade"]], on=_STUDENT)
    return pd.concat([present, tested[keys]], ignore_index=True).drop_duplicates([*_STUDENT, "window"])
