"""Rows of an export become records of a table: every column filled, typed, and checked against its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.columns import type_column
from mtss_analysis.district.imports.dates import day_in_school_year
from mtss_analysis.district.imports.distinct import Applied, UnusableValueError, apply_to_distinct
from mtss_analysis.district.imports.mapping import Block, ColumnRule, Group
from mtss_analysis.district.imports.mapping import Mapping as ImportMapping
from mtss_analysis.district.imports.refusals import BETWEEN, Refusal, Refused
from mtss_analysis.district.imports.rows import Rows, find_kept
from mtss_analysis.district.imports.source import missing_header
from mtss_analysis.district.imports.spellings import YES
from mtss_analysis.district.imports.steps import Known, make_step, plain
from mtss_analysis.district.schema import Field as SchemaField
from mtss_analysis.district.schema import TableSchema, read_schema
from mtss_analysis.errors import DataError, Place

ROW = "__row"
FILE = "__file"


@dataclass(slots=True, kw_only=True, eq=False)
class Shaped:
    """What a block made of the rows of one file.

    Parameters
    ----------
    table : pyarrow.Table
        Typed columns that the mapping fills, with the row of the export in ``__row``.
    rows_in : int
        Records formed: rows of the export, times the lines of ``for_each``.
    refused : int
        Records that cannot be written.
    left_out : dict of str to int
        Records left out, by the rule's reason.
    refusals : list of Refusal
        Why; the first 10,000 of each column and problem.
    notes : list of str
        For the terminal.
    """

    table: pa.Table
    rows_in: int = 0
    refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def shape_block(
    block: Block, *, rows: Rows, mapping: ImportMapping, known: Known, settings: Mapping[str, str], file: str
) -> Shaped:
    """Turn rows of an export into records of a table.

    Parameters
    ----------
    block : Block
        What the mapping says of the table.
    rows : Rows
        The rows.
    mapping : Mapping
        The whole mapping.
    known : Known
        What values are looked up in.
    settings : mapping of str to str
        What the export does not say in its rows.
    file : str
        Name of the file, for messages.

    Returns
    -------
    Shaped
        Rows in are records, refused and left out, to the last one.

    Raises
    ------
    DataError
        The export lacks columns that the mapping names.
    """
    schema = read_schema(block.table)
    parts: list[pa.Table] = []
    whole = Shaped(table=pa.table({}))
    groups = [group for group in block.groups if not group or _is_there(block, group=group, rows=rows)]
    if not groups:
        groups = [block.groups[0]]  # and the missing headers are named
    absent = len(block.groups) - len(groups)
    if absent:
        whole.notes.append(f"{block.name}: {absent} of {len(block.groups)} lines of for_each are not in this export")
    for group in groups:
        _refuse_missing_headers([rule.fill(group) for rule in block.columns], rows=rows)
    kept, left_out = find_kept(rows, rules=block.rows)
    used = rows.filter(kept)
    for group in groups:
        shaped = _shape_group(
            block, group=group, rows=used, schema=schema, mapping=mapping, known=known, settings=settings, file=file
        )
        parts.append(shaped.table)
        whole.refused += shaped.refused
        whole.refusals += shaped.refusals
        for reason, count in shaped.left_out.items():
            whole.left_out[reason] = whole.left_out.get(reason, 0) + count
    for reason, count in left_out.items():
        whole.left_out[reason] = whole.left_out.get(reason, 0) + count * len(groups)
    whole.rows_in = len(rows.take) * len(groups)
    whole.table = pa.concat_tables(parts)
    return whole


def _shape_group(
    block: Block,
    *,
    group: Group,
    rows: Rows,
    schema: TableSchema,
    mapping: ImportMapping,
    known: Known,
    settings: Mapping[str, str],
    file: str,
) -> Shaped:
    rules = [rule.fill(group) for rule in block.columns]
    size = len(rows.take)
    texts: dict[str, Applied] = {}
    for rule in rules:
        field_ = schema.field(rule.target)
        texts[rule.target] = _fill_column(rule, rows=rows, field=field_, known=known, settings=settings)
    arrays = {target: applied.array for target, applied in texts.items()}
    for rule in rules:
        if rule.window_date:
            arrays[rule.target] = _fill_window_dates(arrays, target=rule.target, days=mapping.window_dates)
    skipped = _find_skipped(block.skip_if_empty, texts=texts, size=size)
    bad = np.zeros(size, dtype=np.bool_)
    refusals: list[Refusal] = []
    typed: dict[str, pa.ChunkedArray] = {}
    numbers = rows.numbers
    for rule in rules:
        field_ = schema.field(rule.target)
        text = texts[rule.target]
        column = type_column(pa.chunked_array([arrays[rule.target]]), field=field_)
        typed[rule.target] = column.array
        refused = Refused(table=block.table, file=file, rule=rule, column=field_, numbers=numbers, skipped=skipped)
        refused.add_unusable(text)
        refused.add_faults(column.faults, values=arrays[rule.target])
        refusals += refused.refusals
        bad |= refused.seen
    bad &= ~skipped
    keep = pa.array(~bad & ~skipped)
    table = pa.table({**typed, ROW: pa.array(numbers)}).filter(keep)
    left_out = {f"{' and '.join(block.skip_if_empty)} empty": int(skipped.sum())} if skipped.any() else {}
    return Shaped(table=table, refused=int(bad.sum()), refusals=refusals, left_out=left_out)


def _is_there(block: Block, *, group: Group, rows: Rows) -> bool:
    """Whether the export has any column that is of this line of ``for_each`` alone."""
    of_group = [
        header
        for rule in block.columns
        for plain_header, header in zip(_headers(rule), _headers(rule.fill(group)), strict=True)
        if plain_header != header
    ]
    return not of_group or any(rows.has(header) for header in of_group)


def _headers(rule: ColumnRule) -> tuple[str, ...]:
    return (*rule.headers, *rule.first_of, *rule.flags.values())


def _refuse_missing_headers(rules: Sequence[ColumnRule], *, rows: Rows) -> None:
    missing: list[DataError] = []
    for rule in rules:
        header, path = rows.main.header, rows.main.path
        if rule.headers and not rule.optional and not any(rows.has(name) for name in rule.headers):
            missing.append(missing_header(rule.headers, header=header, path=path))
        if rule.first_of and not rule.optional and not any(rows.has(name) for name in rule.first_of):
            missing.append(missing_header(rule.first_of, header=header, path=path))
        named = () if rule.optional else (*rule.text_headers, *rule.flags.values())
        missing += [missing_header([name], header=header, path=path) for name in named if not rows.has(name)]
    if len(missing) == 1:
        raise missing[0]
    if missing:
        listed = "".join(f"\n  {error.problem}. {error.next_step}." for error in dict.fromkeys(missing))
        raise DataError(
            f"The export lacks {len(missing)} columns that the mapping names{listed}\n ",
            next_step="Take another mapping, or write one of your own that begins with `extends:`",
            place=Place(file=rows.main.path),
        )


def _fill_column(
    rule: ColumnRule, *, rows: Rows, field: SchemaField, known: Known, settings: Mapping[str, str]
) -> Applied:
    size = len(rows.take)
    cells = _read_cells(rule, rows=rows, known=known, settings=settings, size=size)
    if rule.flags:
        return apply_to_distinct(cells, function=lambda text: _read_flags(text, rule=rule), of_empty=rule.if_empty)
    return apply_to_distinct(cells, function=make_step(rule, field=field, known=known), of_empty=rule.if_empty)


def _read_cells(
    rule: ColumnRule, *, rows: Rows, known: Known, settings: Mapping[str, str], size: int
) -> pa.Array | pa.ChunkedArray:
    constant = settings.get(rule.setting) if rule.setting is not None else rule.value
    if constant is not None:
        return pa.repeat(pa.scalar(constant, pa.string()), size)
    if rule.flags:
        return pc.binary_join_element_wise(
            *(_optional_column(rows, header=header, size=size) for header in rule.flags.values()),
            BETWEEN,
            null_handling="replace",
            null_replacement="",
        )
    if rule.text is not None:
        return _put_together(rule, rows=rows, known=known, size=size)
    if rule.first_of:
        there = [rows.column(header) for header in rule.first_of if rows.has(header)]
        return pc.coalesce(*(_without_missing(column, known=known) for column in there)) if there else _empty(size)
    for header in rule.headers:
        if rows.has(header):
            return rows.column(header)
    return _empty(size)


def _put_together(rule: ColumnRule, *, rows: Rows, known: Known, size: int) -> pa.Array | pa.ChunkedArray:
    """Put columns and the text between them together; empty where all columns are."""
    pieces: list[pa.Array | pa.ChunkedArray | pa.Scalar] = []
    columns = []
    rest = rule.text or ""
    for header in rule.text_headers:
        before, rest = rest.split(f"{{{header}}}", 1)
        column = _without_missing(_optional_column(rows, header=header, size=size), known=known)
        columns.append(column)
        pieces += [pa.scalar(before, pa.string()), column]
    pieces.append(pa.scalar(rest, pa.string()))
    joined = pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement="")
    return pc.if_else(pc.is_null(pc.coalesce(*columns)), pa.scalar(None, pa.string()), joined) if columns else joined


def _optional_column(rows: Rows, *, header: str, size: int) -> pa.Array | pa.ChunkedArray:
    return rows.column(header) if rows.has(header) else _empty(size)


def _without_missing(values: pa.Array | pa.ChunkedArray, *, known: Known) -> pa.Array:
    return apply_to_distinct(
        values,
        function=lambda cell: (
            None if not cell.strip() or plain(cell) in known.missing | known.declared else cell.strip()
        ),
    ).array


def _empty(size: int) -> pa.Array:
    return pa.nulls(size, pa.string())


def _read_flags(text: str, *, rule: ColumnRule) -> str | None:
    said = [value for value, cell in zip(rule.flags, text.split(BETWEEN), strict=True) if plain(cell) in YES]
    for value in rule.first_flags:
        if value in said:
            return value
    if len(set(said)) > 1:
        if rule.several_flags is None:
            raise UnusableValueError(
                f"Several columns say yes: {', '.join(said)}",
                next_step="Say with `several:` or `first:` in the mapping which value it then is",
            )
        return rule.several_flags
    return said[0] if said else None


def _fill_window_dates(arrays: Mapping[str, pa.Array], *, target: str, days: Mapping[str, str]) -> pa.Array:
    if "school_year" not in arrays or "window" not in arrays:
        return arrays[target]
    both = pc.binary_join_element_wise(arrays["school_year"], arrays["window"], BETWEEN)

    def find_day(text: str) -> str | None:
        school_year, window = text.split(BETWEEN)
        day = day_in_school_year(days[window], school_year=school_year) if window in days else None
        return day.isoformat() if day else None

    return pc.coalesce(arrays[target], apply_to_distinct(both, function=find_day).array)


def _find_skipped(columns: Sequence[str], *, texts: Mapping[str, Applied], size: int) -> npt.NDArray[np.bool_]:
    if not columns:
        return np.zeros(size, dtype=np.bool_)
    skipped = np.ones(size, dtype=np.bool_)
    for column in columns:
        applied = texts[column]
        empty = np.asarray(applied.array.is_null())
        empty[applied.bad_rows] = False
        skipped &= empty
    return skipped
