"""Check what one row alone cannot show: keys that come twice, and links that lead nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.check_columns import CheckedFile
from mtss_analysis.district.columns import LISTED
from mtss_analysis.district.problems import Problem
from mtss_analysis.district.schema import ForeignKey, TableSchema, read_schema

LARGEST_CODE = 2**62


def check_primary_key(files: Sequence[CheckedFile], *, schema: TableSchema) -> Iterator[Problem]:
    """Find rows whose key another row of the table has, too.

    Parameters
    ----------
    files : sequence of CheckedFile
        All files of the table.
    schema : TableSchema
        The table, with its key.

    Yields
    ------
    Problem
        One for each row after the first with the same key.
    """
    files = [file for file in files if set(schema.primary_key) <= set(file.keys.column_names)]
    if not files:
        return
    keys = pa.concat_tables([file.keys.select(list(schema.primary_key)) for file in files])
    code = _code_rows(keys)
    doubled = np.flatnonzero(pd.Series(code).duplicated().to_numpy() & (code >= 0))
    first_by_code = dict(zip(code[::-1].tolist(), range(len(code) - 1, -1, -1), strict=True)) if len(doubled) else {}
    starts = np.cumsum([0, *(file.keys.num_rows for file in files)])
    personal = any(schema.field(name).personal for name in schema.primary_key)
    for position in doubled[:LISTED]:
        file, row = _locate(int(position), files=files, starts=starts)
        other_file, other_row = _locate(first_by_code[int(code[position])], files=files, starts=starts)
        elsewhere = "" if other_file.name == file.name else f" of {other_file.name}"
        yield Problem(
            file=file.name,
            row=row,
            column=", ".join(schema.primary_key),
            value=None if personal else _show(keys.slice(int(position), 1)),
            rule="unique",
            severity="error",
            problem="The key is that of an earlier row",
            next_step=f"Keep this row or row {other_row}{elsewhere}",
        )


def check_foreign_keys(table: str, *, files_by_table: Mapping[str, Sequence[CheckedFile]]) -> Iterator[Problem]:
    """Find rows that name something which the table they point to does not hold.

    Parameters
    ----------
    table : str
        Table whose links are checked.
    files_by_table : mapping of str to sequence of CheckedFile
        All tables that are there; a link to a table that is not there is not checked.

    Yields
    ------
    Problem
        One for each row and broken link.
    """
    for key in read_schema(table).foreign_keys:
        known = _known(key, files=files_by_table.get(key.table, ()))
        if known is None:
            continue
        for file in files_by_table[table]:
            if set(key.fields) <= set(file.keys.column_names):
                yield from _check_link(file, key=key, known=known, schema=read_schema(table))


def _check_link(file: CheckedFile, *, key: ForeignKey, known: pa.Array, schema: TableSchema) -> Iterator[Problem]:
    values = _join(file.keys, columns=key.fields)
    broken = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=known)))
    positions = np.flatnonzero(pc.fill_null(broken, fill_value=False).to_numpy())
    if len(positions) == 0:
        return
    personal = any(schema.field(name).personal for name in key.fields)
    without_zeros = {_strip_zeros(value): value for value in known.to_pylist()}
    for position in positions[:LISTED]:
        value = values[int(position)].as_py()
        twin = without_zeros.get(_strip_zeros(value))
        yield Problem(
            file=file.name,
            row=int(file.row_numbers[position]),
            column=", ".join(key.fields),
            value=None if personal else _readable(value),
            rule="link",
            severity=key.severity,
            problem=f"The {key.table} table has no such row",
            next_step=_how_to_mend(key, twin=twin, personal=personal),
        )


def _how_to_mend(key: ForeignKey, *, twin: str | None, personal: bool) -> str:
    if twin is None:
        return f"Correct it, or add the row to {key.table}"
    there = "has it" if personal else f"has {_readable(twin)!r}"
    return f"Restore the leading zeros, which a spreadsheet drops: {key.table} {there} with others"


def _known(key: ForeignKey, *, files: Sequence[CheckedFile]) -> pa.Array | None:
    arrays = [
        pc.unique(_join(file.keys, columns=key.reference))
        for file in files
        if set(key.reference) <= set(file.keys.column_names)
    ]
    return pc.unique(pa.chunked_array(arrays)) if arrays else None


# Separates the parts of a joined key; a unit separator occurs in no id.
SEPARATOR = "\x1f"


def _join(table: pa.Table, *, columns: Sequence[str]) -> pa.ChunkedArray:
    parts = [table[column] for column in columns]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, SEPARATOR)


def _readable(value: str) -> str:
    return value.replace(SEPARATOR, ", ")


def _strip_zeros(value: str | None) -> str:
    return SEPARATOR.join(part.lstrip("0") for part in (value or "").split(SEPARATOR))


def _code_rows(keys: pa.Table) -> npt.NDArray[np.int64]:
    """Give equal rows one number; -1 where a part of the key is missing."""
    code = np.zeros(keys.num_rows, dtype=np.int64)
    missing = np.zeros(keys.num_rows, dtype=np.bool_)
    size = 1
    for column in keys.columns:
        encoded = column.combine_chunks().dictionary_encode()
        indices = pc.fill_null(encoded.indices, fill_value=0).to_numpy(zero_copy_only=False).astype(np.int64)
        missing |= column.is_null().to_numpy()
        if size * max(len(encoded.dictionary), 1) > LARGEST_CODE:
            code, distinct = pd.factorize(code)
            size = len(distinct)
        code = code * max(len(encoded.dictionary), 1) + indices
        size *= max(len(encoded.dictionary), 1)
    code[missing] = -1
    return code


def _locate(position: int, *, files: Sequence[CheckedFile], starts: npt.NDArray[np.int64]) -> tuple[CheckedFile, int]:
    index = int(np.searchsorted(starts, position, side="right")) - 1
    return files[index], int(files[index].row_numbers[position - starts[index]])


def _show(row: pa.Table) -> str:
    values: list[Any] = [column[0].as_py() for column in row.columns]
    return ", ".join(str(value) for value in values)
