"""Trends of absence, referrals, support and further screeners in all schools, and whether they may be printed."""

from typing import Protocol

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.climate.cells import ABSENCE, YEAR
from mtss_analysis.findings.climate.rates import REFERRED, YEARLY
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.shrunken import add_shrunken
from mtss_analysis.findings.tables import Tables
from mtss_analysis.findings.tiers.cells import KNOWN, SUPPORTED, WINDOW
from mtss_analysis.findings.trends.mixed_slopes import estimate_mixed_slopes
from mtss_analysis.findings.trends.other_rows import CHRONIC, LAST_WINDOW, REFERRALS, SUPPORT, gather_other_rows
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import OVERALL

OTHER_FRAME = "other_slopes"
PLACE = ["district_id", "school_id"]
COLUMNS = [
    *PLACE, "measure", "slope", "std_error", "df", "ci_low", "ci_high", "p_value", "n_clusters", "reason", "status",
    "shrunken", "shrunken_low", "shrunken_high",
]  # fmt: skip


class _Frames(Protocol):
    def frame(self, name: str) -> pd.DataFrame:
        """Give a frame of the comparison."""


def compare_other_slopes(tables: Tables, *, reader: _Frames, settings: Settings) -> pd.DataFrame:
    """Estimate how the further indicators of all schools changed a year, among comparable students.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    reader : object with ``frame``
        Gives ``climate_cells``, ``climate_rates`` and ``tier_cells``, which say what of these indicators is printed.
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
    rows: list[dict[str, object]] = []
    for measure, students in gather_other_rows(tables, settings=settings).items():
        if students.empty:
            continue
        hidden = _find_hidden(students, measure=measure, reader=reader, settings=settings)
        values = students.assign(standing=students["value"], below_cut=np.nan, trend_grade=students["grade"])
        graded = values[values["grade"].notna()].reset_index(drop=True)
        for place, cell in estimate_mixed_slopes(
            graded, groups=settings.groups, ci_level=settings.ci_level, whole_only=True
        ):
            slope = cell.slope
            numbers = {name: getattr(slope, name) if slope else np.nan for name in COLUMNS[4:9]}
            rows.append(
                {
                    **dict(zip(PLACE, place, strict=True)),
                    "measure": measure,
                    "slope": slope.estimate if slope else np.nan,
                    **numbers,
                    "n_clusters": cell.n_clusters,
                    "reason": cell.reason,
                    "status": "withheld" if place in hidden or not cell.varies else "ok",
                }
            )
    slopes = pd.DataFrame(rows, columns=COLUMNS[:-3])
    shrunken = [
        add_shrunken(one, estimate="slope", std_error="std_error", ci_level=settings.ci_level)
        for _, one in slopes.groupby("measure", sort=True)
    ]
    together = pd.concat(shrunken, ignore_index=True) if shrunken else slopes.reindex(columns=COLUMNS)
    return together[COLUMNS]


def _find_hidden(students: pd.DataFrame, *, measure: str, reader: _Frames, settings: Settings) -> set[tuple[str, str]]:
    """Find the schools of which some year's number is withheld: with the others, a slope would give it away."""
    keys = [*PLACE, "school_year"]
    years = students.groupby(keys, sort=True).size().rename("n").reset_index()
    minimum = get_profile(settings.profile).minimum
    hidden = years[years["n"] < minimum]
    if measure in (CHRONIC, SUPPORT, REFERRALS):
        printed = pd.MultiIndex.from_frame(_find_printed(measure, reader=reader)[keys])
        hidden = years[~pd.MultiIndex.from_frame(years[keys]).isin(printed)]
    return {(str(district_id), str(school_id)) for district_id, school_id in hidden[PLACE].to_numpy()}


def _find_printed(measure: str, *, reader: _Frames) -> pd.DataFrame:
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
