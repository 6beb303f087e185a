"""Papermill's engine interface over a notebook's process; outputs are kept as nbclient keeps a kernel's."""

import contextlib
import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, CellTimeoutError
from papermill.engines import Engine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args

from mtss_analysis.packet.engines import check_fork_is_safe
from mtss_analysis.packet.printed import BoundedClient
from mtss_analysis.packet.warm.notebook_process import NotebookProcess, Usage, open_notebook_process

# As ipykernel describes its language.
_LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
# Outputs that are mere data.
_PLAIN = frozenset({"display_data", "execute_result"})


class ManagedWarmEngine(Engine):  # type: ignore[misc] # papermill is untyped
    """Runs each notebook in a child of a process that has the libraries loaded."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,  # noqa: ANN401 - papermill is untyped
        kernel_name: str | None,
        *,
        execution_timeout: int | None = None,
        environment: Mapping[str, str] | None = None,
        report: Callable[[Usage], None] | None = None,
        **options: object,
    ) -> None:
        """Run the cells.

        Parameters
        ----------
        nb_man : NotebookExecutionManager
            The notebook and Papermill's record of it.
        kernel_name : str or None
            The notebook's; the running interpreter serves whatever it is.
        execution_timeout : int or None
            Seconds a cell may take.
        environment : mapping of str to str, optional
            Environment variables beyond those of this process.
        report : callable, optional
            Is given what the notebook's process used.
        **options
            As for Papermill's own engine; those about starting a kernel have no effect.

        Raises
        ------
        ParameterError
            Forking is not safe here.
        NoWarmParentError
            There is no process to fork from.
        NotebookDiedError
            The notebook's process ended before its last cell had.
        """
        check_fork_is_safe()
        chosen = merge_kwargs(
            remove_args(["input_path", "start_timeout", "startup_timeout", "timeout"], **options),
            timeout=execution_timeout or options.get("timeout"),
            kernel_name=kernel_name or "",
            log=logger,
        )
        client = WarmClient(nb_man, **chosen)
        # As a kernel, a notebook's process shows figures where nothing else is asked for.
        inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        try:
            with open_notebook_process({**inline, **os.environ, **(environment or {})}) as process:
                client.run(process)
        finally:
            if client.usage is not None and report is not None:
                report(client.usage)


class WarmClient(BoundedClient):
    """Papermill's client of a kernel, with a notebook's process in the kernel's place."""

    process: NotebookProcess

    @property
    def usage(self) -> Usage | None:
        """What the process used; None as long as it runs."""
        return self.process.usage if hasattr(self, "process") else None

    def run(self, process: NotebookProcess) -> None:
        """Run all cells, up to the first that fails."""
        self.process = process
        self.reset_execution_trackers()
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(_LANGUAGE)
        process.end_well()

    def execute_cell(self, cell: nbformat.NotebookNode, cell_index: int) -> nbformat.NotebookNode:
        """Run a cell and take what it shows."""
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        cell.outputs = []
        self.clear_before_next_output = False
        self.process.ask({"ask": "run", "source": cell.source})
        self.code_cells_executed += 1
        reply = self._take_messages(cell, cell_index)
        allowed = self.allow_errors or "raises-exception" in tags or reply.get("ename") in self.allow_error_names
        if reply["status"] == "error" and (self.force_raise_errors or not allowed):
            raise CellExecutionError.from_cell_and_msg(cell, reply)
        return cell

    def output(
        self, outs: list[nbformat.NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> nbformat.NotebookNode | None:
        """Keep what a cell shows.

        A plain display is kept as it came: nbclient would copy its records into other mappings and check them against
        the schema of notebooks, to which the whole notebook is held when it is written.
        """
        if msg["msg_type"] not in _PLAIN or display_id or self.clear_before_next_output:
            kept: nbformat.NotebookNode | None = super().output(outs, msg, display_id, cell_index)
            return kept
        shown = nbformat.NotebookNode(output_type=msg["msg_type"])  # type: ignore[no-untyped-call]
        for name in ("data", "metadata"):
            dict.__setitem__(shown, name, nbformat.NotebookNode())  # type: ignore[no-untyped-call]
            # Not its own update, which would turn every mapping inside into a node.
            dict.update(shown[name], msg["content"][name])
        if msg["msg_type"] == "execute_result":
            shown["execution_count"] = msg["content"]["execution_count"]
        outs.append(shown)
        return shown

    def _take_messages(self, cell: nbformat.NotebookNode, cell_index: int) -> dict[str, Any]:
        """Take messages until the reply; all of them together must come within the cell's time limit."""
        limit = self._get_timeout(cell)
        ends = None if limit is None else time.monotonic() + limit
        while True:
            left = None if ends is None else ends - time.monotonic()
            try:
                message = self.process.receive(timeout=left)
            except TimeoutError:
                raise CellTimeoutError.error_from_timeout_and_cell("Cell execution timed out", limit, cell) from None
            kind, content = message["msg_type"], message["content"]
            message |= {"header": {"msg_type": kind, "date": _now()}, "parent_header": {}}
            if kind == "execute_reply":
                if self.record_timing:
                    cell["metadata"]["execution"]["shell.execute_reply"] = message["header"]["date"].isoformat()
                return dict(content)
            with contextlib.suppress(CellExecutionComplete):
                self.process_message(message, cell, cell_index)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
