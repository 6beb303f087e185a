"""What a notebook prints is kept up to a bound: a runaway loop must not fill the disk."""

from typing import Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient

MOST_PRINTED = 10_000_000
"""Characters of printed text that an executed notebook keeps, both streams together."""

CUT_NOTE = f"\n[cut here: the notebook has printed more than {MOST_PRINTED // 1_000_000} million characters]\n"


class BoundedClient(PapermillNotebookClient):  # type: ignore[misc] # papermill is untyped
    """Papermill's client, which keeps the first ten million characters that a notebook prints."""

    _room = MOST_PRINTED

    def process_message(
        self, msg: dict[str, Any], cell: nbformat.NotebookNode, cell_index: int
    ) -> nbformat.NotebookNode | None:
        """Take a message; of printed text, what there is room for."""
        if msg["msg_type"] == "stream":
            text = msg["content"]["text"]
            if self._room <= 0:
                return None
            self._room -= len(text)
            if self._room <= 0:
                msg["content"]["text"] = text[: len(text) + self._room] + CUT_NOTE
        output: nbformat.NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output
