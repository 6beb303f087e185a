"""Start an IPython kernel that listens on no network port.

``python -m mtss_analysis.packet.kernel -f CONNECTION_FILE``
"""

import os

from ipykernel.iostream import IOPubThread
from ipykernel.kernelapp import IPKernelApp

from mtss_analysis.packet.memory import limit_memory


def main() -> None:
    """Start the kernel of a notebook; its channels are the sockets of the connection file."""
    limit_memory(os.environ)
    # ipykernel listens on a loopback TCP port for what forked children print, whatever the transport is.
    setattr(IOPubThread, "_setup_pipe_in", _listen_to_no_children)  # noqa: B010 - a private method, no option
    IPKernelApp.launch_instance()


def _listen_to_no_children(thread: IOPubThread) -> None:
    thread._pipe_flag = False  # noqa: SLF001 - the state that a failed bind leaves


if __name__ == "__main__":
    main()
