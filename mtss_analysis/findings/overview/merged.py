"""A state's overview from records alone: what districts publish, put together without a student's row."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.overview.across import POINT_COLUMNS
from mtss_analysis.findings.overview.definitions import read_definitions, read_names
from mtss_analysis.findings.overview.source import PLACE, TREND_COLUMNS, OverviewSource, average_years
from mtss_analysis.findings.overview.stand import STAND_COLUMNS, stand_apart
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL

OTHER_NORMS = "the districts were compared with different children, so only scores as they are can be put together"


def gather_state(records_by_run: Mapping[str, pd.DataFrame], *, name: str) -> OverviewSource:
    """Gather a state's overview from published records.

    Parameters
    ----------
    records_by_run : mapping of str to DataFrame
        Records as in ``findings.parquet`` of one or several runs, by what a run is called in an error.
    name : str
        What the state is called.

    Returns
    -------
    OverviewSource
        Where all schools were compared with the same children, their like-for-like means are compared again; where
        districts ran by themselves, mean scores are placed among all schools' by grade and no mix is held constant.

    Raises
    ------
    DataError
        Runs differ in a definition, see :func:`read_definitions`, or hold the same district.
    """
    settings, same_norms = read_definitions(records_by_run)
    records = pd.concat(records_by_run.values(), ignore_index=True)
    roster = read_names(records)
    points, held = [], []
    for indicator in settings.indicators:
        own = records[records["measure"] == indicator.measure]
        if same_norms[indicator.measure]:
            block, told = _read_like(own, settings=settings)
        else:
            block, told = _place_scores(own, settings=settings), {"groups": "", "why_not": OTHER_NORMS}
        if block.empty:
            continue
        told = {"held_year": False, "why_not": "", **told}
        points.append(stand_apart(block, settings=settings).assign(measure=indicator.measure, population="state"))
        held.append({"measure": indicator.measure, "population": "state", **told})
    columns = [*POINT_COLUMNS, *STAND_COLUMNS]
    return OverviewSource(
        level="state",
        district_id="",
        name=name,
        settings=settings,
        roster=roster,
        fair=pd.concat(points, ignore_index=True) if points else pd.DataFrame(columns=columns),
        held=pd.DataFrame(held, columns=None if held else ["measure", "population"]),
        trends=_read_trends(records),
        yearly=_read_yearly(records, measures=[measure for measure, same in same_norms.items() if same]),
        support=pd.DataFrame(columns=[*PLACE, "school_year", "window", "n_known", "n_support"]),
        staff=pd.DataFrame(columns=[*PLACE, "school_year", "role", "fte"]),
    )


def _read_like(own: pd.DataFrame, *, settings: Settings) -> tuple[pd.DataFrame, dict[str, object]]:
    raw = own[(own["finding"] == "mean_as_it_is")].drop_duplicates(PLACE)
    like = own[(own["finding"] == "mean_like_for_like")].drop_duplicates(PLACE)
    joined = like[[*PLACE, "school_year", "estimate", "std_error", "n", "n_clusters", "status"]].merge(
        raw[[*PLACE, "estimate", "std_error"]], on=PLACE, how="left", suffixes=("", "_raw")
    )
    points = joined.rename(
        columns={"estimate": "like", "std_error": "like_se", "estimate_raw": "raw", "std_error_raw": "raw_se"}
    ).assign(partial=False, year=np.nan)
    if points.empty:
        return points, {}
    points = points[points["school_year"] == points["school_year"].max()].reset_index(drop=True)
    points[["n", "n_clusters"]] = points[["n", "n_clusters"]].fillna(0).astype("int64")
    numbers = ["like", "like_se", "raw", "raw_se"]
    points[numbers] = points[numbers].astype("float64")
    slopes = own[own["finding"] == "difference_by_year_of_implementation"]
    told: dict[str, object] = {"groups": ", ".join(group.label for group in settings.groups)}
    if len(slopes):
        first = slopes.iloc[0]
        told |= {
            "held_year": True, "year_slope": first["estimate"], "year_low": first["ci_low"],
            "year_high": first["ci_high"], "year_p": first["p_value"], "n_schools": int(first["n"]),
        }  # fmt: skip
    return points, told


def _place_scores(own: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    """Place published mean scores among all published ones of the same grade, in standard deviations of students.

    The spread of students follows from a mean's standard error and number; that between schools is added to it.
    """
    scores = own[(own["finding"] == "mean_score") & (own["group"] == ALL) & (own["status"] == "ok")]
    scores = scores[scores["std_error"].notna() & (scores["n"] >= get_profile(settings.profile).minimum)]
    if scores.empty:
        return scores
    scores = scores[scores["school_year"] == scores["school_year"].max()]
    rows = []
    for _, grade in scores.groupby("grade", sort=True):
        n = grade["n"].to_numpy(dtype="float64")
        mean = float((n * grade["estimate"]).sum() / n.sum())
        within = float(((n - 1) * n * grade["std_error"] ** 2).sum() / max((n - 1).sum(), 1.0))
        between = float((n * (grade["estimate"] - mean) ** 2).sum() / n.sum())
        spread = np.sqrt(within + between)
        if spread > 0:
            placed = {"standing": (grade["estimate"] - mean) / spread, "error": grade["std_error"] / spread}
            rows.append(grade[[*PLACE, "school_year", "n"]].assign(**placed))
    placed_all = pd.concat(rows, ignore_index=True)
    pooled = []
    for place, school in placed_all.groupby(PLACE, sort=False):
        weights = (school["n"] / school["n"].sum()).astype("float64")
        raw = float((weights * school["standing"]).sum())
        error = float(np.sqrt((weights**2 * school["error"] ** 2).sum()))
        pooled.append(
            dict(zip(PLACE, place, strict=True))
            | {
                "school_year": school["school_year"].iloc[0], "n": int(school["n"].sum()), "n_clusters": 0,
                "partial": False, "year": np.nan, "raw": raw, "raw_se": error, "like": raw, "like_se": error,
                "status": "ok",
            }
        )  # fmt: skip
    return pd.DataFrame(pooled)


def _read_yearly(records: pd.DataFrame, *, measures: list[str]) -> pd.DataFrame:
    rows = records[
        (records["finding"] == "mean_standing") & (records["status"] == "ok") & records["measure"].isin(measures)
    ]
    rows = rows[(rows["group"] == ALL) & rows["estimate"].notna() & rows["n"].notna()]
    means = rows.rename(columns={"estimate": "standing"})[["measure", "school_year", "n", "standing"]]
    return average_years(means.astype({"n": "float64", "standing": "float64"}))


def _read_trends(records: pd.DataFrame) -> pd.DataFrame:
    rows = records[(records["finding"] == "trend") & (records["status"] == "ok") & records["std_error"].notna()]
    if rows.empty:
        return pd.DataFrame(columns=list(TREND_COLUMNS))
    kinds = rows["unit"].astype("str").str.split(":").str[0]
    trends = rows.assign(kind=kinds).rename(columns={"grade": "trend_grade", "estimate": "slope"})
    return trends[list(TREND_COLUMNS)].reset_index(drop=True)
