"""In which order the chapter's findings stand: what a team reads first, what stands behind it after that."""

from collections.abc import Sequence

from mtss_analysis.findings.effects.design_finding import DesignFinding
from mtss_analysis.findings.effects.evidence_finding import EvidenceFinding
from mtss_analysis.findings.effects.finding import EffectFinding
from mtss_analysis.findings.effects.glance_finding import is_about
from mtss_analysis.findings.effects.question_finding import QuestionFinding
from mtss_analysis.findings.effects.together_findings import (
    ChecksFinding,
    DecisionFinding,
    TriedFinding,
    WhomFinding,
    find_together,
)
from mtss_analysis.findings.effects.worth_finding import WorthFinding
from mtss_analysis.findings.layout import Finding


def order_by_question(
    *, effects: Sequence[EffectFinding], designs: Sequence[DesignFinding], worth: Sequence[WorthFinding]
) -> tuple[Finding, ...]:
    """Put what a team reads in order: each question's effect, then delivery and cost, and groups, of all.

    Parameters
    ----------
    effects : sequence of EffectFinding
        Of the questions that chance decided.
    designs, worth : sequences of findings
        Of every question, in the same order.

    Returns
    -------
    tuple of Finding
        A question that chance decided is told by its years; its design follows only where something speaks against it.
    """
    ordered: list[Finding] = []
    for design, decision in zip(designs, worth, strict=True):
        ordered += [one for one in effects if is_about(one, design)]
        if not design.is_random() or design.warn():
            ordered.append(QuestionFinding(design=design, worth=decision))
    together = find_together(designs, worth=worth)
    return (*ordered, *(one for one in together if isinstance(one, DecisionFinding | WhomFinding)))


def order_behind(
    *, evidence: Sequence[EvidenceFinding], designs: Sequence[DesignFinding], worth: Sequence[WorthFinding]
) -> tuple[Finding, ...]:
    """Put what stands behind the effects in order: grades of randomised years, designs tried, their conditions.

    Parameters
    ----------
    evidence : sequence of EvidenceFinding
        Of the questions that chance decided.
    designs, worth : sequences of findings
        Of every question, in the same order.

    Returns
    -------
    tuple of Finding
        Empty where nothing was asked.
    """
    together = find_together(designs, worth=worth)
    return (*evidence, *(one for one in together if isinstance(one, TriedFinding | ChecksFinding)))
