"""The forking process as seen by whoever runs notebooks: started when needed, replaced, ended."""

import atexit
import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import mtss_analysis
from mtss_analysis.packet.warm.wire import Wire

NOTEBOOKS_PER_PARENT = 400
"""Notebooks after which the forking process is replaced; it does not grow, but what leaks is bounded."""

_SECONDS_TO_LOAD = 120
_SECONDS_TO_END = 10
_FORK_SAFE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
_PACKAGE = Path(mtss_analysis.__file__).resolve().parent

_current: "WarmParent | None" = None
_guard = threading.RLock()


class NoWarmParentError(RuntimeError):
    """The process that notebooks are forked from could not be started."""


class WarmParent:
    """A running forking process.

    Parameters
    ----------
    environment : mapping of str to str
        Its environment variables.
    state : str
        Hash of everything that would make another process necessary.
    """

    def __init__(self, *, environment: Mapping[str, str], state: str) -> None:
        self.state = state
        self.owner = os.getpid()
        self.notebooks = 0
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "mtss_analysis.packet.warm.forge", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter
                command, stdin=subprocess.DEVNULL, env=dict(environment), pass_fds=[theirs.fileno()], cwd="/"
            )
        self._await_start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def fork(self) -> tuple[socket.socket, Wire]:
        """Ask for a notebook's process.

        Returns
        -------
        socket, Wire
            The process's other end, and where the forking process says how it ended; closing it ends the process.
        """
        self.notebooks += 1
        ours, theirs = socket.socketpair()
        status, reported = socket.socketpair()
        with theirs, reported:
            try:
                socket.send_fds(self._control, [b"n"], [theirs.fileno(), reported.fileno()])
            except OSError:
                ours.close()
                status.close()
                raise
        return ours, Wire(status)

    def is_running(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    def await_exit_code(self, *, seconds: float) -> int | None:
        """Return the exit code, negative for a signal, of a process that ends within so many seconds."""
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        """End the process and the notebooks that run in its children."""
        self._control.close()
        try:
            self._process.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """Let go of a process that belongs to the one this was forked from."""
        self._control.close()

    def _await_start(self) -> None:
        self._control.settimeout(_SECONDS_TO_LOAD)
        try:
            told = Wire(self._control).receive()
        except TimeoutError:
            told = {"problem": f"it was not ready after {_SECONDS_TO_LOAD} s"}
            self._process.kill()
        except BaseException:
            self.end()
            raise
        if told is None or told["problem"]:
            self._control.close()
            reason = told["problem"] if told else f"it ended with code {self._process.wait()}"
            self._process.wait()
            msg = f"the process that notebooks are forked from could not start: {reason}"
            raise NoWarmParentError(msg)
        self._control.settimeout(None)


def find_warm_parent(environment: Mapping[str, str]) -> WarmParent:
    """Give this process's forking process, started or replaced where necessary.

    Replacing it ends the notebooks that run in its children, so a process runs one notebook at a time.

    Parameters
    ----------
    environment : mapping of str to str
        Environment variables of the notebook. Those that Python reads when it starts decide whether a running
        process will do.

    Returns
    -------
    WarmParent
        One that has loaded the package as it now is.

    Raises
    ------
    NoWarmParentError
        It could not be started.
    """
    global _current  # noqa: PLW0603 - one for each process
    with _guard:
        starting = _choose_environment(environment)
        state = _hash_state(starting)
        if _current is not None and not _will_do(_current, state=state):
            end_warm_parent()
        if _current is None:
            _current = WarmParent(environment=starting, state=state)
        return _current


def end_warm_parent() -> None:
    """End this process's forking process, if there is one."""
    global _current
    with _guard:
        parent, _current = _current, None
    if parent is None:
        return
    if parent.owner == os.getpid():
        parent.end()
    else:
        parent.abandon()


atexit.register(end_warm_parent)


def _will_do(parent: WarmParent, *, state: str) -> bool:
    if parent.owner != os.getpid() or parent.state != state or parent.notebooks >= NOTEBOOKS_PER_PARENT:
        return False
    return parent.is_running()


def _choose_environment(environment: Mapping[str, str]) -> dict[str, str]:
    others = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    path = [str(_PACKAGE.parent), *(place for place in others if place != str(_PACKAGE.parent))]
    chosen = {**environment, **_FORK_SAFE, "PYTHONPATH": os.pathsep.join(path)}
    # Each notebook chooses its own backend.
    chosen.pop("MPLBACKEND", None)
    return chosen


def _hash_state(environment: Mapping[str, str]) -> str:
    """Hash what tells a changed source of the package, and what Python reads from the environment when it starts.

    Sizes and times of the files, not their contents: this is asked for every notebook.
    """
    state = hashlib.sha256(sys.executable.encode())
    for name in sorted(name for name in environment if name.startswith("PYTHON")):
        state.update(f"\0{name}={environment[name]}".encode(errors="surrogateescape"))
    for told in _list_files(str(_PACKAGE)):
        state.update(f"\0{told}".encode(errors="surrogateescape"))
    return state.hexdigest()


def _list_files(folder: str) -> Iterator[str]:
    """List path, size, time and number of the files of a package, without what Python has compiled."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _list_files(entry.path)
        elif not entry.name.endswith(".pyc"):
            # An editor's file may go between being listed and being looked at.
            with contextlib.suppress(FileNotFoundError):
                now = entry.stat()
                yield f"{entry.path}\0{now.st_size}\0{now.st_mtime_ns}\0{now.st_ino}"
