"""`mtss import` brings an export in, drafts mappings, and says what to do where it cannot."""

import csv
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[2] / "spec" / "imports" / "files"


@pytest.fixture
def mtss(tmp_path):
    """Run the command in a process of its own, in a folder of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mtss_analysis.cli", "import", *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
        assert "Traceback" not in ended.stderr
        return ended

    return run


def test_an_export_comes_in_and_can_be_checked(mtss, tmp_path):
    """A zip of OneRoster, then a screening export: both end well, and the second run changes no file."""
    archive = shutil.make_archive(str(tmp_path / "roster"), "zip", FILES / "oneroster_1_2")
    assert mtss(archive, "--mapping", "oneroster_1_2", "--into", "data").returncode == 0
    arguments = (FILES / "iready_ela.csv", "--mapping", "iready_ela", "--into", "data")
    first = mtss(*arguments)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "1 written" in first.stdout
    assert "rushed through" in first.stdout
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    again = mtss(*arguments)
    assert "0 files changed" in again.stdout
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()} == before


def test_a_conflict_is_in_the_report_and_no_id_on_the_terminal(mtss, tmp_path):
    """A conflict ends with code 1; the report lies outside the tables, for its owner alone, and holds the id."""
    mtss(FILES / "oneroster_1_2", "--mapping", "oneroster_1_2", "--into", "data")
    mtss(FILES / "iready_ela.csv", "--mapping", "iready_ela", "--into", "data")
    table = tmp_path / "data" / "screenings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",468,", ",469,"), encoding="utf-8")
    ended = mtss(FILES / "iready_ela.csv", "--mapping", "iready_ela", "--into", "data")
    assert ended.returncode == 1
    assert "'469' there, '468' in the export" in ended.stdout
    assert "00412" not in ended.stdout + ended.stderr
    (report,) = (tmp_path / "reports" / "_imports").iterdir()
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert [(row["kind"], row["key"], row["column"]) for row in rows] == [
        ("conflict", "00412, 2024-25, fall, iready_reading", "score")
    ]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "469" in table.read_text(encoding="utf-8")


def test_a_draft_is_written(mtss, tmp_path):
    """--suggest proposes the mapping that ships for a known export, and never replaces a file."""
    ended = mtss("--suggest", FILES / "dibels_8.csv", "--out", "mine.yml")
    assert ended.returncode == 0
    assert "--mapping dibels_8" in ended.stderr
    assert "extends: dibels_8" in (tmp_path / "mine.yml").read_text(encoding="utf-8")
    assert mtss("--suggest", FILES / "dibels_8.csv", "--out", "mine.yml").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere.csv", "--mapping", "dibels_8", "--into", "data"), "no such export"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels", "--into", "data"), "did you mean `dibels_8`"),
        ((FILES / "dibels_8.csv", "--mapping", "iready_ela", "--into", "data"), "no column"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels_8"), "--into FOLDER"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels_8", "--into", "data"), "Import the schools first"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels_8", "--into", "data", "--table", "tiers"), "fills no table"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels_8", "--into", "d", "--report", "d/x.csv"), "outside the folder"),
        ((FILES / "dibels_8.csv", "--mapping", "dibels_8", "--into", "data", "--set", "x"), "no setting"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, words, mtss, tmp_path):
    """What a user can mend is said on stderr with exit code 2, and nothing is written."""
    ended = mtss(*arguments)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == []
