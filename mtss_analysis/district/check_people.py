"""Rules across tables: people who were not there then, days without school, probes without a service."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.check_dates import school_year_of, years_of
from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.table_rows import IntArray, TableRows, match_codes, translate

# A year of a school with fewer instructional days on record is an incomplete calendar.
FEWEST_INSTRUCTIONAL_DAYS = 100
_DAYS = 10_000_000
_YEARS = 10_000


def find_not_employed(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find people whom the staff table has, but not in the school year of the date or of the training."""
    staff = tables.get("staff")
    if staff is None or not staff.has("staff_id", "school_year") or not rows.has("staff_id"):
        return
    days = rows.array("date") if "date" in rule.columns else _days_of_trainings(rows, tables)
    if days is None:
        return
    person = translate(rows.coded("staff_id"), known=staff.coded("staff_id")).astype(np.int64)
    year, staff_year = school_year_of(days), years_of(staff.coded("school_year"))
    on_record = staff.coded("staff_id").codes.astype(np.int64) * _YEARS + staff_year
    was_there = pd.Series(person * _YEARS + year).isin(on_record).to_numpy()
    where = (person >= 0) & np.isin(year, staff_year[staff_year >= 0]) & ~was_there
    yield from rows.find(rule, np.flatnonzero(where))


def find_not_enrolled(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find students whom the enrollments table has, but not in this school on this day."""
    enrollments = tables.get("enrollments")
    needed = ("student_id", "school_id", "school_year")
    if enrollments is None or not enrollments.has(*needed) or not rows.has(*rule.columns):
        return
    days = rows.array("date")
    year, their_year = school_year_of(days), years_of(enrollments.coded("school_year"))
    pair, their_pair = match_codes(
        [rows.coded("student_id"), rows.coded("school_id")],
        known=[enrollments.coded("student_id"), enrollments.coded("school_id")],
    )
    known = np.flatnonzero((their_pair >= 0) & (their_year >= 0))
    spells = pd.DataFrame({"key": their_pair[known] * _YEARS + their_year[known], "row": known})
    spells = spells.drop_duplicates("key")
    place = pd.Index(spells["key"]).get_indexer(pd.Index(pair * _YEARS + year))
    if len(spells) == 0:
        return
    row = spells["row"].to_numpy()[place]
    entry, leave = enrollments.array("entry_date")[row], enrollments.array("exit_date")[row]
    there = (place >= 0) & (pair >= 0) & ~(entry > days) & ~(leave < days)
    student = translate(rows.coded("student_id"), known=enrollments.coded("student_id"))
    where = (student >= 0) & (rows.coded("school_id").codes >= 0) & np.isin(year, np.unique(their_year[known])) & ~there
    yield from rows.find(rule, np.flatnonzero(where))


def find_days_without_school(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find dates that the school's calendar marks as without school, or, where it is complete, does not have."""
    calendar = tables.get("calendar")
    if calendar is None or not calendar.has("school_id", "date", "instructional"):
        return
    school, days = (
        translate(rows.coded("school_id"), known=calendar.coded("school_id")).astype(np.int64),
        rows.array("date"),
    )
    usable = (school >= 0) & ~np.isnat(days)
    their_school, their_days = calendar.coded("school_id").codes.astype(np.int64), calendar.array("date")
    known = (their_school >= 0) & ~np.isnat(their_days)
    held = calendar.array("instructional")
    key = school * _DAYS + days.astype(np.int64)
    their_key = np.where(known, their_school * _DAYS + their_days.astype(np.int64), -1)
    closed = np.isin(key, their_key[known & (held == 0)])
    in_year = school * _YEARS + school_year_of(days)
    open_days = known & (held == 1)
    years, counts = np.unique((their_school * _YEARS + school_year_of(their_days))[open_days], return_counts=True)
    is_complete = np.isin(in_year, years[counts >= FEWEST_INSTRUCTIONAL_DAYS])
    is_absent = is_complete & ~np.isin(key, their_key) & _within(school, days, their_school[known], their_days[known])
    yield from rows.find(rule, np.flatnonzero(usable & (closed | is_absent)))


def find_without_service(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find probes of a student in an intervention that the services table has, but not for this student."""
    services = tables.get("services")
    if services is None or not services.has(*rule.columns) or not rows.has(*rule.columns):
        return
    theirs = [services.coded(name) for name in rule.columns]
    pair, their_pair = match_codes([rows.coded(name) for name in rule.columns], known=theirs)
    offered = translate(rows.coded(rule.columns[1]), known=theirs[1]) >= 0
    has_service = pd.Series(pair).isin(their_pair[their_pair >= 0]).to_numpy()
    yield from rows.find(rule, np.flatnonzero(offered & (pair != -1) & ~has_service))


def _days_of_trainings(rows: TableRows, tables: Mapping[str, TableRows]) -> npt.NDArray[np.datetime64] | None:
    trainings = tables.get("trainings")
    if trainings is None or not trainings.has("training_id", "date") or not rows.has("training_id"):
        return None
    theirs = trainings.coded("training_id")
    day_by_code = np.full(len(theirs.distinct) + 1, np.datetime64("NaT", "D"))
    day_by_code[theirs.codes] = trainings.array("date")
    day_by_code[-1] = np.datetime64("NaT", "D")
    training = translate(rows.coded("training_id"), known=theirs)
    return day_by_code[np.where(training < 0, -1, training)]


def _within(
    school: IntArray, days: npt.NDArray[np.datetime64], their_school: IntArray, their_days: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.bool_]:
    """Whether each day lies between the first and the last one on record of its school."""
    span = pd.Series(their_days).groupby(their_school).agg(["min", "max"])
    of_row = span.reindex(school)
    return (days >= of_row["min"].to_numpy()) & (days <= of_row["max"].to_numpy())
