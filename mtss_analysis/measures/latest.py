"""The latest school year and the latest date of each table, by school."""

from collections.abc import Callable, Iterable

import pandas as pd

from mtss_analysis.district.years import find_school_year

COLUMNS = ["source", "district_id", "school_id", "latest_year", "latest_date"]
_PLACE = ["district_id", "school_id"]


def find_latest(read: Callable[[str], pd.DataFrame], *, names: Iterable[str]) -> pd.DataFrame:
    """Find the latest year and date of each table and school.

    Parameters
    ----------
    read : callable
        Gives a table of all districts by its name, with ``district_id``.
    names : iterable of str
        Tables, each with ``school_id`` and with ``school_year``, ``date`` or ``month``.

    Returns
    -------
    DataFrame
        ``source, district_id, school_id, latest_year, latest_date``; a table without dates has no latest date, one
        without rows of a school has no row for it. A month counts as its first day: how far the
        table reaches into it is not said.
    """
    parts = [_find(read(name), source=name) for name in names]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    return found[COLUMNS].sort_values(COLUMNS[:3], ignore_index=True)


def _find(table: pd.DataFrame, *, source: str) -> pd.DataFrame:
    rows = table.loc[table["school_id"].notna(), _PLACE].assign(date=_read_dates(table))
    years = table["school_year"] if "school_year" in table else find_school_year(rows["date"])
    latest = rows.assign(year=years.reindex(rows.index)).groupby(_PLACE, sort=True)
    found = latest.agg(latest_year=("year", "max"), latest_date=("date", "max")).reset_index()
    return found[found["latest_year"].notna()].assign(source=source)


def _read_dates(table: pd.DataFrame) -> pd.Series:
    if "date" in table:
        return table["date"]
    if "month" in table:
        return pd.to_datetime(table["month"] + "-01", format="%Y-%m-%d")
    return pd.Series(pd.NaT, index=table.index, dtype="datetime64[us]")
