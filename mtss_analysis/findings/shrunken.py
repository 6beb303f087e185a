"""Schools' estimates drawn towards the mean of all, in a frame of one row per school."""

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import shrink


def add_shrunken(schools: pd.DataFrame, *, estimate: str, std_error: str, ci_level: float) -> pd.DataFrame:
    """Add the shrunken estimate of each school that has an estimate of its own.

    Parameters
    ----------
    schools : DataFrame
        One row per school.
    estimate, std_error : str
        Columns of the estimates and of their standard errors; missing or not above zero: not shrunken.
    ci_level : float
        Probability between the limits, 0 to 1.

    Returns
    -------
    DataFrame
        With ``shrunken``, ``shrunken_low``, ``shrunken_high`` (missing where there is none, and everywhere if fewer
        than three schools have an estimate) and ``n_schools``, how many were shrunken together.
    """
    added = schools.assign(shrunken=np.nan, shrunken_low=np.nan, shrunken_high=np.nan, n_schools=0)
    known = schools[estimate].notna() & (schools[std_error] > 0)
    try:
        shrunken = shrink(
            estimates=schools.loc[known, estimate].to_numpy(dtype="float64"),
            std_errors=schools.loc[known, std_error].to_numpy(dtype="float64"),
            ci_level=ci_level,
        )
    except TooFewError:
        return added
    added.loc[known, "shrunken"] = shrunken.estimates
    added.loc[known, "shrunken_low"] = shrunken.ci_low
    added.loc[known, "shrunken_high"] = shrunken.ci_high
    added["n_schools"] = int(known.sum())
    return added
