"""What is handed to worker processes and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtss_analysis.packet.engines import Engine
from mtss_analysis.packet.render import RendererName
from mtss_analysis.packet.render.renderer import Format
from mtss_analysis.packet.schools import School
from mtss_analysis.packet.source import PacketSource
from mtss_analysis.packet.workers import Failure
from mtss_analysis.parameters.run_file import RunFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolTask:
    """What is needed to make one school's packet source.

    Parameters
    ----------
    run : RunFile
        The run.
    school : School
        The school.
    notebooks : mapping of str to Path
        Chapters in the order of the packet.
    comparison : Path
        Folder of the comparison.
    engine : {'warm', 'fresh'}
        What runs the notebooks.
    work : Path
        The school's folder under ``_work``.
    narrative : Path or None
        The evaluator's text about the school.
    inputs : mapping
        What the packet depends on, as ``gather_inputs`` gives it.
    previous : Path or None
        ``findings.json`` of the school's earlier packet.
    """

    run: RunFile
    school: School
    notebooks: Mapping[str, Path]
    comparison: Path
    engine: Engine
    work: Path
    narrative: Path | None
    inputs: Mapping[str, Any]
    previous: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A packet source, or why there is none, and how long that took.

    Parameters
    ----------
    source : PacketSource or Failure
        What came of it.
    seconds : float
        Wall time, seconds.
    """

    source: PacketSource | Failure
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RenderTask:
    """Packets that are rendered together.

    Parameters
    ----------
    sources : sequence of PacketSource
        The packets.
    renderer : {'auto', 'quarto', 'builtin'}
        Who renders them.
    formats : sequence of {'html', 'pdf'}
        Into what.
    """

    sources: Sequence[PacketSource]
    renderer: RendererName
    formats: Sequence[Format]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """How the rendering of one packet ended: ``failure`` is None where every format is there."""

    failure: Failure | None
    seconds: float
