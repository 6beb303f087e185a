"""One column against its schema: typed values, and the rows that break a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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
LISTED = 10_000
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
        ``type``, ``required``, ``allowed``, ``pattern``, ``minimum``, ``maximum``, ``school_year``,
        ``padding`` or ``stored_type``.
    problem : str
        What is wrong, in words.
    next_step : str
        What to do about it.
    rows : (n,) int array
        Rows that break it, counted from 0; empty: the column as a whole.
    shown : tuple of str
        What stands in the first ``LISTED`` of those rows, in the same order; empty for columns that stand for
        a person.
    """

    rule: str
    problem: str
    next_step: str
    rows: npt.NDArray[np.int64]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TypedColumn:
    """A column with the type its schema gives it.

    Parameters
    ----------
    array : pyarrow.ChunkedArray
        Of the type in ``ARROW_TYPES``; missing and unusable values are null.
    faults : tuple of Fault
        The rules it breaks; empty: none.
    """

    array: pa.ChunkedArray
    faults: tuple[Fault, ...]


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
    plain = _plain(values)
    try:
        typed = _READERS[field.type](plain, field)
    except _StoredTypeError as error:
        nothing = pa.chunked_array([pa.nulls(len(plain), ARROW_TYPES[field.type])])
        whole_column = Fault(
            rule="stored_type",
            problem=f"The column is stored as {error.stored}, not as {NAME_BY_TYPE[field.type]}",
            next_step=_how_to_store(field),
            rows=np.empty(0, dtype=np.int64),
            shown=(),
        )
        return TypedColumn(array=nothing, faults=(whole_column,))
    broken = [_lost(plain, typed, field), *_broken_rules(typed, field)]
    if field.required:
        broken.append(_Broken("required", "The cell is empty", "Fill it in or delete the row", pc.is_null(plain)))
    faults = (_fault(rule, values=plain, field=field) for rule in broken)
    return TypedColumn(array=typed, faults=tuple(fault for fault in faults if fault is not None))


class _Broken(NamedTuple):
    rule: str
    problem: str
    next_step: str
    where: pa.ChunkedArray  # true in the rows that break the rule


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


def _read_string(values: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:  # noqa: ARG001 - one signature
    if pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    return values


def _read_number(values: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
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
            usable = pc.and_(usable, pc.equal(values, pc.floor(values)))
        values = pc.if_else(usable, values, None)
    elif not (pa.types.is_integer(values.type) or pa.types.is_null(values.type)):
        raise _StoredTypeError(values.type)
    return pc.cast(values, target)


def _read_boolean(values: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    if pa.types.is_boolean(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.bool_())
    if pa.types.is_integer(values.type):
        values = pc.cast(values, pa.string())
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    yes = pc.is_in(values, value_set=pa.array(field.true_values, pa.string()))
    no = pc.is_in(values, value_set=pa.array(field.false_values, pa.string()))
    return pc.if_else(yes, True, pc.if_else(no, False, None))


def _read_date(values: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    target = ARROW_TYPES[field.type]
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return pc.cast(pc.cast(values, pa.date32(), safe=False), target)
    if pa.types.is_null(values.type):
        return pc.cast(values, target)
    if not pa.types.is_string(values.type):
        raise _StoredTypeError(values.type)
    encoded = pc.dictionary_encode(values).combine_chunks()
    # Few dates are distinct, so each is parsed once; the pattern shuts out forms that pandas would guess.
    distinct = pd.Series(encoded.dictionary.to_pandas(), dtype="str")
    iso = distinct.where(distinct.str.fullmatch(DATE_PATTERN))
    parsed = pa.array(pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce"), target, from_pandas=True)
    return pa.chunked_array([pc.take(parsed, encoded.indices)])


_READERS: dict[FieldType, Callable[[pa.ChunkedArray, Field], pa.ChunkedArray]] = {
    "string": _read_string,
    "number": _read_number,
    "integer": _read_number,
    "boolean": _read_boolean,
    "date": _read_date,
}


def _lost(plain: pa.ChunkedArray, typed: pa.ChunkedArray, field: Field) -> _Broken:
    lost = pc.and_(pc.is_valid(plain), pc.is_null(typed))
    return _Broken("type", f"This is not {NAME_BY_TYPE[field.type]}", _how_to_write(field), lost)


def _broken_rules(typed: pa.ChunkedArray, field: Field) -> list[_Broken]:
    rules: list[_Broken] = []
    if field.allowed:
        unknown = pc.invert(pc.is_in(typed, value_set=pa.array(field.allowed, pa.string())))
        where = pc.and_(pc.is_valid(typed), unknown)
        one_of = f"Write one of {', '.join(field.allowed)}"
        rules.append(_Broken("allowed", "This value is not one of those allowed", one_of, where))
    if field.pattern is not None:
        where = pc.invert(pc.match_substring_regex(typed, field.pattern))
        how = field.description.rstrip(".")
        rules.append(_Broken("pattern", "This value is not written as the column asks", how, where))
        if field.is_school_year:
            where = _years_that_do_not_follow(typed, pattern=field.pattern)
            rules.append(_Broken("school_year", "The two years do not follow each other", how, where))
    unit = f" {field.unit}" if field.unit else ""
    if field.minimum is not None:
        below = f"The value is below {field.minimum}{unit}"
        rules.append(_Broken("minimum", below, "Correct it", pc.less(typed, field.minimum)))
    if field.maximum is not None:
        above = f"The value is above {field.maximum}{unit}"
        rules.append(_Broken("maximum", above, "Correct it", pc.greater(typed, field.maximum)))
    if field.type == "string":
        where = pc.not_equal(typed, pc.utf8_trim_whitespace(typed))
        rules.append(_Broken("padding", "The value begins or ends with a space", "Delete the space", where))
    return rules


def _years_that_do_not_follow(typed: pa.ChunkedArray, *, pattern: str) -> pa.ChunkedArray:
    well_formed = pc.if_else(pc.match_substring_regex(typed, pattern), typed, None)
    first = pc.cast(pc.utf8_slice_codeunits(well_formed, 2, 4), pa.int64())
    second = pc.cast(pc.utf8_slice_codeunits(well_formed, 5, 7), pa.int64())
    step = pc.subtract(second, first)
    return pc.invert(pc.or_(pc.equal(step, 1), pc.equal(step, -99)))


def _fault(broken: _Broken, *, values: pa.ChunkedArray, field: Field) -> Fault | None:
    where = pc.fill_null(broken.where, fill_value=False)
    if not pc.any(where).as_py():
        return None
    rows = np.flatnonzero(where.to_numpy()).astype(np.int64)
    shown: tuple[str, ...] = ()
    if not field.personal and broken.rule != "required":
        shown = tuple(str(value) for value in values.take(pa.array(rows[:LISTED])).to_pylist())
    return Fault(rule=broken.rule, problem=broken.problem, next_step=broken.next_step, rows=rows, shown=shown)


def _how_to_write(field: Field) -> str:
    if field.type == "boolean":
        return "Write true or false"
    return f"Write {NAME_BY_TYPE[field.type]}, or leave the cell empty where it is not known"


def _how_to_store(field: Field) -> str:
    if field.type == "string":
        return "Write the column as text: stored as numbers, ids lose their leading zeros"
    return f"Write the column as {NAME_BY_TYPE[field.type]}"
