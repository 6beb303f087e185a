"""A packet before it is rendered: the folder with ``packet.qmd`` and what every rendering must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtss_analysis.packet.meta import PacketMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTable:
    """A table as printed: its name, header cells and body cells, plain text."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketSource:
    """An assembled packet: one Markdown source with its pictures and tables beside it.

    Parameters
    ----------
    folder : Path
        Holds ``packet.qmd``, ``figures/``, ``tables/`` and ``findings.json``; renderings are written here.
    meta : PacketMeta
        Whose packet it is.
    figures : tuple of str
        Names of the numbered figures in reading order: id ``fig-<name>``, file ``figures/<name>.png``.
    tables : tuple of PrintedTable
        Numbered tables in reading order: id ``tbl-<name>``, file ``tables/<name>.csv``.
    pictures : tuple of str
        Names of the small pictures of page one, which have no number.
    records : tuple of mapping
        The published numbers, as in ``findings.json``.
    """

    folder: Path
    meta: PacketMeta
    figures: tuple[str, ...]
    tables: tuple[PrintedTable, ...]
    pictures: tuple[str, ...] = ()
    records: tuple[Mapping[str, object], ...] = field(default=(), repr=False)

    @property
    def qmd(self) -> Path:
        """The Markdown source."""
        return self.folder / "packet.qmd"
