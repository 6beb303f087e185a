"""One notebook's process as seen by whoever runs the notebook: requests go in, messages come out, it ends."""

import contextlib
import select
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError

from mtss_analysis.packet.warm.parent import WarmParent, find_warm_parent
from mtss_analysis.packet.warm.wire import Message, Wire

_SECONDS_TO_END = 10
_SECONDS_TO_DIE = 2


class NotebookDiedError(DeadKernelError):
    """A notebook's process has ended although it was not asked to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a notebook's process has used.

    Parameters
    ----------
    cpu_seconds : float
        Processor time, user and system, seconds.
    peak_memory_bytes : int
        Largest resident memory, pages shared with the forking process included.
    """

    cpu_seconds: float
    peak_memory_bytes: int


class NotebookProcess:
    """A process that runs cells.

    Parameters
    ----------
    parent : WarmParent
        Whose child it is.
    wire : Wire
        Its own messages.
    status : Wire
        What the forking process says about it.
    """

    def __init__(self, *, parent: WarmParent, wire: Wire, status: Wire) -> None:
        self._parent = parent
        self._wire = wire
        self._status = status
        self.usage: Usage | None = None

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request; that the process is gone shows when its answer is waited for."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._wire.send(request)

    def receive(self, *, timeout: float | None = None) -> Message:
        """Wait for the next message.

        Parameters
        ----------
        timeout : float or None
            Seconds; None waits for ever.

        Raises
        ------
        TimeoutError
            There was none in that time.
        NotebookDiedError
            The process has ended; the message names signal or exit code.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (message := self._wire.take()) is None:
            ready = _wait_for(self._wire, self._status, deadline=deadline)
            if not ready:
                raise TimeoutError
            # What it has sent comes before what is said about its end.
            if self._wire.fileno() in ready and self._wire.fill():
                continue
            raise self._tell_death()
        return message

    def end_well(self) -> None:
        """Ask the process to end, and wait until it has said that it does.

        Raises
        ------
        NotebookDiedError
            It ended without saying so.
        """
        self.ask({"ask": "end"})
        deadline = time.monotonic() + _SECONDS_TO_END
        try:
            # What threads of the notebook still print belongs to no cell.
            while self.receive(timeout=deadline - time.monotonic())["msg_type"] != "end":
                pass
        except TimeoutError:
            msg = "the notebook's process did not end when it was asked to"
            raise NotebookDiedError(msg) from None
        self._hear_end(seconds=_SECONDS_TO_END)

    def close(self) -> None:
        """End the process, whatever it is doing, and wait until it is gone."""
        self._wire.close()
        if self.usage is None:
            self._end_now()
        self._status.close()

    def _tell_death(self) -> NotebookDiedError:
        code = self._hear_end(seconds=_SECONDS_TO_DIE)
        if code is not None:
            return NotebookDiedError(f"the notebook's process ended {_describe_end(code)}")
        code = self._parent.await_exit_code(seconds=_SECONDS_TO_DIE)
        if code is not None:
            return NotebookDiedError(f"the process that the notebook was forked from ended {_describe_end(code)}")
        self._end_now()
        return NotebookDiedError("the notebook's process has closed its connection")

    def _end_now(self) -> None:
        with contextlib.suppress(OSError):
            self._status.send({})
        self._hear_end(seconds=_SECONDS_TO_END)

    def _hear_end(self, *, seconds: float) -> int | None:
        """Return the exit code that the forking process tells; None where it says nothing or is gone itself."""
        deadline = time.monotonic() + seconds
        while (told := self._status.take()) is None:
            if not _wait_for(self._status, deadline=deadline) or not self._status.fill():
                return None
        self.usage = Usage(cpu_seconds=told["cpu_seconds"], peak_memory_bytes=told["peak_memory_bytes"])
        return int(told["exit_code"])


@contextlib.contextmanager
def open_notebook_process(environment: Mapping[str, str]) -> Iterator[NotebookProcess]:
    """Start a notebook's process in the current folder, and end it whatever happens.

    Parameters
    ----------
    environment : mapping of str to str
        Its environment variables.

    Raises
    ------
    NoWarmParentError
        There is no process to fork it from.
    """
    parent = find_warm_parent(environment)
    try:
        end, status = parent.fork()
    except OSError:
        # It has died since it was last looked at.
        parent.await_exit_code(seconds=_SECONDS_TO_DIE)
        parent = find_warm_parent(environment)
        end, status = parent.fork()
    process = NotebookProcess(parent=parent, wire=Wire(end), status=status)
    try:
        process.ask({"folder": str(Path.cwd()), "environment": dict(environment)})
        yield process
    finally:
        process.close()


def _wait_for(*wires: Wire, deadline: float | None) -> set[int]:
    """Wait until one of the wires has something to say, or the deadline is over; give their descriptors."""
    poll = select.poll()
    for wire in wires:
        poll.register(wire.fileno(), select.POLLIN)
    left_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
    return {descriptor for descriptor, _ in poll.poll(left_ms)}


def _describe_end(code: int) -> str:
    if code >= 0:
        return f"with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
    why = ", which happens when memory runs out" if -code == signal.SIGKILL else ""
    return f"by signal {-code} ({name}){why}"
