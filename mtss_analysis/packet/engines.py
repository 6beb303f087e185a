"""Which engine runs notebooks: fresh kernels, or children of a process that has the libraries loaded."""

import os
import sys
from typing import Literal, get_args

from mtss_analysis.errors import ParameterError
from mtss_analysis.parameters.nearest import suggest

Engine = Literal["warm", "fresh"]
EngineName = Literal["auto", "warm", "fresh"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)


def choose_engine(name: EngineName) -> Engine:
    """Choose the engine that runs notebooks.

    Parameters
    ----------
    name : {'auto', 'warm', 'fresh'}
        ``auto`` is ``warm`` where forking is safe, and ``fresh`` elsewhere.

    Returns
    -------
    {'warm', 'fresh'}
        The engine.

    Raises
    ------
    ParameterError
        There is no such engine, or it cannot work on this machine.
    """
    if name not in ENGINES:
        raise ParameterError(
            f"there is no engine {name!r}{suggest(name, known=ENGINES)}", next_step="Write auto, warm or fresh"
        )
    if name == "auto":
        return "warm" if is_fork_safe() else "fresh"
    if name == "warm":
        check_fork_is_safe()
    return name


def is_fork_safe() -> bool:
    """Tell whether a process with the libraries loaded can be forked here.

    Not on macOS, whose frameworks (Accelerate, Objective-C) do not work after a fork, and not on Windows, which
    has none.
    """
    if sys.platform != "linux":
        return False
    try:
        # Some sandboxes lack it; it came with Linux 5.3, pidfd_open(2).
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


def check_fork_is_safe() -> None:
    """Refuse the warm engine where forking is not safe.

    Raises
    ------
    ParameterError
        On macOS, on Windows and in some sandboxes.
    """
    if not is_fork_safe():
        raise ParameterError(
            "the warm engine needs Linux, where a process with libraries loaded can be forked",
            next_step="Use the engine fresh; auto chooses it by itself",
        )
