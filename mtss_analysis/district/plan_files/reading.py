"""Read a plan file into rows of the plan tables, as text that is not yet checked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from mtss_analysis.district.plan_files.shape import PlanProblem, PlanRow, PlanWalk
from mtss_analysis.district.raw import RawFile
from mtss_analysis.district.schema import read_schema
from mtss_analysis.district.yaml_text import read_yaml_text
from mtss_analysis.errors import DataError, Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanFile:
    """What a plan file holds.

    Parameters
    ----------
    rows : mapping of str to tuple of PlanRow
        By table, in the order of the file.
    problems : tuple of PlanProblem
        What cannot be read, in the order of the lines; empty: nothing is wrong with its form.
    """

    rows: Mapping[str, tuple[PlanRow, ...]]
    problems: tuple[PlanProblem, ...]


def read_plan_file(path: Path) -> PlanFile:
    """Read a plan file; it is read again only where its size or times changed.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    PlanFile
        With all that can be read, and all that cannot.

    Raises
    ------
    DataError
        The file cannot be opened, is not UTF-8 or is not YAML.
    """
    try:
        now = path.stat()
    except OSError as error:
        raise DataError(
            f"The file cannot be opened: {error.strerror or 'it is not readable'}",
            next_step="Close it where it is open, and allow reading it",
            place=Place(file=path),
        ) from error
    return _read(path, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


def read_plan_table(path: Path, *, table: str, columns: Collection[str], strict: bool = True) -> RawFile:
    """Read the rows of one table out of a plan file.

    Parameters
    ----------
    path : Path
        The file.
    table : str
        Table name.
    columns : collection of str
        Columns to read; ``school_id`` is the file's name, and never in the file.
    strict : bool
        Whether a file in which anything cannot be read is refused; otherwise the rows that can be read are given.

    Returns
    -------
    RawFile
        Text, with the line of every row and cell.

    Raises
    ------
    DataError
        The file cannot be read; strict: with everything in it that cannot, by line.
    """
    file = read_plan_file(path)
    if strict and file.problems:
        raise _refusal(file.problems, path=path)
    header = tuple(name for name in read_schema(table).column_names if name != "school_id")
    rows = file.rows[table]
    arrays = {name: pa.array([row.cells.get(name) for row in rows], pa.string()) for name in header if name in columns}
    return RawFile(
        header=header,
        table=pa.table(arrays) if arrays else pa.table({"": pa.nulls(len(rows))}),
        bad_rows=(),
        skipped_rows=(),
        lines=tuple(row.line for row in rows),
        cell_lines={(row.line, name): line for row in rows for name, line in row.lines.items()},
    )


@lru_cache(maxsize=4096)
def _read(path: Path, *_state: int) -> PlanFile:
    text = read_yaml_text(
        path, what="plan", example="parameters/plan_template.yml", error_kind=DataError, may_be_empty=True
    )
    walk = PlanWalk(text=text)
    walk.walk()
    problems = sorted(walk.problems, key=lambda problem: problem.line or 0)
    return PlanFile(rows={name: tuple(rows) for name, rows in walk.rows.items()}, problems=tuple(problems))


def _refusal(problems: tuple[PlanProblem, ...], *, path: Path) -> DataError:
    first = problems[0]
    if len(problems) == 1:
        return DataError(
            first.problem, next_step=first.next_step, place=Place(file=path, line=first.line, column=first.column)
        )
    listed = "".join(f"\n  line {one.line}, {one.column}: {one.problem}. {one.next_step}" for one in problems)
    return DataError(
        f"The plan has {len(problems)} places that cannot be read{listed}",
        next_step="Correct these lines",
        place=Place(file=path),
    )
