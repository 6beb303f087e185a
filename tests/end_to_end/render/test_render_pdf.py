"""The PDF packet: tagged and validated, complete, the same every time."""

import re
from itertools import pairwise

import pytest

from mtss_analysis.packet.render.builtin import BuiltinRenderer

from .conftest import ALT, LONG_ROWS, NASTY, SCHOOL, make_source

page_validation = pytest.importorskip("page")
pypdf = pytest.importorskip("pypdf")


@pytest.fixture(scope="module")
def pdf(rendered):
    return pypdf.PdfReader(rendered.pdf)


@pytest.fixture(scope="module")
def texts(pdf):
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def walk(node):
    """Yield every structure element below a node of the structure tree."""
    node = node.get_object()
    kids = node.get("/K", [])
    if not isinstance(kids, list):
        kids = [kids]
    for kid in kids:
        element = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(element, dict) and "/S" in element:
            yield element
            yield from walk(element)


@pytest.fixture(scope="module")
def elements(pdf):
    return list(walk(pdf.trailer["/Root"]["/StructTreeRoot"]))


@pytest.mark.parametrize("profile", ["ua1", "2a"])
def test_conforms(rendered, profile):
    """The PDF passes an independent check of PDF/UA-1 and of PDF/A-2a."""
    report = page_validation.validate_pdf(rendered.pdf, profile=profile)
    assert report.rules.total > 100
    assert [failure.rule_id for failure in report.failures] == []


def test_validator_can_fail(rendered):
    """The check is worth something: the same file without its alternative texts does not pass."""
    spoiled = rendered.pdf.read_bytes().replace(b"pdfuaid:part", b"pdfuaid:trap")
    assert not page_validation.validate_pdf_bytes(spoiled, profile="ua1").is_compliant


def test_names_itself(pdf):
    """Title, language and date of the data are in the document's properties; the date of the run is not."""
    assert pdf.metadata.title == f"{SCHOOL} – MTSS school packet"
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    assert pdf.metadata.creation_date.date().isoformat() == "2026-06-30"


def test_alternative_texts_are_in_the_structure_tree(elements):
    """Every picture has its alternative text where a screen reader looks for it."""
    alts = [str(element["/Alt"]) for element in elements if "/Alt" in element]
    assert alts.count(ALT) == 1
    assert {f"Rising, {number}" for number in range(1, 7)} <= set(alts)


def test_tables_are_tables(elements):
    """Tables keep rows, header cells and data cells in the structure tree."""
    kinds = [element["/S"] for element in elements]
    assert kinds.count("/Table") == 3
    assert kinds.count("/TH") >= 3 + 13 + 2
    assert kinds.count("/TD") >= 3 * len(LONG_ROWS)


def test_headings_start_at_one_and_skip_no_level(elements):
    """Headings are H1, H2, … without a gap."""
    levels = [int(found[1]) for element in elements if (found := re.fullmatch(r"/H([1-6])", element["/S"]))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_long_table_repeats_its_header(texts):
    """A table that runs over pages shows its header on each of them."""
    pages = [text for text in texts if "winter of the year" in text]
    assert len(pages) >= 2
    assert all("n Percent" in text for text in pages)


def test_caption_stays_with_its_table(source):
    """Wherever a page ends, the caption of a table and its first row stand on one page."""
    text = source.qmd.read_text(encoding="utf-8")
    together = 0
    for lines in range(10, 24):
        filler = "A line of text.\n\n" * lines
        with_filler = text.replace("As @sec-where says", filler + "As @sec-where says")
        source.qmd.write_text(with_filler, encoding="utf-8")
        (result,) = BuiltinRenderer().render([source], ["pdf"])
        pages = [page.extract_text() for page in pypdf.PdfReader(result.files[0]).pages]
        (page,) = (page for page in pages if "Table 2: Wide" in page)
        assert "41.5" in page, f"after {lines} lines"
        together += "Figure 2:" in page
    assert 0 < together < 14, "the table never met the end of a page"


def test_every_row_is_printed(texts):
    """No row of a long table is lost between pages."""
    printed = " ".join(texts)
    for label, count, percent in LONG_ROWS:
        assert f"{label} {count} {percent}" in printed


def test_every_character_survives(texts):
    """Titles, captions, notes and cells hold exactly the characters they were given."""
    printed = " ".join(texts)
    assert printed.count("Oak_Hill") > 5
    assert SCHOOL in texts[0]
    assert f"Table 1: {' '.join(NASTY.split())}" in printed


def test_references_have_numbers(texts):
    """References show the numbers of figures, tables and sections, the same as in HTML."""
    printed = " ".join(texts)
    assert "See Figure 1, Table 1, 1 and Section 2." in printed
    assert "As Section 1.1 says, Figure 2 shows." in printed


def test_cells_lead_to_what_the_packet_has(texts, elements):
    """Linked cells are printed as they read, and the one whose figure is there is tagged as a link."""
    printed = " ".join(texts)
    assert "leads to the picture" in printed
    assert "leads nowhere" in printed
    assert any(element.get("/S") == "/Link" for element in elements)


def test_pages_are_counted(texts):
    """Every page says which of how many it is; pages after the first name the school."""
    for number, text in enumerate(texts, start=1):
        assert f"{number} of {len(texts)}" in text
        assert SCHOOL in text


@pytest.mark.parametrize("paper", ["us-letter", "a4"])
def test_page_one_is_one_page(tmp_path, paper):
    """Page one at its fullest fits one page of either paper and nothing else stands on it."""
    source = make_source(tmp_path / "made", paper=paper)
    (result,) = BuiltinRenderer().render([source], ["pdf"])
    reader = pypdf.PdfReader(result.files[0])
    first, second = (" ".join(page.extract_text().split()) for page in reader.pages[:2])
    assert "Indicator 6" in first
    assert first.count("We cannot say whether attendance changed.") == 4
    assert "Contents" in second
    assert "attendance changed" not in second
    width = {"us-letter": 612, "a4": 595}[paper]
    assert int(reader.pages[0].mediabox.width) == width


def test_packet_without_page_one(tmp_path):
    """A packet without page one renders, with its contents first."""
    source = make_source(tmp_path / "made", cover=False)
    (result,) = BuiltinRenderer().render([source])
    assert result.error is None
    assert page_validation.is_pdf_compliant(result.files[1], profile="ua1")


def test_same_bytes_every_time(rendered, source):
    """The same source gives the same PDF, byte for byte, in another folder."""
    BuiltinRenderer().render([source], ["pdf"])
    assert (source.folder / "packet.pdf").read_bytes() == rendered.pdf.read_bytes()


def test_uses_the_fonts_that_ship_with_the_kit(pdf):
    """Only DejaVu is embedded, whatever fonts the computer has."""
    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[1]
        for page in pdf.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert fonts
    assert all(font.startswith("DejaVu") for font in fonts)


def test_page_one_that_is_too_long_is_refused(source):
    """A page one that does not fit even in small print is an error, not two pages."""
    text = source.qmd.read_text(encoding="utf-8")
    longer = text.replace("- We cannot say whether attendance changed.", "- We cannot say.\n" * 60)
    source.qmd.write_text(longer, encoding="utf-8")
    (result,) = BuiltinRenderer().render([source], ["pdf"])
    assert "page one is longer than one page" in result.error.problem
    assert SCHOOL in result.error.problem
