"""``run.json``: how every school of a run's folder stands."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from mtss_analysis.district.state import in_natural_order

SchoolStatus = Literal["done", "failed", "skipped"]
RunState = Literal["running", "finished", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolEntry:
    """How a school ended the last time a run reached it.

    Parameters
    ----------
    district_id, school_id, school_name : str
        The school.
    status : {'done', 'failed', 'skipped'}
        Skipped: its inputs had not changed, the packet that is there is the one a run would make.
    seconds : float
        Time of work, seconds; 0 where skipped.
    error_kind, error, error_full : str or None
        Why it failed: name of the exception, one line, in full.
    """

    district_id: str
    school_id: str
    school_name: str
    status: SchoolStatus
    seconds: float = 0.0
    error_kind: str | None = None
    error: str | None = None
    error_full: str | None = None

    @property
    def key(self) -> str:
        """The school as a run file names it."""
        return f"{self.district_id}/{self.school_id}"


class RunRecord:
    """The file ``run.json``, written anew after every school.

    Parameters
    ----------
    path : Path
        The file; entries of schools that this run does not reach are kept from it.
    run : str
        The run's name.
    kit_version : str
        Version of the kit.
    """

    def __init__(self, *, path: Path, run: str, kit_version: str) -> None:
        self._path = path
        self._head = {"run": run, "kit_version": kit_version}
        self._entries = {entry.key: entry for entry in read_entries(path)}

    @property
    def entries(self) -> Mapping[str, SchoolEntry]:
        """How each school ended, by ``<district_id>/<school_id>``."""
        return MappingProxyType(self._entries)

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget schools that the data no longer hold."""
        kept = set(keys)
        self._entries = {key: entry for key, entry in self._entries.items() if key in kept}

    def enter(self, entry: SchoolEntry) -> None:
        """Take over how a school has ended."""
        self._entries[entry.key] = entry

    def adopt(self, entry: SchoolEntry) -> None:
        """Take over an entry where the school has none: ``run.json`` was lost, and the packet is there."""
        self._entries.setdefault(entry.key, entry)

    def write_if_possible(self, state: RunState) -> None:
        """Write the file as :meth:`write` does; on a full disk the file stays as it was until it is written again."""
        with contextlib.suppress(OSError):
            self.write(state)

    def write(self, state: RunState) -> None:
        """Write the file; a reader never sees half of it.

        Parameters
        ----------
        state : {'running', 'finished', 'interrupted'}
            How the run as a whole stands; *running* in a file nobody writes to means that the run was killed.
        """
        ordered = sorted(self._entries, key=lambda key: [in_natural_order(part) for part in key.split("/")])
        content = {**self._head, "state": state, "schools": [asdict(self._entries[key]) for key in ordered]}
        write_json(self._path, content)


def read_entries(path: Path) -> tuple[SchoolEntry, ...]:
    """Read the schools of a ``run.json``; none where there is no readable file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return tuple(SchoolEntry(**entry) for entry in content["schools"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def write_json(path: Path, content: object) -> None:
    """Write JSON by way of a file beside it, so that the file is whole at every moment."""
    beside = path.with_name(f".{path.name}.new")
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    try:
        beside.write_text(text + "\n", encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
