"""What the chapter on intervention effects is made of."""

from mtss_analysis.findings.effects.evidence_finding import find_evidence
from mtss_analysis.findings.effects.finding import find_effects
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter

__all__ = ["collect_records", "find_effects", "find_evidence", "lay_out", "open_chapter"]
