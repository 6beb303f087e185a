"""What is wrong with a district's tables, row by row, and how to print or save it."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path

from mtss_analysis.district.schema import Severity

FIRST_OF_EACH_KIND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    file : str
        File or folder, relative to the folder that was checked, with forward slashes.
    row : int or None
        Data row, counted from 1 without the header; None: the file or column as a whole.
    column : str or None
        Column, or the columns of a key joined by ``, ``.
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
    for (severity, file, column, _), group in groupby(
        ordered, key=lambda problem: (problem.severity, problem.file, problem.column, problem.rule)
    ):
        kind = list(group)
        where = f"{file}, column {column}" if column else file
        says_the_same = len({(problem.problem, problem.next_step) for problem in kind}) == 1
        what = f"{kind[0].problem}. {kind[0].next_step}." if says_the_same else f"{kind[0].problem}."
        lines.append(f"{severity.upper()}  {where}: {what}")
        rows = [problem for problem in kind if problem.row is not None]
        lines += [_describe_row(problem, with_next_step=not says_the_same) for problem in rows[:first]]
        if len(rows) > first:
            lines.append(f"    and {len(rows) - first} more rows")
    return lines


def write_problems_csv(problems: Iterable[Problem], *, path: Path) -> None:
    """Write all problems as CSV, one a row, in the columns of ``Problem``.

    Parameters
    ----------
    problems : iterable of Problem
        What a check found.
    path : Path
        The file; replaced if it is there.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([field.name for field in fields(Problem)])
        writer.writerows(astuple(problem) for problem in problems)


def _describe_row(problem: Problem, *, with_next_step: bool) -> str:
    value = f": {problem.value}" if problem.value is not None else ""
    next_step = f". {problem.next_step}." if with_next_step else ""
    return f"    row {problem.row}{value}{next_step}"
