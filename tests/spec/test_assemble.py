"""What assembling writes, and what it refuses."""

import csv
import json
import pickle

import nbformat
import pytest
from nbformat import v4

from mtss_analysis.errors import RenderError
from mtss_analysis.findings.record import RECORD_FIELDS
from mtss_analysis.packet.assemble import assemble_packet
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.show.display import Column, Figure, LinkedText, RecordSet, Table, Text

PNG = b"\x89PNG\r\n\x1a\n rest of the picture"
META = PacketMeta(
    title="MTSS: school packet",
    school_name='Oak_Hill "East": 8',
    district_name="Riverbend",
    school_year="2025-26",
    date_of_data="2026-06-12",
    district_id="11",
    school_id="0063",
    kit_version="0.1.0",
)
FIGURE = Figure(name="reading", caption="Reading rose, see @tbl-levels.", alt="From 41 to 56.", png=PNG)
TABLE = Table(
    name="levels",
    caption="Levels: <10 withheld",
    columns=(Column(title="Grade"), Column(title="n", align="right")),
    rows=(("0012", "1|2"), ("NO", "<10")),
    note="See @fig-reading & more.",
)
RECORD = {
    "sentence": "Reading rose.",
    "finding": "levels",
    "requirement": "R6",
    "district_id": "11",
    "estimate": 0.1,
}


def show(*displays):
    cells = [v4.new_markdown_cell("# Trends {#sec-trends}\n\nSee @fig-reading and @sec-trends.")]
    for display in displays:
        cell = v4.new_code_cell("shown")
        cell.outputs = [v4.new_output("display_data", data=display._repr_mimebundle_())]
        cells.append(cell)
    return cells


@pytest.fixture
def assemble(tmp_path):
    """Assemble one notebook of the given cells into a folder of its own."""
    count = iter(range(99))

    def run(cells, **options):
        number = next(count)
        path = tmp_path / f"notebook{number}.ipynb"
        nbformat.write(v4.new_notebook(cells=cells), path)
        given = {"cover": [], "meta": META, "folder": tmp_path / f"packet{number}", **options}
        return assemble_packet(executed=[path], **given)

    return run


def test_writes_every_file(assemble):
    """Source, pictures, tables as CSV and records as JSON stand in the folder, with what they were given."""
    packet = assemble(show(FIGURE, TABLE, RecordSet(records=[RECORD])))
    assert packet.figures == ("reading",)
    assert (packet.folder / "figures/reading.png").read_bytes() == PNG
    with (packet.folder / "tables/levels.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["Grade", "n"], ["0012", "1|2"], ["NO", "<10"]]
    text = (packet.folder / "findings.json").read_text(encoding="utf-8")
    assert text.endswith("]\n")
    (record,) = json.loads(text)
    assert tuple(record) == RECORD_FIELDS
    assert (record["estimate"], record["p_value"], record["district_id"]) == (0.1, None, "11")


def test_source_holds_displays_in_place(assemble):
    """A figure, a table with its note and the front matter are written with every character escaped."""
    source = assemble(show(FIGURE, TABLE)).qmd.read_text(encoding="utf-8")
    assert 'title: "Oak\\\\_Hill \\\\\\"East\\\\\\": 8"' in source
    expected = (
        "![Reading rose, see @tbl-levels.](figures/reading.png)"
        '{#fig-reading fig-alt="From 41 to 56." width=6.5in}\n'
        "\n"
        "| Grade | n |\n"
        "| :-------- | ------: |\n"
        "| 0012 | 1\\|2 |\n"
        "| NO | \\<10 |\n"
        "\n"
        ": Levels: \\<10 withheld {#tbl-levels}\n"
        "\n"
        "::: {.note}\n"
        "See @fig-reading \\& more.\n"
        ":::\n"
    )
    assert expected in source


def test_linked_cells_lead_to_what_is_there(assemble):
    """A linked cell is a link where the packet has its target, also a later one, plain elsewhere and in the CSV."""
    rows = ((LinkedText("to [b]", to="fig-reading"), "1"), (LinkedText("gone", to="tbl-gone"), "2"))
    table = Table(name="links", caption="Links.", columns=TABLE.columns, rows=rows)
    packet = assemble(show(table, FIGURE, TABLE))
    source = packet.qmd.read_text(encoding="utf-8")
    assert r"| [to \[b\]](#fig-reading) | 1 |" in source
    assert "| gone | 2 |" in source
    assert (packet.folder / "tables/links.csv").read_text(encoding="utf-8") == "Grade,n\nto [b],1\ngone,2\n"


def test_same_bytes_and_nothing_left_over(assemble, tmp_path):
    """The same notebooks give the same bytes, and an earlier packet's pictures and tables do not stay."""
    folder = tmp_path / "one"
    first = assemble(show(FIGURE, TABLE), folder=folder).qmd.read_bytes()
    (folder / "figures/old.png").write_bytes(PNG)
    assert assemble(show(FIGURE, TABLE), folder=folder).qmd.read_bytes() == first
    assert [path.name for path in (folder / "figures").iterdir()] == ["reading.png"]


def test_records_keep_their_order(assemble):
    """Records stand as emitted: page one's first, then notebook by notebook."""
    records = [{**RECORD, "finding": name} for name in "bca"]
    packet = assemble(
        show(FIGURE, TABLE, *(RecordSet(records=[record]) for record in records[1:])),
        cover=[RecordSet(records=records[:1])],
    )
    assert [record["finding"] for record in packet.records] == ["b", "c", "a"]


def test_page_one_takes_small_pictures(assemble):
    """A picture that page one names stands there without number; another Figure of page one is numbered."""
    spark = Figure(name="spark", caption="", alt="Rising & <10", png=PNG, width_in=1.5)
    cover = [Text(markdown="![](figures/spark.png){.spark}"), spark]
    packet = assemble(show(FIGURE, TABLE), cover=cover)
    source = packet.qmd.read_text(encoding="utf-8")
    assert packet.pictures == ("spark",)
    assert packet.figures == ("reading",)
    assert '![](figures/spark.png){.spark fig-alt="Rising &amp; &#60;10" width=1.5in}' in source
    assert source.index(".page-one") < source.index("# Trends")


def test_narrative_cannot_break_the_packet(assemble, tmp_path):
    """The school's own headings are put below theirs, its labels, front matter and open divs do no harm."""
    narrative = tmp_path / "63.md"
    narrative.write_text(
        "---\ntitle: Taken over\n---\n### Ours {#sec-trends}\n\n# Top\n\n###### Deep\n\n"
        "::: {.page-one}\nopen {{< include x >}}\n",
        encoding="utf-8",
    )
    source = assemble(show(FIGURE, TABLE), narrative=narrative).qmd.read_text(encoding="utf-8")
    own = source[source.index("# From the school") :]
    assert [line.split(" {")[0] for line in own.splitlines() if line.startswith("#")] == [
        "# From the school",
        "## Ours",
        "## Top",
        "### Deep",
    ]
    assert "Taken over" not in source
    assert "page-one" not in own
    assert "{{<" not in own


def test_provenance_is_printed(assemble):
    """What the packet was made from is its last chapter and a table of its own."""
    packet = assemble(show(FIGURE, TABLE), provenance={"students.parquet": "0e1"})
    assert packet.tables[-1].rows == (("students.parquet", "0e1"),)
    assert packet.qmd.read_text(encoding="utf-8").rstrip().endswith("{#tbl-provenance}")


def cell_with(output):
    cell = v4.new_code_cell("shown")
    cell.outputs = [output]
    return cell


BARE = v4.new_output("execute_result", data={"text/plain": "DataFrame of student S0012"}, execution_count=1)
FAILED = v4.new_output("error", ename="KeyError", evalue="student S0012", traceback=["student S0012"])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([cell_with(BARE)], "cell 1 shows text/plain"),
        ([cell_with(FAILED)], "cell 1 failed with KeyError"),
        (show(FIGURE, TABLE, FIGURE), "the figure reading is shown twice"),
        (show(FIGURE, TABLE, TABLE), "the table levels is shown twice"),
        (show(FIGURE), "@tbl-levels refers to nothing"),
        (show(TABLE), "@fig-reading refers to nothing"),
        ([v4.new_markdown_cell("# A {#sec-a .unnumbered}\n\n@sec-a")], "has no number"),
        ([v4.new_markdown_cell("# A {#sec-a}\n\n# B {#sec-a}")], "sec-a occurs twice"),
        ([v4.new_markdown_cell("# A\n\n### B")], "skips from 1 to 3"),
        (
            [v4.new_markdown_cell("![x](https://example.org/x.png)")],
            "https://example.org/x.png is not one of",
        ),
        (show(Figure(name="x", caption="c", alt=" ", png=PNG)), "has no alternative text"),
        (show(Figure(name="x", caption="", alt="a", png=PNG)), "has no caption"),
        (show(Figure(name="X y", caption="c", alt="a", png=PNG)), "cannot be referred to"),
        (show(Figure(name="x", caption="c", alt="a", png=b"GIF")), "is not a PNG"),
        (show(Table(name="x", caption="c", columns=(), rows=())), "has no columns"),
        (show(RecordSet(records=[{**RECORD, "estimat": 1}])), "unknown field estimat"),
        (show(RecordSet(records=[{**RECORD, "estimate": float("nan")}])), "holds nan in estimate"),
        (show(RecordSet(records=[{**RECORD, "estimate": [1]}])), "holds a list in estimate"),
        (show(RecordSet(records=[{"requirement": "R6"}])), "names no finding"),
    ],
)
def test_refuses_what_a_packet_cannot_hold(assemble, cells, said):
    """What cannot be printed is an error that says where, and never a student's id."""
    with pytest.raises(RenderError, match=said.replace("(", r"\(")) as refused:
        assemble(cells)
    assert "S0012" not in str(refused.value)


def test_refuses_a_picture_that_was_not_given(assemble):
    """Page one cannot name a picture that is not there."""
    with pytest.raises(RenderError, match="names the picture spark"):
        assemble([], cover=[Text(markdown="![](figures/spark.png){.spark}")])


@pytest.mark.parametrize(
    ("written", "said"), [(b"![x](x.png)", "holds the picture x.png"), (b"\xff", "cannot be read")]
)
def test_refuses_a_narrative_that_cannot_be_carried(assemble, tmp_path, written, said):
    """A narrative with a picture, or that is not UTF-8, is an error that names the file."""
    narrative = tmp_path / "63.md"
    narrative.write_bytes(written)
    with pytest.raises(RenderError, match=said) as refused:
        assemble(show(FIGURE, TABLE), narrative=narrative)
    assert refused.value.place.file == narrative


def test_code_is_no_reference(assemble):
    """What stands in code is neither a reference nor a label."""
    assemble([v4.new_markdown_cell("# A\n\n`@fig-x` and\n\n```\n@tbl-y {#sec-a} {#sec-a}\n# B\n```\n\nmail@sec-x.org")])


def test_a_linked_cell_is_handed_from_process_to_process():
    """A cell that leads somewhere still does after it was pickled."""
    cell = LinkedText("yes", to="tbl-levels")
    again = pickle.loads(pickle.dumps(cell))  # noqa: S301 - its own bytes
    assert (again, again.to) == ("yes", "tbl-levels")
