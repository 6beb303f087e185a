"""The command that makes a synthetic district."""

import json
from pathlib import Path

from typer.testing import CliRunner

from mtss_analysis.cli import app
from mtss_analysis.district import check_folder, read_table
from mtss_analysis.errors import ParameterError

SMALL = ["--students", "120", "--schools", "2", "--years", "2", "--seed", "7", "--workers", "1"]


def test_command_writes_what_is_asked_for(tmp_path: Path) -> None:
    """Sizes, seed and truths left out are those of the command line, and the folder is named."""
    folder = tmp_path / "made"
    truths = tmp_path / "truths.yml"
    truths.write_text("randomised_effect: {effect_sd: 0.9}\n", encoding="utf-8")
    options = ["--without", "single_cases", "--truths", str(truths)]
    ended = CliRunner().invoke(app, ["simulate", str(folder), *SMALL, *options], catch_exceptions=False)
    assert ended.exit_code == 0
    assert str(folder) in ended.stdout
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert truth["seed"] == 7
    assert len(truth["school_years"]) == 2
    assert truth["truths"]["single_cases"]["planted"] is False
    assert truth["truths"]["randomised_effect"]["effect_sd"] == 0.9
    assert "check_in" not in set(read_table(folder, table="interventions")["intervention_id"])


def test_command_refuses_a_full_folder(tmp_path: Path) -> None:
    """A folder that is not empty is refused, and stays as it is."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ended = CliRunner().invoke(app, ["simulate", str(tmp_path), *SMALL])
    assert ended.exit_code != 0
    assert isinstance(ended.exception, ParameterError)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_dirt_lies_beside_the_tables(tmp_path: Path) -> None:
    """With --dirt the exports are there, what was done to them is said, and the tables stay clean."""
    folder = tmp_path / "made"
    options = ["--without", "all", "--dirt"]
    CliRunner().invoke(app, ["simulate", str(folder), *SMALL, *options], catch_exceptions=False)
    done = json.loads((folder / "exports" / "dirt.json").read_text(encoding="utf-8"))
    assert done
    assert all(list((folder / "exports").rglob(one["file"])) for one in done)
    assert check_folder(folder) == []
