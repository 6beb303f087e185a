"""A short-lived folder for connection files, sockets and other temporary files."""

import os
import tempfile
from pathlib import Path

# A socket's path may have 107 bytes on Linux and 103 on macOS (sun_path, unix(7)); a socket's name takes up to 15.
_LONGEST_FOLDER = 88
_NAME_BYTES = len("/mtss-12345678")


def make_private_folder(*, inside: int = 0) -> Path:
    """Make a temporary folder that only its owner can enter, with a path short enough for sockets.

    Parameters
    ----------
    inside : int
        How many folders of this kind are going to lie inside it, one in the other.

    Returns
    -------
    Path
        To be removed by whoever asked for it.
    """
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) + (1 + inside) * _NAME_BYTES > _LONGEST_FOLDER:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes the folder inside it private
    return Path(tempfile.mkdtemp(prefix="mtss-", dir=parent))
