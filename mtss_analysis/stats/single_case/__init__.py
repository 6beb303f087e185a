"""Single-case designs: the design-comparable effect size, and non-overlap measures beside it."""

from mtss_analysis.stats.single_case.design_comparable import DesignComparable, estimate_design_comparable
from mtss_analysis.stats.single_case.overlap import Overlap, estimate_response_ratio, measure_overlap

__all__ = [
    "DesignComparable",
    "Overlap",
    "estimate_design_comparable",
    "estimate_response_ratio",
    "measure_overlap",
]
