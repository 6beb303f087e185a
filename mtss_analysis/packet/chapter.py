"""One executed notebook turned into one Markdown chapter."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import MarkdownExporter
from nbconvert.preprocessors import Preprocessor

from mtss_analysis.errors import RenderError
from mtss_analysis.show.display import MTSS_MIME, Column, Figure, RecordSet, Table, Text, unpack_cell

Display = Figure | Table | Text | RecordSet
ShowDisplay = Callable[[Display], str]
ANALYST_TAG = "analyst"


def write_chapter(*, notebook: Path, show: ShowDisplay) -> str:
    """Turn an executed notebook into Markdown: its prose and its displays, without code.

    Parameters
    ----------
    notebook : Path
        An executed notebook.
    show : callable
        Given a display object, returns the Markdown that stands for it.

    Returns
    -------
    str
        Markdown; cells tagged ``analyst`` and everything printed to the terminal are left out.

    Raises
    ------
    RenderError
        The notebook cannot be read, a cell failed, or a cell shows something that is not a display object.
    """
    try:
        executed = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise RenderError(
            f"the executed notebook {notebook.name} cannot be read ({error})",
            next_step="Run the school again",
        ) from error
    shown, _ = _Displays(name=notebook.name, show=show).preprocess(executed, {})
    body, _ = _open_exporter().from_notebook_node(shown)
    return str(body).strip() + "\n"


@cache
def _open_exporter() -> MarkdownExporter:
    """Open the exporter once: its templates are compiled with the first chapter."""
    return MarkdownExporter(exclude_input=True)  # type: ignore[no-untyped-call]


class _Displays(Preprocessor):
    """Replaces each display object by its Markdown and refuses any other output."""

    def __init__(self, *, name: str, show: ShowDisplay) -> None:
        super().__init__(enabled=True)  # type: ignore[no-untyped-call]
        self._name = name
        self._show = show

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:  # noqa: ANN401  # nbconvert's own signature
        kept = []
        for number, cell in enumerate(nb.cells, start=1):
            tags = cell.metadata.get("tags", [])
            if ANALYST_TAG in tags or cell.cell_type == "raw":
                continue
            if cell.cell_type == "code":
                shown = [self._write_output(output, number=number) for output in cell.outputs]
                text = "\n\n".join(part for part in shown if part)
                kept.append(nbformat.v4.new_markdown_cell(text))  # type: ignore[no-untyped-call]
            else:
                kept.append(cell)
        nb.cells = [cell for cell in kept if cell.source.strip()]
        return nb, resources

    def _write_output(self, output: Any, *, number: int) -> str:  # noqa: ANN401  # a notebook node
        where = f"notebook {self._name}, cell {number}"
        if output.output_type == "stream":
            return ""
        if output.output_type == "error":
            raise RenderError(
                f"{where} failed with {output.ename}",
                next_step="Open the executed notebook at that cell, mend the cause and run the school again",
            )
        if MTSS_MIME not in output.data:
            kinds = ", ".join(sorted(output.data)) or "nothing"
            raise RenderError(
                f"{where} shows {kinds}, which a packet cannot print",
                next_step="End the cell with a Figure, Table, Text or RecordSet, or with nothing",
            )
        try:
            return self._show(read_display(output.data))
        except RenderError as error:
            raise RenderError(f"{where}: {error.problem}", next_step=error.next_step) from error


def read_display(data: Mapping[str, Any]) -> Display:
    """Read a display object back from the output of a notebook cell.

    Parameters
    ----------
    data : mapping
        MIME types and their contents, ``MTSS_MIME`` among them.

    Returns
    -------
    Figure, Table, Text or RecordSet
        Equal to the object that the cell showed.

    Raises
    ------
    RenderError
        The payload is of an unknown kind or not whole.
    """
    payload = data[MTSS_MIME]
    try:
        match payload["kind"]:
            case "figure":
                return Figure(
                    name=payload["name"],
                    caption=payload["caption"],
                    alt=payload["alt"],
                    png=base64.b64decode(data["image/png"]),
                    width_in=payload["width_in"],
                )
            case "table":
                return Table(
                    name=payload["name"],
                    caption=payload["caption"],
                    columns=tuple(Column(**column) for column in payload["columns"]),
                    rows=tuple(tuple(unpack_cell(cell) for cell in row) for row in payload["rows"]),
                    note=payload["note"],
                    printed=payload["printed"],
                )
            case "text":
                return Text(markdown=payload["markdown"])
            case "records":
                return RecordSet(records=tuple(payload["records"]), notes=tuple(payload.get("notes", ())))
            case _:
                problem = f"the display object is of the unknown kind {payload['kind']}"
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RenderError(
            f"the display object is not whole ({error})",
            next_step="Run the school again with the version of the kit that is installed",
        ) from error
    raise RenderError(problem, next_step="Use a Figure, Table, Text or RecordSet")
