"""A district's mean of its schools, as a state's overview compares districts."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mtss_analysis.findings.overview.stand import HIGHER, LOWER


def pool_districts(points: pd.DataFrame, *, roster: pd.DataFrame, ci_level: float) -> pd.DataFrame:
    """Pool the like-for-like means of each district's schools.

    Parameters
    ----------
    points : DataFrame
        Schools of one indicator with the columns of :func:`stand_apart`.
    roster : DataFrame
        ``district_id, district_name`` in the order of the rows wanted.
    ci_level : float
        Between 0 and 1.

    Returns
    -------
    DataFrame
        One row per district that has a school in ``points``: ``district_id, district_name, n_schools`` (compared),
        ``mean, low, high`` (weighted by precision, the spread between the state's schools included), ``n_apart``,
        ``n_withheld``.
    """
    half = float(ndtri((1 + ci_level) / 2))
    rows = []
    districts = roster[["district_id", "district_name"]].drop_duplicates("district_id")
    for district_id, district_name in districts.itertuples(index=False, name=None):
        own = points[points["district_id"] == district_id]
        if own.empty:
            continue
        shown = own[own["status"] == "ok"]
        tau = shown["tau"].fillna(0.0)
        weights = 1 / (shown["like_se"] ** 2 + tau**2)
        total = float(weights.sum())
        mean = float((weights * shown["like"]).sum()) / total if total else np.nan
        reach = half / np.sqrt(total) if total else np.nan
        rows.append(
            {
                "district_id": district_id,
                "district_name": district_name,
                "n_schools": len(shown),
                "mean": mean,
                "low": mean - reach,
                "high": mean + reach,
                "n_apart": int(shown["verdict"].isin([HIGHER, LOWER]).sum()),
                "n_withheld": int((own["status"] != "ok").sum()),
            }
        )
    columns = ["district_id", "district_name", "n_schools", "mean", "low", "high", "n_apart", "n_withheld"]
    return pd.DataFrame(rows, columns=columns)
