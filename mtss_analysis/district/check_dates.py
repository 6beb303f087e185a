"""Rules on dates: outside their school year, far from their window, windows out of order."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.table_rows import Coded, IntArray, TableRows
from mtss_analysis.district.years import FIRST_MONTH

# Schools screen within four to eight weeks; farther from the middle of the window, date or window is wrong.
FARTHEST_DAYS = 60
FEWEST_OF_A_WINDOW = 5
WINDOWS = ("fall", "winter", "spring")
# A child's years from PK to grade 12: spells and trainings before the first year on record may be this old.
OLDEST_YEARS = 14
_UNKNOWN = -1


def find_outside_year(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find dates that do not lie in the school year of their row."""
    if not rows.has("school_year"):
        return
    written = years_of(rows.coded("school_year"))
    for column in rule.columns:
        lies_in = school_year_of(rows.array(column))
        where = (lies_in != written) & (lies_in != _UNKNOWN) & (written != _UNKNOWN)
        yield from rows.find(rule.about(column), np.flatnonzero(where))


def find_unknown_years(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find dates in a school year that the schools table does not hold."""
    years = _years_of_schools(tables)
    if years is not None:
        for column in rule.columns:
            lies_in = school_year_of(rows.array(column))
            where = (lies_in != _UNKNOWN) & ~_is_in(lies_in, years)
            yield from rows.find(rule.about(column), np.flatnonzero(where))


def find_implausible_years(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find dates a school life before the first year of the schools table, or more than a year after the last."""
    years = _years_of_schools(tables)
    if years is not None:
        for column in rule.columns:
            lies_in = school_year_of(rows.array(column))
            where = (lies_in < years.min() - OLDEST_YEARS) | (lies_in > years.max() + 1)
            yield from rows.find(rule.about(column), np.flatnonzero(where & (lies_in != _UNKNOWN)))


def find_months_outside_year(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find months that do not lie in the school year of their row."""
    if not rows.has("month", "school_year"):
        return
    month, written = rows.coded("month"), years_of(rows.coded("school_year"))
    lies_in = _spread(school_year_of(_first_days(month)), month)
    where = (lies_in != written) & (lies_in != _UNKNOWN) & (written != _UNKNOWN)
    yield from rows.find(rule, np.flatnonzero(where))


def find_too_many_days(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find more days than the month has weekdays."""
    if not rows.has(*rule.columns):
        return
    month = rows.coded("month")
    first = _first_days(month)
    known = ~np.isnat(first)
    weekdays = np.full(len(first), 31)
    following = (first[known].astype("datetime64[M]") + 1).astype("datetime64[D]")
    weekdays[known] = np.busday_count(first[known], following)
    yield from rows.find(rule, np.flatnonzero(rows.array(rule.columns[0]) > np.append(weekdays, 31)[month.codes]))


def find_far_from_window(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find screenings more than 60 days from the median date of their year, window and measure."""
    yield from rows.find(rule, np.flatnonzero(_is_far(rows, _days_within_year(rows))))


def find_windows_out_of_order(
    rows: TableRows,
    rule: Rule,
    tables: Mapping[str, TableRows],  # noqa: ARG001
) -> Iterator[ProblemKind]:
    """Find screenings that are not later than the same student's screening in an earlier window of the year."""
    days = _days_within_year(rows)
    days[_is_far(rows, days)] = np.datetime64("NaT")
    window = rows.coded("window")
    rank_by_code = np.array(
        [*(WINDOWS.index(name) if name in WINDOWS else -1 for name in window.distinct.to_pylist()), -1]
    )
    rank = rank_by_code[window.codes]
    group = rows.group("student_id", "school_year", "measure")
    usable = np.flatnonzero((group >= 0) & (rank >= 0) & ~np.isnat(days))
    if len(usable) == 0:
        return
    dense, groups = pd.factorize(group[usable])
    day = days[usable].astype(np.int64)
    latest_before = np.full(len(groups), np.iinfo(np.int64).min)
    found: list[IntArray] = []
    for number in range(len(WINDOWS)):
        here = np.flatnonzero(rank[usable] == number)
        found.append(usable[here[day[here] <= latest_before[dense[here]]]])
        latest_before[dense[here]] = np.maximum(latest_before[dense[here]], day[here])
    yield from rows.find(rule, np.sort(np.concatenate(found)))


def school_year_of(days: npt.NDArray[np.datetime64]) -> IntArray:
    """Give the calendar year in which each date's school year begins; -1 where the date is missing."""
    months = days.astype("datetime64[M]").astype(np.int64)
    years = (months - (FIRST_MONTH - 1)) // 12 + 1970
    years[np.isnat(days)] = _UNKNOWN
    return years


def years_of(school_year: Coded) -> IntArray:
    """Give the calendar year in which each row's school year begins; -1 where it is missing."""
    first = [int(year[:4]) if year and year[:4].isdecimal() else _UNKNOWN for year in school_year.distinct.to_pylist()]
    return _spread(np.array(first, dtype=np.int64), school_year)


def _days_within_year(rows: TableRows) -> npt.NDArray[np.datetime64]:
    days: npt.NDArray[np.datetime64] = rows.array("date").copy()
    lies_in = school_year_of(days)
    days[lies_in != years_of(rows.coded("school_year"))] = np.datetime64("NaT")
    return days


def _is_far(rows: TableRows, days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.bool_]:
    group = rows.group("school_year", "window", "measure")
    is_far = np.zeros(len(days), dtype=np.bool_)
    usable = np.flatnonzero((group >= 0) & ~np.isnat(days))
    if len(usable):
        dense, groups = pd.factorize(group[usable])
        day = days[usable].astype(np.int64)
        middle = pd.Series(day).groupby(dense).median().to_numpy()
        judged = np.bincount(dense, minlength=len(groups)) >= FEWEST_OF_A_WINDOW
        is_far[usable] = (np.abs(day - middle[dense]) > FARTHEST_DAYS) & judged[dense]
    return is_far


def _years_of_schools(tables: Mapping[str, TableRows]) -> IntArray | None:
    schools = tables.get("schools")
    if schools is None or not schools.has("school_year"):
        return None
    years = np.unique(years_of(schools.coded("school_year")))
    years = years[years != _UNKNOWN]
    return years if len(years) else None


def _is_in(years: IntArray, known: IntArray) -> npt.NDArray[np.bool_]:
    # Few years, many rows: one comparison for each year is faster than a search.
    where = np.zeros(len(years), dtype=np.bool_)
    for year in known:
        where |= years == year
    return where


def _first_days(month: Coded) -> npt.NDArray[np.datetime64]:
    text = [
        value if value and len(value) == 7 and value[:4] > "0000" else "NaT" for value in month.distinct.to_pylist()
    ]
    return np.array([np.datetime64(value, "M") for value in text], dtype="datetime64[M]").astype("datetime64[D]")


def _spread(by_code: IntArray, column: Coded) -> IntArray:
    return np.append(by_code, _UNKNOWN)[column.codes]
