"""A made-up packet that holds every part a packet can have, with characters that break careless software."""

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import nbformat
import pytest
from matplotlib.figure import Figure as Canvas
from nbformat import v4

from mtss_analysis.packet.assemble import assemble_packet
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.render.builtin import BuiltinRenderer
from mtss_analysis.packet.source import PacketSource
from mtss_analysis.show.display import Column, Figure, LinkedText, RecordSet, Table, Text

NASTY = (
    r"""Oak_Hill: "P.S. 8" | $5 & $6 <b>x</b> @home #1 *a* _b_ `c` ~d~ ^e^ {f} [g](h) \n -- --- ... -? """
    r"""/ // <a@b.org> 'i' &lt; <10"""
)
SCHOOL = 'P.S. 8: "Oak_Hill" & Co | $5 @ <10'
ALT = r'Line from 41 to 56 percent, "quoted" | <10 & &lt; $5 @x_y {#a} [b] \ back'
LONG_ROWS = (
    *(
        (f"Grade {grade}, {window} of the year", str(20 + grade), f"{30 + grade}.{number}")
        for grade in range(1, 26)
        for number, window in enumerate(("fall", "winter", "spring"))
    ),
    (LinkedText("leads to the picture", to="fig-reading"), "1", "2"),
    (LinkedText("leads nowhere", to="tbl-nowhere"), "3", "4"),
)
_KPI = """::: {{.kpi}}
[Indicator {number}]{{.kpi-label}}

[{number}1 of 100]{{.kpi-number}} [up {number} since last year]{{.kpi-change}}

![](figures/spark-{number}.png){{.spark}}

In spring 2026, {number}1 of every 100 third-graders met the benchmark
(likely between 2 and 91), up from 1 in fall.
:::
"""
_LIST = """::: {{.list}}
## {heading} {{.unnumbered .unlisted}}

- Reading in grade 3 rises faster than in similar schools (@sec-trends).
- Walkthroughs found the practice in 74 of 100 visits in the first two weeks.
- We cannot say whether attendance changed.
:::
"""
_LISTS = (
    "What goes well",
    "What needs attention",
    "What we would do next",
    "What changed since the last packet",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A packet source and its two renderings."""

    source: PacketSource
    html: Path
    pdf: Path


def draw(*, width: float, height: float) -> bytes:
    """Draw a small line chart as PNG."""
    canvas = Canvas(figsize=(width, height), dpi=80)
    axes = canvas.add_subplot()
    axes.plot([1, 2, 3], [41, 50, 56])
    out = io.BytesIO()
    with mpl.rc_context({"savefig.bbox": None}):
        canvas.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def show(display: Figure | Table | Text | RecordSet) -> nbformat.NotebookNode:
    """Make an executed code cell that shows a display object."""
    cell = v4.new_code_cell("shown")
    cell.outputs = [
        v4.new_output("stream", name="stderr", text="a warning nobody should read"),
        v4.new_output("display_data", data=display._repr_mimebundle_()),
    ]
    return cell


def make_cover() -> list[Figure | Text]:
    """Make page one at its fullest: six indicators and four lists of three."""
    cards = "\n".join(_KPI.format(number=number) for number in range(1, 7))
    lists = "\n".join(_LIST.format(heading=heading) for heading in _LISTS)
    sparks = [
        Figure(
            name=f"spark-{number}",
            caption="",
            alt=f"Rising, {number}",
            png=draw(width=1.9, height=0.45),
            width_in=1.9,
        )
        for number in range(1, 7)
    ]
    return [Text(markdown=f":::: {{.kpis}}\n{cards}::::\n\n:::: {{.lists}}\n{lists}::::"), *sparks]


def write_notebooks(folder: Path) -> list[Path]:
    """Write two executed notebooks."""
    analyst = v4.new_markdown_cell("Only for the analyst.", metadata={"tags": ["analyst"]})
    columns = (Column(title=NASTY), Column(title="n", align="right"), Column(title="Percent", align="right"))
    chart = draw(width=6.5, height=3)
    trends = [
        analyst,
        v4.new_code_cell('school_id: str = "0063"', metadata={"tags": ["parameters"]}),
        v4.new_markdown_cell("# Trends {#sec-trends}\n\n::: {.answer}\nReading rose.\n:::"),
        v4.new_markdown_cell(
            "## Where are we? {#sec-where}\n\nSee [@fig-reading; @tbl-long], [-@tbl-long] and @sec-effects."
        ),
        show(Figure(name="reading", caption=f"{NASTY}; see @tbl-long", alt=ALT, png=chart)),
        show(Table(name="long", caption=NASTY, columns=columns, rows=LONG_ROWS, note=f"Withheld: {NASTY}")),
        show(RecordSet(records=[{"finding": "levels", "requirement": "R6", "district_id": "11", "estimate": 0.1}])),
        v4.new_markdown_cell("::: {.questions}\n## Questions for the team\n\n- What do you see?\n:::"),
    ]
    wide = tuple(Column(title=f"Fall {year} screening (%)", align="right") for year in range(2010, 2022))
    effects = [
        v4.new_markdown_cell("# Intervention effects {#sec-effects}\n\nAs @sec-where says, @fig-effects shows."),
        show(Figure(name="effects", caption="Small classes ended higher.", alt="Two bars.", png=chart)),
        show(
            Table(
                name="wide",
                caption="Wide",
                columns=(Column(title="Group"), *wide),
                rows=[(NASTY, *["41.5"] * 12)],
            )
        ),
    ]
    paths = []
    for name, cells in (("trends", trends), ("effects", effects)):
        path = folder / f"{name}.ipynb"
        nbformat.write(v4.new_notebook(cells=cells), path)
        paths.append(path)
    return paths


def make_source(folder: Path, *, paper: str = "us-letter", cover: bool = True) -> PacketSource:
    """Assemble the made-up packet."""
    folder.mkdir(parents=True)
    narrative = folder / "narrative.md"
    narrative.write_text(
        "# Our view\n\nWe *agree*; see @fig-reading. <b>$5</b>\n\n#### Deep\n\nMore.\n", encoding="utf-8"
    )
    meta = PacketMeta(
        title="MTSS school packet",
        school_name=SCHOOL,
        district_name="Riverbend",
        school_year="2025-26",
        date_of_data="2026-06-30",
        district_id="11",
        school_id="0063",
        kit_version="0.1.0",
        implementation_year="third year",
        paper=paper,
    )
    return assemble_packet(
        executed=write_notebooks(folder),
        cover=make_cover() if cover else [],
        folder=folder / "packet",
        meta=meta,
        narrative=narrative,
        provenance={"students.parquet": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    )


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    """Render the made-up packet with the built-in renderer."""
    source = make_source(tmp_path_factory.mktemp("rendered") / "a")
    (result,) = BuiltinRenderer().render([source])
    assert result.error is None, result.error
    html, pdf = result.files
    return Rendered(source=source, html=html, pdf=pdf)


@pytest.fixture
def source(rendered, tmp_path):
    """Copy the made-up packet's source, without renderings, so that a test may spoil it."""
    folder = tmp_path / "packet"
    shutil.copytree(rendered.source.folder, folder, ignore=shutil.ignore_patterns("packet.html", "packet.pdf"))
    made = rendered.source
    return PacketSource(
        folder=folder,
        meta=made.meta,
        figures=made.figures,
        tables=made.tables,
        pictures=made.pictures,
        records=made.records,
    )


@pytest.fixture(scope="session")
def browser():
    """Chromium without a network."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this computer")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser):
    """Open a file in a page that refuses the network; returns the page and what it complained about."""
    contexts = []

    def open_file(path: Path, *, width: int = 1280):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        complaints: list[str] = []

        def refuse(route):
            complaints.append(f"network request: {route.request.url}")
            route.abort()

        context.route(lambda url: not url.startswith(("file:", "data:")), refuse)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.goto(path.as_uri())
        return page, complaints

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture
def find_violations():
    """Run axe-core over a page and return what breaks WCAG 2.1 A or AA."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def find(page) -> list[str]:
        rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
        report = axe.run(page, options=rules).response
        assert report["passes"], "axe-core checked nothing"
        return [f"{found['id']}: {found['nodes'][0]['html'][:120]}" for found in report["violations"]]

    return find
