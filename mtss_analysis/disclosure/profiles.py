"""Disclosure profiles: from which number of students on a state lets a count or a share be printed."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from mtss_analysis.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBand:
    """How extreme percentages are coded from a group size on.

    Parameters
    ----------
    from_denominator : int
        Smallest group, in students, to which the band applies.
    low_pct, high_pct : float
        Percentages below ``low_pct`` and above ``high_pct`` are printed as those limits.
    inclusive : bool
        Whether the limits themselves are coded too ("5 % or fewer" rather than "fewer than 5 %").
    """

    from_denominator: int
    low_pct: float
    high_pct: float
    inclusive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What may be published.

    Parameters
    ----------
    name : str
        The name in a run file.
    minimum : int
        The smallest number of students that may be printed; at least 2.
    shows_zero : bool
        Whether a count of zero may be printed. False in every profile shipped: that nobody did something
        can tell about everybody. Where a cell cannot exist (a grade that a school does not teach) there is
        no count of zero but no cell: leave it out.
    withholds_next_smallest : bool
        Whether, beside a group that is too small, the next smallest group of the same total is always
        withheld.
    protects_numerators : bool
        Whether the students counted by a share, and those not counted by it, must also reach ``minimum``.
    bands : tuple of ShareBand
        Coding of extreme percentages that applies besides, by size of the group; empty for none.
    """

    name: str
    minimum: int
    shows_zero: bool = False
    withholds_next_smallest: bool = False
    protects_numerators: bool = True
    bands: tuple[ShareBand, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a minimum that hides nothing."""
        if self.minimum < 2:
            problem = f"Disclosure profile {self.name!r} has a minimum of {self.minimum}, which protects nobody"
            raise ParameterError(problem, next_step="Set the minimum to at least 2; most states use 10")

    @property
    def floor(self) -> int:
        """The smallest number that a withheld count can be, as a reader knows."""
        return 1 if self.shows_zero else 0

    def hides(self, n: int) -> bool:
        """Tell whether a count of ``n`` students must not be printed."""
        return n < self.minimum and not (n == 0 and self.shows_zero)

    def band(self, denominator: int) -> ShareBand | None:
        """Return the band of a group of ``denominator`` students; None where the profile has none."""
        fitting = [band for band in self.bands if band.from_denominator <= denominator]
        return max(fitting, key=lambda band: band.from_denominator, default=None)


N10 = Profile(name="n10", minimum=10)
"""Fewer than 10 withheld.

References
----------
NCES 2011-603, SLDS Technical Brief 3 (2010), abstract: minimum group sizes of the states run from 5 to 30
and 10 is the most frequent (39 states). That percentages are coded by the numerator is this kit's own rule,
see ``code_share``.
"""

DELAWARE = Profile(
    name="delaware",
    minimum=16,
    bands=(ShareBand(from_denominator=0, low_pct=5, high_pct=95, inclusive=False),),
)
"""15 or fewer withheld; more than 95 % and fewer than 5 % coded.

References
----------
Delaware Department of Education, Data Suppression Rules, rules 1, 3 and 4 (page last modified 2017-11-02).
The department's later page Data Privacy says "less than fifteen"; the stricter of the two is used.
"""

UTAH = Profile(
    name="utah",
    minimum=11,
    bands=(
        ShareBand(from_denominator=0, low_pct=20, high_pct=80, inclusive=True),
        ShareBand(from_denominator=20, low_pct=10, high_pct=90, inclusive=True),
        ShareBand(from_denominator=40, low_pct=5, high_pct=95, inclusive=True),
        ShareBand(from_denominator=100, low_pct=2, high_pct=98, inclusive=True),
        ShareBand(from_denominator=300, low_pct=1, high_pct=99, inclusive=True),
    ),
)
"""10 or fewer withheld; extreme percentages coded the more coarsely, the smaller the group.

Utah prints percentages without the number of students. Packets print that number, from which a percentage
gives the count away, so ``protects_numerators`` holds besides and is mostly the stricter rule.

References
----------
Utah State Board of Education, Data Gateway Statistical Reporting Method for Protecting PII, section B, as
repeated in the procedures of Carbon County School District (ccsdut.org, policy 6900): 10 or fewer, and the
limits from 300, 100 and 40 students on. The limits from 20 students on (90/10) and below (80/20) are
recalled, not read. The method also rounds the percentages between the limits to ranges in groups under 100
(recalled); that is not done here.
"""

NEW_YORK = Profile(name="new_york", minimum=5, withholds_next_smallest=True)
"""Fewer than 5 withheld, and the next smallest group with them.

New York prints the number of students at each level of a group that is large enough, also where it is 1;
``protects_numerators`` is stricter.

References
----------
New York State Education Department, Data Support, "Why are there dashes instead of numbers in some places
in the New York State Report Cards".
"""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.name: profile for profile in (N10, DELAWARE, UTAH, NEW_YORK)}
)


def get_profile(name: str) -> Profile:
    """Return a shipped disclosure profile.

    Parameters
    ----------
    name : str
        ``n10``, ``delaware``, ``utah`` or ``new_york``.

    Returns
    -------
    Profile

    Raises
    ------
    ParameterError
        There is no such profile; the message names the nearest one.
    """
    if name in PROFILES:
        return PROFILES[name]
    asked = name.strip().lower().replace("-", "_").replace(" ", "_")
    nearest = get_close_matches(asked, PROFILES, n=1, cutoff=0.0)[0]
    known = ", ".join(PROFILES)
    raise ParameterError(
        f"There is no disclosure profile {name!r}",
        next_step=f"Did you mean {nearest!r}? Profiles: {known}",
    )
