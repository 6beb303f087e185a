"""Check a district folder or a state folder: every broken rule, by file, row, column and value."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.check_columns import check_file, from_error, name_file
from mtss_analysis.district.check_links import check_foreign_keys, check_lost_zeros, check_primary_key
from mtss_analysis.district.check_plan import check_causes, check_findings
from mtss_analysis.district.check_plan_files import check_plan_files, is_readable, point_to_lines
from mtss_analysis.district.check_rules import check_rules
from mtss_analysis.district.files import SUFFIXES, find_district_folders, find_files, has_table
from mtss_analysis.district.problems import Problem, ProblemKind, list_problems, whole
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import find_nearest, read_schema, table_names, tables_used_as
from mtss_analysis.district.table_rows import CheckedFile, TableRows
from mtss_analysis.district.withhold import withhold_people
from mtss_analysis.errors import DataError, Place

SPREADSHEET_SUFFIXES = (".xlsx", ".xls", ".ods", ".tsv", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedDistrict:
    """What a check found in one district folder.

    Parameters
    ----------
    name : str
        Name of the folder.
    rows : mapping of str to int
        Number of rows that could be read, by table that is there.
    filled : mapping of str to frozenset of str
        Columns that hold at least one value, by table that is there.
    """

    name: str
    rows: Mapping[str, int]
    filled: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Check:
    """What a check found.

    Parameters
    ----------
    kinds : tuple of ProblemKind
        In the order of districts and tables; empty: the tables can be used as they are.
    districts : tuple of CheckedDistrict
        In the order of their folders' names.
    """

    kinds: tuple[ProblemKind, ...]
    districts: tuple[CheckedDistrict, ...]

    def count(self, severity: str) -> int:
        """Count the problems of a severity."""
        return sum(len(kind) for kind in self.kinds if kind.severity == severity)


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
        and column of a file, the first 10,000 rows are listed, and a last problem counts the rest;
        ``check_tables`` has them all.

    Raises
    ------
    DataError
        The folder is not there, or holds no schools table.
    """
    return list_problems(check_tables(folder).kinds)


def check_tables(folder: Path, *, causes: Collection[str] = (), findings: Collection[str] = ()) -> Check:
    """Check every table of a district folder, or of all district folders of a state folder.

    Parameters
    ----------
    folder : Path
        District folder or state folder.
    causes : collection of str
        Ids of a run file's candidate causes, which actions of the plan may name; empty: they are not checked.
    findings : collection of str
        Names of the findings that goals of the plan may answer; empty: they are not checked.

    Returns
    -------
    Check
        All problems, and what the tables hold.

    Raises
    ------
    DataError
        The folder is not there, cannot be read, or holds no schools table.
    """
    try:
        districts = find_district_folders(folder)
        kinds: list[ProblemKind] = []
        checked: list[CheckedDistrict] = []
        for district in districts:
            found, what = _check_district(district, root=folder, causes=causes, findings=findings)
            kinds += found
            checked.append(what)
        kinds += _check_district_ids(districts, root=folder)
    except OSError as error:
        raise DataError(
            f"The folder cannot be read: {error.strerror or 'unknown reason'}",
            next_step="Allow reading it and the folders in it",
            place=Place(file=folder),
        ) from error
    return Check(kinds=tuple(kinds), districts=tuple(checked))


def _check_district(
    folder: Path, *, root: Path, causes: Collection[str], findings: Collection[str]
) -> tuple[list[ProblemKind], CheckedDistrict]:
    kinds = list(_check_names(folder, root=root))
    tables: dict[str, TableRows] = {}
    for name in table_names():
        if has_table(folder, table=name):
            found, files = _check_table(folder, table=name, root=root)
            kinds += found
            tables[name] = TableRows(schema=read_schema(name), files=files)
    kinds += check_plan_files(folder, root=root)
    for rows in tables.values():
        if rows.size:
            kinds += check_primary_key(rows)
            kinds += check_lost_zeros(rows)
            kinds += check_foreign_keys(rows, tables=tables)
            kinds += check_rules(rows, tables=tables)
    kinds += check_causes(tables, causes=causes)
    kinds += check_findings(tables, findings=findings)
    filled = {
        name: frozenset(column for file in rows.files for column, is_filled in file.filled.items() if is_filled)
        for name, rows in tables.items()
    }
    rows_by_table = {name: rows.size for name, rows in tables.items()}
    shown = list(withhold_people(point_to_lines(kinds, tables=tables), tables=tables))
    return shown, CheckedDistrict(name=folder.resolve().name, rows=rows_by_table, filled=filled)


def _check_table(folder: Path, *, table: str, root: Path) -> tuple[list[ProblemKind], tuple[CheckedFile, ...]]:
    kinds: list[ProblemKind] = []
    files: list[CheckedFile] = []
    try:
        found = find_files(folder, table=table)
    except DataError as error:
        return [from_error(error, root=root, path=folder)], ()
    for file in found:
        if file.is_plan and not is_readable(file.path):
            continue  # reported once, and not with each of its tables
        try:
            checked = check_file(file, schema=read_schema(table), root=root)
        except DataError as error:
            kinds.append(from_error(error, root=root, path=file.path))
        else:
            kinds += checked.kinds
            files.append(checked)
    if table in tables_used_as("required") and not kinds and not any(file.size for file in files):
        empty = f"The {table} table has no rows"
        kinds.append(whole(name_file(folder, root=root), rule="rows", problem=empty, next_step="Fill it"))
    return kinds, tuple(files)


def _check_names(folder: Path, *, root: Path) -> Iterator[ProblemKind]:
    """Check which tables are there, and whether a file's name is that of no table."""
    place = name_file(folder, root=root)
    for name in tables_used_as("required"):
        if not has_table(folder, table=name):
            missing = f"The {name} table is not there"
            yield whole(place, rule="table", problem=missing, next_step=f"Add {name}.csv or {name}.parquet")
    outcomes = tables_used_as("outcome")
    if not any(has_table(folder, table=name) for name in outcomes):
        one_of = f"Add one of {', '.join(outcomes)}"
        yield whole(place, rule="table", problem="There is no table of outcomes", next_step=one_of)
    for path in sorted(folder.iterdir()):
        suffix = path.suffix.lower()
        is_table = path.stem + path.suffix in _table_files() and path.is_file()
        if suffix not in (*SUFFIXES, *SPREADSHEET_SUFFIXES) or is_table:
            continue
        nearest = find_nearest(path.stem[:100], known=table_names())
        if suffix in SUFFIXES or nearest is not None:
            what = "The file is" if path.is_file() else "This is no file that can be opened, or"
            yield whole(
                name_file(path, root=root),
                rule="unknown_file",
                severity="warning",
                problem=f"{what} not a table the kit knows, and is not read",
                next_step=f"Save it as {nearest}.csv if that is meant" if nearest else "Nothing, if it is not needed",
            )


def _check_district_ids(districts: Sequence[Path], *, root: Path) -> Iterator[ProblemKind]:
    """Check that every folder is one district, and every district one folder."""
    folder_by_district_id: dict[str, Path] = {}
    for folder in districts:
        try:
            ids = sorted(read_table(folder, table="schools", columns=["district_id"])["district_id"].unique())
        except DataError:
            continue  # already reported with the schools table
        if len(ids) > 1:
            yield whole(
                name_file(folder, root=root),
                rule="district",
                problem=f"The schools table names more than one district_id: {', '.join(ids[:5])}",
                next_step="Give each district a folder of its own",
            )
        for district_id in ids:
            other = folder_by_district_id.setdefault(district_id, folder)
            if other != folder:
                yield whole(
                    name_file(folder, root=root),
                    rule="district",
                    problem=f"The folder {other.name} holds district {district_id!r}, too",
                    next_step="Keep one of them",
                )


def _table_files() -> set[str]:
    return {f"{name}{suffix}" for name in table_names() for suffix in SUFFIXES}
