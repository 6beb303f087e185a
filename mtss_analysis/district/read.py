"""Read a table of a district folder, or one school's slice of it, into a typed frame."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.columns import ARROW_TYPES, Fault, type_column
from mtss_analysis.district.files import DataFile, find_files
from mtss_analysis.district.plan_files.reading import read_plan_table
from mtss_analysis.district.raw import RawFile, read_raw
from mtss_analysis.district.schema import Field, TableSchema, find_nearest, read_schema
from mtss_analysis.errors import DataError, Place


def read_table(
    folder: Path, *, table: str, school_id: str | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a table, or one school's rows of it.

    Parameters
    ----------
    folder : Path
        District folder.
    table : str
        Table name.
    school_id : str or None
        Only this school's rows, and those that leave open which school, where the table may name one; None:
        all rows.
    columns : sequence of str or None
        Columns wanted; None: all that the schema knows. Columns that the schema does not know are never read.

    Returns
    -------
    DataFrame
        All columns asked for, in that order; one that the files lack is there and empty. Strings are ``str``,
        numbers ``float64``, whole numbers ``Int64``, yes/no ``boolean``, dates ``datetime64[us]``. Rows are
        in the order of the files; the index counts from 0.

    Raises
    ------
    DataError
        The table is absent, lacks a required column, or a value breaks a rule of its column; the message
        names the first one, and never shows a value that stands for a person.
    """
    schema = read_schema(table)
    wanted = tuple(schema.field(name) for name in (columns or schema.column_names))
    parts = [
        _read_file(file, schema=schema, wanted=wanted, school_id=school_id)
        for file in find_files(folder, table=table, school_id=school_id)
    ]
    empty = pa.schema([(field.name, ARROW_TYPES[field.type]) for field in wanted]).empty_table()
    frame: pd.DataFrame = pa.concat_tables(parts or [empty]).to_pandas(use_threads=False, types_mapper=_pandas_type)
    return frame


def find_missing_columns(raw: RawFile, *, schema: TableSchema, file: DataFile) -> list[tuple[str, str | None]]:
    """Find the required columns that a file lacks.

    Returns
    -------
    list of (str, str or None)
        The column, and an unknown column of the file that may be a misspelling of it.
    """
    there = {*raw.header, "school_id"} if file.school_id is not None else set(raw.header)
    unknown = [name for name in raw.header if name not in schema.column_names]
    return [(name, find_nearest(name, known=unknown)) for name in schema.required_columns if name not in there]


def partition_column(raw: RawFile, *, file: DataFile) -> pa.ChunkedArray | None:
    """Give the ``school_id`` column of a file, from its folder's name where the file is one school's part.

    Returns
    -------
    pyarrow.ChunkedArray or None
        None where neither the file nor its folder names the school.
    """
    if file.school_id is None:
        return raw.table["school_id"] if "school_id" in raw.table.column_names else None
    return pa.chunked_array([pa.repeat(pa.scalar(file.school_id, pa.string()), raw.table.num_rows)])


def read_rows(file: DataFile, *, table: str, columns: Collection[str], strict: bool = True) -> RawFile:
    """Read the named columns of a table's file, whatever it is written in.

    Parameters
    ----------
    file : DataFile
        CSV, Parquet or a plan.
    table : str
        The table.
    columns : collection of str
        Columns to read; those that the file lacks are left out.
    strict : bool
        Whether a plan of which a part cannot be read is refused.

    Returns
    -------
    RawFile
        One row per row of the table.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    if file.is_plan:
        return read_plan_table(file.path, table=table, columns=columns, strict=strict)
    return read_raw(file.path, columns=columns)


def _read_file(file: DataFile, *, schema: TableSchema, wanted: tuple[Field, ...], school_id: str | None) -> pa.Table:
    names = {field.name for field in wanted}
    has_school = "school_id" in schema.column_names
    raw = read_rows(file, table=schema.name, columns=names | {"school_id"} if has_school else names)
    for name, nearest in find_missing_columns(raw, schema=schema, file=file):
        raise DataError(
            f"The {schema.name} table lacks the column {name!r}",
            next_step=f"Rename {nearest!r} if that is it, or add the column" if nearest else "Add the column",
            place=Place(file=file.path, column=name),
        )
    if raw.bad_rows:
        raise DataError(
            "The row has more or fewer cells than the header has columns",
            next_step="Look for a comma that belongs in quotation marks",
            place=Place(file=file.path, row=raw.bad_rows[0]),
        )
    school = partition_column(raw, file=file) if has_school else None
    columns = {name: raw.table[name] for name in raw.table.column_names}
    if school is not None:
        columns["school_id"] = school
    typed = [_type_or_raise(columns.get(field.name), field=field, raw=raw, path=file.path) for field in wanted]
    table = pa.table(typed, names=[field.name for field in wanted])
    if school_id is None or school is None or file.school_id is not None:
        return table
    is_open = not schema.field("school_id").required
    school = type_column(school, field=schema.field("school_id")).array
    return table.filter(pc.fill_null(pc.equal(school, school_id), fill_value=is_open))


def _type_or_raise(values: pa.ChunkedArray | None, *, field: Field, raw: RawFile, path: Path) -> pa.ChunkedArray:
    if values is None:
        return pa.chunked_array([pa.nulls(raw.table.num_rows, ARROW_TYPES[field.type])])
    column = type_column(values, field=field)
    for fault in column.faults:
        # What only warns is reported by the check; reading keeps the value as it stands.
        if fault.severity == "error":
            raise _error(fault, raw=raw, path=path, column=field.name)
    return column.array


def _error(fault: Fault, *, raw: RawFile, path: Path, column: str) -> DataError:
    number = int(raw.row_numbers(fault.rows[:1])[0]) if len(fault.rows) else None
    value = f" ({fault.shown[0].as_py()!r})" if fault.shown is not None else ""
    more = f"; {len(fault.rows) - 1} more rows are like it" if len(fault.rows) > 1 else ""
    return DataError(
        f"{fault.problem}{value}{more}",
        next_step=fault.next_step,
        place=Place(file=path, line=raw.cell_lines.get((number or 0, column), number), column=column)
        if raw.lines
        else Place(file=path, row=number, column=column),
    )


def _pandas_type(arrow_type: pa.DataType) -> pd.api.extensions.ExtensionDtype | None:
    """Choose the nullable pandas type where NumPy has no missing value of its own."""
    if pa.types.is_string(arrow_type):
        return pd.StringDtype(na_value=np.nan)
    if pa.types.is_integer(arrow_type):
        return pd.Int64Dtype()
    if pa.types.is_boolean(arrow_type):
        return pd.BooleanDtype()
    return None
