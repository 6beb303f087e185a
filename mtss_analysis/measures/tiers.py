"""In which tier each enrolled student is in each screening window, and how students move between windows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

WINDOWS = ("fall", "winter", "spring")
TIERS = ("1", "2", "3")
NOT_SCREENED = "not_screened"
LEFT = "left"
ENTERED = "entered"
OVERALL = "overall"

SCHOOL = ["district_id", "school_id"]
USUAL_DAYS = {"fall": "09-30", "winter": "01-31", "spring": "05-15"}
"""Month and day that stand for a window whose screenings bear no date: a convention of this kit."""
TAKEN_BY = 0.95
"""A window ends when this share of its scores was taken, so that a few make-up tests do not move it."""


def find_window_dates(
    *, screenings: pd.DataFrame, last_days: pd.DataFrame | None = None, days_after: int = 14
) -> pd.DataFrame:
    """Find the day on which the tiers of each school and window are read.

    Parameters
    ----------
    screenings : DataFrame
        With ``district_id`` and ``school_id``; ``date`` may be missing.
    last_days : DataFrame or None
        Last day of instruction by ``district_id``, ``school_id`` and ``school_year``, column ``last_day``.
    days_after : int
        Days after the end of screening, by which the placements that follow from it have begun.

    Returns
    -------
    DataFrame
        ``district_id, school_id, school_year, window, date``, one row per window in which the school has a score. No
        day lies after the last day of instruction, and none before the end of screening.
    """
    keys = [*SCHOOL, "school_year", "window"]
    scored = screenings[screenings["score"].notna() & screenings["school_id"].notna()]
    day = scored["date"] if "date" in scored else pd.Series(pd.NaT, index=scored.index, dtype="datetime64[us]")
    taken = scored[keys].assign(date=day)
    ends = taken.groupby(keys, sort=True)["date"].quantile(TAKEN_BY, interpolation="higher").reset_index()
    first = ends["school_year"].str.slice(0, 4).astype("int64")
    year = (first + (ends["window"] != "fall")).astype("str")
    usual = pd.to_datetime(year + "-" + ends["window"].map(USUAL_DAYS), format="%Y-%m-%d")
    known = ends["date"].fillna(usual)
    read = known + pd.to_timedelta(days_after, unit="D")
    if last_days is not None:
        beside = ends.merge(last_days, on=[*SCHOOL, "school_year"], how="left")["last_day"]
        last = beside.fillna(known)
        read = read.where(~(beside.notna() & (read > beside)), last.where(last > known, known))
    return ends.assign(date=read.astype("datetime64[us]"))


def place_students(
    *,
    enrollments: pd.DataFrame,
    tiers: pd.DataFrame,
    screenings: pd.DataFrame,
    dates: pd.DataFrame,
    domains: Sequence[str],
) -> pd.DataFrame:
    """Place every student who is enrolled on the day of a window in a tier of each domain, and in the highest.

    Parameters
    ----------
    enrollments : DataFrame
        One row per student, school and year, with ``district_id`` and ``grade``; ``entry_date`` and ``exit_date`` may
        be missing, which is the whole year.
    tiers : DataFrame
        One row per spell, both ends included; an end that is missing is open. With ``district_id``.
    screenings : DataFrame
        With ``district_id`` and ``school_id``; a missing score counts as not screened.
    dates : DataFrame
        From :func:`find_window_dates`.
    domains : sequence of str
        Domains of ``tiers``.

    Returns
    -------
    DataFrame
        The columns of ``enrollments``, ``window``, ``date``, one column per domain and ``overall``: ``1``, ``2``, ``3``
        or ``not_screened``; missing where the domain is neither screened nor served in that grade and year.

    Notes
    -----
    Tier 2 and Tier 3 are what the spells say. Tier 1 needs a score of that window and domain: a spell in Tier 1 that
    nobody has looked at is not success. Where a district records Tier 1, it also needs the spell; where it records the
    other tiers alone, a student with a score and without a spell is in Tier 1. In a domain that a grade does not screen
    in that year, a recorded Tier 1 counts. Overall is the highest tier; Tier 1 needs every screened domain.
    """
    placed = enrollments.merge(dates, on=[*SCHOOL, "school_year"], how="inner")
    for column, late in (("entry_date", True), ("exit_date", False)):
        if column in placed:
            limit = placed[column]
            there = limit <= placed["date"] if late else limit >= placed["date"]
            placed = placed[limit.isna() | there]
    placed = placed.drop_duplicates([*SCHOOL, "school_year", "student_id", "window"]).reset_index(drop=True)
    wanting: list[pd.Series] = []
    for domain in domains:
        state, is_screened_here = _place_in_domain(
            placed,
            spells=tiers[tiers["domain"] == domain],
            scored=screenings[(screenings["domain"] == domain) & screenings["score"].notna()],
        )
        placed[domain] = state
        wanting.append(is_screened_here & (state == NOT_SCREENED))
    placed[OVERALL] = _find_highest(placed, domains=domains, wanting=wanting)
    return placed


def count_tiers(placed: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """Count students by tier, for each school and window, in all and by grade.

    Parameters
    ----------
    placed : DataFrame
        From :func:`place_students`.
    scope : str
        ``overall`` or a domain.

    Returns
    -------
    DataFrame
        One row per school, year, window and grade (``all`` or a grade): ``date``, ``n_1, n_2, n_3, n_not_screened``.
    """
    known = placed[placed[scope].notna()]
    rows = pd.concat([known.assign(grade="all"), known], ignore_index=True)
    keys = [*SCHOOL, "school_year", "window", "date", "grade"]
    counts = rows.assign(n=1).pivot_table(index=keys, columns=scope, values="n", aggfunc="sum", fill_value=0, sort=True)
    counts = counts.reindex(columns=[*TIERS, NOT_SCREENED], fill_value=0).astype("int64").add_prefix("n_")
    counts.columns.name = None
    return counts.reset_index()


def list_moves(placed: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    """List where each student was in one window and in the next one of the same school and year.

    Parameters
    ----------
    placed : DataFrame
        From :func:`place_students`.
    scope : str
        ``overall`` or a domain.

    Returns
    -------
    DataFrame
        One row per student and pair of windows, the columns of the enrollment and ``from_window``, ``to_window``,
        ``from_state`` (a tier, ``not_screened`` or ``entered``), ``to_state`` (or ``left``) and ``next_state``, the
        state in the window after (missing where there is none).
    """
    known = placed[placed[scope].notna()].drop(columns=[name for name in ("date",) if name in placed])
    order = known["window"].map({name: place for place, name in enumerate(WINDOWS)})
    held = known[[*SCHOOL, "school_year"]].assign(order=order).drop_duplicates().sort_values("order")
    following = held.groupby([*SCHOOL, "school_year"], sort=False)["order"].shift(-1)
    held = held.assign(then=following).dropna(subset=["then"]).astype({"then": "int64"})
    here = known.assign(order=order, state=known[scope])
    keys = [*SCHOOL, "school_year", "student_id"]
    first = here.merge(held, on=[*SCHOOL, "school_year", "order"])
    second = here.merge(held.rename(columns={"order": "before", "then": "order"}), on=[*SCHOOL, "school_year", "order"])
    then = second[[*keys, "before", "order", "state"]].rename(columns={"before": "order", "order": "then"})
    stayed = first.rename(columns={"state": "from_state"}).merge(
        then.rename(columns={"state": "to_state"}).drop(columns="then"), on=[*keys, "order"], how="left"
    )
    stayed["to_state"] = stayed["to_state"].fillna(LEFT)
    came = second.rename(columns={"order": "then", "before": "order", "state": "to_state"})
    came = came.merge(first[[*keys, "order"]].assign(was=True), on=[*keys, "order"], how="left")
    came = came[came["was"].isna()].drop(columns="was").assign(from_state=ENTERED)
    moves = pd.concat([stayed, came], ignore_index=True)
    after = moves[[*keys, "order", "to_state"]].rename(columns={"order": "then", "to_state": "next_state"})
    moves = moves.merge(after, on=[*keys, "then"], how="left")
    names = dict(enumerate(WINDOWS))
    moves["from_window"], moves["to_window"] = moves["order"].map(names), moves["then"].map(names)
    return moves.drop(columns=["order", "then", "window"]).sort_values([*keys, "from_window"], ignore_index=True)


def _place_in_domain(
    placed: pd.DataFrame, *, spells: pd.DataFrame, scored: pd.DataFrame
) -> tuple[pd.Series, "pd.Series[bool]"]:
    tier = _find_tier(placed, spells=spells)
    key = [*SCHOOL, "school_year", "student_id", "window"]
    has_score = _is_in(placed, scored, keys=key)
    grade = [*SCHOOL, "school_year", "grade"]
    is_screened_here = _is_in(placed, placed.loc[has_score, grade], keys=grade)
    is_served_here = _is_in(placed, placed.loc[tier > 0, grade], keys=grade)
    records_tier_1 = placed["district_id"].isin(spells.loc[spells["tier"] == "1", "district_id"].unique())
    is_first = np.where(records_tier_1, tier == 1, tier <= 1)
    looked_at = np.where(is_screened_here, has_score, tier == 1)
    state = pd.Series(NOT_SCREENED, index=placed.index, dtype="str")
    state[is_first & looked_at] = "1"
    for number in (2, 3):
        state[tier == number] = str(number)
    return state.where(is_screened_here | is_served_here), is_screened_here


def _find_tier(placed: pd.DataFrame, *, spells: pd.DataFrame) -> pd.Series:
    """Find the tier of the spell in force on the day; 0: none. Of two in force, the higher counts."""
    asked = placed[["district_id", "student_id", "school_id", "date"]].assign(row=placed.index)
    columns = ["district_id", "student_id", "start_date", "end_date", "tier"]
    wanted = spells.reindex(columns=list(dict.fromkeys([*spells.columns, "end_date"]))).astype(
        {"end_date": "datetime64[us]"}
    )
    if "school_id" in wanted:
        wanted = wanted.rename(columns={"school_id": "spell_school"})
        columns.append("spell_school")
    met = asked.merge(wanted[columns], on=["district_id", "student_id"])
    in_force = (met["start_date"] <= met["date"]) & (met["end_date"].isna() | (met["end_date"] >= met["date"]))
    if "spell_school" in met:
        in_force &= met["spell_school"].isna() | (met["spell_school"] == met["school_id"])
    met = met[in_force]
    highest = met["tier"].astype("int64").groupby(met["row"]).max()
    return highest.reindex(placed.index, fill_value=0).astype("int64")


def _find_highest(placed: pd.DataFrame, *, domains: Sequence[str], wanting: Sequence[pd.Series]) -> pd.Series:
    number = pd.DataFrame({name: placed[name].map({"1": 1, "2": 2, "3": 3}) for name in domains}, index=placed.index)
    highest = number.max(axis=1).fillna(0).astype("int64")
    is_wanting = pd.concat(list(wanting), axis=1).any(axis=1) if wanting else pd.Series(data=False, index=placed.index)
    state = highest.astype("str")
    return state.where((highest > 1) | ((highest == 1) & ~is_wanting), NOT_SCREENED)


def _is_in(placed: pd.DataFrame, rows: pd.DataFrame, *, keys: list[str]) -> "pd.Series[bool]":
    there = rows[keys].drop_duplicates().assign(there=True)
    return placed[keys].merge(there, on=keys, how="left")["there"].notna().set_axis(placed.index)
