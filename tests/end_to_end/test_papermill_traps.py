"""Where Papermill and Jupyter do quietly what nobody wants, the kit does not."""

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

from mtss_analysis.errors import ParameterError
from mtss_analysis.packet.execute import check_parameters, execute_notebook, read_notebook
from mtss_analysis.packet.kernel_manager import private_folder

pytestmark = [
    pytest.mark.xdist_group("papermill_traps"),
    # Left to others: nbclient and zmq close their event loop and sockets late.
    pytest.mark.filterwarnings("default::ResourceWarning"),
]
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
OF_OVERVIEWS = {
    "district_overview": {"run_file", "district_id", "comparison_folder"},
    "state_overview": {"records_folder", "state_name"},
}
LOOK_AT_SOCKETS = """
import os
sockets = set()
for name in os.listdir("/proc/self/fd"):
    try:
        sockets.add(os.readlink(f"/proc/self/fd/{name}"))
    except OSError:
        pass
ports = []
for table in ("tcp", "tcp6"):
    for line in open(f"/proc/self/net/{table}").read().splitlines()[1:]:
        state, inode = line.split()[3], line.split()[9]
        if state == "0A" and f"socket:[{inode}]" in sockets:
            ports.append(line.split()[1])
ports"""
LOOK_AROUND = """
import os, sys, mtss_analysis
(sys.executable, os.environ["OMP_NUM_THREADS"], os.environ["PYTHONHASHSEED"], mtss_analysis.__file__)"""


def run(notebook: Path, *, seconds: int = 60, **parameters: str):
    """Execute a notebook and give how it ended, and what its cells showed."""
    out = notebook.parents[1] / "executed.ipynb"
    execution = execute_notebook(notebook=notebook, parameters=parameters, out=out, time_limit_s=seconds)
    cells = nbformat.read(out, as_version=4).cells
    return execution, [output for cell in cells for output in cell.get("outputs", ())]


def test_an_id_keeps_its_zeros(project):
    """An id given as text arrives in the notebook as that text."""
    execution, outputs = run(project.write_notebook("one", "school_id"), school_id="0012")
    assert execution.ok, execution.error_full
    assert outputs[0]["data"]["text/plain"] == "'0012'"


def test_a_number_for_an_id_is_refused(project):
    """What `papermill -p school_id 0012` injects, the number 12, is refused with the way out."""
    notebook = project.root / "notebooks" / "short.ipynb"
    with pytest.raises(papermill.PapermillExecutionError, match=r"school_id is 12, which is not text.*-r school_id"):
        papermill.execute_notebook(
            str(notebook), None, parameters={"school_id": 12}, cwd=notebook.parent, kernel_name="python3",
            language="python", progress_bar=False,
        )  # fmt: skip


def test_a_misspelt_parameter_is_refused(project):
    """A parameter that the notebook does not have is refused before it runs, naming the nearest."""
    notebook = project.write_notebook("one", "school_id")
    with pytest.raises(ParameterError, match=r"no parameter `schol_id` \(did you mean `school_id`\?\)"):
        run(notebook, schol_id="0012")
    assert not (project.root / "executed.ipynb").exists()


def test_no_network_port_is_open(project):
    """The kernel listens on no TCP port; its sockets are files that only their owner can reach."""
    execution, outputs = run(project.write_notebook("one", LOOK_AT_SOCKETS))
    assert execution.ok, execution.error_full
    assert outputs[0]["data"]["text/plain"] == "[]"
    assert private_folder().stat().st_mode & 0o077 == 0
    assert len(os.fsencode(private_folder())) <= 88


def test_the_kernel_is_this_interpreter(project, monkeypatch, tmp_path):
    """The kernel runs this interpreter and this package, whatever kernel is installed under the same name."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    wrong = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Wrong", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(wrong), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    execution, outputs = run(project.write_notebook("one", LOOK_AROUND))
    assert execution.ok, execution.error_full
    shown = outputs[0]["data"]["text/plain"]
    assert repr(sys.executable) in shown
    assert "'1'" in shown
    assert "'0'" in shown
    assert "mtss_analysis/__init__.py" in shown


def test_no_files_are_left(project):
    """Connection files and sockets are gone when the notebook has ended."""
    run(project.write_notebook("one", "1"))
    assert not list(private_folder().glob("k*"))


def test_braces_in_a_path_are_kept(project):
    """A path with braces, which Papermill fills in, is left as it is."""
    moved = project.root.with_name("a {district}")
    project.root.rename(moved)
    execution, _ = run(type(project)(root=moved).write_notebook("one", "1"))
    assert execution.ok, execution.error_full


def test_an_error_is_a_value(project):
    """A cell that fails gives one line without colour codes, and the cells before it are kept."""
    execution, outputs = run(project.write_notebook("one", "print('before')", "1 / 0"), school_id="7")
    assert not execution.ok
    assert execution.error_line == "one.ipynb, In [4]: ZeroDivisionError: division by zero"
    assert "1 / 0" in execution.error_full
    assert "\x1b" not in execution.error_full
    assert outputs[0]["text"] == "before\n"


def test_a_kernel_that_dies_is_told(project):
    """A kernel that is killed is an error that says so, and ends at once."""
    execution, _ = run(project.write_notebook("one", "import os\nos.kill(os.getpid(), 9)"))
    assert execution.error_kind == "DeadKernel"
    assert execution.seconds < 30


def test_the_time_limit_is_of_the_notebook(project):
    """The limit holds for all cells together, and what was shown before it is kept."""
    sleep = "import time\nprint('slept')\ntime.sleep(1.2)"
    execution, outputs = run(project.write_notebook("one", sleep, sleep, sleep, sleep, sleep), seconds=3)
    assert execution.error_kind == "TimeLimit"
    assert 1 <= len([output for output in outputs if output["output_type"] == "stream"]) < 5


@pytest.mark.parametrize("line", ['a: str | None = ""', 'a: str = "b=c"'])
def test_lines_that_papermill_cannot_see(project, line):
    """A parameter line that Papermill cannot read leaves its name unknown, so a value for it is refused."""
    notebook = project.write_notebook("one", "1")
    node = nbformat.read(notebook, as_version=4)
    node.cells[0].source = line
    nbformat.write(node, notebook)
    with pytest.raises(ParameterError, match="no parameter `a`"):
        check_parameters(notebook=notebook, parameters={"a": "x"})


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_of_the_notebooks_is_seen(notebook):
    """Papermill sees every assignment of each notebook's parameters cell: as text, with its help."""
    node = read_notebook(notebook)
    (cell,) = (cell for cell in node.cells if "parameters" in cell.metadata.get("tags", ()))
    assigned = re.findall(r"^(\w+)\s*[:=]", cell.source, flags=re.MULTILINE)
    seen = papermill.inspect_notebook(node)
    assert set(assigned) == set(seen)
    assert set(seen) >= OF_OVERVIEWS.get(notebook.stem, {"run_file", "district_id", "school_id", "comparison_folder"})
    assert all(parameter["inferred_type_name"] == "str" and parameter["help"] for parameter in seen.values())


def test_explore_leaves_reports_alone(project, mtss, monkeypatch, tmp_path):
    """Explore fills a school's parameters into a scratch copy with working links, and writes no report."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr("mtss_analysis.packet.explore.open_lab", lambda _, *, browser: int(browser))
    ended = mtss("explore", project.run_file, "--school", "0013", "--no-browser")

    assert ended.exit_code == 0, ended.err
    (opened,) = (tmp_path / "scratch").glob("*/notebooks/short.ipynb")
    assert str(opened) in ended.out
    assert (opened.parent / "../parameters/tiny.yml").is_file()
    assert not project.reports.exists()
    injected = nbformat.read(opened, as_version=4).cells[1].source
    assert 'school_id = "0013"' in injected
    execution, _ = run(opened)
    assert execution.ok, execution.error_full


def test_explore_says_that_jupyterlab_is_missing(project, mtss, monkeypatch):
    """Without JupyterLab, explore says which extra to install and exits with 2."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    ended = mtss("explore", project.run_file, "--school", "0013")
    assert ended.exit_code == 2
    assert "mtss-analysis[lab]" in ended.err
