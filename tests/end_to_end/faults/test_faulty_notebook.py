"""A notebook that hangs, eats memory, prints without end or is killed fails or is bounded; the others are made."""

import time

import nbformat
import pytest

from mtss_analysis.packet.engines import is_fork_safe
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.printed import CUT_NOTE, MOST_PRINTED

pytestmark = pytest.mark.xdist_group("faulty_notebook")

ENGINES = ["warm", "fresh"] if is_fork_safe() else ["fresh"]
FAULTS = """
import os, time
if school_id == "hangs":
    time.sleep(600)
if school_id == "eats":
    kept = []
    while True:
        kept.append(bytearray(50_000_000))
if school_id == "prints":
    for _ in range(1_000):
        print("x" * 99_999)
if school_id == "killed":
    os.kill(os.getpid(), 9)"""
SAY = 'from mtss_analysis.show.display import Text\nText(markdown=f"School {school_id}.")'
SCHOOLS = ("7", "hangs", "eats", "prints", "killed", "0012")


@pytest.fixture(scope="module", params=ENGINES)
def ended(request, make_cheap, mtss, tmp_path_factory):
    """Give how a run with all these faults ended, and its project."""
    root = tmp_path_factory.mktemp(request.param) / "a project"
    project = make_cheap(root, schools=SCHOOLS, sources=(FAULTS, SAY))
    limits = "limits: {notebook_seconds: 12, memory_limit_mb: 1200, workers: 2}"
    text = project.run_file.read_text(encoding="utf-8")
    assert "limits: {notebook_seconds: 60, workers: 2}" in text
    project.run_file.write_text(text.replace("limits: {notebook_seconds: 60, workers: 2}", limits), encoding="utf-8")
    arguments = ("--format", "html", "--renderer", "builtin", "--engine", request.param)
    started = time.monotonic()
    return project, mtss("run", project.run_file, *arguments), time.monotonic() - started


def test_the_rest_is_complete(ended, left):
    """Schools without a fault are done, each other one but the one that only prints has failed, exit code 1."""
    project, run, _ = ended
    statuses = {school: entry["status"] for school, entry in left(project).entries().items()}
    assert statuses == dict.fromkeys(("7", "prints", "0012"), "done") | dict.fromkeys(
        ("hangs", "eats", "killed"), "failed"
    )
    assert run.exit_code == 1
    left(project).assert_whole()


@pytest.mark.parametrize(
    ("school", "kind", "reason"),
    [
        ("hangs", "TimeLimit", "stopped at its time limit of 12 s (limits: notebook_seconds)"),
        ("eats", "MemoryLimit", "MemoryError:  (at most 1200 MB, limits: memory_limit_mb)"),
        ("killed", "DeadKernel", "short.ipynb: the "),
    ],
)
def test_each_failure_has_its_name(ended, left, school, kind, reason):
    """run.json names, beside the school, the notebook and what ended it."""
    entry = left(ended[0]).entries()[school]
    assert entry["error_kind"] == kind
    assert entry["error"].startswith("short.ipynb")
    assert reason in entry["error"]


def test_printed_text_is_bounded(ended):
    """Of a hundred megabytes that a notebook prints, the executed notebook keeps ten and a note; the packet none."""
    executed = ended[0].reports / "_work" / "schools" / "NO" / "prints" / "short.ipynb"
    cells = nbformat.read(executed, as_version=4).cells
    printed = [output.text for cell in cells for output in cell.get("outputs", ()) if output.output_type == "stream"]
    text = "".join(printed)
    assert text.endswith(CUT_NOTE)
    assert text.count("x") + text.count("\n") == MOST_PRINTED + CUT_NOTE.count("x") + CUT_NOTE.count("\n")
    packet = ended[0].reports / "NO" / "prints" / "packet.qmd"
    assert "xxx" not in packet.read_text(encoding="utf-8")


def test_the_limit_is_not_for_the_next_one(project, tmp_path):
    """A notebook without a limit is not held to that of the one before."""
    look = project.write_notebook("look", "import os, resource\nresource.getrlimit(resource.RLIMIT_DATA)[0] > 0")
    for limit in (1200, 0):
        execution = execute_notebook(
            notebook=look, parameters={}, out=tmp_path / "out.ipynb", time_limit_s=60, memory_limit_mb=limit
        )
        assert execution.ok
        shown = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].data["text/plain"]
        assert shown == ("True" if limit else "False")
