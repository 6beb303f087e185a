"""A school that fails leaves the others alone and says why; bad input is refused with its exit code."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtss_analysis.packet.lock import lock_run

# Tests of this file share a run, so they belong in one process.
pytestmark = pytest.mark.xdist_group("run_failures")

# Of a run with one worker at work: the worker, a resource tracker, and a kernel, or a forked notebook and its parent.
PROCESSES = {"warm": 4, "fresh": 3}
ONLY_HTML = ("--format", "html", "--renderer", "builtin")


BY_SCHOOL = """
import os, time
from mtss_analysis.errors import DisclosureError
if school_id == "raises":
    raise ValueError("no such thing")
if school_id == "hangs":
    open(PID_FILE, "w").write(str(os.getpid()))
    time.sleep(600)
if school_id == "kills":
    os.kill(os.getppid(), 9)
    time.sleep(600)
if school_id == "kills a worker":
    worker = open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[1]
    os.kill(int(worker), 9)
    time.sleep(600)
if school_id == "kills itself":
    os.kill(os.getpid(), 9)
if school_id == "withheld":
    raise DisclosureError("a count that is too small", next_step="Do not print it")"""
LEAKS = """Text(markdown="Ask 'leaks-12'." if school_id == "leaks" else "Ask somebody.")"""
PRINTS = """'plain text' if school_id == "prints" else Text(markdown="Here it is.")"""
FAILING = ("raises", "hangs", "kills", "kills a worker", "kills itself", "withheld", "prints", "leaks")


@pytest.fixture(scope="module")
def shared(make, tmp_path_factory):
    """Give a project with a school for every way to fail and two that do not."""
    shared = make(tmp_path_factory.mktemp("shared") / "a project", schools=("0012", "7", *FAILING))
    text = shared.run_file.read_text(encoding="utf-8").replace("seconds: 60", "seconds: 8")
    shared.run_file.write_text(text, encoding="utf-8")
    imported = "from mtss_analysis.show.display import Text"
    pid_file = f"PID_FILE = {str(shared.root / 'pid')!r}"
    shared.write_notebook("short", imported, pid_file + BY_SCHOOL, PRINTS, LEAKS)
    return shared


@pytest.fixture(scope="module")
def ended(shared, mtss):
    """Give how its run ended, begun where a school had a packet from before."""
    before = shared.reports / "NO" / "raises"
    before.mkdir(parents=True)
    (before / "packet.html").write_text("from before", encoding="utf-8")
    temporary = shared.root.parent / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        return mtss("run", shared.run_file, *ONLY_HTML)


def test_failing_schools_leave_the_others_alone(shared, ended):
    """Every failing school is failed, and every other one is done with its packet."""
    statuses = {school: entry["status"] for school, entry in entries(shared).items()}
    assert statuses == dict.fromkeys(("0012", "7"), "done") | dict.fromkeys(FAILING, "failed")
    assert (shared.reports / "NO" / "0012" / "packet.html").is_file()
    assert "2 done, 0 skipped, 8 failed" in ended.out


def test_a_notebook_that_raises(shared, ended):
    """The error is in the output and in run.json, in one line and in full, and in the kept notebook."""
    assert "failed NO/raises School raises: short.ipynb, In [4]: ValueError: no such thing" in ended.out
    failed = entries(shared)["raises"]
    assert failed["error"] == "short.ipynb, In [4]: ValueError: no such thing"
    assert 'raise ValueError("no such thing")' in failed["error_full"]
    executed = shared.reports / "_work" / "schools" / "NO" / "raises" / "short.ipynb"
    assert "no such thing" in executed.read_text(encoding="utf-8")


def test_an_outdated_packet_does_not_stay(shared, ended):
    """A school that fails has no packet among the published ones; the earlier one is kept under _work."""
    assert not (shared.reports / "NO" / "raises").exists()
    kept = shared.reports / "_work" / "earlier" / "NO" / "raises" / "packet.html"
    assert kept.read_text(encoding="utf-8") == "from before"


def test_a_notebook_that_hangs_is_stopped(shared, ended):
    """A notebook over its time limit fails with that reason, its kernel is ended, what it showed is kept."""
    assert "stopped at its time limit of 8 s" in entries(shared)["hangs"]["error"]
    assert has_ended(int((shared.root / "pid").read_text(encoding="utf-8")))
    assert (shared.reports / "_work" / "schools" / "NO" / "hangs" / "short.ipynb").is_file()


def test_a_killed_worker(shared, ended):
    """A worker process that is killed, or the process it forks notebooks from, fails its own school, which says so."""
    worker = entries(shared)["kills a worker"]
    assert worker["error_kind"] == "WorkerDied"
    assert "the worker process ended by signal 9" in worker["error"]
    parent = entries(shared)["kills"]
    assert parent["error_kind"] == "DeadKernel"
    assert "the process that the notebook was forked from ended by signal 9" in parent["error"]


def test_a_killed_notebook(shared, ended):
    """A notebook's process that is killed fails its own school, which names the signal."""
    failed = entries(shared)["kills itself"]
    assert failed["error_kind"] == "DeadKernel"
    assert "the notebook's process ended by signal 9 (SIGKILL)" in failed["error"]


def test_no_temporary_files_are_left(shared, ended):
    """Whatever schools failed of, connection files, sockets and other temporary files are gone."""
    assert list((shared.root.parent / "temporary").iterdir()) == []


def test_a_packet_that_cannot_be_assembled(shared, ended):
    """An output that is no display object is refused, naming the notebook."""
    assert entries(shared)["prints"]["error_kind"] == "RenderError"
    assert "short" in entries(shared)["prints"]["error"]


def test_a_student_id_is_not_published(shared, ended):
    """A packet with a student id in it is not published, and the message does not repeat the id."""
    leaked = entries(shared)["leaks"]
    assert leaked["error_kind"] == "DisclosureError"
    assert "packet.qmd (1)" in leaked["error"]
    assert "leaks-12" not in json.dumps(leaked)
    assert not (shared.reports / "NO" / "leaks").exists()


def test_a_disclosure_error_decides_the_exit_code(shared, ended, mtss):
    """Where a notebook stops because something may not be published the exit code is 3, otherwise 1."""
    assert entries(shared)["withheld"]["error_kind"] == "DisclosureError"
    assert ended.exit_code == 3
    assert mtss("run", shared.run_file, "--school", "prints", *ONLY_HTML).exit_code == 1


# A process that is started in the background of a script ignores Ctrl-C; this one is to be interrupted all the same.
START = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from mtss_analysis.cli import main
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("engine", ["warm", "fresh"])
def test_an_interrupted_run_is_continued(project, engine):
    """Ctrl-C ends the run and every process of it, leaves run.json readable, and the next run does only the rest."""
    project.write_notebook("short", 'import time\ntime.sleep(600 if school_id == "0013" else 0)')
    command = [
        sys.executable,
        "-c",
        START,
        "run",
        str(project.run_file),
        "--workers",
        "1",
        "--engine",
        engine,
        *ONLY_HTML,
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        wait_until(lambda: len(finished(project)) == 2 and len(processes_below(running.pid)) >= PROCESSES[engine])
        processes = processes_below(running.pid)
        os.killpg(running.pid, signal.SIGINT)
        _, err = running.communicate(timeout=30)

    assert running.returncode == 130
    assert "interrupted" in err
    assert len(processes) >= PROCESSES[engine]
    assert all(has_ended(process) for process in processes)
    record = json.loads((project.reports / "run.json").read_text(encoding="utf-8"))
    assert record["state"] == "interrupted"
    assert {entry["school_id"] for entry in record["schools"]} == {"7", "0012"}

    done = subprocess.run(
        [*command, "--school", "7", "--school", "0012"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2 skipped" in done.stdout


def test_two_runs_do_not_share_a_folder(project, mtss):
    """A second run into the same folder says that another is at work, and stops."""
    work = project.reports / "_work"
    work.mkdir(parents=True)
    with lock_run(work):
        ended = mtss("run", project.run_file, *ONLY_HTML)
    assert ended.exit_code == 2
    assert "another run is at work" in ended.err


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: (data / "enrollments.csv").unlink(), "enrollments"),
        (lambda data: (data / "schools.csv").unlink(), "schools"),
        (lambda data: replace(data / "screenings.csv", "measure", "mesure"), "measure"),
        (lambda data: (data / "screenings.csv").write_bytes(b""), "screenings.csv"),
        (lambda data: replace(data / "schools.csv", "School 7", "\udce9cole"), "schools.csv"),
        (lambda data: replace(data / "screenings.csv", ",oral,", ",oral,", "reading,", "reading,x"), "score"),
    ],
    ids=["missing table", "missing schools", "missing column", "empty file", "not UTF-8", "not a number"],
)
def test_data_that_cannot_be_used(project, mtss, spoil, message):
    """Data that cannot be used are refused before any notebook starts: exit code 2, file or column named."""
    spoil(project.data)
    ended = mtss("run", project.run_file, *ONLY_HTML)

    assert ended.exit_code == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert not (project.reports / "run.json").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--school", "0014"), "there is no school '0014' (did you mean `0013`?)"),
        (("--school", "12"), "there is no school '12'"),
        (("--school", "YES/0012"), "there is no school 'YES/0012' (did you mean `NO/0012`?)"),
        (("--notebook", "shrot"), "there is no notebook 'shrot' (did you mean `short`?)"),
        (("--format", "docx"), "there is no format 'docx'"),
    ],
)
def test_arguments_that_fit_nothing(project, mtss, arguments, message):
    """An unknown school, notebook or format is refused with the nearest known one and exit code 2."""
    ended = mtss("run", project.run_file, *arguments)
    assert ended.exit_code == 2
    assert message in ended.err


def test_a_school_named_without_quotes(project, mtss):
    """An id in a run file keeps its zeros without quotes."""
    replace(project.run_file, "schools: all", "schools: [0012]")
    ended = mtss("run", project.run_file, *ONLY_HTML)
    assert ended.exit_code == 0
    assert (project.reports / "NO" / "0012" / "packet.html").is_file()


def test_a_folder_that_cannot_be_written(project, mtss):
    """A file where the reports folder should be is named, with exit code 2."""
    (project.root / "reports").write_text("in the way", encoding="utf-8")
    ended = mtss("run", project.run_file, *ONLY_HTML)
    assert ended.exit_code == 2
    assert "cannot be written" in ended.err
    assert "reports" in ended.err


def test_a_file_that_is_no_notebook(project, mtss):
    """A broken notebook file fails the school with the file's name."""
    (project.root / "notebooks" / "short.ipynb").write_text("{", encoding="utf-8")
    ended = mtss("run", project.run_file, "--school", "7", *ONLY_HTML)
    assert ended.exit_code == 1
    assert "short.ipynb: this is not a notebook" in ended.out


def entries(project):
    """Read the schools of run.json by id."""
    record = json.loads((project.reports / "run.json").read_text(encoding="utf-8"))
    return {entry["school_id"]: entry for entry in record["schools"]}


def replace(path: Path, *pairs: str) -> None:
    """Replace text in a file, keeping bytes that are not UTF-8."""
    text = path.read_text(encoding="utf-8")
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))


def finished(project) -> list[str]:
    """Schools that run.json lists."""
    try:
        return list(entries(project))
    except (OSError, ValueError):
        return []


def processes_below(pid: int) -> set[int]:
    """Process ids of all descendants of a process."""
    children = children_of(pid)
    return children.union(*(processes_below(child) for child in children))


def children_of(pid: int) -> set[int]:
    """Process ids of the children of a process."""
    children: set[int] = set()
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            children |= {int(child) for child in path.read_text(encoding="utf-8").split()}
    return children


def has_ended(pid: int) -> bool:
    """Whether a process is gone within ten seconds."""
    return wait_until(lambda: not Path(f"/proc/{pid}").exists(), seconds=10)


def wait_until(condition, *, seconds: int = 60) -> bool:
    """Wait for a condition; False when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
