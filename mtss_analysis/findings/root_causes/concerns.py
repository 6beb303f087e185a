"""Which trends of every school are concerning: those of its trend lists, and chronic absence."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.root_causes.school_values import ABSENCE, PLACE
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.judged import judge_schools
from mtss_analysis.findings.trends.other_slopes import OTHER_FRAME
from mtss_analysis.findings.trends.slopes import KINDS
from mtss_analysis.findings.trends.verdicts import GOOD_SIGN, Trend, key_of, size_of
from mtss_analysis.measures.groups import ALL
from mtss_analysis.stats import adjust_p_values

CONCERN_COLUMNS = (
    "trend", "label", "unit", *PLACE, "slope", "std_error", "df", "ci_low", "ci_high", "worsening", "q_value",
    "trend_grade", "group", "concerning", "promising", "status",
)  # fmt: skip
ABSENCE_LABEL = "chronic absence"
ABSENCE_UNIT = "percentage points per year"
SLOPE_COLUMNS = ("slope", "std_error", "df", "ci_low", "ci_high")


def gather_concerns(reader: FrameReader, *, settings: Settings) -> pd.DataFrame:
    """Gather one row for every school and trend: how all its students moved, and whether that is concerning.

    Parameters
    ----------
    reader : FrameReader
        Gives ``slopes``, ``levels``, ``whole_levels`` and ``other_slopes``.
    settings : Settings
        Indicators, groups, false-discovery rate, population.

    Returns
    -------
    DataFrame
        ``CONCERN_COLUMNS``. ``trend`` is a measure of the indicators or ``chronic_absence``; ``slope`` with its
        standard error, degrees of freedom and interval is that of all students, ``worsening`` the same for the worse;
        ``concerning`` is the verdict of the school's trend list (where only a grade or a group moved, ``trend_grade``
        and ``group`` name the steepest one), ``promising`` that on all students; of absence, whether its slope is told
        apart over all schools compared, since one question is asked of all of them. ``status`` is "ok", "withheld" or
        "not_estimable". Where trends follow a cohort, there is none of absence.
    """
    rows = [*_judge_scores(reader, settings=settings), *_judge_absence(reader, settings=settings)]
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
        "df": slope.df if slope else np.nan,
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


def _judge_absence(reader: FrameReader, *, settings: Settings) -> Iterator[dict[str, object]]:
    """Read every school's change in chronic absence from the trend lists, and tell it from chance over all schools."""
    slopes = reader.frame(OTHER_FRAME)
    slopes = slopes[slopes["measure"] == ABSENCE].sort_values(PLACE)
    named = slopes["district_id"].astype("str").to_numpy(dtype=object)
    families = np.full(len(slopes), "") if settings.population == "state" else named
    p_values = slopes["p_value"].where(slopes["status"] == "ok").to_numpy(dtype="float64")
    q_values = np.full(len(slopes), np.nan)
    for family in np.unique(families):
        q_values[families == family] = adjust_p_values(p_values[families == family])
    for row, q_value in zip(slopes.to_dict("records"), q_values, strict=True):
        ok = row["status"] == "ok" and bool(np.isfinite(row["slope"]))
        told = ok and bool(q_value <= settings.false_discovery_rate)
        numbers = {name: float(row[name]) if ok else np.nan for name in SLOPE_COLUMNS}
        yield {
            "trend": ABSENCE, "label": ABSENCE_LABEL, "unit": ABSENCE_UNIT,
            "district_id": str(row["district_id"]), "school_id": str(row["school_id"]), **numbers,
            "worsening": numbers["slope"], "q_value": q_value if ok else np.nan, "trend_grade": ALL, "group": ALL,
            "concerning": told and numbers["slope"] > 0, "promising": told and numbers["slope"] < 0,
            "status": "ok" if ok else "withheld" if row["status"] == "withheld" else "not_estimable",
        }  # fmt: skip
