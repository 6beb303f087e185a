"""What a notebook prints, sent on as stream outputs."""

import io
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

StreamName = Literal["stdout", "stderr"]
_SECONDS_BETWEEN = 0.2
_MOST_CHARACTERS = 1 << 16
_DESCRIPTORS = {"stdout": 1, "stderr": 2}


class Stream(io.TextIOBase):
    """Takes the place of ``sys.stdout`` or ``sys.stderr`` in a notebook's process.

    Text is gathered and sent when there is much of it, when 0.2 s have passed, and when it is flushed, as
    Jupyter's kernels do.

    Parameters
    ----------
    name : {'stdout', 'stderr'}
        Which of the two.
    send : callable
        Is given the name and the text.
    """

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, *, name: StreamName, send: Callable[[StreamName, str], object]) -> None:
        self.name = name
        self._send = send
        self._owner = os.getpid()
        self._parts: list[str] = []
        self._size = 0
        self._guard = threading.RLock()
        self._written = threading.Event()
        self._flusher: threading.Thread | None = None

    def write(self, text: object, /) -> int:
        """Take text."""
        if not isinstance(text, str):
            msg = f"write() argument must be str, not {type(text).__name__}"
            raise TypeError(msg)
        if os.getpid() != self._owner:
            # A process that the notebook has forked must not speak between the messages of this one.
            os.write(self.fileno(), text.encode(errors="replace"))
            return len(text)
        with self._guard:
            self._parts.append(text)
            self._size += len(text)
        if self._size >= _MOST_CHARACTERS:
            self.flush()
        else:
            self._flush_soon()
        return len(text)

    def flush(self) -> None:
        """Send what has been gathered."""
        if os.getpid() != self._owner:
            return
        with self._guard:
            text = "".join(self._parts)
            self._parts.clear()
            self._size = 0
            if text:
                self._send(self.name, text)

    def fileno(self) -> int:
        """Return the descriptor of this process's own stream, where what programs write goes."""
        return _DESCRIPTORS[self.name]

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def _flush_soon(self) -> None:
        if self._flusher is None:
            self._flusher = threading.Thread(target=self._keep_flushing, name=f"flush {self.name}", daemon=True)
            self._flusher.start()
        self._written.set()

    def _keep_flushing(self) -> None:
        while True:
            self._written.wait()
            self._written.clear()
            time.sleep(_SECONDS_BETWEEN)
            try:
                self.flush()
            except OSError:
                return

    def __getstate__(self) -> Any:  # noqa: ANN401 - never returns
        """Refuse to be pickled, as any open stream does."""
        msg = "cannot pickle a stream of a notebook"
        raise TypeError(msg)
