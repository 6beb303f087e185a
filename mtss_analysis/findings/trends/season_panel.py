"""Indicators of every school in every season of every year, side by side."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures import join_scores
from mtss_analysis.stats.arrays import FloatArray

WINDOWS = ("fall", "winter", "spring")
SEASON_BY_MONTH = {8: 0, 9: 0, 10: 0, 11: 0, 12: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2, 6: 2, 7: 2}
"""Season of a calendar month: up to November with the fall window, December to February with the winter window."""
ABSENCE, REFERRALS = "absence", "referrals"
LABELS = {ABSENCE: "absence", REFERRALS: "office referrals"}
_CELL = ["school", "school_year", "season"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """Indicators by school and season.

    Parameters
    ----------
    schools, school_years : tuple of str
        Rows, and years of which each has three seasons in a row.
    indicators : mapping of str to (schools, 3 · years) float array
        Of each indicator: mean standing, percent of days absent, referrals per 100 students; NaN: none, or too few
        students.
    """

    schools: tuple[str, ...]
    school_years: tuple[str, ...]
    indicators: dict[str, FloatArray]


def gather_panel(tables: Tables, *, settings: Settings) -> Panel:
    """Gather the run's indicators, one measure of each domain that they leave out, absence and referrals.

    Parameters
    ----------
    tables : Tables
        The tables of all districts, with ``district_id``.
    settings : Settings
        Indicators and the disclosure profile, whose minimum a school's season needs.

    Returns
    -------
    Panel
        Scores are standardised within grade and window over all schools and years.
    """
    enrollments = tables("enrollments").assign(school=name_schools)
    minimum = get_profile(settings.profile).minimum
    cells = {measure: _average_scores(tables, measure=measure) for measure in _choose_measures(tables, settings)}
    if tables.has("attendance"):
        cells[ABSENCE] = _average_absence(tables("attendance"), enrollments=enrollments)
    if tables.has("referrals"):
        cells[REFERRALS] = _count_referrals(tables("referrals"), enrollments=enrollments)
    schools = tuple(sorted(enrollments["school"].unique()))
    years = tuple(sorted(enrollments["school_year"].unique()))
    return Panel(
        schools=schools,
        school_years=years,
        indicators={
            name: _spread(cell[cell["n"] >= minimum], schools=schools, years=years) for name, cell in cells.items()
        },
    )


def _choose_measures(tables: Tables, settings: Settings) -> list[str]:
    followed = [indicator.measure for indicator in settings.indicators]
    listed = tables("screenings")[["measure", "domain"]].drop_duplicates().sort_values(["domain", "measure"])
    covered = set(listed.loc[listed["measure"].isin(followed), "domain"])
    others = listed[~listed["domain"].isin(covered)].drop_duplicates("domain")
    return [*followed, *(str(measure) for measure in others["measure"])]


def _average_scores(tables: Tables, *, measure: str) -> pd.DataFrame:
    blocks = []
    for season, window in enumerate(WINDOWS):
        joined = join_scores(
            enrollments=tables("enrollments"), screenings=tables("screenings"), measure=measure, window=window
        )
        known = joined[joined["score"].notna()]
        scores = known.groupby("grade")["score"]
        spread = scores.transform("std")
        standing = (known["score"] - scores.transform("mean")) / spread.where(spread > 0)
        blocks.append(known.assign(school=name_schools(known), season=season, value=standing))
    rows = pd.concat(blocks, ignore_index=True).astype({"value": "float64"})
    return rows.groupby(_CELL)["value"].agg(n="count", value="mean").reset_index()


def _average_absence(attendance: pd.DataFrame, *, enrollments: pd.DataFrame) -> pd.DataFrame:
    rows = attendance.assign(
        season=attendance["month"].str.slice(5, 7).astype("int64").map(SEASON_BY_MONTH),
        school=name_schools(attendance) if "school_id" in attendance else None,
    )
    if "school_id" not in attendance:
        rows = rows.drop(columns="school").merge(
            enrollments[["student_id", "school_year", "school"]].drop_duplicates(["student_id", "school_year"]),
            on=["student_id", "school_year"],
        )
    sums = rows.groupby(_CELL).agg(
        n=("student_id", "nunique"), enrolled=("days_enrolled", "sum"), absent=("days_absent", "sum")
    )
    return sums.assign(value=100 * sums["absent"] / sums["enrolled"].where(sums["enrolled"] > 0)).reset_index()


def _count_referrals(referrals: pd.DataFrame, *, enrollments: pd.DataFrame) -> pd.DataFrame:
    date = pd.to_datetime(referrals["date"])
    first = date.dt.year - (date.dt.month < 8).astype("int64")
    year = first.astype("str") + "-" + ((first + 1) % 100).astype("str").str.zfill(2)
    rows = pd.DataFrame(
        {"school": name_schools(referrals), "school_year": year, "season": date.dt.month.map(SEASON_BY_MONTH)}
    )
    students = enrollments.groupby(["school", "school_year"])["student_id"].nunique().rename("n").reset_index()
    every = students.merge(pd.DataFrame({"season": range(len(WINDOWS))}), how="cross")
    counts = every.merge(rows.groupby(_CELL).size().rename("count").reset_index(), on=_CELL, how="left")
    return counts.assign(value=100 * counts["count"].fillna(0) / counts["n"])


def _spread(cells: pd.DataFrame, *, schools: tuple[str, ...], years: tuple[str, ...]) -> FloatArray:
    values = np.full((len(schools), len(years) * len(WINDOWS)), np.nan)
    known = cells[cells["school"].isin(schools) & cells["school_year"].isin(years)]
    if known.empty:
        return values
    rows = known["school"].map({school: at for at, school in enumerate(schools)})
    columns = known["school_year"].map({year: at for at, year in enumerate(years)}) * len(WINDOWS) + known["season"]
    values[rows.to_numpy(dtype=np.intp), columns.to_numpy(dtype=np.intp)] = known["value"].to_numpy(dtype="float64")
    return values
