"""Open a school's notebook in JupyterLab, in a scratch copy that no report is made from."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill

from mtss_analysis.district.state import open_state
from mtss_analysis.errors import ParameterError
from mtss_analysis.packet.execute import check_parameters, read_notebook
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.groundwork import is_laid
from mtss_analysis.packet.kernel_manager import KERNEL_NAME
from mtss_analysis.packet.populations import find_populations
from mtss_analysis.packet.schools import School, choose_schools
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.run_file import RunFile


def write_scratch_copy(run: RunFile, *, school_id: str, notebook: str = "") -> Path:
    """Copy the notebooks into a temporary folder, with one school's parameters filled in.

    Parameters
    ----------
    run : RunFile
        The run.
    school_id : str
        The school, as on the command line.
    notebook : str
        The notebook to open; empty for the run's first.

    Returns
    -------
    Path
        The notebook to open. Beside its folder stand links to the project's other folders, so that relative
        links in notebooks work; ``reports`` is not among them.

    Raises
    ------
    ParameterError
        There is no such notebook, or JupyterLab is not installed.
    DataError
        There is no such school.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise ParameterError(
            "JupyterLab is not installed",
            next_step="Install the kit with its extra `lab`: pip install 'mtss-analysis[lab]'",
        )
    state = open_state(run.data)
    (school,) = choose_schools(state, wanted=[school_id])
    name = notebook or run.notebooks[0]
    known = [path.stem for path in run.notebooks_folder.glob("*.ipynb")]
    if name not in known:
        raise ParameterError(
            f"there is no notebook {name!r}{suggest(name, known=known)}",
            next_step="Name a notebook of the notebooks folder, without .ipynb",
        )
    folder = RunFolder(root=run.folder)
    population = find_populations(run, state=state, folder=folder, schools=[school])[school.district_id]
    laid = is_laid(run, population=population)
    parameters = _parameters(run, school=school, comparison=population.comparison if laid else None)
    scratch = Path(tempfile.mkdtemp(prefix=f"mtss-explore-{school.school_id}-"))
    project = run.notebooks_folder.parent
    notebooks = scratch / run.notebooks_folder.name
    notebooks.mkdir()
    for path in sorted(project.iterdir()):
        if path.is_dir() and path not in (run.notebooks_folder, run.reports) and not path.name.startswith("."):
            (scratch / path.name).symlink_to(path, target_is_directory=True)
    for path in sorted(run.notebooks_folder.iterdir()):
        if path.suffix == ".ipynb":
            _copy_with_parameters(path, into=notebooks / path.name, parameters=parameters)
        elif not path.name.startswith("."):
            (notebooks / path.name).symlink_to(path, target_is_directory=path.is_dir())
    return notebooks / f"{name}.ipynb"


def open_lab(notebook: Path, *, browser: bool = True) -> int:
    """Run JupyterLab on a notebook of a scratch copy until it is ended.

    Parameters
    ----------
    notebook : Path
        As ``write_scratch_copy`` gives it.
    browser : bool
        Whether a browser window is opened.

    Returns
    -------
    int
        Exit code of JupyterLab.
    """
    root = notebook.parents[1]
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", str(notebook)]
    if not browser:
        command.append("--no-browser")
    # A kernel named python3 elsewhere on the machine must not be taken for the one beside this interpreter.
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - this interpreter


def _parameters(run: RunFile, *, school: School, comparison: Path | None) -> dict[str, str]:
    return {
        "run_file": str(run.path),
        "district_id": school.district_id,
        "school_id": school.school_id,
        "comparison_folder": str(comparison) if comparison is not None else "",
    }


def _copy_with_parameters(path: Path, *, into: Path, parameters: dict[str, str]) -> None:
    check_parameters(notebook=path, parameters=parameters)
    filled = papermill.execute_notebook(
        read_notebook(path), None, parameters=parameters, kernel_name=KERNEL_NAME, prepare_only=True
    )
    for holder in (filled, *filled.cells):
        holder.metadata.pop("papermill", None)
    nbformat.write(filled, into)  # type: ignore[no-untyped-call]
