"""Fingerprints of the files that a slice was read from, for manifests."""

import hashlib
from collections.abc import Sequence
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
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)
    }
