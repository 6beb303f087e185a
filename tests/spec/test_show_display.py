"""What a notebook cell shows has a face for JupyterLab and one for the packet."""

import pytest

from mtss_analysis.show import MTSS_MIME, Column, Figure, RecordSet, Table, Text


def test_text_hides_layout_from_jupyterlab_only():
    """JupyterLab sees the words without fences and attributes; the packet sees the Markdown as it was written."""
    markdown = "## Reading {.unnumbered}\n\n::: {.answer}\nIt rose.\n:::"
    bundle = Text(markdown=markdown)._repr_mimebundle_()
    assert bundle["text/markdown"] == "## Reading\n\nIt rose.\n"
    assert bundle[MTSS_MIME] == {"kind": "text", "markdown": markdown}


def test_table_writes_the_cells_it_was_given():
    """A table's CSV and its pipe table hold the same cells, and a bar in a cell ends no cell."""
    table = Table(
        name="t",
        caption="Caption",
        columns=(Column(title="School"), Column(title="n", align="right")),
        rows=(("a|b", "12"),),
    )
    assert table.to_csv() == "School,n\na|b,12\n"
    assert table.to_markdown() == "| School | n |\n| :--- | ---: |\n| a\\|b | 12 |"


def test_table_refuses_ragged_rows():
    """A row with another number of cells than there are columns is refused."""
    with pytest.raises(ValueError, match="another number of cells"):
        Table(name="t", caption="", columns=(Column(title="School"),), rows=(("a", "b"),))


def test_figure_carries_picture_and_alternative_text():
    """A figure shows its picture in JupyterLab and hands name, caption and alternative text to the packet."""
    bundle = Figure(name="f", caption="Caption", alt="Alt", png=b"\x89PNG")._repr_mimebundle_()
    assert bundle["image/png"] == "iVBORw=="
    assert bundle["text/plain"] == "Alt"
    assert bundle[MTSS_MIME] == {"kind": "figure", "name": "f", "caption": "Caption", "alt": "Alt", "width_in": 6.5}


def test_record_set_counts_in_jupyterlab():
    """A record set shows in JupyterLab how many numbers it publishes, not the numbers."""
    bundle = RecordSet(records=({"finding": "a"},), notes=({"kind": "kpi"},))._repr_mimebundle_()
    assert bundle["text/plain"] == "1 published numbers"
    assert bundle[MTSS_MIME]["records"] == [{"finding": "a"}]
