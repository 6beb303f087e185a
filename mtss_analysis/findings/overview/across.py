"""Every school's latest mean standing, as it is and like for like, from what is printed of the schools alone."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.overview.mix import PLACE, shift_mix
from mtss_analysis.findings.overview.stand import STAND_COLUMNS, stand_apart
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.meta_regression import regress_estimates
from mtss_analysis.stats.unit_means import estimate_unit_means

OVERVIEW_FRAMES = ("fair", "fair_held", "fair_staff")
LEAST_SCHOOLS_FOR_YEAR = 10
"""Schools below which the year of implementation is not held constant.

References
----------
Cochrane Handbook 6, section 10.11.5.1: at least ten studies for each characteristic that is modelled.
"""
LEAST_SCHOOLS_APART = 3
"""Schools in another year of implementation than the most frequent one, below which the year is not held constant."""
POINT_COLUMNS = (
    "measure", "population", "district_id", "school_id", "school_year", "n", "n_clusters", "partial", "year",
    "raw", "raw_se", "like", "like_se", "status",
)  # fmt: skip


def compare_overview(
    tables: Tables, *, levels: pd.DataFrame, scores_by_measure: Mapping[str, pd.DataFrame], settings: Settings
) -> dict[str, pd.DataFrame]:
    """Compare schools like for like.

    Parameters
    ----------
    tables : Tables
        The tables of all districts: ``schools`` for the year of implementation, ``staff`` where there is one.
    levels : DataFrame
        ``Comparison.frame("levels")``: which cells of which school may be printed.
    scores_by_measure : mapping of str to DataFrame
        Placed scores of the whole state, by measure.
    settings : Settings
        Groups, population, confidence level, false-discovery rate, disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``fair``: one row per measure and school, ``POINT_COLUMNS`` and those of :func:`stand_apart`; ``status`` is
        "ok", "withheld" or "not_estimable". ``fair_held``: one row per measure and population: what is held constant
        (``groups``, ``held_year``, ``why_not``) and the differences that go with a further year of implementation.
        ``fair_staff``: full-time equivalents by school and role in the latest year.

    Notes
    -----
    Only students in cells that may be printed count, so every number is made of what the schools' own packets print,
    and what a district's or the state's number leaves when schools' are taken away is nobody's.
    """
    schools = tables("schools")
    points, held = [], []
    for measure, scores in scores_by_measure.items():
        cells = levels[(levels["measure"] == measure) & (levels["level"] == "school")]
        for population, part in _split(scores, settings=settings):
            block, told = _compare(part, cells=cells, schools=schools, settings=settings)
            points.append(block.assign(measure=measure, population=population))
            held.append({"measure": measure, "population": population, **told})
    nothing = pd.DataFrame(columns=[*POINT_COLUMNS, *STAND_COLUMNS])
    return {
        "fair": pd.concat(points, ignore_index=True) if points else nothing,
        "fair_held": pd.DataFrame(held),
        "fair_staff": _count_staff(tables),
    }


def _split(scores: pd.DataFrame, *, settings: Settings) -> list[tuple[str, pd.DataFrame]]:
    if settings.population == "state":
        return [("state", scores)]
    return [(str(district), part) for district, part in scores.groupby("district_id", sort=True)]


def _compare(
    scores: pd.DataFrame, *, cells: pd.DataFrame, schools: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, dict[str, object]]:
    known = scores[scores["standing"].notna()]
    latest = known["school_year"].max() if len(known) else ""
    known = known[known["school_year"] == latest]
    cells = cells[cells["school_year"] == latest]
    keys = [*PLACE, "trend_grade"]
    printable = cells.loc[(cells["group"] == ALL) & (cells["status"] == "ok"), keys]
    rows = known.merge(printable, on=keys).sort_values([*keys, "student_id"], ignore_index=True)
    rows = rows.assign(cluster=cluster_ids(rows) if len(rows) else "")
    there = known[PLACE].drop_duplicates().sort_values(PLACE, ignore_index=True)
    points = there.assign(school_year=latest).merge(_find_years(schools, latest=latest), on=PLACE, how="left")
    whole = known.drop_duplicates(keys).merge(printable.assign(printed=True), on=keys, how="left")
    partial = whole[whole["printed"].isna()][PLACE].drop_duplicates().assign(partial=True)
    points = points.merge(partial, on=PLACE, how="left")
    points["partial"] = points["partial"].notna()
    points, groups = _estimate(rows, points=points, cells=cells, settings=settings)
    points, told = _hold_year(points, settings=settings)
    return stand_apart(points, settings=settings), {"groups": ", ".join(groups), **told}


def _estimate(
    rows: pd.DataFrame, *, points: pd.DataFrame, cells: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    empty = {"n": 0, "n_clusters": 0, "raw": np.nan, "raw_se": np.nan, "like": np.nan, "like_se": np.nan}
    if rows.empty:
        return points.assign(**empty, status="withheld"), ()
    mix = shift_mix(rows, cells=cells, settings=settings)
    name = (rows["district_id"] + "\x00" + rows["school_id"]).to_numpy(dtype=object)
    standing = rows["standing"].to_numpy(dtype="float64")
    try:
        raw = estimate_unit_means(outcome=standing, units=name, clusters=rows["cluster"].to_numpy())
        like = estimate_unit_means(outcome=standing - mix.fitted, units=name, clusters=rows["cluster"].to_numpy())
    except TooFewError:
        return points.assign(**empty, status="not_estimable"), ()
    pairs = [tuple(str(unit).split("\x00")) for unit in raw.units]
    shifts = np.array([mix.shift.get((pair[0], pair[1]), np.nan) for pair in pairs])
    errors = np.array([mix.std_error.get((pair[0], pair[1]), np.nan) for pair in pairs])
    estimated = pd.DataFrame(
        {
            "district_id": [pair[0] for pair in pairs],
            "school_id": [pair[1] for pair in pairs],
            "n": raw.n,
            "n_clusters": raw.n_clusters,
            "raw": raw.means,
            "raw_se": raw.std_errors,
            "like": raw.means + shifts,
            "like_se": np.sqrt(like.std_errors**2 + errors**2),
        }
    )
    joined = points.merge(estimated, on=PLACE, how="left")
    joined[["n", "n_clusters"]] = joined[["n", "n_clusters"]].fillna(0).astype("int64")
    printed = joined["raw"].notna()
    status = np.where(
        ~printed | joined["like"].isna(), "withheld", np.where(joined["like_se"] > 0, "ok", "not_estimable")
    )
    return joined.assign(status=status), mix.held


def _hold_year(points: pd.DataFrame, *, settings: Settings) -> tuple[pd.DataFrame, dict[str, object]]:
    """Hold the year of implementation constant, where enough schools tell how means go with it."""
    told: dict[str, object] = {
        "held_year": False, "why_not": "", "year_slope": np.nan, "year_low": np.nan, "year_high": np.nan,
        "year_p": np.nan, "n_schools": int((points["status"] == "ok").sum()),
    }  # fmt: skip
    usable = (points["status"] == "ok") & points["year"].notna()
    if not usable.any():
        return points, told | {"why_not": "the schools table names no year in which implementation began"}
    if (points["status"] == "ok").sum() > usable.sum():
        return points, told | {"why_not": "not every school names the year in which implementation began"}
    years = points.loc[usable, "year"].to_numpy(dtype="float64")
    if usable.sum() < LEAST_SCHOOLS_FOR_YEAR:
        why = f"that takes {LEAST_SCHOOLS_FOR_YEAR} schools that may be printed, and there are {int(usable.sum())}"
        return points, told | {"why_not": why}
    others = len(years) - int(np.unique(years, return_counts=True)[1].max())
    if others < LEAST_SCHOOLS_APART:
        return points, told | {"why_not": "nearly all schools are in the same year"}
    slope = regress_estimates(
        estimates=points.loc[usable, "like"].to_numpy(dtype="float64"),
        std_errors=points.loc[usable, "like_se"].to_numpy(dtype="float64"),
        moderator=years,
        ci_level=settings.ci_level,
    )
    away: FloatArray = years - years.mean()
    held = points.copy()
    held.loc[usable, "like"] = held.loc[usable, "like"] - slope.estimate * away
    held.loc[usable, "like_se"] = np.sqrt(held.loc[usable, "like_se"] ** 2 + (slope.std_error * away) ** 2)
    return held, told | {
        "held_year": True, "year_slope": slope.estimate, "year_low": slope.ci_low, "year_high": slope.ci_high,
        "year_p": slope.p_value,
    }  # fmt: skip


def _find_years(schools: pd.DataFrame, *, latest: str) -> pd.DataFrame:
    """Find each school's year of implementation in the latest school year, 1 for the first."""
    keys = schools.sort_values("school_year").drop_duplicates(PLACE, keep="last")[PLACE].assign(year=np.nan)
    if "implementation_start_year" not in schools or not latest:
        return keys
    known = schools[schools["implementation_start_year"].notna()].sort_values("school_year")
    start = known.drop_duplicates(PLACE, keep="last")
    began = start["implementation_start_year"].astype("str").str.slice(0, 4).astype("float64")
    year = float(latest[:4]) - began + 1
    known_years = start[PLACE].assign(year=year.where(year >= 1))
    return keys.drop(columns="year").merge(known_years, on=PLACE, how="left")


def _count_staff(tables: Tables) -> pd.DataFrame:
    columns = [*PLACE, "school_year", "role", "fte"]
    if not tables.has("staff"):
        return pd.DataFrame({name: [] for name in columns})
    staff = tables("staff")
    if "fte" not in staff or "role" not in staff or not staff["fte"].notna().any():
        return pd.DataFrame({name: [] for name in columns})
    latest = staff[staff["school_year"] == staff["school_year"].max()]
    counted = latest.groupby([*PLACE, "school_year", "role"], sort=True)["fte"]
    summed: pd.DataFrame = counted.sum(min_count=1).dropna().reset_index()
    return summed[columns]
