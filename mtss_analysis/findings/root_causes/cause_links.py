"""Whether, across schools, a candidate root cause goes with a trend."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.stats import adjust_families, adjust_p_values
from mtss_analysis.stats.meta_regression import regress_estimates

LEAST_SCHOOLS_FOR_LINK = 10
"""Schools below which it is not asked whether a cause goes with a trend.

References
----------
Cochrane Handbook 6, section 10.11.5.1: at least ten studies for each characteristic that is modelled.
"""
LEAST_WITHOUT = 3
"""Schools in which the cause is not seen: where it is seen nearly everywhere, schools do not tell."""
EVERYWHERE = "it is seen nearly everywhere, so schools do not tell"
LINK_COLUMNS = (
    "population", "cause", "trend", "n_schools", "n_seen", "estimate", "std_error", "ci_low", "ci_high", "p_value",
    "q_value", "cause_p_value", "cause_q_value", "status", "reason",
)  # fmt: skip

School = tuple[str, str]


def link_causes(
    causes: Sequence[Cause],
    *,
    seen: Mapping[str, Mapping[School, bool]],
    concerns: pd.DataFrame,
    population: str,
    ci_level: float,
    rate: float,
) -> pd.DataFrame:
    """Compare the trends of schools in which a cause is seen with those of the others, for every trend of concern.

    Parameters
    ----------
    causes : sequence of Cause
        Candidate causes.
    seen : mapping of cause id to mapping of school to bool
        Whether the school shows it; schools that could not be judged are left out.
    concerns : DataFrame
        From :func:`mtss_analysis.findings.root_causes.concerns.gather_concerns`, one population.
    population : str
        The district, or ``state``.
    ci_level, rate : float
        Confidence level and false-discovery rate, 0 to 1.

    Returns
    -------
    DataFrame
        ``LINK_COLUMNS``, one row per cause and trend: ``estimate``, by how much the trend worsens more, a year, where
        the cause is seen; one-sided ``p_value``, since only this direction is claimed; ``cause_q_value`` of the cause
        over all its trends (Simes' p-value, adjusted over the causes), ``q_value`` of the trend among those of a cause
        that was told apart. ``status`` is "ok" or "not_estimable" with the ``reason``.

    Notes
    -----
    Whether a school shows the cause enters as yes or no, which is what packets print: a regression on the shares
    themselves would give a withheld one away. Schools of which it cannot be told count with those that do not show it.
    A trend of its own measure is no evidence for a cause: chronic absence is not set against its own rise. Whether a
    cause is seen somewhere depends on its values alone, and whether a trend is concerning somewhere on the trends
    alone, so choosing the pairs by both leaves the test of their going together valid.

    References
    ----------
    Benjamini & Bogomolov (2014), Journal of the Royal Statistical Society B 76, 297-318.
    """
    rows: list[dict[str, object]] = []
    for cause in causes:
        for trend, own in concerns.groupby("trend", sort=False):
            if str(trend) != cause.shown_by:
                rows.append(
                    {"population": population, "cause": cause.id, "trend": str(trend)}
                    | _link(own, seen=seen.get(cause.id, {}), ci_level=ci_level)
                )
    frame = pd.DataFrame(rows, columns=list(LINK_COLUMNS))
    return _adjust(frame, rate=rate) if len(frame) else frame


def _link(trends: pd.DataFrame, *, seen: Mapping[School, bool], ci_level: float) -> dict[str, object]:
    usable = trends[(trends["status"] == "ok") & (trends["std_error"] > 0)]
    pairs = list(usable[["district_id", "school_id"]].itertuples(index=False, name=None))
    there = np.array([pair in seen for pair in pairs], dtype=np.bool_)
    marked = np.array([seen[pair] for pair, here in zip(pairs, there, strict=True) if here], dtype=np.float64)
    n_seen, n_schools = int(marked.sum()), marked.size
    reason = ""
    if not seen:
        reason = "nothing that is measured school by school shows it"
    elif not trends["concerning"].any():
        reason = "the trend is concerning in no school"
    elif not n_seen:
        reason = "it is seen in no school of which the trend is known"
    elif n_schools - n_seen < LEAST_WITHOUT:
        reason = EVERYWHERE
    elif n_schools < LEAST_SCHOOLS_FOR_LINK:
        reason = f"that takes {LEAST_SCHOOLS_FOR_LINK} schools, and there are {n_schools}"
    if reason:
        return {"n_schools": n_schools, "n_seen": n_seen, "status": "not_estimable", "reason": reason}
    try:
        slope = regress_estimates(
            estimates=usable["worsening"].to_numpy(dtype="float64")[there],
            std_errors=usable["std_error"].to_numpy(dtype="float64")[there],
            moderator=marked,
            ci_level=ci_level,
        )
    except TooFewError as error:
        return {"n_schools": n_schools, "n_seen": n_seen, "status": "not_estimable", "reason": str(error)}
    worse = slope.p_value / 2 if slope.estimate > 0 else 1 - slope.p_value / 2
    return {
        "n_schools": n_schools, "n_seen": n_seen, "estimate": slope.estimate, "std_error": slope.std_error,
        "ci_low": slope.ci_low, "ci_high": slope.ci_high, "p_value": worse, "status": "ok", "reason": "",
    }  # fmt: skip


def _adjust(frame: pd.DataFrame, *, rate: float) -> pd.DataFrame:
    """Choose the causes that go with their trends, then the trends of each."""
    names = list(dict.fromkeys(frame["cause"]))
    p_values = frame["p_value"].to_numpy(dtype="float64")
    members = [p_values[(frame["cause"] == name).to_numpy()] for name in names]
    families = np.array([_simes(own) for own in members], dtype=np.float64)
    adjusted = adjust_families(families=families, members=members, rate=rate)
    out = frame.copy()
    for at, name in enumerate(names):
        mine = (frame["cause"] == name).to_numpy()
        out.loc[mine, "cause_p_value"] = families[at]
        out.loc[mine, "cause_q_value"] = adjusted.of_families[at]
        out.loc[mine, "q_value"] = adjusted.of_members[at]
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "q_value", "cause_p_value", "cause_q_value"]
    return out.astype(dict.fromkeys(numbers, "float64"))


def _simes(p_values: np.ndarray) -> float:
    q_values = adjust_p_values(p_values)
    return float(np.nanmin(q_values)) if np.isfinite(q_values).any() else np.nan
