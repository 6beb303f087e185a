"""One run at a time in a folder."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtss_analysis.errors import ParameterError, Place

_LOCK = "run.lock"
_TRIES = 3
_SECONDS_BETWEEN = 0.1


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
    with (folder / _LOCK).open("w", encoding="utf-8") as lock:
        for tries_left in reversed(range(_TRIES)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if not tries_left:
                    raise ParameterError(
                        "another run is at work in this folder",
                        next_step="Wait until it has ended, or give this run another name (key `run`)",
                        place=Place(file=folder.parent),
                    ) from error
            # Whoever asks for a run's state holds the lock for a moment.
            time.sleep(_SECONDS_BETWEEN)
        yield


def is_locked(folder: Path) -> bool:
    """Tell whether a run is at work in a folder.

    Parameters
    ----------
    folder : Path
        The run's working folder, which need not be there.

    Returns
    -------
    bool
        False where no run has ever been.
    """
    try:
        with (folder / _LOCK).open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
