"""One column against its schema: typed values, and the rows that break a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.cell_rules import Broken, find_damaged_text, name_damage
from mtss_analysis.district.rules import Severity
from mtss_analysis.district.schema import Field, FieldType

ARROW_TYPES: dict[FieldType, pa.DataType] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.timestamp("us"),
}
NUMBER_PATTERN = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
INTEGER_PATTERN = r"^\s*[+-]?\d{1,18}\s*$"
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
LARGEST_WHOLE = 2.0**62
LONGEST_SHOWN = 100
NAME_BY_TYPE: dict[FieldType, str] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "yes or no",
    "date": "a date such as 2025-09-02",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fault:
    """A rule that a column breaks.

    Parameters
    ----------
    rule : str
        Short name.
    severity : {"error", "warning"}
        An error stops a run.
    problem : str
        What is wrong, in words.
    next_step : str
        What to do about it.
    rows : (n,) int array
        Rows that break it, counted from 0; empty: the column as a whole.
    shown : pyarrow.Array of string or None
        What stands in those rows, in the same order, cut to 100 characters; None for columns that stand for a
        person.
    """

    rule: str
    severity: Severity
    problem: str
    next_step: str
    rows: npt.NDArray[np.int64]
    shown: pa.Array | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TypedColumn:
    """A column with the type its schema gives it.

    Parameters
    ----------
    distinct : pyarrow.Array
        Of the type in ``ARROW_TYPES``: the distinct values of a column stored as text, all values of any other;
        unusable values are null.
    codes : (n,) int array or None
        Position in ``distinct`` of each row's value, -1 where it is missing; None: ``distinct`` is the column.
    faults : tuple of Fault
        The rules it breaks; empty: none.
    """

    distinct: pa.Array
    codes: npt.NDArray[np.int32] | None
    faults: tuple[Fault, ...]

    @property
    def array(self) -> pa.ChunkedArray:
        """All values; missing and unusable ones are null."""
        if self.codes is None:
            return pa.chunked_array([self.distinct])
        positions = pa.array(self.codes, mask=self.codes < 0)
        return pa.chunked_array([self.distinct.take(positions)])


def type_column(values: pa.ChunkedArray, *, field: Field) -> TypedColumn:
    """Give a column its type and check every value against the field's rules.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        As read from a file: all strings from CSV, any type from Parquet.
    field : Field
        What the column should be.

    Returns
    -------
    TypedColumn
        As long as ``values``.
    """
    try:
        return _type_column(_plain(values), field)
    except (_StoredTypeError, pa.ArrowException) as error:
        stored = error.stored if isinstance(error, _StoredTypeError) else values.type
        whole_column = Fault(
            rule="stored_type",
            severity="error",
            problem=f"The column is stored as {stored}, not as {NAME_BY_TYPE[field.type]}",
            next_step=_how_to_store(field),
            rows=np.empty(0, dtype=np.int64),
            shown=None,
        )
        nothing = pa.nulls(len(values), ARROW_TYPES[field.type])
        return TypedColumn(distinct=nothing, codes=None, faults=(whole_column,))


def _type_column(plain: pa.ChunkedArray, field: Field) -> TypedColumn:
    codes: npt.NDArray[np.int32] | None = None
    if pa.types.is_string(plain.type):
        # Rules look at each distinct value once, however often it occurs.
        encoded = pc.dictionary_encode(plain).combine_chunks()
        stored = encoded.dictionary
        codes = pc.fill_null(encoded.indices, fill_value=-1).to_numpy()
    else:
        stored = plain.combine_chunks()
    distinct = _READERS[field.type](stored, field)
    broken = _broken_rules(stored, distinct, field)
    faults = [_fault(rule, stored=stored, codes=codes, field=field) for rule in broken]
    if field.required:
        faults.append(_find_empty(stored, codes))
    return TypedColumn(distinct=distinct, codes=codes, faults=tuple(fault for fault in faults if fault is not None))


class _StoredTypeError(Exception):
    def __init__(self, stored: pa.DataType) -> None:
        self.stored = stored
        super().__init__(str(stored))


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Undo encodings that do not change meaning, and make empty text null."""
    stored = values.type
    if pa.types.is_dictionary(stored):
        values = pc.cast(values, stored.value_type)
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = pc.cast(values, pa.string())
    if pa.types.is_string(values.type):
        empty = pc.equal(values, "")
        return pc.if_else(empty, None, values) if pc.any(empty).as_py() else values
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.is_nan(values), None, values)
    return values


def _read_string(values: pa.Array, field: Field) -> pa.Array:  # noqa: ARG001 - one signature
    if pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    return values


def _read_number(values: pa.Array, field: Field) -> pa.Array:
    pattern = INTEGER_PATTERN if field.type == "integer" else NUMBER_PATTERN
    target = ARROW_TYPES[field.type]
    if pa.types.is_string(values.type):
        looks_right = pc.match_substring_regex(values, pattern)
        values = pc.cast(pc.utf8_trim_whitespace(pc.if_else(looks_right, values, None)), target)
    if pa.types.is_decimal(values.type):
        values = pc.cast(values, pa.float64())
    if pa.types.is_floating(values.type):
        usable = pc.is_finite(values)
        if field.type == "integer":
            whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), LARGEST_WHOLE))
            usable = pc.and_(usable, whole)
        values = pc.if_else(usable, values, None)
    elif not (pa.types.is_integer(values.type) or pa.types.is_null(values.type)):
        raise _StoredTypeError(values.type)
    return pc.cast(values, target)


def _read_boolean(values: pa.Array, field: Field) -> pa.Array:
    if pa.types.is_boolean(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.bool_())
    if pa.types.is_integer(values.type):
        values = pc.cast(values, pa.string())
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    yes = pc.is_in(values, value_set=pa.array(field.true_values, pa.string()))
    no = pc.is_in(values, value_set=pa.array(field.false_values, pa.string()))
    return pc.if_else(yes, True, pc.if_else(no, False, None))


def _read_date(values: pa.Array, field: Field) -> pa.Array:
    target = ARROW_TYPES[field.type]
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return pc.cast(pc.cast(values, pa.date32(), safe=False), target)
    if pa.types.is_null(values.type):
        return pc.cast(values, target)
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    # The pattern shuts out forms that pandas would guess.
    text = pd.Series(values.to_pandas(), dtype="str")
    iso = text.where(text.str.fullmatch(DATE_PATTERN))
    return pa.array(pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce"), target, from_pandas=True)


_READERS: dict[FieldType, Callable[[pa.Array, Field], pa.Array]] = {
    "string": _read_string,
    "number": _read_number,
    "integer": _read_number,
    "boolean": _read_boolean,
    "date": _read_date,
}


def _broken_rules(stored: pa.Array, typed: pa.Array, field: Field) -> list[Broken]:
    is_text = pa.types.is_string(stored.type)
    rules: list[Broken] = []
    lost = Broken(
        "type",
        "error",
        f"This is not {NAME_BY_TYPE[field.type]}",
        _how_to_write(field),
        pc.and_(pc.is_valid(stored), pc.is_null(typed)),
    )
    unusable = [lost]
    if field.allowed:
        where = pc.and_(pc.is_valid(typed), pc.invert(pc.is_in(typed, value_set=pa.array(field.allowed, pa.string()))))
        one_of = f"Write one of {', '.join(field.allowed)}"
        unusable.append(Broken("allowed", "error", "This value is not one of those allowed", one_of, where))
    if field.pattern is not None:
        how = field.description.rstrip(".")
        where = pc.invert(pc.match_substring_regex(typed, field.pattern))
        unusable.append(Broken("pattern", "error", "This value is not written as the column asks", how, where))
        if field.is_school_year:
            where = _years_that_do_not_follow(typed, pattern=field.pattern)
            rules.append(Broken("school_year", "error", "The two years do not follow each other", how, where))
    for broken in unusable:
        rules += name_damage(stored, unusable=broken.where, field=field, otherwise=broken) if is_text else [broken]
    if field.type == "string" and not field.allowed:
        told = reduce(pc.or_, [pc.fill_null(broken.where, fill_value=False) for broken in (lost, *rules)])
        untold = pc.if_else(told, pa.scalar(None, pa.string()), stored)
        rules += find_damaged_text(untold, field=field)
    return [*rules, *_limits(typed, field)]


def _limits(typed: pa.Array, field: Field) -> list[Broken]:
    unit = f" {field.unit}" if field.unit else ""
    rules = []
    if field.minimum is not None:
        below = f"The value is below {field.minimum}{unit}"
        rules.append(Broken("minimum", "error", below, "Correct it", pc.less(typed, field.minimum)))
    if field.maximum is not None:
        above = f"The value is above {field.maximum}{unit}"
        rules.append(Broken("maximum", "error", above, "Correct it", pc.greater(typed, field.maximum)))
    return rules


def _years_that_do_not_follow(typed: pa.Array, *, pattern: str) -> pa.Array:
    well_formed = pc.if_else(pc.match_substring_regex(typed, pattern), typed, None)
    first = pc.cast(pc.utf8_slice_codeunits(well_formed, 2, 4), pa.int64())
    second = pc.cast(pc.utf8_slice_codeunits(well_formed, 5, 7), pa.int64())
    step = pc.subtract(second, first)
    return pc.invert(pc.or_(pc.equal(step, 1), pc.equal(step, -99)))


def _fault(broken: Broken, *, stored: pa.Array, codes: npt.NDArray[np.int32] | None, field: Field) -> Fault | None:
    where = pc.fill_null(broken.where, fill_value=False).to_numpy(zero_copy_only=False)
    if not where.any():
        return None
    # The last place of the mask is that of the code -1, a missing cell, which breaks no rule of values.
    rows = np.flatnonzero(where if codes is None else np.append(where, False)[codes])
    shown = None
    if not field.personal:
        shown = _readable(stored).take(pa.array(rows if codes is None else codes[rows]))
    return Fault(
        rule=broken.rule,
        severity=broken.severity,
        problem=broken.problem,
        next_step=broken.next_step,
        rows=rows.astype(np.int64),
        shown=shown,
    )


def _find_empty(stored: pa.Array, codes: npt.NDArray[np.int32] | None) -> Fault | None:
    missing = codes < 0 if codes is not None else stored.is_null().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(missing)
    if len(rows) == 0:
        return None
    return Fault(
        rule="required",
        severity="error",
        problem="The cell is empty",
        next_step="Fill it in or delete the row",
        rows=rows.astype(np.int64),
        shown=None,
    )


def _readable(values: pa.Array) -> pa.Array:
    """Write values as text of one line that a terminal can show."""
    try:
        text = pc.cast(values, pa.string())
    except pa.ArrowException:
        text = pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
    text = pc.replace_substring_regex(text, r"[[:cntrl:]]", " ")
    is_long = pc.greater(pc.utf8_length(text), LONGEST_SHOWN)
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(text, 0, LONGEST_SHOWN), "…", "")
    return pc.if_else(is_long, cut, text)


def _how_to_write(field: Field) -> str:
    if field.type == "boolean":
        return "Write true or false"
    return f"Write {NAME_BY_TYPE[field.type]}, or leave the cell empty where it is not known"


def _how_to_store(field: Field) -> str:
    if field.type == "string":
        return "Write the column as text: stored as numbers, ids lose their leading zeros"
    return f"Write the column as {NAME_BY_TYPE[field.type]}"
