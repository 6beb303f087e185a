"""Tiers of all schools: counts, moves, times in support and growth, each with what may be printed of it."""

import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district.years import find_school_year
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.tiers.cells import (
    COLUMNS,
    KNOWN,
    PLACE,
    RATE,
    SUPPORTED,
    TELLING,
    TURNS,
    WINDOW,
    list_move_cells,
    list_window_cells,
    relate_cells,
)
from mtss_analysis.findings.tiers.classrooms import compare_classrooms
from mtss_analysis.findings.tiers.growth import compare_growth
from mtss_analysis.findings.tiers.protect import protect_in_turn
from mtss_analysis.findings.tiers.relapse import summarise_relapse
from mtss_analysis.findings.tiers.times import summarise_times
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.support import list_support_episodes
from mtss_analysis.measures.tiers import (
    NOT_SCREENED,
    OVERALL,
    TIERS,
    count_tiers,
    find_window_dates,
    list_moves,
    place_students,
)

LEAST_SCHOOLS = 3
"""A median of fewer schools would be somebody's own number."""
YEAR_ENDS = "06-15"
"""Month and day that end a school year where no calendar and no exit says otherwise: a convention of this kit."""

TIER_FRAMES = (
    "tier_cells",
    "tier_dates",
    "tier_typical",
    "tier_relapse",
    "tier_times",
    "tier_growth",
    "tier_classrooms",
)

_PLACE = ["district_id", "school_id"]


def compare_tiers(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Count the tiers of all schools, follow their students, and decide what may be printed.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``tiers``, groups, confidence level and disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``TIER_FRAMES``. ``tier_cells``: counts by window, grade and move with ``status``. ``tier_dates``: the day on
        which each window is read. ``tier_typical``: medians of what may be printed of schools. ``tier_relapse``,
        ``tier_times``, ``tier_growth``, ``tier_classrooms``: see their modules. Empty where no district has a tiers
        table, screenings or a spell in Tier 2 or Tier 3.
    """
    placed, tiers, last_days, domains = _place(tables, settings=settings)
    dates = placed[[*_PLACE, "school_year", "window", "date"]].drop_duplicates(ignore_index=True)
    cells = [pd.DataFrame({name: pd.Series(dtype="object") for name in [*COLUMNS, "status"]})]
    relapses = []
    for scope in (OVERALL, *domains) if len(placed) else ():
        moves = list_moves(placed, scope=scope)
        counted = list_window_cells(count_tiers(placed, scope=scope), scope=scope)
        moved = list_move_cells(moves, scope=scope, groups=settings.groups)
        if scope != OVERALL:
            moved = moved[moved["turn"] == RATE]
        cells.append(_protect(pd.concat([counted, moved], ignore_index=True), settings=settings))
        relapses.append(summarise_relapse(moves, scope=scope, settings=settings))
    every = pd.concat(cells, ignore_index=True).astype({"count": "int64", "n_students": "int64"})
    episodes = pd.DataFrame()
    if len(placed):
        episodes = list_support_episodes(
            tiers=tiers,
            enrollments=tables("enrollments"),
            last_days=last_days,
            bridge_days=settings.tiers.bridge_days,
        )
    return {
        "tier_cells": every,
        "tier_dates": dates,
        "tier_typical": _find_typical(every, settings=settings),
        "tier_relapse": pd.concat(relapses, ignore_index=True) if relapses else pd.DataFrame({"scope": []}),
        "tier_times": summarise_times(episodes, enrollments=tables("enrollments"), settings=settings),
        "tier_growth": compare_growth(tables, placed=placed, domains=domains, settings=settings),
        "tier_classrooms": compare_classrooms(placed, domains=domains),
    }


def place_in_tiers(tables: Tables, *, settings: Settings) -> pd.DataFrame:
    """Place every student of every school and window in a tier of each domain, and in the highest.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``tiers``, groups.

    Returns
    -------
    DataFrame
        See :func:`mtss_analysis.measures.tiers.place_students`; empty where there are no tiers or no screenings.
    """
    return _place(tables, settings=settings)[0]


def _place(tables: Tables, *, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    nothing = pd.DataFrame({name: [] for name in [*_PLACE, "school_year", "window", "date"]})
    if not (tables.has("tiers") and tables.has("screenings")):
        return nothing, nothing, nothing, ()
    enrollments = tables("enrollments")
    tiers = _name_school(tables("tiers"), enrollments=enrollments, dated="start_date")
    there = sorted(set(tiers.loc[tiers["tier"].isin(["2", "3"]), "domain"]))
    domains = tuple(domain for domain in there if not settings.tiers.domains or domain in settings.tiers.domains)
    tiers = tiers[tiers["domain"].isin(domains)]
    if not domains:
        return nothing, nothing, nothing, ()
    screenings = tables("screenings")
    screenings = _name_school(screenings, enrollments=enrollments, dated="")
    last_days = _find_last_days(tables)
    dates = find_window_dates(
        screenings=screenings[screenings["domain"].isin(domains)] if "domain" in screenings else screenings,
        last_days=last_days,
        days_after=settings.tiers.days_after_screening,
    )
    placed = place_students(enrollments=enrollments, tiers=tiers, screenings=screenings, dates=dates, domains=domains)
    named = [*_PLACE, "school_year", "window", "date", "student_id", "grade", "classroom_id"]
    wanted = dict.fromkeys([*named, *(group.column for group in settings.groups), *domains, OVERALL])
    return placed[[name for name in wanted if name in placed]], tiers, last_days, domains


def _name_school(rows: pd.DataFrame, *, enrollments: pd.DataFrame, dated: str) -> pd.DataFrame:
    """Fill in the school of enrollment where a row names none; of two schools of a year, none is guessed."""
    if "school_id" in rows and rows["school_id"].notna().all():
        return rows
    years = find_school_year(rows[dated]) if dated else rows["school_year"]
    keys = ["district_id", "student_id", "school_year"]
    schools = enrollments[[*keys, "school_id"]].drop_duplicates()
    once = schools[~schools.duplicated(keys, keep=False)].rename(columns={"school_id": "enrolled_at"})
    found = rows.assign(school_year=years)[keys].merge(once, on=keys, how="left")["enrolled_at"]
    given = rows["school_id"] if "school_id" in rows else pd.Series(pd.NA, index=rows.index, dtype="str")
    return rows.assign(school_id=given.fillna(found.set_axis(rows.index)))


def _find_last_days(tables: Tables) -> pd.DataFrame:
    """Find the last day of each school's year: of instruction, or by convention where no calendar is kept."""
    keys = [*_PLACE, "school_year"]
    years = tables("enrollments")[keys].drop_duplicates(ignore_index=True)
    ends = (years["school_year"].str.slice(0, 4).astype("int64") + 1).astype("str") + "-" + YEAR_ENDS
    usual = years.assign(usual=pd.to_datetime(ends, format="%Y-%m-%d").astype("datetime64[us]"))
    if not tables.has("calendar"):
        return usual.rename(columns={"usual": "last_day"})
    days = tables("calendar")
    days = days[days["instructional"].astype("boolean").fillna(value=False)]
    days = days.assign(school_year=find_school_year(days["date"]))
    last = days.groupby(keys, sort=True)["date"].max().rename("last_day").reset_index()
    both = usual.merge(last, on=keys, how="left")
    return both.assign(last_day=both["last_day"].fillna(both["usual"])).drop(columns="usual")


def _protect(cells: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Decide school by school: no count of one school is a sum of others'."""
    profile = get_profile(settings.profile)
    statuses = [
        protect_in_turn(school, turns=TURNS, relations=relate_cells(school, groups=settings.groups), profile=profile)
        for _, school in cells.groupby(PLACE, sort=True)
    ]
    decided = cells.assign(status=pd.concat(statuses).reindex(cells.index))
    unscreened = (decided["turn"] == WINDOW) & (decided["cell"] == NOT_SCREENED) & (decided["status"] != "ok")
    limited = pd.MultiIndex.from_frame(decided[PLACE]).isin(pd.MultiIndex.from_frame(decided.loc[unscreened, PLACE]))
    decided.loc[limited & decided["cell"].isin(TELLING), "status"] = "withheld"
    return decided


def _find_typical(cells: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Find the median school, from what is printed of schools alone, so that it gives nothing away."""
    keys = ["scope", "school_year", "window", "district_id", "school_id"]
    shown = cells[(cells["grade"] == ALL) & (cells["window"] != ALL) & (cells["status"] == "ok")]
    known = shown.loc[shown["cell"] == KNOWN, [*keys, "count"]].rename(columns={"count": "n_known"})
    shares = shown[shown["cell"].isin([*TIERS, SUPPORTED])].merge(known, on=keys)
    shares = shares.assign(pct=100 * shares["count"].astype("float64") / shares["n_known"].astype("float64"))
    by = ["scope", "school_year", "window", "cell", *(["district_id"] if settings.population == "district" else [])]
    typical = shares.groupby(by, sort=True)["pct"].agg(pct="median", n_schools="size").reset_index()
    return typical[typical["n_schools"] >= LEAST_SCHOOLS].reset_index(drop=True)
