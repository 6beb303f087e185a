"""Executed notebooks become one Markdown source, with figures, tables and findings beside it."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtss_analysis.errors import RenderError
from mtss_analysis.findings.record import RECORD_FIELDS
from mtss_analysis.packet.chapter import Display, write_chapter
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.narrative import read_narrative
from mtss_analysis.packet.references import check_references, drop_dead_links
from mtss_analysis.packet.source import PacketSource, PrintedTable
from mtss_analysis.show.display import Column, Figure, LinkedText, RecordSet, Table, Text
from mtss_analysis.show.markdown import (
    escape_attribute,
    escape_caption,
    escape_table_caption,
    escape_text,
    quote_yaml,
)

SOURCE_FORMAT = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-latex_macros"
"""Pandoc's reading of ``packet.qmd``: what looks like HTML, LaTeX or mathematics is text."""

MOST_DASHES = 48
"""A column of sentences gets no more than this many characters' worth of width."""

CELL_PADDING = 3
"""Characters' worth of white space round a cell, so that no word of it is broken."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_PICTURE = re.compile(r"!\[\]\(figures/([^)\s]+)\.png\)(?:\{\.spark\})?")
_PNG = b"\x89PNG\r\n\x1a\n"


def assemble_packet(
    *,
    executed: Sequence[Path],
    cover: Sequence[Display],
    folder: Path,
    meta: PacketMeta,
    narrative: Path | None = None,
    provenance: Mapping[str, str] | None = None,
) -> PacketSource:
    """Write ``packet.qmd``, ``figures/``, ``tables/`` and ``findings.json`` of one packet.

    Parameters
    ----------
    executed : sequence of Path
        Executed notebooks, one chapter each, in reading order.
    cover : sequence of display objects
        Page one; empty: no page one. Texts are printed in order. A Figure that a text of the cover names as
        ``![](figures/<name>.png){.spark}`` becomes that small picture, without number and caption.
    folder : Path
        Where the packet goes; created. What an earlier assembling left there is replaced.
    meta : PacketMeta
        Whose packet it is.
    narrative : Path, optional
        The school's own text (Markdown), printed under "From the school".
    provenance : mapping of str to str, optional
        What the packet was made from (hashes, versions), printed as the last chapter in the given order.

    Returns
    -------
    PacketSource
        What a renderer needs.

    Raises
    ------
    RenderError
        A notebook failed or shows something else than display objects, a name occurs twice, a reference has
        no target, a figure lacks its alternative text, or a record holds something else than text, finite
        numbers and null.
    """
    writer = _Writer(meta=meta)
    page_one = writer.write_page_one(cover)
    chapters = [write_chapter(notebook=path, show=writer.show) for path in executed]
    parts = [page_one, *chapters]
    if narrative is not None:
        parts.append(f"# From the school {{#sec-from-the-school}}\n\n{read_narrative(narrative)}")
    if provenance:
        parts.append(writer.write_provenance(provenance))
    body = "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
    body = drop_dead_links(body)
    paths = frozenset(f"figures/{name}.png" for name in writer.pngs)
    check_references(body, whose=meta.school_name, pictures=paths)
    _write_files(writer, body=body, folder=folder)
    return PacketSource(
        folder=folder,
        meta=meta,
        figures=tuple(name for name in writer.pngs if name not in writer.pictures),
        tables=tuple(_as_printed(table) for table in writer.tables.values()),
        pictures=tuple(writer.pictures),
        records=tuple(writer.records),
    )


class _Writer:
    """Writes display objects as Markdown and keeps what goes into files."""

    def __init__(self, *, meta: PacketMeta) -> None:
        self.meta = meta
        self.pngs: dict[str, bytes] = {}
        self.pictures: list[str] = []
        self.tables: dict[str, Table] = {}
        self.records: list[dict[str, object]] = []

    def show(self, display: Display) -> str:
        """Write one display object as Markdown."""
        match display:
            case Figure():
                self._keep_picture(display)
                return _write_figure(display)
            case Table():
                self._keep_table(display)
                return _write_table(display)
            case RecordSet():
                self.records += [_check_record(record) for record in display.records]
                return ""
            case Text():
                return display.markdown.strip()

    def write_page_one(self, cover: Sequence[Display]) -> str:
        """Write page one, putting the small pictures where its texts name them."""
        if not cover:
            return ""
        text = "\n\n".join(display.markdown for display in cover if isinstance(display, Text))
        named = {found[1] for found in _PICTURE.finditer(text)}
        given = {display.name: display for display in cover if isinstance(display, Figure)}
        small = {name: given[name] for name in named & given.keys()}
        if missing := sorted(named - small.keys()):
            raise RenderError(
                f"page one of {self.meta.school_name} names the picture {missing[0]}, which was not given",
                next_step="Give the Figure of that name together with the text of page one",
            )
        parts: list[str] = []
        for display in cover:
            if isinstance(display, Figure) and display.name in small:
                self.pictures.append(display.name)
                self._keep_picture(display)
            elif isinstance(display, Text):
                text = display.markdown.strip()
                parts.append(_PICTURE.sub(lambda found: _write_small_picture(small[found[1]]), text))
            else:
                parts.append(self.show(display))
        inside = "\n\n".join(part for part in parts if part)
        heading = "# At a glance {#sec-page-one .unnumbered .unlisted}"
        return f":::::::: {{.page-one}}\n{heading}\n\n{inside}\n::::::::"

    def write_provenance(self, provenance: Mapping[str, str]) -> str:
        """Write the last chapter: what the packet was made from."""
        table = Table(
            name="provenance",
            caption="What this packet was made from. The same inputs give the same packet.",
            columns=(Column(title="Input"), Column(title="Version or SHA-256")),
            rows=tuple(provenance.items()),
        )
        return f"# Provenance {{#sec-provenance}}\n\n{self.show(table)}"

    def _keep_picture(self, figure: Figure) -> None:
        _check_name(figure.name, taken=self.pngs, kind="figure")
        caption = "none" if figure.name in self.pictures else figure.caption
        for what, text in (("alternative text", figure.alt), ("caption", caption)):
            if not text.strip():
                raise RenderError(
                    f"the figure {figure.name} has no {what}",
                    next_step=f"Give the figure its {what} where it is drawn",
                )
        if not figure.png.startswith(_PNG):
            raise RenderError(f"the figure {figure.name} is not a PNG", next_step="Draw it as PNG")
        self.pngs[figure.name] = figure.png

    def _keep_table(self, table: Table) -> None:
        _check_name(table.name, taken=self.tables, kind="table")
        if not table.columns:
            raise RenderError(
                f"the table {table.name} has no columns", next_step="Say in a sentence that nothing is there"
            )
        self.tables[table.name] = table


def _check_name(name: str, *, taken: Mapping[str, object], kind: str) -> None:
    if not _SLUG.fullmatch(name):
        raise RenderError(
            f"the {kind} name {name!r} cannot be referred to",
            next_step="Use lower-case letters, digits and single hyphens",
        )
    if name in taken:
        raise RenderError(
            f"the {kind} {name} is shown twice", next_step=f"Give every {kind} of a packet a name of its own"
        )


def _write_figure(figure: Figure) -> str:
    alt = escape_attribute(figure.alt)
    caption = escape_caption(figure.caption)
    attributes = f"#fig-{figure.name} fig-alt={alt} width={figure.width_in:g}in"
    return f"![{caption}](figures/{figure.name}.png){{{attributes}}}"


def _write_small_picture(figure: Figure) -> str:
    alt = escape_attribute(figure.alt)
    return f"![](figures/{figure.name}.png){{.spark fig-alt={alt} width={figure.width_in:g}in}}"


def _write_table(table: Table) -> str:
    lines = [
        _write_row([escape_text(column.title) for column in table.columns]),
        _write_row([_rule(table, place) for place in range(len(table.columns))]),
        *(_write_row([_write_cell(cell) for cell in row]) for row in table.printed_rows),
    ]
    parts = ["\n".join(lines), f": {escape_table_caption(table.caption)} {{#tbl-{table.name}}}"]
    if note := table.printed_note.strip():
        parts.append(f"::: {{.note}}\n{escape_caption(note)}\n:::")
    return "\n\n".join(parts)


def _rule(table: Table, place: int) -> str:
    """Rule a column as wide as its text wants to be: Pandoc shares out a wide table by the dashes.

    Words and the numbers of a right-aligned column are not to be broken.
    """
    column = table.columns[place]
    cells = [row[place] for row in table.printed_rows]
    longest_word = max((len(word) for text in [column.title, *cells] for word in text.split()), default=1)
    longest_cell = max((len(cell) for cell in cells), default=1)
    unbroken = longest_cell if column.align == "right" else longest_word
    dashes = "-" * max(longest_word + CELL_PADDING, min(max(longest_cell, unbroken + CELL_PADDING), MOST_DASHES))
    left, right = column.align in ("left", "center"), column.align in ("right", "center")
    return f"{':' if left else ''}{dashes}{':' if right else ''}"


def _write_cell(cell: str) -> str:
    text = escape_text(cell)
    return f"[{text}](#{cell.to})" if isinstance(cell, LinkedText) else text


def _write_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _as_printed(table: Table) -> PrintedTable:
    return PrintedTable(
        name=table.name,
        header=tuple(column.title for column in table.columns),
        rows=tuple(tuple(row) for row in table.printed_rows),
    )


def _check_record(record: Mapping[str, object]) -> dict[str, object]:
    unknown = sorted(record.keys() - set(RECORD_FIELDS))
    if unknown or not record.get("finding"):
        raise RenderError(
            f"a record {'has the unknown field ' + unknown[0] if unknown else 'names no finding'}",
            next_step="Make records with mtss_analysis.findings.record.Record",
        )
    ordered = {name: record.get(name) for name in RECORD_FIELDS}
    for name, value in ordered.items():
        if value is not None and not isinstance(value, str | int | float):
            raise RenderError(
                f"the record {record['finding']} holds a {type(value).__name__} in {name}",
                next_step="Records hold text, numbers and null",
            )
        if isinstance(value, float) and not -float("inf") < value < float("inf"):
            raise RenderError(
                f"the record {record['finding']} holds {value} in {name}",
                next_step="A number that cannot be had is null, with its reason",
            )
    return ordered


def _write_files(writer: _Writer, *, body: str, folder: Path) -> None:
    for name in ("figures", "tables"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    for name, png in writer.pngs.items():
        (folder / "figures" / f"{name}.png").write_bytes(png)
    for name, table in writer.tables.items():
        (folder / "tables" / f"{name}.csv").write_text(table.to_csv(), encoding="utf-8", newline="\n")
    records = json.dumps(writer.records, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "findings.json").write_text(records + "\n", encoding="utf-8", newline="\n")
    source = _write_front_matter(writer.meta) + "\n" + body
    (folder / "packet.qmd").write_text(source, encoding="utf-8", newline="\n")


def _write_front_matter(meta: PacketMeta) -> str:
    whose = [meta.district_name, meta.school_year, meta.implementation_year]
    when = f"Data as of {meta.date_of_data}" if meta.date_of_data else ""
    values = {
        "title": escape_text(meta.school_name),
        "subtitle": escape_text(meta.title),
        "pagetitle": escape_text(meta.document_title),
        "whose": escape_text(" · ".join(part for part in [*whose, when] if part)),
        "lang": meta.language,
        "papersize": meta.paper,
        "from": SOURCE_FORMAT,
        "section-numbering": "1.1.1",
    }
    lines = [f"{name}: {quote_yaml(value)}" for name, value in values.items()]
    day = meta.document_date
    lines += [f"document-year: {day.year}", f"document-month: {day.month}", f"document-day: {day.day}"]
    switches = ["number-sections: true", "toc: true", "toc-depth: 2", "engine: markdown"]
    return "\n".join(["---", *lines, *switches, "---", ""])
