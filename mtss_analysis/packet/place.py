"""Put a finished packet where readers find it, and take one away that is no longer current."""

import ctypes
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtss_analysis.packet.manifest import write_manifest


def place_packet(*, made: Path, packet: Path, inputs: Mapping[str, Any]) -> None:
    """Write a packet's manifest, then move the packet into its place: it is never there half.

    Parameters
    ----------
    made : Path
        Folder of the rendered packet, in the school's folder under ``_work``.
    packet : Path
        Its place; an earlier packet there changes places with it in one step, where the system can do that.
    inputs : mapping
        What the manifest says it was made from.
    """
    write_manifest(made, inputs=inputs)
    packet.parent.mkdir(parents=True, exist_ok=True)
    if packet.exists() and _exchange(made, packet):
        shutil.rmtree(made, ignore_errors=True)
        return
    before = made.with_name("replaced")
    withdraw_packet(packet, into=before)
    made.rename(packet)
    shutil.rmtree(before, ignore_errors=True)


def withdraw_packet(packet: Path, *, into: Path) -> None:
    """Take a packet away from among those that are published.

    Parameters
    ----------
    packet : Path
        The packet's place; nothing happens where there is none.
    into : Path
        Where it is kept; what was there before goes.
    """
    if packet.exists():
        shutil.rmtree(into, ignore_errors=True)
        into.parent.mkdir(parents=True, exist_ok=True)
        packet.rename(into)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
    if sys.platform != "linux":
        return False
    at_working_folder, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    names = (os.fsencode(one), os.fsencode(other))
    return rename is not None and rename(at_working_folder, names[0], at_working_folder, names[1], exchange) == 0
