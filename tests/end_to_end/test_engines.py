"""Both engines show the same: every chapter, and everything that a notebook can do in a cell."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from mtss_analysis.district.state import open_state
from mtss_analysis.errors import ParameterError
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet import engines
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.parameters import read_run_file

pytestmark = [
    pytest.mark.xdist_group("engines"),
    # Left to others: nbclient and zmq close their event loop and sockets late.
    pytest.mark.filterwarnings("default::ResourceWarning"),
]
ROOT = Path(__file__).parents[2]
DISTRICTS = ("10", "11", "12")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# Cells and whether they may fail; no output holds an address, a time or a process's number.
CELLS = (
    ("import sys, warnings, pandas as pd\npd.DataFrame({'share': [1.5, None]}, index=['a', 'b'])", False),
    ("from IPython.display import HTML, Image, clear_output, display, update_display", False),
    ("display(HTML('<b>x</b>'))\ndisplay('one', 'two')", False),
    ("handle = display('before', display_id='later')", False),
    ("update_display('after', display_id='later')", False),
    ("display({'application/json': {'n': float('nan'), 'when': [1, True]}, 'text/plain': 'j'}, raw=True)", False),
    ("display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(60), format='png'))", False),
    ("print('out')\nprint('err', file=sys.stderr)\nprint('out again')", False),
    ("print('gone')\nclear_output()\nprint('stays')", False),
    ("warnings.warn('not shown')\nimport logging\nlogging.getLogger('kit').warning('told')", False),
    ("%matplotlib inline\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 3, 2])", False),
    ("plt.figure()\nplt.bar(['a'], [2])\nplt.show()\nplt.get_fignums()", False),
    ("figure, axes = plt.subplots()\naxes.plot([1, 2])\nplt.close(figure)\nfigure", False),
    ("import asyncio\nawait asyncio.sleep(0)\nIn[3][:6], Out[3].shape", False),
    ("%%capture kept\nprint('kept')", False),
    ("kept.stdout, get_ipython().__class__.__name__, __name__", False),
    ("!echo told by a program", False),
    ("def fail(place):\n    raise KeyError(place)\nfail('here')", True),
    ("try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('outer') from error", True),
    ("class Broken:\n    def __repr__(self):\n        raise TypeError('cannot be shown')\nBroken()", True),
    ("try:\n    input('a question')\nexcept Exception as error:\n    print(type(error), error)", False),
    ("1 +", True),
    ("%no_such_magic", True),
    ("open('no such file')", True),
    ("import os\nos.path.basename(os.getcwd()), sys.path[:2], sys.stdout.isatty(), os.environ['MPLBACKEND']", False),
    ("from pandas.io.formats import console\nconsole.in_ipython_frontend(), sys.stdin.isatty()", False),
    ("pd.describe_option(_print_desc=False).lower()", False),
    ("{name: str(value) for name, value in sorted(plt.rcParams.items())}", False),
    ("sys.flags.hash_randomization, hash('same')", False),
    ("x = 1;\n2;", False),
    ("", False),
    ("raise RuntimeError('the end')", False),
    ("'never run'", False),
)


def run_with(engine: str, *, notebook: Path, out: Path, **parameters: str):
    """Execute a notebook; give how it ended and the executed notebook without times."""
    execution = execute_notebook(notebook=notebook, parameters=parameters, out=out, time_limit_s=60, engine=engine)
    executed = json.loads(out.read_text(encoding="utf-8"))
    # Papermill puts cells of its own before one that fails.
    cells = [cell for cell in executed["cells"] if "papermill-error-cell-tag" not in cell["metadata"].get("tags", ())]
    for holder in (executed, *cells):
        times = holder["metadata"]["papermill"]
        for name in ("start_time", "end_time", "duration"):
            times.pop(name)
        holder["metadata"]["execution"] = sorted(holder["metadata"].get("execution", ()))
    # Papermill numbers the cell that it injects by chance.
    executed["cells"] = [{**cell, "id": at} for at, cell in enumerate(cells)]
    return execution, executed


@pytest.fixture(scope="module")
def star(tmp_path_factory):
    """Give a run file over a few districts of STAR, and the comparison of their schools."""
    folder = tmp_path_factory.mktemp("star")
    for district in DISTRICTS:
        shutil.copytree(ROOT / "data" / "star" / district, folder / "data" / "star" / district)
    run_file = folder / "parameters" / "star.yml"
    run_file.parent.mkdir()
    (folder / "notebooks").symlink_to(ROOT / "notebooks", target_is_directory=True)
    shutil.copy(ROOT / "parameters" / "star.yml", run_file)
    run = read_run_file(run_file)
    comparison = folder / "comparison"
    write_comparison(prepare_comparison(open_state(run.data), settings=run.settings), comparison)
    return {"run_file": str(run_file), "comparison_folder": str(comparison)}


# The overview of a state reads the records of a whole run; it is run with the overviews.
CHAPTERS = [path for path in NOTEBOOKS if path.stem != "state_overview"]


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_is_the_same(notebook, star, tmp_path):
    """Each notebook gives the same outputs, figures' bytes included, and the same metadata under both engines."""
    parameters = {**star, "district_id": "11"}
    if notebook.stem != "district_overview":
        parameters["school_id"] = "20"
    out = tmp_path / "executed.ipynb"
    warm, shown_warm = run_with("warm", notebook=notebook, out=out, **parameters)
    fresh, shown_fresh = run_with("fresh", notebook=notebook, out=out, **parameters)
    assert warm.ok, warm.error_full
    assert fresh.ok, fresh.error_full
    assert "application/vnd.mtss.display+json" in str(shown_warm)
    assert shown_warm == shown_fresh


@pytest.fixture(scope="module")
def both(make, tmp_path_factory):
    """Give how a notebook of all kinds of cells ended and what it showed under both engines."""
    project = make(tmp_path_factory.mktemp("cells") / "a project")
    notebook = project.write_notebook("cells", *(source for source, _ in CELLS))
    node = nbformat.read(notebook, as_version=4)
    for cell, (_, fails) in zip(node.cells[2:], CELLS, strict=True):
        cell.metadata["tags"] = ["raises-exception"] if fails else []
    nbformat.write(node, notebook)
    out = project.root / "executed.ipynb"
    return {engine: run_with(engine, notebook=notebook, out=out, school_id="7") for engine in ("warm", "fresh")}


@pytest.mark.parametrize("at", range(len(CELLS)), ids=lambda at: CELLS[at][0].splitlines()[-1:] or ["empty"])
def test_every_cell_is_the_same(both, at):
    """A cell gives the same outputs, number and state under both engines."""
    warm, fresh = (executed["cells"][3 + at] for _, executed in both.values())
    assert warm == fresh


def test_the_cells_show_something(both):
    """The notebook of all kinds of cells stops where it raises, after all outputs have been made."""
    (warm, executed), (fresh, _) = both["warm"], both["fresh"]
    assert warm.error_line == fresh.error_line == "cells.ipynb, In [33]: RuntimeError: the end"
    assert executed["metadata"] == both["fresh"][1]["metadata"]
    kinds = {key for cell in executed["cells"] for output in cell.get("outputs", ()) for key in output.get("data", ())}
    assert kinds >= {"text/plain", "text/html", "application/json", "image/png"}


def test_a_misspelt_engine_is_refused(project):
    """An engine that there is not is refused with the nearest name, before anything is run."""
    out = project.root / "executed.ipynb"
    with pytest.raises(ParameterError, match=r"no engine 'wram' \(did you mean `warm`\?\)"):
        execute_notebook(
            notebook=project.write_notebook("one", "1"), parameters={}, out=out, time_limit_s=9, engine="wram"
        )
    assert not out.exists()


def test_fresh_kernels_where_forking_is_not_safe(monkeypatch):
    """Elsewhere than on Linux auto takes fresh kernels, and warm is refused."""
    monkeypatch.setattr("sys.platform", "darwin")
    assert engines.choose_engine("auto") == "fresh"
    with pytest.raises(ParameterError, match="needs Linux"):
        engines.choose_engine("warm")


def test_the_command_line_knows_the_engines(project, mtss):
    """`mtss run --engine` refuses another word with exit code 2."""
    ended = mtss("run", project.run_file, "--engine", "wram")
    assert ended.exit_code == 2
    assert "'wram' is not one of" in ended.err
