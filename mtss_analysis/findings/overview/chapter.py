"""What the overview of a district or a state is made of."""

from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter
from mtss_analysis.findings.overview.change_finding import find_level_and_change
from mtss_analysis.findings.overview.fair_finding import find_fair_comparison
from mtss_analysis.findings.overview.needs_finding import find_needs
from mtss_analysis.findings.overview.practice_finding import find_district_practices
from mtss_analysis.findings.overview.staff_finding import find_resources
from mtss_analysis.findings.root_causes.deviant_finding import find_positive_deviants
from mtss_analysis.findings.root_causes.district_cause_finding import find_district_causes

__all__ = [
    "collect_records",
    "find_district_causes",
    "find_district_practices",
    "find_fair_comparison",
    "find_level_and_change",
    "find_needs",
    "find_positive_deviants",
    "find_resources",
    "lay_out",
    "open_chapter",
]
