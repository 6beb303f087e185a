"""Regression discontinuity: the jump at a cut score, and the checks that decide whether it may be believed."""

from mtss_analysis.stats.discontinuity.checks import (
    CovariateJump,
    DoseByScore,
    check_covariates,
    describe_dose,
    vary_bandwidth,
)
from mtss_analysis.stats.discontinuity.heaping import DensityTest, HeapingTest, check_density, check_heaping
from mtss_analysis.stats.discontinuity.honest import HonestJump, estimate_honest_jump
from mtss_analysis.stats.discontinuity.jump import Jump, estimate_jump

__all__ = [
    "CovariateJump",
    "DensityTest",
    "DoseByScore",
    "HeapingTest",
    "HonestJump",
    "Jump",
    "check_covariates",
    "check_density",
    "check_heaping",
    "describe_dose",
    "estimate_honest_jump",
    "estimate_jump",
    "vary_bandwidth",
]
