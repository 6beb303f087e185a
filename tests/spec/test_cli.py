"""The command line answers at once, and says what is wrong without a traceback."""

import os
import subprocess
import sys

import pytest

HEAVY = ("pandas", "numpy", "papermill", "matplotlib", "nbformat", "pydantic", "pypandoc", "typst")


def mtss(*arguments, cwd=None):
    """Run the command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "mtss_analysis.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=cwd)


def test_help_imports_nothing_heavy():
    """`mtss --help` does not wait for pandas, papermill or a renderer."""
    code = (
        "import sys\nsys.argv = ['mtss', '--help']\nfrom mtss_analysis.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert "heavy: []" in ended.stdout
    for command in ("demo", "check", "run", "explore"):
        assert command in ended.stdout
    assert "Exit codes: 0 all done" in ended.stdout


def test_every_command_says_its_exit_codes():
    """The help of a command holds the exit codes and every option of the contract."""
    ended = mtss("run", "--help")
    words = " ".join(ended.stdout.split())
    assert ended.returncode == 0
    assert "3 a disclosure check stopped publication" in words
    for option in ("--school", "--notebook", "--workers", "--renderer", "--format", "--force"):
        assert option in words


def test_a_run_file_that_is_not_there(tmp_path):
    """A missing run file is one readable line on stderr and exit code 2."""
    ended = mtss("run", tmp_path / "nowhere.yml")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("mtss: ")
    assert "nowhere.yml" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [("run",), ("rnu",), ("run", "x.yml", "--wrokers", "2"), ("explore", "x.yml")])
def test_a_command_that_is_not_understood(arguments):
    """A missing argument, an unknown command and an unknown option give exit code 2 and how to call it."""
    ended = mtss(*arguments)
    assert ended.returncode == 2
    assert "Usage:" in ended.stderr


def test_check_of_a_folder_without_tables(tmp_path):
    """A folder without a schools table gives exit code 2 and says so."""
    ended = mtss("check", tmp_path)
    assert ended.returncode == 2
    assert "schools" in ended.stderr


def test_check_lists_broken_rows(tmp_path):
    """A broken value is listed by file, row and column, and the exit code is 2."""
    (tmp_path / "schools.csv").write_text(
        "school_id,school_year,school_name,district_id,district_name,level\n"
        "0012,2024-25,A,1,D,elementary\n0013,2024/25,B,1,D,elementary\n",
        encoding="utf-8",
    )
    ended = mtss("check", tmp_path, "--report", tmp_path.parent / "report")
    assert ended.returncode == 2
    assert "schools.csv, column school_year" in ended.stdout
    assert "row 2: 2024/25" in ended.stdout


def test_demo_needs_the_project(tmp_path):
    """Where no run file is found, the demo says so; where the package lies in the project, it finds it."""
    ended = mtss("demo", "moon", cwd=tmp_path)
    assert ended.returncode == 2
    assert "moon" in ended.stderr
