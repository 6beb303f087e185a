"""Import an export into a district folder: read, shape, compare, and write all or nothing."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from mtss_analysis.district.files import has_table
from mtss_analysis.district.imports.distinct import encode
from mtss_analysis.district.imports.doubled import resolve_doubled
from mtss_analysis.district.imports.export_files import read_export
from mtss_analysis.district.imports.mapping import Block, Mapping
from mtss_analysis.district.imports.merge import find_unknown, merge_records, refuse_unknown, write_value
from mtss_analysis.district.imports.refusals import Refusal
from mtss_analysis.district.imports.report import ImportResult, TableCount, Unknown
from mtss_analysis.district.imports.rows import gather_rows
from mtss_analysis.district.imports.settings import fill_settings, read_crosswalks
from mtss_analysis.district.imports.shape import FILE, ROW, shape_block
from mtss_analysis.district.imports.source import Source
from mtss_analysis.district.imports.steps import Known, plain
from mtss_analysis.district.imports.write import TargetFormat, write_tables
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import TableSchema, find_nearest, read_schema
from mtss_analysis.errors import DataError, ParameterError, Place

# Tables that others point to are filled first.
ORDER = ("schools", "staff", "interventions", "trainings", "enrollments")
MISSING = frozenset({"", "null", "n/a", "na", "#n/a", "none"})


def import_export(
    export: Path,
    *,
    mapping: Mapping,
    folder: Path,
    settings: MappingOf[str, str] | None = None,
    tables: Sequence[str] = (),
    without_refused: bool = False,
    dry_run: bool = False,
    target: TargetFormat = "csv",
) -> ImportResult:
    """Import an export into a district folder.

    Parameters
    ----------
    export : Path
        A text file, a folder of text files or a zip archive.
    mapping : Mapping
        How it becomes rows of tables.
    folder : Path
        District folder; made if it is not there.
    settings : mapping of str to str or None
        What the export does not say in its rows, such as ``school_year``.
    tables : sequence of str
        Blocks of the mapping by name; empty: all that need not be asked for.
    without_refused : bool
        Whether the other records are written where some cannot be; otherwise nothing is.
    dry_run : bool
        Whether it is only tried.
    target : {"csv", "parquet"}
        How a table that is not there yet is written.

    Returns
    -------
    ImportResult
        Records in are records written, there already, in conflict, refused and left out, for each table.

    Raises
    ------
    DataError
        The export or a table of the folder cannot be read, or the export lacks columns that the mapping names.
    ParameterError
        A setting or a block is missing or unknown.
    """
    blocks = _choose_blocks(mapping, tables=tables)
    result = ImportResult(dry_run=dry_run)
    bundles = read_export(export, mapping=mapping, blocks=blocks)
    files = _note_files(bundles, result=result)
    given = fill_settings(mapping, blocks=blocks, given=settings or {}, bundles=bundles)
    crosswalks = read_crosswalks(mapping, blocks=blocks)
    written: dict[str, pa.Table] = {}
    for table in _order(blocks):
        schema = read_schema(table)
        count = result.counts.setdefault(table, TableCount())
        known = Known(
            missing=MISSING,
            declared=frozenset(plain(word) for word in mapping.layout.missing),
            windows=dict(mapping.windows),
            school_ids=_find_schools(folder, written=written),
            crosswalks=crosswalks,
        )
        records = _shape_table(
            [block for block in blocks if block.table == table],
            bundles=bundles,
            mapping=mapping,
            known=known,
            settings=given,
            files=files,
            result=result,
        )
        records = _refuse_unknown_links(
            records, schema=schema, folder=folder, written=written, files=files, result=result
        )
        _list_unknown_people(records, schema=schema, folder=folder, written=written, files=files, result=result)
        merged = merge_records(records, schema=schema, folder=folder, files=files)
        count.already, count.in_conflict = merged.already, merged.in_conflict
        count.new = merged.new.num_rows
        result.conflicts += merged.conflicts
        written[table] = merged.new
        if count.accounted != count.records_in:  # nothing may be lost; a broken sum is a fault of the kit
            raise AssertionError(f"{table}: {count.records_in} records in, {count.accounted} accounted for")
    result.stopped = result.refused > 0 and not without_refused
    if not result.stopped and not dry_run:
        result.changed = write_tables(written, folder=folder, target=target)
    return result


def _choose_blocks(mapping: Mapping, *, tables: Sequence[str]) -> tuple[Block, ...]:
    if not tables:
        return tuple(block for block in mapping.blocks if not block.on_request)
    names = [block.name for block in mapping.blocks]
    for name in tables:
        if name not in names:
            near = find_nearest(name, known=names)
            raise ParameterError(
                f"The mapping {mapping.name} fills no table {name!r}",
                next_step=f"Write {near!r} if that is meant" if near else f"Choose among {', '.join(names)}",
            )
    return tuple(block for block in mapping.blocks if block.name in tables)


def _order(blocks: Sequence[Block]) -> list[str]:
    tables = list(dict.fromkeys(block.table for block in blocks))
    return sorted(tables, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


def _note_files(bundles: Sequence[MappingOf[str, Source]], *, result: ImportResult) -> list[str]:
    files: list[str] = []
    for bundle in bundles:
        for source in bundle.values():
            name = str(source.path)
            files.append(name)
            result.rows_in[name] = source.rows_in
            result.notes += [f"{source.path.name}: {note}" for note in source.notes]
            for reason, rows in source.left_out.items():
                result.not_data[reason] = result.not_data.get(reason, 0) + rows
    return files


def _shape_table(
    blocks: Sequence[Block],
    *,
    bundles: Sequence[MappingOf[str, Source]],
    mapping: Mapping,
    known: Known,
    settings: MappingOf[str, str],
    files: list[str],
    result: ImportResult,
) -> pa.Table:
    """Shape all blocks that fill a table, and keep one record for each key."""
    schema = read_schema(blocks[0].table)
    count = result.counts[schema.name]
    parts: list[pa.Table] = []
    for block in blocks:
        of_block: list[pa.Table] = []
        for bundle in bundles:
            rows = gather_rows(block, sources=bundle)
            name = str(rows.main.path)
            shaped = shape_block(block, rows=rows, mapping=mapping, known=known, settings=settings, file=name)
            count.records_in += shaped.rows_in + len(rows.main.too_long)
            count.refused += shaped.refused + len(rows.main.too_long)
            result.refusals += [*shaped.refusals, *_refuse_too_long(rows.main, table=schema.name)]
            result.notes += [note for note in shaped.notes if note not in result.notes]
            _add(count.left_out, shaped.left_out)
            at = pa.array(np.full(shaped.table.num_rows, files.index(name), dtype=np.int64))
            of_block.append(shaped.table.append_column(FILE, at))
        resolved = resolve_doubled(pa.concat_tables(of_block), schema=schema, block=block, files=files)
        _add(count.left_out, resolved.left_out)
        count.refused += resolved.refused
        result.refusals += resolved.refusals
        parts.append(resolved.table)
    if len(parts) == 1:
        return parts[0]
    resolved = resolve_doubled(
        pa.concat_tables(parts, promote_options="default"), schema=schema, block=None, files=files
    )
    _add(count.left_out, resolved.left_out)
    count.refused += resolved.refused
    result.refusals += resolved.refusals
    return resolved.table


def _refuse_too_long(source: Source, *, table: str) -> list[Refusal]:
    return [
        Refusal(
            table=table,
            file=str(source.path),
            row=row,
            column="",
            header="",
            value=None,
            personal=True,
            problem="The row has more cells than there are headers",
            next_step="Look for a separator that belongs in quotation marks",
        )
        for row in source.too_long[:10_000]
    ]


def _find_schools(folder: Path, *, written: MappingOf[str, pa.Table]) -> dict[str, set[str]]:
    """Find the ids of the district's schools by name; an id stands for itself."""
    pairs: list[tuple[str, str]] = []
    if has_table(folder, table="schools"):
        table = read_table(folder, table="schools", columns=["school_id", "school_name"])
        pairs += zip(table["school_name"], table["school_id"], strict=True)
    if "schools" in written:
        new = written["schools"]
        pairs += zip(new["school_name"].to_pylist(), new["school_id"].to_pylist(), strict=True)
    ids: dict[str, set[str]] = {}
    for name, school_id in pairs:
        ids.setdefault(plain(name), set()).add(school_id)
    for _, school_id in pairs:
        ids.setdefault(plain(school_id), {school_id})
    return ids


def _refuse_unknown_links(
    records: pa.Table,
    *,
    schema: TableSchema,
    folder: Path,
    written: MappingOf[str, pa.Table],
    files: Sequence[str],
    result: ImportResult,
) -> pa.Table:
    for key in schema.foreign_keys:
        if key.severity != "error" or key.table == schema.name:
            continue
        unknown = find_unknown(records, key=key, folder=folder, written=written)
        if unknown is None:
            if key.table == "schools" and records.num_rows:
                raise DataError(
                    "The folder holds no schools table",
                    next_step="Import the schools first (from the student information system, such as OneRoster), "
                    "or with `--table schools` where the mapping has it",
                    place=Place(file=folder),
                )
            continue
        if unknown.any():
            result.refusals += refuse_unknown(records, where=unknown, key=key, schema=schema, files=files)
            result.counts[schema.name].refused += int(unknown.sum())
            records = records.filter(pa.array(~unknown))
    return records


def _list_unknown_people(
    records: pa.Table,
    *,
    schema: TableSchema,
    folder: Path,
    written: MappingOf[str, pa.Table],
    files: Sequence[str],
    result: ImportResult,
) -> None:
    for key in schema.foreign_keys:
        if key.severity == "error":
            continue
        unknown = find_unknown(records, key=key, folder=folder, written=written)
        if unknown is None:
            if not records.num_rows or not set(key.fields) <= set(records.column_names):
                continue
            unknown = np.asarray(records[key.fields[0]].is_valid())
        if not unknown.any():
            continue
        gone = records.filter(pa.array(unknown)).select([*key.fields, ROW, FILE])
        codes, people = encode(gone[key.fields[0]])
        _, first = np.unique(codes, return_index=True)
        for row in gone.take(pa.array(np.sort(first))).to_pylist():
            result.unknown.append(
                Unknown(
                    table=schema.name,
                    file=files[int(row[FILE])],
                    row=int(row[ROW]),
                    column=", ".join(key.fields),
                    value=", ".join(write_value(row[name]) for name in key.fields),
                    other=key.table,
                )
            )
        result.counts[schema.name].unknown_people[key.table] = len(people)


def _add(counts: dict[str, int], more: MappingOf[str, int]) -> None:
    for reason, number in more.items():
        counts[reason] = counts.get(reason, 0) + number
