"""Where schools are going: the change per year of each indicator and student group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import ALL, find_members
from mtss_analysis.stats import Estimate, fit_clustered

MIN_YEARS = 3
KINDS = {"standing": "{population} SD per year", "below_cut": "percentage points per year"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeCell:
    """One trend: a school's indicator in one trend grade and student group.

    Parameters
    ----------
    kind : {'standing', 'below_cut'}
        Mean standing among the state's students, or share below the cut.
    slope : Estimate or None
        Change per year; None where it cannot be estimated, and ``reason`` says why.
    n, n_clusters : int
        Scores and classrooms.
    varies : bool
        Whether not all values are alike.
    """

    trend_grade: str
    group: str
    kind: str
    slope: Estimate | None
    n: int
    n_clusters: int
    varies: bool
    reason: str


def estimate_slopes(scores: pd.DataFrame, *, groups: Sequence[StudentGroup], ci_level: float) -> list[SlopeCell]:
    """Estimate every trend of one school and measure.

    Parameters
    ----------
    scores : DataFrame
        One school's rows: ``trend_grade``, ``school_year``, ``classroom_id``, ``student_id``, ``standing``,
        ``below_cut`` and the groups' columns.
    groups : sequence of StudentGroup
        Declared pairs of groups.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    list of SlopeCell
        One per trend grade, group and kind, in that order.
    """
    cells = []
    for trend_grade, rows in scores.groupby("trend_grade", sort=True):
        for group, members in _split(rows, groups):
            cells += [_estimate(members, str(trend_grade), group, kind, ci_level) for kind in KINDS]
    return cells


def _split(rows: pd.DataFrame, groups: Sequence[StudentGroup]) -> Iterator[tuple[str, pd.DataFrame]]:
    yield ALL, rows
    for group in groups:
        shown = (group.focus, group.reference)
        members = find_members(values=rows[group.column], column=group.column, shown=shown)
        for value in shown:
            name = f"{group.column}={value}"
            yield name, rows[members == name]


def _estimate(rows: pd.DataFrame, trend_grade: str, group: str, kind: str, ci_level: float) -> SlopeCell:
    known = rows[rows[kind].notna()]
    clusters = cluster_ids(known)
    n_clusters = len(set(clusters))
    slope, reason = None, ""
    n_years = known["school_year"].nunique()
    if n_years < MIN_YEARS:
        reason = f"a trend needs scores from at least {MIN_YEARS} years, and there are {n_years}"
    else:
        years = known["school_year"].str.slice(0, 4).astype("float64").to_numpy()
        design = np.column_stack([np.ones(len(known)), years - years.mean()])
        try:
            fit = fit_clustered(
                outcome=known[kind].to_numpy(dtype="float64"),
                design=design,
                names=("constant", "year"),
                clusters=clusters,
                ci_level=ci_level,
            )
            slope = fit.coefficient("year")
        except TooFewError as error:
            reason = str(error)
    return SlopeCell(
        trend_grade=trend_grade,
        group=group,
        kind=kind,
        slope=slope,
        n=len(known),
        n_clusters=n_clusters,
        varies=len(set(known[kind])) > 1,
        reason=reason,
    )


def cluster_ids(rows: pd.DataFrame) -> np.ndarray:
    """Name the cluster of each row: the classroom of that year, or the whole grade where no classroom is known.

    Taking children as independent because their classrooms are not recorded would name noise a trend in every fourth
    school; all children of a grade and year in one cluster is the cautious reading.

    Parameters
    ----------
    rows : DataFrame
        One school's rows: ``school_year``, ``grade`` and, if the district records it, ``classroom_id``.

    Returns
    -------
    (n,) text array
        Cluster names.
    """
    year = rows["school_year"].astype("str")
    grade = year + " grade " + rows["grade"].astype("str")
    if "classroom_id" not in rows.columns:
        return grade.to_numpy(dtype=object).astype("U")
    classroom = year + " " + rows["classroom_id"].astype("str")
    return classroom.where(rows["classroom_id"].notna(), grade).to_numpy(dtype=object).astype("U")
