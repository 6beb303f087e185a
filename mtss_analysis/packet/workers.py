"""Processes that work side by side; one that dies takes only its own task with it."""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from mtss_analysis.errors import MtssError
from mtss_analysis.packet.private import make_private_folder

_SECONDS_TO_END = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task has no result.

    Parameters
    ----------
    kind : str
        Name of the exception, or ``WorkerDied``.
    line, full : str
        The reason in one line and in full.
    """

    kind: str
    line: str
    full: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What came of a task: its key and the function's result or a Failure."""

    key: str
    result: Any


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    process: SpawnProcess
    connection: Connection
    key: str | None = None


class Workers:
    """Some processes, each working on one task at a time.

    Parameters
    ----------
    count : int
        Number of processes.
    log : Path
        File that takes what libraries print in the processes.
    """

    def __init__(self, *, count: int, log: Path) -> None:
        self._log = log
        self._scratch = make_private_folder(inside=1)
        self._workers = [self._start() for _ in range(count)]

    def __enter__(self) -> Self:
        """Return the workers, already started."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        """End the processes; on an error, whatever they are doing."""
        self._stop(at_once=kind is not None)

    @property
    def idle(self) -> int:
        """Number of processes without a task."""
        return sum(worker.key is None for worker in self._workers)

    @property
    def busy(self) -> int:
        """Number of processes with a task."""
        return len(self._workers) - self.idle

    def submit(self, key: str, function: Callable[[Any], Any], argument: object) -> None:
        """Give a task to an idle process.

        Parameters
        ----------
        key : str
            Names the task in its outcome.
        function : callable
            A function of a module, called in the process with ``argument``; both are pickled.
        argument : object
            What the function is given.
        """
        worker = next(worker for worker in self._workers if worker.key is None)
        try:
            worker.connection.send((function, argument))
        except OSError:
            # It was killed while it had nothing to do.
            self._replace(worker)
            worker = next(worker for worker in self._workers if worker.key is None)
            worker.connection.send((function, argument))
        worker.key = key

    def outcomes(self) -> Iterator[Outcome]:
        """Wait until a task ends, and give all that have ended by then."""
        busy = {worker.connection: worker for worker in self._workers if worker.key is not None}
        for connection in wait(list(busy)):
            worker = busy[connection]  # type: ignore[index] # only connections are waited for
            key = worker.key or ""
            try:
                result = worker.connection.recv()
            except (EOFError, OSError):
                result = self._replace(worker)
            else:
                worker.key = None
            yield Outcome(key=key, result=result)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, str(self._log), str(self._scratch)), daemon=False)
        process.start()
        theirs.close()
        return _Worker(process=process, connection=ours)

    def _replace(self, worker: _Worker) -> Failure:
        worker.process.join()
        code = worker.process.exitcode
        reason = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        line = f"the worker process ended {reason}, which happens when memory runs out"
        self._workers[self._workers.index(worker)] = self._start()
        worker.connection.close()
        return Failure(kind="WorkerDied", line=line, full=line)

    def _stop(self, *, at_once: bool) -> None:
        for worker in self._workers:
            worker.connection.close()
            if at_once and worker.process.is_alive():
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(timeout=_SECONDS_TO_END)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        shutil.rmtree(self._scratch, ignore_errors=True)


class WorkersOnDemand:
    """Processes that are started when there is the first work for them.

    Parameters
    ----------
    count : int
        Number of processes.
    log : Path
        File that takes what libraries print in the processes.
    """

    def __init__(self, *, count: int, log: Path) -> None:
        self.count = count
        self._log = log
        self._workers: Workers | None = None

    def __enter__(self) -> Self:
        """Return what starts them."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        """End those that were started."""
        if self._workers is not None:
            self._workers.__exit__(kind, error, place)

    def open(self, *, tasks: int | None = None) -> Workers:
        """Give the processes, started with the first call; no more than there are tasks then."""
        if self._workers is None:
            self._workers = Workers(count=self.count if tasks is None else min(self.count, tasks), log=self._log)
        return self._workers


def _serve(connection: Connection, log: str, scratch: str) -> None:
    """Do tasks until the connection closes."""
    # The terminal sends its interrupt to every process; only the one that started the workers acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    _send_prints_to(log)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()
    # Checks of internationalised addresses, which no notebook holds: their grammar takes a second to load.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # None: there is no such module
    # Temporary files of this process and of kernels lie where they go with the workers, however those end.
    os.environ["TMPDIR"] = scratch
    while True:
        try:
            function, argument = connection.recv()
        except EOFError:
            return
        connection.send(_call(function, argument))


def _end_with_parent() -> None:
    """End at once where the process that started this one is gone: another run may already write the same files."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _call(function: Callable[[Any], object], argument: object) -> object:
    try:
        return function(argument)
    except MtssError as error:
        return Failure(kind=type(error).__name__, line=str(error), full=str(error))
    except Exception as error:  # noqa: BLE001 - a fault in one school's task must not stop the others
        line = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Failure(kind=type(error).__name__, line=line, full=traceback.format_exc())


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)  # unwinds, so that a running notebook's kernel is ended too


def _send_prints_to(log: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)
