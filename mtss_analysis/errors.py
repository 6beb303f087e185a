"""Errors that a user can mend: each says what is wrong, where, and what to do next."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the user's files something is wrong.

    Parameters
    ----------
    file : Path or None
        The file, as the user named it.
    line : int or None
        Line of a text file, counted from 1.
    row : int or None
        Data row of a table, counted from 1 and not counting the header.
    column : str or None
        Column or key.
    """

    file: Path | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Write the place as ``file, line 3, column score``."""
        parts = [
            str(self.file) if self.file is not None else "",
            f"line {self.line}" if self.line is not None else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column}" if self.column is not None else "",
        ]
        return ", ".join(part for part in parts if part)


class MtssError(Exception):
    """Something a user can mend.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence without a full stop.
    next_step : str
        What to do about it, in one sentence without a full stop.
    place : Place, optional
        Where it is.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, problem: str, *, next_step: str, place: Place | None = None) -> None:
        self.problem = problem
        self.next_step = next_step
        self.place = place
        where = f"{place}: " if place is not None and str(place) else ""
        super().__init__(f"{where}{problem}. {next_step}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keyword arguments when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.problem, self.next_step, self.place))


def _rebuild(kind: type[MtssError], problem: str, next_step: str, place: Place | None) -> MtssError:
    return kind(problem, next_step=next_step, place=place)


class ParameterError(MtssError):
    """The run file, a command-line option or a notebook parameter cannot be used."""


class DataError(MtssError):
    """A district's tables cannot be used."""


class RenderError(MtssError):
    """A packet could not be rendered, or what came out is not whole."""

    exit_code: ClassVar[int] = 1


class DisclosureError(MtssError):
    """Something would have been published that the disclosure profile withholds."""

    exit_code: ClassVar[int] = 3


class TooFewError(ValueError):
    """A statistic cannot be computed from so little data; the message is the reason, ready to print.

    Findings turn it into "cannot be estimated, because …"; it never reaches a user as an error.
    """
