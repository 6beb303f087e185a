"""The process that notebooks are forked from: one thread, libraries loaded, no part in any notebook.

``python -P -m mtss_analysis.packet.warm.forge DESCRIPTOR``, where the descriptor is one end of a socket pair. For
every notebook two sockets arrive: one for the notebook's process, one on which this process says how it ended.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.packet.warm.wire import Wire

# ru_maxrss is in kilobytes on Linux, getrusage(2).
_RSS_UNIT_BYTES = 1024


def main() -> None:
    """Load, say so, and fork notebooks until the other end of the socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = socket.socket(fileno=int(sys.argv[1]))
    end.set_inheritable(False)
    control = Wire(end)
    try:
        _load()
    except Exception as error:  # noqa: BLE001 - whoever waits for this process must hear why it cannot work
        traceback.print_exc()
        control.send({"problem": f"{type(error).__name__}: {error}"})
        os._exit(1)
    control.send({"problem": ""})
    _Forge(end).serve()
    os._exit(0)


def count_threads() -> int:
    """Count the threads of this process, those of libraries included."""
    return len(list(Path("/proc/self/task").iterdir()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Notebook:
    pid: int
    ended: int
    status: Wire


class _Forge:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._notebooks: set[_Notebook] = set()

    def serve(self) -> None:
        """Fork and reap; end every notebook when nobody is left who asks for them."""
        while True:
            for key, _ in self._selector.select():
                notebook: _Notebook | None = key.data
                if notebook is None:
                    if not self._begin():
                        self._end_all()
                        return
                elif notebook in self._notebooks:
                    # Its process has ended, or whoever waits for it asks for its end or is gone.
                    self._end(notebook)

    def _begin(self) -> bool:
        asked, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        if not asked:
            return False
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        end, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._forget()
            status.close()
            from mtss_analysis.packet.warm.child import become_notebook  # noqa: PLC0415 - loaded long before

            become_notebook(end, parent=parent)
        end.close()
        notebook = _Notebook(pid=pid, ended=os.pidfd_open(pid), status=Wire(status))
        self._notebooks.add(notebook)
        self._selector.register(notebook.ended, selectors.EVENT_READ, notebook)
        self._selector.register(notebook.status, selectors.EVENT_READ, notebook)
        return True

    def _forget(self) -> None:
        """Close what the forked process must not hold open."""
        self._selector.close()
        self._control.close()
        for notebook in self._notebooks:
            os.close(notebook.ended)
            notebook.status.close()

    def _end(self, notebook: _Notebook) -> None:
        """End a notebook's process and those it has started, and say how it ended."""
        self._selector.unregister(notebook.ended)
        self._selector.unregister(notebook.status)
        self._notebooks.remove(notebook)
        for kill in (os.kill, os.killpg):
            # Until it is waited for, its number belongs to no other process.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(notebook.pid, signal.SIGKILL)
        _, status, usage = os.wait4(notebook.pid, 0)
        os.close(notebook.ended)
        with contextlib.suppress(OSError):
            notebook.status.send(
                {
                    "exit_code": os.waitstatus_to_exitcode(status),
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                    "peak_memory_bytes": usage.ru_maxrss * _RSS_UNIT_BYTES,
                }
            )
        notebook.status.close()

    def _end_all(self) -> None:
        for notebook in list(self._notebooks):
            self._end(notebook)


def _load() -> None:
    from mtss_analysis.packet.warm.child import become_notebook  # noqa: F401, PLC0415 - loads IPython
    from mtss_analysis.packet.warm.warming import warm_up  # noqa: PLC0415 - loads everything

    warm_up()
    if "matplotlib_inline.backend_inline" in sys.modules:
        msg = "matplotlib's inline backend was loaded too early: figures would become text"
        raise RuntimeError(msg)
    if count_threads() != 1:
        msg = f"a library has started {count_threads() - 1} threads, with which forking is not safe"
        raise RuntimeError(msg)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
