"""Check a district folder or a state folder: every broken rule, by file, row, column and value."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mtss_analysis.district.check_columns import CheckedFile, check_file, from_error
from mtss_analysis.district.check_links import check_foreign_keys, check_primary_key
from mtss_analysis.district.files import SUFFIXES, find_district_folders, find_files, has_table
from mtss_analysis.district.problems import Problem
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import Severity, find_nearest, read_schema, table_names, tables_used_as
from mtss_analysis.errors import DataError

SPREADSHEET_SUFFIXES = (".xlsx", ".xls", ".ods", ".tsv", ".txt")


def check_folder(folder: Path) -> list[Problem]:
    """Check every table of a district folder, or of all district folders of a state folder.

    Parameters
    ----------
    folder : Path
        District folder or state folder.

    Returns
    -------
    list of Problem
        In the order of districts, tables and files; empty: the tables can be used as they are. Of each rule
        and column of a file, the first 10,000 rows are listed, and a last problem counts the rest.

    Raises
    ------
    DataError
        The folder is not there, or holds no schools table.
    """
    districts = find_district_folders(folder)
    problems = [problem for district in districts for problem in _check_district(district, root=folder)]
    return problems + list(_check_district_ids(districts, root=folder))


def _check_district(folder: Path, *, root: Path) -> Iterator[Problem]:
    yield from _check_names(folder, root=root)
    files_by_table: dict[str, list[CheckedFile]] = {}
    for name in table_names():
        if has_table(folder, table=name):
            problems, files_by_table[name] = _check_table(folder, table=name, root=root)
            yield from problems
    for name, files in files_by_table.items():
        yield from check_primary_key(files, schema=read_schema(name))
        yield from check_foreign_keys(name, files_by_table=files_by_table)


def _check_table(folder: Path, *, table: str, root: Path) -> tuple[list[Problem], list[CheckedFile]]:
    problems: list[Problem] = []
    files: list[CheckedFile] = []
    try:
        found = find_files(folder, table=table)
    except DataError as error:
        return [from_error(error, root=root, path=folder)], []
    for file in found:
        try:
            checked = check_file(file, schema=read_schema(table), root=root)
        except DataError as error:
            problems.append(from_error(error, root=root, path=file.path))
        else:
            problems += checked.problems
            files.append(checked)
    if table in tables_used_as("required") and not problems and not any(file.keys.num_rows for file in files):
        problems.append(
            _about_folder(folder, root=root, rule="rows", problem=f"The {table} table has no rows", next_step="Fill it")
        )
    return problems, files


def _check_names(folder: Path, *, root: Path) -> Iterator[Problem]:
    """Check which tables are there, and whether a file's name is that of no table."""
    for name in tables_used_as("required"):
        if not has_table(folder, table=name):
            missing = f"The {name} table is not there"
            yield _about_folder(
                folder,
                root=root,
                rule="table",
                problem=missing,
                next_step=f"Add {name}.csv or {name}.parquet",
            )
    outcomes = tables_used_as("outcome")
    if not any(has_table(folder, table=name) for name in outcomes):
        yield _about_folder(
            folder,
            root=root,
            rule="table",
            problem="There is no table of outcomes",
            next_step=f"Add one of {', '.join(outcomes)}",
        )
    for path in sorted(folder.iterdir()):
        suffix = path.suffix.lower()
        if suffix not in (*SUFFIXES, *SPREADSHEET_SUFFIXES) or path.stem + path.suffix in _table_files():
            continue
        nearest = find_nearest(path.stem, known=table_names())
        if suffix in SUFFIXES or nearest is not None:
            yield _about_folder(
                path,
                root=root,
                rule="unknown_file",
                severity="warning",
                problem="The file is not a table the kit knows, and is not read",
                next_step=f"Save it as {nearest}.csv if that is meant" if nearest else "Nothing, if it is not needed",
            )


def _check_district_ids(districts: Sequence[Path], *, root: Path) -> Iterator[Problem]:
    """Check that every folder is one district, and every district one folder."""
    folder_by_district_id: dict[str, Path] = {}
    for folder in districts:
        try:
            ids = sorted(read_table(folder, table="schools", columns=["district_id"])["district_id"].unique())
        except DataError:
            continue  # already reported with the schools table
        if len(ids) > 1:
            yield _about_folder(
                folder,
                root=root,
                rule="district",
                problem=f"The schools table names more than one district_id: {', '.join(ids[:5])}",
                next_step="Give each district a folder of its own",
            )
        for district_id in ids:
            other = folder_by_district_id.setdefault(district_id, folder)
            if other != folder:
                yield _about_folder(
                    folder,
                    root=root,
                    rule="district",
                    problem=f"The folder {other.name} holds district {district_id!r}, too",
                    next_step="Keep one of them",
                )


def _table_files() -> set[str]:
    return {f"{name}{suffix}" for name in table_names() for suffix in SUFFIXES}


def _about_folder(
    path: Path, *, root: Path, rule: str, problem: str, next_step: str, severity: Severity = "error"
) -> Problem:
    return Problem(
        file=path.relative_to(root).as_posix(),
        row=None,
        column=None,
        value=None,
        rule=rule,
        severity=severity,
        problem=problem,
        next_step=next_step,
    )
