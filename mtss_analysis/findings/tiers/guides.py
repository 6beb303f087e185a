"""The two published guides on tier percentages, kept apart, and what it means to lie within one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mtss_analysis.findings.settings import TierGuide

Verdict = Literal["below", "within", "above", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """A guide on how many of 100 students each tier holds.

    Parameters
    ----------
    name : str
        Id in the run file.
    label : str
        The words of a sentence: "the South Dakota guide".
    said : mapping of str to str
        Per tier, as the guide says it: "at least 80".
    least, most : mapping of str to float or None
        Per tier, percent; None where the guide sets no end. Where it says "about", both are None.
    about : mapping of str to float
        Per tier, the percentage that it says "about" of.
    """

    name: TierGuide
    label: str
    said: Mapping[str, str]
    least: Mapping[str, float | None]
    most: Mapping[str, float | None]
    about: Mapping[str, float]

    def band(self, tier: str, *, about_points: float) -> tuple[float, float]:
        """Return the band of a tier, percent, both ends included.

        Parameters
        ----------
        tier : {'1', '2', '3'}
            The tier.
        about_points : float
            How many points either way "about" reaches.

        Returns
        -------
        tuple of float
            0 and 100 where the guide sets no end.
        """
        if tier in self.about:
            centre = self.about[tier]
            return max(centre - about_points, 0.0), min(centre + about_points, 100.0)
        least, most = self.least.get(tier), self.most.get(tier)
        return (0.0 if least is None else least), (100.0 if most is None else most)

    def most_support_pct(self) -> float:
        """The largest percentage in Tier 2 and Tier 3 together that leaves Tier 1 within the guide."""
        return 100.0 - self.band("1", about_points=0.0)[0]


SOUTH_DAKOTA = Guide(
    name="south_dakota",
    label="the South Dakota guide",
    said=MappingProxyType({"1": "at least 80", "2": "about 15", "3": "about 5"}),
    least=MappingProxyType({"1": 80.0}),
    most=MappingProxyType({}),
    about=MappingProxyType({"2": 15.0, "3": 5.0}),
)
"""At least 80, about 15, about 5 of 100 students, "not hard and fast".

References
----------
South Dakota Department of Education, guide to multi-tiered systems of support for district leaders (requirement R1).
"""

IES = Guide(
    name="ies",
    label="the IES guide",
    said=MappingProxyType({"1": "80 to 90", "2": "5 to 15", "3": "1 to 5"}),
    least=MappingProxyType({"1": 80.0, "2": 5.0, "3": 1.0}),
    most=MappingProxyType({"1": 90.0, "2": 15.0, "3": 5.0}),
    about=MappingProxyType({}),
)
"""80 to 90, 5 to 15, 1 to 5 of 100 students.

References
----------
Institute of Education Sciences, handout on multi-tiered systems of support, as cited in the same guide (requirement
R1).
"""

GUIDES: Mapping[str, Guide] = MappingProxyType({guide.name: guide for guide in (SOUTH_DAKOTA, IES)})


def judge(*, low: float, high: float, band: tuple[float, float]) -> Verdict:
    """Say where a percentage lies, as far as its range tells.

    Parameters
    ----------
    low, high : float
        Range of the percentage: its interval, widened by what the students who were not screened could be.
    band : tuple of float
        The guide's, both ends included.

    Returns
    -------
    {'below', 'within', 'above', 'cannot tell'}
        ``cannot tell`` where the range holds an end of the band.
    """
    if high < band[0]:
        return "below"
    if low > band[1]:
        return "above"
    return "within" if band[0] <= low and high <= band[1] else "cannot tell"
