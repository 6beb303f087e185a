"""What the index lists, in which order."""

import re

from mtss_analysis.packet.index import IndexEntry, write_index


def entry(name, *, school="1", district="1", state="", **more):
    given = {"status": "done", **more}
    return IndexEntry(
        state_name=state,
        district_id=district,
        district_name=f"District {district}",
        school_id=school,
        school_name=name,
        **given,
    )


def write(tmp_path, entries, title="Packets"):
    path = tmp_path / "index.html"
    write_index(entries, path=path, title=title)
    return path.read_text(encoding="utf-8")


def test_lists_by_name_with_numbers_by_size(tmp_path):
    """States, districts and schools stand in the order of their names, 2 before 10, overviews first."""
    html = write(
        tmp_path,
        [
            entry("School 10", district="10", state="B"),
            entry("School 10", state="B", district="2"),
            entry("School 2", state="B", district="2"),
            entry("All schools", school=None, state="B", district="2"),
            entry("All districts", school=None, state="B", district=None),
            entry("Only", state="A", district="3"),
        ],
    )
    listed = re.findall(r'<span class="name">([^<]*)|<h[23]>([^<]*)', html)
    assert [(one or other).strip() for one, other in listed] == [
        "A", "District 3", "Only",
        "B", "All districts",
        "District 2", "All schools", "School 2", "School 10",
        "District 10", "School 10",
    ]  # fmt: skip


def test_order_of_the_input_does_not_matter(tmp_path):
    """The same packets in another order give the same bytes."""
    entries = [entry(f"School {number}", school=str(number)) for number in range(12)]
    assert write(tmp_path, entries) == write(tmp_path, entries[::-1])


def test_says_what_failed_and_why(tmp_path):
    """A failed school is listed with its reason and without links; a finished one has links that name it."""
    html = write(
        tmp_path,
        [
            entry("Oak", status="failed", reason="notebook trends failed: <x>"),
            entry("Elm", school="2", html="1/2/packet.html", pdf="1/2/packet.pdf"),
        ],
    )
    assert "2 packets: 1 done, 1 failed" in html
    assert "notebook trends failed: &lt;x&gt;" in html
    assert html.count("<a href=") == 2
    assert '<a href="1/2/packet.html" aria-label="Packet of Elm">' in html


def test_names_cannot_become_markup(tmp_path):
    """Names from data are text, whatever they hold."""
    html = write(tmp_path, [entry('<script>alert("x")</script>', status="skipped")], title="<b> & co")
    assert "<script>alert" not in html
    assert "<title>&lt;b&gt; &amp; co</title>" in html


def test_needs_no_other_file(tmp_path):
    """The page loads nothing from elsewhere."""
    html = write(tmp_path, [entry("Oak", html="1/1/packet.html")])
    assert not re.search(r"<(?:link|img|iframe)\b|\bsrc=|https?://", html)


def test_an_empty_run_says_so(tmp_path):
    """A run without packets has an index that says that there are none."""
    assert "No packets" in write(tmp_path, [])
