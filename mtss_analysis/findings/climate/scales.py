"""Screeners of behaviour and social-emotional learning, and survey scales, of all schools."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.surveys import FORM, list_answers, score_scales
from mtss_analysis.stats.intervals import estimate_mean
from mtss_analysis.stats.reliability import estimate_alpha

SCREENING, SURVEY = "screening", "survey"
STUDENTS = "students"
DOMAINS = ("behavior", "social_emotional")
KEYS = ["kind", "who", "scale", "school_year", "season"]
COLUMNS = [
    "district_id", "school_id", *KEYS, "n", "n_asked", "mean", "ci_low", "ci_high", "n_low", "n_cut", "max_value",
    "reliability", "reliability_low", "reliability_high", "status", "reason",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reliability:
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan


def compare_scales(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Score screeners and survey scales of all schools.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``climate``, confidence level and disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``climate_scales``: one row per school, scale, respondents, year and season: ``n`` (who answered), ``n_asked``
        (missing: not known), mean with interval, ``n_low`` of ``n_cut``, the district's reliability, ``status``
        (``withheld`` under the profile's minimum).
    """
    rows: list[dict[str, object]] = []
    if tables.has("screenings"):
        rows += _score_screenings(tables("screenings"), enrollments=tables("enrollments"), settings=settings)
    if tables.has("surveys"):
        asked = _count_asked(tables)
        rows += _score_surveys(tables("surveys"), asked=asked, settings=settings)
    return {"climate_scales": pd.DataFrame(rows, columns=COLUMNS)}


def _score_screenings(
    screenings: pd.DataFrame, *, enrollments: pd.DataFrame, settings: Settings
) -> Iterator[dict[str, object]]:
    if "domain" not in screenings:
        return
    wanted = screenings[
        screenings["domain"].isin(DOMAINS) & screenings["score"].notna() & screenings["school_id"].notna()
    ]
    if wanted.empty:
        return
    wanted = wanted.drop_duplicates(["district_id", "school_id", "school_year", "window", "measure", "student_id"])
    grades = enrollments[["district_id", "school_id", "school_year", "student_id", "grade"]]
    grades = grades.drop_duplicates(["district_id", "school_id", "school_year", "student_id"], keep="last")
    wanted = wanted.drop(columns="grade", errors="ignore").merge(
        grades, on=["district_id", "school_id", "school_year", "student_id"], how="inner"
    )
    cut = wanted["cut_score"] if "cut_score" in wanted else pd.Series(np.nan, index=wanted.index)
    wanted = wanted.assign(cut=cut.astype("float64"))
    reliable = {
        key: _from_errors(block)
        for key, block in wanted.groupby(["district_id", "measure", "school_year", "window"], sort=True)
    }
    by_grade = grades.groupby(["district_id", "school_id", "school_year", "grade"], sort=True).size()
    enrolled = {key: int(n) for key, n in by_grade.items()}
    for key, block in wanted.groupby(["district_id", "school_id", "measure", "school_year", "window"], sort=True):
        district_id, school_id, measure, year, window = (str(part) for part in key)
        asked = sum(enrolled[district_id, school_id, year, grade] for grade in block["grade"].dropna().unique())
        known = block[block["cut"].notna()]
        yield _write(
            (district_id, school_id, SCREENING, STUDENTS, measure, year, window),
            scores=block["score"],
            n_asked=asked,
            n_low=int((known["score"] < known["cut"]).sum()),
            n_cut=len(known),
            max_value=np.nan,
            reliability=reliable[district_id, measure, year, window],
            settings=settings,
        )


def _score_surveys(
    surveys: pd.DataFrame, *, asked: dict[tuple[str, str, str, str], int], settings: Settings
) -> Iterator[dict[str, object]]:
    scored = score_scales(surveys)
    answers = list_answers(surveys)
    form = [FORM[0], *FORM[2:]]
    reliable = {
        key: _from_answers(block, ci_level=settings.ci_level) for key, block in answers.groupby(form, sort=True)
    }
    for key, block in scored.groupby(FORM, sort=True):
        district_id, school_id, who, year, season, scale = (str(part) for part in key)
        limit = settings.climate.low_answer_pct / 100 * block["max_value"]
        known = block["max_value"].notna()
        yield _write(
            (district_id, school_id, SURVEY, who, scale, year, season),
            scores=block["score"],
            n_asked=asked.get((district_id, school_id, who, year)),
            n_low=int((block["score"] < limit)[known].sum()),
            n_cut=int(known.sum()),
            max_value=float(block["max_value"].max()),
            reliability=reliable[district_id, who, year, season, scale],
            settings=settings,
        )


def _write(
    key: tuple[str, ...],
    *,
    scores: pd.Series,
    n_asked: int | None,
    n_low: int,
    n_cut: int,
    max_value: float,
    reliability: _Reliability,
    settings: Settings,
) -> dict[str, object]:
    mean = low = high = np.nan
    reason = ""
    status = "withheld" if get_profile(settings.profile).hides(len(scores)) else "ok"
    if status == "ok":
        try:
            found = estimate_mean(values=scores.to_numpy(dtype=np.float64), ci_level=settings.ci_level)
            mean, low, high = found.estimate, found.ci_low, found.ci_high
        except TooFewError as few:
            status, reason = "not_estimable", str(few)
    return {
        **dict(zip(["district_id", "school_id", *KEYS], key, strict=True)),
        "n": len(scores),
        "n_asked": n_asked,
        "mean": mean,
        "ci_low": low,
        "ci_high": high,
        "n_low": n_low,
        "n_cut": n_cut,
        "max_value": max_value,
        "reliability": reliability.value,
        "reliability_low": reliability.low,
        "reliability_high": reliability.high,
        "status": status,
        "reason": reason,
    }


def _count_asked(tables: Tables) -> dict[tuple[str, str, str, str], int]:
    """Count who could have answered: staff of the school, or its students, one family each."""
    keys = ["district_id", "school_id", "school_year"]
    counts: dict[tuple[str, str, str, str], int] = {}
    enrolled = tables("enrollments").groupby(keys, sort=True)["student_id"].nunique()
    for row in enrolled.rename("n").reset_index().to_dict("records"):
        for who in ("students", "families"):
            counts[row["district_id"], row["school_id"], who, row["school_year"]] = int(row["n"])
    if tables.has("staff"):
        staff = tables("staff").groupby(keys, sort=True)["staff_id"].nunique()
        for row in staff.rename("n").reset_index().to_dict("records"):
            counts[row["district_id"], row["school_id"], "staff", row["school_year"]] = int(row["n"])
    return counts


def _from_answers(answers: pd.DataFrame, *, ci_level: float) -> _Reliability:
    """Cronbach's alpha over the district's respondents who answered every item."""
    table = answers.pivot_table(index=["school_id", "response_id"], columns="item", values="value").dropna()
    try:
        alpha = estimate_alpha(answers=table.to_numpy(dtype=np.float64), ci_level=ci_level)
    except TooFewError:
        return _Reliability()
    return _Reliability(value=alpha.estimate, low=alpha.ci_low, high=alpha.ci_high)


def _from_errors(screenings: pd.DataFrame) -> _Reliability:
    """One less the mean error variance over the variance of the district's scores of a grade.

    References
    ----------
    Green, Bock, Humphreys, Linn & Reckase (1984), Journal of Educational Measurement 21, 347-360, on marginal
    reliability.
    """
    if "standard_error" not in screenings or screenings["standard_error"].isna().all():
        return _Reliability()
    variance = screenings.groupby("grade")["score"].var(ddof=1)
    errors = (screenings["standard_error"] ** 2).groupby(screenings["grade"]).mean()
    weights = screenings.groupby("grade").size().where(variance > 0)
    reliability = 1 - errors / variance.where(variance > 0)
    kept = reliability.notna() & weights.notna()
    return (
        _Reliability(value=float(np.average(reliability[kept], weights=weights[kept])))
        if kept.any()
        else _Reliability()
    )
