"""`mtss status` says of every school whether a run would have something to do, and why."""

import json
import os
import shutil

import pytest

pytestmark = pytest.mark.xdist_group("run_status")

ONLY_HTML = ("--format", "html", "--renderer", "builtin")
FAILS = 'if school_id == "0013":\n    raise ValueError("no such thing")'
SAY = 'from mtss_analysis.show.display import Text\nText(markdown=f"School {school_id}.")'


@pytest.fixture
def quick(project):
    """Give a project whose notebook says no more than the school's id."""
    project.write_notebook("short", SAY)
    return project


@pytest.fixture(scope="module")
def shared(make, mtss, tmp_path_factory):
    """Give such a project after its run, which tests only read from."""
    project = make(tmp_path_factory.mktemp("shared") / "a project")
    project.write_notebook("short", SAY)
    assert mtss("run", project.run_file, *ONLY_HTML).exit_code == 0
    return project


@pytest.fixture
def finished(shared, tmp_path):
    """Give a copy of that project."""
    root = tmp_path / "a copy"
    shutil.copytree(shared.root, root)
    return type(shared)(root=root)


def test_before_the_first_run(quick, mtss):
    """Before a run every school is missing, the exit code is 1, and nothing has been written."""
    ended = mtss("status", quick.run_file)
    assert ended.exit_code == 1
    assert [line.split()[:2] for line in ended.out.splitlines()[:-1]] == [
        ["missing", "NO/7"],
        ["missing", "NO/0012"],
        ["missing", "NO/0013"],
    ]
    assert ended.out.splitlines()[-1] == "tiny: 0 done, 0 stale, 0 failed, 3 missing of 3; last run: never run"
    assert not quick.reports.exists()


def test_after_a_run(finished, mtss):
    """After a run every school is done and the exit code is 0, asked by run file or by folder, options remembered."""
    for target in (finished.run_file, finished.reports):
        ended = mtss("status", target)
        assert ended.out == "tiny: 3 done, 0 stale, 0 failed, 0 missing of 3; last run: finished\n"
        assert ended.exit_code == 0
    listed = mtss("status", finished.run_file, "--all").out.splitlines()
    assert [line.split()[:2] for line in listed[:3]] == [["done", "NO/7"], ["done", "NO/0012"], ["done", "NO/0013"]]


def test_what_does_not_matter(finished, mtss):
    """Times of files, other notebooks and files beside the tables make nothing stale."""
    for path in (finished.data / "screenings.csv", finished.root / "notebooks" / "short.ipynb"):
        os.utime(path, (1, 1))
    finished.write_notebook("another", "1")
    (finished.data / "notes.txt").write_text("unrelated", encoding="utf-8")
    (finished.root / "README.md").write_text("unrelated", encoding="utf-8")
    assert mtss("status", finished.run_file).exit_code == 0
    assert "3 skipped" in mtss("run", finished.run_file, *ONLY_HTML).out


def test_why_packets_are_stale(finished, mtss):
    """A changed table, notebook or setting is named; a changed table also makes the comparison of all schools stale."""
    table = finished.data / "screenings.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",reading,1", ",reading,2", 1), encoding="utf-8")
    reasons = "data: screenings.csv; comparison with all schools (data: NO)"
    assert f"stale    NO/7     School 7: {reasons}\n" in mtss("status", finished.run_file).out
    table.write_text(text, encoding="utf-8")
    finished.write_notebook("short", SAY, "1")
    assert "stale    NO/7     School 7: notebooks: short\n" in mtss("status", finished.run_file).out
    finished.write_notebook("short", SAY)
    with finished.run_file.open("a", encoding="utf-8") as run_file:
        run_file.write("ci_level: 0.9\n")
    assert "School 7: settings; comparison with all schools (settings)\n" in mtss("status", finished.run_file).out


def test_failed_and_interrupted(quick, mtss):
    """A failed school is told with its error, and a run that was killed is told from one that has finished."""
    quick.write_notebook("short", FAILS, SAY)
    mtss("run", quick.run_file, *ONLY_HTML)
    ended = mtss("status", quick.run_file)
    assert "failed   NO/0013  School 0013: short.ipynb, In [3]: ValueError: no such thing\n" in ended.out
    assert ended.out.splitlines()[-1].startswith("tiny: 2 done, 0 stale, 1 failed, 0 missing")
    record = quick.reports / "run.json"
    content = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps(content | {"state": "running"}), encoding="utf-8")
    assert mtss("status", quick.run_file).out.rstrip().endswith("last run: interrupted")


def test_a_folder_of_no_run(project, mtss):
    """A folder that no run has written is refused with exit code 2 and what to name instead."""
    ended = mtss("status", project.data)
    assert ended.exit_code == 2
    assert "does not say which run file it came from" in ended.err


def test_quarto_that_is_not_there(project, mtss, monkeypatch):
    """Asked for Quarto where there is none, a run stops before any work with exit code 2 and what to do."""
    monkeypatch.setenv("PATH", str(project.root))
    ended = mtss("run", project.run_file, "--renderer", "quarto")
    assert ended.exit_code == 2
    assert "quarto is not on the PATH. Install Quarto" in ended.err
    assert not project.reports.exists()
