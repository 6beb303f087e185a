"""Where the tables of a district folder lie."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from mtss_analysis.district.plan_files.places import SUFFIX as PLAN_SUFFIX
from mtss_analysis.district.plan_files.places import TABLES as PLAN_TABLES
from mtss_analysis.district.plan_files.places import find_plans
from mtss_analysis.errors import DataError, Place

PARTITION = "school_id="
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of a table.

    Parameters
    ----------
    path : Path
        The file, CSV, Parquet or a plan by its suffix.
    school_id : str or None
        The school whose rows alone the file holds, from its folder's name, or a plan's own; None: any school.
    """

    path: Path
    school_id: str | None

    @property
    def is_plan(self) -> bool:
        """Whether it is a plan, which holds rows of several tables."""
        return self.path.suffix == PLAN_SUFFIX


def is_district_folder(folder: Path) -> bool:
    """Whether the folder holds a schools table."""
    return has_table(folder, table="schools")


def find_district_folders(folder: Path) -> tuple[Path, ...]:
    """Find the district folders of a state folder; a district folder is a state of one.

    Parameters
    ----------
    folder : Path
        State folder or district folder.

    Returns
    -------
    tuple of Path
        In the order of their names; at least one.

    Raises
    ------
    DataError
        The folder is not there, or neither it nor a folder in it holds a schools table.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {str(folder)!r}", next_step="Check the path", place=Place(file=folder))
    if is_district_folder(folder):
        return (folder,)
    districts = tuple(sorted(part for part in folder.iterdir() if part.is_dir() and is_district_folder(part)))
    if not districts:
        raise DataError(
            "The folder holds no schools table, and no folder in it does",
            next_step="Add schools.csv, with one row per school and year",
            place=Place(file=folder),
        )
    return districts


def find_files(folder: Path, *, table: str, school_id: str | None = None) -> tuple[DataFile, ...]:
    """Find the files of a table, or those that may hold rows of one school.

    Parameters
    ----------
    folder : Path
        District folder.
    table : str
        Table name.
    school_id : str or None
        Only this school's part of a table that is partitioned by school, and its plan and the district's; None: all.

    Returns
    -------
    tuple of DataFile
        In the order of their names, plans last; empty: the table is there, but holds no part for the school.

    Raises
    ------
    DataError
        The table is absent, or there are two of it.
    """
    plans = _find_plans(folder, table=table, school_id=school_id)
    if plans is not None and not _has_rows(folder, table=table):
        return plans
    return (*_find_rows(folder, table=table, school_id=school_id), *(plans or ()))


def find_row_files(folder: Path, *, table: str) -> tuple[DataFile, ...]:
    """Find the CSV and Parquet files of a table, without plans; empty: there is none.

    Parameters
    ----------
    folder : Path
        District folder.
    table : str
        Table name.

    Returns
    -------
    tuple of DataFile
        In the order of their names.

    Raises
    ------
    DataError
        There are two of the table.
    """
    return _find_rows(folder, table=table, school_id=None) if _has_rows(folder, table=table) else ()


def has_table(folder: Path, *, table: str) -> bool:
    """Whether the district folder holds the table; any plan file counts as each of the plan's tables."""
    return _has_rows(folder, table=table) or _find_plans(folder, table=table, school_id=None) is not None


def _find_plans(folder: Path, *, table: str, school_id: str | None) -> tuple[DataFile, ...] | None:
    """Find the plan files that may hold rows of the table; None: it is no table of the plan, or there are no plans."""
    if table not in PLAN_TABLES or not find_plans(folder):
        return None
    return tuple(DataFile(path=path, school_id=owner) for path, owner in find_plans(folder, school_id=school_id))


def _has_rows(folder: Path, *, table: str) -> bool:
    return (folder / table).is_dir() or any((folder / f"{table}{suffix}").is_file() for suffix in SUFFIXES)


def _find_rows(folder: Path, *, table: str, school_id: str | None) -> tuple[DataFile, ...]:
    single = [folder / f"{table}{suffix}" for suffix in SUFFIXES if (folder / f"{table}{suffix}").is_file()]
    parted = folder / table
    found = [*single, parted] if parted.is_dir() else single
    if not found:
        raise DataError(
            f"The folder holds no {table} table",
            next_step=f"Add {table}.csv or {table}.parquet",
            place=Place(file=folder),
        )
    if len(found) > 1:
        raise DataError(
            f"The {table} table is there more than once: {', '.join(path.name for path in found)}",
            next_step="Keep one of them",
            place=Place(file=folder),
        )
    if single:
        return (DataFile(path=single[0], school_id=None),)
    return _parts(parted, school_id=school_id)


def _parts(parted: Path, *, school_id: str | None) -> tuple[DataFile, ...]:
    if school_id is not None:
        part = parted / f"{PARTITION}{quote(school_id, safe=' ')}"
        if part.is_dir():
            return _files_in(part, school_id=school_id)
    parts: list[DataFile] = list(_files_in(parted, school_id=None))
    if school_id is None:
        for part in sorted(path for path in parted.glob(f"{PARTITION}*") if path.is_dir()):
            parts.extend(_files_in(part, school_id=unquote(part.name.removeprefix(PARTITION))))
    return tuple(parts)


def _files_in(folder: Path, *, school_id: str | None) -> tuple[DataFile, ...]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    return tuple(DataFile(path=path, school_id=school_id) for path in paths)
