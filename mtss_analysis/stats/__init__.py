"""Arithmetic on arrays: intervals, clustered regression, effect sizes, shrinkage. Knows no school."""

from mtss_analysis.stats.attrition import Attrition, judge_attrition
from mtss_analysis.stats.clustered import ClusteredFit, JointTest, fit_clustered
from mtss_analysis.stats.decomposition import MeanChange, decompose_change
from mtss_analysis.stats.effect_sizes import (
    GroupSummary,
    StandardizedDifference,
    estimate_cox_index,
    estimate_gain_difference,
    estimate_smd,
    find_improvement_index,
    summarise_group,
)
from mtss_analysis.stats.estimate import Estimate, Interval
from mtss_analysis.stats.evidence import (
    DesignRating,
    EssaTier,
    find_essa_tier,
    judge_equivalence,
    rate_design,
)
from mtss_analysis.stats.heterogeneity import estimate_tau
from mtss_analysis.stats.intervals import (
    estimate_mean,
    estimate_mean_difference,
    estimate_proportion,
    estimate_proportion_difference,
)
from mtss_analysis.stats.meta import Pooled, pool_estimates
from mtss_analysis.stats.mixed import VariancePartition, VarianceShare, partition_variance
from mtss_analysis.stats.multiplicity import adjust_p_values
from mtss_analysis.stats.regression_to_mean import estimate_expected_gain
from mtss_analysis.stats.shrinkage import Shrunken, shrink
from mtss_analysis.stats.wild_bootstrap import WildTest, wild_bootstrap

__all__ = [
    "Attrition",
    "ClusteredFit",
    "DesignRating",
    "EssaTier",
    "Estimate",
    "GroupSummary",
    "Interval",
    "JointTest",
    "MeanChange",
    "Pooled",
    "Shrunken",
    "StandardizedDifference",
    "VariancePartition",
    "VarianceShare",
    "WildTest",
    "adjust_p_values",
    "decompose_change",
    "estimate_cox_index",
    "estimate_expected_gain",
    "estimate_gain_difference",
    "estimate_mean",
    "estimate_mean_difference",
    "estimate_proportion",
    "estimate_proportion_difference",
    "estimate_smd",
    "estimate_tau",
    "find_essa_tier",
    "find_improvement_index",
    "fit_clustered",
    "judge_attrition",
    "judge_equivalence",
    "partition_variance",
    "pool_estimates",
    "rate_design",
    "shrink",
    "summarise_group",
    "wild_bootstrap",
]
