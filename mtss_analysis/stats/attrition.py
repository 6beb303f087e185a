"""Whether so many students left a randomised study, or so unequally, that the groups are no longer alike."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mtss_analysis.errors import TooFewError

AttritionLevel: TypeAlias = Literal["low", "low only if unrelated to the programme", "high"]

# WWC Standards Handbook 4.1, Table II.1, kept in version 5.0: highest differential attrition, in
# percentage points, that counts as low, by overall attrition in whole percent from 0.
CAUTIOUS_BOUNDARY_PCT = (
    *(5.7, 5.8, 5.9, 5.9, 6.0, 6.1, 6.2, 6.3, 6.3, 6.3),
    *(6.3, 6.2, 6.2, 6.1, 6.0, 5.9, 5.9, 5.8, 5.7, 5.5),
    *(5.4, 5.3, 5.2, 5.1, 4.9, 4.8, 4.7, 4.5, 4.4, 4.3),
    *(4.1, 4.0, 3.8, 3.6, 3.5, 3.3, 3.2, 3.1, 2.9, 2.8),
    *(2.6, 2.5, 2.3, 2.1, 2.0, 1.8, 1.6, 1.5, 1.3, 1.2),
    *(1.0, 0.9, 0.7, 0.6, 0.4, 0.3, 0.2, 0.0),
)
OPTIMISTIC_BOUNDARY_PCT = (
    *(10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.7, 10.8, 10.9, 10.9),
    *(10.9, 10.9, 10.9, 10.8, 10.8, 10.7, 10.6, 10.5, 10.3, 10.2),
    *(10.0, 9.9, 9.7, 9.5, 9.4, 9.2, 9.0, 8.8, 8.6, 8.4),
    *(8.2, 8.0, 7.8, 7.6, 7.4, 7.2, 7.0, 6.7, 6.5, 6.3),
    *(6.0, 5.8, 5.6, 5.3, 5.1, 4.9, 4.6, 4.4, 4.2, 3.9),
    *(3.7, 3.5, 3.2, 3.0, 2.8, 2.6, 2.3, 2.1, 1.9, 1.6),
    *(1.4, 1.1, 0.9, 0.7, 0.5, 0.3),
)

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Attrition:
    """Attrition of a study of two groups.

    Parameters
    ----------
    overall_pct : float
        Students assigned whose outcome is not known, in percent.
    differential_pct : float
        Distance between the two groups' percentages, in percentage points.
    cautious_limit_pct, optimistic_limit_pct : float or None
        Highest differential attrition that counts as low; None where no attrition as large counts as low.
    level : str
        ``low`` by the cautious boundary; by the optimistic one alone; or ``high``.
    """

    overall_pct: float
    differential_pct: float
    cautious_limit_pct: float | None
    optimistic_limit_pct: float | None
    level: AttritionLevel


def judge_attrition(
    *, treated_assigned: int, treated_kept: int, comparison_assigned: int, comparison_kept: int
) -> Attrition:
    """Judge attrition against the cautious and the optimistic boundary.

    The boundaries are published by whole percent of overall attrition. In between they are interpolated, the
    model they come from being smooth, so that a verdict never turns on how a percentage was rounded.

    Parameters
    ----------
    treated_assigned, comparison_assigned : int
        Students (or clusters) assigned.
    treated_kept, comparison_kept : int
        Those of them whose outcome is known.

    Returns
    -------
    Attrition
        The optimistic boundary may be used where leaving is not thought to have to do with the programme.

    Raises
    ------
    TooFewError
        Nobody was assigned to a group.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, chapter on attrition.
    """
    shares: list[float] = []
    for assigned, kept in ((treated_assigned, treated_kept), (comparison_assigned, comparison_kept)):
        if assigned <= 0:
            raise TooFewError("nobody was assigned to one of the groups")
        if not 0 <= kept <= assigned:
            raise ValueError(f"{kept} are kept of {assigned} assigned")
        shares.append(100 * (assigned - kept) / assigned)
    assigned = treated_assigned + comparison_assigned
    overall = 100 * (assigned - treated_kept - comparison_kept) / assigned
    differential = abs(shares[0] - shares[1])
    cautious = find_attrition_limit(overall_pct=overall, boundary=CAUTIOUS_BOUNDARY_PCT)
    optimistic = find_attrition_limit(overall_pct=overall, boundary=OPTIMISTIC_BOUNDARY_PCT)
    level: AttritionLevel = "high"
    if cautious is not None and differential <= cautious + ROUNDING:
        level = "low"
    elif optimistic is not None and differential <= optimistic + ROUNDING:
        level = "low only if unrelated to the programme"
    return Attrition(
        overall_pct=overall,
        differential_pct=differential,
        cautious_limit_pct=cautious,
        optimistic_limit_pct=optimistic,
        level=level,
    )


def find_attrition_limit(*, overall_pct: float, boundary: tuple[float, ...]) -> float | None:
    """Find the highest differential attrition that counts as low.

    Parameters
    ----------
    overall_pct : float
        Overall attrition, 0 to 100 percent.
    boundary : tuple of float
        Limits by whole percent from 0.

    Returns
    -------
    float or None
        In percentage points; None beyond the boundary's last row.
    """
    if not 0 <= overall_pct <= 100:
        raise ValueError(f"overall_pct is {overall_pct}, not from 0 to 100")
    row = math.floor(overall_pct)
    last = len(boundary) - 1
    if overall_pct > last:
        return None
    if row == last:
        return boundary[last]
    part = overall_pct - row
    return boundary[row] * (1 - part) + boundary[row + 1] * part
