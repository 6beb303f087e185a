"""Tables that lack a school or its latest year, columns that are mostly empty, weeks that a calendar leaves out."""

import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district.years import find_school_year
from mtss_analysis.findings.data_quality.fault import Fault
from mtss_analysis.findings.settings import Settings

# Tables that every school of a district has a share in, so that a missing school or year means something.
EVERY_SCHOOL = ("screenings", "attendance", "referrals", "staff", "fidelity", "surveys", "walkthroughs")
# Tables that grow week by week.
FLOWS = ("attendance", "referrals", "walkthroughs")
# Columns that stand for something in every row; in others an empty cell is an answer.
EXPECTED = {
    "enrollments": (
        "classroom_id",
        "teacher_id",
        "sex",
        "race_ethnicity",
        "english_learner",
        "disability",
        "economically_disadvantaged",
    ),
    "screenings": ("date", "score", "cut_score"),
    "attendance": ("days_absent",),
    "referrals": ("student_id", "time", "location", "behavior", "level", "reported_by"),
    "staff": ("fte", "years_experience", "degree"),
    "walkthroughs": ("staff_id", "implemented", "observer_id"),
    "fidelity": ("score",),
    "surveys": ("value",),
}
LEAST_SCHOOLS = 3


def find_stale(latest: pd.DataFrame, *, settings: Settings) -> list[Fault]:
    """Find the tables that lack a school, its latest year, or the latest weeks.

    Parameters
    ----------
    latest : DataFrame
        What :func:`mtss_analysis.measures.latest.find_latest` gives, ``enrollments`` among it.
    settings : Settings
        ``quality.stale_days``.

    Returns
    -------
    list of Fault
        ``no_rows`` where a school has none in its latest year and most of the district's others have; ``stale`` where
        the whole district's table ends before the district's newest year or date.
    """
    faults: list[Fault] = []
    for district_id, block in latest.groupby("district_id", sort=True):
        enrolled = block[block["source"] == "enrollments"].set_index("school_id")["latest_year"]
        if enrolled.empty:
            continue
        newest_date = block.loc[block["source"] != "calendar", "latest_date"].max()
        present = enrolled[enrolled == enrolled.max()]
        for source in [name for name in EVERY_SCHOOL if name in set(block["source"])]:
            rows = block[block["source"] == source].set_index("school_id")
            years = rows["latest_year"].reindex(present.index)
            there = years == enrolled.max()
            behind = newest_date - rows["latest_date"].max()
            if not there.any():
                last = str(rows["latest_year"].max())
                faults += [
                    _fault(district_id, school, source, check="stale", year=enrolled.max(), last=last)
                    for school in present.index
                ]
            elif source in FLOWS and behind > pd.Timedelta(days=settings.quality.stale_days):
                last = str(rows["latest_date"].max().date())
                faults += [
                    _fault(district_id, school, source, check="stale", last=last, left_out=False)
                    for school in present.index
                ]
            if there.mean() > 0.5 and source != "referrals":
                faults += [
                    _fault(district_id, school, source, check="no_rows", year=enrolled.max())
                    for school in present.index[~there]
                ]
    return faults


def find_empty_columns(table: pd.DataFrame, *, source: str, settings: Settings) -> list[Fault]:
    """Find the columns that a school leaves mostly empty in its latest year.

    Parameters
    ----------
    table : DataFrame
        With ``district_id``.
    source : str
        Its name.
    settings : Settings
        ``quality.least_filled_pct``, and the profile: schools with fewer rows are passed over.

    Returns
    -------
    list of Fault
        ``mostly_empty``. A column that the whole district leaves empty was not given, which is no fault.
    """
    place = ["district_id", "school_id"]
    columns = [name for name in EXPECTED.get(source, ()) if name in table]
    years = table["school_year"] if "school_year" in table else find_school_year(table["date"])
    rows = table.assign(year=years).dropna(subset=[*place, "year"])
    rows = rows[rows["year"] == rows.groupby(place)["year"].transform("max")]
    if not columns or rows.empty:
        return []
    given = table[columns].notna().groupby(table["district_id"]).any()
    minimum = get_profile(settings.profile).minimum
    faults = []
    for (district_id, school_id), block in rows.groupby(place, sort=True):
        n = block["student_id"].nunique() if "student_id" in block else len(block)
        filled_pct = 100 * block[columns].notna().mean()
        few = given.loc[str(district_id)] & (filled_pct < settings.quality.least_filled_pct)
        faults += [
            Fault(
                district_id=str(district_id),
                school_id=str(school_id),
                source=source,
                aspect="completeness",
                check="mostly_empty",
                school_year=str(block["year"].iloc[0]),
                column=str(column),
            )
            for column in few.index[few.to_numpy()]
            if n >= minimum
        ]
    return faults


def find_missing_weeks(calendar: pd.DataFrame) -> list[Fault]:
    """Find the weeks that most schools of the district have in their calendars and a school has not.

    Parameters
    ----------
    calendar : DataFrame
        One row per school and day, with ``district_id``.

    Returns
    -------
    list of Fault
        ``weeks_missing``; only where at least three schools have a calendar of that year.
    """
    days = calendar.assign(
        week=calendar["date"].dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d"),
        year=find_school_year(calendar["date"]),
    )
    faults = []
    for (district_id, year), block in days.groupby(["district_id", "year"], sort=True):
        there = pd.crosstab(block["school_id"], block["week"]) > 0
        if len(there) < LEAST_SCHOOLS:
            continue
        usual = there.columns[(there.mean(axis=0) > 0.5).to_numpy()]
        for school_id, row in there.iterrows():
            missing = [str(week) for week in usual if not row[week]]
            if missing:
                faults.append(
                    Fault(
                        district_id=str(district_id),
                        school_id=str(school_id),
                        source="calendar",
                        aspect="completeness",
                        check="weeks_missing",
                        school_year=str(year),
                        first=missing[0],
                        last=missing[-1],
                        items=",".join(missing),
                    )
                )
    return faults


def _fault(
    district_id: object,
    school_id: object,
    source: str,
    *,
    check: str,
    year: object = None,
    last: str | None = None,
    left_out: bool = True,
) -> Fault:
    return Fault(
        district_id=str(district_id),
        school_id=str(school_id),
        source=source,
        aspect="freshness" if check == "stale" else "coverage",
        check="stale" if check == "stale" else "no_rows",
        school_year=None if year is None else str(year),
        last=last,
        left_out=left_out,
    )
