"""Where those in one state are next time, as shares with intervals that hold one by one or all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray
from mtss_analysis.stats.estimate import Interval, check_level
from mtss_analysis.stats.intervals import estimate_proportion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transitions:
    """Moves from states to states.

    Parameters
    ----------
    origins, destinations : tuple of str
        Rows and columns.
    counts : (r, c) float array
        How many moved.
    shares : tuple of tuple of Interval or None
        Share of each row; None in rows that nobody began in.
    simultaneous : bool
        Whether the intervals of a row hold together.
    """

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    counts: FloatArray
    shares: tuple[tuple[Interval | None, ...], ...]
    simultaneous: bool


def estimate_transitions(
    *,
    before: IdArray,
    after: IdArray,
    origins: Sequence[str],
    destinations: Sequence[str],
    simultaneous: bool = False,
    ci_level: float = 0.95,
) -> Transitions:
    """Estimate the shares that move from each state to each other.

    Parameters
    ----------
    before, after : (n,) arrays of str
        State at the first and at the second time; "left" and "not screened" are states.
    origins, destinations : sequence of str
        All states at the first and second time, in the order of rows and columns, also those in which nobody is.
    simultaneous : bool
        Whether the intervals of a row shall hold all at once with the confidence level.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Transitions
        Wilson's intervals; simultaneous ones at the level that Bonferroni's inequality asks for.

    Raises
    ------
    TooFewError
        Nobody is in any state.
    ValueError
        A state is not among those given.

    References
    ----------
    Wilson (1927), JASA 22, 209-212. Goodman (1965), Technometrics 7, 247-254: simultaneous intervals for multinomial
    proportions.
    """
    check_level(ci_level)
    rows, columns = {name: at for at, name in enumerate(origins)}, {name: at for at, name in enumerate(destinations)}
    first, second = [str(value) for value in before], [str(value) for value in after]
    unknown = sorted(set(first) - set(rows)) + sorted(set(second) - set(columns))
    if unknown or len(first) != len(second):
        raise ValueError(
            f"not among the states: {', '.join(unknown)}" if unknown else "before and after differ in length"
        )
    if not first:
        raise TooFewError("nobody is in any state")
    counts = np.zeros((len(rows), len(columns)))
    np.add.at(counts, ([rows[value] for value in first], [columns[value] for value in second]), 1)
    level = 1 - (1 - ci_level) / max(len(columns), 1) if simultaneous else ci_level
    return Transitions(
        origins=tuple(origins),
        destinations=tuple(destinations),
        counts=counts,
        shares=tuple(_share_out(row, level=level, ci_level=ci_level) for row in counts),
        simultaneous=simultaneous,
    )


def _share_out(row: FloatArray, *, level: float, ci_level: float) -> tuple[Interval | None, ...]:
    n = float(row.sum())
    if n == 0:
        return (None,) * row.size
    # Goodman's simultaneous limits are Wilson's at a level that is shared out.
    method: Literal["wilson", "modified-wilson"] = "wilson" if level > ci_level else "modified-wilson"
    found = [estimate_proportion(successes=float(count), n=n, ci_level=level, method=method) for count in row]
    return tuple(
        Interval(estimate=one.estimate, ci_low=one.ci_low, ci_high=one.ci_high, ci_level=ci_level) for one in found
    )
