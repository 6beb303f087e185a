"""How a gap changed: as it is, with the mix of students held constant, and among the same students."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.rows import name_teachers
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import name_categories, order_grade
from mtss_analysis.stats import Estimate, fit_clustered
from mtss_analysis.stats.arrays import FloatArray

KINDS = {
    "as is": "all with a score",
    "mix held constant": "all, with the mix held constant",
    "same students": "those here in both years",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyGap:
    """One pair's gap in two years.

    Parameters
    ----------
    kind : str
        A key of :data:`KINDS`.
    earlier, later, change : Estimate or None
        Reference less focus group, standard deviations; None: see ``reason``.
    n_focus, n_reference : int
        Students of the smaller of the two years.
    """

    group: StudentGroup
    kind: str
    first: str
    last: str
    earlier: Estimate | None
    later: Estimate | None
    change: Estimate | None
    n_focus: int
    n_reference: int
    reason: str


def compare_gaps(
    scores: pd.DataFrame,
    *,
    group: StudentGroup,
    others: Sequence[StudentGroup],
    first: str,
    last: str,
    ci_level: float,
) -> list[SteadyGap]:
    """Estimate a gap in two years and its change, in three ways.

    Parameters
    ----------
    scores : DataFrame
        One school's placed scores of one measure.
    group : StudentGroup
        The pair.
    others : sequence of StudentGroup
        The other declared pairs, whose mix is held constant.
    first, last : str
        School years.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    list of SteadyGap
        One of each kind, clustered by teacher (CR2).
    """
    rows = scores[scores["standing"].notna() & scores["school_year"].isin([first, last])]
    names = name_categories(rows[group.column])
    rows = rows.assign(reference=(names == group.reference).astype("float64"))
    rows = rows[names.isin([group.focus, group.reference])].reset_index(drop=True)
    years = rows.groupby("student_id")["school_year"].nunique()
    same = rows[rows["student_id"].isin(years.index[years > 1])].reset_index(drop=True)
    held = {"as is": (), "mix held constant": tuple(others), "same students": ()}
    return [
        _compare(
            same if kind == "same students" else rows,
            kind=kind,
            group=group,
            held=held[kind],
            years=(first, last),
            ci_level=ci_level,
        )
        for kind in KINDS
    ]


def _compare(
    rows: pd.DataFrame,
    *,
    kind: str,
    group: StudentGroup,
    held: Sequence[StudentGroup],
    years: tuple[str, str],
    ci_level: float,
) -> SteadyGap:
    later = (rows["school_year"] == years[1]).to_numpy(dtype="float64")
    reference = rows["reference"].to_numpy(dtype="float64")
    counts = {value: [int(((later == at) & (reference == value)).sum()) for at in (0, 1)] for value in (0, 1)}
    estimates: dict[str, Estimate | None] = {"earlier": None, "later": None, "change": None}
    reason = ""
    try:
        fit = fit_clustered(
            outcome=rows["standing"].to_numpy(dtype="float64"),
            design=np.column_stack([np.ones(len(rows)), later, reference, reference * later, _hold(rows, kind, held)]),
            names=[
                "constant",
                "later",
                "gap",
                "change",
                *(f"held {at}" for at in range(_hold(rows, kind, held).shape[1])),
            ],
            clusters=name_teachers(rows).to_numpy(dtype=object).astype("U"),
            ci_level=ci_level,
        )
        estimates = {
            "earlier": fit.coefficient("gap"),
            "later": fit.contrast({"gap": 1.0, "change": 1.0}),
            "change": fit.coefficient("change"),
        }
    except TooFewError as error:
        reason = str(error)
    return SteadyGap(
        group=group,
        kind=kind,
        first=years[0],
        last=years[1],
        n_focus=min(counts[0]),
        n_reference=min(counts[1]),
        reason=reason,
        **estimates,
    )


def _hold(rows: pd.DataFrame, kind: str, held: Sequence[StudentGroup]) -> FloatArray:
    """Dummies of grades and of the other groups, without those that do not vary or repeat another."""
    columns: list[FloatArray] = []
    if kind == "mix held constant":
        grades = sorted(rows["grade"].dropna().unique(), key=order_grade)
        columns += [(rows["grade"] == grade).to_numpy(dtype="float64") for grade in grades[1:]]
        for group in held:
            names = name_categories(rows[group.column]).fillna("not known")
            columns += [(names == value).to_numpy(dtype="float64") for value in sorted(names.unique())[1:]]
    kept: list[FloatArray] = []
    base = np.ones((len(rows), 1))
    for column in columns:
        tried = np.column_stack([base, *kept, column])
        if np.linalg.matrix_rank(tried) == tried.shape[1]:
            kept.append(column)
    return np.column_stack(kept) if kept else np.empty((len(rows), 0))
