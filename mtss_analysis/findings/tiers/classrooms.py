"""Whether classrooms of the same grade differ in how many students need support; no classroom is named or counted."""

from collections.abc import Sequence

import pandas as pd
from scipy.stats import chi2

from mtss_analysis.measures.tiers import OVERALL, WINDOWS

LEAST_CLASSROOMS = 3
"""A grade with fewer classrooms would point at a teacher."""
LEAST_EXPECTED = 1.0
"""Classrooms in which fewer students are expected in or out of support say nothing.

References
----------
Cochran (1954), Biometrics 10, 417-451, on how small expected counts may be.
"""

_KEYS = ["district_id", "school_id", "school_year", "window"]
_COLUMNS = ["scope", *_KEYS, "n_classrooms", "n_grades", "p_value"]


def compare_classrooms(placed: pd.DataFrame, *, domains: Sequence[str]) -> pd.DataFrame:
    """Compare the classrooms of each grade in each school's latest window.

    Parameters
    ----------
    placed : DataFrame
        From :func:`mtss_analysis.measures.tiers.place_students`.
    domains : sequence of str
        Domains of the tiers table.

    Returns
    -------
    DataFrame
        ``scope, district_id, school_id, school_year, window, n_classrooms, n_grades, p_value``: that all classrooms of
        a grade have the same share of students in Tier 2 or Tier 3, chi-square over grades with three classrooms or
        more.
    """
    empty = pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})
    if placed.empty or "classroom_id" not in placed:
        return empty
    order = placed["school_year"] + placed["window"].map({name: str(at) for at, name in enumerate(WINDOWS)})
    latest = placed[order == order.groupby([placed["district_id"], placed["school_id"]]).transform("max")]
    found = [_compare(latest, scope=scope) for scope in (OVERALL, *domains)]
    return pd.concat([one for one in found if len(one)] or [empty], ignore_index=True)


def _compare(latest: pd.DataFrame, *, scope: str) -> pd.DataFrame:
    known = latest[latest[scope].isin(["1", "2", "3"]) & latest["classroom_id"].notna()]
    known = known.assign(supported=known[scope].isin(["2", "3"]))
    grade = [*_KEYS, "grade"]
    rooms = known.groupby([*grade, "classroom_id"], sort=True)["supported"].agg(n="size", k="sum").reset_index()
    every = rooms.groupby(grade, sort=True)
    expected = rooms["n"] * every["k"].transform("sum") / every["n"].transform("sum")
    usable = (expected >= LEAST_EXPECTED) & (rooms["n"] - expected >= LEAST_EXPECTED)
    rooms = rooms[usable]
    rooms = rooms[rooms.groupby(grade, sort=True)["n"].transform("size") >= LEAST_CLASSROOMS]
    if rooms.empty:
        return pd.DataFrame()
    by_grade = rooms.groupby(grade, sort=True)
    share = by_grade["k"].transform("sum") / by_grade["n"].transform("sum")
    parts = (rooms["k"] - rooms["n"] * share) ** 2 / (rooms["n"] * share * (1 - share))
    # Students of a grade are shared out, not drawn: the statistic is larger by n / (n - 1).
    sizes = by_grade["n"].transform("sum")
    parts = parts * (sizes - 1) / sizes
    summed = rooms.assign(statistic=parts).groupby(_KEYS, sort=True)
    found = summed.agg(statistic=("statistic", "sum"), n_classrooms=("n", "size"), n_grades=("grade", "nunique"))
    p_value = chi2.sf(found["statistic"], found["n_classrooms"] - found["n_grades"])
    return found.assign(scope=scope, p_value=p_value).reset_index()[_COLUMNS]
