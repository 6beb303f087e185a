"""A rendering is believed only after it was compared with its source.

Renderers report success for packets with missing parts and unresolved references.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from mtss_analysis.errors import RenderError
from mtss_analysis.packet.source import PacketSource, PrintedTable

_UNRESOLVED = re.compile(r"\?@[\w-]+|\?(?:fig|tbl|sec)-[\w-]+")
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def verify_html(html: str, *, packet: PacketSource) -> None:
    """Compare rendered HTML with its source.

    Parameters
    ----------
    html : str
        The whole document.
    packet : PacketSource
        What must be in it.

    Raises
    ------
    RenderError
        Names the school and what is missing (the end of the document, a figure or table or its number, the
        alternative text of a picture, a cell, the target of a link) or would be fetched from the network.
    """
    if not html.rstrip().endswith("</html>"):
        raise _missing(packet, file="packet.html", what="the end of the document")
    page = _Page()
    page.feed(html)
    for kind, names in (("fig", packet.figures), ("tbl", [table.name for table in packet.tables])):
        for name in names:
            if page.ids[f"{kind}-{name}"] == 0:
                raise _missing(packet, file="packet.html", what=f"the {_WORDS[kind]} {name}")
    repeated = [name for name, count in page.ids.items() if count > 1]
    if repeated:
        raise _wrong(packet, file="packet.html", what=f"the id {repeated[0]} occurs twice")
    pictures = len(packet.figures) + len(packet.pictures)
    if len(page.pictures) != pictures:
        what = f"there are {len(page.pictures)} pictures instead of {pictures}"
        raise _wrong(packet, file="packet.html", what=what)
    if not all(alt.strip() for alt in page.pictures):
        raise _missing(packet, file="packet.html", what="the alternative text of a picture")
    if page.outside:
        raise _wrong(packet, file="packet.html", what=f"{page.outside[0]} would be fetched from elsewhere")
    dangling = sorted({link for link in page.links if page.ids[link] == 0})
    if dangling:
        raise _missing(packet, file="packet.html", what=f"the target of the link #{dangling[0]}")
    _verify_tables(page, packet=packet)
    _verify_numbers("".join(page.text), packet=packet, file="packet.html")


def verify_pdf(path: Path, *, typst_source: str, packet: PacketSource) -> None:
    """Compare a rendered PDF, and the Typst it was made from, with its source.

    Parameters
    ----------
    path : Path
        The PDF.
    typst_source : str
        The Typst text that was compiled: text inside a PDF is compressed, so it is looked for here.
    packet : PacketSource
        What must be in it.

    Raises
    ------
    RenderError
        Names the school and what is missing.
    """
    pdf = path.read_bytes() if path.exists() else b""
    if not pdf.startswith(b"%PDF-") or not pdf.rstrip().endswith(b"%%EOF"):
        raise _missing(packet, file="packet.pdf", what="its end" if pdf else "the file itself")
    for kind, names in (("fig", packet.figures), ("tbl", [table.name for table in packet.tables])):
        found = re.findall(rf"^\s*<({kind}-[\w-]+)>\s*$|\)\s*<({kind}-[\w-]+)>", typst_source, re.MULTILINE)
        labels = Counter(first or second for first, second in found)
        for name in names:
            if labels[f"{kind}-{name}"] != 1:
                raise _missing(packet, file="packet.pdf", what=f"the {_WORDS[kind]} {name}")
    if unresolved := _UNRESOLVED.search(typst_source.replace("\\", "")):
        raise _wrong(packet, file="packet.pdf", what=f"the reference {unresolved[0]} is not resolved")
    _verify_cells(typst_source, packet=packet)
    pictures = len(re.findall(r"\bimage\(\"[^\"]+\", alt: \"[^\"]", typst_source))
    if pictures != len(packet.figures) + len(packet.pictures):
        raise _missing(packet, file="packet.pdf", what="a picture with its alternative text")


_WORDS = {"fig": "figure", "tbl": "table"}


class _Page(HTMLParser):
    """Collects what is compared: ids, links, pictures, text and the cells of tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.outside: list[str] = []
        self.text: list[str] = []
        self.tables: list[list[list[str]]] = []
        self._silent = 0
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag == "a" and values.get("href", "").startswith("#"):
            self.links.append(values["href"][1:])
        if tag == "img":
            self.pictures.append(values.get("alt", ""))
        source = values.get("src") or (values.get("href") if tag == "link" else "")
        if source and not source.startswith(("data:", "#")):
            self.outside.append(source[:80])
        self._silent += tag in {"script", "style"}
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.text.append(data)
        if self._in_cell:
            self.tables[-1][-1][-1] += data


def _verify_tables(page: _Page, *, packet: PacketSource) -> None:
    rendered = [[[_plain(cell) for cell in row] for row in table] for table in page.tables]
    for table in packet.tables:
        if _cells_of(table) not in rendered:
            what = f"the cells of the table {table.name} are not those of the source"
            raise _wrong(packet, file="packet.html", what=what)


def _verify_cells(typst_source: str, *, packet: PacketSource) -> None:
    text = _plain(_read_typst(typst_source))
    for table in packet.tables:
        for cell in {cell for row in table.rows for cell in row if any(map(str.isdigit, cell))}:
            if _plain(cell) not in text:
                raise _missing(packet, file="packet.pdf", what=f"a number of the table {table.name}")


_TYPST = {"---": "—", "--": "–", "~": " "}


def _read_typst(source: str) -> str:
    """Read Typst markup as text: characters that are escaped, and what Pandoc writes for dashes and fixed spaces."""
    return re.sub(r"\\(.)|---|--|~", lambda found: found[1] or _TYPST[found[0]], source)


def _cells_of(table: PrintedTable) -> list[list[str]]:
    return [[_plain(cell) for cell in row] for row in (table.header, *table.rows)]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _verify_numbers(text: str, *, packet: PacketSource, file: str) -> None:
    if found := _UNRESOLVED.search(text):
        raise _wrong(packet, file=file, what=f"the reference {found[0]} is not resolved")
    numbered = set(re.findall(r"\b(Figure|Table)\s(\d+):", text))
    for word, count in (("Figure", len(packet.figures)), ("Table", len(packet.tables))):
        for number in range(1, count + 1):
            if (word, str(number)) not in numbered:
                raise _missing(packet, file=file, what=f"{word} {number}")


def _missing(packet: PacketSource, *, file: str, what: str) -> RenderError:
    return _wrong(packet, file=file, what=f"{what} is missing")


def _wrong(packet: PacketSource, *, file: str, what: str) -> RenderError:
    return RenderError(
        f"{file} of {packet.meta.school_name} is not whole: {what}",
        next_step="Render again; if it stays, try --renderer builtin and keep packet.qmd for a report",
    )
