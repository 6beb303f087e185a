"""Which trends of every school are concerning: those of the trend lists, and a rise in chronic absence."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.root_causes.school_values import ABSENCE, PLACE
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.judged import judge_schools
from mtss_analysis.findings.trends.slopes import KINDS, MIN_YEARS
from mtss_analysis.findings.trends.verdicts import GOOD_SIGN, Trend, key_of, size_of
from mtss_analysis.measures.groups import ALL, name_categories
from mtss_analysis.stats import Estimate, adjust_p_values, fit_clustered
from mtss_analysis.stats.crossed import keep_independent

CONCERN_COLUMNS = (
    "trend", "label", "unit", *PLACE, "slope", "std_error", "ci_low", "ci_high", "worsening", "q_value", "trend_grade",
    "group", "concerning", "promising", "status",
)  # fmt: skip
ABSENCE_LABEL = "chronic absence"
ABSENCE_UNIT = "percentage points per year"


def gather_concerns(
    reader: FrameReader, *, students: pd.DataFrame, years: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Gather one row for every school and trend: how all its students moved, and whether that is concerning.

    Parameters
    ----------
    reader : FrameReader
        Gives ``slopes``, ``levels`` and ``whole_levels``.
    students, years : DataFrame
        From :func:`mtss_analysis.findings.root_causes.school_values.list_chronic` and ``decide_chronic``.
    settings : Settings
        Indicators, groups, false-discovery rate, population.

    Returns
    -------
    DataFrame
        ``CONCERN_COLUMNS``. ``trend`` is a measure of the indicators or ``chronic_absence``; ``slope`` with its
        standard error and interval is that of all students, ``worsening`` the same for the worse; ``concerning`` is the
        verdict of the school's trend list (where only a grade or a group moved, ``trend_grade`` and ``group`` name the
        steepest one), or a rise in absence that is told apart over all schools compared; ``promising`` is the verdict
        on all students, or a fall in absence. ``status`` is "ok", "withheld" or "not_estimable".
    """
    rows = [*_judge_scores(reader, settings=settings), *_judge_absence(students, years=years, settings=settings)]
    return pd.DataFrame(rows, columns=list(CONCERN_COLUMNS)).sort_values([*PLACE, "trend"], ignore_index=True)


def _judge_scores(reader: FrameReader, *, settings: Settings) -> Iterator[dict[str, object]]:
    """Judge every school's trends as its packet does."""
    slopes = reader.frame("slopes")
    places = sorted(set(zip(slopes["district_id"].astype(str), slopes["school_id"].astype(str), strict=True)))
    for school, judged in judge_schools(reader, schools=places, settings=settings):
        for indicator in settings.indicators:
            mine = [trend for trend in judged if trend.measure == indicator.measure]
            if mine:
                yield {
                    "trend": indicator.measure, "label": indicator.label,
                    "unit": KINDS["standing"].format(population=settings.population),
                    "district_id": school[0], "school_id": school[1], **_sum_up(mine),
                }  # fmt: skip


def _sum_up(trends: list[Trend]) -> dict[str, object]:
    """Sum up a school's trends in one measure: all students, and the steepest concerning one."""
    whole = next((trend for trend in trends if trend.is_whole), None)
    found = [trend for trend in trends if trend.verdict == "concerning"]
    found.sort(key=lambda one: (not one.is_whole, one.group != ALL, one.kind != "standing", -size_of(one), key_of(one)))
    first = found[0] if found else whole
    slope = whole.cell.slope if whole and whole.cell else None
    status = "ok" if slope else "not_estimable" if whole and whole.cell else "withheld"
    return {
        "slope": slope.estimate if slope else np.nan,
        "std_error": slope.std_error if slope else np.nan,
        "ci_low": slope.ci_low if slope else np.nan,
        "ci_high": slope.ci_high if slope else np.nan,
        "worsening": -GOOD_SIGN["standing"] * slope.estimate if slope else np.nan,
        "q_value": first.q_value if first and first.q_value is not None else np.nan,
        "trend_grade": first.trend_grade if first else ALL,
        "group": first.group if first else ALL,
        "concerning": bool(found),
        "promising": whole is not None and whole.verdict == "promising",
        "status": status,
    }


def _judge_absence(students: pd.DataFrame, *, years: pd.DataFrame, settings: Settings) -> Iterator[dict[str, object]]:
    """Estimate every school's change in chronic absence with grades and groups held constant, and adjust over all."""
    minimum = get_profile(settings.profile).minimum
    found: list[tuple[dict[str, object], Estimate | None]] = []
    for (district_id, school_id), own in students.groupby(PLACE, sort=True):
        here = years[(years["district_id"] == district_id) & (years["school_id"] == school_id)]
        keys: dict[str, object] = {"district_id": district_id, "school_id": school_id}
        printable = bool(here["ok"].all()) and bool((here["n"] >= minimum).all())
        estimate = None
        if printable and own["school_year"].nunique() >= MIN_YEARS:
            try:
                estimate = estimate_rise(own, settings=settings)
            except TooFewError:
                estimate = None
        status = "ok" if estimate else "not_estimable" if printable else "withheld"
        found.append((keys | {"status": status}, estimate))
    families: dict[object, list[int]] = {}
    for at, (keys, _) in enumerate(found):
        families.setdefault("" if settings.population == "state" else keys["district_id"], []).append(at)
    q_values = np.full(len(found), np.nan)
    for places in families.values():
        q_values[places] = adjust_p_values(
            np.array([one.p_value if (one := found[at][1]) else np.nan for at in places], dtype=np.float64)
        )
    for (keys, estimate), q_value in zip(found, q_values, strict=True):
        rise = estimate.estimate if estimate else np.nan
        yield {
            "trend": ABSENCE, "label": ABSENCE_LABEL, "unit": ABSENCE_UNIT, **keys, "slope": rise, "worsening": rise,
            "std_error": estimate.std_error if estimate else np.nan,
            "ci_low": estimate.ci_low if estimate else np.nan, "ci_high": estimate.ci_high if estimate else np.nan,
            "q_value": q_value, "trend_grade": ALL, "group": ALL,
            "concerning": bool(rise > 0 and q_value <= settings.false_discovery_rate),
            "promising": bool(rise < 0 and q_value <= settings.false_discovery_rate),
        }  # fmt: skip


def estimate_rise(students: pd.DataFrame, *, settings: Settings) -> Estimate:
    """Estimate by how much a school's share of chronically absent students changes a year, comparable students.

    Parameters
    ----------
    students : DataFrame
        One school's rows of ``list_chronic``.
    settings : Settings
        Groups, confidence level.

    Returns
    -------
    Estimate
        Percentage points a year; grades and declared groups held constant, inference clustered by student.

    Raises
    ------
    TooFewError
        The students do not tell how uncertain it is.
    """
    year = students["school_year"].str.slice(0, 4).astype("float64").to_numpy()
    columns = [np.ones(len(year)), year - year.mean()]
    for name in ("grade", *(group.column for group in settings.groups)):
        values = name_categories(students[name]).fillna("not known")
        columns += [(values == value).to_numpy(dtype="float64") for value in sorted(values.unique())[1:]]
    design = _drop_dependent(np.column_stack(columns))
    return fit_clustered(
        outcome=100 * students["chronic"].to_numpy(dtype="float64"),
        design=design,
        names=["constant", "year", *(f"held {at}" for at in range(design.shape[1] - 2))],
        clusters=students["student_id"].to_numpy(dtype="U"),
        ci_level=settings.ci_level,
    ).coefficient("year")


def _drop_dependent(design: np.ndarray) -> np.ndarray:
    """Drop columns that earlier ones add up to, such as a group that is a grade."""
    return design[:, keep_independent(design)]
