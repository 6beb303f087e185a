"""Progress monitoring: slopes with intervals, decision rules with their error rates."""

from mtss_analysis.stats.monitoring.rules import (
    DualDiscrepancy,
    RuleVerdicts,
    apply_rules,
    find_change_rate,
    judge_dual_discrepancy,
)
from mtss_analysis.stats.monitoring.slope import ProgressSlope, estimate_common_autocorrelation, fit_progress

__all__ = [
    "DualDiscrepancy",
    "ProgressSlope",
    "RuleVerdicts",
    "apply_rules",
    "estimate_common_autocorrelation",
    "find_change_rate",
    "fit_progress",
    "judge_dual_discrepancy",
]
