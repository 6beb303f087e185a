"""How a run tells what it does: a bar on a terminal, a line per school everywhere else."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mtss_analysis.packet.run_record import SchoolEntry


class Reporter(Protocol):
    """Is told how a run goes on."""

    def begin(self, total: int) -> None:
        """Learn how many schools there are."""
        ...

    def school(self, entry: SchoolEntry) -> None:
        """Learn how a school has ended."""
        ...

    def note(self, text: str) -> None:
        """Learn something that whoever started the run should know."""
        ...


class Silence:
    """Tells nothing."""

    def begin(self, total: int) -> None:
        """Ignore it."""

    def school(self, entry: SchoolEntry) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""


class Lines:
    """Prints one line per school."""

    def begin(self, total: int) -> None:
        """Say how many schools there are."""
        print(f"{total} school{'s' if total != 1 else ''}", flush=True)

    def school(self, entry: SchoolEntry) -> None:
        """Say how a school has ended."""
        print(describe_entry(entry), flush=True)

    def note(self, text: str) -> None:
        """Print it."""
        print(text, flush=True)


class Bar:
    """Draws a progress bar; failures stay above it. To be used in a ``with`` statement.

    Parameters
    ----------
    console : Console
        The terminal.
    """

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console)
        self._task = self._progress.add_task("packets", total=None)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, place: TracebackType | None
    ) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()

    def begin(self, total: int) -> None:
        """Learn how many schools there are."""
        self._progress.update(self._task, total=total)

    def school(self, entry: SchoolEntry) -> None:
        """Move on by a school; name it where it failed."""
        if entry.status == "failed":
            self._progress.console.print(describe_entry(entry), markup=False, highlight=False)
        self._progress.advance(self._task)

    def note(self, text: str) -> None:
        """Print it above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)


def describe_entry(entry: SchoolEntry) -> str:
    """Write how a school has ended, in one line.

    Parameters
    ----------
    entry : SchoolEntry
        The school.

    Returns
    -------
    str
        Such as ``done 11/63 STAR school 63 4.2 s``.
    """
    whose = f"{entry.status} {entry.key} {entry.school_name}"
    if entry.status == "done":
        return f"{whose} {entry.seconds:.1f} s"
    return f"{whose}: {entry.error}" if entry.status == "failed" else f"{whose}: nothing has changed"
