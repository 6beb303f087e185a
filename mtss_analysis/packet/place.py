"""Put a finished packet where readers find it, and take one away that is no longer current."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtss_analysis.packet.manifest import write_manifest


def place_packet(*, made: Path, packet: Path, inputs: Mapping[str, Any]) -> None:
    """Move a packet into its place and write its manifest last.

    Parameters
    ----------
    made : Path
        Folder of the rendered packet, in the school's folder under ``_work``.
    packet : Path
        Its place; an earlier packet there is replaced.
    inputs : mapping
        What the manifest says it was made from.
    """
    before = made.with_name("replaced")
    withdraw_packet(packet, into=before)
    packet.parent.mkdir(parents=True, exist_ok=True)
    made.rename(packet)
    write_manifest(packet, inputs=inputs)
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
