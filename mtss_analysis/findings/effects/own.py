"""Every school's own estimate by the chosen design, what may be printed of it, and all of them taken together."""

from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile, protect_counts, relations_by
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import (
    DesignResult,
    Pupils,
    decline,
    estimate_discontinuity,
    estimate_growth,
    estimate_weighted,
)
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.stats import Pooled, pool_estimates

BETWEEN_SCHOOLS = "the design compares schools with each other, so one school alone has nothing to be compared with"


def estimate_schools(pupils: Pupils, *, chosen: DesignResult | None, settings: Settings) -> pd.DataFrame:
    """Estimate the effect in every school by the design chosen for all.

    Parameters
    ----------
    pupils : Pupils
        Students of all schools.
    chosen : DesignResult or None
        The design for all schools together; None: none holds.
    settings : Settings
        Confidence level and disclosure profile.

    Returns
    -------
    DataFrame
        One row per school: ``district_id``, ``school_id``, ``estimate``, ``std_error``, ``df``, ``ci_low``,
        ``ci_high``,
        ``p_value``, ``n_treated``, ``n_comparison``, ``reason``, ``status``, ``shrunken``, ``shrunken_low``,
        ``shrunken_high``.
    """
    rows = []
    for school, part in pupils.rows.groupby("school", sort=True):
        result = _estimate_one(pupils.of_school(str(school)), chosen=chosen, settings=settings)
        rows.append({"school": school, **_place(part), **flatten_estimate(result)})
    columns = ["school", "district_id", "school_id", *flatten_estimate(decline("descriptive", reason=""))]
    schools = pd.DataFrame(rows, columns=columns)
    schools["status"] = _protect(pupils, schools=schools, chosen=chosen, settings=settings)
    shrunken = add_shrunken(schools, estimate="estimate", std_error="std_error", ci_level=settings.ci_level)
    return shrunken.drop(columns="school")


def pool_schools(schools: pd.DataFrame, *, ci_level: float) -> Pooled | None:
    """Combine the schools' own estimates by random-effects meta-analysis (REML, Hartung and Knapp).

    Parameters
    ----------
    schools : DataFrame
        From :func:`estimate_schools`.
    ci_level : float
        Confidence level.

    Returns
    -------
    Pooled or None
        None with fewer than three schools that have an estimate of their own.
    """
    known = schools[schools["estimate"].notna() & (schools["std_error"] > 0)]
    try:
        return pool_estimates(
            estimates=known["estimate"].to_numpy(dtype="float64"),
            std_errors=known["std_error"].to_numpy(dtype="float64"),
            ci_level=ci_level,
        )
    except TooFewError:
        return None


def flatten_estimate(result: DesignResult) -> dict[str, object]:
    """Write a result's numbers as one row."""
    names = ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value")
    return {
        **{name: getattr(result.estimate, name) if result.estimate else np.nan for name in names},
        "n_treated": result.n_treated,
        "n_comparison": result.n_comparison,
        "n_clusters": result.n_clusters,
        "reason": result.reason,
    }


def _estimate_one(pupils: Pupils, *, chosen: DesignResult | None, settings: Settings) -> DesignResult:
    rows = pupils.known()
    treated = rows["received"] > 0
    counts: dict[str, Any] = {"n_treated": int(treated.sum()), "n_comparison": int((~treated).sum())}
    if not treated.any():
        return decline("descriptive", reason="no student of this school with this outcome took part", **counts)
    if chosen is None:
        return decline("descriptive", reason="no comparison holds, not even across all schools", **counts)
    if chosen.design == "discontinuity":
        return estimate_discontinuity(pupils, ci_level=settings.ci_level, bandwidth=chosen.bandwidth, by_school=False)
    if chosen.design == "weighted":
        return estimate_weighted(pupils, ci_level=settings.ci_level, by_school=False)
    if chosen.design == "growth" and str(pupils.intervention["assignment"]) != "phased":
        return estimate_growth(pupils, ci_level=settings.ci_level, by_school=False)
    return decline(chosen.design, reason=BETWEEN_SCHOOLS, **counts)


def _place(rows: pd.DataFrame) -> dict[str, object]:
    return {"district_id": rows["district_id"].iloc[0], "school_id": rows["school_id"].iloc[0]}


def _protect(pupils: Pupils, *, schools: pd.DataFrame, chosen: DesignResult | None, settings: Settings) -> pd.Series:
    """Decide which schools may be printed: both groups, linked with the school's and with all schools' totals."""
    rows = pupils.known("distance") if chosen is not None and chosen.design == "discontinuity" else pupils.known()
    arm = np.where(rows["received"] > 0, "treated", "comparison")
    counts = rows.assign(arm=arm).groupby(["school", "arm"]).size().rename("n").reset_index()
    by_school = rows.groupby("school").size().rename("n").reset_index().assign(arm="(all)")
    cells = pd.concat([counts, by_school], ignore_index=True)
    together = cells.groupby("arm", as_index=False)["n"].sum().assign(school="(all)")
    cells = pd.concat([cells, together], ignore_index=True)
    relations = [
        *relations_by(cells, over="arm", total="(all)", within=["school"], protects_rest=False),
        *relations_by(cells, over="school", total="(all)", within=["arm"], protects_rest=False),
    ]
    cells["status"] = protect_counts(cells, count="n", relations=relations, profile=get_profile(settings.profile))
    two = cells[(cells["arm"] != "(all)") & (cells["status"] == "ok")].groupby("school").size()
    both = schools["school"].map(two).fillna(0) == 2
    analysed = schools[["n_treated", "n_comparison"]].min(axis=1)
    enough = schools["estimate"].isna() | (analysed >= get_profile(settings.profile).minimum)
    # Where schools are compared with each other, a school has no number of its own that could be withheld.
    nothing = schools["reason"] == BETWEEN_SCHOOLS
    return pd.Series(np.where(nothing | (both & enough), "ok", "withheld"), index=schools.index)
