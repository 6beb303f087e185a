"""Gaps of one school as they may be printed."""

from dataclasses import dataclass

import pandas as pd

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.across import STATE
from mtss_analysis.findings.trends.gaps import GapCell, estimate_gaps
from mtss_analysis.findings.trends.levels import add_whole
from mtss_analysis.measures.groups import ALL, name_group, order_grade


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedGap:
    """A gap as it may be printed: ``cell`` is None where it is withheld.

    Parameters
    ----------
    state_gap : float or None
        The state's gap in the same year, state SD.
    """

    group: StudentGroup
    trend_grade: str
    school_year: str
    cell: GapCell | None
    state_gap: float | None


def print_gaps(
    district: District, *, school: School, indicator: Indicator, settings: Settings, comparison: Comparison
) -> tuple[PrintedGap, ...]:
    """Estimate a school's gaps and leave out what may not be printed of them.

    Parameters
    ----------
    district : District
        The school's slice.
    school : School
        Which school.
    indicator : Indicator
        Measure and window.
    settings : Settings
        Groups, confidence level and what a trend follows.
    comparison : Comparison
        Norms, means and what may be printed.

    Returns
    -------
    tuple of PrintedGap
        All grades together first, pair by pair as declared, then the grades; each by year.
    """
    norms = comparison.frame("norms")
    scores = place_scores(district.table, indicator=indicator, norms=norms, settings=settings)
    scores = scores[scores["school_id"] == school.school_id]
    tested = set(norms.loc[norms["measure"] == indicator.measure, "grade"])
    scores = add_whole(scores, follow=settings.follow, tested=tested)
    cells = estimate_gaps(scores, groups=settings.groups, ci_level=settings.ci_level)
    every = pd.concat([comparison.frame("levels"), comparison.frame("whole_levels")], ignore_index=True)
    levels = of_school(every, school=school, measure=indicator.measure)
    keys = ["trend_grade", "school_year", "group"]
    printable = set(levels.loc[levels["status"] == "ok", keys].itertuples(index=False, name=None))
    state = every[(every["measure"] == indicator.measure) & (every["level"] == STATE)]
    means = dict(zip(state[keys].itertuples(index=False, name=None), state["mean_standing"], strict=True))
    gaps = []
    for cell in cells:
        pair = [
            (cell.trend_grade, cell.school_year, name_group(column=cell.group.column, value=value))
            for value in (cell.group.reference, cell.group.focus)
        ]
        known = all(pd.notna(means.get(key)) for key in pair)
        gaps.append(
            PrintedGap(
                group=cell.group,
                trend_grade=cell.trend_grade,
                school_year=cell.school_year,
                cell=cell if all(key in printable for key in pair) else None,
                state_gap=float(means[pair[0]] - means[pair[1]]) if known else None,
            )
        )
    order = {group: place for place, group in enumerate(settings.groups)}
    return tuple(
        sorted(gaps, key=lambda gap: (_is_grade(gap), order[gap.group], *order_grade(gap.trend_grade), gap.school_year))
    )


def _is_grade(gap: PrintedGap) -> bool:
    return gap.trend_grade != ALL
