"""What sharpens the comparison of two arms: the score of the fall in which chance decided."""

import numpy as np
import pandas as pd

from mtss_analysis.findings.settings import Indicator
from mtss_analysis.stats.arrays import FloatArray

LEAST_KNOWN = 0.7
"""Share of students of whom a fall score must be known before it is used, a convention of this kit."""
LEAST_STUDENTS = 20
"""Students with an outcome below which nothing is adjusted for, a convention of this kit."""
SHORTLY_DAYS = 42
"""Days after the start up to which a fall score still stands for the time before, a convention of this kit."""


def find_fall_scores(joined: pd.DataFrame, *, screenings: pd.DataFrame, indicator: Indicator) -> pd.Series:
    """Find each student's score of the same measure in the fall of the last assignment.

    Parameters
    ----------
    joined : DataFrame
        ``student_id``, ``since`` (school year of the last assignment), ``started`` (its day).
    screenings : DataFrame
        ``student_id``, ``school_year``, ``window``, ``measure``, ``score``; ``date`` where it is known.
    indicator : Indicator
        Which outcome; of one that is itself taken in fall there is no earlier score.

    Returns
    -------
    (n,) float Series
        In standard deviations of those assigned in that year who sat the test in the same grade; missing where no score
        is known, or where it was taken more than six weeks after the assignment began.
    """
    nothing = pd.Series(np.nan, index=joined.index)
    if indicator.window == "fall" or "window" not in screenings:
        return nothing
    mine = screenings[(screenings["measure"] == indicator.measure) & (screenings["window"] == "fall")]
    keys = ["student_id", "school_year"]
    mine = mine.dropna(subset=["score"]).drop_duplicates(keys).set_index(keys)
    asked = pd.MultiIndex.from_frame(joined[["student_id", "since"]], names=keys)
    score = pd.Series(mine["score"].reindex(asked).to_numpy(dtype="float64"), index=joined.index)
    if "date" in mine:
        taken = pd.Series(pd.to_datetime(mine["date"]).reindex(asked).to_numpy(), index=joined.index)
        late = (taken - pd.to_datetime(joined["started"])).dt.days > SHORTLY_DAYS
        score = score.mask(late)
    cells = score.groupby([joined["since"], joined["since_grade"]], dropna=False)
    spread = cells.transform("std")
    return ((score - cells.transform("mean")) / spread).where(spread > 0)


def list_arm_covariates(known: pd.DataFrame) -> dict[str, FloatArray]:
    """List the columns by which the difference between two arms is adjusted, besides where and when chance decided.

    A fall score that is not known is set to the mean and marked by a column of its own, which in a comparison by lot
    leaves the difference unbiased.

    Parameters
    ----------
    known : DataFrame
        Students with an outcome: ``fall_score`` of :func:`find_fall_scores`, ``stratum``.

    Returns
    -------
    dict of str to (n,) float array
        Empty where too few fall scores are known. Each column varies within strata.

    References
    ----------
    Puma, Olsen, Bell & Price (2009), What to Do When Data Are Missing in Group Randomized Controlled Trials,
    NCEE 2009-0049: dummy-variable adjustment. Institute of Education Sciences.
    """
    if "fall_score" not in known or len(known) < LEAST_STUDENTS:
        return {}
    score = known["fall_score"]
    if score.notna().mean() < LEAST_KNOWN:
        return {}
    columns = {"fall score": score.fillna(0.0), "no fall score": score.isna().astype("float64")}
    varying = {}
    for name, column in columns.items():
        within = column - column.groupby(known["stratum"]).transform("mean")
        if float((within**2).mean()) > 1e-6:
            varying[name] = column.to_numpy(dtype="float64")
    return varying if "fall score" in varying else {}
