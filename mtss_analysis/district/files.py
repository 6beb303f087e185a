"""Where the tables of a district folder lie."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from mtss_analysis.errors import DataError, Place

PARTITION = "school_id="
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of a table.

    Parameters
    ----------
    path : Path
        The file, CSV or Parquet by its suffix.
    school_id : str or None
        The school whose rows alone the file holds, from its folder's name; None: any school.
    """

    path: Path
    school_id: str | None


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
        Only this school's part of a table that is partitioned by school; None: all.

    Returns
    -------
    tuple of DataFile
        In the order of their names; empty: the table is there, but holds no part for the school.

    Raises
    ------
    DataError
        The table is absent, or there are two of it.
    """
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


def has_table(folder: Path, *, table: str) -> bool:
    """Whether the district folder holds the table."""
    return (folder / table).is_dir() or any((folder / f"{table}{suffix}").is_file() for suffix in SUFFIXES)


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
