"""Read what an earlier packet published, so that findings can say what has changed since."""

import json
from collections.abc import Mapping
from typing import Any

from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.parameters.run_file import RunFile

NUMBERS = "findings.json"
OVERVIEW = "_district"
"""Folder of a district's overview, in the place of a school's id."""


def read_earlier(run: RunFile, *, district_id: str, school_id: str | None) -> tuple[Mapping[str, Any], ...]:
    """Read the published records of the earlier packet that a run file names with ``previous``.

    Parameters
    ----------
    run : RunFile
        The run.
    district_id : str
        The district.
    school_id : str or None
        The school; None: the overview of the district.

    Returns
    -------
    tuple of mapping
        Records as in ``findings.json``; empty where the run names no earlier one, or it has no such packet.

    Raises
    ------
    ParameterError
        The file is there, and cannot be read.
    """
    if run.previous is None:
        return ()
    path = run.previous / district_id / (school_id or OVERVIEW) / NUMBERS
    if not path.is_file():
        return ()
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        records = None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ParameterError(
            "the earlier packet's findings.json cannot be read",
            next_step=f"Make that packet again, or take `previous` out of {run.path.name}",
            place=Place(file=path),
        )
    return tuple(records)
