"""How far the change of a school's mean goes with who the students are: mix and rate over one factor."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.root_causes.rows import DrillRows, FactorRows
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import MeanChange, decompose_change

UNKNOWN = "not known"
TOO_FEW_YEARS = "too few students to print in all years but one"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorChange:
    """Mix and rate of the change over one factor; ``change`` is None where it cannot be had, see ``reason``."""

    factor: Factor
    change: MeanChange | None
    reason: str


def find_printed_years(
    comparison: Comparison, *, school: School, target: Target, settings: Settings
) -> tuple[str, str]:
    """Find the first and the last year of which the school's mean may be printed.

    Parameters
    ----------
    comparison : Comparison
        What may be printed.
    school : School
        Which school.
    target : Target
        Measure and grade.
    settings : Settings
        What a trend follows.

    Returns
    -------
    tuple of str
        School years; both empty where there are not two.
    """
    whole = settings.follow == "grade" and target.grade == ALL
    levels = of_school(
        comparison.frame("whole_levels" if whole else "levels"),
        school=school,
        measure=target.indicator.measure,
        group=ALL,
        trend_grade=target.grade,
    )
    years = sorted(levels.loc[levels["status"] == "ok", "school_year"].unique())
    return (str(years[0]), str(years[-1])) if len(years) > 1 else ("", "")


def divide_by_factor(rows: DrillRows, *, factor: FactorRows, years: tuple[str, str], ci_level: float) -> FactorChange:
    """Divide the change between two years into mix and rate over one factor.

    Parameters
    ----------
    rows : DrillRows
        Of one school.
    factor : FactorRows
        Over which the change is divided; students whose category is not known are a group of their own.
    years : tuple of str
        First and last school year.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    FactorChange
        With the reason where there is no change.
    """
    if factor.factor.is_unit:
        return FactorChange(factor=factor.factor, change=None, reason="classrooms last one year")
    if not factor.usable:
        return FactorChange(factor=factor.factor, change=None, reason=factor.reason)
    if not years[0]:
        return FactorChange(factor=factor.factor, change=None, reason=TOO_FEW_YEARS)
    first, last = (float(one[:4]) for one in years)
    inside = (rows.years == first) | (rows.years == last)
    names = np.array([*factor.names, UNKNOWN])
    try:
        change = decompose_change(
            outcome=rows.standing[inside],
            later=rows.years[inside] == last,
            categories=names[factor.codes[inside]],  # -1, not compared, is the last
            clusters=rows.teachers[inside],
            ci_level=ci_level,
        )
    except TooFewError as error:
        return FactorChange(factor=factor.factor, change=None, reason=str(error))
    return FactorChange(factor=factor.factor, change=change, reason="")
