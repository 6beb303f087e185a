"""What the chapter on root causes is made of."""

from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.root_causes.change_finding import find_change
from mtss_analysis.findings.root_causes.drill_finding import find_factors
from mtss_analysis.findings.root_causes.state_finding import find_state_factors
from mtss_analysis.findings.root_causes.variance_finding import find_variance

__all__ = [
    "collect_records",
    "find_change",
    "find_factors",
    "find_state_factors",
    "find_variance",
    "lay_out",
    "open_chapter",
]
