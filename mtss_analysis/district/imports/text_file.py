"""A file as text: its encoding, its separator and its records."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mtss_analysis.errors import DataError, Place

SEPARATORS = (",", "\t", ";", "|")
LOOKED_AT = 60
CELL_LIMIT = 10_000_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(content: bytes, *, path: Path, encoding: str = "auto") -> tuple[str, list[str]]:
    """Decode a text file; its encoding is found out where none is fixed.

    Returns
    -------
    (str, list of str)
        The text without byte-order mark, and what was found out.

    Raises
    ------
    DataError
        The file is empty, a spreadsheet or no text, or does not have the encoding fixed.
    """
    if not content.strip(b" \r\n\t\xef\xbb\xbf\xff\xfe\x00"):
        raise DataError("The file is empty", next_step="Export it again, with its headers", place=Place(file=path))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(
            "The file is a spreadsheet or an archive, not text",
            next_step="Open it and save the sheet as 'CSV UTF-8 (comma delimited)'",
            place=Place(file=path),
        )
    tried = encoding if encoding != "auto" else _guess_encoding(content)
    try:
        text = content.decode(tried)
    except LookupError as error:
        raise DataError(
            f"The encoding {tried!r} is not known", next_step="Write auto", place=Place(file=path)
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file is not {tried}: byte {error.start + 1} does not fit",
            next_step="Write `encoding: auto` in the mapping, or export the file as UTF-8",
            place=Place(file=path, line=content.count(b"\n", 0, error.start) + 1),
        ) from error
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise DataError("The file is not text", next_step="Export it as a CSV file", place=Place(file=path))
    return text, [] if tried in {"utf-8", "utf-8-sig"} else [f"read as {tried}"]


def find_separator(text: str) -> str:
    """Find the separator: the one that gives the same number of cells, more than one, in most of the first lines."""
    best, best_score = ",", (0, 0)
    for separator in SEPARATORS:
        cells = Counter(len(record) for record in _first_records(text, separator=separator) if len(record) > 1)
        if cells:
            count, lines = max(cells.items(), key=lambda item: (item[1], item[0]))
            if (lines, count) > best_score:
                best, best_score = separator, (lines, count)
    return best


def _guess_encoding(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    head = content[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def read_records(text: str, *, separator: str) -> Iterator[tuple[list[str], int]]:
    """Give each record of a text with the position in the text at which it ends.

    Raises
    ------
    csv.Error
        The text is not separated text.
    """
    lines = io.StringIO(text, newline="")
    end = 0

    def count() -> Iterator[str]:
        nonlocal end
        for line in lines:
            end += len(line)
            yield line

    csv.field_size_limit(CELL_LIMIT)
    for record in csv.reader(count(), delimiter=separator):
        yield record, end


def _first_records(text: str, *, separator: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record, _ in read_records(text[:200_000], separator=separator):
            records.append(record)
            if len(records) == LOOKED_AT:
                break
    except csv.Error:
        pass
    return records


def not_separated_text(path: Path, *, row: int | None = None) -> DataError:
    """Make the error for a file that no reader of separated text understands."""
    return DataError(
        "The file cannot be read as separated text",
        next_step="Look for an unclosed quotation mark, and export it again",
        place=Place(file=path, row=row),
    )
