"""The picture of a design ladder: every estimate with its interval, all schools first."""

from typing import TYPE_CHECKING

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.findings.effects.design_rows import Rung
from mtss_analysis.findings.effects.design_words import NAMES, capitalise
from mtss_analysis.findings.effects.own import BETWEEN_SCHOOLS
from mtss_analysis.show import Figure, IntervalRow, ReferenceLine, draw_intervals

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.design_finding import DesignFinding


def draw_design(finding: "DesignFinding", *, verdict: str) -> Figure:
    """Draw the estimates of all designs that give one, and the school's.

    Parameters
    ----------
    finding : DesignFinding
        One whose first rung is chosen.
    verdict : str
        The answer, for the caption.

    Returns
    -------
    Figure
        Designs of all schools, the wild bootstrap where there are few, and this school.
    """
    rows = [IntervalRow(label="all schools", heading=True)]
    for rung in finding.rungs:
        if rung.number("estimate") is not None:
            rows.append(_draw(NAMES[rung.design], rung, role="state" if rung.is_chosen else "others"))
        if rung.is_chosen and rung.number("wild_low") is not None and rung.number("wild_high") is not None:
            rows.append(
                IntervalRow(
                    label="the same, wild bootstrap",
                    estimate=rung.number("estimate"),
                    low=rung.number("wild_low"),
                    high=rung.number("wild_high"),
                    role="others",
                )
            )
    rows += _draw_school(finding)
    limit = find_limit(finding)
    rung = finding.rungs[0]
    lines = [ReferenceLine(value=0.0, label="no effect")]
    sd = rung.number("sd")
    if sd is not None:
        sign = -1.0 if finding.question.better == "lower" else 1.0
        lines.append(ReferenceLine(value=sign * finding.question.minimum_worthwhile_sd * sd, label="worthwhile"))
    return draw_intervals(
        name=finding.name,
        caption=f"{capitalise(finding.question.label)} and {finding.indicator.label}: {verdict}.",
        rows=rows,
        x_label=f"Effect on {finding.indicator.label}, {finding.indicator.unit}",
        limits=(-limit, limit),
        lines=lines,
        less="lower with it",
        more="higher with it",
        signed=True,
    )


def find_limit(finding: "DesignFinding") -> float:
    """Find how far the axis reaches: the interval's end or a standard deviation, the same in every school."""
    rung = finding.rungs[0]
    ends = [abs(rung.number(name) or 0.0) for name in ("ci_low", "ci_high", "sd")]
    limit = max(ends)
    return float(round(limit, -1)) if limit >= 20 else float(max(round(limit), 1))


def _draw_school(finding: "DesignFinding") -> list[IntervalRow]:
    if finding.rungs[0].design == "single_case":
        return []
    rows = [IntervalRow(label="this school", heading=True)]
    if finding.own.withheld:
        return [*rows, IntervalRow(label="alone", reason=f"{WITHHELD_MARK} withheld")]
    if finding.own.own is None:
        between = finding.own.reason == BETWEEN_SCHOOLS
        short = "no estimate of its own" if between else "cannot be estimated"
        return [*rows, IntervalRow(label="alone", reason=short)]
    for label, value in (("alone", finding.own.own), ("best guess", finding.own.shrunken)):
        if value is not None:
            rows.append(
                IntervalRow(
                    label=label,
                    estimate=value.estimate,
                    low=value.ci_low,
                    high=value.ci_high,
                    role="this_school" if label != "alone" else "others",
                )
            )
    return rows


def _draw(label: str, rung: Rung, *, role: str) -> IntervalRow:
    return IntervalRow(
        label=label,
        estimate=rung.number("estimate"),
        low=rung.number("ci_low"),
        high=rung.number("ci_high"),
        role="state" if role == "state" else "others",
    )
