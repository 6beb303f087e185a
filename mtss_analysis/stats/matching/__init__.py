"""Comparison groups made alike: overlap, balancing weights, regression adjustment."""

from mtss_analysis.stats.matching.balancing import balance_entropy, find_effective_size, weigh_by_odds
from mtss_analysis.stats.matching.propensity import Propensity, estimate_propensity
from mtss_analysis.stats.matching.weighted_effect import (
    CovariateBalance,
    WeightedEffect,
    estimate_weighted_effect,
    mark_strata,
)

__all__ = [
    "CovariateBalance",
    "Propensity",
    "WeightedEffect",
    "balance_entropy",
    "estimate_propensity",
    "estimate_weighted_effect",
    "find_effective_size",
    "mark_strata",
    "weigh_by_odds",
]
