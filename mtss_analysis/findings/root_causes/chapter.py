"""What the chapter on root causes is made of."""

from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.root_causes.cause_finding import find_causes
from mtss_analysis.findings.root_causes.change_finding import find_change
from mtss_analysis.findings.root_causes.deviant_finding import find_what_goes_right
from mtss_analysis.findings.root_causes.drill_finding import find_factors
from mtss_analysis.findings.root_causes.needed_finding import find_needed
from mtss_analysis.findings.root_causes.outlier_finding import find_stand_outs, list_stand_outs
from mtss_analysis.findings.root_causes.state_finding import find_state_factors
from mtss_analysis.findings.root_causes.variance_finding import find_variance

__all__ = [
    "collect_records",
    "find_causes",
    "find_change",
    "find_factors",
    "find_needed",
    "find_stand_outs",
    "find_state_factors",
    "find_variance",
    "find_what_goes_right",
    "lay_out",
    "list_stand_outs",
    "open_chapter",
]
