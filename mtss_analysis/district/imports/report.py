"""What an import did: counted for the terminal, and listed in a file that stays with the district."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from mtss_analysis.district.imports.merge import Conflict
from mtss_analysis.district.imports.refusals import Refusal

COLUMNS = ("kind", "table", "file", "row", "key", "column", "value_there", "value_in_export", "problem", "next_step")
FIRST_OF_EACH_KIND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A record that was taken although it names a person no other table knows.

    Parameters
    ----------
    table, file, row : str, str, int
        Table that is filled, file of the export and its row.
    column, value : str, str
        Columns that name the person, and the id.
    other : str
        The table that lacks it.
    """

    table: str
    file: str
    row: int
    column: str
    value: str
    other: str


@dataclass(slots=True, kw_only=True, eq=False)
class TableCount:
    """What became of the records of one table; they add up to the records in.

    Parameters
    ----------
    records_in : int
        Records that the export makes: its rows, times the lines of ``for_each``.
    new, already, in_conflict, refused : int
        Written, there already, there with another value, and not usable.
    left_out : dict of str to int
        Left out by a rule, by its reason.
    unknown_people : dict of str to int
        Persons that another table does not know, by that table; their records are written all the same.
    """

    records_in: int = 0
    new: int = 0
    already: int = 0
    in_conflict: int = 0
    refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    unknown_people: dict[str, int] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        """Sum of what became of the records."""
        return self.new + self.already + self.in_conflict + self.refused + sum(self.left_out.values())


@dataclass(slots=True, kw_only=True, eq=False)
class ImportResult:
    """What an import did.

    Parameters
    ----------
    rows_in : dict of str to int
        Rows of each file of the export.
    not_data : dict of str to int
        Of them those that are no data, by reason: footers, repeated headers, empty rows.
    counts : dict of str to TableCount
        By table.
    refusals, conflicts, unknown : lists
        What is listed in the report.
    notes : list of str
        What was found out about the files.
    changed : tuple of Path
        Files that were made or changed; empty: nothing was written.
    dry_run, stopped : bool
        Whether it was only tried, and whether refused records kept it from writing.
    """

    rows_in: dict[str, int] = field(default_factory=dict)
    not_data: dict[str, int] = field(default_factory=dict)
    counts: dict[str, TableCount] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changed: tuple[Path, ...] = ()
    dry_run: bool = False
    stopped: bool = False

    @property
    def refused(self) -> int:
        """Records of all tables that cannot be written, and rows that cannot be read."""
        return sum(count.refused for count in self.counts.values())

    @property
    def exit_code(self) -> int:
        """0: all done; 1: written but for refused records or conflicts; 2: nothing was written."""
        if self.stopped:
            return 2
        return int(self.refused > 0 or any(count.in_conflict for count in self.counts.values()))


def describe_import(result: ImportResult, *, first: int = FIRST_OF_EACH_KIND) -> list[str]:
    """Describe an import for a terminal; no value that stands for a person is shown.

    Parameters
    ----------
    result : ImportResult
        What was done.
    first : int
        How many of each kind are listed; the rest is counted.

    Returns
    -------
    list of str
        Lines without line ends.
    """
    lines = [f"{name}: {_number(rows, 'row')}" for name, rows in result.rows_in.items()]
    lines += [f"    {reason}: {_number(rows, 'row')} left out" for reason, rows in result.not_data.items()]
    lines += [f"    {note}" for note in result.notes]
    lines += _describe_refusals(result.refusals, first=first)
    lines += _describe_conflicts(result.conflicts, first=first)
    tried = result.dry_run or result.stopped
    for table, count in result.counts.items():
        lines.append(f"{table}: {_number(count.records_in, 'record')} in")
        lines.append(f"    {count.new} {'would be new' if tried else 'written'}")
        lines.append(f"    {count.already} there already")
        if count.in_conflict:
            lines.append(f"    {count.in_conflict} there with other values, which stay")
        if count.refused:
            lines.append(f"    {count.refused} refused")
        lines += [f"    {number} left out: {reason}" for reason, number in count.left_out.items()]
        for other, number in count.unknown_people.items():
            who = "student" if other == "enrollments" else "person"
            lines.append(f"    of the records taken, {_number(number, who)} not in {other}: listed in the report")
    return lines


def write_report(result: ImportResult, *, path: Path) -> int:
    """Write the list of refused records, conflicts and unknown persons as CSV.

    The file holds ids and values of students: it is confidential, and readable by its owner alone.

    Parameters
    ----------
    result : ImportResult
        What was done.
    path : Path
        The file; replaced if it is there.

    Returns
    -------
    int
        How many rows it has; where there is nothing to list, no file is written and an old one is taken away.
    """
    rows = list(_report_rows(result))
    if not rows:
        path.unlink(missing_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)


def _report_rows(result: ImportResult) -> Iterator[tuple[object, ...]]:
    for refusal in result.refusals:
        yield (
            "refused", refusal.table, refusal.file, refusal.row, None, refusal.column, None, refusal.value,
            refusal.problem, refusal.next_step,
        )  # fmt: skip
    for conflict in result.conflicts:
        yield (
            "conflict", conflict.table, conflict.file, conflict.row, conflict.key, conflict.column, conflict.there,
            conflict.in_export, "The table holds another value, which stays",
            "Correct the table by hand if the export is right",
        )  # fmt: skip
    for unknown in result.unknown:
        yield (
            "unknown", unknown.table, unknown.file, unknown.row, unknown.value, unknown.column, None, None,
            f"The {unknown.other} table has no such row; the record was taken",
            f"Import {unknown.other}, or look whether the mapping names the right id",
        )  # fmt: skip


def _describe_refusals(refusals: Sequence[Refusal], *, first: int) -> Iterator[str]:
    def kind(refusal: Refusal) -> tuple[str, str, str, str]:
        return refusal.table, refusal.column, refusal.problem, refusal.next_step

    for (table, column, problem, next_step), group in groupby(sorted(refusals, key=kind), key=kind):
        listed = list(group)
        source = f", from {listed[0].header}" if listed[0].header else ""
        yield f"REFUSED  {table}, column {column}{source}: {problem}. {next_step}."
        by_value: dict[str, list[Refusal]] = {}
        for refusal in listed:
            by_value.setdefault(_shown(refusal), []).append(refusal)
        for shown, alike in list(by_value.items())[:first]:
            rows = ", ".join(str(refusal.row) for refusal in alike[:5]) + (", …" if len(alike) > 5 else "")
            where = f"{Path(alike[0].file).name}, {'row' if len(alike) == 1 else f'{len(alike)} rows:'} {rows}"
            yield f"    {where}{shown}"
        if len(by_value) > first:
            yield f"    and {len(by_value) - first} more values"


def _shown(refusal: Refusal) -> str:
    if refusal.personal or not refusal.value:
        return ""
    return f": {refusal.value[:60]}"


def _describe_conflicts(conflicts: Sequence[Conflict], *, first: int) -> Iterator[str]:
    def kind(conflict: Conflict) -> tuple[str, str]:
        return conflict.table, conflict.column

    for (table, column), group in groupby(sorted(conflicts, key=kind), key=kind):
        listed = list(group)
        yield (
            f"CONFLICT  {table}, column {column}: the table holds another value, which stays. "
            "Correct the table by hand if the export is right; the report names the keys."
        )
        for conflict in listed[:first]:
            values = (
                ""
                if conflict.personal
                else f": {_or_empty(conflict.there)} there, {_or_empty(conflict.in_export)} in the export"
            )
            yield f"    {Path(conflict.file).name}, row {conflict.row}{values}"
        if len(listed) > first:
            yield f"    and {len(listed) - first} more rows"


def _or_empty(value: str | None) -> str:
    return "nothing" if value is None else repr(value)


def _number(count: int, noun: str) -> str:
    plural = "people" if noun == "person" else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
