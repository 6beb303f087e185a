"""Whether an intervention was delivered as designed: minutes and fidelity, per school and over all."""

import pandas as pd

from mtss_analysis.findings.effects.designs import Pupils

COLUMNS = ("district_id", "school_id", "n_served", "dose_pct", "fidelity_pct", "recorded_pct")
TOGETHER = ""
"""``school_id`` of the row that holds all schools together."""


def describe_delivery(services: pd.DataFrame) -> pd.DataFrame:
    """Describe the delivery of one intervention in every school and over all.

    Parameters
    ----------
    services : DataFrame
        Its rows of ``services``; minutes and fidelity may be missing.

    Returns
    -------
    DataFrame
        One row per school and one for all (``school_id`` empty): ``n_served`` (students), ``dose_pct`` (minutes
        delivered
        of those planned), ``fidelity_pct`` (mean over participations), ``recorded_pct`` (participations with fidelity).
    """
    if services.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    named = services.assign(
        district_id=services.get("district_id", ""),
        school_id=services["school_id"].fillna("?") if "school_id" in services else "?",
    )
    rows = [{"district_id": "", "school_id": TOGETHER, **_describe(named)}]
    for (district, school), part in named[named["school_id"] != "?"].groupby(["district_id", "school_id"], sort=True):
        rows.append({"district_id": district, "school_id": school, **_describe(part)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def count_served(pupils: Pupils) -> tuple[int, int]:
    """Count participations (students and years) and the years in which there were any."""
    return len(pupils.services.drop_duplicates(["student_id", "school_year"])), int(
        pupils.services["school_year"].nunique()
    )


def _describe(services: pd.DataFrame) -> dict[str, float]:
    both = (
        services.dropna(subset=["minutes_planned", "minutes_delivered"])
        if {"minutes_planned", "minutes_delivered"} <= set(services)
        else services.iloc[:0]
    )
    planned = float(both["minutes_planned"].sum()) if len(both) else 0.0
    fidelity = services["fidelity_pct"].dropna() if "fidelity_pct" in services else pd.Series(dtype="float64")
    return {
        "n_served": int(services["student_id"].nunique()),
        "dose_pct": 100 * float(both["minutes_delivered"].sum()) / planned if planned > 0 else float("nan"),
        "fidelity_pct": float(fidelity.mean()) if len(fidelity) else float("nan"),
        "recorded_pct": 100 * len(fidelity) / len(services),
    }
