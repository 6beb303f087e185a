"""In how many domains a student is at risk: reading, mathematics, behaviour, attendance."""

from collections.abc import Mapping

import pandas as pd

KEYS = ["district_id", "school_id", "school_year", "student_id"]
WINDOW_ORDER = {"fall": 0, "winter": 1, "spring": 2}


def find_low_scores(screenings: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """Find who scored below the cut in the latest window of a year.

    Parameters
    ----------
    screenings : DataFrame
        With ``district_id`` and each screening's own ``cut_score``; a score or a cut that is missing is not known.
    measure : str
        Id of the measure.

    Returns
    -------
    DataFrame
        One row per school, year and student with a score and a cut: ``low``.
    """
    rows = screenings[
        (screenings["measure"] == measure) & screenings["score"].notna() & screenings["school_id"].notna()
    ]
    rows = rows[rows["cut_score"].notna()] if "cut_score" in rows else rows.iloc[:0].assign(cut_score=0.0)
    rows = rows.assign(order=rows["window"].map(WINDOW_ORDER)).sort_values([*KEYS, "order"])
    last = rows.groupby(KEYS[:3])["order"].transform("max")
    latest = rows[rows["order"] == last].drop_duplicates(KEYS, keep="last")
    return latest[KEYS].assign(low=(latest["score"] < latest["cut_score"]).to_numpy()).reset_index(drop=True)


def count_domains(enrolled: pd.DataFrame, *, risks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the domains in which each student is at risk.

    Parameters
    ----------
    enrolled : DataFrame
        One row per school, year and student.
    risks : mapping of str to DataFrame
        For each domain one row per student that is known: the keys and ``low``.

    Returns
    -------
    DataFrame
        ``enrolled`` with ``n_domains``, missing where a domain that the student's school knows of others in that
        year is not
        known of the student.
    """
    result = enrolled.copy()
    total = pd.Series(0.0, index=result.index)
    for rows in risks.values():
        low = result[KEYS].merge(rows.drop_duplicates(KEYS), on=KEYS, how="left")["low"]
        there = result[KEYS[:3]].merge(rows[KEYS[:3]].drop_duplicates().assign(there=True), on=KEYS[:3], how="left")
        asked = there["there"].notna()
        known = low.astype("boolean").astype("Float64").astype("float64")
        total = total + known.where(asked.to_numpy(), 0.0).to_numpy()
    return result.assign(n_domains=total)
