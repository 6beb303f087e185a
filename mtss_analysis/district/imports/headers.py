"""Find a column of an export by its header, whatever its case and blanks."""

import difflib
import functools
import re
from collections.abc import Iterable, Sequence

_NTH = re.compile(r"^(.*\S)\s*#(\d+)$")
_POSITION = re.compile(r"^#(\d+)$")


def find_header(wanted: str, *, header: Sequence[str]) -> int | None:
    """Find a column.

    Parameters
    ----------
    wanted : str
        Header as a mapping writes it; ``Error #2`` is the second column of that name, ``#16`` the sixteenth column.
    header : sequence of str
        Headers of the file.

    Returns
    -------
    int or None
        Position, from 0: of the same header, or of one that differs in case and blanks only, or of the only one
        that differs in signs; None: there is none.
    """
    if wanted in header:
        return header.index(wanted)
    close = [write_close(name) for name in header]
    if close.count(write_close(wanted)) >= 1:
        return close.index(write_close(wanted))
    position = _POSITION.match(wanted.strip())
    if position:
        return int(position.group(1)) - 1 if 1 <= int(position.group(1)) <= len(header) else None
    nth = _NTH.match(wanted.strip())
    if nth:
        alike = [at for at, name in enumerate(close) if name == write_close(nth.group(1))]
        return alike[int(nth.group(2)) - 1] if 1 <= int(nth.group(2)) <= len(alike) else None
    loose = [at for at, name in enumerate(header) if _loose(name) == _loose(wanted) and _loose(wanted)]
    return loose[0] if len(loose) == 1 else None


def nearest_header(wanted: str, *, header: Iterable[str]) -> str | None:
    """Find the header that looks most like one that is not there; None where nothing does."""
    by_close = {write_close(name): name for name in header if name.strip()}
    near = difflib.get_close_matches(write_close(wanted), by_close, n=1, cutoff=0.6)
    return by_close[near[0]] if near else None


@functools.lru_cache(maxsize=20_000)
def write_close(name: str) -> str:
    """Write a header without what spreadsheets change: case, runs of blanks, byte-order marks."""
    return re.sub(r"\s+", " ", name.replace("\ufeff", "").replace("\xa0", " ")).strip().casefold()


@functools.lru_cache(maxsize=20_000)
def _loose(name: str) -> str:
    return re.sub(r"[^0-9a-z%#]+", "", write_close(name))
