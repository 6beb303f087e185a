"""A state folder: many district folders and the roster of all their schools."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from mtss_analysis.district.district import District, open_district
from mtss_analysis.district.files import find_district_folders, has_table
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import find_nearest
from mtss_analysis.errors import DataError, Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """All districts of a state folder.

    Parameters
    ----------
    folder : Path
        State folder, or the one district folder.
    folders : mapping of str to Path
        District folder by district id, in the order of the ids.
    roster : DataFrame
        One row per school: ``district_id``, ``district_name``, ``school_id``, ``school_name``, ``level`` and
        ``locale`` of its latest year, ``school_years`` (tuple of str, the earliest first); in the order of
        the ids.
    """

    folder: Path
    folders: Mapping[str, Path]
    roster: pd.DataFrame

    def open_district(
        self, district_id: str, *, school_id: str | None = None, tables: Sequence[str] | None = None
    ) -> District:
        """Read one of the districts, as ``open_district`` does.

        Raises
        ------
        DataError
            The state has no such district, or the district's tables cannot be used.
        """
        if district_id not in self.folders:
            nearest = find_nearest(district_id, known=self.folders)
            raise DataError(
                f"There is no district {district_id!r}",
                next_step=f"Write {nearest!r} if that is meant"
                if nearest
                else f"Use one of {', '.join(list(self.folders)[:20])}",
                place=Place(file=self.folder),
            )
        return open_district(self.folders[district_id], school_id=school_id, tables=tables)

    def has_table(self, table: str) -> bool:
        """Whether any district of the state has the table."""
        return any(has_table(folder, table=table) for folder in self.folders.values())

    def read_table(self, table: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table of all districts that have it.

        Parameters
        ----------
        table : str
            Table name.
        columns : sequence of str or None
            Columns wanted; None: all that the schema knows.

        Returns
        -------
        DataFrame
            As ``read_table`` gives it, with a first column ``district_id``; districts in the order of their
            ids.

        Raises
        ------
        DataError
            No district has the table, or one that has it cannot be used.
        """
        parts = []
        for district_id, folder in self.folders.items():
            if has_table(folder, table=table):
                part = read_table(folder, table=table, columns=columns)
                part = part.drop(columns="district_id", errors="ignore")
                part.insert(0, "district_id", pd.Series(district_id, index=part.index, dtype="str"))
                parts.append(part)
        if not parts:
            raise DataError(
                f"No district of the state holds a {table} table",
                next_step=f"Add {table}.csv or {table}.parquet to a district folder",
                place=Place(file=self.folder),
            )
        return pd.concat(parts, ignore_index=True)


def open_state(folder: Path) -> State:
    """Find the districts and schools of a state folder.

    Parameters
    ----------
    folder : Path
        State folder; a district folder is taken as a state of one district.

    Returns
    -------
    State
        Only the schools tables have been read.

    Raises
    ------
    DataError
        The folder holds no schools table, one cannot be used, or two districts have the same id.
    """
    districts = [open_district(part, tables=()) for part in find_district_folders(folder)]
    folders: dict[str, Path] = {}
    for district in sorted(districts, key=lambda district: in_natural_order(district.district_id)):
        if district.district_id in folders:
            raise DataError(
                f"Two folders hold district {district.district_id!r}: "
                f"{folders[district.district_id].name} and {district.folder.name}",
                next_step="Keep one of them",
                place=Place(file=folder),
            )
        folders[district.district_id] = district.folder
    return State(folder=folder, folders=MappingProxyType(folders), roster=_roster([one.roster for one in districts]))


def in_natural_order(identifier: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key of an id that puts ``9`` before ``10``; ids stay text."""
    pieces = re.findall(r"\d+|\D+", identifier)
    return tuple((0, int(piece), piece) if piece.isdecimal() else (1, 0, piece) for piece in pieces)


def _roster(rosters: Sequence[pd.DataFrame]) -> pd.DataFrame:
    school_years = pd.concat(rosters, ignore_index=True).sort_values("school_year", kind="stable")
    key = ["district_id", "school_id"]
    years_by_school = school_years.groupby(key)["school_year"].agg(tuple).rename("school_years")
    columns = ["district_id", "district_name", "school_id", "school_name", "level", "locale"]
    latest = school_years.drop_duplicates(key, keep="last")[columns]
    roster = latest.merge(years_by_school, left_on=key, right_index=True)
    order = sorted(range(len(roster)), key=lambda row: [in_natural_order(str(roster[name].iloc[row])) for name in key])
    return roster.iloc[order].reset_index(drop=True)
