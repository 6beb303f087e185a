"""Check one file on its own: its header, its rows, and every value against its column's rules."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mtss_analysis.district.columns import Fault, TypedColumn, type_column
from mtss_analysis.district.files import DataFile
from mtss_analysis.district.problems import ProblemKind, whole
from mtss_analysis.district.raw import RawFile
from mtss_analysis.district.read import find_missing_columns, partition_column, read_rows
from mtss_analysis.district.schema import TableSchema, find_nearest, read_schema, table_names
from mtss_analysis.district.table_rows import CheckedFile, as_values
from mtss_analysis.errors import MtssError

# Columns that rules of other tables look up, beside those that links name.
LOOKED_UP = {
    "enrollments": {"student_id", "school_id", "school_year", "grade", "entry_date", "exit_date"},
    "staff": {"staff_id", "school_year", "role"},
    "calendar": {"school_id", "date", "instructional"},
    "trainings": {"training_id", "date"},
    "services": {"student_id", "intervention_id"},
    "schools": {"school_id", "school_year"},
    "screenings": {"measure"},
    "walkthroughs": {"practice"},
    "interventions": {"intervention_id"},
    "capacity": {"staff_role"},
    "goals": {"goal_id", "planned_on", "finding_id"},
    "actions": {"action_id", "goal_id", "cause_id"},
}


def check_file(file: DataFile, *, schema: TableSchema, root: Path) -> CheckedFile:
    """Check one file of a table.

    Parameters
    ----------
    file : DataFile
        The file.
    schema : TableSchema
        What it should hold.
    root : Path
        The folder that is checked, which file names are relative to.

    Returns
    -------
    CheckedFile
        With the columns that other rows and tables are held against.

    Raises
    ------
    DataError
        The file cannot be read at all.
    """
    name = name_file(file.path, root=root)
    raw = read_rows(file, table=schema.name, columns=schema.column_names, strict=False)
    kinds = [*_check_cells(raw, name=name), *_check_header(raw, schema=schema, file=file, name=name)]
    columns = {column: raw.table[column] for column in raw.table.column_names}
    school = partition_column(raw, file=file) if "school_id" in schema.column_names else None
    if school is not None:
        kinds += _check_partition(raw, file=file, name=name)
        columns["school_id"] = school
    typed = {column: type_column(values, field=schema.field(column)) for column, values in columns.items()}
    size = raw.table.num_rows
    row_numbers = raw.row_numbers(np.arange(size, dtype=np.int64)) if raw.has_own_numbers else None
    empty = _find_empty_rows(typed, schema=schema, size=size)
    if len(empty):
        kinds.append(_empty_rows(empty, row_numbers=row_numbers, name=name))
    for column, found in typed.items():
        for fault in found.faults:
            kinds += _report(fault, name=name, column=column, row_numbers=row_numbers, but=empty)
    held = _held_against_others(schema)
    return CheckedFile(
        name=name,
        size=size,
        row_numbers=row_numbers,
        columns={
            column: as_values(values, schema_field=schema.field(column))
            for column, values in typed.items()
            if column in held
        },
        filled={column: _has_values(values) for column, values in typed.items()},
        kinds=tuple(kinds),
        cell_lines=raw.cell_lines,
    )


def from_error(error: MtssError, *, root: Path, path: Path) -> ProblemKind:
    """Turn an error about a file or folder into a problem."""
    place = error.place
    rows = [place.row] if place is not None and place.row is not None else []
    line = f"line {place.line}" if place is not None and place.line is not None else None
    return ProblemKind(
        file=name_file(path, root=root),
        column=place.column if place is not None else None,
        rule="readable",
        severity="error",
        problem=f"{error.problem} ({line})" if line else error.problem,
        next_step=error.next_step,
        rows=np.array(rows, dtype=np.int64),
    )


def name_file(path: Path, *, root: Path) -> str:
    """Name a file relative to the folder that is checked, so that any terminal and file can hold the name."""
    text = path.relative_to(root).as_posix()
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _check_cells(raw: RawFile, *, name: str) -> Iterator[ProblemKind]:
    if raw.bad_rows:
        yield ProblemKind(
            file=name,
            column=None,
            rule="cells",
            severity="error",
            problem="The row has more or fewer cells than the header has columns",
            next_step="Look for a comma that belongs in quotation marks",
            rows=np.array(raw.bad_rows, dtype=np.int64),
        )


def _check_header(raw: RawFile, *, schema: TableSchema, file: DataFile, name: str) -> Iterator[ProblemKind]:
    if not set(raw.header) & set(schema.column_names):
        # The first line may be a student's row, so that its cells are not shown.
        yield whole(
            name,
            rule="header",
            problem="The first line names no column of the table",
            next_step=f"Write the names of the columns there: {', '.join(schema.required_columns)}",
        )
        return
    for missing, nearest in find_missing_columns(raw, schema=schema, file=file):
        yield whole(
            name,
            column=missing,
            rule="column",
            problem="The required column is not there",
            next_step=f"Rename {nearest!r} if that is it, or add the column" if nearest else "Add the column",
        )
    for column in raw.header:
        if column not in schema.column_names:
            nearest = find_nearest(column[:100], known=set(schema.column_names) - set(raw.header))
            yield whole(
                name,
                column=_one_line(column),
                rule="unknown_column",
                severity="warning",
                problem="The column is not one the kit knows, and is not read",
                next_step=f"Rename it to {nearest!r} if that is meant" if nearest else "Nothing, if it is not needed",
            )


def _one_line(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:100])
    return shown if len(text) <= 100 else f"{shown}…"


def _check_partition(raw: RawFile, *, file: DataFile, name: str) -> Iterator[ProblemKind]:
    """Check that a file of one school's folder names no other school in its own column."""
    if file.school_id is None or "school_id" not in raw.table.column_names:
        return
    try:
        inside = pc.cast(raw.table["school_id"], pa.string())
    except pa.ArrowException:
        inside = pa.nulls(raw.table.num_rows, pa.string())
    positions = np.flatnonzero(pc.fill_null(pc.not_equal(inside, file.school_id), fill_value=True).to_numpy(False))
    if len(positions):
        yield ProblemKind(
            file=name,
            column="school_id",
            rule="partition",
            severity="error",
            problem="The row names another school than the folder it lies in",
            next_step="Move the row to the folder of its school, or leave the column out",
            rows=raw.row_numbers(positions.astype(np.int64)),
        )


def _find_empty_rows(typed: dict[str, TypedColumn], *, schema: TableSchema, size: int) -> npt.NDArray[np.int64]:
    """Find the rows in which no column has anything, of a table that asks for something."""
    candidates: npt.NDArray[np.int64] | None = None
    for column in schema.required_columns:
        faults = [fault.rows for fault in typed[column].faults if fault.rule == "required"] if column in typed else []
        if not faults:
            return np.empty(0, dtype=np.int64)
        candidates = faults[0] if candidates is None else np.intersect1d(candidates, faults[0], assume_unique=True)
    if candidates is None or size == 0:
        return np.empty(0, dtype=np.int64)
    for values in typed.values():
        if values.codes is not None:
            candidates = candidates[values.codes[candidates] < 0]
        else:
            missing = values.distinct.is_null().to_numpy(zero_copy_only=False)
            candidates = candidates[missing[candidates]]
    return candidates


def _empty_rows(
    positions: npt.NDArray[np.int64], *, row_numbers: npt.NDArray[np.int64] | None, name: str
) -> ProblemKind:
    return ProblemKind(
        file=name,
        column=None,
        rule="empty_row",
        severity="error",
        problem="The row has commas, but no value",
        next_step="Delete the row",
        rows=positions + 1 if row_numbers is None else row_numbers[positions],
    )


def _report(
    fault: Fault,
    *,
    name: str,
    column: str,
    row_numbers: npt.NDArray[np.int64] | None,
    but: npt.NDArray[np.int64],
) -> Iterator[ProblemKind]:
    rows = fault.rows
    if fault.rule == "required" and len(but):
        rows = np.setdiff1d(rows, but, assume_unique=True)
        if len(rows) == 0:
            return
    yield ProblemKind(
        file=name,
        column=column,
        rule=fault.rule,
        severity=fault.severity,
        problem=fault.problem,
        next_step=fault.next_step,
        rows=rows + 1 if row_numbers is None else row_numbers[rows],
        values=fault.shown,
    )


def _has_values(column: TypedColumn) -> bool:
    """Whether any cell holds something, usable or not."""
    return len(column.distinct) > column.distinct.null_count or any(fault.rule != "required" for fault in column.faults)


def _held_against_others(schema: TableSchema) -> set[str]:
    """Columns that name a row, are linked with a table, either way, or that a rule looks at."""
    held = set(schema.primary_key) | {name for key in schema.foreign_keys for name in key.fields}
    held |= {name for rule in schema.rules for name in (*rule.columns, *rule.by)}
    held |= LOOKED_UP.get(schema.name, set())
    for table in table_names():
        for key in read_schema(table).foreign_keys:
            if key.table == schema.name:
                held |= set(key.reference)
    return held
