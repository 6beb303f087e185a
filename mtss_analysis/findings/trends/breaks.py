"""Where a trend must not go on: a change of a test, of its norms or of a cut score without a declared link."""

from collections.abc import Callable
from itertools import pairwise

import pandas as pd

from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import format_school_year

BREAKS = {"standing": ("test", "norm"), "below_cut": ("test", "norm", "cut")}
"""Which changes break which kind of trend: a new cut leaves the mean as it is."""
NAMES = {"test": "the test", "norm": "the norms of the test", "cut": "the cut score of the test"}
MOST_ALIKE = 0.5
"""Norms have changed where the same scores have other percentiles for more than this share of them."""
_COLUMNS = ["measure", "school_year", "what", "linked"]


def find_scale_changes(tables: Callable[[str], pd.DataFrame], *, settings: Settings) -> pd.DataFrame:
    """Find the changes that the run file declares, and those that the data show.

    The data show new norms where the same score of a measure, window and grade has another percentile than in the year
    before. A cut score of the data is no cut of the run, so a change of it breaks no trend and is not looked at.

    Parameters
    ----------
    tables : callable
        Gives a table of the whole state by its name.
    settings : Settings
        Indicators and declared changes.

    Returns
    -------
    DataFrame
        ``measure``, ``school_year`` (the first after the change), ``what`` ("test", "norm", "cut"), ``linked``
        (declared comparable); what is declared stands for what the data show in the same year.
    """
    declared = [(change.measure, change.school_year, change.what, change.linked) for change in settings.trends.changes]
    known = {(measure, school_year) for measure, school_year, _, _ in declared}
    seen: list[tuple[str, str, str, bool]] = []
    for indicator in settings.indicators:
        years = _find_new_norms(tables, measure=indicator.measure)
        seen += [(indicator.measure, year, "norm", False) for year in years if (indicator.measure, year) not in known]
    found = pd.DataFrame(sorted([*declared, *seen]), columns=_COLUMNS)
    return found.astype({"measure": "str", "school_year": "str", "what": "str", "linked": "bool"})


def find_start(changes: pd.DataFrame, *, measure: str, kind: str) -> tuple[str, str]:
    """Find from which year on a measure's years compare with the latest.

    Parameters
    ----------
    changes : DataFrame
        From :func:`find_scale_changes`.
    measure : str
        The measure.
    kind : {'standing', 'below_cut'}
        Kind of trend.

    Returns
    -------
    tuple of str
        The school year and what changed then, in words; both empty where all years compare.
    """
    mine = changes[(changes["measure"] == measure) & ~changes["linked"] & changes["what"].isin(BREAKS[kind])]
    if mine.empty:
        return "", ""
    last = mine.sort_values("school_year", kind="stable").iloc[-1]
    return str(last["school_year"]), (
        f"{NAMES[str(last['what'])]} changed in {format_school_year(str(last['school_year']))} and no link is declared"
    )


def say_break(broken: str) -> tuple[str, ...]:
    """Say that years do not compare, as what must be kept in mind.

    Parameters
    ----------
    broken : str
        What changed, from :func:`find_start`; empty: nothing.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    if not broken:
        return ()
    return (f"Years do not compare across a change of the test: {broken}. Trends begin after it.",)


def split_eras(scores: pd.DataFrame, *, changes: pd.DataFrame, measure: str) -> list[pd.DataFrame]:
    """Split scores at every change after which they do not compare with those before.

    Parameters
    ----------
    scores : DataFrame
        With ``school_year``.
    changes : DataFrame
        From :func:`find_scale_changes`.
    measure : str
        The measure of the scores.

    Returns
    -------
    list of DataFrame
        At least one; the earliest years first.
    """
    mine = changes[(changes["measure"] == measure) & ~changes["linked"] & changes["what"].isin(BREAKS["standing"])]
    starts = sorted(set(mine["school_year"]))
    if not starts:
        return [scores]
    era = scores["school_year"].map(lambda year: sum(year >= start for start in starts))
    return [scores[era == at] for at in range(len(starts) + 1) if (era == at).any()]


def _find_new_norms(tables: Callable[[str], pd.DataFrame], *, measure: str) -> list[str]:
    scores = tables("screenings")
    if "percentile" not in scores or "grade" not in tables("enrollments"):
        return []
    known = scores.loc[
        (scores["measure"] == measure) & scores["percentile"].notna() & scores["score"].notna(),
        ["student_id", "school_year", "window", "score", "percentile"],
    ]
    if known.empty:
        return []
    enrolled = tables("enrollments")[["student_id", "school_year", "grade"]]
    grades = enrolled.drop_duplicates(["student_id", "school_year"])
    norms = (
        known.merge(grades, on=["student_id", "school_year"])
        .groupby(["school_year", "window", "grade", "score"])["percentile"]
        .median()
        .reset_index()
    )
    years = sorted(norms["school_year"].unique())
    found = []
    for before, after in pairwise(years):
        pair = norms[norms["school_year"] == before].merge(
            norms[norms["school_year"] == after], on=["window", "grade", "score"]
        )
        differs = (pair["percentile_x"] - pair["percentile_y"]).abs() > 1
        if len(pair) and float(differs.mean()) > MOST_ALIKE:
            found.append(str(after))
    return found
