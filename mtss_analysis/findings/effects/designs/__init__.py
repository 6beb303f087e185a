"""The rungs of the design ladder: each turns the same students into one result that all designs share."""

from mtss_analysis.findings.effects.designs.discontinuity import estimate_discontinuity
from mtss_analysis.findings.effects.designs.growth import compare_growth, estimate_growth
from mtss_analysis.findings.effects.designs.interrupted import compare_series, estimate_series
from mtss_analysis.findings.effects.designs.pupils import Pupils, gather_pupils
from mtss_analysis.findings.effects.designs.randomised import describe_randomised
from mtss_analysis.findings.effects.designs.result import Check, DesignResult, decline
from mtss_analysis.findings.effects.designs.single_case import estimate_single_case
from mtss_analysis.findings.effects.designs.staggered import compare_phased, estimate_phased
from mtss_analysis.findings.effects.designs.weighted import estimate_weighted, level_by_others

__all__ = [
    "Check",
    "DesignResult",
    "Pupils",
    "compare_growth",
    "compare_phased",
    "compare_series",
    "decline",
    "describe_randomised",
    "estimate_discontinuity",
    "estimate_growth",
    "estimate_phased",
    "estimate_series",
    "estimate_single_case",
    "estimate_weighted",
    "gather_pupils",
    "level_by_others",
]
