"""What is wrong with the sources of all schools, each held against the others of its district; found once for a run."""

import pandas as pd

from mtss_analysis.findings.data_quality.fault import Fault, frame_faults
from mtss_analysis.findings.data_quality.month_faults import find_attendance_faults, find_silent_referrals
from mtss_analysis.findings.data_quality.screening_faults import find_heaped, find_unscreened
from mtss_analysis.findings.data_quality.table_faults import (
    EXPECTED,
    find_empty_columns,
    find_missing_weeks,
    find_stale,
)
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.latest import find_latest
from mtss_analysis.measures.screened import CELL, count_screened

DATED = ("enrollments", "screenings", "attendance", "referrals", "staff", "fidelity", "surveys", "walkthroughs")


def compare_sources(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Find what is wrong with the sources of all schools.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``quality`` and the disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``screened``: enrolled students and those with a score, by school, year, grade, measure and window.
        ``latest``: latest year and date by table and school.
        ``faults``: the fields of :class:`Fault`, sorted; no row where nothing is wrong.
    """
    there = [name for name in DATED if tables.has(name)]
    enrollments = tables("enrollments")
    latest = find_latest(tables, names=there)
    screened = pd.DataFrame({name: pd.Series(dtype="str") for name in CELL})
    screened = screened.assign(n_enrolled=0, n_present=0, n_screened=0)
    faults: list[Fault] = find_stale(latest, settings=settings)
    if tables.has("screenings"):
        screened = count_screened(enrollments=enrollments, screenings=tables("screenings"))
        faults += find_unscreened(screened, settings=settings)
        faults += find_heaped(tables("screenings"), enrollments=enrollments, settings=settings)
    if tables.has("attendance"):
        faults += find_attendance_faults(tables("attendance"), settings=settings)
    if tables.has("referrals"):
        faults += find_silent_referrals(tables("referrals"), enrollments=enrollments, settings=settings)
    if tables.has("calendar"):
        faults += find_missing_weeks(tables("calendar"))
    for name in EXPECTED:
        if tables.has(name):
            faults += find_empty_columns(tables(name), source=name, settings=settings)
    return {"screened": screened, "latest": latest, "faults": frame_faults(faults)}
