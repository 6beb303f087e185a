"""What a notebook cell may show: a figure, a table, a paragraph, and the records behind them.

Each carries two faces: one that JupyterLab draws, and one (``MTSS_MIME``) that the packet reads, with name, caption,
alternative text and cells as data, so that nothing has to be parsed back out of HTML.
"""

import base64
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

MTSS_MIME = "application/vnd.mtss.display+json"

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture with its caption and the alternative text computed from its numbers.

    Parameters
    ----------
    name : str
        Lower-case slug, unique in a packet: cross-reference ``@fig-<name>`` and file ``figures/<name>.png``.
    caption : str
        The answer that the figure gives, one or two sentences; plain text in which ``@fig-…`` and the like are
        references.
    alt : str
        What the figure shows and its numbers, plain text.
    png : bytes
        The picture.
    width_in : float
        Width on paper, inches.
    """

    name: str
    caption: str
    alt: str
    png: bytes = field(repr=False)
    width_in: float = 6.5

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        payload = {
            "kind": "figure",
            "name": self.name,
            "caption": self.caption,
            "alt": self.alt,
            "width_in": self.width_in,
        }
        picture = base64.b64encode(self.png).decode("ascii")
        return {"image/png": picture, "text/plain": self.alt, MTSS_MIME: payload}


class LinkedText(str):
    """Text of a cell that leads to the figure or table behind it, where the packet has it; elsewhere it is plain text.

    Parameters
    ----------
    text : str
        As printed.
    to : str
        What it leads to: ``tbl-<name>`` or ``fig-<name>``.
    """

    __slots__ = ("to",)
    to: str

    def __new__(cls, text: str, *, to: str) -> Self:
        """Make a text that knows what it leads to."""
        made = super().__new__(cls, text)
        made.to = to
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        """Say what it is made of, for processes that hand it on."""
        return (str(self),), {"to": self.to}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a printed table: its title (with the unit) and how it is aligned."""

    title: str
    align: Align = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A printed table: cells are text, rounded and suppressed already.

    Parameters
    ----------
    name : str
        Lower-case slug, unique in a packet: cross-reference ``@tbl-<name>`` and file ``tables/<name>.csv``.
    caption : str
        What the table holds; plain text in which ``@fig-…`` and the like are references.
    columns : sequence of Column
        Header cells.
    rows : sequence of sequence of str
        Body cells, as many in each row as there are columns; a :class:`LinkedText` leads to what is behind it.
    note : str
        Printed under the table; empty where there is nothing to say.
    printed : int or None
        How many of the first rows are printed; the file ``tables/<name>.csv`` holds all. None: all are printed.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    note: str = ""
    printed: int | None = None

    def __post_init__(self) -> None:
        """Refuse ragged rows and two columns that a reader could not tell apart."""
        if any(len(row) != len(self.columns) for row in self.rows):
            msg = f"table {self.name}: a row has another number of cells than there are columns"
            raise ValueError(msg)
        if len({column.title for column in self.columns}) < len(self.columns):
            msg = f"table {self.name}: two columns have the same title"
            raise ValueError(msg)

    @property
    def printed_rows(self) -> Sequence[Sequence[str]]:
        """The rows that are printed."""
        return self.rows if self.printed is None else self.rows[: self.printed]

    @property
    def printed_note(self) -> str:
        """The note, and how many rows the file holds beside those that are printed."""
        if len(self.printed_rows) == len(self.rows):
            return self.note
        more = f"The first {len(self.printed_rows)} of {len(self.rows)} rows; tables/{self.name}.csv holds all of them."
        return f"{self.note} {more}".strip()

    def to_csv(self) -> str:
        """Write the table as CSV, header first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.title for column in self.columns])
        writer.writerows(self.rows)
        return out.getvalue()

    def to_markdown(self) -> str:
        """Write the table as a pipe table, without caption."""
        rule = {"left": ":---", "right": "---:", "center": ":---:"}
        lines = [
            _pipe([column.title for column in self.columns]),
            _pipe([rule[column.align] for column in self.columns]),
            *(_pipe([cell.replace("|", r"\|") for cell in row]) for row in self.printed_rows),
        ]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        payload = {
            "kind": "table",
            "name": self.name,
            "caption": self.caption,
            "columns": [{"title": column.title, "align": column.align} for column in self.columns],
            "rows": [[_pack(cell) for cell in row] for row in self.rows],
            "note": self.note,
            "printed": self.printed,
        }
        shown = f"**{self.caption}**\n\n{self.to_markdown()}\n\n{self.printed_note}"
        return {"text/markdown": shown, "text/plain": self.caption, MTSS_MIME: payload}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A paragraph or list in Markdown; may refer to ``@fig-…``, ``@tbl-…`` and ``@sec-…``."""

    markdown: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        payload = {"kind": "text", "markdown": self.markdown}
        seen = _without_layout(self.markdown)
        return {"text/markdown": seen, "text/plain": seen, MTSS_MIME: payload}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """The published numbers of a notebook, one mapping each, for ``findings.json``, and what of them page one may use.

    Parameters
    ----------
    records : sequence of mapping
        Published numbers in the contract's columns.
    notes : sequence of mapping
        Candidates for page one, plain text and numbers; never printed in the chapter itself.
    """

    records: Sequence[Mapping[str, object]]
    notes: Sequence[Mapping[str, object]] = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        payload = {
            "kind": "records",
            "records": [dict(record) for record in self.records],
            "notes": [dict(note) for note in self.notes],
        }
        return {"text/plain": f"{len(self.records)} published numbers", MTSS_MIME: payload}


def _pipe(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _without_layout(markdown: str) -> str:
    """Leave out what only the packet's layout reads: fences of divisions and attributes of headings."""
    without_fences = re.sub(r"(?m)^:{3,}.*\n?", "", markdown)
    return re.sub(r"(?m)^(#+ .*?) *\{[^}]*\}$", r"\1", without_fences)


def _pack(cell: str) -> str | dict[str, str]:
    return {"text": str(cell), "to": cell.to} if isinstance(cell, LinkedText) else cell


def unpack_cell(packed: str | Mapping[str, str]) -> str:
    """Read back a cell of a table's payload.

    Parameters
    ----------
    packed : str or mapping
        Text, or ``text`` and what it leads ``to``.

    Returns
    -------
    str
        A :class:`LinkedText` where it leads somewhere.
    """
    return packed if isinstance(packed, str) else LinkedText(packed["text"], to=packed["to"])
