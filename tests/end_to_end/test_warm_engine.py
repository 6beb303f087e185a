"""Nothing of a notebook outlives its process, and a process that ends by itself is a failure with a reason."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from mtss_analysis.packet.engines import is_fork_safe
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.warm import parent
from mtss_analysis.packet.warm.parent import end_warm_parent, find_warm_parent

pytestmark = [
    pytest.mark.xdist_group("warm_engine"),
    pytest.mark.skipif(not is_fork_safe(), reason="forking is not safe here"),
]

LEAVE_TRACES = """
import os, random, signal, sys, threading, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
import mtss_analysis.show as show
os.chdir("/")
os.environ["LEAKED"] = "yes"
os.environ["TZ"] = "Asia/Tokyo"
del os.environ["PATH"]
os.umask(0o077)
random.seed(1)
np.random.seed(1)
plt.rcParams["figure.dpi"] = 7
pd.set_option("display.max_rows", 3)
plt.figure()
show.format_number = None
sys.path.insert(0, "/leaked")
sys.modules["leaked"] = sys
warnings.simplefilter("error")
signal.signal(signal.SIGTERM, signal.SIG_IGN)
threading.Thread(target=threading.Event().wait, daemon=True).start()
leaked = 1"""
LOOK_FOR_TRACES = """
import os, signal, sys, threading, warnings
import matplotlib.pyplot as plt, pandas as pd
import mtss_analysis.show as show
[
    os.path.basename(os.getcwd()), os.environ.get("LEAKED"), os.environ.get("TZ"), "PATH" in os.environ,
    plt.rcParams["figure.dpi"], pd.get_option("display.max_rows"), plt.get_fignums(), show.format_number is None,
    "/leaked" in sys.path, "leaked" in sys.modules,
    any(one[:3] == ("error", None, Warning) for one in warnings.filters),
    signal.getsignal(signal.SIGTERM) == 0, threading.active_count(), "leaked" in globals(),
]"""
NO_TRACES = "['notebooks', None, None, True, 100.0, 60, [], False, False, False, False, True, 1, False]"
STREAMS = ("stdout", "stderr")
CHANCE = "import random, numpy\n(random.random(), numpy.random.random())"
START_OTHERS = """
import os, subprocess, sys
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
forked = os.fork()
if forked == 0:
    print("from another process")
    import time
    time.sleep(600)
[other.pid, forked]"""


@pytest.fixture
def run(project, tmp_path):
    """Give a function that executes cells with the warm engine, and gives how it ended and its outputs."""

    def run(*sources: str, seconds: int = 60):
        out = tmp_path / "executed.ipynb"
        notebook = project.write_notebook("one", *sources)
        execution = execute_notebook(notebook=notebook, parameters={}, out=out, time_limit_s=seconds, engine="warm")
        cells = nbformat.read(out, as_version=4).cells
        return execution, [output for cell in cells for output in cell.get("outputs", ())]

    return run


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os\nos._exit(0)", "the notebook's process ended with exit code 0"),
        ("import os\nos._exit(3)", "the notebook's process ended with exit code 3"),
        ("import os\nos.kill(os.getpid(), 9)", "ended by signal 9 (SIGKILL), which happens when memory runs out"),
        ("import os\nos.abort()", "the notebook's process ended by signal 6 (SIGABRT)"),
        ("import ctypes\nctypes.string_at(0)", "the notebook's process ended by signal 11 (SIGSEGV)"),
        ("import os\nos.closerange(3, 99)", "the notebook's process"),
        ("exit()", "the notebook's process ended with exit code 0"),
        ("import os\nos.kill(os.getppid(), 9)\nimport time\ntime.sleep(60)", "it was forked from ended by signal 9"),
    ],
)
def test_a_process_that_ends_by_itself_is_a_failure(run, source, reason):
    """Whatever ends a notebook's process fails the notebook with that reason, and the next one runs."""
    execution, outputs = run("'before'", source, "'after'")
    assert execution.error_kind == "DeadKernel"
    assert execution.error_line.startswith("one.ipynb: ")
    assert reason.replace("it was", "the notebook was") in execution.error_line
    assert [output["data"]["text/plain"] for output in outputs if "data" in output] == ["'before'"]
    assert run("1")[0].ok


def test_leaves_a_failing_cell_and_stops(run):
    """After an exception nothing more is run; the error is told in one line."""
    execution, outputs = run("print('before')", "1 / 0", "print('after')")
    assert execution.error_line == "one.ipynb, In [3]: ZeroDivisionError: division by zero"
    assert outputs[0]["text"] == "before\n"
    assert "after\n" not in [output.get("text") for output in outputs]


def test_a_notebook_that_hangs_is_ended(run, tmp_path):
    """At the time limit the process is gone, also where it ignores signals, and what it printed is kept."""
    pid = tmp_path / "pid"
    stubborn = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('began')"
    wait = f"\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    execution, outputs = run(stubborn + wait, seconds=2)
    assert execution.error_kind == "TimeLimit"
    assert outputs[0]["text"] == "began\n"
    assert is_gone(int(pid.read_text(encoding="utf-8")))


def test_much_that_is_printed_arrives(run):
    """Five megabytes of lines on both streams arrive whole and in order."""
    execution, outputs = run(
        "import sys\nfor line in range(50_000):\n    print(line, 'x' * 90)\nprint('e', file=sys.stderr)"
    )
    assert execution.ok, execution.error_full
    texts = {name: "".join(output["text"] for output in outputs if output["name"] == name) for name in STREAMS}
    assert texts["stdout"] == "".join(f"{line} {'x' * 90}\n" for line in range(50_000))
    assert texts["stderr"] == "e\n"


def test_nothing_leaks_into_the_next_notebook(run):
    """Folder, environment, options, patches, figures, modules, signals and names are as before in the next one."""
    assert run(LOOK_FOR_TRACES)[1][0]["data"]["text/plain"].replace("\n", "") == NO_TRACES
    execution, _ = run(LEAVE_TRACES)
    assert execution.ok, execution.error_full
    assert run(LOOK_FOR_TRACES)[1][0]["data"]["text/plain"].replace("\n", "") == NO_TRACES


def test_chance_differs_between_notebooks(run):
    """Two notebooks do not draw the same unseeded numbers, as they would from copies of one state."""
    first, second = (run(CHANCE)[1][0]["data"]["text/plain"] for _ in range(2))
    drawn = [part for text in (first, second) for part in text.split(",")]
    assert len(set(drawn)) == 4


def test_processes_that_a_notebook_starts_end_with_it(run):
    """Programs and forks that a notebook leaves behind are ended, and do not speak in its place."""
    execution, outputs = run(START_OTHERS)
    assert execution.ok, execution.error_full
    assert len(outputs) == 1
    started = [int(number) for number in outputs[0]["data"]["text/plain"].strip("[]").split(",")]
    assert all(is_gone(pid) for pid in started)


def test_no_process_is_left(run):
    """After notebooks, the forking process has no child, dead or alive; ended, it is gone itself."""
    run("1")
    forking = find_current()
    assert children_of(forking) == []
    end_warm_parent()
    assert is_gone(forking)


def test_the_forking_process_ends_with_whoever_started_it(project):
    """Where the process that runs notebooks is killed, neither the notebook nor the forking process stays."""
    pids = project.root / "pids"
    write = f"import os, time\nopen({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} ')\ntime.sleep(600)"
    notebook = project.write_notebook("one", write)
    code = (
        "import sys; from pathlib import Path; from mtss_analysis.packet.execute import execute_notebook as run;"
        "from mtss_analysis.packet.kernel_manager import private_folder;"
        "Path(sys.argv[3]).write_text(str(private_folder()), encoding='utf-8');"
        "run(notebook=Path(sys.argv[1]), parameters={}, out=Path(sys.argv[2]), time_limit_s=600, engine='warm')"
    )
    command = [
        sys.executable,
        "-c",
        code,
        str(notebook),
        str(project.root / "out.ipynb"),
        str(project.root / "private"),
    ]
    with subprocess.Popen(command, env=environment()) as running:
        assert wait_until(lambda: pids.is_file() and pids.read_text(encoding="utf-8").endswith(" "))
        running.kill()
    # Nobody was left to remove it.
    shutil.rmtree((project.root / "private").read_text(encoding="utf-8"))
    assert all(is_gone(int(pid)) for pid in pids.read_text(encoding="utf-8").split())


def test_usage_is_told(run):
    """A notebook's processor time and peak memory are those of its own process."""
    execution, _ = run("x = bytearray(300_000_000)\nx[::4096] = b'1' * len(x[::4096])\ndel x")
    assert execution.usage.peak_memory_bytes > 300_000_000
    assert 0 < execution.usage.cpu_seconds < 60


def test_a_changed_source_starts_another_process(run, monkeypatch, tmp_path):
    """The forking process stays while the package is the same, and is replaced when a file of it changes."""
    copy = tmp_path / "package" / "mtss_analysis"
    shutil.copytree(Path(parent.__file__).parents[2], copy)
    monkeypatch.setattr(parent, "_PACKAGE", copy)
    run("1")
    first = find_current()
    run("1")
    assert find_current() == first
    with (copy / "show" / "words.py").open("a", encoding="utf-8") as source:
        source.write("\nADDED = 1\n")
    _, outputs = run("from mtss_analysis.show import words\nwords.ADDED")
    assert find_current() != first
    assert outputs[0]["data"]["text/plain"] == "1"
    end_warm_parent()


def test_the_forking_process_is_replaced_after_some_notebooks(run, monkeypatch):
    """After so many notebooks another process takes over, and the earlier one is gone."""
    end_warm_parent()
    monkeypatch.setattr(parent, "NOTEBOOKS_PER_PARENT", 2)
    run("1")
    first = find_current()
    run("1")
    assert find_current() == first
    run("1")
    assert find_current() != first
    assert is_gone(first)


def test_a_process_that_cannot_load_says_why(run, monkeypatch):
    """Where the forking process cannot start, the notebook fails with the reason."""
    end_warm_parent()
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    execution, _ = run("1")
    assert execution.error_kind == "NoKernel"
    assert "could not start: it ended with code 1" in execution.error_line


def test_plain_papermill_knows_the_engine(project, tmp_path):
    """`papermill --engine mtss-warm` runs a notebook, shows figures without being asked, and leaves no process."""
    cells = ("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])", "school_id", "import os\nos.getppid()")
    notebook, out = project.write_notebook("one", *cells), tmp_path / "out.ipynb"
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "mtss-warm",
        "-k",
        "python3",
        "-l",
        "python",
        "-r",
        "school_id",
        "0012",
    ]
    ended = subprocess.run(
        [*command, str(notebook), str(out)], env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    code = [cell for cell in nbformat.read(out, as_version=4).cells if cell.cell_type == "code"]
    figure, school, forking = (cell.outputs[-1]["data"] for cell in code[-3:])
    assert "image/png" in figure
    assert school["text/plain"] == "'0012'"
    assert is_gone(int(forking["text/plain"]))


def test_importing_papermill_loads_nothing_of_the_kit():
    """Papermill loads the registered engine, which loads no library; also when the engine comes first."""
    heavy = "{'pandas', 'matplotlib', 'IPython.core.interactiveshell', 'mtss_analysis.packet.warm.managed'}"
    look = f"import sys; sys.exit(sorted({heavy} & set(sys.modules)) and 1 or 0)"
    for first in ("papermill", "mtss_analysis.packet.warm.engine"):
        command = [sys.executable, "-c", f"import {first}, papermill.engines as e; e.papermill_engines.get_engine"]
        command[-1] += "('mtss-warm'); " + look
        assert subprocess.run(command, env=environment(), check=False, timeout=120).returncode == 0


def environment() -> dict[str, str]:
    """Give a process the packages that this one has."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def find_current() -> int:
    """Process id of this process's forking process."""
    assert parent._current is not None
    return find_warm_parent({}).pid if parent._current is None else parent._current.pid


def children_of(pid: int) -> list[int]:
    """Process ids of the children of a process, ended ones that nobody has waited for included."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]


def is_gone(pid: int) -> bool:
    """Whether a process is gone, or dead and left to others to wait for, within ten seconds."""
    return wait_until(lambda: not is_alive(pid), seconds=10)


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_until(condition, *, seconds: int = 60) -> bool:
    """Wait for a condition; False when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
