"""What the chapter on intervention effects is made of."""

from mtss_analysis.findings.effects.chapter_order import order_behind, order_by_question
from mtss_analysis.findings.effects.design_finding import find_designs
from mtss_analysis.findings.effects.evidence_finding import find_evidence
from mtss_analysis.findings.effects.finding import find_effects
from mtss_analysis.findings.effects.glance_finding import find_glance
from mtss_analysis.findings.effects.monitoring_finding import find_progress
from mtss_analysis.findings.effects.worth_finding import find_worth
from mtss_analysis.findings.layout import collect_records, lay_out, open_chapter

__all__ = [
    "collect_records",
    "find_designs",
    "find_effects",
    "find_evidence",
    "find_glance",
    "find_progress",
    "find_worth",
    "lay_out",
    "open_chapter",
    "order_behind",
    "order_by_question",
]
