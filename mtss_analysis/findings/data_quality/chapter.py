"""What the chapter on methods and data quality is made of."""

from mtss_analysis.findings.data_quality.coverage_finding import find_coverage
from mtss_analysis.findings.data_quality.faults_finding import find_completeness, find_plausibility
from mtss_analysis.findings.data_quality.freshness_finding import find_freshness
from mtss_analysis.findings.data_quality.inventory_finding import find_inventory
from mtss_analysis.findings.data_quality.methods_finding import find_methods
from mtss_analysis.findings.data_quality.sources import find_usable_sources
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter

__all__ = [
    "collect_records",
    "find_completeness",
    "find_coverage",
    "find_freshness",
    "find_inventory",
    "find_methods",
    "find_plausibility",
    "find_usable_sources",
    "lay_out",
    "open_chapter",
]
