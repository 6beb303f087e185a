"""What the chapter on trends is made of."""

from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.trends.below_finding import find_below_cut
from mtss_analysis.findings.trends.connection_finding import find_connections
from mtss_analysis.findings.trends.gap_finding import find_gaps
from mtss_analysis.findings.trends.growth_finding import find_growth
from mtss_analysis.findings.trends.level_finding import find_levels
from mtss_analysis.findings.trends.list_finding import find_trends
from mtss_analysis.findings.trends.mix_finding import find_mix
from mtss_analysis.findings.trends.steady_gap_finding import find_steady_gaps

__all__ = [
    "collect_records",
    "find_below_cut",
    "find_connections",
    "find_gaps",
    "find_growth",
    "find_levels",
    "find_mix",
    "find_steady_gaps",
    "find_trends",
    "lay_out",
    "open_chapter",
]
