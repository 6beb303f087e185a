"""Which schools stand apart from the others beyond the differences that schools ordinarily have."""

import numpy as np
import pandas as pd
from scipy.special import stdtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats import adjust_p_values, draw_funnel_of_means, rank_units, shrink

LEAST_SCHOOLS = 3
HIGHER, LOWER, WITHIN, CANNOT_TELL = "higher", "lower", "as others", "cannot tell"
STAND_COLUMNS = (
    "target", "tau", "chance_low", "chance_high", "low", "high", "p_value", "q_value", "verdict", "shrunken",
    "shrunken_low", "shrunken_high", "rank_low", "rank_high", "n_schools",
)  # fmt: skip


def stand_apart(points: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Add funnel limits, shrunken means, likely places and verdicts to schools' estimates.

    Parameters
    ----------
    points : DataFrame
        One row per school: ``like``, ``like_se``, ``status``; only rows that are "ok" are compared.
    settings : Settings
        Confidence level and false-discovery rate.

    Returns
    -------
    DataFrame
        With ``STAND_COLUMNS``: the precision-weighted mean of the schools (``target``), the standard deviation between
        schools beyond chance (``tau``), limits of each school by chance alone and with ``tau``, p- and q-values, the
        ``verdict`` ("higher", "lower", "as others", or "cannot tell" with fewer than three schools), the shrunken
        estimate, and the places that are likely. Missing where there is none.

    Notes
    -----
    The test allows for the differences that nearly all schools have: it asks which schools are unlike the others, not
    whether two schools differ, which with enough students they always do. Its reference is the t distribution with one
    degree of freedom less than there are schools, because the spread between schools is estimated.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202: funnel plots with additive overdispersion.
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    added = points.assign(**dict.fromkeys(STAND_COLUMNS, np.nan)).assign(verdict=CANNOT_TELL, n_schools=0)
    known = (points["status"] == "ok").to_numpy()
    estimates = points.loc[known, "like"].to_numpy(dtype="float64")
    errors = points.loc[known, "like_se"].to_numpy(dtype="float64")
    k = int(known.sum())
    added["n_schools"] = k
    if k < LEAST_SCHOOLS:
        return added
    level = settings.ci_level
    chance = draw_funnel_of_means(estimates=estimates, std_errors=errors, level=level, overdispersed=False)
    funnel = draw_funnel_of_means(estimates=estimates, std_errors=errors, level=level)
    try:
        shrunken = shrink(estimates=estimates, std_errors=errors, ci_level=level)
        ranks = rank_units(estimates=estimates, std_errors=errors, ci_level=level)
    except TooFewError:
        return added
    scores = (estimates - funnel.target) / np.sqrt(errors**2 + funnel.tau**2)
    p_values = np.asarray(2 * stdtr(k - 1, -np.abs(scores)), dtype=np.float64)
    q_values = adjust_p_values(p_values)
    apart = q_values <= settings.false_discovery_rate
    values = {
        "target": np.full(k, funnel.target), "tau": np.full(k, funnel.tau),
        "chance_low": chance.low, "chance_high": chance.high, "low": funnel.low, "high": funnel.high,
        "p_value": p_values, "q_value": q_values, "shrunken": shrunken.estimates,
        "shrunken_low": shrunken.ci_low, "shrunken_high": shrunken.ci_high,
        "rank_low": ranks.ci_low.astype(np.float64), "rank_high": ranks.ci_high.astype(np.float64),
    }  # fmt: skip
    for name, column in values.items():
        added.loc[known, name] = column
    added.loc[known, "verdict"] = np.where(~apart, WITHIN, np.where(scores > 0, HIGHER, LOWER))
    return added
