"""How the mean answers to survey scales changed a year in all schools, and whether that may be printed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.climate.scales import SURVEY
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.trends.slopes import MIN_YEARS
from mtss_analysis.measures.surveys import FORM, list_answers, score_scales
from mtss_analysis.stats import CrossedData, VarianceRatios, collect_crossed_data, estimate_ratios, fit_crossed

SCALE = ["district_id", "respondent_group", "scale"]
LATEST_FIRST = ("spring", "winter", "fall")
PREFIX = "survey:"
SMALLEST_SPREAD = 1e-9
NO_RATIOS = "how far the years of a school differ by chance cannot be told"


def name_survey(*, who: str, scale: str) -> str:
    """Name the trend of a scale: ``survey:families:belonging``."""
    return f"{PREFIX}{who}:{scale}"


def estimate_survey_slopes(
    tables: Tables, *, reader: FrameReader, settings: Settings
) -> Iterator[tuple[tuple[str, str], dict[str, object]]]:
    """Estimate the change a year of every survey scale in every school, one season of each year.

    What is common to the answers of a school and year is a random effect, its share estimated from all schools of the
    district: a year that was out of the ordinary is no trend. Respondents are not known from one year to the next, so
    all answers count as of different people. Who answers twice makes the standard error too wide rather than too
    narrow. Years begin after the last one in which the items of the scale, or its highest answer, were others.

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
        where there is no slope, ``status`` ("ok" where the mean of every year is printed, else "withheld"). By
        district, respondents, scale and school.
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
    for key, everybody in scored.groupby(SCALE, sort=True):
        district_id, who, scale = (str(part) for part in key)
        schools = {str(school_id): rows for school_id, rows in everybody.groupby("school_id", sort=True)}
        for school_id, estimated in estimate_scale_slopes(schools, ci_level=settings.ci_level):
            forms = pd.MultiIndex.from_frame(schools[school_id][FORM].drop_duplicates().astype("str"))
            yield (
                (district_id, school_id),
                {
                    "measure": name_survey(who=who, scale=scale),
                    **estimated,
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


def estimate_scale_slopes(
    schools: Mapping[str, pd.DataFrame], *, ci_level: float
) -> Iterator[tuple[str, dict[str, object]]]:
    """Estimate the slope of one scale in every school, how far years leave their lines taken from all of them.

    Parameters
    ----------
    schools : mapping of str to DataFrame
        By school its answers: ``school_year``, ``score``.
    ci_level : float
        Confidence level.

    Yields
    ------
    tuple of str and mapping
        School; ``slope`` and its uncertainty, ``n_clusters`` (answers), ``reason`` where there is no slope.
    """
    names = ("slope", "std_error", "df", "ci_low", "ci_high", "p_value")
    reasons = {school: _find_reason(rows) for school, rows in schools.items()}
    data = {school: _collect(rows) for school, rows in schools.items() if not reasons[school]}
    ratios = _estimate_ratios(list(data.values()))
    for school, rows in schools.items():
        numbers: tuple[float, ...] = (np.nan,) * len(names)
        reason = reasons[school] or ("" if ratios else NO_RATIOS)
        if ratios is not None and not reason:
            try:
                slope = fit_crossed(data=data[school], ratios=ratios, name="year", ci_level=ci_level)
                numbers = (slope.estimate, slope.std_error, slope.df, slope.ci_low, slope.ci_high, slope.p_value)
            except TooFewError as error:
                reason = str(error)
        yield school, {**dict(zip(names, numbers, strict=True)), "n_clusters": len(rows), "reason": reason}


def _estimate_ratios(data: Sequence[CrossedData]) -> VarianceRatios | None:
    try:
        return estimate_ratios(data)
    except TooFewError:
        return None


def _find_reason(rows: pd.DataFrame) -> str:
    """Say why answers have no slope; empty if they have one."""
    n_years = rows["school_year"].nunique()
    if n_years < MIN_YEARS:
        return f"a trend needs answers from at least {MIN_YEARS} years, and there are {n_years}"
    # A mean that repeats over the years without any spread has no standard error, only rounding.
    if max(np.ptp(block) for _, block in rows.groupby("school_year")["score"]) <= SMALLEST_SPREAD:
        return "the answers of each year are all alike"
    return ""


def _collect(rows: pd.DataFrame) -> CrossedData:
    years = rows["school_year"].str.slice(0, 4).to_numpy(dtype=np.float64)
    return collect_crossed_data(
        outcome=rows["score"].to_numpy(dtype=np.float64),
        design=np.column_stack([np.ones(len(rows)), years - years.mean()]),
        names=("constant", "year"),
        small_units=years,
        larger_units=[],
    )
