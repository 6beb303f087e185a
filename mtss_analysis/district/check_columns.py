"""Check one file on its own: its cells, its columns, and every value against its column's rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.columns import LISTED, Fault, type_column
from mtss_analysis.district.files import DataFile
from mtss_analysis.district.problems import Problem
from mtss_analysis.district.raw import RawFile, read_raw
from mtss_analysis.district.read import RULES_THAT_ONLY_WARN, find_missing_columns, partition_column
from mtss_analysis.district.schema import TableSchema, find_nearest, read_schema, table_names
from mtss_analysis.errors import MtssError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedFile:
    """A file after its own check, with what the check of keys and links needs.

    Parameters
    ----------
    name : str
        Path relative to the folder that is checked, with forward slashes.
    keys : pyarrow.Table
        The columns of the file that name its rows or are linked with other tables, typed.
    row_numbers : (n,) int array
        Row of the file, counted from 1, of each row of ``keys``.
    problems : tuple of Problem
        What is wrong in the file itself.
    """

    name: str
    keys: pa.Table
    row_numbers: npt.NDArray[np.int64]
    problems: tuple[Problem, ...]


def check_file(file: DataFile, *, schema: TableSchema, root: Path) -> CheckedFile:
    """Check one file of a table.

    Parameters
    ----------
    file : DataFile
        The file.
    schema : TableSchema
        What it should hold.
    root : Path
        The folder that is checked, which file names are relative to.

    Returns
    -------
    CheckedFile
        One row of ``keys`` per readable row.

    Raises
    ------
    DataError
        The file cannot be read at all.
    """
    name = file.path.relative_to(root).as_posix()
    raw = read_raw(file.path, columns=schema.column_names)
    problems = [*_check_cells(raw, name=name), *_check_header(raw, schema=schema, file=file, name=name)]
    columns = {column: raw.table[column] for column in raw.table.column_names}
    school = partition_column(raw, file=file) if "school_id" in schema.column_names else None
    if school is not None:
        problems += _check_partition(raw, file=file, name=name)
        columns["school_id"] = school
    linked = _linked_columns(schema)
    keys: dict[str, pa.ChunkedArray] = {}
    for column, values in columns.items():
        typed = type_column(values, field=schema.field(column))
        for fault in typed.faults:
            problems += _list_rows(fault, raw=raw, name=name, column=column)
        if column in linked:
            keys[column] = typed.array
    positions = np.arange(raw.table.num_rows, dtype=np.int64)
    return CheckedFile(name=name, keys=pa.table(keys), row_numbers=raw.row_numbers(positions), problems=tuple(problems))


def from_error(error: MtssError, *, root: Path, path: Path) -> Problem:
    """Turn an error about a file or folder into a problem."""
    place = error.place
    return Problem(
        file=path.relative_to(root).as_posix(),
        row=place.row if place is not None else None,
        column=place.column if place is not None else None,
        value=f"line {place.line}" if place is not None and place.line is not None else None,
        rule="readable",
        severity="error",
        problem=error.problem,
        next_step=error.next_step,
    )


def _check_cells(raw: RawFile, *, name: str) -> Iterator[Problem]:
    for row in raw.bad_rows[:LISTED]:
        yield Problem(
            file=name,
            row=row,
            column=None,
            value=None,
            rule="cells",
            severity="error",
            problem="The row has more or fewer cells than the header has columns",
            next_step="Look for a comma that belongs in quotation marks",
        )


def _check_header(raw: RawFile, *, schema: TableSchema, file: DataFile, name: str) -> Iterator[Problem]:
    for missing, nearest in find_missing_columns(raw, schema=schema, file=file):
        yield Problem(
            file=name,
            row=None,
            column=missing,
            value=None,
            rule="column",
            severity="error",
            problem="The required column is not there",
            next_step=f"Rename {nearest!r} if that is it, or add the column" if nearest else "Add the column",
        )
    for column in raw.header:
        if column not in schema.column_names:
            nearest = find_nearest(column, known=set(schema.column_names) - set(raw.header))
            yield Problem(
                file=name,
                row=None,
                column=column,
                value=None,
                rule="unknown_column",
                severity="warning",
                problem="The column is not one the kit knows, and is not read",
                next_step=f"Rename it to {nearest!r} if that is meant" if nearest else "Nothing, if it is not needed",
            )


def _check_partition(raw: RawFile, *, file: DataFile, name: str) -> Iterator[Problem]:
    """Check that a file of one school's folder names no other school in its own column."""
    if file.school_id is None or "school_id" not in raw.table.column_names:
        return
    inside = pc.cast(raw.table["school_id"], pa.string())
    positions = np.flatnonzero(pc.fill_null(pc.not_equal(inside, file.school_id), fill_value=True).to_numpy())
    for row in raw.row_numbers(positions.astype(np.int64))[:LISTED]:
        yield Problem(
            file=name,
            row=int(row),
            column="school_id",
            value=None,
            rule="partition",
            severity="error",
            problem="The row names another school than the folder it lies in",
            next_step="Move the row to the folder of its school, or leave the column out",
        )


def _list_rows(fault: Fault, *, raw: RawFile, name: str, column: str) -> Iterator[Problem]:
    def problem(*, row: int | None, value: str | None, text: str) -> Problem:
        return Problem(
            file=name,
            row=row,
            column=column,
            value=value,
            rule=fault.rule,
            severity="warning" if fault.rule in RULES_THAT_ONLY_WARN else "error",
            problem=text,
            next_step=fault.next_step,
        )

    if len(fault.rows) == 0:
        yield problem(row=None, value=None, text=fault.problem)
    rows = raw.row_numbers(fault.rows[:LISTED])
    for row, value in zip_longest(rows, fault.shown):
        yield problem(row=int(row), value=value, text=fault.problem)
    if len(fault.rows) > LISTED:
        yield problem(row=None, value=None, text=f"{fault.problem}; {len(fault.rows) - LISTED} more rows are like it")


def _linked_columns(schema: TableSchema) -> set[str]:
    """Columns that name a row of the table or are linked with a table, either way."""
    linked = set(schema.primary_key) | {name for key in schema.foreign_keys for name in key.fields}
    for table in table_names():
        for key in read_schema(table).foreign_keys:
            if key.table == schema.name:
                linked |= set(key.reference)
    return linked
