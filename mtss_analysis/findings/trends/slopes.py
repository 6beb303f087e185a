"""Where schools are going: the change per year of each indicator and student group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import ALL, find_members
from mtss_analysis.stats import Estimate, fit_clustered
from mtss_analysis.stats.arrays import FloatArray

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
        known = _Rows(
            years=np.asarray(rows["school_year"].str.slice(0, 4), dtype=np.float64),
            school_years=rows["school_year"].to_numpy(dtype=object),
            clusters=cluster_ids(rows),
            outcomes={kind: rows[kind].to_numpy(dtype="float64", na_value=np.nan) for kind in KINDS},
        )
        for group, members in split_groups(rows, groups):
            cells += [
                _estimate(
                    known, members=members, trend_grade=str(trend_grade), group=group, kind=kind, ci_level=ci_level
                )
                for kind in KINDS
            ]
    return cells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """What the trends of one trend grade are estimated from, row by row; a missing value is NaN."""

    years: FloatArray
    school_years: NDArray[np.object_]
    clusters: np.ndarray
    outcomes: Mapping[str, FloatArray]


def split_groups(rows: pd.DataFrame, groups: Sequence[StudentGroup]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Give all students and each declared group, with the rows that are in it.

    Parameters
    ----------
    rows : DataFrame
        With the groups' columns.
    groups : sequence of StudentGroup
        Declared pairs of groups.

    Yields
    ------
    tuple of str and (n,) bool array
        Name of the group and its members.
    """
    yield ALL, np.ones(len(rows), dtype=np.bool_)
    for group in groups:
        shown = (group.focus, group.reference)
        members = find_members(values=rows[group.column], column=group.column, shown=shown)
        for value in shown:
            name = f"{group.column}={value}"
            yield name, (members == name).to_numpy(dtype=np.bool_)


def _estimate(
    rows: _Rows, *, members: NDArray[np.bool_], trend_grade: str, group: str, kind: str, ci_level: float
) -> SlopeCell:
    known = members & ~np.isnan(rows.outcomes[kind])
    values, clusters = rows.outcomes[kind][known], rows.clusters[known]
    n_clusters = len(set(clusters))
    slope, reason = None, ""
    n_years = len(set(rows.school_years[known]))
    if n_years < MIN_YEARS:
        reason = f"a trend needs scores from at least {MIN_YEARS} years, and there are {n_years}"
    else:
        years = rows.years[known]
        design = np.column_stack([np.ones(len(values)), years - years.mean()])
        try:
            fit = fit_clustered(
                outcome=values, design=design, names=("constant", "year"), clusters=clusters, ci_level=ci_level
            )
            slope = fit.coefficient("year")
        except TooFewError as error:
            reason = str(error)
    return SlopeCell(
        trend_grade=trend_grade,
        group=group,
        kind=kind,
        slope=slope,
        n=len(values),
        n_clusters=n_clusters,
        varies=len(set(values)) > 1,
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
