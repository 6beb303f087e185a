"""Plain text survives its way through Markdown."""

import json
import subprocess

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtss_analysis.packet.assemble import SOURCE_FORMAT
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.show.markdown import escape_attribute, escape_caption, escape_table_caption, escape_text

TRICKY = st.text(alphabet="ab 1.-–\"'\\`*_{}[]()#+!|<>&;$@^~:=/%?é\n", max_size=30)


def read_back(markdown: str) -> str:
    command = [pypandoc.get_pandoc_path(), f"--from={SOURCE_FORMAT}", "--to=plain", "--wrap=none"]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True)
    return done.stdout.decode()


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TRICKY, min_size=20, max_size=40))
def test_pandoc_reads_back_what_was_written(texts):
    """Escaped text in a line of its own comes back character by character, whatever it holds."""
    lines = [escape_text(f"x{text}x") for text in texts]
    expected = [" ".join(f"x{text}x".split()) for text in texts]
    assert read_back("\n\n".join(lines)).split("\n\n") == [*expected[:-1], expected[-1] + "\n"]


@pytest.mark.parametrize(
    "text", ["8. School", "(a) b", "iv) x", "- a", "+ a", ": a", "# a", "1.", "St. Mary", "A b", "-"]
)
def test_no_text_becomes_a_list(text):
    """A name that begins like a list item, a heading or a definition is still a name."""
    assert read_back(escape_text(text)) == f"{text}\n"


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TRICKY, min_size=20, max_size=40))
def test_pandoc_reads_back_attributes(texts):
    """An escaped attribute comes back character by character, whatever it holds."""
    spans = "\n\n".join(f"[x]{{title={escape_attribute(text)}}}" for text in texts)
    command = [pypandoc.get_pandoc_path(), f"--from={SOURCE_FORMAT}", "--to=json"]
    done = subprocess.run(command, input=spans.encode(), capture_output=True, check=True)
    found = [block["c"][0]["c"][0][2][0][1] for block in json.loads(done.stdout)["blocks"]]
    assert found == [" ".join(text.split()) for text in texts]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("see @fig-a-b.", "see @fig-a-b."),
        ("me@fig-a and @home", r"me\@fig-a and \@home"),
        ("(@tbl-a; -@sec-b)", "(@tbl-a; -@sec-b)"),
        ("<10 @fig-a *x*", r"\<10 @fig-a \*x\*"),
    ],
)
def test_captions_keep_references_alive(text, written):
    """In captions a cross-reference stays one, and nothing else is markup."""
    assert escape_caption(text) == written


def test_braces_in_table_captions_stand_apart():
    """A word of a table's caption that begins with a brace cannot be taken for the table's attributes."""
    assert escape_table_caption("a {b} c{d}") == r"a [\{]{.brace}b\} c\{d\}"


@pytest.mark.parametrize(
    ("data", "year", "expected"),
    [
        ("2026-06-30", "2025-26", "2026-06-30"),
        ("June 5, 2026", "2025-26", "2026-06-05"),
        ("spring 2025-26", "2025-26", "2026-06-30"),
        ("", "1999-00", "2000-06-30"),
        ("", "", "2000-01-01"),
    ],
)
def test_document_date_is_that_of_the_data(data, year, expected):
    """The date in the PDF's properties is that of the data or the end of the school year, never today."""
    meta = PacketMeta(
        title="",
        school_name="",
        district_name="",
        school_year=year,
        date_of_data=data,
        district_id="",
        school_id=None,
        kit_version="",
    )
    assert meta.document_date.isoformat() == expected
