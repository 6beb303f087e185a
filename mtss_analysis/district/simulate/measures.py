"""The screening measures of the synthetic district: scale, norms, error, cut scores, by grade and window."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

GRADES = ("K", "1", "2", "3", "4", "5", "6", "7", "8")
WINDOWS = ("fall", "winter", "spring")
LOW_Z = -0.674
"""Cut scores lie at the 25th percentile of the norm."""
LOWEST_Z = -1.282
"""The lowest level ends at the 10th percentile."""
LAST_ELEMENTARY = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A screening measure.

    Parameters
    ----------
    name, domain : str
        As the screenings table writes them.
    grades : tuple of int
        Positions in ``GRADES`` of those who take it.
    windows : tuple of int
        Positions in ``WINDOWS`` in which it is given.
    ability : str
        What it rests on: column of the students without ``ability_`` or ``_risk``.
    start, rise, bend : float
        Norm of the fall: ``start + rise · grade − bend · grade²``, grade from 0 for kindergarten.
    summer : float
        Points lost over the summer; the year's growth is the way to the next fall's norm, and that.
    sd, error : float
        Spread of scores in a grade, and standard error of measurement at the norm, in points.
    lowest, highest : int
        Ends of the scale.
    group_gap : bool
        Whether student groups differ in it.
    missing_slope : float
        How the log odds of a missing score rise per SD under the norm; 0: missing at random.
    """

    name: str
    domain: Literal["reading", "math", "behavior", "social_emotional"]
    grades: tuple[int, ...]
    windows: tuple[int, ...]
    ability: Literal["reading", "math", "behavior", "social"]
    start: float
    rise: float
    bend: float = 0.0
    summer: float = 0.0
    sd: float
    error: float
    lowest: int
    highest: int
    group_gap: bool = True
    missing_slope: float = 0.0

    @cached_property
    def norm(self) -> Floats:
        """Norm by grade (9) and window (3), points."""
        grade = np.arange(len(GRADES) + 1)
        fall = self.start + self.rise * grade - self.bend * grade**2
        growth = np.diff(fall) + self.summer
        return np.stack([fall[:-1], fall[:-1] + 0.55 * growth, fall[:-1] + growth], axis=1)

    @cached_property
    def cut(self) -> Floats:
        """Cut score by grade and window, points."""
        return np.clip(np.round(self.norm + LOW_Z * self.sd), self.lowest + 1, self.highest)

    @cached_property
    def lowest_cut(self) -> Floats:
        """Where the lowest level ends, by grade and window, points."""
        return np.clip(np.round(self.norm + LOWEST_Z * self.sd), self.lowest + 1, self.highest)

    @property
    def residual_sd(self) -> float:
        """Spread of what differs between two tests of a student beyond growth and error, in SD."""
        return float(np.sqrt(max(0.12 - (self.error / self.sd) ** 2, 0.02)))


_K_8 = tuple(range(9))
_ALL = (0, 1, 2)
_ENDS = (0, 2)

MEASURES = (
    Measure(
        name="reading_scale", domain="reading", grades=_K_8, windows=_ALL, ability="reading",
        start=140, rise=17, bend=0.85, summer=3, sd=14, error=3.2, lowest=100, highest=260, missing_slope=0.25,
    ),
    Measure(
        name="math_scale", domain="math", grades=_K_8, windows=_ALL, ability="math",
        start=139, rise=18, bend=0.9, summer=4, sd=14, error=3.0, lowest=100, highest=270, missing_slope=0.25,
    ),
    Measure(
        name="letter_sounds", domain="reading", grades=(0, 1), windows=_ALL, ability="reading",
        start=16, rise=19, summer=2, sd=11, error=3.0, lowest=0, highest=52,
    ),
    Measure(
        name="oral_reading", domain="reading", grades=(2, 3), windows=_ALL, ability="reading",
        start=15, rise=28, summer=8, sd=30, error=8.0, lowest=0, highest=260,
    ),
    Measure(
        name="vocabulary", domain="reading", grades=(3, 4, 5), windows=_ENDS, ability="reading",
        start=300, rise=45, summer=10, sd=60, error=18.0, lowest=100, highest=900,
    ),
    Measure(
        name="math_fluency", domain="math", grades=(1, 2, 3, 4, 5), windows=_ENDS, ability="math",
        start=22, rise=9, summer=3, sd=9, error=2.5, lowest=0, highest=140, group_gap=False,
    ),
    Measure(
        name="behavior_rating", domain="behavior", grades=_K_8, windows=_ALL, ability="behavior",
        start=50, rise=0, sd=10, error=3.0, lowest=10, highest=80, missing_slope=0.25,
    ),
    Measure(
        name="social_emotional_scale", domain="social_emotional", grades=(3, 4, 5, 6, 7, 8), windows=_ENDS,
        ability="social", start=34, rise=0, sd=8, error=2.6, lowest=10, highest=44, group_gap=False,
        missing_slope=0.25,
    ),
)  # fmt: skip
MEASURE_BY_NAME = {measure.name: measure for measure in MEASURES}
