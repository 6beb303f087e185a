"""One text file of an export as columns of text, whatever its encoding, separator and preamble."""

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from mtss_analysis.district.imports.distinct import is_met
from mtss_analysis.district.imports.headers import find_header, nearest_header
from mtss_analysis.district.imports.mapping import FileLayout
from mtss_analysis.district.imports.text_file import (
    LOOKED_AT,
    decode,
    find_separator,
    not_separated_text,
    read_records,
)
from mtss_analysis.errors import DataError, Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A text file of an export.

    Parameters
    ----------
    path : Path
        The file, or the archive that holds it.
    header : tuple of str
        Its headers, repeated and empty ones included.
    columns : mapping of int to pyarrow.ChunkedArray
        Text by position of the header, from 0; only the columns asked for. Empty cells are null.
    rows : (n,) int array
        Row of the file, counted from 1 below the header and without empty lines.
    too_long : tuple of int
        Rows with more filled cells than there are headers; they are not in ``columns``.
    left_out : mapping of str to int
        Rows that are no data, by reason.
    notes : tuple of str
        What was found out or done, for the terminal.
    """

    path: Path
    header: tuple[str, ...]
    columns: dict[int, pa.ChunkedArray]
    rows: npt.NDArray[np.int64]
    too_long: tuple[int, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        """Rows below the header that are not empty lines."""
        return len(self.rows) + len(self.too_long) + sum(self.left_out.values())

    def position(self, wanted: str) -> int | None:
        """Find a column among the headers; None where it is not there."""
        return find_header(wanted, header=self.header)

    def column(self, wanted: str) -> pa.ChunkedArray:
        """Give a column.

        Raises
        ------
        DataError
            There is none; the message names the nearest header.
        """
        at = self.position(wanted)
        if at is None:
            raise missing_header([wanted], header=self.header, path=self.path)
        return self.columns[at]


def read_source(content: bytes, *, path: Path, layout: FileLayout, wanted: Collection[str] | None) -> Source:
    """Read a text file of an export.

    Parameters
    ----------
    content : bytes
        What the file holds.
    path : Path
        Its name, for messages.
    layout : FileLayout
        What the mapping fixes.
    wanted : collection of str or None
        Headers that are read, and by which the line of headers is found; None: all.

    Returns
    -------
    Source
        One row per data row; a row that lacks cells at its end is filled with empty ones.

    Raises
    ------
    DataError
        The file is empty, no text, or a quotation mark is never closed.
    """
    text, notes = decode(content, path=path, encoding=layout.encoding)
    separator = layout.separator if layout.separator != "auto" else find_separator(text)
    header, start, preamble = _find_header(text, separator=separator, layout=layout, wanted=wanted, path=path)
    if preamble:
        notes.append(f"{preamble} {'line' if preamble == 1 else 'lines'} above the headers skipped")
    if separator != ",":
        notes.append(f"columns separated by {'tabs' if separator == chr(9) else repr(separator)}")
    positions = list(range(len(header)))
    if wanted is not None:
        found = {find_header(name, header=header) for name in wanted}
        positions = [at for at in positions if at in found or layout.footer or _is_first_named(at, header)]
    body = text[start:]
    read = _read_fast(body, header=header, positions=positions, separator=separator)
    if read is None:
        read = _read_slowly(body, header=header, positions=positions, separator=separator, path=path)
    columns, rows, too_long, short = read
    if short:
        notes.append(f"{short} {'row lacks' if short == 1 else 'rows lack'} cells at the end, read as empty")
    return _leave_out(
        Source(path=path, header=header, columns=columns, rows=rows, too_long=too_long, notes=tuple(notes)),
        layout=layout,
    )


def missing_header(candidates: Sequence[str], *, header: Sequence[str], path: Path) -> DataError:
    """Make the error for a column that the export lacks."""
    shown = " or ".join(repr(name) for name in candidates)
    near = next((near for name in candidates if (near := nearest_header(name, header=header))), None)
    there = ", ".join(repr(name) for name in header[:12] if name.strip())
    more = ", …" if len(header) > 12 else ""
    step = (
        f"Write {near!r} in the mapping if that is it"
        if near
        else f"Write one of its headers in the mapping ({there}{more}), or `optional: yes` for the column"
    )
    return DataError(f"The export has no column {shown}", next_step=step, place=Place(file=path))


def _find_header(
    text: str, *, separator: str, layout: FileLayout, wanted: Collection[str] | None, path: Path
) -> tuple[tuple[str, ...], int, int]:
    """Find the headers, the position at which the rows begin, and the number of records above the headers."""
    first: list[tuple[list[str], int]] = []
    try:
        for record in read_records(text, separator=separator):
            first.append(record)
            if len(first) == max(LOOKED_AT, layout.header_line):
                break
    except csv.Error as error:
        raise not_separated_text(path) from error
    if not first:
        raise DataError("The file is empty", next_step="Export it again, with its headers", place=Place(file=path))
    if layout.header_line > len(first):
        raise DataError(
            f"The file has no line {layout.header_line} that could hold the headers",
            next_step="Correct `header_line` in the mapping",
            place=Place(file=path),
        )
    at = layout.header_line - 1 if layout.header_line else _likeliest([record for record, _ in first], wanted=wanted)
    header = [name.replace("\ufeff", "").strip() for name in first[at][0]]
    while len(header) > 1 and not header[-1]:
        header.pop()
    return tuple(header), first[at][1], at


def _likeliest(records: Sequence[Sequence[str]], *, wanted: Collection[str] | None) -> int:
    """Choose the record that holds most of the headers wanted; without any wanted, the first of the usual width."""
    if wanted:
        hits = [
            sum(find_header(name, header=record) is not None for name in wanted if not name.strip().startswith("#"))
            for record in records
        ]
        if max(hits):
            return hits.index(max(hits))
    widths = [sum(bool(cell.strip()) for cell in record) for record in records]
    usual = max(widths)
    return next(at for at, width in enumerate(widths) if width * 2 >= usual)


def _is_first_named(at: int, header: Sequence[str]) -> bool:
    return at == next((index for index, name in enumerate(header) if name), 0)


_Read = tuple[dict[int, pa.ChunkedArray], npt.NDArray[np.int64], tuple[int, ...], int]


def _read_fast(body: str, *, header: Sequence[str], positions: Sequence[int], separator: str) -> _Read | None:
    """Read with Arrow; None where the file needs a slower and more patient reader."""
    if not body.strip():
        nothing = pa.chunked_array([pa.array([], pa.string())])
        return dict.fromkeys(positions, nothing), np.array([], dtype=np.int64), (), 0
    names = [str(at) for at in range(len(header))]
    content = body.encode("utf-8", errors="replace")
    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(content if content.endswith((b"\n", b"\r")) else content + b"\n"),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            parse_options=pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=b'"' in content),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[str(at) for at in positions],
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException:
        return None
    # A quotation mark inside a cell, or one that is never closed, is left to the slower reader.
    if content.count(b'"') % 2:
        return None
    columns = {at: table[str(at)] for at in positions}
    return columns, np.arange(1, table.num_rows + 1, dtype=np.int64), (), 0


def _read_slowly(body: str, *, header: Sequence[str], positions: Sequence[int], separator: str, path: Path) -> _Read:
    width = len(header)
    cells: dict[int, list[str | None]] = {at: [] for at in positions}
    rows: list[int] = []
    too_long: list[int] = []
    number = short = 0
    record: list[str] = []
    try:
        for record, _ in read_records(body, separator=separator):
            if not record or record == [""]:
                continue
            number += 1
            if any(cell.strip() for cell in record[width:]):
                too_long.append(number)
                continue
            short += len(record) < width
            rows.append(number)
            for at in positions:
                cells[at].append((record[at] or None) if at < len(record) else None)
    except csv.Error as error:
        raise not_separated_text(path, row=number + 1) from error
    if body.count('"') % 2 and any("\n" in cell for cell in record):
        raise DataError(
            "A quotation mark is never closed, so that the rest of the file is one cell",
            next_step="Close it, or export the file again",
            place=Place(file=path, row=number),
        )
    columns = {at: pa.chunked_array([pa.array(values, pa.string())]) for at, values in cells.items()}
    return columns, np.array(rows, dtype=np.int64), tuple(too_long), short


def _leave_out(source: Source, *, layout: FileLayout) -> Source:
    """Leave out what is no data: empty rows, headers that are repeated between the rows, footers."""
    if not len(source.rows):
        return source
    first_filled = pc.coalesce(*source.columns.values())
    is_empty = is_met(first_filled, test=lambda cell: not cell.strip(), of_empty=True)
    is_header = ~is_empty
    for at, array in source.columns.items():
        if is_header.any():
            is_header &= is_met(array, test=source.header[at].__eq__, of_empty=not source.header[at])
    is_footer = np.zeros(len(source.rows), dtype=np.bool_)
    if layout.footer:
        pattern = re.compile(layout.footer, re.IGNORECASE)
        is_footer = is_met(first_filled, test=lambda cell: pattern.search(cell) is not None, of_empty=False)
    is_footer &= ~is_empty & ~is_header
    reasons = {"empty in all columns used": is_empty, "the headers again": is_header, "footer": is_footer}
    kept = ~(is_empty | is_header | is_footer)
    if kept.all():
        return source
    mask = pa.array(kept)
    return Source(
        path=source.path,
        header=source.header,
        columns={at: array.filter(mask) for at, array in source.columns.items()},
        rows=source.rows[kept],
        too_long=source.too_long,
        left_out={reason: int(where.sum()) for reason, where in reasons.items() if where.any()},
        notes=source.notes,
    )
