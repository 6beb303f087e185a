"""Check plan files as a whole: whether they can be read, what their keys are, and whose they are by their names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from mtss_analysis.district.check_columns import from_error, name_file
from mtss_analysis.district.plan_files import DISTRICT, FOLDER, SUFFIX, PlanProblem, find_plans, read_plan_file
from mtss_analysis.district.problems import ProblemKind, whole
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import find_nearest
from mtss_analysis.district.table_rows import TableRows
from mtss_analysis.errors import DataError

CATALOGUE = (
    ("plan_file", "warning", "A file of the folder `plans` that is no plan, because its name does not end in `.yml`"),
    ("plan_school", "error", "A plan file is named after a school that the schools table does not have"),
    ("unknown_key", "error", "A key of a plan file is not a column of its table; the nearest one is given"),
    ("repeated_key", "error", "A key of a plan file is written twice in the same row"),
    ("takes_rows", "error", "Under `goals`, `actions` and so on stands something other than a list"),
    ("takes_keys", "error", "An item of such a list is not a group of keys"),
    ("takes_value", "error", "A list or a group of keys stands where one value belongs"),
    ("takes_values", "error", "An item of a list of values is itself a list or a group of keys"),
    ("other_row", "error", "A row names another goal or action than the one under which it stands"),
)
"""Rules on plan files: name, severity and what is wrong."""


def check_plan_files(folder: Path, *, root: Path) -> Iterator[ProblemKind]:
    """Check the form of the plan files of a district folder, and whose they are.

    Parameters
    ----------
    folder : Path
        District folder.
    root : Path
        The folder that is checked, which file names are relative to.

    Yields
    ------
    ProblemKind
        One for each place, with its line.
    """
    yield from _check_names(folder, root=root)
    for path, _ in find_plans(folder):
        try:
            problems = read_plan_file(path).problems
        except DataError as error:
            yield from_error(error, root=root, path=path)
        else:
            yield from (_as_kind(problem, file=name_file(path, root=root)) for problem in problems)


def is_readable(path: Path) -> bool:
    """Whether a plan file is YAML, so that its rows can be checked."""
    try:
        read_plan_file(path)
    except DataError:
        return False
    return True


def point_to_lines(kinds: Iterable[ProblemKind], *, tables: Mapping[str, TableRows]) -> Iterator[ProblemKind]:
    """Point, in plan files, to the line of the column and not to that of the row.

    Parameters
    ----------
    kinds : iterable of ProblemKind
        What a check found.
    tables : mapping of str to TableRows
        All tables that are there.

    Yields
    ------
    ProblemKind
        The same.
    """
    lines: dict[str, dict[tuple[int, str], int]] = {}
    for rows in tables.values():
        for file in rows.files:
            if file.cell_lines:
                lines.setdefault(file.name, {}).update(file.cell_lines)
    for kind in kinds:
        cells = lines.get(kind.file)
        if cells is not None and (kind.rule, kind.column) == ("link", "school_id"):
            continue  # the file's name says the school, and is reported as such
        if cells is None or kind.column is None:
            yield kind
            continue
        columns = kind.column.split(", ")
        yield replace(kind, rows=np.array([_find_line(cells, int(row), columns) for row in kind.rows], dtype=np.int64))


def _find_line(cells: Mapping[tuple[int, str], int], row: int, columns: list[str]) -> int:
    return next((cells[row, column] for column in reversed(columns) if (row, column) in cells), row)


def _check_names(folder: Path, *, root: Path) -> Iterator[ProblemKind]:
    place = folder / FOLDER
    if not place.is_dir():
        return
    for path in sorted(place.iterdir()):
        if not (path.is_file() and path.suffix == SUFFIX) and not path.name.startswith("."):
            yield whole(
                name_file(path, root=root),
                rule="plan_file",
                severity="warning",
                problem="This is not a plan, and is not read",
                next_step=f"Let its name end in {SUFFIX} if it is one, or move it out of {FOLDER}",
            )
    try:
        schools = {*read_table(folder, table="schools", columns=["school_id"])["school_id"].dropna()}
    except DataError:
        return  # already reported with the schools table
    for path, owner in find_plans(folder):
        if owner is not None and owner not in schools:
            nearest = find_nearest(owner, known={*schools, DISTRICT})
            yield whole(
                name_file(path, root=root),
                rule="plan_school",
                problem="The file is named after a school that the schools table does not have",
                next_step=f"Name it {nearest}{SUFFIX} if that is meant"
                if nearest
                else f"Name it after a school, such as {min(schools, default='0012')}{SUFFIX}, or {DISTRICT}{SUFFIX}",
            )


def _as_kind(problem: PlanProblem, *, file: str) -> ProblemKind:
    return ProblemKind(
        file=file,
        column=problem.column,
        rule=problem.rule,
        severity="error",
        problem=problem.problem,
        next_step=problem.next_step,
        rows=np.array([problem.line] if problem.line is not None else [], dtype=np.int64),
        values=pa.array([problem.value], pa.string()) if problem.line is not None else None,
    )
