"""What an overview packet is made from: a notebook, its parameters, and whose students' ids must not be in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtss_analysis.packet.engines import Engine
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.schools import School

DISTRICT_PLACE, STATE_PLACE = "_district", "_state"
DISTRICT_NOTEBOOK, STATE_NOTEBOOK = "district_overview", "state_overview"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverviewTask:
    """What is needed to make the packet source of one overview.

    Parameters
    ----------
    school : School
        Its place among the packets: ``school_id`` is ``_district`` or ``_state``.
    notebook : Path
        The overview's notebook.
    parameters : mapping of str to str
        What the notebook is given.
    meta : PacketMeta
        Whose packet it is; year and date of the data are filled in from ``folders``.
    engine : {'warm', 'fresh'}
        What runs the notebook.
    work : Path
        The overview's folder under ``_work``.
    notebook_seconds, memory_limit_mb : int
        Limits of the notebook.
    folders : tuple of Path
        District folders whose students' ids must not be printed; empty where there is no student's row.
    inputs : mapping
        What the packet depends on, ready for JSON.
    provenance : mapping of str to str
        The same, as its last chapter prints it.
    """

    school: School
    notebook: Path
    parameters: Mapping[str, str]
    meta: PacketMeta
    engine: Engine
    work: Path
    notebook_seconds: int
    memory_limit_mb: int
    folders: tuple[Path, ...]
    inputs: Mapping[str, Any]
    provenance: Mapping[str, str]
