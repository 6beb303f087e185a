"""Check what one row alone cannot show: keys that come twice, and links that lead nowhere."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.schema import ForeignKey
from mtss_analysis.district.table_rows import Coded, TableRows, match_codes

# Separates the parts of a joined key; a unit separator occurs in no id.
SEPARATOR = "\x1f"


def check_primary_key(rows: TableRows) -> Iterator[ProblemKind]:
    """Find rows whose key another row of the table has, too.

    Parameters
    ----------
    rows : TableRows
        The table.

    Yields
    ------
    ProblemKind
        With each row after the first with the same key.
    """
    key = rows.schema.primary_key
    if not rows.has(*key):
        return
    number = rows.group(*key)
    doubled = np.flatnonzero(pd.Series(number).duplicated().to_numpy() & (number >= 0))
    if len(doubled) == 0:
        return
    numbers, firsts = np.unique(number, return_index=True)
    original = firsts[np.searchsorted(numbers, number[doubled])]
    named = rows.name_rows(original, beside=doubled)
    personal = any(rows.schema.field(name).personal for name in key)
    rule = Rule(
        name="unique",
        kind="unique",
        columns=key,
        by=(),
        factor=1,
        severity="error",
        problem="The key is that of an earlier row",
        next_step="Keep this row or the earlier one",
    )
    values = pa.nulls(len(doubled), pa.string()) if personal else rows.show(doubled, columns=key)
    next_steps = pc.binary_join_element_wise("Keep this row or ", named, "")
    yield from rows.find(rule, doubled, values=values, next_steps=next_steps)


def check_foreign_keys(rows: TableRows, *, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Find rows that name something which the table they point to does not hold.

    Parameters
    ----------
    rows : TableRows
        Table whose links are checked.
    tables : mapping of str to TableRows
        All tables that are there; a link to a table that is not there is not checked.

    Yields
    ------
    ProblemKind
        With each row that has a broken link.
    """
    for key in rows.schema.foreign_keys:
        known = tables.get(key.table)
        if known is not None and known.has(*key.reference) and rows.has(*key.fields):
            yield from _check_link(rows, key=key, known=known)


def _check_link(rows: TableRows, *, key: ForeignKey, known: TableRows) -> Iterator[ProblemKind]:
    theirs = [known.coded(name) for name in key.reference]
    ours = [rows.coded(name) for name in key.fields]
    broken = find_unmatched(ours, known=theirs)
    if len(broken) == 0:
        return
    personal = any(rows.schema.field(name).personal for name in key.fields)
    rule = Rule(
        name="link",
        kind="link",
        columns=key.fields,
        by=(),
        factor=1,
        severity=key.severity,
        problem=f"The {key.table} table has no such row",
        next_step=f"Correct it, or add the row to {key.table}",
    )
    twins = _find_twins(_join_text(ours, broken), known=_join_known(theirs))
    there = pa.scalar("it", pa.string()) if personal else pc.binary_join_element_wise("'", _readable(twins), "'", "")
    hint = f"Restore the leading zeros, which a spreadsheet drops: {key.table} has "
    with_zeros = pc.binary_join_element_wise(hint, there, " with others" if personal else "", "")
    next_steps = pc.if_else(pc.is_valid(twins), with_zeros, rule.next_step)
    values = pa.nulls(len(broken), pa.string()) if personal else rows.show(broken, columns=key.fields)
    yield from rows.find(rule, broken, values=values, next_steps=next_steps)


def find_unmatched(columns: list[Coded], *, known: list[Coded]) -> npt.NDArray[np.int64]:
    """Find the rows whose values, none missing, are not together in a row of the other table.

    Parameters
    ----------
    columns : list of Coded
        Columns of the rows, all of length n.
    known : list of Coded
        The columns of the other table, in the same order, all of length m.

    Returns
    -------
    (k,) int array
        Positions, ascending.
    """
    ours, theirs = match_codes(columns, known=known)
    if len(columns) == 1:
        # A value that the other table's dictionary has may yet stand in none of its usable rows.
        used = np.zeros(max(len(known[0].distinct), 1), dtype=np.bool_)
        used[theirs[theirs >= 0]] = True
        return np.flatnonzero((ours == -2) | ((ours >= 0) & ~used[np.maximum(ours, 0)]))
    distinct = pd.unique(ours)
    absent = distinct[~np.isin(distinct, pd.unique(theirs)) & (distinct != -1)]
    if len(absent) == 0:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.isin(ours, absent))


def check_lost_zeros(rows: TableRows) -> Iterator[ProblemKind]:
    """Find ids that another row of the same table has with leading zeros.

    Parameters
    ----------
    rows : TableRows
        The table; ids that point to another table are the business of ``check_foreign_keys``.

    Yields
    ------
    ProblemKind
        With each row whose id is the shorter one.
    """
    linked = {name for key in rows.schema.foreign_keys for name in key.fields}
    for name in rows.schema.primary_key:
        if name in linked or not name.endswith("_id") or not rows.has(name):
            continue
        column = rows.coded(name)
        zeros = column.distinct.filter(pc.starts_with(column.distinct, "0"))
        stripped = pc.utf8_ltrim(zeros, "0")
        short = pc.fill_null(pc.is_in(column.distinct, value_set=stripped), fill_value=False)
        short = pc.and_(short, pc.fill_null(pc.not_equal(column.distinct, ""), fill_value=False))
        positions = np.flatnonzero(np.append(short.to_numpy(zero_copy_only=False), False)[column.codes])
        rule = Rule(
            name="lost_zeros",
            kind="lost_zeros",
            columns=(name,),
            by=(),
            factor=1,
            severity="warning",
            problem="Another row has this id with leading zeros, which a spreadsheet drops",
            next_step="Restore the leading zeros, if both rows are about the same",
        )
        yield from rows.find(rule, positions)


def _find_twins(values: pa.Array, *, known: pa.Array) -> pa.Array:
    """Give, for each value, the known one that differs only by leading zeros; null where there is none."""
    place = pc.index_in(_strip_zeros(values), value_set=_strip_zeros(known))
    return known.take(place)


def _strip_zeros(values: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(values, f"(^|{SEPARATOR})0+", r"\1")


def _join_text(columns: list[Coded], positions: npt.NDArray[np.int64]) -> pa.Array:
    parts = [column.distinct.take(pa.array(column.codes[positions])) for column in columns]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, SEPARATOR)


def _join_known(columns: list[Coded]) -> pa.Array:
    codes = pd.DataFrame({str(number): column.codes for number, column in enumerate(columns)})
    codes = codes[(codes >= 0).all(axis=1)].drop_duplicates()
    parts = [column.distinct.take(pa.array(codes[str(number)])) for number, column in enumerate(columns)]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, SEPARATOR)


def _readable(values: pa.Array) -> pa.Array:
    return pc.replace_substring(values, SEPARATOR, ", ")
