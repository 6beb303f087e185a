"""One run at a time in a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtss_analysis.errors import ParameterError, Place


@contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Keep other runs out of a run's folder; a run that was killed leaves no lock behind.

    Parameters
    ----------
    folder : Path
        The run's working folder, which is there.

    Raises
    ------
    ParameterError
        Another run is at work there.
    """
    with (folder / "run.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ParameterError(
                "another run is at work in this folder",
                next_step="Wait until it has ended, or give this run another name (key `run`)",
                place=Place(file=folder.parent),
            ) from error
        yield
