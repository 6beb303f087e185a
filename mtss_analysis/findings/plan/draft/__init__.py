"""Draft a plan from what a run finds: goals with baseline and target, and gaps for people to fill."""

from mtss_analysis.findings.plan.draft.drafting import Draft, draft_plan
from mtss_analysis.findings.plan.draft.yaml_words import write_draft

__all__ = ["Draft", "draft_plan", "write_draft"]
