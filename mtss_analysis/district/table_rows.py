"""All rows of a table as plain arrays, whatever files they lie in, for the rules that look at many rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.columns import TypedColumn
from mtss_analysis.district.problems import ProblemKind
from mtss_analysis.district.rules import Rule
from mtss_analysis.district.schema import Field, TableSchema

LARGEST_CODE = 2**62
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """A column of text as numbers.

    Parameters
    ----------
    codes : (n,) int array
        Position of each row's value in ``distinct``; -1 where it is missing or not to be relied on.
    distinct : pyarrow.Array of string
        The values; some may be null.
    """

    codes: npt.NDArray[np.int32]
    distinct: pa.Array


Values = Coded | npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedFile:
    """A file after the check of its cells.

    Parameters
    ----------
    name : str
        Path relative to the folder that is checked, with forward slashes.
    size : int
        Number of rows that could be read.
    row_numbers : (n,) int array or None
        Row of the file, counted from 1, of each row; None: 1 to n.
    columns : mapping of str to Coded or array
        Columns that other rows and tables are held against: text as ``Coded``, numbers as float (NaN), dates as
        ``datetime64[D]`` (NaT), yes/no as int8 (-1). A value that breaks a rule of its column is missing here.
    filled : mapping of str to bool
        Of each column that the file has and the schema knows, whether any row has a value.
    kinds : tuple of ProblemKind
        What is wrong in the file itself.
    cell_lines : mapping of (int, str) to int
        Of a plan, whose rows are numbered by lines: the line of a column, by the line of its row.
    """

    name: str
    size: int
    row_numbers: IntArray | None
    columns: dict[str, Values]
    filled: dict[str, bool]
    kinds: tuple[ProblemKind, ...]
    cell_lines: Mapping[tuple[int, str], int] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """What its rows are numbered by, ``row`` or ``line``."""
        return "line" if self.cell_lines else "row"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableRows:
    """All rows of a table.

    Parameters
    ----------
    schema : TableSchema
        The table.
    files : tuple of CheckedFile
        Its files; rows are numbered through all of them, from 0.
    """

    schema: TableSchema
    files: tuple[CheckedFile, ...]
    _joined: dict[str, Values] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file of a table that is one file, otherwise the table's name."""
        return self.files[0].name if len(self.files) == 1 else self.schema.name

    @property
    def size(self) -> int:
        """Number of rows."""
        return sum(file.size for file in self.files)

    def has(self, *columns: str) -> bool:
        """Whether some file has each of the columns."""
        return all(any(column in file.columns for file in self.files) for column in columns)

    def coded(self, column: str) -> Coded:
        """Give a column of text."""
        values = self._values(column)
        assert isinstance(values, Coded)  # noqa: S101 - tells the type; the schema decides it
        return values

    def array(self, column: str) -> npt.NDArray[Any]:
        """Give a column of numbers, dates or yes/no."""
        values = self._values(column)
        assert not isinstance(values, Coded)  # noqa: S101 - tells the type; the schema decides it
        return values

    def group(self, *columns: str) -> IntArray:
        """Number the rows so that equal values in all the columns have equal numbers; -1 where one is missing."""
        return combine_codes([self.as_codes(column) for column in columns])

    def find(
        self, rule: Rule, positions: IntArray, *, values: pa.Array | None = None, next_steps: pa.Array | None = None
    ) -> Iterator[ProblemKind]:
        """Report the rows at these positions, file by file.

        Parameters
        ----------
        rule : Rule
            What they break.
        positions : (n,) int array
            Ascending.
        values : pyarrow.Array of string or None
            What stands there; None: what the columns of the rule hold.
        next_steps : pyarrow.Array of string or None
            What to do about each; None: what the rule says.

        Yields
        ------
        ProblemKind
            One for each file with such rows.
        """
        columns = [name for name in rule.columns if name in self.schema.column_names]
        open_columns = [name for name in columns if not self.schema.field(name).personal]
        start = 0
        for file in self.files:
            low, high = np.searchsorted(positions, [start, start + file.size])
            if high > low:
                inside = positions[low:high]
                shown = values[low:high] if values is not None else self.show(inside, columns=open_columns)
                numbers = inside - start
                yield ProblemKind(
                    file=file.name,
                    column=", ".join(columns),
                    rule=rule.name,
                    severity=rule.severity,
                    problem=rule.problem,
                    next_step=rule.next_step,
                    rows=numbers + 1 if file.row_numbers is None else file.row_numbers[numbers],
                    values=shown,
                    next_steps=next_steps[low:high] if next_steps is not None else None,
                )
            start += file.size

    def name_rows(self, positions: IntArray, *, beside: IntArray) -> pa.Array:
        """Name rows as ``row 7`` or ``line 7``, with the file where it is not that of the row ``beside`` it."""
        ends = np.cumsum([file.size for file in self.files])
        file_of, file_beside = (np.searchsorted(ends, part, side="right") for part in (positions, beside))
        starts = ends - [file.size for file in self.files]
        numbers = positions - starts[file_of] + 1
        for index, file in enumerate(self.files):
            if file.row_numbers is not None:
                inside = file_of == index
                numbers[inside] = file.row_numbers[numbers[inside] - 1]
        of_file = pa.array(["", *(f" of {file.name}" for file in self.files)]).take(
            pa.array(np.where(file_of == file_beside, 0, file_of + 1))
        )
        words = pa.array([f"{file.word} " for file in self.files], pa.string()).take(pa.array(file_of))
        return pc.binary_join_element_wise(words, pc.cast(pa.array(numbers), pa.string()), of_file, "")

    def show(self, positions: IntArray, *, columns: Sequence[str]) -> pa.Array | None:
        """Write what the columns hold at these positions, joined by ``, ``; None without columns."""
        if not columns:
            return None
        parts = [pc.fill_null(self._text(column, positions), "") for column in columns]
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, ", ")

    def _text(self, column: str, positions: IntArray) -> pa.Array:
        if not self.has(column):
            return pa.nulls(len(positions), pa.string())
        values = self._values(column)
        if isinstance(values, Coded):
            codes = values.codes[positions]
            return values.distinct.take(pa.array(codes, mask=codes < 0))
        return pc.cast(pa.array(values[positions], from_pandas=True), pa.string())

    def _values(self, column: str) -> Values:
        if column not in self._joined:
            self._joined[column] = _join(self.files, schema_field=self.schema.field(column))
        return self._joined[column]

    def as_codes(self, column: str) -> Coded:
        """Give any column as codes; equal values have equal codes."""
        values = self._values(column)
        if isinstance(values, Coded):
            return values
        codes, distinct = pd.factorize(values)
        return Coded(codes=codes.astype(np.int32), distinct=pa.nulls(len(distinct), pa.string()))


def combine_codes(columns: Sequence[Coded]) -> IntArray:
    """Number rows by several columns: equal rows have equal numbers.

    Parameters
    ----------
    columns : sequence of Coded
        At least one, all of the same length n.

    Returns
    -------
    (n,) int array
        Not dense; -1 where a value is missing.
    """
    first, *others = columns
    combined = first.codes.astype(np.int64)
    size = max(len(first.distinct), 1)
    for column in others:
        width = max(len(column.distinct), 1)
        if size * width > LARGEST_CODE:
            missing = combined < 0
            combined, distinct = pd.factorize(combined)
            combined[missing] = -1
            size = len(distinct)
        missing = (combined < 0) | (column.codes < 0)
        combined = combined * width + column.codes
        combined[missing] = -1
        size *= width
    return combined


def match_codes(columns: Sequence[Coded], *, known: Sequence[Coded]) -> tuple[IntArray, IntArray]:
    """Number the rows of two tables alike, by columns that hold the same values.

    Parameters
    ----------
    columns, known : sequence of Coded
        The columns of each table, in the same order.

    Returns
    -------
    tuple of (n,) int array and (m,) int array
        Numbers of the rows of ``columns`` and of ``known``. In the first, -1 means missing, -2 a value that
        ``known`` does not have; in the second, -1 means missing.
    """
    translated = [
        Coded(codes=translate(ours, known=theirs), distinct=theirs.distinct)
        for ours, theirs in zip(columns, known, strict=True)
    ]
    missing = np.logical_or.reduce([ours.codes == -1 for ours in translated])
    absent = np.logical_or.reduce([ours.codes == -2 for ours in translated])
    numbers = combine_both(translated, known)
    numbers[0][absent & ~missing] = -2
    return numbers


def translate(column: Coded, *, known: Coded) -> npt.NDArray[np.int32]:
    """Give each row's position in another column's distinct values; -1 missing, -2 not among them."""
    place = pc.fill_null(pc.index_in(column.distinct, value_set=known.distinct), -2).to_numpy(zero_copy_only=False)
    codes: npt.NDArray[np.int32] = np.append(place, -1).astype(np.int32)[column.codes]
    return codes


def combine_both(left: Sequence[Coded], right: Sequence[Coded]) -> tuple[IntArray, IntArray]:
    """Number the rows of two tables whose codes mean the same, alike."""
    both = [
        Coded(codes=np.concatenate([ours.codes, theirs.codes]), distinct=theirs.distinct)
        for ours, theirs in zip(left, right, strict=True)
    ]
    combined = combine_codes(both)
    n = len(left[0].codes)
    return combined[:n], combined[n:]


def as_values(column: TypedColumn, *, schema_field: Field) -> Values:
    """Turn a typed column into arrays, without the values that break a rule."""
    broken = [fault.rows for fault in column.faults if fault.rule != "required"]
    if schema_field.type == "string" and column.codes is not None:
        codes = column.codes
        if broken:
            codes = codes.copy()
            codes[np.concatenate(broken)] = -1
        return Coded(codes=codes, distinct=column.distinct)
    if schema_field.type == "string":
        return Coded(codes=np.full(len(column.distinct), -1, dtype=np.int32), distinct=pa.array([], pa.string()))
    distinct, missing = _as_numpy(column.distinct, schema_field=schema_field)
    values = np.append(distinct, missing)[column.codes] if column.codes is not None else distinct
    if broken:
        values = values.copy()
        values[np.concatenate(broken)] = missing
    return values


def _as_numpy(values: pa.Array, *, schema_field: Field) -> tuple[npt.NDArray[Any], Any]:
    if schema_field.type == "date":
        days = values.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        return days, np.datetime64("NaT", "D")
    if schema_field.type == "boolean":
        return pc.fill_null(pc.cast(values, pa.int8()), -1).to_numpy(zero_copy_only=False), np.int8(-1)
    return values.to_numpy(zero_copy_only=False).astype(np.float64), np.nan


def _join(files: Sequence[CheckedFile], *, schema_field: Field) -> Values:
    name = schema_field.name
    parts = [file.columns.get(name) for file in files]
    if len(parts) == 1 and parts[0] is not None:
        return parts[0]
    if schema_field.type == "string":
        nothing = pa.array([], pa.string())
        coded = [part if isinstance(part, Coded) else None for part in parts]
        every = pa.chunked_array([part.distinct if part is not None else nothing for part in coded], pa.string())
        distinct = pc.unique(every)
        place = np.append(pc.index_in(every, value_set=distinct).to_numpy(), -1).astype(np.int32)
        codes, start = [], 0
        for file, part in zip(files, coded, strict=True):
            if part is None:
                codes.append(np.full(file.size, -1, dtype=np.int32))
                continue
            codes.append(np.where(part.codes < 0, -1, place[part.codes + start]))
            start += len(part.distinct)
        return Coded(codes=np.concatenate(codes), distinct=distinct)
    _, missing = _as_numpy(pa.array([], _ARROW[schema_field.type]), schema_field=schema_field)
    dtype = _NUMPY[schema_field.type]
    filled = [
        part if isinstance(part, np.ndarray) else np.full(file.size, missing, dtype=dtype)
        for file, part in zip(files, parts, strict=True)
    ]
    return np.concatenate(filled) if filled else np.empty(0, dtype=dtype)


_ARROW = {"date": pa.timestamp("us"), "boolean": pa.bool_(), "number": pa.float64(), "integer": pa.int64()}
_NUMPY = {"date": "datetime64[D]", "boolean": "int8", "number": "float64", "integer": "float64"}


def look_up(rows: TableRows, *, name: str, tables: Mapping[str, TableRows]) -> Coded | None:
    """Look up, for the student and year of each row, what another table says.

    Parameters
    ----------
    rows : TableRows
        Table with ``student_id`` and ``school_year``.
    name : str
        Table and column, such as ``enrollments.grade``.
    tables : mapping of str to TableRows
        All tables that are there.

    Returns
    -------
    Coded or None
        Missing where the other table says nothing, or two things; None: it or the column is not there.
    """
    table, column = name.split(".")
    other = tables.get(table)
    key = ("student_id", "school_year")
    if other is None or not other.has(*key, column) or not rows.has(*key):
        return None
    ours, theirs = match_codes([rows.coded(part) for part in key], known=[other.coded(part) for part in key])
    value = other.coded(column)
    said = pd.DataFrame({"key": theirs, "code": value.codes})[(theirs >= 0) & (value.codes >= 0)]
    once = said.drop_duplicates().drop_duplicates("key", keep=False)
    place = pd.Index(once["key"]).get_indexer(pd.Index(ours))
    codes = np.append(once["code"].to_numpy(), -1).astype(np.int32)[place]
    return Coded(codes=codes, distinct=value.distinct)


class RuleCheck(Protocol):
    """What computes a family of rules: the rows of one table that break the rule."""

    def __call__(self, rows: TableRows, rule: Rule, tables: Mapping[str, TableRows], /) -> Iterator[ProblemKind]:
        """Find the rows."""
