"""What a mapping says: which columns of an export become which columns of the district's tables."""

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Literal

Group = MappingOf[str, str]
UnmappedRule = Literal["error", "keep", "empty", "value"]
BoundsRule = Literal["error", "number", "empty"]
Give = Literal["date", "school_year", "month", "window"]
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """A file that says which of the district's ids belongs to a vendor's id.

    Parameters
    ----------
    file : str
        CSV file, absolute or relative to the mapping's folder.
    vendor, district : str
        Its two columns.
    """

    file: str
    vendor: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """How one column of a table is filled.

    Parameters
    ----------
    target : str
        Column of the district's table.
    headers : tuple of str
        Headers of the export, the first of which that is there is used.
    text : str or None
        Several columns put together, each header in braces.
    first_of : tuple of str
        Headers, of which the first filled cell of the row is used.
    value : str or None
        The same text in every row.
    setting : str or None
        Name of a setting given with the command or in the mapping.
    flags : mapping of str to str
        Value by the yes/no header that says so.
    several_flags : str or None
        Value where more than one flag says yes.
    first_flags : tuple of str
        Values that win over all others.
    window_date : bool
        Whether the day is that of the row's school year and window.
    optional : bool
        Whether the export may lack the header.
    find : str or None
        Regular expression; what its first group, or the whole, matches is kept.
    split, part : str or None, int
        Separator, and which part is kept, from 1; -1: the last.
    replace : mapping of str to str
        Plain text that is replaced.
    case : {"lower", "upper", "code"} or None
        ``code``: small letters and underscores.
    width : int
        Ids are filled with zeros to this width; 0: left as they are.
    drop_decimal : bool
        Whether ``.0`` behind an id is dropped.
    values : mapping of str to str or None
        Value by what the export holds, whatever its case; None: empty.
    patterns : mapping of str to str
        Value by a regular expression found in the cell; the first that matches.
    unmapped, unmapped_value : str, str or None
        What becomes of what is neither mapped nor understood.
    crosswalk : Crosswalk or None
        Where the district's id of it is found.
    look_up_school : bool
        Whether the cell is a school's name whose id is looked up.
    dates : tuple of str
        Date formats, such as ``MM/DD/YYYY``.
    give : str or None
        What is taken from a date.
    year_is : {"start", "end"} or None
        Which calendar year of the school year a year standing alone is.
    decimal : str
        Decimal mark.
    bounds : {"error", "number", "empty"}
        What becomes of ``<1`` and ``>99``.
    multiply : float
        Factor of a number.
    if_empty : str or None
        Value of an empty cell.
    """

    target: str
    headers: tuple[str, ...] = ()
    text: str | None = None
    first_of: tuple[str, ...] = ()
    value: str | None = None
    setting: str | None = None
    flags: MappingOf[str, str] = field(default_factory=dict)
    several_flags: str | None = None
    first_flags: tuple[str, ...] = ()
    window_date: bool = False
    optional: bool = False
    find: str | None = None
    split: str | None = None
    part: int = 1
    replace: MappingOf[str, str] = field(default_factory=dict)
    case: Literal["lower", "upper", "code"] | None = None
    width: int = 0
    drop_decimal: bool = False
    values: MappingOf[str, str | None] = field(default_factory=dict)
    patterns: MappingOf[str, str] = field(default_factory=dict)
    unmapped: UnmappedRule = "error"
    unmapped_value: str | None = None
    crosswalk: Crosswalk | None = None
    look_up_school: bool = False
    dates: tuple[str, ...] = ()
    give: Give | None = None
    year_is: Literal["start", "end"] | None = None
    decimal: str = "."
    bounds: BoundsRule = "error"
    multiply: float = 1.0
    if_empty: str | None = None

    def fill(self, group: Group) -> "ColumnRule":
        """Put the words of one ``for_each`` line where the rule names them in braces."""
        if not group:
            return self
        return replace(
            self,
            headers=tuple(fill_text(header, group=group) for header in self.headers),
            text=None if self.text is None else fill_text(self.text, group=group),
            first_of=tuple(fill_text(header, group=group) for header in self.first_of),
            value=None if self.value is None else fill_text(self.value, group=group),
            flags={value: fill_text(header, group=group) for value, header in self.flags.items()},
        )

    @property
    def text_headers(self) -> tuple[str, ...]:
        """Headers named in ``text``."""
        return tuple(_PLACEHOLDER.findall(self.text or ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """A condition on one column of the export.

    Parameters
    ----------
    header : str
        Column of the export.
    one_of : tuple of str
        Values that meet it, whatever their case.
    matches : str or None
        Regular expression that meets it where it is found.
    filled : bool or None
        Whether a filled cell (True) or an empty one (False) meets it; None: not asked.
    keep : bool
        True: rows that meet it are kept and others left out; False: the other way round.
    because : str
        Reason, printed with the number of rows left out.
    optional : bool
        Whether the export may lack the column; then no row is left out.
    """

    header: str
    one_of: tuple[str, ...] = ()
    matches: str | None = None
    filled: bool | None = None
    keep: bool
    because: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Another file of the export whose row belongs to each row.

    Parameters
    ----------
    alias : str
        Name before the dot in ``alias.header``.
    file : str
        Which of the mapping's files.
    here, there : str
        Header of the rows, or ``alias.header`` of an earlier join, and the header it equals in the file.
    """

    alias: str
    file: str
    here: str
    there: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of two rows with one key is kept.

    Parameters
    ----------
    which : {"first", "last", "highest", "lowest", "filled"}
        ``filled`` keeps one whose cell is not empty.
    column : str
        Column of the district's table, or ``row`` for the order of the export.
    """

    which: Literal["first", "last", "highest", "lowest", "filled"]
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One table that an export fills.

    Parameters
    ----------
    name, table : str
        Name in the mapping, and the district's table; the same unless two blocks fill one table.
    columns : tuple of ColumnRule
        How each column is filled.
    on_request : bool
        Whether it is only imported when asked for by name.
    rows_of : str
        Which of the mapping's files; empty: the only one.
    joins : tuple of Join
        Other files of the export.
    repeat_for, repeat_separator : str, str
        Header whose cell holds several values, each of which makes a row; empty: none.
    rows : tuple of RowRule
        Which rows are kept.
    groups : tuple of mapping
        Words of ``for_each``: every row of the export makes one row for each.
    skip_if_empty : tuple of str
        Columns of the table; rows in which all of them are empty are left out.
    choices : tuple of Choice
        Which of several rows with one key is kept; empty: they are refused unless they are the same.
    combine : mapping of str to {"sum", "earliest", "latest", "filled"}
        Columns that are combined over rows with one key.
    """

    name: str
    table: str
    columns: tuple[ColumnRule, ...]
    on_request: bool = False
    rows_of: str = ""
    joins: tuple[Join, ...] = ()
    repeat_for: str = ""
    repeat_separator: str = ","
    rows: tuple[RowRule, ...] = ()
    groups: tuple[Group, ...] = ({},)
    skip_if_empty: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    combine: MappingOf[str, Literal["sum", "earliest", "latest", "filled"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLayout:
    """How the text files of an export are written.

    Parameters
    ----------
    encoding, separator : str
        ``auto``: found out.
    header_line : int
        Which record of the file holds the headers, from 1; 0: found out.
    footer : str or None
        Regular expression; rows whose first filled cell it matches are left out, such as totals.
    missing : tuple of str
        Cells that mean empty, whatever their case.
    """

    encoding: str = "auto"
    separator: str = "auto"
    header_line: int = 0
    footer: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something the export does not say in its rows.

    Parameters
    ----------
    value : str or None
        What the mapping says; None: the command or the export has to.
    ask : str
        What a person is asked for.
    file, header : str
        Where the export holds it, the same in all rows; empty: nowhere.
    where, where_is : str
        Only rows in which this header holds this value count; empty: all.
    """

    value: str | None = None
    ask: str = ""
    file: str = ""
    header: str = ""
    where: str = ""
    where_is: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping: how an export becomes rows of the district's tables.

    Parameters
    ----------
    name : str
        Its file's name without ``.yml``.
    title : str
        What it imports, for people.
    recognise_by : tuple of str
        Headers that tell the export from others.
    layout : FileLayout
        How its text files are written.
    files : mapping of str to str
        File names inside a folder or zip by the names the mapping uses; empty: the export is one file.
    optional_files : tuple of str
        Those that the export may lack.
    settings : mapping of str to Setting
        What the export does not say in its rows.
    windows : mapping of str to (str, str)
        First and last day of each window, ``MM-DD``.
    window_dates : mapping of str to str
        Day that stands for a window, ``MM-DD``.
    blocks : tuple of Block
        The tables.
    folder : str
        Folder of the mapping's file, which crosswalk files are relative to.
    """

    name: str
    title: str = ""
    recognise_by: tuple[str, ...] = ()
    layout: FileLayout = field(default_factory=FileLayout)
    files: MappingOf[str, str] = field(default_factory=dict)
    optional_files: tuple[str, ...] = ()
    settings: MappingOf[str, Setting] = field(default_factory=dict)
    windows: MappingOf[str, tuple[str, str]] = field(default_factory=dict)
    window_dates: MappingOf[str, str] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()
    folder: str = "."


def fill_text(text: str, *, group: Group) -> str:
    """Put the words of a group into a text; what stands in other braces stays."""
    return _PLACEHOLDER.sub(lambda found: group.get(found.group(1), found.group(0)), text)
