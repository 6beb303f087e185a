"""What a test of an initiative came to."""

from dataclasses import dataclass
from typing import Literal

TestName = Literal["redundant", "no_effect", "low_fidelity", "staff_time"]
Outcome = Literal["fails", "passes", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What one test of an initiative came to.

    Parameters
    ----------
    test : {'redundant', 'no_effect', 'low_fidelity', 'staff_time'}
        Which.
    outcome : {'fails', 'passes', 'cannot tell'}
        *Fails* means that it speaks against the initiative.
    said : str
        The evidence and how sure it is, one sentence.
    short : str
        The same in a cell of a table.
    """

    test: TestName
    outcome: Outcome
    said: str
    short: str
