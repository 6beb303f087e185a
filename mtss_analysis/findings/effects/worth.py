"""What an effect is in units that people use, whether it is worthwhile, and what it costs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import DesignResult, Pupils
from mtss_analysis.findings.settings import EffectQuestion
from mtss_analysis.findings.tables import Tables
from mtss_analysis.stats import (
    Estimate,
    Interval,
    Worthwhile,
    estimate_cost_per_effect,
    estimate_expected_gain,
    judge_worthwhile,
)
from mtss_analysis.stats.estimate import make_t_estimate

INGREDIENTS = ("cost_per_student", "materials_cost", "staff_hours_per_week")
LEAST_STUDENTS = 30
MIN_WEEKS = 4.0
WEEKS_A_YEAR = 36.0
"""Weeks of school in a year of 180 days, the usual requirement of states: Education Commission of the States (2023),
50-State Comparison: Instructional Time Policies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Ingredients of a year, per student served.

    Parameters
    ----------
    per_student : float
        Dollars.
    with_staff : bool
        Whether hours of staff are in it.
    per_sd : Interval or None
        Dollars per standard deviation of effect; None: ``reason``.
    """

    per_student: float
    with_staff: bool
    per_sd: Interval | None
    reason: str


def find_weekly_growth(pupils: Pupils, tables: Tables) -> float | None:
    """Find what students gain in a week between the fall screening and the outcome's.

    Parameters
    ----------
    pupils : Pupils
        Students of all schools.
    tables : Tables
        ``screenings`` with dates.

    Returns
    -------
    float or None
        In the outcome's unit, from students who took no part; None without a fall score, dates or growth.
    """
    rows = pupils.rows[(pupils.rows["received"] == 0)].dropna(subset=["score", "raw_baseline"])
    screenings = tables("screenings")
    if len(rows) < LEAST_STUDENTS or "date" not in screenings:
        return None
    mine = screenings[screenings["measure"] == pupils.indicator.measure].dropna(subset=["date"])
    dated = mine.assign(date=pd.to_datetime(mine["date"]))
    dates = dated.pivot_table(index="school_year", columns="window", values="date", aggfunc="median")
    if "fall" not in dates or pupils.indicator.window not in dates:
        return None
    weeks = float((dates[pupils.indicator.window] - dates["fall"]).dt.days.median()) / 7
    growth = float((rows["score"] - rows["raw_baseline"]).mean())
    return growth / weeks if np.isfinite(weeks) and weeks >= MIN_WEEKS and growth > 0 else None


def find_expected_gain(pupils: Pupils) -> float | None:
    """Find by how much the students who took part would be expected to rise without any programme.

    Parameters
    ----------
    pupils : Pupils
        Students of all schools.

    Returns
    -------
    float or None
        In the outcome's unit, relative to all students; None where no fall score is known or those who took part were
        not the lower ones.
    """
    rows = pupils.rows.dropna(subset=["outcome", "baseline"])
    rows = rows[rows.groupby(["grade", "school_year"], dropna=False)["received"].transform("max") > 0]
    took_part = rows["received"] > 0
    share = float(took_part.mean()) if len(rows) else 0.0
    if len(rows) < LEAST_STUDENTS or not 0 < share < 1 or rows["baseline"].std() == 0 or rows["outcome"].std() == 0:
        return None
    if float(rows.loc[took_part, "baseline"].mean()) >= 0:
        return None
    correlation = float(np.corrcoef(rows["baseline"], rows["outcome"])[0, 1])
    # By how far those chosen lie below the mean, they are expected to come back in part; where selection is by a low
    # score this is the formula of the selected share, and where judgement blurs it, it is less.
    shortfall = -float(rows.loc[took_part, "baseline"].mean()) / float(rows["baseline"].std())
    by_formula = estimate_expected_gain(share_selected=share, correlation=correlation)
    return min(by_formula, (1 - correlation) * shortfall) * float(rows["outcome"].std())


def judge(result: DesignResult, *, question: EffectQuestion) -> Worthwhile | None:
    """Judge how probable it is that the effect exceeds the smallest one that is worthwhile.

    Parameters
    ----------
    result : DesignResult
        The chosen design.
    question : EffectQuestion
        Minimum and prior.

    Returns
    -------
    Worthwhile or None
        None without an effect size.
    """
    effect = scale_effect(result, better=question.better)
    if effect is None:
        return None
    return judge_worthwhile(effect=effect, minimum=question.minimum_worthwhile_sd, prior_sd=question.prior_sd)


def scale_effect(result: DesignResult, *, better: str) -> Estimate | None:
    """Give the effect in standard deviations, positive where students do better.

    Parameters
    ----------
    result : DesignResult
        The chosen design.
    better : {'higher', 'lower'}
        Which way the outcome is better.

    Returns
    -------
    Estimate or None
        None without an effect size.
    """
    if result.estimate is None or not result.sd:
        return None
    per_unit = result.g / result.estimate.estimate if result.g and result.estimate.estimate else 1 / result.sd
    sign = -1.0 if better == "lower" else 1.0
    error = per_unit * result.estimate.std_error
    if result.design == "single_case" and result.g_low is not None and result.g_high is not None:
        # The standard deviation that few cases give is uncertain itself, and the interval of the size allows for it.
        reach = float(stdtrit(result.estimate.df, (1 + result.estimate.ci_level) / 2))
        error = max(error, (result.g_high - result.g_low) / (2 * reach))
    return make_t_estimate(
        estimate=sign * per_unit * result.estimate.estimate,
        std_error=error,
        df=result.estimate.df,
        ci_level=result.estimate.ci_level,
    )


def find_cost(
    *,
    intervention: pd.Series,
    n_served: int,
    n_years: int,
    result: DesignResult | None,
    question: EffectQuestion,
    is_graded: bool,
) -> Cost | None:
    """Find what an intervention costs per student and per unit of effect by the ingredients method.

    Parameters
    ----------
    intervention : Series
        Its row of ``interventions``.
    n_served, n_years : int
        Students served over all years, and the years.
    result : DesignResult or None
        The chosen design.
    question : EffectQuestion
        What an hour of staff costs.
    is_graded : bool
        Whether the effect can be graded.

    Returns
    -------
    Cost or None
        None where the data give no cost, or one below zero; see :func:`say_no_cost`.

    References
    ----------
    Levin, McEwan, Belfield, Bowden & Shand (2018), Economic Evaluation in Education, 3rd ed., chapters 3 to 5.
    """
    own, materials, hours = (_number(intervention.get(name)) for name in INGREDIENTS)
    if own is None or not n_served or not n_years or min(own, materials or 0.0, hours or 0.0) < 0:
        return None
    served = n_served / n_years
    with_staff = question.staff_hour_cost is not None and hours is not None
    staff = (hours or 0.0) * WEEKS_A_YEAR * (question.staff_hour_cost or 0.0) if with_staff else 0.0
    cost = own + ((materials or 0.0) + staff) / served
    effect = None if result is None else scale_effect(result, better=question.better)
    if effect is None or not is_graded:
        return Cost(per_student=cost, with_staff=with_staff, per_sd=None, reason="the effect cannot be graded")
    try:
        per_sd = estimate_cost_per_effect(cost=cost, effect=effect) if cost > 0 else None
    except TooFewError as reason:
        return Cost(per_student=cost, with_staff=with_staff, per_sd=None, reason=str(reason))
    return Cost(per_student=cost, with_staff=with_staff, per_sd=per_sd, reason="" if per_sd else "it costs nothing")


def say_no_cost(intervention: pd.Series) -> str:
    """Say why there is no cost, without a full stop.

    Parameters
    ----------
    intervention : Series
        Its row of ``interventions``.

    Returns
    -------
    str
        What the data lack.
    """
    named = [_number(intervention.get(name)) for name in INGREDIENTS]
    below = any(value is not None and value < 0 for value in named)
    return "a cost or a number of hours below zero is recorded" if below else "the data give no cost"


def _number(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
