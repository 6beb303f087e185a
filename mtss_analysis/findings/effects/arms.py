"""Students with the arm to which they were first assigned, and the difference between two arms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.arm_covariates import find_fall_scores, list_arm_covariates
from mtss_analysis.findings.frames import name_schools
from mtss_analysis.findings.settings import EffectQuestion, Indicator
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
        Adjusted for where, when and in which grade students were assigned and for ``adjusted_for``, in the unit of the
        outcome; None: see ``reason``.
    n_treated, n_comparison : int
        Students with an outcome.
    classrooms_treated, classrooms_comparison : int
        Their classrooms.
    n_clusters : int
        Units between which chance is reckoned.
    adjusted_for : tuple of str
        What else the difference is adjusted for, such as the fall score.
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
    adjusted_for: tuple[str, ...] = ()


def join_arms(
    tables: Callable[[str], pd.DataFrame], *, scores: pd.DataFrame, indicator: Indicator | None = None
) -> pd.DataFrame:
    """Put each student's arm beside the scores.

    Parameters
    ----------
    tables : callable
        Gives ``services`` and ``interventions``, and ``screenings`` where an indicator is given.
    scores : DataFrame
        From :func:`mtss_analysis.findings.frames.place_scores`.
    indicator : Indicator or None
        Whose scores they are, to find those of the fall before; None: without them.

    Returns
    -------
    DataFrame
        Rows of students who were assigned at random in that year or before, with ``arm`` (the last assignment up to
        that year), ``stratum`` (school, year and grade within which chance first decided; where the service names no
        school, the school of enrolment), ``school`` and ``classroom`` (clusters), ``fall_score`` (see
        :func:`mtss_analysis.findings.effects.arm_covariates.find_fall_scores`).
    """
    arms = assign_arms(services=tables("services"), interventions=tables("interventions"))
    years = [
        year.merge(arms_in_year(arms, school_year=str(name)), on="student_id", how="inner", validate="many_to_one")
        for name, year in scores.groupby("school_year", sort=True)
    ]
    joined = pd.concat(years, ignore_index=True)
    school = name_schools(joined)
    grade = _look_up(joined, scores=scores, year="first_year", column="grade").fillna("")
    joined = joined.assign(
        school=school,
        stratum=_name_first_schools(joined, scores=scores) + " " + joined["first_year"] + " " + grade,
        classroom=school + " " + cluster_ids(joined),
        since_grade=_look_up(joined, scores=scores, year="since", column="grade"),
    )
    if indicator is None:
        return joined.assign(fall_score=np.nan)
    return joined.assign(fall_score=find_fall_scores(joined, screenings=tables("screenings"), indicator=indicator))


def _look_up(joined: pd.DataFrame, *, scores: pd.DataFrame, year: str, column: str) -> pd.Series:
    """Look up what students' enrolment said in another year."""
    keys = ["student_id", "school_year"]
    enrolled = scores.drop_duplicates(keys).set_index(keys)[column]
    return enrolled.reindex(pd.MultiIndex.from_frame(joined[["student_id", year]])).set_axis(joined.index)


def _name_first_schools(joined: pd.DataFrame, *, scores: pd.DataFrame) -> pd.Series:
    """Name the school at which chance first decided: that of the service, or else of enrolment then, or else now."""
    then = _look_up(joined, scores=scores, year="first_year", column="school_id")
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
    covariates = list_arm_covariates(known)
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
                covariates=covariates,
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
        adjusted_for=tuple(name for name in covariates if difference is not None and name == "fall score"),
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
    rest = np.column_stack([*columns[1:], *list_arm_covariates(known).values(), indicators])
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
    covariates: Mapping[str, FloatArray],
) -> Estimate:
    design = {"treated": treated.astype("float64"), **covariates}
    other = ~(treated | compared)
    if other.any():
        design["other"] = other.astype("float64")
    fit = fit_clustered(
        outcome=known[outcome].to_numpy(dtype="float64"),
        design=np.column_stack(list(design.values())),
        names=list(design),
        clusters=known[cluster_by].to_numpy(dtype=object).astype("U"),
        absorb=known["stratum"].to_numpy(dtype=object).astype("U"),
        ci_level=ci_level,
    )
    return fit.coefficient("treated")
