"""Difference-in-differences with staggered starts: group-time effects against units not yet treated."""

from mtss_analysis.stats.did.pre_trend import PreTrend
from mtss_analysis.stats.did.staggered import GroupTimeEffect, StaggeredEffect, estimate_staggered

__all__ = ["GroupTimeEffect", "PreTrend", "StaggeredEffect", "estimate_staggered"]
