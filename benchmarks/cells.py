"""The code of the notebooks called directly, without Papermill: what an engine is compared with."""

import ast
import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell

LEFT_OUT = "analyst"


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep what is displayed off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def run_cells(notebook: Path, parameters: Mapping[str, str]) -> None:
    """Run the code of a notebook in this process and format the value of each cell, as a kernel does."""
    shell = InteractiveShell.instance()
    names: dict[str, object] = {}
    before = Path.cwd()
    os.chdir(notebook.parent)
    try:
        for cell in nbformat.read(notebook, as_version=4).cells:
            tags = cell.metadata.get("tags", [])
            if cell.cell_type != "code" or LEFT_OUT in tags:
                continue
            value = _run(cell.source, names)
            if value is not None:
                shell.display_formatter.format(value)
            if "parameters" in tags:
                names.update(parameters)
    finally:
        os.chdir(before)


def _run(source: str, names: dict[str, object]) -> object:
    tree = ast.parse(source)
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - the project's own notebooks
        return None
    last = tree.body.pop()
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - the project's own notebooks
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307 - see above
