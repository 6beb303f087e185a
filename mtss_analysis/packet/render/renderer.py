"""What a renderer is asked for and what it gives back, whichever program does the work."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from mtss_analysis.errors import RenderError
from mtss_analysis.packet.source import PacketSource

Format = Literal["html", "pdf"]
FORMATS: tuple[Format, ...] = ("html", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """One packet rendered, or why it could not be.

    Parameters
    ----------
    packet : PacketSource
        The packet.
    files : tuple of Path
        The renderings, complete and checked, one per format asked for; empty where rendering failed.
    seconds : float
        Time it took; of packets rendered together, an equal share.
    error : RenderError or None
        Why there is no rendering; names the school.
    """

    packet: PacketSource
    files: tuple[Path, ...]
    seconds: float
    error: RenderError | None = None

    @property
    def ok(self) -> bool:
        """Whether every rendering is there."""
        return self.error is None


class Renderer(Protocol):
    """Turns packet sources into HTML and PDF."""

    name: str

    def describe(self) -> str:
        """Name the programs and versions that render, for provenance."""
        ...

    def render(self, packets: Sequence[PacketSource], formats: Sequence[Format] = FORMATS) -> list[RenderResult]:
        """Render each packet into its own folder as ``packet.<format>``; one result each, in order."""
        ...
