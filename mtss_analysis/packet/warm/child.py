"""One notebook's process: begins as a copy of the forking process, runs cells, ends."""

import ctypes
import gc
import os
import random
import signal
import socket
import sys
import tempfile
import time
import traceback
from typing import Any, NoReturn

import matplotlib as mpl
import numpy as np

from mtss_analysis.packet.memory import limit_memory
from mtss_analysis.packet.warm.shell import open_shell
from mtss_analysis.packet.warm.wire import Wire

_PR_SET_PDEATHSIG = 1  # prctl(2)
_FAILED = 70  # EX_SOFTWARE of sysexits.h
_libc = ctypes.CDLL(None)


def become_notebook(end: socket.socket, *, parent: int) -> NoReturn:
    """Run the cells that arrive on a socket, then leave without unwinding into the forking process.

    Parameters
    ----------
    end : socket
        Where requests come from and outputs go to.
    parent : int
        Process id of the forking process; this process does not outlive it.
    """
    code = _FAILED
    try:
        _stand_alone(parent=parent)
        wire = Wire(end)
        beginning = wire.receive()
        if beginning is not None:
            _reset_surroundings(**beginning)
            code = _run_cells(wire)
    except BaseException:  # noqa: BLE001 - nothing may return into the copy of the forking process
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _run_cells(wire: Wire) -> int:
    process = os.getpid()

    def send(kind: str, content: dict[str, Any]) -> None:
        if os.getpid() == process:
            wire.send({"msg_type": kind, "content": content})

    shell = open_shell(send)
    while (request := wire.receive()) is not None:
        if request["ask"] == "end":
            send("end", {})
            return 0
        send("status", {"execution_state": "busy"})
        send("execute_input", {"code": request["source"], "execution_count": shell.execution_count})
        reply = shell.run_notebook_cell(request["source"])
        if os.getpid() != process:
            return 0  # a fork that a cell has left behind
        send("status", {"execution_state": "idle"})
        send("execute_reply", reply)
        if shell.exit_now:
            return 0
    return _FAILED


def _stand_alone(*, parent: int) -> None:
    """Leave the terminal's reach, take the usual signals, and end when the forking process ends."""
    os.setsid()
    # The signal follows the thread that forked; the forking process has only one.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(_FAILED)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()


def _reset_surroundings(*, folder: str, environment: dict[str, str]) -> None:
    """Put this process where a fresh kernel would have been started."""
    os.environ.clear()
    os.environ.update(environment)
    limit_memory(environment)
    time.tzset()
    tempfile.tempdir = None
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = [""]
    random.seed()
    np.random.seed()  # noqa: NPY002 - the legacy state is the one that notebooks share
    if "MPLBACKEND" in environment:
        mpl.rcParams["backend"] = environment["MPLBACKEND"]
