"""One file as a table of unchecked columns, with a clear error where it is no table at all."""

import codecs
import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mtss_analysis.errors import DataError, Place

SAVE_AS_UTF8 = "Save it as 'CSV UTF-8 (comma delimited)'"
_WORKBOOK = b"PK\x03\x04"
_BLOCK = 1 << 20
_LARGEST_BLOCK = 2**31 - 1


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
    skipped_rows : tuple of int
        All rows that are not in ``table``: those and blank lines, ascending.
    lines : tuple of int
        Of a file whose rows are not its lines, the line at which each row begins; empty: rows are counted.
    cell_lines : mapping of (int, str) to int
        Of such a file, the line of a column, by the line of its row.
    """

    header: tuple[str, ...]
    table: pa.Table
    bad_rows: tuple[int, ...]
    skipped_rows: tuple[int, ...]
    lines: tuple[int, ...] = ()
    cell_lines: Mapping[tuple[int, str], int] = field(default_factory=dict)

    @property
    def has_own_numbers(self) -> bool:
        """Whether the rows of ``table`` are not simply rows 1 to n of the file."""
        return bool(self.skipped_rows or self.lines)

    def row_numbers(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the rows or lines of the file, counted from 1, at these positions of ``table``, counted from 0."""
        if self.lines:
            return np.array(self.lines, dtype=np.int64)[positions]
        if not self.skipped_rows:
            return positions + 1
        in_file = np.arange(1, self.table.num_rows + len(self.skipped_rows) + 1)
        kept: npt.NDArray[np.int64] = np.delete(in_file, np.array(self.skipped_rows) - 1)[positions]
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
        The file cannot be opened, is empty, is not UTF-8, has a header that names a column twice or not at all,
        or is damaged.
    """
    try:
        if path.stat().st_size == 0:
            raise DataError("The file is empty", next_step="Export it again, with its header", place=Place(file=path))
        raw = _read_csv(path, columns=columns) if path.suffix == ".csv" else _read_parquet(path, columns=columns)
    except OSError as error:
        raise DataError(
            f"The file cannot be opened: {error.strerror or 'it is not readable'}",
            next_step="Close it where it is open, and allow reading it",
            place=Place(file=path),
        ) from error
    doubled = sorted({name for name in raw.header if raw.header.count(name) > 1})
    if doubled:
        # Without a header, the first line is somebody's row, which no message shows.
        is_name = re.fullmatch(r"[A-Za-z_][A-Za-z_ ]*", doubled[0]) is not None
        raise DataError(
            "The header names this column more than once" if is_name else "The header names a column more than once",
            next_step="Keep one of them and give the others a name of their own",
            place=Place(file=path, column=doubled[0] if is_name else None),
        )
    return raw


def _read_parquet(path: Path, *, columns: Collection[str]) -> RawFile:
    try:
        # A memory map and no pre-buffering: Arrow then starts no thread, so the process may still fork.
        with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
            header = tuple(file.schema_arrow.names)
            wanted = [name for name in dict.fromkeys(header) if name in columns]
            is_clear = len(set(header)) == len(header)
            table = file.read(columns=wanted, use_threads=False) if is_clear else pa.table({})
        table.validate(full=True)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            "The file is not a Parquet file, or is damaged",
            next_step="Write it again",
            place=Place(file=path),
        ) from error
    return RawFile(header=header, table=table, bad_rows=(), skipped_rows=())


def _read_csv(path: Path, *, columns: Collection[str]) -> RawFile:
    content = path.read_bytes()
    header = _read_header(content, path=path)
    if not content.isascii():
        _refuse_other_encodings(content, path=path)
    if len(set(header)) < len(header):
        return RawFile(header=header, table=pa.table({}), bad_rows=(), skipped_rows=())
    skipped = _SkippedRows()
    try:
        table = _parse(content, header=header, skipped=skipped, block=_BLOCK)
    except pa.ArrowInvalid:
        # A cell longer than a block: once more, with the whole file as one block.
        skipped = _SkippedRows()
        try:
            table = _parse(content, header=header, skipped=skipped, block=min(len(content) + 1, _LARGEST_BLOCK))
        except pa.ArrowException as error:
            raise DataError(
                "The file cannot be read as comma-separated text",
                next_step="Look for an unclosed quotation mark, and export it again",
                place=Place(file=path),
            ) from error
    # Looking for one mark is far faster than counting none.
    if (
        b'"' in content
        and content.count(b'"') % 2 == 1
        and (skipped.spilled or _has_line_end(table.slice(max(table.num_rows - 1, 0))))
    ):
        raise DataError(
            "A quotation mark is never closed, so that the rest of the file is one cell",
            next_step="Close it, or export the file again",
            place=Place(file=path, row=(skipped.spilled or [max(table.num_rows, 1)])[-1]),
        )
    return RawFile(
        header=header,
        table=table.select([name for name in header if name in columns]),
        bad_rows=tuple(skipped.bad),
        skipped_rows=tuple(sorted(skipped.bad + skipped.blank)),
    )


class _SkippedRows:
    """Rows that Arrow hands over because they have more or fewer cells than the header."""

    def __init__(self) -> None:
        self.bad: list[int] = []
        self.blank: list[int] = []
        self.spilled: list[int] = []

    def __call__(self, row: pyarrow.csv.InvalidRow) -> str:
        # Arrow counts records from 1 and the header is one of them.
        number = row.number - 1
        if not row.text.strip():
            self.blank.append(number)
            return "skip"
        self.bad.append(number)
        if "\n" in row.text:
            self.spilled.append(number)
        return "skip"


def _parse(content: bytes, *, header: tuple[str, ...], skipped: _SkippedRows, block: int) -> pa.Table:
    return pyarrow.csv.read_csv(
        pa.BufferReader(content if content.endswith(b"\n") else content + b"\n"),
        read_options=pyarrow.csv.ReadOptions(
            use_threads=False, column_names=header, skip_rows=1, block_size=max(block, 1)
        ),
        parse_options=pyarrow.csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=skipped, ignore_empty_lines=len(header) == 1
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )


def _read_header(content: bytes, *, path: Path) -> tuple[str, ...]:
    _refuse_what_is_no_text(content, path=path)
    end = content.find(b"\n")
    first_line = content[: end if end >= 0 else None].removeprefix(codecs.BOM_UTF8).rstrip(b"\r")
    try:
        text = first_line.decode("utf-8")
    except UnicodeDecodeError:
        _refuse_other_encodings(content, path=path)
        raise
    try:
        header = tuple(next(csv.reader([text]), []))
    except csv.Error:
        header = ()
    problem, next_step = "", ""
    if not any(name.strip() for name in header):
        problem, next_step = "The file has no header", "Name the columns in its first line"
    elif len(header) == 1 and re.search(r"[;\t|]", text):
        problem = "The columns are separated by semicolons, tabs or bars"
        next_step = "Save it separated by commas"
    elif not all(name.strip() for name in header):
        position = 1 + [name.strip() for name in header].index("")
        problem, next_step = f"Column {position} of the header has no name", "Name it or delete the column"
    elif "\r" in text:
        problem, next_step = "The lines end as on old Macintosh computers", SAVE_AS_UTF8
    if problem:
        raise DataError(problem, next_step=next_step, place=Place(file=path, line=1))
    return header


def _refuse_what_is_no_text(content: bytes, *, path: Path) -> None:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError("The file is UTF-16, not UTF-8", next_step=SAVE_AS_UTF8, place=Place(file=path, line=1))
    if content.startswith(_WORKBOOK):
        raise DataError(
            "The file is a workbook or an archive, whatever its name says",
            next_step=f"Open it in a spreadsheet. {SAVE_AS_UTF8}",
            place=Place(file=path),
        )
    if content.startswith(b"PAR1"):
        raise DataError(
            "The file is a Parquet file, whatever its name says",
            next_step="Let its name end in .parquet",
            place=Place(file=path),
        )
    zero = content.find(b"\0")
    if zero >= 0:
        raise DataError(
            "The file holds bytes that are zero, so it is UTF-16, or no text at all",
            next_step=SAVE_AS_UTF8,
            place=Place(file=path, line=content.count(b"\n", 0, zero) + 1),
        )


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
