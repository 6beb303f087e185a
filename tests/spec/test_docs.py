"""What the documentation says is there, and what is there is documented."""

import re
import runpy
from dataclasses import fields
from pathlib import Path

import typer

from mtss_analysis.cli import app
from mtss_analysis.findings.record import RECORD_FIELDS
from mtss_analysis.findings.settings import EffectQuestion, Factor, Indicator, StudentGroup
from mtss_analysis.parameters.run_file import RunKeys

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    """Read a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_documented() -> None:
    """docs/packets.md must name every command of `mtss` and its options."""
    page = read("docs/packets.md")
    command = typer.main.get_command(app)
    for name in command.commands:
        assert f"mtss {name}" in page
    for option in ("--school", "--notebook", "--workers", "--renderer", "--engine", "--format", "--force", "--schools"):
        assert option in page


def test_every_record_field_is_documented() -> None:
    """docs/packets.md must name every field of a record."""
    page = read("docs/packets.md")
    assert [name for name in RECORD_FIELDS if f"`{name}`" not in page] == []


def test_every_key_of_a_run_file_is_documented() -> None:
    """docs/run_file.md must name every key that a run file may hold."""
    page = read("docs/run_file.md")
    inner = [field.name for kind in (Indicator, StudentGroup, Factor, EffectQuestion) for field in fields(kind)]
    missing = [name for name in [*RunKeys.model_fields, *inner] if f"`{name}`" not in page]
    assert missing == []


def test_table_page_is_written_from_the_schema() -> None:
    """docs/data.md must be what scripts/write_data_doc.py writes."""
    script = runpy.run_path(str(ROOT / "scripts" / "write_data_doc.py"))
    assert read("docs/data.md") == script["describe_tables"]()


def test_links_between_pages_hold() -> None:
    """A relative link in a page must lead to a file that is there."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "star" / "README.md"]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_nothing_speaks_of_the_machine() -> None:
    """No page may hold a path of a machine."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "mtss_analysis").rglob("*.py")]
    pattern = re.compile(r"(?<![\w.])/(home|root|work|tmp|Users)/\w")
    assert [page.name for page in pages if pattern.search(page.read_text(encoding="utf-8"))] == []
