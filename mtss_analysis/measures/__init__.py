"""Tables in, tidy scores, groups, factors and arms out: pure functions without statistics."""

from mtss_analysis.measures.arms import arms_in_year, assign_arms
from mtss_analysis.measures.factors import attach_factor
from mtss_analysis.measures.scores import add_standing, join_scores, summarise_norms

__all__ = [
    "add_standing",
    "arms_in_year",
    "assign_arms",
    "attach_factor",
    "join_scores",
    "summarise_norms",
]
