"""How the mean answers to survey scales changed a year in all schools, and whether that may be printed."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.climate.scales import SURVEY
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.slopes import MIN_YEARS
from mtss_analysis.measures.surveys import FORM, list_answers, score_scales
from mtss_analysis.stats import fit_clustered

SCALE = ["district_id", "respondent_group", "scale"]
LATEST_FIRST = ("spring", "winter", "fall")
PREFIX = "survey:"
SMALLEST_SPREAD = 1e-9


def name_survey(*, who: str, scale: str) -> str:
    """Name the trend of a scale: ``survey:families:belonging``."""
    return f"{PREFIX}{who}:{scale}"


def estimate_survey_slopes(
    tables: Tables, *, reader: FrameReader, settings: Settings
) -> Iterator[tuple[tuple[str, str], dict[str, object]]]:
    """Estimate the change a year of every survey scale in every school, one season of each year.

    Respondents are not known from one year to the next, so all answers count as of different people. Who answers twice
    makes the standard error too wide rather than too narrow. Years begin after the last one in which the items of the
    scale, or its highest answer, were others.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    reader : FrameReader
        Gives ``climate_scales``: what is printed of each form.
    settings : Settings
        Confidence level.

    Yields
    ------
    tuple of district and school, and mapping
        ``measure``, ``slope`` (points of an item a year) and its uncertainty, ``n_clusters`` (answers), ``reason``
        where there is no slope, ``status`` ("ok" where the mean of every year is printed, else "withheld").
    """
    if not tables.has("surveys"):
        return
    scored = _choose_comparable(score_scales(tables("surveys")), answers=list_answers(tables("surveys")))
    if scored.empty:
        return
    printed = reader.frame("climate_scales")
    printed = printed[(printed["kind"] == SURVEY) & (printed["status"] == "ok")]
    keys = ["district_id", "school_id", "who", "school_year", "season", "scale"]
    shown = pd.MultiIndex.from_frame(printed[keys].astype("str"))
    for key, rows in scored.groupby(["district_id", "school_id", "respondent_group", "scale"], sort=True):
        district_id, school_id, who, scale = (str(part) for part in key)
        forms = pd.MultiIndex.from_frame(rows[FORM].drop_duplicates().astype("str"))
        yield (
            (district_id, school_id),
            {
                "measure": name_survey(who=who, scale=scale),
                **_estimate(rows, ci_level=settings.ci_level),
                "status": "ok" if bool(forms.isin(shown).all()) else "withheld",
            },
        )


def _choose_comparable(scored: pd.DataFrame, *, answers: pd.DataFrame) -> pd.DataFrame:
    """Choose the season in which a scale was asked in most years, and the years since its items changed."""
    if scored.empty:
        return scored
    kept: list[pd.DataFrame] = []
    for key, forms in answers.groupby(SCALE, sort=True):
        years = forms.groupby("season")["school_year"].nunique()
        season = min(years.index, key=lambda one: (-int(years[one]), LATEST_FIRST.index(str(one))))
        items = {
            str(year): (frozenset(block["item"].astype("str")), float(block["max_value"].max()))
            for year, block in forms[forms["season"] == season].groupby("school_year", sort=True)
        }
        first = str(max(items))
        for year in sorted(items, reverse=True):
            # A highest answer that is not known is like any other.
            if items[year][0] != items[first][0] or abs(items[year][1] - items[first][1]) > 0:
                break
            first = year
        mine = (scored[SCALE] == list(key)).all(axis=1) & (scored["season"] == season)
        kept.append(scored[mine & (scored["school_year"] >= first)])
    return pd.concat(kept, ignore_index=True)


def _estimate(rows: pd.DataFrame, *, ci_level: float) -> dict[str, object]:
    years = rows["school_year"].str.slice(0, 4).to_numpy(dtype=np.float64)
    names = ("slope", "std_error", "df", "ci_low", "ci_high", "p_value")
    nothing: dict[str, object] = {**dict.fromkeys(names, np.nan), "n_clusters": len(rows)}
    n_years = len(set(years))
    if n_years < MIN_YEARS:
        return nothing | {"reason": f"a trend needs answers from at least {MIN_YEARS} years, and there are {n_years}"}
    # A mean that repeats over the years without any spread has no standard error, only rounding.
    if max(np.ptp(block) for _, block in rows.groupby("school_year")["score"]) <= SMALLEST_SPREAD:
        return nothing | {"reason": "the answers of each year are all alike"}
    try:
        slope = fit_clustered(
            outcome=rows["score"].to_numpy(dtype=np.float64),
            design=np.column_stack([np.ones(len(rows)), years - years.mean()]),
            names=("constant", "year"),
            clusters=np.arange(len(rows)).astype("U"),
            ci_level=ci_level,
        ).coefficient("year")
    except TooFewError as error:
        return nothing | {"reason": str(error)}
    numbers = (slope.estimate, slope.std_error, slope.df, slope.ci_low, slope.ci_high, slope.p_value)
    return nothing | dict(zip(names, numbers, strict=True)) | {"reason": ""}
