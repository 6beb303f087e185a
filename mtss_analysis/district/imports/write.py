"""New rows into a district folder: all files change, or none."""

import csv
import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mtss_analysis.district.columns import ARROW_TYPES
from mtss_analysis.district.files import PARTITION, find_row_files
from mtss_analysis.district.imports.merge import write_text
from mtss_analysis.district.imports.shape import FILE, ROW
from mtss_analysis.district.raw import read_raw
from mtss_analysis.district.schema import TableSchema, read_schema

TargetFormat = Literal["csv", "parquet"]
STAGE = ".mtss-import"


def write_tables(new: Mapping[str, pa.Table], *, folder: Path, target: TargetFormat) -> tuple[Path, ...]:
    """Write new rows of several tables; all of them, or none.

    Parameters
    ----------
    new : mapping of str to pyarrow.Table
        New rows by table; a table without any is left alone.
    folder : Path
        District folder; made if it is not there.
    target : {"csv", "parquet"}
        How a table that is not there yet is written; others keep their form.

    Returns
    -------
    tuple of Path
        The files that were made or changed.

    Raises
    ------
    OSError
        The folder cannot be written; then nothing in it has changed.
    """
    wanted = {name: rows for name, rows in new.items() if rows.num_rows}
    if not wanted:
        return ()
    made_folder = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    stage = folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    try:
        staged: dict[Path, Path] = {}
        for name, rows in wanted.items():
            plain = rows.drop_columns([column for column in (ROW, FILE) if column in rows.column_names])
            for path, content in _write_table(plain, schema=read_schema(name), folder=folder, target=target):
                at = stage / str(len(staged))
                at.parent.mkdir(parents=True, exist_ok=True)
                at.write_bytes(content)
                staged[path] = at
        _replace_all(staged, stage=stage)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        if made_folder and not any(folder.iterdir()):
            folder.rmdir()
        raise
    shutil.rmtree(stage, ignore_errors=True)
    return tuple(staged)


def _replace_all(staged: Mapping[Path, Path], *, stage: Path) -> None:
    """Put every staged file in its place; on a failure, put back what was there."""
    done: list[tuple[Path, Path | None]] = []
    made: list[Path] = []
    try:
        for number, (path, new) in enumerate(staged.items()):
            before: Path | None = None
            if not path.parent.exists():
                made += [part for part in (path.parent, path.parent.parent) if not part.exists()]
                path.parent.mkdir(parents=True)
            if path.exists():
                before = stage / f"before-{number}"
                shutil.copy2(path, before)
            new.replace(path)
            done.append((path, before))
    except BaseException:
        for path, before in reversed(done):
            if before is None:
                path.unlink()
            else:
                before.replace(path)
        for part in made:
            if part.exists() and not any(part.iterdir()):
                part.rmdir()
        raise


def _write_table(
    rows: pa.Table, *, schema: TableSchema, folder: Path, target: TargetFormat
) -> list[tuple[Path, bytes]]:
    parted = folder / schema.name
    there = find_row_files(folder, table=schema.name)
    if not there and not parted.is_dir():
        path = folder / f"{schema.name}.{target}"
        ordered = rows.select(_order_filled(rows, schema=schema))
        return [(path, _csv_bytes(ordered) if target == "csv" else _parquet_bytes(ordered))]
    if parted.is_dir():
        return _write_parts(rows, schema=schema, parted=parted, folder=folder)
    (file,) = there
    return [(file.path, _add_rows(file.path, rows=rows, schema=schema))]


def _write_parts(rows: pa.Table, *, schema: TableSchema, parted: Path, folder: Path) -> list[tuple[Path, bytes]]:
    """Add rows to the files of their schools; a school's folder names it, so its files need not."""
    first_by_school: dict[str | None, Path] = {}
    for file in find_row_files(folder, table=schema.name):
        first_by_school.setdefault(file.school_id, file.path)
    written: list[tuple[Path, bytes]] = []
    schools = pc.unique(rows["school_id"]).to_pylist() if "school_id" in rows.column_names else [None]
    for school in sorted(schools, key=lambda name: name or ""):
        its = rows
        if "school_id" in rows.column_names:
            its = rows.filter(pc.is_null(rows["school_id"]) if school is None else pc.equal(rows["school_id"], school))
        path = first_by_school.get(school)
        if path is not None:
            written.append((path, _add_rows(path, rows=its, schema=schema)))
            continue
        place = parted if school is None else parted / f"{PARTITION}{quote(school, safe=' ')}"
        plain = its if school is None else its.drop_columns(["school_id"])
        ordered = plain.select(_order_filled(plain, schema=schema))
        written.append((place / "part-0.parquet", _parquet_bytes(ordered)))
    return written


def _order_filled(rows: pa.Table, *, schema: TableSchema) -> list[str]:
    """List the columns of a new table; one that no row fills is not made."""
    return [
        field.name
        for field in schema.fields
        if field.name in rows.column_names and (field.required or rows[field.name].null_count < rows.num_rows)
    ]


def _add_rows(path: Path, *, rows: pa.Table, schema: TableSchema) -> bytes:
    if path.suffix == ".csv":
        return _add_to_csv(path, rows=rows)
    with pq.ParquetFile(path, memory_map=False) as file:
        there = file.read(use_threads=False)
    if PARTITION in path.parent.name and "school_id" not in there.column_names:
        rows = rows.drop_columns(["school_id"])
    added = [name for name in _order_filled(rows, schema=schema) if name not in there.column_names]
    names = [*there.column_names, *added]
    columns = []
    for name in names:
        type_ = there[name].type if name in there.column_names else ARROW_TYPES[schema.field(name).type]
        old = there[name] if name in there.column_names else pa.nulls(there.num_rows, type_)
        new = rows[name].cast(type_) if name in rows.column_names else pa.nulls(rows.num_rows, type_)
        columns.append(pa.chunked_array([*_chunks(old), *_chunks(new)], type=type_))
    return _parquet_bytes(pa.table(columns, names=names))


def _chunks(values: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return list(values.chunks) if isinstance(values, pa.ChunkedArray) else [values]


def _add_to_csv(path: Path, *, rows: pa.Table) -> bytes:
    """Add lines to a CSV file; the lines that are there stay as they are, unless a column is added."""
    content = path.read_bytes()
    header = read_raw(path, columns=()).header
    line_end = b"\r\n" if content.split(b"\n", maxsplit=1)[0].endswith(b"\r") else b"\n"
    added = [name for name in rows.column_names if name not in header and rows[name].null_count < rows.num_rows]
    if added:
        content = _add_columns(content, width=len(added), names=added, line_end=line_end)
    names = [*header, *added]
    nothing = pa.nulls(rows.num_rows, pa.string())
    columns = [rows[name] if name in rows.column_names else nothing for name in names]
    lines = _csv_lines(pa.table(columns, names=names))
    if line_end == b"\r\n":
        lines = lines.replace(b"\n", b"\r\n")
    return content + (b"" if content.endswith(b"\n") else line_end) + lines


def _add_columns(content: bytes, *, width: int, names: list[str], line_end: bytes) -> bytes:
    text = content.decode("utf-8")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end.decode())
    for number, record in enumerate(csv.reader(io.StringIO(text, newline=""))):
        if record:
            writer.writerow([*record, *(names if number == 0 else [""] * width)])
    return out.getvalue().encode("utf-8")


def _csv_bytes(table: pa.Table) -> bytes:
    return ",".join(table.column_names).encode() + b"\n" + _csv_lines(table)


def _csv_lines(table: pa.Table) -> bytes:
    """Write rows as the lines of a CSV file, in quotation marks only where a cell needs them."""
    cells = [_quote(write_text(_chunked(column))) for column in table.columns]
    lines = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    written: list[str] = lines.to_pylist()
    return "".join(f"{line}\n" for line in written).encode("utf-8")


def _quote(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    needed = pc.match_substring_regex(texts, r'[",\r\n]')
    if not pc.any(needed).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def _chunked(column: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _parquet_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()
