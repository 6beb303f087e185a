"""Rules on a student's path: spells that overlap, tiers that are skipped, grades that fall or jump."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from mtss_analysis.district.check_dates import years_of
from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.schema import read_schema
from mtss_analysis.district.table_rows import IntArray, TableRows

_NEVER = np.datetime64("9999-12-31", "D").astype(np.int64)


def find_overlaps(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find spells that begin before an earlier one of their group has ended; both may hold the day of change."""
    start_name, end_name = rule.columns[:2]
    start, end = rows.array(start_name), rows.array(end_name)
    last = np.where(np.isnat(end), _NEVER, end.astype(np.int64))
    yield from _find_overlaps(rows, rule, start=start.astype(np.int64), end=last, usable=~np.isnat(start), slack=0)


def find_same_days(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find spells within a school year that share a day with an earlier one; open ends are those of the year."""
    year = years_of(rows.coded("school_year"))
    first = ((year - 1970) * 12 + 6).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    last = ((year - 1969) * 12 + 6).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    entry, leave = (rows.array(name) for name in rule.columns)
    start = np.where(np.isnat(entry), first, entry.astype(np.int64))
    end = np.where(np.isnat(leave), last, leave.astype(np.int64))
    yield from _find_overlaps(rows, rule, start=start, end=end, usable=year >= 0, slack=1)


def find_skipped_tiers(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find spells in tier 3 whose student was in tier 1 just before."""
    tier, start = rows.coded("tier"), rows.array("start_date")
    group = rows.group(*rule.by)
    usable = _of_several(group, usable=(group >= 0) & ~np.isnat(start) & (tier.codes >= 0))
    order = usable[np.lexsort((start[usable], group[usable]))]
    number = np.array([*(int(value) if value in {"1", "2", "3"} else 0 for value in tier.distinct.to_pylist()), 0])
    in_tier = number[tier.codes[order]]
    skipped = (group[order][1:] == group[order][:-1]) & (in_tier[:-1] == 1) & (in_tier[1:] == 3)
    yield from rows.find(rule, np.sort(order[1:][skipped]))


def find_falling_grades(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find students in a lower grade than in an earlier year."""
    order, risen, _ = _grade_steps(rows)
    yield from rows.find(rule, np.sort(order[risen < 0]))


def find_jumping_grades(rows: TableRows, rule: Rule, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:  # noqa: ARG001
    """Find students whose grade has risen by more than the years that have passed."""
    order, risen, passed = _grade_steps(rows)
    yield from rows.find(rule, np.sort(order[risen > passed]))


def _find_overlaps(
    rows: TableRows, rule: Rule, *, start: IntArray, end: IntArray, usable: npt.NDArray[np.bool_], slack: int
) -> Iterator[ProblemKind]:
    group = rows.group(*rule.by)
    # A spell that ends before it starts is reported as that.
    inside = _of_several(group, usable=usable & (group >= 0) & (end >= start))
    if len(inside) == 0:
        return
    order = inside[np.lexsort((start[inside], group[inside]))]
    dense = np.cumsum(np.diff(group[order], prepend=group[order[0]]) != 0)
    # Days of different groups are kept apart, so that the latest end so far is that of the same group.
    apart = dense * 10_000_000
    ends = end[order] + apart
    latest = np.maximum.accumulate(ends)
    holder = np.maximum.accumulate(np.where(ends == latest, np.arange(len(order)), 0))
    overlaps = np.flatnonzero((dense[1:] == dense[:-1]) & ((start[order] + apart)[1:] < latest[:-1] + slack)) + 1
    later, earlier = order[overlaps], order[holder[overlaps - 1]]
    key = rows.group(*rows.schema.primary_key)
    is_pair = key[later] != key[earlier]  # the same key twice is reported as that
    later, earlier = later[is_pair], earlier[is_pair]
    ascending = np.argsort(later, kind="stable")
    later, earlier = later[ascending], earlier[ascending]
    if len(later):
        named = rows.name_rows(earlier, beside=later)
        next_steps = pc.binary_join_element_wise(f"{rule.next_step}; the earlier one is ", named, "")
        yield from rows.find(rule, later, next_steps=next_steps)


def _grade_steps(rows: TableRows) -> tuple[IntArray, IntArray, IntArray]:
    """Compare each row with the same student's row of the year before.

    Returns
    -------
    tuple of three (n,) int arrays
        Row, grades risen since the row before, years passed since. Where one odd grade between two that fit
        makes two odd steps, only the first is given.
    """
    grade, year = rows.coded("grade"), years_of(rows.coded("school_year"))
    ladder = {name: place for place, name in enumerate(read_schema("enrollments").field("grade").allowed)}
    place = np.array([*(ladder.get(name, -1) for name in grade.distinct.to_pylist()), -1])[grade.codes]
    group = rows.group("student_id")
    usable = _of_several(group, usable=(group >= 0) & (place >= 0) & (year >= 0))
    order = usable[np.argsort(group[usable] * 10_000 + year[usable], kind="stable")]
    passed = np.diff(year[order])
    risen = np.diff(place[order])
    same = (np.diff(group[order]) == 0) & (passed > 0)
    odd = same & ((risen < 0) | (risen > passed))
    if not odd.any():
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, nothing
    mended = np.flatnonzero(odd[1:] & odd[:-1]) + 1
    across_risen, across_passed = risen[mended] + risen[mended - 1], passed[mended] + passed[mended - 1]
    odd[mended[(across_risen >= 0) & (across_risen <= across_passed)]] = False
    found = np.flatnonzero(odd)
    return order[found + 1], risen[found], passed[found]


def _of_several(group: IntArray, *, usable: npt.NDArray[np.bool_]) -> IntArray:
    """Give the usable rows whose group has more than one usable row."""
    inside = np.flatnonzero(usable)
    several = pd.Series(group[inside]).duplicated(keep=False).to_numpy()
    return inside[several]
