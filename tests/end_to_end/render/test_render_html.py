"""The HTML packet: readable by everyone, complete, self-contained, the same every time."""

import re
from html.parser import HTMLParser

import pytest

from mtss_analysis.packet.render.builtin import BuiltinRenderer

from .conftest import ALT, LONG_ROWS, NASTY, SCHOOL


class Text(HTMLParser):
    """Collects the text of a page and the alternative texts of its pictures."""

    def __init__(self):
        super().__init__()
        self.text = ""
        self.alts = []

    def handle_starttag(self, tag, attrs):
        """Keep alternative texts."""
        if tag == "img":
            self.alts.append(dict(attrs).get("alt"))

    def handle_data(self, data):
        """Keep text."""
        self.text += data


@pytest.fixture(scope="module")
def read(rendered):
    page = Text()
    page.feed(rendered.html.read_text(encoding="utf-8"))
    page.text = " ".join(page.text.split())
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_breaks_no_wcag_rule(rendered, open_page, find_violations, width):
    """No WCAG 2.1 A or AA rule is broken, on a desk and on a phone."""
    page, _ = open_page(rendered.html, width=width)
    assert find_violations(page) == []


def test_asks_nothing_of_the_network(rendered, open_page):
    """The page loads without a network request, a console message or a script."""
    page, complaints = open_page(rendered.html)
    assert complaints == []
    assert page.locator("script").count() == 0
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")


@pytest.mark.parametrize("width", [1280, 390])
def test_scrolls_sideways_only_inside_tables(rendered, open_page, width):
    """The page is never wider than the screen; a wide table scrolls in a box that the keyboard reaches."""
    page, _ = open_page(rendered.html, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.locator(".table-scroll", has=page.locator("#tbl-wide"))
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth && box.tabIndex === 0")


def test_every_character_survives(read):
    """Titles, captions, notes, cells and alternative texts hold exactly the characters they were given."""
    assert read.text.count(" ".join(NASTY.split())) == 5  # two captions, a header, a note, a cell
    assert SCHOOL in read.text
    assert ALT in read.alts


def test_counts_as_quarto_does(read):
    """Figures, tables and sections are numbered in reading order and references show these numbers."""
    for expected in (
        "See Figure 1, Table 1, 1 and Section 2.",
        "As Section 1.1 says, Figure 2 shows.",
        "Figure 2: Small classes ended higher.",
        "Table 3: What this packet was made from.",
        "3 From the school",
        "4 Provenance",
    ):
        assert expected in read.text


def test_cells_lead_to_what_the_packet_has(rendered):
    """A linked cell is a link to the figure that is there, and plain text where the packet has no such table."""
    page = rendered.html.read_text(encoding="utf-8")
    assert '<a href="#fig-reading">leads to the picture</a>' in page
    assert 'id="fig-reading"' in page
    assert re.search(r"<th[^>]*>leads nowhere</th>", page)
    assert "#tbl-nowhere" not in page


def test_leaves_out_what_is_not_for_readers(read):
    """Code, messages and cells for the analyst are not in the packet; raw HTML is shown as text."""
    for absent in ("Only for the analyst", "a warning nobody", "school_id: str"):
        assert absent not in read.text
    assert "<b>$5</b>" in read.text


def test_has_the_structure_of_a_document(rendered, open_page):
    """Language, landmarks, a skip link, captions and the header cells of tables are there."""
    page, _ = open_page(rendered.html)
    assert page.locator("html").get_attribute("lang") == "en"
    for landmark in ("header", "main", "nav", "footer"):
        assert page.locator(f"body {landmark}").count() >= 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    assert page.locator("figure#fig-reading > figcaption").count() == 1
    table = page.locator("table#tbl-long")
    assert table.locator("caption").count() == 1
    assert table.locator("thead th[scope=col]").count() == 3
    assert table.locator("tbody th[scope=row]").count() == len(LONG_ROWS)


def test_same_bytes_every_time(rendered, source):
    """The same source gives the same HTML, byte for byte, in another folder."""
    BuiltinRenderer().render([source], ["html"])
    assert (source.folder / "packet.html").read_bytes() == rendered.html.read_bytes()


def test_only_what_was_asked_for(source):
    """A run that asks for HTML alone gets no PDF."""
    (result,) = BuiltinRenderer().render([source], ["html"])
    assert [path.name for path in result.files] == ["packet.html"]
    assert not (source.folder / "packet.pdf").exists()


def test_names_the_school_when_pandoc_fails(source):
    """What Pandoc refuses or only warns of is an error that names the school and leaves no rendering."""
    text = source.qmd.read_text(encoding="utf-8")
    source.qmd.write_text(re.sub(r"figures/reading\.png", "figures/nowhere.png", text), encoding="utf-8")
    (result,) = BuiltinRenderer().render([source])
    assert SCHOOL in result.error.problem
    assert "nowhere.png" in result.error.problem
    assert result.files == ()
