"""What a recovery study is: a district drawn with or without a truth, an analysis, and what its records said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an analysis said about one quantity in one seed.

    Parameters
    ----------
    quantity : str
        Row of the report: "slope", "effect", "listed trends".
    named : bool or None
        Whether the truth was named; where it was not planted this is a false alarm. None: a number alone.
    estimate, low, high : float or None
        What was estimated, with its interval; None where it was declined.
    true : float or None
        What is true; None where there is no such number.
    """

    quantity: str
    named: bool | None = None
    estimate: float | None = None
    true: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One study.

    Parameters
    ----------
    name : str
        What the command line calls it.
    truth : str
        Name of the truth of ``mtss simulate``, or what is planted where the study draws its own data.
    requirement : str
        R number.
    run : callable
        ``(seed, planted) -> sequence of Outcome``; draws, analyses, and reads records alone.
    fast_seeds : int
        Seeds of the subset that the tests run; 0: too slow for the tests.
    seeds : int
        Seeds of the whole study.
    least_power, most_false_alarms : float or None
        What is promised, 0 to 1; printed beside what was found.
    """

    name: str
    truth: str
    requirement: str
    run: Callable[[int, bool], Sequence[Outcome]]
    fast_seeds: int = 0
    seeds: int = 500
    least_power: float | None = None
    most_false_alarms: float | None = None


STUDIES: dict[str, Study] = {}


def register(study: Study) -> Study:
    """Add a study; two of the same name are an error."""
    if study.name in STUDIES:
        msg = f"there are two studies named {study.name}"
        raise ValueError(msg)
    STUDIES[study.name] = study
    return study
