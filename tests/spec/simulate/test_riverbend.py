"""The district that ships with the kit is what the generator draws from its seed."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pandas as pd

from mtss_analysis.district import check_folder, read_table
from mtss_analysis.district.files import has_table
from mtss_analysis.district.simulate.simulate import TABLES
from mtss_analysis.parameters import read_run_file

ROOT = Path(__file__).resolve().parents[3]
RIVERBEND = ROOT / "data" / "riverbend"


def test_committed_files_are_the_generators(tmp_path: Path) -> None:
    """Every table and the truth stored under data/riverbend are those that the seed gives."""
    built = tmp_path / "riverbend"
    _script().build_riverbend(built)
    for name in TABLES:
        assert has_table(RIVERBEND, table=name), name
        pd.testing.assert_frame_equal(read_table(RIVERBEND, table=name), read_table(built, table=name))
    stored, drawn = (json.loads((folder / "truth.json").read_text(encoding="utf-8")) for folder in (RIVERBEND, built))
    assert stored == drawn


def test_building_keeps_the_readme(tmp_path: Path) -> None:
    """Building again leaves the README that explains the folder."""
    (tmp_path / "README.md").write_text("words", encoding="utf-8")
    (tmp_path / "old.csv").write_text("a\n", encoding="utf-8")
    _script().build_riverbend(tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "words"
    assert not (tmp_path / "old.csv").exists()


def test_riverbend_can_be_run() -> None:
    """The folder has no errors, and its run file names data and measures that are there."""
    assert not [problem for problem in check_folder(RIVERBEND) if problem.severity == "error"]
    run = read_run_file(ROOT / "parameters" / "riverbend.yml")
    measures = set(read_table(RIVERBEND, table="screenings", columns=["measure"])["measure"])
    assert {indicator.measure for indicator in run.settings.indicators} <= measures
    interventions = set(read_table(RIVERBEND, table="interventions")["intervention_id"])
    assert {effect.intervention_id for effect in run.settings.effects} <= interventions


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_riverbend", ROOT / "scripts" / "build_riverbend.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
