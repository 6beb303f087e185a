"""Arithmetic on arrays: intervals, clustered regression, effect sizes, shrinkage. Knows no school.

Designs have folders that hand out their own names: ``discontinuity``, ``did``, ``matching``, ``series``,
``single_case``, ``growth``, ``monitoring``.
"""

from mtss_analysis.stats.attrition import Attrition, judge_attrition
from mtss_analysis.stats.clustered import ClusteredFit, JointTest, fit_clustered
from mtss_analysis.stats.cost_effectiveness import Worthwhile, estimate_cost_per_effect, judge_worthwhile
from mtss_analysis.stats.crossed import (
    CrossedData,
    VarianceRatios,
    collect_crossed_data,
    estimate_ratios,
    fit_crossed,
    weigh_columns,
)
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
from mtss_analysis.stats.funnel import Funnel, draw_funnel_of_means, draw_funnel_of_proportions
from mtss_analysis.stats.heaping import find_heap
from mtss_analysis.stats.heterogeneity import estimate_tau
from mtss_analysis.stats.intervals import (
    estimate_mean,
    estimate_mean_difference,
    estimate_proportion,
    estimate_proportion_difference,
)
from mtss_analysis.stats.lead_lag import Association, associate_within, correlate_units
from mtss_analysis.stats.log_rank import LogRankTest, compare_survival
from mtss_analysis.stats.meta import Pooled, pool_estimates
from mtss_analysis.stats.mixed import VariancePartition, VarianceShare, partition_variance
from mtss_analysis.stats.multiplicity import FamilyQValues, adjust_families, adjust_p_values
from mtss_analysis.stats.ranks import Ranks, rank_units
from mtss_analysis.stats.rates import estimate_clustered_rate, estimate_rate, estimate_rate_ratio
from mtss_analysis.stats.regression_to_mean import estimate_expected_gain
from mtss_analysis.stats.risk_ratios import Risk, RiskRatio, estimate_risk_ratio, find_disproportionality
from mtss_analysis.stats.shrinkage import Shrunken, shrink
from mtss_analysis.stats.silence import SilentRun, find_silent_runs
from mtss_analysis.stats.standardise import Standardised, standardise_mean
from mtss_analysis.stats.survival import SurvivalCurve, SurvivalTime, estimate_survival
from mtss_analysis.stats.transitions import Transitions, estimate_transitions
from mtss_analysis.stats.wild_bootstrap import WildTest, wild_bootstrap

__all__ = [
    "Association",
    "Attrition",
    "ClusteredFit",
    "CrossedData",
    "DesignRating",
    "EssaTier",
    "Estimate",
    "FamilyQValues",
    "Funnel",
    "GroupSummary",
    "Interval",
    "JointTest",
    "LogRankTest",
    "MeanChange",
    "Pooled",
    "Ranks",
    "Risk",
    "RiskRatio",
    "Shrunken",
    "SilentRun",
    "Standardised",
    "StandardizedDifference",
    "SurvivalCurve",
    "SurvivalTime",
    "Transitions",
    "VariancePartition",
    "VarianceRatios",
    "VarianceShare",
    "WildTest",
    "Worthwhile",
    "adjust_families",
    "adjust_p_values",
    "associate_within",
    "collect_crossed_data",
    "compare_survival",
    "correlate_units",
    "decompose_change",
    "draw_funnel_of_means",
    "draw_funnel_of_proportions",
    "estimate_clustered_rate",
    "estimate_cost_per_effect",
    "estimate_cox_index",
    "estimate_expected_gain",
    "estimate_gain_difference",
    "estimate_mean",
    "estimate_mean_difference",
    "estimate_proportion",
    "estimate_proportion_difference",
    "estimate_rate",
    "estimate_rate_ratio",
    "estimate_ratios",
    "estimate_risk_ratio",
    "estimate_smd",
    "estimate_survival",
    "estimate_tau",
    "estimate_transitions",
    "find_disproportionality",
    "find_essa_tier",
    "find_heap",
    "find_improvement_index",
    "find_silent_runs",
    "fit_clustered",
    "fit_crossed",
    "judge_attrition",
    "judge_equivalence",
    "judge_worthwhile",
    "partition_variance",
    "pool_estimates",
    "rank_units",
    "rate_design",
    "shrink",
    "standardise_mean",
    "summarise_group",
    "weigh_columns",
    "wild_bootstrap",
]
