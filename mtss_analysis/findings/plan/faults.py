"""What a check of the plan finds wrong: where, by which requirement, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

PlanTable = Literal["goals", "actions", "deliverables", "initiatives", "capacity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFault:
    """One thing that is missing from a plan or wrong in it.

    Parameters
    ----------
    requirement : str
        The requirement that it breaks, such as ``R31``.
    kind : str
        One word for what is wrong: ``no_owner``, ``wrong_level``; see docs/plan.md for all kinds.
    table : {'goals', 'actions', 'deliverables', 'initiatives', 'capacity'}
        Table of the plan.
    row_id : str
        Key of the row; empty where a whole row is missing.
    column : str
        Column.
    said : str
        What is wrong, one sentence for a principal.
    mend : str
        What to do about it, one sentence.
    """

    requirement: str
    kind: str
    table: PlanTable
    row_id: str
    column: str
    said: str
    mend: str
