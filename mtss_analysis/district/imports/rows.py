"""The rows of one table's block: files joined, cells with several values repeated, columns found by header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mtss_analysis.district.imports.distinct import encode, is_met
from mtss_analysis.district.imports.mapping import Block, RowRule
from mtss_analysis.district.imports.source import Source, missing_header
from mtss_analysis.district.imports.steps import plain


@dataclass(slots=True, kw_only=True, eq=False)
class Rows:
    """Rows of an export, with the rows of other files that belong to them.

    Parameters
    ----------
    main : Source
        The file the rows are of.
    take : (n,) int array
        Row of ``main`` of each row here, from 0; a row whose cell holds several values comes several times.
    joined : dict of str to (Source, (n,) int array)
        By alias, another file and its row for each row here; -1 where it has none.
    replaced : dict of str to pyarrow.Array
        Columns by header whose cells were taken apart.
    """

    main: Source
    take: npt.NDArray[np.int64]
    joined: dict[str, tuple[Source, npt.NDArray[np.int64]]] = field(default_factory=dict)
    replaced: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Row of the file, counted from 1 below the header."""
        return self.main.rows[self.take]

    def has(self, header: str) -> bool:
        """Whether a column is there."""
        source, name = self._source(header)
        return source is not None and source.position(name) is not None

    def column(self, header: str) -> pa.Array:
        """Give a column, as text, null where a cell is empty or no row belongs.

        Raises
        ------
        DataError
            There is none.
        """
        if header in self.replaced:
            return self.replaced[header]
        source, name = self._source(header)
        if source is None:
            raise missing_header([header], header=self.main.header, path=self.main.path)
        values = source.column(name)
        at = (
            self.take if source is self.main and not self._is_alias(header) else self.joined[header.split(".", 1)[0]][1]
        )
        if len(at) == len(source.rows) and (at == np.arange(len(at))).all():
            return values
        return values.take(pa.array(at, mask=at < 0))

    def filter(self, kept: npt.NDArray[np.bool_]) -> "Rows":
        """Keep some rows."""
        if kept.all():
            return self
        mask = pa.array(kept)
        return Rows(
            main=self.main,
            take=self.take[kept],
            joined={alias: (source, at[kept]) for alias, (source, at) in self.joined.items()},
            replaced={header: values.filter(mask) for header, values in self.replaced.items()},
        )

    def _is_alias(self, header: str) -> bool:
        return "." in header and header.split(".", 1)[0] in self.joined

    def _source(self, header: str) -> tuple[Source | None, str]:
        if self._is_alias(header):
            alias, name = header.split(".", 1)
            return self.joined[alias][0], name
        return self.main, header


def gather_rows(block: Block, *, sources: Mapping[str, Source]) -> Rows:
    """Gather the rows of a block: repeat those whose cell holds several values, and join the other files.

    Parameters
    ----------
    block : Block
        What the mapping says.
    sources : mapping of str to Source
        The files of the export.

    Returns
    -------
    Rows
        At least one for each row of the block's file.

    Raises
    ------
    DataError
        A header is missing, or a row of the other file is not the only one with its id.
    """
    main = sources[block.rows_of or next(iter(sources))]
    rows = Rows(main=main, take=np.arange(len(main.rows), dtype=np.int64))
    if block.repeat_for:
        rows = _repeat(rows, header=block.repeat_for, separator=block.repeat_separator)
    for join in block.joins:
        if join.file not in sources:
            nothing = Source(path=main.path, header=(), columns={}, rows=np.array([], dtype=np.int64))
            rows.joined[join.alias] = (nothing, np.full(len(rows.take), -1, dtype=np.int64))
            continue
        other = sources[join.file]
        rows.joined[join.alias] = (other, _match(rows.column(join.here), other.column(join.there)))
    return rows


def find_kept(rows: Rows, *, rules: Sequence[RowRule]) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Find the rows that a mapping keeps, and how many each of its rules leaves out.

    Returns
    -------
    (n,) bool array, dict of str to int
        A row that several rules leave out counts for the first.
    """
    kept = np.ones(len(rows.take), dtype=np.bool_)
    left_out: dict[str, int] = {}
    for rule in rules:
        if rule.optional and not rows.has(rule.header):
            continue
        met = _is_met(rows.column(rule.header), rule=rule)
        gone = kept & (~met if rule.keep else met)
        if gone.any():
            left_out[rule.because] = left_out.get(rule.because, 0) + int(gone.sum())
            kept &= ~gone
    return kept, left_out


def _is_met(values: pa.Array, *, rule: RowRule) -> npt.NDArray[np.bool_]:
    if rule.filled is not None:
        wanted = rule.filled
        return is_met(values, test=lambda cell: bool(cell.strip()) == wanted, of_empty=not wanted)
    if rule.matches is not None:
        pattern = re.compile(rule.matches, re.IGNORECASE)
        return is_met(values, test=lambda cell: pattern.search(cell.strip()) is not None, of_empty=False)
    one_of = {plain(value) for value in rule.one_of}
    return is_met(values, test=lambda cell: plain(cell) in one_of, of_empty="" in one_of)


def _repeat(rows: Rows, *, header: str, separator: str) -> Rows:
    codes, distinct = encode(rows.column(header))
    parts: list[list[str | None]]
    parts = [[part.strip() for part in cell.split(separator) if part.strip()] or [None] for cell in distinct]
    parts.append([None])
    counts = np.array([len(cell) for cell in parts], dtype=np.int64)
    take = np.repeat(rows.take, counts[codes])
    cells = [part for code in codes.tolist() for part in parts[code]]
    return Rows(main=rows.main, take=take, replaced={header: pa.array(cells, pa.string())})


def _match(here: pa.Array, there: pa.Array) -> npt.NDArray[np.int64]:
    """Find the first row of the other file with the same text; -1 where there is none."""
    first: dict[str, int] = {}
    for at, text in enumerate(there.to_pylist()):
        if text is not None:
            first.setdefault(text.strip(), at)
    codes, distinct = encode(here)
    at_by_code = np.array([*(first.get(text.split(",")[0].strip(), -1) for text in distinct), -1], dtype=np.int64)
    return at_by_code[codes]
