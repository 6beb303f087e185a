"""Whether a candidate root cause is seen in a school: beside comparable schools, or against its criterion."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from mtss_analysis.findings.root_causes.school_values import (
    ABSENCE,
    CASELOAD,
    FIDELITY,
    OK,
    PLACE,
    YARDSTICKS,
    find_kind,
)
from mtss_analysis.findings.settings import Settings
from mtss_analysis.stats import adjust_p_values

Present = Literal["yes", "no", "cannot tell"]

LEAST_OTHERS = 3
"""A median of fewer schools would be somebody's own number."""
MEDIAN_FACTOR = math.sqrt(math.pi / 2)
"""Standard error of a median in those of a mean, of normal values (Kendall & Stuart, volume 1, section 10.12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A school's value beside what it is held against.

    Parameters
    ----------
    value, yardstick : float
        The school's value, and the median of the schools it is compared with or the criterion.
    difference, low, high : float
        Value minus yardstick with its interval, in the measure's unit; limits are the difference where nothing was
        sampled.
    std_error, df : float
        Of the difference; the error is zero where nothing was sampled.
    p_value : float or None
        One-sided: how often chance alone would make it look so much worse; None: nothing was sampled.
    n_others : int
        Schools compared with; 0: held against a criterion.
    """

    value: float
    yardstick: float
    difference: float
    low: float
    high: float
    std_error: float
    df: float
    p_value: float | None
    n_others: int


def contrast_schools(
    values: pd.DataFrame,
    *,
    levels: Mapping[tuple[str, str], str],
    settings: Settings,
    always_median: bool = False,
) -> dict[tuple[str, str], Contrast]:
    """Hold every school's value of one measure against comparable schools, or fidelity against its criterion.

    Parameters
    ----------
    values : DataFrame
        Rows of one measure and population from
        :func:`mtss_analysis.findings.root_causes.school_values.gather_school_values`.
    levels : mapping of (district_id, school_id) to str
        Levels of the schools, such as "elementary"; where there are three others of the same level, only they are
        compared with. Only numbers that may be printed make a median.
    settings : Settings
        Confidence level, criterion of fidelity.
    always_median : bool
        Whether fidelity, too, is held against the other schools.

    Returns
    -------
    dict of (district_id, school_id) to Contrast
        Schools without a value, or with fewer than three others, are left out.
    """
    known = values[values["value"].notna()]
    if known.empty:
        return {}
    kind = find_kind(str(known["measure"].iloc[0]))
    keys = [(str(district), str(school)) for district, school in known[PLACE].itertuples(index=False)]
    numbers = known[["value", "std_error", "df"]].to_numpy(dtype="float64")
    printed = (known["status"] == OK).to_numpy()
    found = {}
    for at, key in enumerate(keys):
        others = [place for place in range(len(keys)) if place != at and printed[place]]
        alike = [place for place in others if levels.get(keys[place]) == levels.get(key)]
        others = alike if len(alike) >= LEAST_OTHERS else others
        if kind == FIDELITY and not always_median:
            yardstick, error, n_others = settings.implementation.fidelity_criterion_pct, 0.0, 0
        elif len(others) < LEAST_OTHERS:
            continue
        else:
            yardstick, n_others = float(np.median(numbers[others, 0])), len(others)
            squares = np.nan_to_num(numbers[others, 1]) ** 2
            error = MEDIAN_FACTOR * math.sqrt(float(squares.mean()) / n_others)
        found[key] = _contrast(*numbers[at], yardstick=yardstick, error=error, kind=kind, n_others=n_others,
                               ci_level=settings.ci_level)  # fmt: skip
    return found


def _contrast(
    value: float, std_error: float, df: float, *, yardstick: float, error: float, kind: str, n_others: int,
    ci_level: float,
) -> Contrast:  # fmt: skip
    rule = YARDSTICKS[kind]
    difference = value - yardstick
    if not np.isfinite(std_error):
        return Contrast(
            value=value, yardstick=yardstick, difference=difference, low=difference, high=difference, std_error=0.0,
            df=np.inf, p_value=None, n_others=n_others,
        )  # fmt: skip
    spread = math.hypot(std_error, error)
    half = float(stdtrit(df, (1 + ci_level) / 2)) * spread
    p_value = float(stdtr(df, -rule.worse * difference / spread)) if spread > 0 else None
    return Contrast(
        value=value, yardstick=yardstick, difference=difference, low=difference - half, high=difference + half,
        std_error=spread, df=df, p_value=p_value, n_others=n_others,
    )  # fmt: skip


def judge_contrasts(
    contrasts: Mapping[tuple[str, str, str], Contrast],
    *,
    rises: Mapping[tuple[str, str], float],
    rate: float,
) -> dict[tuple[str, str, str], tuple[Present, float | None]]:
    """Judge over all measures and schools at once where a measure is worse than it may be by chance.

    Parameters
    ----------
    contrasts : mapping of (measure, district_id, school_id) to Contrast
        One declared family.
    rises : mapping of (district_id, school_id) to float
        One-sided p-values that chronic absence rises; where there is one, absence has two ways of being present, and
        its p-value is twice the smaller one.
    rate : float
        False-discovery rate.

    Returns
    -------
    dict of (measure, district_id, school_id) to ("yes", "no" or "cannot tell", q-value or None)
        "yes" where it is told apart from chance and worse by a step or more (or absence rises, told apart); "no" where
        the interval leaves no room for so much as a step, or where a criterion is reached. What was counted and not
        sampled is judged by the step alone and has no q-value.
    """
    keys = list(contrasts)
    p_values = np.array([_find_p(contrasts[key], key=key, rises=rises) for key in keys], dtype=np.float64)
    q_values = adjust_p_values(p_values) if keys else p_values
    judged: dict[tuple[str, str, str], tuple[Present, float | None]] = {}
    for key, q_value in zip(keys, q_values, strict=True):
        tested = bool(np.isfinite(q_value))
        rising = find_kind(key[0]) == ABSENCE and rises.get(key[1:], 1.0) < (contrasts[key].p_value or 0.0)
        verdict = _judge(contrasts[key], kind=find_kind(key[0]), told=tested and bool(q_value <= rate), rising=rising)
        judged[key] = (verdict, float(q_value) if tested else None)
    return judged


def _find_p(contrast: Contrast, *, key: tuple[str, str, str], rises: Mapping[tuple[str, str], float]) -> float:
    if contrast.p_value is None:
        return np.nan
    rise = rises.get(key[1:]) if find_kind(key[0]) == ABSENCE else None
    return contrast.p_value if rise is None else min(1.0, 2 * min(contrast.p_value, rise))


def _judge(contrast: Contrast, *, kind: str, told: bool, rising: bool) -> Present:
    rule = YARDSTICKS[kind]
    worse = rule.worse * contrast.difference
    enough = worse > 0 and worse >= rule.step
    if kind == FIDELITY and worse <= 0:
        return "no"
    if contrast.p_value is None:
        return "yes" if enough and kind in (CASELOAD, FIDELITY) else "no" if kind == CASELOAD else "cannot tell"
    if told and (enough or rising):
        return "yes"
    most = contrast.high if rule.worse > 0 else -contrast.low
    return "no" if most < rule.step else "cannot tell"
