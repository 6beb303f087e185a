"""Studies of each design's statistic: what is planted is found, and nothing where nothing was planted."""

from studies.designs.discontinuity import study_discontinuity, study_heaping, study_honest
from studies.designs.growth import study_growth
from studies.designs.growth_difference import study_growth_difference
from studies.designs.interruption import study_interruption
from studies.designs.ladder import study_arms, study_ladder
from studies.designs.lowest import study_lowest
from studies.designs.progress import study_progress
from studies.designs.registered import DESIGNS
from studies.designs.single_case import study_single_case
from studies.designs.staggered import study_staggered
from studies.designs.tally import Tally
from studies.designs.weighting import study_weighting

__all__ = [
    "DESIGNS",
    "Tally",
    "study_arms",
    "study_discontinuity",
    "study_growth",
    "study_growth_difference",
    "study_heaping",
    "study_honest",
    "study_interruption",
    "study_ladder",
    "study_lowest",
    "study_progress",
    "study_single_case",
    "study_staggered",
    "study_weighting",
]
