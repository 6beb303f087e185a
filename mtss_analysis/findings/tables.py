"""The tables of all districts of a run, as what compares schools reads them."""

from typing import Protocol

import pandas as pd

from mtss_analysis.district import State
from mtss_analysis.findings.settings import Settings


class Tables(Protocol):
    """Tables by name."""

    def __call__(self, name: str, /) -> pd.DataFrame:
        """Give a table; ``DataError`` or ``KeyError`` if no district has it."""

    def has(self, name: str, /) -> bool:
        """Whether any district has the table."""


class StateTables:
    """Tables of a whole state in which the same id is the same person; each is read once.

    Parameters
    ----------
    state : State
        All districts of the run.
    settings : Settings
        Says who gives out student ids.
    """

    def __init__(self, state: State, *, settings: Settings) -> None:
        self._state = state
        self._people = ["staff_id", "teacher_id", *(["student_id"] if settings.student_ids == "district" else [])]
        self._read: dict[str, pd.DataFrame] = {}

    def __call__(self, name: str, /) -> pd.DataFrame:
        """Give a table of all districts with a column ``district_id``; ``DataError`` if no district has it."""
        if name not in self._read:
            table = self._state.read_table(name)
            named = {column: table["district_id"] + " " + table[column] for column in self._people if column in table}
            self._read[name] = table.assign(**named)
        return self._read[name]

    def has(self, name: str, /) -> bool:
        """Whether any district has the table."""
        return self._state.has_table(name)


class GivenTables:
    """Tables that are already in memory.

    Parameters
    ----------
    frames : dict of str to DataFrame
        With ``district_id``.
    """

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self._frames = frames

    def __call__(self, name: str, /) -> pd.DataFrame:
        """Give a table; ``KeyError`` if it is not there."""
        return self._frames[name]

    def has(self, name: str, /) -> bool:
        """Whether the table is there."""
        return name in self._frames
