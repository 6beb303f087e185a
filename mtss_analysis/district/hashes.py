"""Fingerprints of the files that a slice was read from, for manifests."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from mtss_analysis.district.district import list_tables
from mtss_analysis.district.files import find_files


def hash_slice(folder: Path, *, school_id: str | None = None, tables: Sequence[str] | None = None) -> dict[str, str]:
    """Hash the files that ``open_district`` reads for the same arguments.

    Parameters
    ----------
    folder : Path
        District folder.
    school_id : str or None
        The school whose slice is read; None: the whole district.
    tables : sequence of str or None
        Tables to read; None: every table that is there. The schools table is always among them.

    Returns
    -------
    dict of str to str
        SHA-256 in hexadecimal by path relative to ``folder``, with forward slashes, in the order of the
        paths.

    Raises
    ------
    DataError
        A table is absent.
    """
    paths = {
        file.path
        for name in list_tables(folder, school_id=school_id, tables=tables)
        for file in find_files(folder, table=name, school_id=school_id)
    }
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in sorted(paths)}


def hash_file(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal; a file is read again only where its size, times or number changed.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        64 digits.
    """
    now = path.stat()
    return _read_hash(path, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)


@lru_cache(maxsize=65_536)
def _read_hash(path: Path, *_state: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
