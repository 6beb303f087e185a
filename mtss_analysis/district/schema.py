"""The tables a district folder may hold: one Table Schema file per table in the folder ``schema``.

A table is added by adding its file; nothing here or in reading and checking names a table.
"""

import difflib
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, cast

from mtss_analysis.district.rules import Rule, Severity, read_rule
from mtss_analysis.errors import DataError

FieldType = Literal["string", "number", "integer", "boolean", "date"]
TableUse = Literal["required", "outcome", "optional"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a table.

    Parameters
    ----------
    name : str
        Column name.
    type : {"string", "number", "integer", "boolean", "date"}
        Ids and codes are strings, whatever they look like.
    description : str
        What the column means and what an empty cell means.
    unit : str or None
        Unit of a number; None for other types.
    required : bool
        Whether the column must be there and filled in every row.
    allowed : tuple of str
        The only values allowed; empty: any.
    pattern : str or None
        Regular expression that every value matches.
    minimum, maximum : float or None
        Smallest and largest value allowed, inclusive; None: no limit.
    true_values, false_values : tuple of str
        Spellings of a boolean in a text file.
    is_school_year : bool
        Whether the values are school years, two calendar years that follow each other.
    personal : bool
        Whether a value stands for a person, so that no message may show it.
    is_list : bool
        Whether a cell may hold several values, separated by semicolons.
    """

    name: str
    type: FieldType
    description: str
    unit: str | None
    required: bool
    allowed: tuple[str, ...]
    pattern: str | None
    minimum: float | None
    maximum: float | None
    true_values: tuple[str, ...]
    false_values: tuple[str, ...]
    is_school_year: bool
    personal: bool
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns whose values must be found in another table.

    Parameters
    ----------
    fields : tuple of str
        Columns of this table.
    table : str
        The other table.
    reference : tuple of str
        The columns of the other table, in the same order.
    severity : {"error", "warning"}
        Whether a value that is not found stops a run.
    """

    fields: tuple[str, ...]
    table: str
    reference: tuple[str, ...]
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """A table.

    Parameters
    ----------
    name : str
        Table name, which is also its file's name.
    description : str
        What one row is.
    use : {"required", "outcome", "optional"}
        A district folder holds every required table and at least one outcome table.
    fields : tuple of Field
        The columns, in the order in which they are documented.
    primary_key : tuple of str
        Columns that together name a row.
    foreign_keys : tuple of ForeignKey
        Links to other tables.
    rules : tuple of Rule
        What else must hold, within a row, between rows and between tables.
    """

    name: str
    description: str
    use: TableUse
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: tuple[Rule, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns the table may have."""
        return tuple(field.name for field in self.fields)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns the table must have."""
        return tuple(field.name for field in self.fields if field.required)

    def field(self, name: str) -> Field:
        """Give the column of that name.

        Raises
        ------
        KeyError
            The table has no such column.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@functools.cache
def table_names() -> tuple[str, ...]:
    """Names of all tables the kit knows, in alphabetical order."""
    files = resources.files(__package__).joinpath("schema").iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


def tables_used_as(use: TableUse) -> tuple[str, ...]:
    """Names of the tables with that use, in alphabetical order."""
    return tuple(name for name in table_names() if read_schema(name).use == use)


@functools.cache
def read_schema(table: str) -> TableSchema:
    """Read the schema of one table.

    Parameters
    ----------
    table : str
        Table name.

    Returns
    -------
    TableSchema
        Frozen, and read once per process.

    Raises
    ------
    DataError
        The kit knows no such table; the message names the nearest one.

    References
    ----------
    Frictionless Data, Table Schema. The properties ``use``, ``unit``, ``personal``, ``separator``, ``rule``,
    ``rules`` and ``severity`` are additions, which the standard allows.
    """
    if table not in table_names():
        nearest = find_nearest(table, known=table_names())
        raise DataError(
            f"The kit knows no table {table!r}",
            next_step=f"Write {nearest!r}" if nearest else f"Use one of {', '.join(table_names())}",
        )
    text = resources.files(__package__).joinpath("schema", f"{table}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return TableSchema(
        name=schema["name"],
        description=schema["description"],
        use=cast("TableUse", schema["use"]),
        fields=tuple(_field(field) for field in schema["fields"]),
        primary_key=tuple(schema["primaryKey"]),
        foreign_keys=tuple(_foreign_key(key) for key in schema.get("foreignKeys", [])),
        rules=tuple(read_rule(rule) for rule in schema.get("rules", [])),
    )


def find_nearest(name: str, *, known: Iterable[str]) -> str | None:
    """Find the known name that looks most like an unknown one.

    Parameters
    ----------
    name : str
        Name as somebody wrote it.
    known : iterable of str
        Names that would have been right.

    Returns
    -------
    str or None
        None where nothing looks alike.
    """
    known_by_lower_name = {candidate.lower(): candidate for candidate in known}
    nearest = difflib.get_close_matches(name.strip().lower(), known_by_lower_name, n=1, cutoff=0.6)
    return known_by_lower_name[nearest[0]] if nearest else None


def _field(field: dict[str, Any]) -> Field:
    constraints = field.get("constraints", {})
    return Field(
        name=field["name"],
        type=cast("FieldType", field["type"]),
        description=field["description"],
        unit=field.get("unit"),
        required=constraints.get("required", False),
        allowed=tuple(constraints.get("enum", ())),
        pattern=constraints.get("pattern"),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        true_values=tuple(field.get("trueValues", ())),
        false_values=tuple(field.get("falseValues", ())),
        is_school_year=field.get("rule") == "school_year",
        personal=field.get("personal", False),
        is_list="separator" in field,
    )


def _foreign_key(key: dict[str, Any]) -> ForeignKey:
    return ForeignKey(
        fields=tuple(key["fields"]),
        table=key["reference"]["resource"],
        reference=tuple(key["reference"]["fields"]),
        severity=cast("Severity", key["severity"]),
    )
