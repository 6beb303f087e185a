"""The comparison computed by several processes: each computes some of its frames from the same tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import PARTS, Ground, write_frames
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import StateTables
from mtss_analysis.packet.workers import Failure, Workers

LEAST_SCHOOLS = 10
"""With fewer schools, starting processes takes longer than they save."""

_TOGETHER = (
    (
        "climate_cells",
        "tier_cells",
        "other_slopes",
        "values",
        "slopes",
        "implementation",
        "causes",
        "fair",
        "deviants",
    ),
    ("factors",),
    ("effects",),
    ("climate_risks",),
    ("variance",),
)
"""Parts that read each other's frames, and those that take long, before all others. Any division gives the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartTask:
    """Frames to compute.

    Parameters
    ----------
    data : Path
        Folder of the state or district.
    settings : Settings
        What the run asks for.
    names : tuple of str
        A frame of each part that is wanted.
    into : Path
        Folder that takes the files.
    """

    data: Path
    settings: Settings
    names: tuple[str, ...]
    into: Path


class PartsAtWork:
    """Parts of a comparison that are handed out to processes.

    Parameters
    ----------
    data : Path
        Folder of the state or district.
    settings : Settings
        What the run asks for.
    into : Path
        Folder that takes the files; made if it is not there.
    workers : Workers
        Who computes.
    """

    def __init__(self, *, data: Path, settings: Settings, into: Path, workers: Workers) -> None:
        into.mkdir(parents=True, exist_ok=True)
        self._workers = workers
        self._waiting = [PartTask(data=data, settings=settings, names=names, into=into) for names in _divide()]
        self._hand_out()

    def are_made(self) -> bool:
        """Wait for all parts; False where one could not be made, for the reason of which it is to be computed here."""
        made = True
        while self._workers.busy:
            # Read in any case: a worker whose outcome nobody reads stays busy for ever.
            failed = [one for one in self._workers.outcomes() if isinstance(one.result, Failure)]
            made = made and not failed
            if made:
                self._hand_out()
        return made

    def _hand_out(self) -> None:
        while self._workers.idle and self._waiting:
            task = self._waiting.pop(0)
            self._workers.submit(task.names[0], _compute, task)


def _divide() -> Iterator[tuple[str, ...]]:
    yield from _TOGETHER
    named = {name for names in _TOGETHER for name in names}
    for names in PARTS:
        if not named.intersection(names):
            yield names[:1]


_opened: dict[str, Ground] = {}


def _compute(task: PartTask) -> None:
    """Compute parts in a worker process, which keeps the tables for the next ones."""
    key = f"{task.data} {task.settings!r}"
    if key not in _opened:
        _opened.clear()
        tables = StateTables(open_state(task.data), settings=task.settings)
        _opened[key] = Ground(tables=tables, settings=task.settings)
    parts = [names for names in PARTS if set(names).intersection(task.names)]
    write_frames({name: _opened[key].frame(name) for names in parts for name in names}, task.into)
