"""Students with the arm to which they were first assigned, and the difference between two arms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.settings import EffectQuestion
from mtss_analysis.findings.trends.slopes import cluster_ids
from mtss_analysis.measures import arms_in_year, assign_arms
from mtss_analysis.measures.groups import order_grade
from mtss_analysis.stats import Estimate, fit_clustered
from mtss_analysis.stats.arrays import FloatArray

MIN_CLASSROOMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDifference:
    """The difference between the intervention's arm and the comparison's, in one year.

    Parameters
    ----------
    difference : Estimate or None
        Adjusted for where and when students were assigned, in the unit of the outcome; None: see ``reason``.
    n_treated, n_comparison : int
        Students with an outcome.
    classrooms_treated, classrooms_comparison : int
        Their classrooms.
    n_clusters : int
        Units between which chance is reckoned.
    """

    school_year: str
    grades: str
    difference: Estimate | None
    n_treated: int
    n_comparison: int
    classrooms_treated: int
    classrooms_comparison: int
    n_clusters: int
    reason: str


def join_arms(tables: Callable[[str], pd.DataFrame], *, scores: pd.DataFrame) -> pd.DataFrame:
    """Put each student's arm beside the scores.

    Parameters
    ----------
    tables : callable
        Gives ``services`` and ``interventions``.
    scores : DataFrame
        From :func:`mtss_analysis.findings.frames.place_scores`.

    Returns
    -------
    DataFrame
        Rows of students who were assigned at random in that year or before, with ``arm`` (the last assignment up to
        that year), ``stratum`` (school and year within which chance first decided; where the service names no school,
        the school of enrolment), ``school`` and ``classroom`` (clusters).
    """
    arms = assign_arms(services=tables("services"), interventions=tables("interventions"))
    years = [
        year.merge(arms_in_year(arms, school_year=str(name)), on="student_id", how="inner", validate="many_to_one")
        for name, year in scores.groupby("school_year", sort=True)
    ]
    joined = pd.concat(years, ignore_index=True)
    school = name_schools(joined)
    return joined.assign(
        school=school,
        stratum=_name_first_schools(joined, scores=scores) + " " + joined["first_year"],
        classroom=school + " " + cluster_ids(joined),
    )


def _name_first_schools(joined: pd.DataFrame, *, scores: pd.DataFrame) -> pd.Series:
    """Name the school at which chance first decided: that of the service, or else of enrolment then, or else now."""
    keys = ["student_id", "school_year"]
    enrolled = scores.drop_duplicates(keys).set_index(keys)["school_id"]
    then = enrolled.reindex(pd.MultiIndex.from_frame(joined[["student_id", "first_year"]])).set_axis(joined.index)
    first = joined["first_school_id"].fillna(then).fillna(joined["school_id"])
    if "first_district_id" not in joined:
        return first
    return joined["first_district_id"] + " " + first


def estimate_difference(
    rows: pd.DataFrame,
    *,
    question: EffectQuestion,
    outcome: str,
    cluster_by: Literal["classroom", "school"],
    ci_level: float,
) -> ArmDifference:
    """Estimate the difference between two arms in one year by intention to treat.

    Parameters
    ----------
    rows : DataFrame
        One school year of :func:`join_arms`, all arms.
    question : EffectQuestion
        Which two arms; other arms are kept in the model as a group of their own.
    outcome : str
        ``score`` or ``standing``.
    cluster_by : {'classroom', 'school'}
        Classrooms within one school, schools across a state.
    ci_level : float
        Confidence level, 0 to 1.

    Returns
    -------
    ArmDifference
        With the reason where it cannot be estimated.
    """
    known = rows[rows[outcome].notna()]
    treated = (known["arm"] == question.intervention_id).to_numpy()
    compared = (known["arm"] == question.comparison_id).to_numpy()
    classrooms = (
        int(known["classroom"][treated].nunique()),
        int(known["classroom"][compared].nunique()),
    )
    difference, reason = None, _too_few(question, treated, compared, classrooms)
    if reason and treated.any() and compared.any() and known["classroom_id"].isna().all():
        reason = "its classrooms are not recorded, so chance cannot be reckoned between them"
    if not reason and len(set(known[outcome])) < 2:
        reason = "all scores are alike"
    if not reason:
        try:
            difference = _fit(
                known=known,
                treated=treated,
                compared=compared,
                outcome=outcome,
                cluster_by=cluster_by,
                ci_level=ci_level,
            )
        except TooFewError:
            reason = "too few of its classrooms can be compared to say how sure the difference is"
    return ArmDifference(
        school_year=str(rows["school_year"].iloc[0]) if len(rows) else "",
        grades=",".join(sorted(set(rows["grade"].dropna()), key=order_grade)),
        difference=difference,
        n_treated=int(treated.sum()),
        n_comparison=int(compared.sum()),
        classrooms_treated=classrooms[0],
        classrooms_comparison=classrooms[1],
        n_clusters=int(known[cluster_by].nunique()),
        reason=reason,
    )


def weigh_rows(rows: pd.DataFrame, *, question: EffectQuestion, outcome: str) -> FloatArray:
    """Find the weight of each known outcome in the adjusted difference, which is their weighted sum.

    Parameters
    ----------
    rows : DataFrame
        One school year of :func:`join_arms`; rows without the outcome weigh nothing and are left out.
    question : EffectQuestion
        Which two arms.
    outcome : str
        ``score`` or ``standing``.

    Returns
    -------
    (n_known,) float array
        Weights that sum to one over the treated and to minus one over the comparison, where there is one stratum.

    Raises
    ------
    TooFewError
        No stratum holds both arms.
    """
    known = rows[rows[outcome].notna()]
    treated = (known["arm"] == question.intervention_id).to_numpy(dtype="float64")
    other = ~known["arm"].isin([question.intervention_id, question.comparison_id]).to_numpy()
    columns = [treated] + ([other.astype("float64")] if other.any() else [])
    strata, _ = pd.factorize(known["stratum"], sort=True)
    indicators = np.eye(strata.max() + 1)[strata] if len(strata) else np.zeros((0, 0))
    rest = np.column_stack([*columns[1:], indicators])
    beta, *_ = np.linalg.lstsq(rest, treated, rcond=None)
    left = treated - rest @ beta
    scale = float(left @ left)
    if scale < 1e-9:
        raise TooFewError("no school and year of assignment holds both groups")
    return np.asarray(left / scale, dtype=np.float64)


def _too_few(question: EffectQuestion, treated: np.ndarray, compared: np.ndarray, classrooms: tuple[int, int]) -> str:
    if not treated.any():
        return f"no student with a score was assigned to {question.label}"
    if not compared.any():
        return f"no student with a score was assigned to {question.comparison_label}"
    for label, count in zip((question.label, question.comparison_label), classrooms, strict=True):
        if count < MIN_CLASSROOMS:
            return f"only one classroom stands for {label}, so its teacher and the class type cannot be told apart"
    return ""


def _fit(
    *,
    known: pd.DataFrame,
    treated: np.ndarray,
    compared: np.ndarray,
    outcome: str,
    cluster_by: str,
    ci_level: float,
) -> Estimate:
    other = ~(treated | compared)
    columns, names = [treated.astype("float64")], ["treated"]
    if other.any():
        columns.append(other.astype("float64"))
        names.append("other")
    fit = fit_clustered(
        outcome=known[outcome].to_numpy(dtype="float64"),
        design=np.column_stack(columns),
        names=names,
        clusters=known[cluster_by].to_numpy(dtype=object).astype("U"),
        absorb=known["stratum"].to_numpy(dtype=object).astype("U"),
        ci_level=ci_level,
    )
    return fit.coefficient("treated")
