"""What is wrong with a district's tables, row by row, and how to print or save it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mtss_analysis.district.plan_files.places import SUFFIX as PLAN_SUFFIX
from mtss_analysis.district.rules import Severity

FIRST_OF_EACH_KIND = 20
LISTED = 10_000
_ROWS_AT_ONCE = 100_000
# A spreadsheet runs a cell that begins so as a formula.
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    file : str
        File or folder, relative to the folder that was checked, with forward slashes.
    row : int or None
        Data row, counted from 1 without the header, or line of a plan file; None: the file or column as a whole.
    column : str or None
        Column, or several columns joined by ``, ``.
    value : str or None
        What stands there; None where nothing does, and always where it stands for a person.
    rule : str
        Short name of the rule that is broken.
    severity : {"error", "warning"}
        An error stops a run.
    problem : str
        What is wrong, in one sentence without a full stop.
    next_step : str
        What to do about it, in one sentence without a full stop.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    severity: Severity
    problem: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProblemKind:
    """The same thing wrong in any number of rows of one file, held by column.

    Parameters
    ----------
    file, column, rule, severity, problem, next_step
        As in ``Problem``.
    rows : (n,) int array
        Data rows, counted from 1, or lines of a plan file; empty: the file or column as a whole.
    values : pyarrow.Array of string or None
        What stands in each of the rows; None as in ``Problem``.
    next_steps : pyarrow.Array of string or None
        What to do in each of the rows; None: the same, ``next_step``, in all.
    """

    file: str
    column: str | None
    rule: str
    severity: Severity
    problem: str
    next_step: str
    rows: npt.NDArray[np.int64]
    values: pa.Array | None = None
    next_steps: pa.Array | None = None

    def __len__(self) -> int:
        """Count the problems: one for each row, or one for the whole."""
        return max(len(self.rows), 1)

    def __bool__(self) -> bool:
        """A kind is something, whatever its length."""
        return True

    def list(self, *, start: int = 0, stop: int | None = None) -> Iterator[Problem]:
        """Give the problems from ``start`` up to ``stop``, in the order of the rows."""
        values = [None] * len(self.rows[start:stop])
        if self.values is not None:
            values = self.values[start:stop].to_pylist()
        next_steps = [self.next_step] * len(values)
        if self.next_steps is not None:
            next_steps = self.next_steps[start:stop].to_pylist()
        if len(self.rows) == 0 and start == 0:
            yield self._problem(row=None, value=None, next_step=self.next_step)
        for row, value, next_step in zip(self.rows[start:stop].tolist(), values, next_steps, strict=True):
            yield self._problem(row=row, value=value, next_step=next_step)

    def _problem(self, *, row: int | None, value: str | None, next_step: str) -> Problem:
        return Problem(
            file=self.file,
            row=row,
            column=self.column,
            value=value,
            rule=self.rule,
            severity=self.severity,
            problem=self.problem,
            next_step=next_step,
        )


def whole(
    file: str, *, rule: str, problem: str, next_step: str, column: str | None = None, severity: Severity = "error"
) -> ProblemKind:
    """Make the kind of a problem that a file or a column has as a whole."""
    return ProblemKind(
        file=file,
        column=column,
        rule=rule,
        severity=severity,
        problem=problem,
        next_step=next_step,
        rows=np.empty(0, dtype=np.int64),
    )


def name_unit(file: str) -> str:
    """Say what the rows of a file are counted in: ``line`` of a plan file, ``row`` of any other."""
    return "line" if file.endswith(PLAN_SUFFIX) else "row"


def list_problems(kinds: Iterable[ProblemKind], *, first: int = LISTED) -> list[Problem]:
    """List problems one by one.

    Parameters
    ----------
    kinds : iterable of ProblemKind
        What a check found.
    first : int
        How many rows of each kind are listed; one more problem, without a row, counts the rest.

    Returns
    -------
    list of Problem
        In the order of the kinds, then of the rows.
    """
    problems: list[Problem] = []
    for kind in kinds:
        problems += kind.list(stop=first)
        if len(kind) > first:
            more = f"{kind.problem}; {len(kind) - first} more rows are like it"
            problems.append(
                Problem(
                    file=kind.file,
                    row=None,
                    column=kind.column,
                    value=None,
                    rule=kind.rule,
                    severity=kind.severity,
                    problem=more,
                    next_step=kind.next_step,
                )
            )
    return problems


def count_errors(problems: Iterable[Problem]) -> int:
    """Count the problems that stop a run.

    Parameters
    ----------
    problems : iterable of Problem
        What a check found.

    Returns
    -------
    int
        How many are errors.
    """
    return sum(problem.severity == "error" for problem in problems)


def describe_problems(problems: Sequence[Problem], *, first: int = FIRST_OF_EACH_KIND) -> list[str]:
    """Describe problems for a terminal: a heading for each kind, then the first rows of that kind.

    Parameters
    ----------
    problems : sequence of Problem
        As ``check_folder`` gives them.
    first : int
        How many rows of each kind are listed; the rest is counted.

    Returns
    -------
    list of str
        Lines without line ends; errors before warnings.
    """
    lines: list[str] = []
    ordered = sorted(problems, key=lambda problem: (problem.severity, problem.file, problem.column or "", problem.rule))
    for _, group in groupby(ordered, key=lambda one: (one.severity, one.file, one.column, one.rule)):
        alike = list(group)
        lines += _describe(alike[:first] if alike[0].row is None else alike, count=len(alike), first=first)
    return lines


def describe_kinds(kinds: Iterable[ProblemKind], *, first: int = FIRST_OF_EACH_KIND) -> list[str]:
    """Describe kinds of problems for a terminal, as ``describe_problems`` does.

    Parameters
    ----------
    kinds : iterable of ProblemKind
        What a check found, in any number of rows.
    first : int
        How many rows of each file, column and rule are listed; the rest is counted.

    Returns
    -------
    list of str
        Lines without line ends; errors before warnings.
    """
    lines: list[str] = []
    for alike in group_kinds(kinds):
        shown = sorted(
            (problem for kind in alike for problem in kind.list(stop=first)), key=lambda problem: problem.row or 0
        )
        lines += _describe(shown, count=sum(len(kind) for kind in alike), first=first)
    return lines


def group_kinds(kinds: Iterable[ProblemKind]) -> list[list[ProblemKind]]:
    """Put together the kinds of one file, column and rule; errors before warnings, then by file and column."""

    def key(kind: ProblemKind) -> tuple[str, str, str, str]:
        return (kind.severity, kind.file, kind.column or "", kind.rule)

    return [list(group) for _, group in groupby(sorted(kinds, key=key), key=key)]


def write_problems_csv(problems: Iterable[Problem], *, path: Path) -> None:
    """Write problems as CSV, one a row, in the columns of ``Problem``.

    Parameters
    ----------
    problems : iterable of Problem
        What a check found. A value that a spreadsheet would run as a formula gets an apostrophe in front.
    path : Path
        The file; replaced if it is there.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Problem)])
        for problem in problems:
            cells = astuple(problem)
            writer.writerow([_defuse(cell) if isinstance(cell, str) else cell for cell in cells])


def list_all(kinds: Iterable[ProblemKind]) -> Iterator[Problem]:
    """Give every problem of every kind, however many there are, without holding them all."""
    for kind in kinds:
        for start in range(0, len(kind), _ROWS_AT_ONCE):
            yield from kind.list(start=start, stop=start + _ROWS_AT_ONCE)


def _describe(alike: Sequence[Problem], *, count: int, first: int) -> list[str]:
    one = alike[0]
    where = f"{one.file}, column {one.column}" if one.column else one.file
    says_the_same = len({(problem.problem, problem.next_step) for problem in alike}) == 1
    what = f"{one.problem}. {one.next_step}." if says_the_same else f"{one.problem}."
    lines = [f"{one.severity.upper()}  {where}: {what}"]
    rows = [problem for problem in alike if problem.row is not None]
    lines += [_describe_row(problem, with_next_step=not says_the_same) for problem in rows[:first]]
    if rows and count > first:
        lines.append(f"    and {count - first} more {name_unit(one.file)}s")
    return lines


def _describe_row(problem: Problem, *, with_next_step: bool) -> str:
    value = f": {problem.value}" if problem.value is not None else ""
    next_step = f". {problem.next_step}." if with_next_step else ""
    return f"    {name_unit(problem.file)} {problem.row}{value}{next_step}"


def _defuse(cell: str) -> str:
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
