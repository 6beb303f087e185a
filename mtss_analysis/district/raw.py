"""One file as a table of unchecked columns, with a clear error where it is no table at all."""

import codecs
import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mtss_analysis.errors import DataError, Place

SAVE_AS_UTF8 = "Save it as 'CSV UTF-8 (comma delimited)'"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawFile:
    """A file that was read, its values not yet checked.

    Parameters
    ----------
    header : tuple of str
        All column names in the file.
    table : pyarrow.Table
        The columns asked for that the file has; text columns of a CSV file are all strings.
    bad_rows : tuple of int
        Rows of a CSV file with too few or too many cells, counted from 1 without the header; they are not in
        ``table``.
    """

    header: tuple[str, ...]
    table: pa.Table
    bad_rows: tuple[int, ...]

    def row_numbers(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the rows of the file, counted from 1, at these positions of ``table``, counted from 0."""
        if not self.bad_rows:
            return positions + 1
        in_file = np.arange(1, self.table.num_rows + len(self.bad_rows) + 1)
        kept: npt.NDArray[np.int64] = np.setdiff1d(in_file, self.bad_rows)[positions]
        return kept


def read_raw(path: Path, *, columns: Collection[str]) -> RawFile:
    """Read the named columns of a CSV or Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    columns : collection of str
        Columns to read; those that the file lacks are left out.

    Returns
    -------
    RawFile
        One row per row of the file.

    Raises
    ------
    DataError
        The file is empty, is not UTF-8, has a header that names a column twice or not at all, or is damaged.
    """
    if path.stat().st_size == 0:
        raise DataError("The file is empty", next_step="Export it again, with its header", place=Place(file=path))
    raw = _read_csv(path, columns=columns) if path.suffix == ".csv" else _read_parquet(path, columns=columns)
    doubled = sorted({name for name in raw.header if raw.header.count(name) > 1})
    if doubled:
        raise DataError(
            "The header names this column more than once",
            next_step="Keep one of them and give the others a name of their own",
            place=Place(file=path, column=doubled[0]),
        )
    return raw


def _read_parquet(path: Path, *, columns: Collection[str]) -> RawFile:
    try:
        # A memory map and no pre-buffering: Arrow then starts no thread, so the process may still fork.
        with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
            header = tuple(file.schema_arrow.names)
            wanted = [name for name in dict.fromkeys(header) if name in columns]
            table = file.read(columns=wanted, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            "The file is not a Parquet file, or is damaged",
            next_step="Write it again",
            place=Place(file=path),
        ) from error
    return RawFile(header=header, table=table, bad_rows=())


def _read_csv(path: Path, *, columns: Collection[str]) -> RawFile:
    content = path.read_bytes()
    header = _read_header(content, path=path)
    if len(set(header)) < len(header):
        return RawFile(header=header, table=pa.table({}), bad_rows=())
    bad_rows: list[int] = []
    spilled_rows: list[int] = []

    def remember(row: pyarrow.csv.InvalidRow) -> str:
        # Arrow counts records from 1 and the header is one of them.
        bad_rows.append(row.number - 1)
        if "\n" in row.text:
            spilled_rows.append(row.number - 1)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content if content.endswith(b"\n") else content + b"\n"),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=header, skip_rows=1),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=remember),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        _refuse_other_encodings(content, path=path)
        raise DataError(
            "The file cannot be read as comma-separated text",
            next_step="Look for an unclosed quotation mark, and export it again",
            place=Place(file=path),
        ) from error
    if content.count(b'"') % 2 == 1 and (spilled_rows or _has_line_end(table.slice(max(table.num_rows - 1, 0)))):
        raise DataError(
            "A quotation mark is never closed, so that the rest of the file is one cell",
            next_step="Close it, or export the file again",
            place=Place(file=path, row=(spilled_rows or [table.num_rows])[-1]),
        )
    return RawFile(
        header=header,
        table=table.select([name for name in header if name in columns]),
        bad_rows=tuple(bad_rows),
    )


def _read_header(content: bytes, *, path: Path) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError("The file is UTF-16, not UTF-8", next_step=SAVE_AS_UTF8, place=Place(file=path, line=1))
    first_line = content.removeprefix(codecs.BOM_UTF8).split(b"\n", maxsplit=1)[0].rstrip(b"\r")
    try:
        text = first_line.decode("utf-8")
    except UnicodeDecodeError:
        _refuse_other_encodings(content, path=path)
        raise
    header = tuple(next(csv.reader([text]), []))
    problem, next_step = "", ""
    if not any(name.strip() for name in header):
        problem, next_step = "The file has no header", "Name the columns in its first line"
    elif len(header) == 1 and (";" in text or "\t" in text):
        problem, next_step = "The columns are separated by semicolons or tabs", "Save it separated by commas"
    elif not all(name.strip() for name in header):
        position = 1 + [name.strip() for name in header].index("")
        problem, next_step = f"Column {position} of the header has no name", "Name it or delete the column"
    if problem:
        raise DataError(problem, next_step=next_step, place=Place(file=path, line=1))
    return header


def _has_line_end(rows: pa.Table) -> bool:
    return any("\n" in (cell or "") for column in rows.columns for cell in column.to_pylist())


def _refuse_other_encodings(content: bytes, *, path: Path) -> None:
    """Raise where the file is not UTF-8; the place is the first byte that is not."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"The file is not UTF-8: byte {error.start + 1} is {content[error.start]:#04x}",
            next_step=SAVE_AS_UTF8,
            place=Place(file=path, line=line),
        ) from error
