"""Screenings of which too few students have a score, or too many the same."""

import numpy as np
import pandas as pd
from scipy.special import bdtr

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.data_quality.fault import Fault
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.screened import CELL
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.heaping import find_heap

# A grade of a school is expected to be screened where it has begun to be, or where other schools do it.
BEGUN_PCT = 25.0
USUAL_PCT = 50.0
# Nine of ten is taken as usual where others reach more, since schools differ in how many students are away.
HIGHEST_USUAL_PCT = 90.0
# Smaller heaps than a quarter of a grade are no business of a packet, however unlikely.
LEAST_HEAP = 0.25
LEAST_REFERENCE = 30


def find_unscreened(screened: pd.DataFrame, *, settings: Settings) -> list[Fault]:
    """Find the grades of which fewer students were screened than asked for.

    Parameters
    ----------
    screened : DataFrame
        What :func:`mtss_analysis.measures.screened.count_screened` gives.
    settings : Settings
        ``quality.least_screened_pct`` and ``quality.false_alarm_rate``, and the profile: smaller grades are passed
        over.

    Returns
    -------
    list of Fault
        ``few_screened``: fewer than asked for, and fewer than chance explains where as many are screened as in the
        median of the district's other schools (q-values over all grades, measures and windows of the district). A grade
        that was hardly screened counts only where, in that median, at least half were.
    """
    if screened.empty:
        return []
    cells = screened[screened["n_present"] > 0]
    cells = cells.assign(pct=100 * cells["n_screened"] / cells["n_present"])
    cells["usual_pct"] = _median_of_others(cells)
    expected = (cells["pct"] >= BEGUN_PCT) | (cells["usual_pct"] >= USUAL_PCT)
    cells = cells[expected & (cells["n_present"] >= get_profile(settings.profile).minimum)]
    usual = cells["usual_pct"].fillna(0.0).clip(settings.quality.least_screened_pct, HIGHEST_USUAL_PCT)
    cells = cells.assign(p_value=bdtr(cells["n_screened"], cells["n_present"].astype("int64"), usual / 100))
    q_values = cells.groupby("district_id")["p_value"].transform(lambda p: adjust_p_values(p.to_numpy()))
    few = cells["pct"] < settings.quality.least_screened_pct
    wrong = cells.assign(q_value=q_values)[few & (q_values <= settings.quality.false_alarm_rate)]
    return [
        Fault(
            source="screenings",
            aspect="coverage",
            check="few_screened",
            q_value=float(row["q_value"]),
            **{name: str(row[name]) for name in CELL},  # type: ignore[arg-type]
        )
        for row in wrong.to_dict("records")
    ]


def find_heaped(screenings: pd.DataFrame, *, enrollments: pd.DataFrame, settings: Settings) -> list[Fault]:
    """Find the grades in which one score is far more frequent than in the district's other schools.

    Parameters
    ----------
    screenings, enrollments : DataFrame
        With ``district_id``.
    settings : Settings
        Profile and ``quality.false_alarm_rate``.

    Returns
    -------
    list of Fault
        ``heaped``; also where all have the same score. Floors and ceilings are none.
    """
    student = ["district_id", "school_id", "school_year", "student_id"]
    grades = enrollments[[*student, "grade"]].drop_duplicates(student)
    scores = screenings.loc[screenings["score"].notna(), [*student, "measure", "window", "score"]]
    scores = scores.merge(grades, on=student)
    n = scores.groupby(CELL, sort=True)["score"].size()
    same = scores.groupby([*CELL, "score"], sort=True).size().groupby(CELL).max()
    tried = n[(n >= get_profile(settings.profile).minimum) & (same >= LEAST_HEAP * n)]
    if tried.empty:
        return []
    here = scores.groupby(CELL, sort=True)["score"]
    around = scores.groupby([name for name in CELL if name != "school_id"], sort=True)
    tests = [_test(key, values=here.get_group(key), around=around) for key in tried.index]
    found = pd.DataFrame(tests, columns=["share", "p_value"], index=tried.index)
    counts = n.groupby("district_id").size()
    faults = []
    for district_id, block in found.groupby("district_id"):
        # Grades without a heap were looked at too: they count in the family, with a p-value of one.
        padding = np.ones(int(counts[district_id]) - len(block))
        q_values = adjust_p_values(np.concatenate([block["p_value"].to_numpy(), padding]))[: len(block)]
        for key, share, q_value in zip(block.index, block["share"], q_values, strict=True):
            if share >= LEAST_HEAP and q_value <= settings.quality.false_alarm_rate:
                place = dict(zip(CELL, map(str, key), strict=True))
                faults.append(
                    Fault(
                        source="screenings", aspect="plausibility", check="heaped", q_value=float(q_value), **place  # type: ignore[arg-type]
                    )
                )  # fmt: skip
    return faults


def _test(key: tuple[str, ...], *, values: pd.Series, around: object) -> tuple[float, float]:
    district_id, school_id, *rest = key
    place = around.get_group((district_id, *rest))  # type: ignore[attr-defined]
    others = place.loc[place["school_id"] != school_id, "score"].to_numpy(dtype=np.float64)
    if others.size < LEAST_REFERENCE:
        return 0.0, float("nan")
    try:
        _, share, p_value = find_heap(values=values.to_numpy(dtype=np.float64), reference=others)
    except TooFewError:
        return 0.0, float("nan")
    return share, p_value


def _median_of_others(cells: pd.DataFrame) -> pd.Series:
    """Give, for each cell, the median share of the district's other schools; missing where there is none."""
    medians = pd.Series(np.nan, index=cells.index)
    for _, block in cells.groupby([name for name in CELL if name != "school_id"], sort=True):
        shares = block["pct"].to_numpy()
        if shares.size > 1:
            others = np.broadcast_to(shares, (shares.size, shares.size))[~np.eye(shares.size, dtype=np.bool_)]
            medians.loc[block.index] = np.median(others.reshape(shares.size, -1), axis=1)
    return medians
