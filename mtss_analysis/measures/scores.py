"""Scores of enrolled students, and how they stand among the state's."""

from typing import Literal

import numpy as np
import pandas as pd

Follow = Literal["cohort", "grade"]
ALIKE = 1e-12


def join_scores(*, enrollments: pd.DataFrame, screenings: pd.DataFrame, measure: str, window: str) -> pd.DataFrame:
    """Put each enrolled student's score of one measure and window beside the enrolment.

    Parameters
    ----------
    enrollments : DataFrame
        One row per student, school and school year.
    screenings : DataFrame
        One row per student, school year, window and measure; a student without a row was not screened.
    measure, window : str
        Which score.

    Returns
    -------
    DataFrame
        The rows and columns of ``enrollments`` with ``score`` (the measure's unit, missing: not screened),
        sorted by school year, school and student.

    Notes
    -----
    A score belongs to the school at which it was taken, so a student who changed schools during the year is *not
    screened* at the other one. Where ``screenings`` names no school, the score stands beside every enrolment of
    that year.
    """
    wanted = screenings[(screenings["measure"] == measure) & (screenings["window"] == window)]
    keys = ["student_id", "school_year"]
    if "school_id" in wanted.columns and wanted["school_id"].notna().all():
        keys.append("school_id")
    scores = wanted[[*keys, "score"]].drop_duplicates(keys)
    joined = enrollments.merge(scores, on=keys, how="left", validate="many_to_one")
    return joined.sort_values(["school_year", "school_id", "student_id"], ignore_index=True)


def summarise_norms(
    *, scores: pd.DataFrame, follow: Follow, cut_score: float | None, cut_percentile: float | None
) -> pd.DataFrame:
    """Summarise the state's scores, against which a school's are read.

    Parameters
    ----------
    scores : DataFrame
        ``school_year``, ``grade``, ``score`` of all students of the state, one measure.
    follow : {'cohort', 'grade'}
        ``cohort``: one norm per year and grade. ``grade``: one norm per grade over all years, repeated for each
        year, so that a state that improves is seen to improve.
    cut_score : float or None
        The cut in the measure's unit.
    cut_percentile : float or None
        The cut as a percentile of the state's scores, 0 to 100, where there is no ``cut_score``.

    Returns
    -------
    DataFrame
        ``school_year``, ``grade``, ``n``, ``mean``, ``sd``, ``cut`` (missing where no cut was asked for), in the
        measure's unit; grades with fewer than two scores have a missing ``sd``.
    """
    keys = ["school_year", "grade"]
    by = keys if follow == "cohort" else ["grade"]
    known = scores[scores["score"].notna()]
    grouped = known.groupby(by, sort=True)["score"]
    norms = grouped.agg(n="size", mean="mean", sd="std").reset_index()
    if cut_score is not None:
        norms["cut"] = float(cut_score)
    elif cut_percentile is not None:
        cuts = grouped.quantile(cut_percentile / 100).rename("cut").reset_index()
        norms = norms.merge(cuts, on=by)
    else:
        norms["cut"] = np.nan
    if follow == "grade":
        norms = known[keys].drop_duplicates().merge(norms, on="grade")
    return norms.sort_values(keys, ignore_index=True)


def add_standing(*, scores: pd.DataFrame, norms: pd.DataFrame) -> pd.DataFrame:
    """Add how each student stands among the state's students.

    Parameters
    ----------
    scores : DataFrame
        ``school_year``, ``grade``, ``score``.
    norms : DataFrame
        From :func:`summarise_norms`.

    Returns
    -------
    DataFrame
        ``scores`` with ``standing`` (standard deviations of the state's scores above the state's mean) and
        ``below_cut`` (0 or 100, percent; missing where there is no score or no cut). Where all of the state's scores
        are alike, standing is missing.
    """
    norms = norms.rename(columns={"mean": "norm_mean", "sd": "norm_sd"})
    joined = scores.merge(
        norms[["school_year", "grade", "norm_mean", "norm_sd", "cut"]],
        on=["school_year", "grade"],
        how="left",
        validate="many_to_one",
    )
    # Scores that are all alike have no standing; rounding can leave them a spread of some 1e-17.
    spread = joined["norm_sd"].where(joined["norm_sd"] > ALIKE * joined["norm_mean"].abs())
    joined["standing"] = (joined["score"] - joined["norm_mean"]) / spread
    below = 100.0 * (joined["score"] < joined["cut"]).astype("float64")
    joined["below_cut"] = below.where(joined["score"].notna() & joined["cut"].notna())
    return joined.drop(columns=["norm_mean", "norm_sd", "cut"])
