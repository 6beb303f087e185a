"""The index in a browser: found by typing, reached by keyboard, readable without script."""

import pytest

from mtss_analysis.packet.index import IndexEntry, write_index


@pytest.fixture
def index(tmp_path):
    entries = [
        IndexEntry(
            state_name=state,
            district_id=district,
            district_name=f"District {district}",
            school_id=f"00{number}",
            school_name=f"School {number} “Öak”",
            status="failed" if number == 2 else "done",
            reason="notebook trends, cell 5 failed with KeyError" if number == 2 else "",
            html=None if number == 2 else f"{district}/00{number}/packet.html",
            pdf=None if number == 2 else f"{district}/00{number}/packet.pdf",
        )
        for state, district in (("Ohio", "1"), ("Tennessee", "2"))
        for number in (1, 2, 3)
    ]
    path = tmp_path / "index.html"
    write_index(entries, path=path, title="Packets & <more>")
    return path


@pytest.mark.parametrize("width", [1100, 390])
def test_breaks_no_wcag_rule(index, open_page, find_violations, width):
    """No WCAG 2.1 A or AA rule is broken, before and after a search; nothing is asked of the network."""
    page, complaints = open_page(index, width=width)
    assert find_violations(page) == []
    page.fill("input", "ohio")
    assert find_violations(page) == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("words", "count"), [("oak", 6), ("ÖAK ohio", 3), ("003 tennessee", 1), ("failed", 2), ("x", 0)]
)
def test_search_finds_packets(index, open_page, words, count):
    """Typing leaves the packets that hold every word, whatever the case and accents, and says how many."""
    page, _ = open_page(index)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(words)
    assert page.locator(".packet:visible").count() == count
    assert page.locator("[role=status]").inner_text() == f"{count} of 6 packets"


def test_readable_without_script(index, browser):
    """Without script everything is listed and there is no search box that does nothing."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert page.locator(".packet:visible").count() == 6
    assert page.locator("input:visible").count() == 0
    assert page.locator("main a:visible").count() == 8
    context.close()
