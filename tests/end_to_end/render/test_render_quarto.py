"""Quarto's packets: the same content, and nothing believed that was not looked at."""

import re
import shutil
import stat
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from mtss_analysis.errors import ParameterError
from mtss_analysis.packet.render import choose_renderer
from mtss_analysis.packet.render.builtin import BuiltinRenderer
from mtss_analysis.packet.render.quarto import QuartoRenderer, write_project

from .conftest import SCHOOL, make_source

needs_quarto = pytest.mark.skipif(shutil.which("quarto") is None, reason="quarto is not on the PATH")

FAKE = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import pathlib, shutil, sys, yaml
project = yaml.safe_load(pathlib.Path("_quarto.yml").read_text())
documents = [pathlib.Path(name) for name in project["project"]["render"]]
made = pathlib.Path({made!r})
whole = (made / "packet.html").read_text()
def copy(document, html=None):
    out = pathlib.Path("_rendered") / document.parent
    out.mkdir(parents=True)
    shutil.copy(made / "packet.pdf", out)
    (document.parent / "packet.typ").write_text((made / "packet.typ").read_text())
    (out / "packet.html").write_text(whole if html is None else html)
{behaviour}
"""


class Words(HTMLParser):
    """Collects the words of a page."""

    def __init__(self):
        super().__init__()
        self.words = []

    def handle_data(self, data):
        """Keep words."""
        self.words += data.split()


def read_words(path: Path) -> list[str]:
    html = path.read_text(encoding="utf-8")
    words = Words()
    words.feed(html[html.index("<main") : html.index("</main>")])
    return words.words


@pytest.fixture
def fake_quarto(rendered, tmp_path):
    """Make a stand-in for quarto that does what it is told."""
    made = tmp_path / "made"
    made.mkdir()
    shutil.copy(rendered.html, made)
    shutil.copy(rendered.pdf, made)
    labels = [f"<fig-{name}>" for name in rendered.source.figures]
    labels += [f"<tbl-{table.name}>" for table in rendered.source.tables]
    pictures = len(rendered.source.figures) + len(rendered.source.pictures)
    cells = [cell for table in rendered.source.tables for row in table.rows for cell in row]
    lines = [
        *labels,
        *(['image("a.png", alt: "b")'] * pictures),
        *(re.sub(r"([\\~-])", r"\\\1", cell) for cell in cells),
    ]
    (made / "packet.typ").write_text("\n".join(lines), encoding="utf-8")

    def write(behaviour: str) -> QuartoRenderer:
        program = tmp_path / "quarto"
        program.write_text(FAKE.format(python=sys.executable, made=str(made), behaviour=behaviour), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IEXEC)
        return QuartoRenderer(program)

    return write


def test_whole_output_is_taken(fake_quarto, source):
    """A rendering in which nothing is missing is put into the packet's folder, and nothing else is."""
    before = {path.name for path in source.folder.iterdir()}
    (result,) = fake_quarto("for document in documents: copy(document)").render([source])
    assert result.error is None
    assert {path.name for path in source.folder.iterdir()} == before | {"packet.html", "packet.pdf"}


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("sys.exit('ERROR: YAML is broken')", "YAML is broken"),
        ("pass", "packet.html is missing"),
        ("for d in documents: copy(d)\nsys.exit(1)", "exit code 1"),
        ("for d in documents: copy(d, html='')", "packet.html"),
        (
            "for d in documents: copy(d, html=whole[:-20])",
            "the end of the document",
        ),
        (
            "for d in documents: copy(d, html=whole.replace('See ', '?@fig-gone '))",
            "?@fig-gone is not resolved",
        ),
        (
            "for d in documents: copy(d, html=whole.replace('>31.0<', '>31.9<'))",
            "the cells of the table long",
        ),
        (
            "for d in documents: copy(d, html=whole.replace('id=\"fig-effects\"', ''))",
            "the figure effects is missing",
        ),
        ("for d in documents: copy(d); (d.parent / 'packet.typ').write_text('')", "packet.pdf"),
    ],
)
def test_what_is_not_whole_is_an_error(fake_quarto, source, behaviour, said):
    """Failing, or writing nothing, half or something else, is an error that names the school."""
    (result,) = fake_quarto(behaviour).render([source])
    assert said in result.error.problem
    assert SCHOOL in result.error.problem
    assert not (source.folder / "packet.html").exists()


def test_a_failed_neighbour_does_not_fail_the_others(fake_quarto, rendered, source, tmp_path):
    """Where Quarto stops at one packet, the others are rendered without it."""
    broken = make_source(tmp_path / "broken")
    broken.qmd.write_text(broken.qmd.read_text(encoding="utf-8") + "\nBROKEN\n", encoding="utf-8")
    behaviour = "for d in documents:\n  if 'BROKEN' in d.read_text(): sys.exit('ERROR: BROKEN')\n  copy(d)"
    first, second = fake_quarto(behaviour).render([broken, source])
    assert "ERROR: BROKEN" in first.error.problem
    assert second.ok


def test_auto_is_what_there_is(monkeypatch, tmp_path):
    """Auto takes Quarto where it is on the PATH and the built-in renderer otherwise; quarto alone insists."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_renderer("auto").name == "builtin"
    assert choose_renderer("builtin").name == "builtin"
    with pytest.raises(ParameterError, match="quarto is not on the PATH"):
        choose_renderer("quarto")
    program = tmp_path / "quarto"
    program.write_text("#!/bin/sh\necho 9.9.9\n", encoding="utf-8")
    program.chmod(0o755)
    assert choose_renderer("auto").name == "quarto"
    assert choose_renderer("quarto").describe() == "Quarto 9.9.9"


def test_project_file_of_the_reports_folder_is_current():
    """The project file for rendering by hand says what the kit itself tells Quarto."""
    reports = Path(__file__).parents[3] / "reports"
    theme = "../mtss_analysis/packet/render/theme"
    written = write_project(render=["*/*/*/packet.qmd"], formats=["html", "pdf"], theme=theme, fonts=[])
    stored = yaml.safe_load((reports / "_quarto.yml").read_text(encoding="utf-8"))
    assert stored == yaml.safe_load(written)
    assert (reports / theme / "packet.typ").resolve().is_file()


@pytest.fixture(scope="module")
def both(rendered, tmp_path_factory):
    """Render the made-up packet with the built-in renderer and twice with Quarto, in one project."""
    folder = tmp_path_factory.mktemp("quarto")
    results = QuartoRenderer().render([make_source(folder / "a"), make_source(folder / "b")])
    assert [result.error for result in results] == [None, None]
    return rendered, *results


@needs_quarto
def test_quarto_prints_the_same_words(both):
    """Both renderers give the same words, numbers and references in the same order."""
    rendered, first, _ = both
    words = {path: read_words(path) for path in (rendered.html, first.files[0])}
    assert words[rendered.html] == words[first.files[0]]


@needs_quarto
def test_quarto_makes_the_same_bytes(both):
    """Quarto gives the same bytes for the same source."""
    _, first, second = both
    for one, other in zip(first.files, second.files, strict=True):
        assert one.read_bytes() == other.read_bytes()


@needs_quarto
def test_quarto_leaves_nothing_behind(both):
    """No folder of Quarto's own stands beside the packet."""
    _, first, _ = both
    names = {path.name for path in first.packet.folder.iterdir()}
    assert names == {"packet.qmd", "packet.html", "packet.pdf", "figures", "tables", "findings.json"}


@needs_quarto
def test_quarto_pdf_conforms(both):
    """Quarto's PDF passes PDF/UA-1 and has as many pages as the built-in one."""
    page_validation = pytest.importorskip("page")
    pypdf = pytest.importorskip("pypdf")
    rendered, first, _ = both
    assert page_validation.is_pdf_compliant(first.files[1], profile="ua1")
    printed = [
        [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(path).pages]
        for path in (rendered.pdf, first.files[1])
    ]
    assert printed[0] == printed[1]


@needs_quarto
@pytest.mark.parametrize("width", [1280, 390])
def test_quarto_html_breaks_no_wcag_rule(both, open_page, find_violations, width):
    """Quarto's HTML breaks no WCAG 2.1 A or AA rule and asks nothing of the network."""
    page, complaints = open_page(both[1].files[0], width=width)
    assert find_violations(page) == []
    assert complaints == []


@needs_quarto
def test_quarto_error_is_shown(source):
    """What Quarto refuses comes back as an error with the school and Quarto's own words."""
    text = source.qmd.read_text(encoding="utf-8")
    source.qmd.write_text(text.replace("title: ", "title: : ", 1), encoding="utf-8")
    (result,) = QuartoRenderer().render([source], ["html"])
    assert SCHOOL in result.error.problem
    assert "YAML" in result.error.problem
    (builtin,) = BuiltinRenderer().render([source], ["html"])
    assert not builtin.ok
