"""Growth models with random intercepts and slopes, and differences in growth between groups."""

from mtss_analysis.stats.growth.difference import GrowthDifference, estimate_growth_difference
from mtss_analysis.stats.growth.model import GrowthFit, RandomEffects, fit_growth

__all__ = ["GrowthDifference", "GrowthFit", "RandomEffects", "estimate_growth_difference", "fit_growth"]
