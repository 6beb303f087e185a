"""How many students an interventionist has, and how often students return to Tier 1."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.district import find_school_year
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats.clustered import fit_clustered

ROLE = "interventionist"
BRIDGE_DAYS = 120
"""A spell in Tier 1 that begins so many days after one in Tier 2 or 3 (a summer) follows it."""
MONTH_DAYS = 30.4
LEAST_SCHOOLS = 6
LEAST_TYPICAL = 3


def tell_caseload(tiers: pd.DataFrame, staff: pd.DataFrame, *, district_id: str, settings: Settings) -> Iterator[Fact]:
    """Set the students in Tier 2 and 3 for each full-time interventionist against returns to Tier 1.

    Parameters
    ----------
    tiers, staff : DataFrame
        Of one district.
    district_id : str
        The district.
    settings : Settings
        Confidence level and disclosure profile.

    Yields
    ------
    Fact
        ``caseload`` (students at a time per full-time position), ``needed`` (positions more, or fewer, that would bring
        the median caseload of the district), ``return`` (spells that end back in Tier 1, per 100 months in Tier 2 or
        3), all of the latest year by school; an empty school is the median of the printed ones. ``slope``: change of
        the rate for ten students more.
    """
    years = sum_caseloads(tiers, staff)
    if not len(years):
        text = "no school has both students in Tier 2 or 3 and an interventionist on its staff"
        yield Fact(topic="caseload", district_id=district_id, status="not_estimable", text=text)
        return
    minimum = get_profile(settings.profile).minimum
    printed = years[(years["students"] >= minimum) & (years["returns"] >= minimum)]
    latest = printed[printed["school_year"] == years["school_year"].max()]
    median = float(latest["caseload"].median()) if len(latest) >= LEAST_TYPICAL else None
    for row in latest.to_dict("records"):
        keys: dict[str, Any] = {
            "district_id": district_id,
            "school_id": str(row["school_id"]),
            "part": str(row["school_year"]),
        }
        yield Fact(topic="caseload", **keys, estimate=float(row["caseload"]))
        yield Fact(topic="return", **keys, estimate=float(row["rate"]))
        if median is not None:
            yield Fact(topic="needed", **keys, estimate=float(row["at_a_time"] / median - row["fte"]))
    if median is not None:
        whole: dict[str, Any] = {"district_id": district_id, "part": str(years["school_year"].max())}
        yield Fact(topic="caseload", **whole, estimate=median, n_clusters=len(latest))
        yield Fact(topic="return", **whole, estimate=float(latest["rate"].median()), n_clusters=len(latest))
    yield _tell_slope(printed, district_id=district_id, settings=settings)


def _tell_slope(years: pd.DataFrame, *, district_id: str, settings: Settings) -> Fact:
    n_schools = int(years["school_id"].nunique())
    if n_schools < LEAST_SCHOOLS:
        text = f"fewer than {LEAST_SCHOOLS} schools can be compared"
        return Fact(topic="slope", district_id=district_id, status="not_estimable", text=text)
    weight = np.sqrt(years["months"].to_numpy(dtype="float64"))
    design = np.column_stack([np.ones(len(years)), years["caseload"].to_numpy(dtype="float64") / 10])
    try:
        fit = fit_clustered(
            outcome=years["rate"].to_numpy(dtype="float64") * weight,
            design=design * weight[:, None],
            names=["constant", "ten more"],
            clusters=years["school_id"].to_numpy(dtype="U"),
            ci_level=settings.ci_level,
        )
        slope = fit.coefficient("ten more")
    except TooFewError as error:
        return Fact(topic="slope", district_id=district_id, status="not_estimable", text=str(error))
    return Fact(topic="slope", district_id=district_id, **estimated(slope), n=len(years), n_clusters=n_schools)


def sum_caseloads(tiers: pd.DataFrame, staff: pd.DataFrame) -> pd.DataFrame:
    """Sum each school year's students in Tier 2 and 3, their interventionists, and returns to Tier 1.

    Parameters
    ----------
    tiers, staff : DataFrame
        Of one district.

    Returns
    -------
    DataFrame
        One row per school and year that has both: ``school_id, school_year, students, returns, fte, at_a_time``,
        ``caseload`` (students at a time for each full-time position), ``months``, ``rate`` (returns per 100 months);
        empty where positions or schools are not recorded.
    """
    if "fte" not in staff or "school_id" not in tiers:
        return pd.DataFrame()
    here = staff[(staff["role"] == ROLE) & (staff["fte"] > 0)]
    fte = here.groupby(["school_id", "school_year"])["fte"].sum().reset_index()
    if not len(fte):
        return pd.DataFrame()
    if "end_date" not in tiers:
        tiers = tiers.assign(end_date=pd.Series(pd.NaT, index=tiers.index, dtype="datetime64[us]"))
    person = ["student_id", "domain"]
    spells = tiers[tiers["start_date"].notna()].sort_values([*person, "start_date"])
    spells = spells.assign(end_date=spells["end_date"].fillna(spells["start_date"].max()))
    following = spells.groupby(person, sort=False)[["start_date", "tier", "school_id"]].shift(-1)
    gap = (following["start_date"] - spells["end_date"]).dt.days
    returned = (following["tier"] == "1") & (gap <= BRIDGE_DAYS) & (following["school_id"] == spells["school_id"])
    days = (spells["end_date"] - spells["start_date"]).dt.days.clip(lower=0) + 1
    spells = spells.assign(returned=returned, days=days, school_year=find_school_year(spells["start_date"]))
    served = spells[spells["tier"].isin(["2", "3"])]
    people = served.groupby(["school_id", "school_year", "student_id"]).agg(
        returned=("returned", "max"), days=("days", "max")
    )
    years = people.groupby(["school_id", "school_year"]).agg(
        person_days=("days", "sum"), students=("days", "size"), returns=("returned", "sum")
    )
    length = spells.groupby("school_year").agg(first=("start_date", "min"), last=("end_date", "max"))
    held = (length["last"] - length["first"]).dt.days + 1
    years = years.reset_index().merge(fte, on=["school_id", "school_year"])
    at_a_time = years["person_days"] / years["school_year"].map(held)
    months = years["person_days"] / MONTH_DAYS
    return years.assign(
        at_a_time=at_a_time, caseload=at_a_time / years["fte"], months=months, rate=100 * years["returns"] / months
    )
