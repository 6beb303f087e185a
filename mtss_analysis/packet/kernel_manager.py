"""How notebooks get their kernels: this interpreter, a private folder, sockets of the file system."""

import atexit
import itertools
import os
import shutil
import sys
from functools import cache
from pathlib import Path

import traitlets
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

import mtss_analysis
from mtss_analysis.packet.private import make_private_folder
from mtss_analysis.packet.threads import ONE_THREAD

KERNEL_NAME = "python3"
_ONE_THREAD = {**ONE_THREAD, "ARROW_DEFAULT_MEMORY_POOL": "system"}
_numbers = itertools.count()


class PrivateKernelManager(AsyncKernelManager):
    """Starts kernels of the running interpreter that talk over IPC; no other installed kernel counts."""

    @traitlets.default("transport")
    def _default_transport(self) -> str:
        return "ipc"

    @traitlets.default("connection_file")
    def _default_connection_file(self) -> str:
        return str(private_folder() / f"k{next(_numbers)}.json")

    @traitlets.default("kernel_spec_manager")
    def _default_kernel_spec_manager(self) -> KernelSpecManager:
        return RunningInterpreter(parent=self)


class RunningInterpreter(KernelSpecManager):
    """Knows one kernel, whatever its name: the interpreter that asks."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return how the kernel is started; the name does not matter."""
        return KernelSpec(
            argv=[sys.executable, "-m", "mtss_analysis.packet.kernel", "-f", "{connection_file}"],
            display_name=kernel_name,
            language="python",
            env=kernel_environment(),
        )


def kernel_environment() -> dict[str, str]:
    """Return the environment variables that a kernel has beyond those of this process.

    Returns
    -------
    dict of str to str
        One thread for arithmetic (schools run side by side), a fixed hash seed (same inputs, same order), no
        start-up files of the user's IPython, no window for figures, and this package to import from.
    """
    package_folder = str(Path(mtss_analysis.__file__).resolve().parents[1])
    others = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    return {
        **_ONE_THREAD,
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": os.pathsep.join([package_folder, *others]),
        "IPYTHONDIR": str(private_folder() / "ipython"),
        "MPLBACKEND": "agg",
    }


@cache
def private_folder() -> Path:
    """Make this process's folder for connection files and sockets; it goes when the process ends.

    Returns
    -------
    Path
        A folder only its owner can enter, with a path short enough for sockets.
    """
    folder = make_private_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
