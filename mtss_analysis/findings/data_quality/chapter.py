"""What the chapter on methods and data quality is made of."""

from mtss_analysis.findings.data_quality.inventory_finding import find_inventory
from mtss_analysis.findings.data_quality.methods_finding import find_methods
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter

__all__ = ["collect_records", "find_inventory", "find_methods", "lay_out", "open_chapter"]
