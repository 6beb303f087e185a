"""What can be wrong with a source of data, as one row of the frame that all schools share."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal

import pandas as pd

Aspect = Literal["coverage", "freshness", "completeness", "plausibility"]
Check = Literal[
    "few_screened",
    "no_rows",
    "stale",
    "months_missing",
    "weeks_missing",
    "mostly_empty",
    "silent",
    "nobody_absent",
    "identical",
    "copied",
    "heaped",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with a source in one school.

    Parameters
    ----------
    district_id, school_id : str
        Whose data.
    source : str
        Name of the table.
    aspect, check : str
        What kind it is.
    school_year : str or None
        The year concerned; None: all years.
    measure, window, grade, column : str or None
        What of the source is concerned; None: everything.
    first, last : str or None
        Months (``2025-01``) or dates between which it holds.
    items : str or None
        Months concerned, comma-separated.
    q_value : float or None
        Where chance was allowed for.
    left_out : bool
        Whether analyses do without this part of the source.
    """

    district_id: str
    school_id: str
    source: str
    aspect: Aspect
    check: Check
    school_year: str | None = None
    measure: str | None = None
    window: str | None = None
    grade: str | None = None
    column: str | None = None
    first: str | None = None
    last: str | None = None
    items: str | None = None
    q_value: float | None = None
    left_out: bool = True


def frame_faults(faults: Sequence[Fault]) -> pd.DataFrame:
    """Write faults as a frame, one row each, sorted.

    Parameters
    ----------
    faults : sequence of Fault
        In any order.

    Returns
    -------
    DataFrame
        The fields of :class:`Fault`; text, except ``q_value`` and ``left_out``.
    """
    names = [field.name for field in fields(Fault)]
    frame = pd.DataFrame([asdict(fault) for fault in faults], columns=names)
    kinds = dict.fromkeys(names, "str") | {"q_value": "float64", "left_out": "bool"}
    return frame.astype(kinds).sort_values(names[:-2], ignore_index=True)


def read_faults(frame: pd.DataFrame) -> tuple[Fault, ...]:
    """Read back what :func:`frame_faults` wrote.

    Parameters
    ----------
    frame : DataFrame
        Rows of one school, for instance.

    Returns
    -------
    tuple of Fault
        In the order of the rows.
    """
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return tuple(Fault(**{str(name): value for name, value in row.items()}) for row in rows)
