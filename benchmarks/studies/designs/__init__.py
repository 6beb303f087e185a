"""Studies of each design's statistic: what is planted is found, and nothing where nothing was planted."""

from studies.designs.discontinuity import study_discontinuity, study_heaping, study_honest
from studies.designs.growth import study_growth
from studies.designs.interruption import study_interruption
from studies.designs.lowest import study_lowest
from studies.designs.progress import study_progress
from studies.designs.registered import DESIGNS
from studies.designs.single_case import study_single_case
from studies.designs.staggered import study_staggered
from studies.designs.weighting import study_weighting

__all__ = [
    "DESIGNS",
    "study_discontinuity",
    "study_growth",
    "study_heaping",
    "study_honest",
    "study_interruption",
    "study_lowest",
    "study_progress",
    "study_single_case",
    "study_staggered",
    "study_weighting",
]
