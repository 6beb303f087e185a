"""Records against the tables that are there: new, there already, in conflict, or naming a school nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.files import has_table
from mtss_analysis.district.imports.refusals import Refusal
from mtss_analysis.district.imports.shape import FILE, ROW
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import ForeignKey, TableSchema

_BETWEEN = "\x1f"
_SAME_NUMBER = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A record whose key is there with another value; the table keeps its own.

    Parameters
    ----------
    table, file, row : str, str, int
        The district's table, the file of the export and its row.
    key : str
        Values of the key columns; they may stand for a person.
    column : str
        Where they differ.
    there, in_export : str or None
        The value the table holds and keeps, and the value of the export.
    personal : bool
        Whether the values stand for a person.
    """

    table: str
    file: str
    row: int
    key: str
    column: str
    there: str | None
    in_export: str | None
    personal: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Merged:
    """Records of a table after comparison with what is there.

    Parameters
    ----------
    new : pyarrow.Table
        Records to be written, in the order of their keys.
    already : int
        Records that are there with the same values.
    in_conflict : int
        Records that are there with other values.
    conflicts : list of Conflict
        One for each column that differs.
    """

    new: pa.Table
    already: int = 0
    in_conflict: int = 0
    conflicts: list[Conflict] = field(default_factory=list)


def merge_records(records: pa.Table, *, schema: TableSchema, folder: Path, files: Sequence[str]) -> Merged:
    """Compare records with the table of a district folder.

    Parameters
    ----------
    records : pyarrow.Table
        One row for each key.
    schema : TableSchema
        The table.
    folder : Path
        District folder; the table need not be there.
    files : sequence of str
        Names of the files of the export.

    Returns
    -------
    Merged
        A value that the export leaves open never conflicts.

    Raises
    ------
    DataError
        The table that is there breaks the rules of its columns.
    """
    order = [(name, "ascending") for name in schema.primary_key]
    if not has_table(folder, table=schema.name) or not records.num_rows:
        return Merged(new=records.sort_by(order))
    columns = [name for name in records.column_names if name not in {ROW, FILE}]
    there = read_table(folder, table=schema.name, columns=columns)
    keys = _write_keys(records.select(list(schema.primary_key)))
    known = _write_keys(pa.Table.from_pandas(there[list(schema.primary_key)], preserve_index=False))
    at = pd.Series(np.arange(len(known)), index=pd.Index(known)).groupby(level=0).first()
    found = at.reindex(keys).to_numpy(dtype=float, na_value=np.nan)
    is_known = ~np.isnan(found)
    merged = Merged(new=records.filter(pa.array(~is_known)).sort_by(order))
    mine = records.filter(pa.array(is_known))
    theirs = there.iloc[found[is_known].astype(np.int64)].reset_index(drop=True)
    differs = np.zeros(mine.num_rows, dtype=np.bool_)
    for name in columns:
        if name in schema.primary_key:
            continue
        where = _differ(mine[name], theirs[name])
        differs |= where
        personal = schema.field(name).personal
        for position in np.flatnonzero(where)[:10_000].tolist():
            merged.conflicts.append(
                Conflict(
                    table=schema.name,
                    file=files[int(mine[FILE][position].as_py())],
                    row=int(mine[ROW][position].as_py()),
                    key=", ".join(write_value(mine[key][position].as_py()) for key in schema.primary_key),
                    column=name,
                    there=_or_none(theirs[name].iloc[position]),
                    in_export=_or_none(mine[name][position].as_py()),
                    personal=personal,
                )
            )
    merged.in_conflict = int(differs.sum())
    merged.already = mine.num_rows - merged.in_conflict
    return merged


def find_unknown(
    records: pa.Table, *, key: ForeignKey, folder: Path, written: Mapping[str, pa.Table]
) -> npt.NDArray[np.bool_] | None:
    """Find the records that name something the other table does not hold.

    Parameters
    ----------
    records : pyarrow.Table
        Records of the table that has the key.
    key : ForeignKey
        The link.
    folder : Path
        District folder.
    written : mapping of str to pyarrow.Table
        New records of tables of this import.

    Returns
    -------
    (n,) bool array or None
        None where the other table is neither there nor imported, or the records do not have the columns.
    """
    if not set(key.fields) <= set(records.column_names):
        return None
    known: list[str] = []
    is_there = key.table in written
    if is_there:
        known += _write_keys(written[key.table].select(list(key.reference)))
    if has_table(folder, table=key.table):
        is_there = True
        table = read_table(folder, table=key.table, columns=list(key.reference))
        known += _write_keys(pa.Table.from_pandas(table, preserve_index=False))
    if not is_there:
        return None
    parts = records.select(list(key.fields))
    filled = np.ones(records.num_rows, dtype=np.bool_)
    for column in parts.columns:
        filled &= np.asarray(column.is_valid())
    unknown: npt.NDArray[np.bool_] = ~pd.Index(_write_keys(parts)).isin(set(known)) & filled
    return unknown


def refuse_unknown(
    records: pa.Table, *, where: npt.NDArray[np.bool_], key: ForeignKey, schema: TableSchema, files: Sequence[str]
) -> list[Refusal]:
    """Make a refusal for each record that names something unknown."""
    gone = records.filter(pa.array(where)).slice(0, 10_000)
    personal = any(schema.field(name).personal for name in key.fields)
    return [
        Refusal(
            table=schema.name,
            file=files[int(row[FILE])],
            row=int(row[ROW]),
            column=", ".join(key.fields),
            header="",
            value=", ".join(write_value(row[name]) for name in key.fields),
            personal=personal,
            problem=f"The {key.table} table has no such row",
            next_step=f"Add it to {key.table} first, or correct it in the mapping",
        )
        for row in gone.to_pylist()
    ]


def write_value(value: object) -> str:
    """Write a typed value as a district's CSV file holds it; missing is empty."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    text = str(value)
    return text.removesuffix(" 00:00:00")


def write_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write a typed column as text, null where it is missing."""
    if pa.types.is_timestamp(values.type):
        return pc.strftime(values, format="%Y-%m-%d")
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, "true", "false")
    if pa.types.is_floating(values.type):
        encoded = values.combine_chunks().dictionary_encode()
        written = pa.array([write_value(number) for number in encoded.dictionary.to_pylist()], pa.string())
        return pa.chunked_array([written.take(encoded.indices)])
    return values.cast(pa.string())


def _write_keys(table: pa.Table) -> list[str]:
    columns = [write_text(_as_chunked(column)) for column in table.columns]
    joined = pc.binary_join_element_wise(*columns, _BETWEEN, null_handling="replace", null_replacement="")
    written: list[str] = joined.to_pylist()
    return written


def _as_chunked(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def _differ(mine: pa.ChunkedArray, theirs: pd.Series) -> npt.NDArray[np.bool_]:
    said = np.asarray(mine.is_valid())
    known = theirs.notna().to_numpy()
    if pa.types.is_floating(mine.type) or pa.types.is_integer(mine.type):
        left = mine.cast(pa.float64()).to_numpy()
        right = theirs.to_numpy(dtype=float, na_value=np.nan)
        same = np.isclose(left, right, rtol=_SAME_NUMBER, atol=0)
    else:
        right_text = write_text(_as_chunked(pa.Table.from_pandas(theirs.to_frame("v"), preserve_index=False)["v"]))
        same = np.asarray(pc.equal(write_text(mine), right_text).fill_null(False))
    differ: npt.NDArray[np.bool_] = said & ~(known & same)
    return differ


def _or_none(value: object) -> str | None:
    return write_value(value) or None
