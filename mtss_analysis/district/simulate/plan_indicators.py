"""What the goals of a plan are measured by: counts of each school, from which baselines are computed."""

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.drawn import DrawnSchool

COLUMNS = (
    "school_id", "measure", "statistic", "student_group", "school_year", "window", "n", "total", "first_date",
    "last_date",
)  # fmt: skip
WINDOW_BY_MONTH = {8: "fall", 9: "fall", 10: "fall", 11: "fall", 12: "winter", 1: "winter", 2: "winter",
                   3: "spring", 4: "spring", 5: "spring", 6: "spring"}  # fmt: skip
CHRONIC = 0.10


def count_indicators(school: DrawnSchool, *, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count what the goals of the plan are measured by.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    tables : mapping of str to DataFrame
        Its tables; ``screenings``, ``attendance``, ``walkthroughs`` and ``fidelity`` are used where they are there.

    Returns
    -------
    DataFrame
        One row per measure, statistic, student group, year (of screenings: the last two) and window: ``n`` students,
        observations or items, and
        ``total``, whose quotient is the statistic; ``first_date, last_date`` of the screenings. The rows of several
        schools add up.
    """
    parts = []
    if "screenings" in tables:
        parts += _screenings(tables["screenings"], students=school.students, years=school.years[-2:])
    if "attendance" in tables:
        parts.append(_absence(tables["attendance"], years=school.years[-2:]))
    if "walkthroughs" in tables:
        parts.append(_implementation(tables["walkthroughs"], calendar=school.calendar))
    if "fidelity" in tables:
        parts.append(_fidelity(tables["fidelity"], calendar=school.calendar))
    parts = [part for part in parts if not part.empty]
    if not parts:
        return pd.DataFrame({name: [] for name in COLUMNS})
    for part in parts:
        part["school_id"] = school.school_id
        for name in ("first_date", "last_date"):
            if name not in part:
                part[name] = np.full(len(part), np.datetime64("NaT", "us"))
    return pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True)


def _screenings(screenings: pd.DataFrame, *, students: pd.DataFrame, years: tuple[str, ...]) -> list[pd.DataFrame]:
    """Count the screenings of the years; of several thousand rows a school, so with codes and not with text."""
    valid = screenings.loc[screenings["score"].notna() & screenings["school_year"].isin(years)]
    keys = ["measure", "school_year", "window"]
    coded = [pd.factorize(valid[name], sort=True) for name in keys]
    code = np.ravel_multi_index([codes for codes, _ in coded], [max(len(labels), 1) for _, labels in coded])
    cells = pd.DataFrame(list(itertools.product(*(labels for _, labels in coded))), columns=keys, dtype="str")
    score, cut = valid["score"].to_numpy(dtype=float), valid["cut_score"].to_numpy(dtype=float)
    dates = valid["date"].groupby(code).agg(["min", "max"]).reindex(cells.index)
    parts = []
    for group, chosen in (("all", np.ones(len(valid), dtype=bool)), ("disability=true", _served(valid, students))):
        for statistic, counted, value in (
            ("mean", chosen, score),
            ("at_cut_pct", chosen & ~np.isnan(cut), 100.0 * (score >= cut)),
        ):
            n = np.bincount(code[counted], minlength=len(cells))
            total = np.bincount(code[counted], weights=value[counted], minlength=len(cells))
            part = cells.assign(n=n, total=total)
            part = part.assign(first_date=dates["min"].to_numpy(), last_date=dates["max"].to_numpy())
            parts.append(part.assign(statistic=statistic, student_group=group).loc[n > 0])
    return parts


def _served(valid: pd.DataFrame, students: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say of each screening whether the student was served under IDEA in that year."""
    served = np.zeros(len(valid), dtype=bool)
    has_disability = students["disability"].fillna(value=False).to_numpy(dtype=bool)
    for year in valid["school_year"].unique():
        of_year = (valid["school_year"] == year).to_numpy()
        people = students.loc[has_disability & (students["school_year"] == year).to_numpy(), "student_id"]
        served[of_year] = valid.loc[of_year, "student_id"].isin(people).to_numpy()
    return served


def _absence(attendance: pd.DataFrame, *, years: tuple[str, ...]) -> pd.DataFrame:
    rows = attendance.loc[attendance["days_absent"].notna() & attendance["school_year"].isin(years)]
    by_student = rows.groupby(["student_id", "school_year"], observed=True, sort=False)
    days = by_student[["days_enrolled", "days_absent"]].sum().reset_index()
    chronic = days["days_absent"] >= CHRONIC * days["days_enrolled"]
    counted = days.assign(value=100.0 * chronic).groupby("school_year").agg(n=("value", "size"), total=("value", "sum"))
    return counted.reset_index().assign(
        measure="chronic_absence", statistic="pct", student_group="all", window="spring"
    )


def _implementation(walkthroughs: pd.DataFrame, *, calendar: pd.DataFrame) -> pd.DataFrame:
    scored = walkthroughs.loc[walkthroughs["implemented"].notna()]
    rows = pd.DataFrame(
        {
            "measure": "implementation:" + scored["practice"].astype(str),
            "school_year": _school_year(scored["date"], calendar=calendar),
            "window": scored["date"].dt.month.map(WINDOW_BY_MONTH),
            "value": 100.0 * (scored["implemented"].astype(float) == 2),
        }
    )
    counted = rows.groupby(["measure", "school_year", "window"]).agg(n=("value", "size"), total=("value", "sum"))
    return counted.reset_index().assign(statistic="pct", student_group="all")


def _fidelity(fidelity: pd.DataFrame, *, calendar: pd.DataFrame) -> pd.DataFrame:
    scored = fidelity.loc[fidelity["score"].notna() & fidelity["tier"].notna()]
    rows = pd.DataFrame(
        {
            "measure": "fidelity:tier" + scored["tier"].astype(str),
            "school_year": _school_year(scored["date"], calendar=calendar),
            "window": scored["date"].dt.month.map(WINDOW_BY_MONTH),
            "n": scored["max_score"],
            "total": 100.0 * scored["score"],
        }
    )
    counted = rows.groupby(["measure", "school_year", "window"])[["n", "total"]].sum()
    return counted.reset_index().assign(statistic="pct", student_group="all")


def _school_year(dates: pd.Series, *, calendar: pd.DataFrame) -> pd.Series:
    starts = calendar.groupby("school_year", sort=True)["date"].min().sort_values()
    position = np.searchsorted(starts.to_numpy(), dates.to_numpy(), side="right") - 1
    return pd.Series(starts.index.to_numpy(dtype=object)[position], index=dates.index, dtype="str")
