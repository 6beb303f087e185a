"""What the chapter on trends is made of."""

from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.trends.below_finding import find_below_cut
from mtss_analysis.findings.trends.gap_finding import find_gaps
from mtss_analysis.findings.trends.level_finding import find_levels
from mtss_analysis.findings.trends.list_finding import find_trends

__all__ = [
    "collect_records",
    "find_below_cut",
    "find_gaps",
    "find_levels",
    "find_trends",
    "lay_out",
    "open_chapter",
]
