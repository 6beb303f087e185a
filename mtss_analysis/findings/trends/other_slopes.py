"""Trends of absence, referrals, support, screeners and surveys in all schools, and whether they may be printed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.climate.cells import ABSENCE, YEAR
from mtss_analysis.findings.climate.rates import REFERRED, YEARLY
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.tiers.cells import KNOWN, SUPPORTED, WINDOW
from mtss_analysis.findings.trends.mixed_slopes import estimate_mixed_slopes
from mtss_analysis.findings.trends.other_rows import CHRONIC, LAST_WINDOW, REFERRALS, SUPPORT, gather_other_rows
from mtss_analysis.findings.trends.survey_slopes import estimate_survey_slopes
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.stats import Estimate

OTHER_FRAME = "other_slopes"
PLACE = ["district_id", "school_id"]
COLUMNS = [
    *PLACE, "measure", "slope", "std_error", "df", "ci_low", "ci_high", "p_value", "n_clusters", "reason", "status",
    "shrunken", "shrunken_low", "shrunken_high",
]  # fmt: skip


def compare_other_slopes(tables: Tables, *, reader: FrameReader, settings: Settings) -> pd.DataFrame:
    """Estimate how the further indicators of all schools changed a year, among comparable students.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    reader : FrameReader
        Gives ``climate_cells``, ``climate_rates``, ``climate_scales`` and ``tier_cells``, which say what of these
        indicators is printed.
    settings : Settings
        Groups that are held constant, confidence level, disclosure profile, what trends follow.

    Returns
    -------
    DataFrame
        One row per school and indicator, all students of all grades: ``slope`` and its uncertainty, ``reason`` where
        there is none, ``status`` ("ok" where the numbers of every year may be printed, else "withheld") and the
        shrunken slope. Empty where trends follow a cohort.
    """
    if settings.follow != "grade":
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    parts = []
    for measure, everybody in gather_other_rows(tables, settings=settings).items():
        students = everybody[everybody["school_year"] >= _find_first_year(measure, settings=settings)]
        if students.empty:
            continue
        slopes = estimate_student_slopes(students, measure=measure, settings=settings)
        hidden = _find_hidden(students, measure=measure, reader=reader, settings=settings)
        places = pd.MultiIndex.from_frame(slopes[PLACE])
        is_hidden = places.isin(sorted(hidden)) | ~slopes.pop("varies")
        parts.append(slopes.assign(status=np.where(is_hidden, "withheld", "ok")))
    of_surveys = [
        {**dict(zip(PLACE, place, strict=True)), **row}
        for place, row in estimate_survey_slopes(tables, reader=reader, settings=settings)
    ]
    parts += [pd.DataFrame(of_surveys)] if of_surveys else []
    return shrink_other_slopes(parts, settings=settings)


def estimate_student_slopes(students: pd.DataFrame, *, measure: str, settings: Settings) -> pd.DataFrame:
    """Estimate how one indicator of all schools changed a year, among comparable students.

    What is common to a school and year is always a random effect: with few schools that costs power, and none is
    promised for these indicators.

    Parameters
    ----------
    students : DataFrame
        From :func:`mtss_analysis.findings.trends.other_rows.gather_other_rows`, one indicator.
    measure : str
        Its name.
    settings : Settings
        Groups that are held constant, confidence level.

    Returns
    -------
    DataFrame
        One row per school: ``slope`` and its uncertainty, ``n_clusters``, ``reason``, ``varies``.
    """
    values = students.assign(standing=students["value"], below_cut=np.nan, trend_grade=students["grade"])
    graded = values[values["grade"].notna()].reset_index(drop=True)
    names = COLUMNS[3:9]
    rows = [
        {
            **dict(zip(PLACE, place, strict=True)),
            "measure": measure,
            **dict(zip(names, _take_numbers(cell.slope), strict=True)),
            "n_clusters": cell.n_clusters,
            "reason": cell.reason,
            "varies": cell.varies,
        }
        for place, cell in estimate_mixed_slopes(
            graded, groups=settings.groups, ci_level=settings.ci_level, whole_only=True, uneven_from=1
        )
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS[:11], "varies"]).astype({"varies": "bool"})


def shrink_other_slopes(parts: Sequence[pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Draw the slopes of each indicator towards the mean of all schools.

    Parameters
    ----------
    parts : sequence of DataFrame
        Slopes of all schools, one or more indicators each.
    settings : Settings
        Confidence level.

    Returns
    -------
    DataFrame
        ``COLUMNS``, by indicator.
    """
    shrunken = [
        add_shrunken(one, estimate="slope", std_error="std_error", ci_level=settings.ci_level)
        for part in parts
        for _, one in part.groupby("measure", sort=True)
    ]
    if not shrunken:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    return pd.concat(shrunken, ignore_index=True).sort_values(["measure", *PLACE], ignore_index=True)[COLUMNS]


def _take_numbers(slope: Estimate | None) -> tuple[float, ...]:
    if slope is None:
        return (np.nan,) * 6
    return (slope.estimate, slope.std_error, slope.df, slope.ci_low, slope.ci_high, slope.p_value)


def _find_first_year(measure: str, *, settings: Settings) -> str:
    """Find from which year on points compare: after the last change of the test without a link; empty: all years."""
    changes = settings.trends.changes
    return max(
        (one.school_year for one in changes if (one.measure, one.what, one.linked) == (measure, "test", False)),
        default="",
    )


def _find_hidden(
    students: pd.DataFrame, *, measure: str, reader: FrameReader, settings: Settings
) -> set[tuple[str, str]]:
    """Find the schools of which some year's number is withheld: with the others, a slope would give it away."""
    keys = [*PLACE, "school_year"]
    years = students.groupby(keys, sort=True).size().rename("n").reset_index()
    minimum = get_profile(settings.profile).minimum
    hidden = years[years["n"] < minimum]
    if measure in (CHRONIC, SUPPORT, REFERRALS):
        printed = pd.MultiIndex.from_frame(_find_printed(measure, reader=reader)[keys])
        hidden = years[~pd.MultiIndex.from_frame(years[keys]).isin(printed)]
    return {(str(district_id), str(school_id)) for district_id, school_id in hidden[PLACE].to_numpy()}


def _find_printed(measure: str, *, reader: FrameReader) -> pd.DataFrame:
    """Find the schools and years whose number another section prints: no cell that belongs to it is withheld."""
    keys = [*PLACE, "school_year"]
    if measure == REFERRALS:
        rates = reader.frame("climate_rates")
        return rates[(rates["kind"] == REFERRED) & (rates["span"] == YEARLY) & (rates["status"] == "ok")]
    if measure == CHRONIC:
        cells = reader.frame("climate_cells")
        cells = cells[(cells["topic"] == ABSENCE) & (cells["turn"] == YEAR) & cells["school_id"].notna()]
    else:
        cells = reader.frame("tier_cells")
        mine = (cells["scope"] == OVERALL) & (cells["turn"] == WINDOW) & (cells["window"] == LAST_WINDOW)
        cells = cells[mine & (cells["grade"] == ALL) & cells["cell"].isin([KNOWN, "1", SUPPORTED])]
    if cells.empty:
        return cells.reindex(columns=keys)
    fine = (cells["status"] == "ok").groupby([cells[key] for key in keys]).all()
    return fine[fine].reset_index()[keys]
