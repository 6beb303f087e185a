"""What results went with which path through the tiers, beside what was to be expected of the same fall score."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.frames import read_scores
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.scores import join_scores
from mtss_analysis.measures.tiers import OVERALL

START = "fall"
LEAST_STUDENTS = 30
"""Fewer students of a grade and year make no line of what is to be expected: a convention of this kit."""
PATHS = {
    ("1", "1"): "stayed_in_1",
    ("1", "2_or_3"): "moved_up",
    ("2_or_3", "1"): "moved_back",
    ("2_or_3", "2_or_3"): "stayed_in_2_or_3",
}

_PLACE = ["district_id", "school_id"]
_COLUMNS = [*_PLACE, "measure", "scope", "path", "n", "mean", "sd", "status", "school_years"]


def compare_growth(tables: Tables, *, placed: pd.DataFrame, domains: Sequence[str], settings: Settings) -> pd.DataFrame:
    """Average, by path through the tiers, how far scores ended from those of students with the same fall score.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    placed : DataFrame
        From :func:`mtss_analysis.measures.tiers.place_students`.
    domains : sequence of str
        Domains of the tiers table.
    settings : Settings
        Indicators and disclosure profile.

    Returns
    -------
    DataFrame
        Per school, indicator and path: ``scope`` (the indicator's domain, or ``overall`` where it has no tiers), ``n``
        student years, ``mean`` and ``sd`` of the difference in the measure's unit, ``status``, ``school_years``. Empty
        where no indicator was taken in fall.

    Notes
    -----
    What is to be expected is a straight line of the end score on the fall score, per grade and year, through all
    students of the run. Students in Tier 2 and Tier 3 were chosen for low scores and would rise without support; beside
    students with the same fall score, that rise is not counted as theirs.
    """
    found = []
    for indicator in settings.indicators:
        if len(placed) and indicator.window != START:
            scope = indicator.domain if indicator.domain in domains else OVERALL
            ends = _score_beyond(tables, indicator=indicator)
            paths = _follow(placed, scope=scope, window=indicator.window)
            both = ends.merge(paths, on=[*_PLACE, "school_year", "student_id"])
            found.append(_summarise(both, settings=settings).assign(measure=indicator.measure, scope=scope))
    every = [one for one in found if len(one)]
    if not every:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})
    return pd.concat(every, ignore_index=True)[_COLUMNS]


def _score_beyond(tables: Tables, *, indicator: Indicator) -> pd.DataFrame:
    keys = [*_PLACE, "school_year", "student_id"]
    end = read_scores(tables, indicator=indicator)
    start = join_scores(
        enrollments=tables("enrollments"),
        screenings=tables("screenings"),
        measure=indicator.measure,
        window=START,
    )[[*keys, "score"]].rename(columns={"score": "start"})
    both = end[[*keys, "grade", "score"]].merge(start, on=keys)
    both = both[both["score"].notna() & both["start"].notna()].reset_index(drop=True)
    by = both.groupby(["school_year", "grade"], sort=True)
    n = by["score"].transform("size")
    x = both["start"] - by["start"].transform("mean")
    y = both["score"] - by["score"].transform("mean")
    sums = pd.DataFrame({"xx": x**2, "xy": x * y}).assign(school_year=both["school_year"], grade=both["grade"])
    totals = sums.groupby(["school_year", "grade"], sort=True)[["xx", "xy"]].transform("sum")
    slope = totals["xy"] / totals["xx"].where(totals["xx"] > 0)
    both["beyond"] = (y - slope * x).where(n >= LEAST_STUDENTS)
    return both[both["beyond"].notna()]


def _follow(placed: pd.DataFrame, *, scope: str, window: str) -> pd.DataFrame:
    keys = [*_PLACE, "school_year", "student_id"]
    joined = placed[scope].replace({"2": "2_or_3", "3": "2_or_3"})
    states = placed[keys].assign(state=joined)
    first = states[placed["window"] == START].rename(columns={"state": "first"})
    last = states[placed["window"] == window].rename(columns={"state": "last"})
    both = first.merge(last, on=keys)
    names = pd.DataFrame([(*ends, path) for ends, path in PATHS.items()], columns=["first", "last", "path"])
    return both.merge(names, on=["first", "last"])[[*keys, "path"]]


def _summarise(both: pd.DataFrame, *, settings: Settings) -> pd.DataFrame:
    profile = get_profile(settings.profile)
    by = both.groupby([*_PLACE, "path"], sort=True)
    found = by.agg(
        n=("beyond", "size"),
        mean=("beyond", "mean"),
        sd=("beyond", "std"),
        n_students=("student_id", "nunique"),
        school_years=("school_year", lambda years: ",".join(sorted(set(years)))),
    ).reset_index()
    few = [profile.hides(int(number)) for number in found["n_students"]]
    return found.assign(status=np.where(few, "withheld", "ok"))
