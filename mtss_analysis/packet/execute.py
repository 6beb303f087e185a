"""Run one notebook with Papermill in a process of its own."""

import functools
import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors, remove_error_markers
from papermill.iorw import load_notebook_node
from papermill.log import logger
from papermill.parameterize import parameterize_notebook
from papermill.utils import chdir, remove_args

from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.packet import memory
from mtss_analysis.packet.engines import EngineName, choose_engine
from mtss_analysis.packet.kernel_manager import KERNEL_NAME, PrivateKernelManager, kernel_environment
from mtss_analysis.packet.printed import BoundedClient
from mtss_analysis.packet.warm.engine import ENGINE as _WARM
from mtss_analysis.packet.warm.engine import WarmEngine
from mtss_analysis.packet.warm.notebook_process import NotebookDiedError, Usage
from mtss_analysis.parameters.nearest import suggest

_FRESH = "mtss"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_START_SECONDS = 60
_OUT_OF_MEMORY = frozenset({"MemoryError", "_ArrayMemoryError", "ArrowMemoryError"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """How the execution of one notebook ended.

    Parameters
    ----------
    ok : bool
        Whether every cell ran.
    seconds : float
        Wall time.
    error_kind, error_line, error_full : str
        What went wrong: name of the exception, one line, in full; empty where nothing did.
    path : Path
        The executed notebook, as far as it got.
    usage : Usage or None
        What its process used; None with a fresh kernel.
    """

    ok: bool
    seconds: float
    error_kind: str
    error_line: str
    error_full: str
    path: Path
    usage: Usage | None


def execute_notebook(
    *,
    notebook: Path,
    parameters: Mapping[str, str],
    out: Path,
    time_limit_s: int,
    memory_limit_mb: int = 0,
    engine: EngineName = "auto",
) -> Execution:
    """Run a notebook from top to bottom with the given parameters.

    Parameters
    ----------
    notebook : Path
        A notebook with a cell tagged ``parameters``.
    parameters : mapping of str to str
        Values for names of that cell.
    out : Path
        Where the executed notebook is written, also when a cell fails.
    time_limit_s : int
        Seconds after which the notebook has failed and its process is ended.
    memory_limit_mb : int
        Megabytes (2²⁰ bytes) that its process may allocate, on Linux; 0: no limit.
    engine : {'auto', 'warm', 'fresh'}
        ``warm`` forks a process that has the libraries loaded, ``fresh`` starts a kernel; the outputs are the same.

    Returns
    -------
    Execution
        A failing notebook is a value, not an exception.

    Raises
    ------
    ParameterError
        A parameter that the notebook does not have: Papermill would only log it and use the default. Or an
        engine that there is not.
    """
    chosen = choose_engine(engine)
    check_parameters(notebook=notebook, parameters=parameters)
    out.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    used: list[Usage] = []
    environment = {**kernel_environment(), memory.VARIABLE: str(memory_limit_mb)}
    options = _choose_warm(environment, report=used.append) if chosen == "warm" else _choose_fresh(environment)
    kind, line, full = _run(
        notebook=notebook, parameters=parameters, out=out.resolve(), time_limit_s=time_limit_s, options=options
    )
    if kind in _OUT_OF_MEMORY and memory_limit_mb:
        kind, line = "MemoryLimit", f"{line} (at most {memory_limit_mb} MB, limits: memory_limit_mb)"
    return Execution(
        ok=not kind,
        seconds=time.monotonic() - started,
        error_kind=kind,
        error_line=line,
        error_full=full or line,
        path=out,
        usage=used[-1] if used else None,
    )


def check_parameters(*, notebook: Path, parameters: Mapping[str, str]) -> None:
    """Refuse parameters that the notebook's ``parameters`` cell does not name.

    Parameters
    ----------
    notebook : Path
        The notebook.
    parameters : mapping of str to str
        What it is to be given.

    Raises
    ------
    ParameterError
        Naming the misspelt parameter and the nearest known one.
    """
    known = _name_parameters(notebook, _identify(notebook))
    for name in parameters:
        if name not in known:
            raise ParameterError(
                f"the notebook has no parameter `{name}`{suggest(name, known=known)}",
                next_step="Correct the name, or add the parameter to the cell tagged `parameters`",
                place=Place(file=notebook),
            )


def read_notebook(notebook: Path) -> nbformat.NotebookNode:
    """Read a notebook as Papermill needs it.

    Parameters
    ----------
    notebook : Path
        A notebook, stripped or not.

    Returns
    -------
    NotebookNode
        In notebook format 4, with a Python kernel named.

    Raises
    ------
    ParameterError
        The file cannot be read or is not a notebook.
    """
    try:
        node: nbformat.NotebookNode = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, UnicodeDecodeError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise ParameterError(
            f"this is not a notebook: {_one_line(str(error))[:200]}",
            next_step="Open it in JupyterLab and save it again, or restore it from the repository",
            place=Place(file=notebook),
        ) from error
    # Papermill chooses the language of the injected cell by these, which a stripped notebook may lack.
    node.metadata["kernelspec"] = {"name": KERNEL_NAME, "display_name": "Python 3", "language": "python"}
    return node


def _identify(notebook: Path) -> tuple[int, ...]:
    """Give what tells that a file has changed."""
    try:
        now = notebook.stat()
    except OSError:
        return ()
    return now.st_size, now.st_mtime_ns, now.st_ino


@functools.lru_cache(maxsize=64)
def _read_once(notebook: Path, _identity: tuple[int, ...]) -> nbformat.NotebookNode:
    """Read a notebook as long as it is the same; Papermill copies what it is given."""
    return read_notebook(notebook)


@functools.lru_cache(maxsize=64)
def _name_parameters(notebook: Path, identity: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(papermill.inspect_notebook(_read_once(notebook, identity)))


class BoundedEngine(Engine):  # type: ignore[misc] # papermill is untyped
    """Papermill's own engine, which bounds what is printed."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,  # noqa: ANN401 - papermill is untyped
        kernel_name: str,
        *,
        environment: Mapping[str, str],
        **options: object,
    ) -> None:
        """Run the cells."""
        client = BoundedClient(
            nb_man, kernel_name=kernel_name, log=logger, **remove_args(["input_path", "start_timeout"], **options)
        )
        client.execute(env={**os.environ, **environment})


def _choose_fresh(environment: Mapping[str, str]) -> dict[str, object]:
    papermill_engines.register(_FRESH, BoundedEngine)
    return {
        "engine_name": _FRESH,
        "startup_timeout": _START_SECONDS,
        "environment": environment,
        "kernel_manager_class": PrivateKernelManager,
        "shutdown_kernel": "immediate",
    }


def _choose_warm(environment: Mapping[str, str], *, report: Callable[[Usage], None]) -> dict[str, object]:
    # Also where the package is used without being installed.
    papermill_engines.register(_WARM, WarmEngine)
    return {"engine_name": _WARM, "environment": environment, "report": report}


def _run(
    *, notebook: Path, parameters: Mapping[str, str], out: Path, time_limit_s: int, options: Mapping[str, object]
) -> tuple[str, str, str]:
    try:
        _run_with_papermill(
            notebook=notebook, parameters=parameters, out=out, time_limit_s=time_limit_s, options=options
        )
    except PapermillExecutionError as error:
        line = f"{notebook.name}, In [{error.exec_count}]: {error.ename}: {_one_line(error.evalue)}"
        return error.ename, line, _ANSI.sub("", "\n".join(error.traceback))
    except CellTimeoutError:
        limit = f"stopped at its time limit of {time_limit_s} s (limits: notebook_seconds)"
        return "TimeLimit", f"{notebook.name}: {limit}", ""
    except NotebookDiedError as error:
        return "DeadKernel", f"{notebook.name}: {error}", ""
    except DeadKernelError:
        return "DeadKernel", f"{notebook.name}: the kernel died, which happens when memory runs out", ""
    except RuntimeError as error:
        return "NoKernel", f"{notebook.name}: the kernel did not start: {_one_line(str(error))}", ""
    return "", "", ""


def _run_with_papermill(
    *, notebook: Path, parameters: Mapping[str, str], out: Path, time_limit_s: int, options: Mapping[str, object]
) -> None:
    """Do what ``papermill.execute_notebook`` does with a notebook, and write it once."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    deadline = time.monotonic() + time_limit_s

    def seconds_left(_: object) -> int:
        return max(1, round(deadline - time.monotonic()))

    node = remove_error_markers(load_notebook_node(_read_once(notebook, _identify(notebook))))
    if parameters:
        node = parameterize_notebook(node, dict(parameters), kernel_name=KERNEL_NAME, language="python")
    node = prepare_notebook_metadata(node, notebook.name, out.name)
    engine_name, others = options["engine_name"], {**options}
    del others["engine_name"]
    try:
        with chdir(notebook.parent):
            papermill_engines.execute_notebook_with_engine(
                engine_name,
                node,
                kernel_name=KERNEL_NAME,
                progress_bar=False,
                autosave_cell_every=0,
                timeout_func=seconds_left,
                **others,
            )
        raise_for_execution_errors(node, None)
    finally:
        _write_notebook(node, out)


def _write_notebook(notebook: nbformat.NotebookNode, out: Path) -> None:
    """Write an executed notebook, stopped ones too, on one line: Python's encoder indents ten times as slowly."""
    text = json.dumps(notebook, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    out.write_text(f"{text}\n", encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(_ANSI.sub("", text).split())
