"""How a share of students may be printed: exactly, as a limit, or not at all."""

import math
from dataclasses import dataclass
from typing import Literal

from mtss_analysis.disclosure.mark import WITHHELD_MARK
from mtss_analysis.disclosure.profiles import Profile

ShareKind = Literal["exact", "below", "above", "withheld"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedShare:
    """A share as it may be printed; it holds nothing that may not.

    Parameters
    ----------
    kind : {'exact', 'below', 'above', 'withheld'}
        ``below`` and ``above``: only the limit may be printed.
    pct : float or None
        The share (``exact``) or its limit (``below``, ``above``), percent; None if withheld.
    inclusive : bool
        Whether the limit itself belongs to what is coded ("5 % or fewer").
    numerator : int or None
        Students counted; None unless exact.
    denominator : int or None
        Students in the group; None if too few to print.
    """

    kind: ShareKind
    pct: float | None = None
    inclusive: bool = False
    numerator: int | None = None
    denominator: int | None = None

    def write(self, *, digits: int = 0) -> str:
        """Write the share: ``42 %``, ``fewer than 17 %``, ``more than 83 %`` or the mark.

        Parameters
        ----------
        digits : int
            Decimals of an exact share; limits are whole percents.
        """
        if self.pct is None:
            return WITHHELD_MARK
        if self.kind == "exact":
            return f"{self.pct:.{digits}f} %"
        limit = f"{self.pct:.0f} %"
        if self.inclusive:
            return f"{limit} or fewer" if self.kind == "below" else f"{limit} or more"
        return f"fewer than {limit}" if self.kind == "below" else f"more than {limit}"


def code_share(*, numerator: int, denominator: int, profile: Profile) -> CodedShare:
    """Decide how a share may be printed beside the number of students that it is a share of.

    What is printed in place of a small numerator depends on the denominator and the profile alone, so it
    says no more than that the numerator is small: with a minimum of 10 and 60 students, 0 to 9 all read
    "fewer than 17 %", zero included, because "nobody" tells about each of the 60. The same holds for the
    students *not* counted. A group in which the two ends would overlap, so that one of them could be told
    from what is left out, has no printable share: with a minimum of 10, groups under 19. An interval, a
    standard error or a difference that belongs to a share that is not exact must not be printed either.
    Shares of linked groups: ``protect_shares``.

    Parameters
    ----------
    numerator : int
        Students counted, 0 to ``denominator``.
    denominator : int
        Students in the group.
    profile : Profile
        The disclosure profile.

    Returns
    -------
    CodedShare

    Raises
    ------
    ValueError
        The numerator is not between 0 and the denominator.

    References
    ----------
    NCES 2011-603, SLDS Technical Brief 3 (2010), on top and bottom coding by the size of the group; that
    the limit follows from the minimum count is derived here.
    """
    if not 0 <= numerator <= denominator:
        msg = "a share needs a numerator between 0 and its denominator"
        raise ValueError(msg)
    if denominator == 0 or profile.hides(denominator):
        return CodedShare(kind="withheld")
    coded, limit_pct, inclusive = _end(denominator=denominator, profile=profile)
    if 2 * coded > denominator + 1:
        return CodedShare(kind="withheld", denominator=denominator)
    if numerator < coded:
        return CodedShare(kind="below", pct=limit_pct, inclusive=inclusive, denominator=denominator)
    if denominator - numerator < coded:
        return CodedShare(kind="above", pct=100 - limit_pct, inclusive=inclusive, denominator=denominator)
    pct = 100 * numerator / denominator
    return CodedShare(kind="exact", pct=pct, numerator=numerator, denominator=denominator)


def count_coded(*, denominator: int, profile: Profile) -> int:
    """Count how many numerators at each end (0, 1, …) share one wording, for a group that may be printed."""
    return _end(denominator=denominator, profile=profile)[0]


def _end(*, denominator: int, profile: Profile) -> tuple[int, float, bool]:
    """Return how many numerators are coded at either end, the lower limit (%), and if it is inclusive."""
    by_count = profile.minimum if profile.protects_numerators else 0
    limit_pct = float(-(-100 * by_count // denominator))
    band = profile.band(denominator)
    if band is None:
        return by_count, limit_pct, False
    below = math.ceil(band.low_pct * denominator / 100)
    at_limit = band.inclusive and (band.low_pct * denominator) % 100 == 0
    by_band = below + (1 if at_limit else 0)
    if by_band >= by_count:
        return by_band, band.low_pct, band.inclusive
    return by_count, limit_pct, False
