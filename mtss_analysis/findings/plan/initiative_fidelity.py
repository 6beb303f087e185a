"""Whether an initiative is delivered as designed: by its records, by lessons observed, or by the plan's own word."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_rows import read_delivery
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.plan.initiative_result import Outcome, TestResult
from mtss_analysis.findings.plan.rows import Initiative
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import format_percent, likely_between
from mtss_analysis.stats import Interval
from mtss_analysis.stats.estimate import make_t_estimate

LEAST_SCHOOLS = 3
"""Schools from which on an interval about their mean fidelity is given."""


def read_delivered(
    comparison: Comparison, one: Initiative, *, school: School, settings: Settings
) -> Interval | float | None:
    """Read how faithfully an initiative is delivered, by the records of its delivery.

    Parameters
    ----------
    comparison : Comparison
        With the frame ``delivery``.
    one : Initiative
        Of a school, or of the district.
    school : School
        The school.
    settings : Settings
        Confidence level.

    Returns
    -------
    Interval, float or None
        Percent. Of a district's initiative, the mean over participations with an interval from how the schools differ,
        weighted by the students they serve; the mean alone of one school, or of fewer than three. None: nothing is
        recorded, or it may not be printed.
    """
    if not one.intervention_id:
        return None
    here = school if one.school_id else None
    mean = read_delivery(comparison, school=here, intervention_id=one.intervention_id).fidelity_pct
    if mean is None or here is not None:
        return mean
    frame = comparison.frame("delivery")
    rows = frame[(frame["intervention_id"] == one.intervention_id) & (frame["district_id"] == school.district_id)]
    rows = rows[(rows["status"] == "ok") & (rows["school_id"] != "") & rows["fidelity_pct"].notna()]
    std_error = _measure_error(rows, mean=mean)
    if len(rows) < LEAST_SCHOOLS or std_error <= 0:
        return mean
    found = make_t_estimate(estimate=mean, std_error=std_error, df=len(rows) - 1, ci_level=settings.ci_level)
    return Interval(
        estimate=mean, ci_low=max(found.ci_low, 0.0), ci_high=min(found.ci_high, 100.0), ci_level=settings.ci_level
    )


def read_seen(facts: Sequence[Fact], one: Initiative, *, ci_level: float) -> Interval | None:
    """Read in which share of the lessons observed the practice of an initiative is fully seen, percent.

    Parameters
    ----------
    facts : sequence of Fact
        Of the district and the school.
    one : Initiative
        With or without a practice.
    ci_level : float
        Confidence level of the facts' intervals.

    Returns
    -------
    Interval or None
        None where nobody observed it, or where it may not be printed.
    """
    wanted = ("building", one.practice, one.school_id or "")
    fact = next((fact for fact in facts if (fact.topic, fact.subject, fact.school_id) == wanted), None)
    if fact is None or fact.estimate is None or fact.ci_low is None or fact.ci_high is None:
        return None
    return Interval(estimate=fact.estimate, ci_low=fact.ci_low, ci_high=fact.ci_high, ci_level=ci_level)


def judge_delivery(delivered: Interval | float | None, *, least: float) -> TestResult | None:
    """Judge fidelity by the records of delivery: the whole interval, or the mean where there is none.

    Parameters
    ----------
    delivered : Interval, float or None
        From :func:`read_delivered`.
    least : float
        Criterion, percent.

    Returns
    -------
    TestResult or None
        None: nothing is recorded.
    """
    if delivered is None:
        return None
    if not isinstance(delivered, Interval):
        return _judge(delivered, low=delivered, high=delivered, least=least, what="by the records of its delivery")
    within = likely_between(low=delivered.ci_low, high=delivered.ci_high, unit="%")
    what = f"by the records of its delivery ({within}, by how the schools differ)"
    return _judge(delivered.estimate, low=delivered.ci_low, high=delivered.ci_high, least=least, what=what)


def judge_lessons(seen: Interval | None, *, own: float | None, least: float) -> TestResult | None:
    """Judge fidelity by the lessons observed.

    Parameters
    ----------
    seen : Interval or None
        From :func:`read_seen`.
    own : float or None
        What the plan itself says, percent.
    least : float
        Criterion, percent.

    Returns
    -------
    TestResult or None
        None: no lessons, or their interval holds the criterion. How often a practice is seen is not quite the share
        delivered as designed: where the plan says enough and the lessons say too little, it cannot be told.
    """
    if seen is None:
        return None
    within = likely_between(low=seen.ci_low, high=seen.ci_high, unit="%")
    shown = f"{format_percent(seen.estimate)} of the lessons observed ({within})"
    short = f"{seen.estimate:.0f}% (lessons)"
    if seen.ci_low >= least:
        said = f"The practice is seen in {shown}, at or above the criterion of {least:.0f}%."
        return TestResult(test="low_fidelity", outcome="passes", said=said, short=short)
    if seen.ci_high >= least:
        return None
    if own is None or own < least:
        said = f"The practice is seen in {shown}, below the criterion of {least:.0f}%."
        return TestResult(test="low_fidelity", outcome="fails", said=said, short=short)
    said = (
        f"Whether it is delivered as designed cannot be told: the plan says {format_percent(own)}, but the practice is "
        f"seen in {shown}."
    )
    return TestResult(test="low_fidelity", outcome="cannot tell", said=said, short=f"{own:.0f}% (plan), {short}")


def judge_own_word(own: float | None, *, least: float) -> TestResult:
    """Judge fidelity by what the plan itself says, percent; None: it says nothing."""
    if own is None:
        said = "Whether it is delivered as designed is not known."
        return TestResult(test="low_fidelity", outcome="cannot tell", said=said, short="cannot tell")
    return _judge(own, low=own, high=own, least=least, what="as the plan itself says")


def _judge(value: float, *, low: float, high: float, least: float, what: str) -> TestResult:
    outcome: Outcome = "fails" if high < least else "passes" if low >= least else "cannot tell"
    side = {
        "fails": f"below the criterion of {least:.0f}%",
        "passes": f"at or above the criterion of {least:.0f}%",
        "cannot tell": f"so that it cannot be told whether it reaches the criterion of {least:.0f}%",
    }[outcome]
    said = f"Fidelity is {format_percent(value)}, {what}, {side}."
    short = f"{value:.0f}% ({'plan' if 'plan' in what else 'data'})"
    return TestResult(test="low_fidelity", outcome=outcome, said=said, short=short)


def _measure_error(rows: pd.DataFrame, *, mean: float) -> float:
    """Standard error of a mean over participations, from how the schools differ."""
    count = len(rows)
    served = rows["n_served"].to_numpy(dtype="float64")
    if count < LEAST_SCHOOLS or not np.isfinite(served).all() or served.sum() <= 0:
        return 0.0
    away = served / served.sum() * (rows["fidelity_pct"].to_numpy(dtype="float64") - mean)
    return float(np.sqrt(count / (count - 1) * (away**2).sum()))
