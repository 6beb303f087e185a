"""How far apart two groups of students are in each year, in standard deviations of the state's scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import find_members, name_group
from mtss_analysis.stats import Estimate, estimate_mean_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class GapCell:
    """The gap between two groups in one trend grade and year.

    Parameters
    ----------
    gap : Estimate or None
        Mean standing of the reference group minus the focus group's, state SD; None: see ``reason``.
    n_focus, n_reference : int
        Scores of each group.
    """

    trend_grade: str
    school_year: str
    group: StudentGroup
    gap: Estimate | None
    n_focus: int
    n_reference: int
    reason: str


def estimate_gaps(scores: pd.DataFrame, *, groups: Sequence[StudentGroup], ci_level: float) -> list[GapCell]:
    """Estimate the gap of every declared pair of groups, trend grade and year of one school.

    Parameters
    ----------
    scores : DataFrame
        One school's rows: ``trend_grade``, ``school_year``, ``classroom_id``, ``student_id``, ``standing`` and the
        groups' columns.
    groups : sequence of StudentGroup
        Declared pairs.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    list of GapCell
        Sorted by group as declared, trend grade and year.
    """
    known = scores[scores["standing"].notna()]
    cells = []
    for group in groups:
        members = find_members(values=known[group.column], column=group.column, shown=(group.focus, group.reference))
        in_focus = members == name_group(column=group.column, value=group.focus)
        in_reference = members == name_group(column=group.column, value=group.reference)
        rows = known.assign(focus=in_focus.astype("float64"))[in_focus | in_reference]
        for (trend_grade, school_year), pair in rows.groupby(["trend_grade", "school_year"], sort=True):
            cells.append(_estimate(pair, str(trend_grade), str(school_year), group, ci_level))
    return cells


def _estimate(pair: pd.DataFrame, trend_grade: str, school_year: str, group: StudentGroup, ci_level: float) -> GapCell:
    standing = pair["standing"].to_numpy(dtype="float64")
    in_focus = pair["focus"].to_numpy() == 1
    gap, reason = None, ""
    if all(len(np.unique(standing[members])) < 2 for members in (in_focus, ~in_focus)):
        reason = "the scores of each group are all alike"
    else:
        try:
            gap = estimate_mean_difference(
                values=standing[~in_focus], reference_values=standing[in_focus], ci_level=ci_level
            )
        except TooFewError as error:
            reason = str(error)
    return GapCell(
        trend_grade=trend_grade,
        school_year=school_year,
        group=group,
        gap=gap,
        n_focus=int(in_focus.sum()),
        n_reference=int((~in_focus).sum()),
        reason=reason,
    )
