"""A small district to import into, and mappings by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mtss_analysis.district.imports import ImportResult, import_export
from mtss_analysis.parameters.mapping_files import read_mapping

PROJECT = Path(__file__).resolve().parents[3]
FILES = Path(__file__).resolve().parent / "files"
TABLES = {
    "schools": """\
school_id,school_year,school_name,district_id,district_name,level
0071,2024-25,Birch Elementary,0700,Hill District,elementary
0072,2024-25,Alder High School,0700,Hill District,high
""",
    "enrollments": """\
student_id,school_id,school_year,grade
00412,0071,2024-25,2
00413,0072,2024-25,9
""",
}


@pytest.fixture
def files() -> Path:
    """Give the folder of small exports, of invented students."""
    return FILES


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """Write a district of two schools and two students."""
    folder = tmp_path / "district"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def bring_in(tmp_path: Path) -> Callable[..., ImportResult]:
    """Import a text with a mapping that is written out, or a file with a mapping by its name."""

    def run(export: Path | str | bytes, mapping: str, *, into: Path, **options: object) -> ImportResult:
        if not isinstance(export, Path):
            path = tmp_path / "export.csv"
            path.write_bytes(export.encode() if isinstance(export, str) else export)
            export = path
        if "\n" in mapping:
            (tmp_path / "mapping.yml").write_text(mapping, encoding="utf-8")
            mapping = str(tmp_path / "mapping.yml")
        return import_export(export, mapping=read_mapping(mapping), folder=into, **options)

    return run
