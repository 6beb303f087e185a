"""Growth models with random intercepts and slopes, by restricted maximum likelihood."""

from mtss_analysis.stats.growth.model import GrowthFit, RandomEffects, fit_growth

__all__ = ["GrowthFit", "RandomEffects", "fit_growth"]
