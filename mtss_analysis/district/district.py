"""A district's tables, or one school's slice of them, read and checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from mtss_analysis.district.files import find_district_folders, has_table, is_district_folder
from mtss_analysis.district.read import read_table
from mtss_analysis.district.schema import find_nearest, read_schema, table_names
from mtss_analysis.errors import DataError, Place

# Column that names a person, and the table that says in which school the person is.
PEOPLE = (("student_id", "enrollments"), ("staff_id", "staff"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class District:
    """Tables of one district; frames are to be read, not changed.

    Parameters
    ----------
    district_id, district_name : str
        As in the schools table.
    folder : Path
        Where the tables lie.
    school_id : str or None
        The school whose rows alone were read; None: all schools.
    tables : mapping of str to DataFrame
        The tables that were read; types and columns are those of ``read_table``.
    roster : DataFrame
        The whole schools table, one row per school and year, whatever the slice.
    """

    district_id: str
    district_name: str
    folder: Path
    school_id: str | None
    tables: Mapping[str, pd.DataFrame]
    roster: pd.DataFrame

    def table(self, name: str) -> pd.DataFrame:
        """Give a table.

        Raises
        ------
        DataError
            The folder holds no such table; the message names the file to add.
        KeyError
            The table is there, but was not among those that ``open_district`` was asked to read.
        """
        if name in self.tables:
            return self.tables[name]
        read_schema(name)
        if has_table(self.folder, table=name):
            raise KeyError(f"{name} was not read: name it in the tables of open_district")
        raise DataError(
            f"The folder holds no {name} table",
            next_step=f"Add {name}.csv or {name}.parquet",
            place=Place(file=self.folder),
        )

    def has(self, name: str) -> bool:
        """Whether the table was read; an empty one counts as read."""
        return name in self.tables

    @property
    def years(self) -> tuple[str, ...]:
        """School years of the roster, the earliest first; of a slice, the years of its school."""
        roster = self.roster
        if self.school_id is not None:
            roster = roster.loc[roster["school_id"] == self.school_id]
        return tuple(sorted(roster["school_year"].unique()))

    def school_name(self, school_id: str) -> str:
        """Name of a school of the district, in its latest year.

        Raises
        ------
        DataError
            The district has no such school.
        """
        school = self.roster.loc[self.roster["school_id"] == school_id]
        if school.empty:
            raise unknown_school(school_id, known=self.roster["school_id"].unique(), folder=self.folder)
        return str(school.sort_values("school_year")["school_name"].iloc[-1])


def open_district(folder: Path, *, school_id: str | None = None, tables: Sequence[str] | None = None) -> District:
    """Read a district folder, or one school's slice of it.

    Parameters
    ----------
    folder : Path
        District folder.
    school_id : str or None
        Only this school's rows: tables that name the school are read for it alone; tables that name only a
        student or a staff member are kept for those enrolled or employed in it; others are read whole.
    tables : sequence of str or None
        Tables to read, each of which must be there; None: every table that is there. The schools table is
        always read.

    Returns
    -------
    District
        Values have the types and keep the rules of the schema; keys and links between tables are the business
        of ``check_folder``.

    Raises
    ------
    DataError
        The folder, a table or the school is not there, or a table cannot be used.
    """
    if not is_district_folder(folder):
        district_folders = find_district_folders(folder)
        raise DataError(
            "This is a state folder, not a district folder",
            next_step=f"Name one of the folders in it, such as {district_folders[0].name!r}",
            place=Place(file=folder),
        )
    roster = read_table(folder, table="schools")
    if roster.empty:
        raise DataError("The schools table has no rows", next_step="Add the schools", place=Place(file=folder))
    if school_id is not None and school_id not in set(roster["school_id"]):
        raise unknown_school(school_id, known=roster["school_id"].unique(), folder=folder)
    wanted = _tables_there(folder) if tables is None else tables
    frames = {name: read_table(folder, table=name, school_id=school_id) for name in wanted if name != "schools"}
    frames["schools"] = roster
    if school_id is not None:
        frames["schools"] = roster.loc[roster["school_id"] == school_id].reset_index(drop=True)
        frames = {
            name: _keep_people(frame, name=name, folder=folder, school_id=school_id) for name, frame in frames.items()
        }
    return District(
        district_id=_only_value(roster, column="district_id", folder=folder),
        district_name=_only_value(roster, column="district_name", folder=folder),
        folder=folder,
        school_id=school_id,
        tables=MappingProxyType(dict(sorted(frames.items()))),
        roster=roster,
    )


def list_tables(folder: Path, *, school_id: str | None, tables: Sequence[str] | None) -> tuple[str, ...]:
    """List the tables that ``open_district`` reads for the same arguments, in alphabetical order.

    Beside those asked for, these are the schools table and, for a slice of tables that need not name a
    school, the tables that say in which school a person is.
    """
    wanted = {*(_tables_there(folder) if tables is None else tables), "schools"}
    if school_id is not None:
        schemas = [read_schema(name) for name in wanted]
        open_columns = {
            name for schema in schemas if "school_id" not in schema.required_columns for name in schema.column_names
        }
        wanted |= {source for person, source in PEOPLE if person in open_columns and has_table(folder, table=source)}
    return tuple(sorted(wanted))


def unknown_school(school_id: str, *, known: Iterable[str], folder: Path) -> DataError:
    """Make the error for a school that is not in the schools table."""
    nearest = find_nearest(school_id, known=known)
    return DataError(
        f"There is no school {school_id!r}",
        next_step=f"Write {nearest!r} if that is meant" if nearest else f"Use one of {', '.join(sorted(known)[:20])}",
        place=Place(file=folder),
    )


def _tables_there(folder: Path) -> list[str]:
    return [name for name in table_names() if has_table(folder, table=name)]


def _keep_people(frame: pd.DataFrame, *, name: str, folder: Path, school_id: str) -> pd.DataFrame:
    """Keep, of the rows that name no school, those of the school's students or staff."""
    columns = read_schema(name).column_names
    names_no_school = frame["school_id"].isna() if "school_id" in columns else pd.Series(data=True, index=frame.index)
    if not names_no_school.any():
        return frame
    for person, source in PEOPLE:
        if person in columns and has_table(folder, table=source):
            people = read_table(folder, table=source, school_id=school_id, columns=[person, "school_id"])
            keep = ~names_no_school | frame[person].isin(people[person])
            return frame.loc[keep].reset_index(drop=True)
    return frame


def _only_value(roster: pd.DataFrame, *, column: str, folder: Path) -> str:
    values = sorted(roster[column].unique())
    if len(values) > 1:
        raise DataError(
            f"The schools table names more than one {column}: {', '.join(values[:5])}",
            next_step="Give each district a folder of its own",
            place=Place(file=folder, column=column),
        )
    return str(values[0])
