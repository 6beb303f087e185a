"""Which trends many schools share: the average change of all schools, and how many rise or fall."""

import numpy as np
import pandas as pd

from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.verdicts import GOOD_SIGN
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import adjust_p_values, pool_estimates

LEAST_SCHOOLS = 3
SHARED_BETTER, SHARED_WORSE, NOT_SHARED = "shared, for the better", "shared, for the worse", "not told apart"
KEYS = ["measure", "kind", "trend_grade", "group"]


def find_shared(trends: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Find the trends in mean standing that a set of schools shares: of whole schools, their groups and their grades.

    Shares below a cut are left out: they are printed only where they are neither small nor large, so the schools that
    have one are no fair sample.

    Parameters
    ----------
    trends : DataFrame
        One row per school and printable trend: ``measure, kind, trend_grade, group, slope, std_error, verdict``.
    settings : Settings
        Confidence level and false-discovery rate.

    Returns
    -------
    DataFrame
        One row per trend that at least three schools have: ``n_schools``, ``n_promising``, ``n_concerning``, ``mean``
        (change a year, averaged over schools that may differ), ``low``, ``high``, ``p_value``, ``q_value`` (over all
        these trends) and ``verdict``.
    """
    columns = [
        *KEYS,
        "n_schools",
        "n_promising",
        "n_concerning",
        "mean",
        "low",
        "high",
        "p_value",
        "q_value",
        "verdict",
    ]
    rows = []
    wanted = (trends["kind"] == "standing") & ((trends["trend_grade"] == ALL) | (trends["group"] == ALL))
    for keys, own in trends[wanted & (trends["std_error"] > 0)].groupby(KEYS, sort=True):
        if len(own) < LEAST_SCHOOLS:
            continue
        pooled = pool_estimates(
            estimates=own["slope"].to_numpy(dtype="float64"),
            std_errors=own["std_error"].to_numpy(dtype="float64"),
            ci_level=settings.ci_level,
        ).mean
        rows.append(
            dict(zip(KEYS, keys, strict=True))
            | {
                "n_schools": len(own),
                "n_promising": int((own["verdict"] == "promising").sum()),
                "n_concerning": int((own["verdict"] == "concerning").sum()),
                "mean": pooled.estimate,
                "low": pooled.ci_low,
                "high": pooled.ci_high,
                "p_value": pooled.p_value,
            }
        )
    if not rows:
        return pd.DataFrame(columns=columns)
    shared = pd.DataFrame(rows)
    shared["q_value"] = adjust_p_values(shared["p_value"].to_numpy(dtype="float64"))
    good = shared["mean"] * shared["kind"].map(GOOD_SIGN) > 0
    told = shared["q_value"] <= settings.false_discovery_rate
    shared["verdict"] = np.where(~told, NOT_SHARED, np.where(good, SHARED_BETTER, SHARED_WORSE))
    return shared[columns]
