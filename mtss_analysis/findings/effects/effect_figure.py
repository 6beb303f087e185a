"""The picture of a randomised effect: every year's own, shrunken and pooled difference."""

from typing import TYPE_CHECKING

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.findings.effects.design_words import capitalise, name_year_and_grades
from mtss_analysis.findings.effects.rows import EffectYear
from mtss_analysis.show import Figure, IntervalRow, ReferenceLine, draw_intervals
from mtss_analysis.stats import Estimate, Interval

if TYPE_CHECKING:
    from mtss_analysis.findings.effects.finding import EffectFinding


def draw_effect(finding: "EffectFinding") -> Figure:
    """Draw own, shrunken and pooled effect of every year.

    Parameters
    ----------
    finding : EffectFinding
        One with an effect in some year.

    Returns
    -------
    Figure
        The same axis in every school.
    """
    rows: list[IntervalRow] = []
    for year in finding.years:
        when = name_year_and_grades(school_year=year.school_year, grades=year.grades)
        rows.append(IntervalRow(label=when, heading=True))
        rows.append(_draw_own(year))
        if year.shrunken is not None:
            rows.append(_draw("this school, best guess", year.shrunken, role="this_school"))
        if year.pooled is not None:
            rows.append(_draw("all schools", year.pooled, role="state"))
    lines = [ReferenceLine(value=0.0, label="no effect")]
    worthwhile = _find_worthwhile(finding)
    if worthwhile is not None:
        lines.append(ReferenceLine(value=worthwhile, label="worthwhile"))
    question = finding.question
    return draw_intervals(
        name=finding.name,
        caption=_write_caption(finding),
        rows=rows,
        x_label=f"{capitalise(question.label)} against {question.comparison_label}, {finding.indicator.unit}",
        limits=finding.limits,
        lines=lines,
        less=f"{question.comparison_label} higher",
        more=f"{question.label} higher",
        signed=True,
    )


def _write_caption(finding: "EffectFinding") -> str:
    about = f"Effect of {finding.question.label} on {finding.indicator.label}"
    if not finding.delivered_here.reaches(finding.question):
        return f"{about}: no verdict for this school, where it was not delivered as designed."
    known = [year.shrunken for year in finding.years if year.shrunken]
    if not known:
        return f"{about}: all schools together; this school cannot be estimated."
    told = sum(not value.ci_low <= 0 <= value.ci_high for value in known)
    years = "year" if len(known) == 1 else "years"
    return f"{about}: in this school told apart from no effect in {told} of {len(known)} {years}."


def _find_worthwhile(finding: "EffectFinding") -> float | None:
    known = [year.sd_pooled for year in finding.years if year.sd_pooled is not None]
    if not known:
        return None
    sign = -1.0 if finding.question.better == "lower" else 1.0
    return sign * finding.question.minimum_worthwhile_sd * sum(known) / len(known)


def _draw_own(year: EffectYear) -> IntervalRow:
    if year.withheld:
        return IntervalRow(label="this school alone", reason=f"{WITHHELD_MARK} withheld")
    if year.own is None:
        short = "one classroom in an arm" if "only one classroom" in year.own_reason else "cannot be estimated"
        return IntervalRow(label="this school alone", reason=short)
    return _draw("this school alone", year.own, role="others")


def _draw(label: str, value: Interval | Estimate, *, role: str) -> IntervalRow:
    return IntervalRow(
        label=label,
        estimate=value.estimate,
        low=value.ci_low,
        high=value.ci_high,
        role="state" if role == "state" else "others" if role == "others" else "this_school",
    )
