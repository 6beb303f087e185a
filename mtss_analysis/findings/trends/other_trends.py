"""How absence, referrals, support, screeners and surveys of one school changed a year, told from noise or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import WITHHELD_MARK
from mtss_analysis.findings.layout import Note
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.families import share_of_others, spend_share
from mtss_analysis.findings.trends.other_rows import CHRONIC, REFERRALS, SUPPORT
from mtss_analysis.findings.trends.survey_slopes import PREFIX
from mtss_analysis.findings.trends.verdicts import CANNOT_TELL
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import format_estimate, format_p, format_with_interval, likely_between
from mtss_analysis.stats import Estimate, adjust_p_values

FAMILY = "other indicators of the school, which have a tenth of the false-discovery rate"
METHOD = (
    "slope at constant grades and groups, students, teachers and classrooms random (REML ratios of all schools, "
    "Satterthwaite); shrunken by empirical Bayes over the run's schools; Benjamini-Hochberg over the other indicators"
)

SURVEY_METHOD = (
    "slope over all answers of one season, the school's years random (REML ratio of the district's schools, "
    "Satterthwaite); shrunken by empirical Bayes over the run's schools; Benjamini-Hochberg over the other indicators"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    label: str
    domain: str
    subject: str
    unit: str
    sign: int
    whom: str = "all students"


WORDS: Mapping[str, _Words] = {
    CHRONIC: _Words(
        label="chronic absence",
        domain="attendance",
        subject="The share of students who were chronically absent",
        unit="percentage points",
        sign=-1,
    ),
    SUPPORT: _Words(
        label="support in Tier 2 or Tier 3",
        domain="overall",
        subject="The share of students in Tier 2 or Tier 3 in spring",
        unit="percentage points",
        sign=0,
    ),
    REFERRALS: _Words(
        label="office referrals",
        domain="behavior",
        subject="The number of referrals per 100 students and school day",
        unit="referrals",
        sign=-1,
    ),
}
"""What each indicator is called, and which way is for the better, 0: neither.

More support may be more need or more help given to the same need, so a change of it is named without a judgement.
"""
MOVED = "moved"
"""Verdict on a change that is told from noise and is neither for the better nor for the worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTrend:
    """One indicator of all students of a school.

    Parameters
    ----------
    slope : Estimate or None
        Own change a year; None if it is withheld or cannot be estimated, and ``reason`` says why.
    shrunken, shrunken_low, shrunken_high : float or None
        Drawn towards the mean of all schools.
    q_value : float or None
        Adjusted over the school's other indicators.
    verdict : {'promising', 'concerning', 'moved', 'cannot tell'}
        ``moved``: told from no change, of what has no direction for the better.
    """

    measure: str
    slope: Estimate | None
    shrunken: float | None
    shrunken_low: float | None
    shrunken_high: float | None
    status: str
    reason: str
    q_value: float | None = None
    verdict: str = CANNOT_TELL

    @property
    def words(self) -> _Words:
        """What it is called."""
        return _find_words(self.measure)

    def say(self) -> str:
        """Say in one sentence how it changed; empty where that cannot be told."""
        if self.slope is None or self.verdict == CANNOT_TELL:
            return ""
        low, high = self.slope.ci_low, self.slope.ci_high
        ends = sorted((abs(low), abs(high))) if low * high > 0 else (low, high)
        moved = "rose" if self.slope.estimate > 0 else "fell"
        size = format_estimate(abs(self.slope.estimate), low=low, high=high)
        unit = self.words.unit.removesuffix("s") if size == "1" else self.words.unit
        likely = likely_between(low=ends[0], high=ends[1])
        return f"{self.words.subject} {moved} by about {size} {unit} a year{self._say_held()} ({likely})."

    def _say_held(self) -> str:
        return "" if self.measure.startswith(PREFIX) else ", grades and groups held constant"

    def write_row(self) -> tuple[str, ...]:
        """Write its row of the table of trends."""
        mark = WITHHELD_MARK if self.status == "withheld" else None
        own = self.slope
        return (
            self.words.label,
            self.words.whom,
            mark or _write(own.estimate if own else None, own.ci_low if own else None, own.ci_high if own else None),
            mark or _write(self.shrunken, self.shrunken_low, self.shrunken_high),
            mark or format_p(self.q_value),
            mark or (self.verdict if own else self.reason),
        )

    def records(self, *, school: School, settings: Settings) -> tuple[Record, ...]:
        """Own and shrunken change a year."""
        keys: dict[str, Any] = {
            "requirement": "R6",
            "district_id": school.district_id,
            "school_id": school.school_id,
            "domain": self.words.domain,
            "measure": self.measure,
            "grade": ALL,
            "group": ALL,
            "method": SURVEY_METHOD if self.measure.startswith(PREFIX) else METHOD,
            "design": "descriptive",
            "unit": f"{self.words.unit} per year",
        }
        own = self.slope
        record = Record(
            **keys,
            finding="trend",
            estimate=own.estimate if own else None,
            std_error=own.std_error if own else None,
            ci_low=own.ci_low if own else None,
            ci_high=own.ci_high if own else None,
            ci_level=own.ci_level if own else None,
            p_value=own.p_value if own else None,
            q_value=self.q_value,
            family=FAMILY if own else None,
            verdict=self.verdict if own else None,
            status="withheld" if self.status == "withheld" else "ok" if own else "not_estimable",
            reason=None if own else self.reason,
            sentence=self.say() or None,
        )
        if own is None or self.shrunken is None:
            return (record,)
        shrunken = Record(
            **keys,
            finding="trend_shrunken",
            estimate=self.shrunken,
            ci_low=self.shrunken_low,
            ci_high=self.shrunken_high,
            ci_level=settings.ci_level,
        )
        return (record, shrunken)


def judge_other_trends(slopes: pd.DataFrame, *, settings: Settings) -> tuple[OtherTrend, ...]:
    """Read a school's further indicators and say which of them moved, with what the run's measures leave of the rate.

    Parameters
    ----------
    slopes : DataFrame
        The school's rows of the comparison's ``other_slopes``.
    settings : Settings
        Confidence level and false-discovery rate.

    Returns
    -------
    tuple of OtherTrend
        One for each indicator; what may not be printed holds no number.
    """
    trends = [_read(row, ci_level=settings.ci_level) for row in slopes.to_dict("records")]
    q_values = adjust_p_values(
        np.array([one.slope.p_value if one.slope else np.nan for one in trends], dtype="float64")
    )
    spent = spend_share(q_values, share=share_of_others(settings))
    return tuple(
        _judge(one, q_value=float(q_value), settings=settings) for one, q_value in zip(trends, spent, strict=True)
    )


def note_other_trends(trends: Sequence[OtherTrend]) -> tuple[Note, ...]:
    """Give what goes well or needs attention, for page one."""
    return tuple(
        {"kind": kind, "measure": one.measure, "sentence": one.say()}
        for kind, verdict in (("well", "promising"), ("attention", "concerning"))
        for one in trends
        if one.verdict == verdict
    )


def _read(row: Mapping[Any, Any], *, ci_level: float) -> OtherTrend:
    shown = row["status"] == "ok" and bool(np.isfinite(row["slope"]))
    numbers = {name: float(row[name]) for name in ("std_error", "df", "ci_low", "ci_high", "p_value")}
    slope = Estimate(estimate=float(row["slope"]), ci_level=ci_level, **numbers) if shown else None
    shrunken = [float(row[name]) for name in ("shrunken", "shrunken_low", "shrunken_high")]
    value, low, high = shrunken if shown and np.isfinite(shrunken).all() else (None, None, None)
    return OtherTrend(
        measure=str(row["measure"]),
        slope=slope,
        shrunken=value,
        shrunken_low=low,
        shrunken_high=high,
        status=str(row["status"]),
        reason="too few students to print" if row["status"] == "withheld" else str(row["reason"]),
    )


def _judge(trend: OtherTrend, *, q_value: float, settings: Settings) -> OtherTrend:
    if trend.slope is None:
        return trend
    verdict = CANNOT_TELL
    told = q_value <= settings.false_discovery_rate
    if told and trend.shrunken is not None and trend.slope.estimate * trend.shrunken > 0:
        way = find_direction(trend.measure, settings=settings) * trend.shrunken
        verdict = MOVED if way == 0 else "promising" if way > 0 else "concerning"
    return replace(trend, q_value=q_value, verdict=verdict)


def find_direction(measure: str, *, settings: Settings) -> int:
    """Find which way of an indicator is for the better.

    Parameters
    ----------
    measure : str
        As in the comparison's ``other_slopes``.
    settings : Settings
        ``trends`` names screeners and survey scales of which less is better, or that have no direction.

    Returns
    -------
    int
        1: more, -1: less, 0: neither.
    """
    name = measure.rpartition(":")[2]
    if name in settings.trends.no_direction:
        return 0
    return -1 if name in settings.trends.less_is_better else _find_words(measure).sign


def _find_words(measure: str) -> _Words:
    if measure in WORDS:
        return WORDS[measure]
    if measure.startswith(PREFIX):
        who, _, scale = measure.removeprefix(PREFIX).partition(":")
        label = scale.replace("_", " ")
        subject = f"The mean answer of {who} on {label}"
        return _Words(label=f"survey: {label}", domain="climate", subject=subject, unit="points", sign=1, whom=who)
    label = measure.replace("_", " ")
    return _Words(label=label, domain=measure, subject=f"The mean of the {label}", unit="points", sign=1)


def _write(value: float | None, low: float | None, high: float | None) -> str:
    return format_with_interval(value, low=low, high=high, signed=True)
