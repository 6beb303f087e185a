"""What a notebook prints is kept up to a bound, in an order that does not depend on when it was sent."""

from typing import Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient

MOST_PRINTED = 10_000_000
"""Characters of printed text that an executed notebook keeps, both streams together."""

_STREAMS = ("stdout", "stderr")

CUT_NOTE = f"\n[cut here: the notebook has printed more than {MOST_PRINTED // 1_000_000} million characters]\n"


class BoundedClient(PapermillNotebookClient):  # type: ignore[misc] # papermill is untyped
    """Papermill's client, which keeps the first ten million characters that a notebook prints."""

    _room = MOST_PRINTED

    def papermill_execute_cells(self) -> None:
        """Run all cells, and keep what was printed, however they end."""
        self._pieces: dict[int, list[Any]] = {}
        try:
            super().papermill_execute_cells()
        finally:
            self._settle()

    def process_message(
        self, msg: dict[str, Any], cell: nbformat.NotebookNode, cell_index: int
    ) -> nbformat.NotebookNode | None:
        """Take a message; of printed text, what there is room for, joined to what was printed just before."""
        if msg["msg_type"] == "stream":
            text = msg["content"]["text"]
            if self._room <= 0:
                return None
            self._room -= len(text)
            if self._room <= 0:
                msg["content"]["text"] = text[: len(text) + self._room] + CUT_NOTE
        else:
            self._settle()
        output: nbformat.NotebookNode | None = super().process_message(msg, cell, cell_index)
        if output is not None and output.output_type == "stream":
            self._join(cell.outputs)
        return output

    def _join(self, outputs: list[nbformat.NotebookNode]) -> None:
        """Join printed text to that at the end of a cell's outputs: one for each stream, standard output first.

        Kernels send what they have gathered every fifth of a second: on a busy machine a line may come in two pieces,
        and the streams in either order.
        """
        *before, last = outputs
        start = len(before)
        while start and before[start - 1].output_type == "stream":
            start -= 1
        for first in before[start:]:
            if first.name == last.name:
                self._pieces.setdefault(id(first), [first, first.text]).append(last.text)
                outputs.pop()
                return
        outputs[start:] = sorted(outputs[start:], key=lambda output: _STREAMS.index(output.name))

    def _settle(self) -> None:
        """Write what has come in pieces, all at once: there may be thousands."""
        for first, *texts in self._pieces.values():
            first.text = "".join(texts)
        self._pieces.clear()
