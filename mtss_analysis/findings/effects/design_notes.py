"""What a design ladder has to say on page one: the effect, and what was not delivered as designed."""

from typing import TYPE_CHECKING

from mtss_analysis.findings.effects.design_figure import find_limit
from mtss_analysis.findings.effects.design_words import capitalise, leave_out_design
from mtss_analysis.findings.layout import Note
from mtss_analysis.show import join_words

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.design_finding import DesignFinding


def note_design(finding: "DesignFinding") -> tuple[Note, ...]:
    """Note the effect for page one, and what needs attention where it was not delivered as designed.

    Parameters
    ----------
    finding : DesignFinding
        One question's ladder.

    Returns
    -------
    tuple of Note
        Nothing of an effect where chance decided, which is noted by years, or where nobody of the school took part.
    """
    notes: list[Note] = []
    rung = finding.chosen
    if finding.undelivered:
        notes.append({"kind": "attention", "topic": "delivery", "sentence": _say_undelivered(finding.undelivered)})
    if rung is None or finding.is_random() or finding.delivered_here.n_served == 0:
        return tuple(notes)
    limit = find_limit(finding)
    said = leave_out_design(finding.say_effect())
    notes.append(
        {
            "kind": "kpi",
            "topic": "effect",
            "measure": finding.indicator.measure,
            "title": f"{capitalise(finding.question.label)}, {finding.indicator.label}, in all schools",
            "number": finding.signed(rung) if finding.is_delivered else "no verdict",
            "change": "",
            "sentence": said,
            "values": [rung.number("estimate")],
            "reference": 0.0,
            "limits": [-limit, limit],
            "what": f"effect of {finding.question.label} on {finding.indicator.label}, {finding.indicator.unit}",
        }
    )
    better = (rung.number("estimate") or 0.0) * (-1 if finding.question.better == "lower" else 1) > 0
    if finding.is_told and finding.is_delivered and finding.is_delivered_here and better:
        notes.append({"kind": "well", "sentence": said.split(" That is ")[0]})
    return tuple(notes)


def _say_undelivered(labels: tuple[str, ...]) -> str:
    count = f"{len(labels)} interventions" if len(labels) > 1 else "one intervention"
    return (
        f"By the fidelity recorded, {count} of this school fell short of the design ({join_words(list(labels))}), so "
        "no verdict on what they do here is given."
    )
