"""What may stand where in a plan file: keys by table, tables within tables, one value or a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtss_analysis.district.plan_files.places import TABLES
from mtss_analysis.district.schema import Field, find_nearest, read_schema
from mtss_analysis.district.yaml_text import Location, Plain, YamlText

INSIDE: Mapping[str, tuple[str, str]] = {"goals": ("actions", "goal_id"), "actions": ("deliverables", "action_id")}
"""The table whose rows may stand within a row, and the column in which they name that row."""
SEPARATOR = "; "
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProblem:
    """Something in a plan file that cannot be read.

    Parameters
    ----------
    line : int or None
        Line, counted from 1.
    rule : str
        Short name of what is broken.
    column : str or None
        The key; None: a row or the file as a whole.
    value : str or None
        What stands there.
    problem, next_step : str
        What is wrong and what to do, each one sentence without a full stop.
    """

    line: int | None
    rule: str
    column: str | None
    value: str | None
    problem: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanRow:
    """One row of a plan file.

    Parameters
    ----------
    line : int
        Where it begins.
    cells : mapping of str to str or None
        What stands in its columns; a list is joined by semicolons.
    lines : mapping of str to int
        The line of each column that is written.
    """

    line: int
    cells: Mapping[str, str | None]
    lines: Mapping[str, int]


@dataclass(slots=True, kw_only=True, eq=False)
class PlanWalk:
    """Goes through a plan file and gathers its rows by table, and all that cannot be read.

    Parameters
    ----------
    text : YamlText
        The file.
    rows : mapping of str to list of PlanRow
        By table, in the order of the file.
    problems : list of PlanProblem
        What cannot be read.
    """

    text: YamlText
    rows: dict[str, list[PlanRow]] = field(default_factory=lambda: {name: [] for name in TABLES})
    problems: list[PlanProblem] = field(default_factory=list)

    def walk(self) -> None:
        """Read the whole file."""
        for line, key in self.text.repeated.items():
            self._refuse(
                (),
                rule="repeated_key",
                column=key,
                problem="The key is written a second time in the same row",
                next_step="Keep one of the two lines",
                line=line,
            )
        for key, content in self.text.tree.items():
            if key in TABLES:
                self._read_list(content, table=key, location=(key,), above={})
            else:
                self._refuse_key((key,), key=key, known=TABLES, where="at the left margin")

    def _read_list(self, content: Plain, *, table: str, location: Location, above: Mapping[str, str | None]) -> None:
        if content is None:
            return
        if not isinstance(content, list):
            self._refuse(
                location,
                rule="takes_rows",
                column=table,
                problem="This key takes a list of rows",
                next_step=f"Begin each of the {table} with a dash: - {read_schema(table).primary_key[0]}: …",
            )
            return
        for place, item in enumerate(content):
            at = (*location, place)
            if isinstance(item, dict):
                self._read_row(item, table=table, location=at, above=above)
            elif item is not None:
                self._refuse(
                    at,
                    rule="takes_keys",
                    column=table,
                    value=_show(item),
                    problem="This is not a row of keys",
                    next_step=f"Write - {read_schema(table).primary_key[0]}: … and the other keys under it",
                )

    def _read_row(
        self, item: dict[str, Plain], *, table: str, location: Location, above: Mapping[str, str | None]
    ) -> None:
        schema = read_schema(table)
        inner, link = INSIDE.get(table, ("", ""))
        key = schema.primary_key[0]
        known = [name for name in schema.column_names if name != "school_id"]
        cells: dict[str, str | None] = dict(above)
        for name, content in item.items():
            at = (*location, name)
            if name == inner:
                continue
            if name in known:
                cell = self._read_cell(content, column=schema.field(name), location=at)
                self._check_above(cell, name=name, above=above, location=at)
                cells.setdefault(name, cell)
            else:
                self._refuse_key(at, key=name, known=[*known, *([inner] if inner else [])], where=f"of {table}")
        line = self.text.line(location) or 1
        lines = {name: self.text.line((*location, name)) or line for name in item if name in known}
        self.rows[table].append(PlanRow(line=line, cells=cells, lines=lines))
        if inner in item:
            below = {link: cells.get(key)}
            self._read_list(item[inner], table=inner, location=(*location, inner), above=below)

    def _check_above(self, cell: str | None, *, name: str, above: Mapping[str, str | None], location: Location) -> None:
        if name in above and cell != above[name]:
            self._refuse(
                location,
                rule="other_row",
                column=name,
                value=cell,
                problem="This names another row than the one it stands in",
                next_step="Delete the line, or move the row to where it belongs",
            )

    def _read_cell(self, content: Plain, *, column: Field, location: Location) -> str | None:
        if isinstance(content, dict) or (isinstance(content, list) and not column.is_list):
            self._refuse(
                location,
                rule="takes_value",
                column=column.name,
                problem="This key takes one value, not a list or a group of keys",
                next_step="Write the value behind the colon; put text with a colon or a hash into quotes",
            )
            return None
        if isinstance(content, list):
            return self._join(content, column=column, location=location)
        return _flatten(content)

    def _join(self, content: list[Plain], *, column: Field, location: Location) -> str | None:
        parts: list[str] = []
        for place, item in enumerate(content):
            if isinstance(item, str):
                parts.extend(text for text in (_flatten(item),) if text)
            elif item is not None:
                self._refuse(
                    (*location, place),
                    rule="takes_values",
                    column=column.name,
                    problem="An item of this list is not one value",
                    next_step="Write one word or sentence behind each dash, in quotes if it holds a colon",
                )
        return SEPARATOR.join(parts) or None

    def _refuse_key(self, location: Location, *, key: str, known: tuple[str, ...] | list[str], where: str) -> None:
        if key == "school_id":
            next_step = "Delete the line: the file's name says whose plan it is"
        else:
            nearest = find_nearest(key[:100], known=known)
            next_step = (
                f"Write {nearest!r} if that is meant"
                if nearest
                else f"Write one of the keys {where}: {', '.join(known)}"
            )
        self._refuse(
            location,
            rule="unknown_key",
            column=key[:_LONGEST_SHOWN],
            problem="The key is not one that may stand here",
            next_step=next_step,
        )

    def _refuse(
        self,
        location: Location,
        *,
        rule: str,
        column: str | None,
        problem: str,
        next_step: str,
        value: str | None = None,
        line: int | None = None,
    ) -> None:
        self.problems.append(
            PlanProblem(
                line=line if line is not None else self.text.line(location),
                rule=rule,
                column=column,
                value=value,
                problem=problem,
                next_step=next_step,
            )
        )


def _flatten(content: Plain) -> str | None:
    """Write a value on one line; white space alone is no value."""
    return " ".join(str(content).split()) or None if content is not None else None


def _show(content: Plain) -> str:
    text = _flatten(content) or ""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
