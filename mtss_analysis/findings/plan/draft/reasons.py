"""What a draft answers: the concerning trends of a school or district, and the root causes that the data show there."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.evidence import Evidence, gather_evidence
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.unanswered import say_trend
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import find_kind
from mtss_analysis.measures.groups import ALL

LEAST_SCHOOLS = 2
"""A trend that one school alone shows is that school's; the district answers what at least two show."""
DOMAINS = {
    "absence": "attendance",
    "referrals": "behavior",
    "implementation": "implementation",
    "fidelity": "implementation",
    "caseload": "implementation",
}
FINDINGS = {"referrals": "referral_rate", "fidelity": "fidelity"}
"""Name of the packet's finding where it is not that of the measure; of practices it is ``practice_breakdown``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A finding that asks for a goal.

    Parameters
    ----------
    label : str
        What it is about, for a sentence: "reading", "co-teaching in lessons".
    measure : str
        What shows it, in the words of the goals table; empty: no measure of the kit follows it.
    domain : str
        Domain of the goal.
    grade, group : str
        Whom it is about; ``all`` or as in the goals table.
    said : tuple of str
        What was found, a sentence each.
    finding_id : tuple of str
        The packet's findings, as name and measure.
    cause : Evidence or None
        The root cause; None: a trend whose cause is not known.
    level : str
        Level at which an action against the cause should work; empty: not known.
    yardstick : float or None
        What the school's value is held against: the median of comparable schools, or a criterion.
    """

    label: str
    measure: str
    domain: str
    grade: str
    group: str
    said: tuple[str, ...]
    finding_id: tuple[str, ...]
    cause: Evidence | None
    level: str
    yardstick: float | None = None


def find_reasons(comparison: Comparison, *, subject: Subject, settings: Settings) -> tuple[Reason, ...]:
    """Find what a plan should answer.

    Parameters
    ----------
    comparison : Comparison
        With trends, implementation and causes.
    subject : Subject
        A school, or a district, which answers what several of its schools show.
    settings : Settings
        Indicators, causes, false-discovery rate.

    Returns
    -------
    tuple of Reason
        Concerning trends in the order of the run's indicators, then root causes in the order of the run file, without
        those that the district cannot change; a trend and a cause of the same measure are one.
    """
    causes = _find_causes(comparison, subject=subject, settings=settings)
    trends = _find_trends(comparison, subject=subject, settings=settings)
    by_measure = {one.measure: one for one in causes}
    alone = [trend for trend in trends if trend.measure not in by_measure]
    joined = [_join(one, trends) for one in causes]
    return (*alone, *joined)


def _join(cause: Reason, trends: Iterable[Reason]) -> Reason:
    same = [trend for trend in trends if trend.measure == cause.measure]
    if not same:
        return cause
    return Reason(
        label=cause.label,
        measure=cause.measure,
        domain=cause.domain,
        grade=cause.grade,
        group=cause.group,
        said=(*(text for trend in same for text in trend.said), *cause.said),
        finding_id=tuple(dict.fromkeys(name for one in (*same, cause) for name in one.finding_id)),
        cause=cause.cause,
        level=cause.level,
        yardstick=cause.yardstick,
    )


def _find_causes(comparison: Comparison, *, subject: Subject, settings: Settings) -> list[Reason]:
    found = []
    for one in gather_evidence(comparison, district_id=subject.district_id, settings=settings):
        controllable = one.declared is None or one.declared.controllable
        if not controllable or one.presence(subject) != "yes":
            continue
        kind = find_kind(one.shown_by) if one.shown_by else "factor"
        levels = one.wanted_levels(subject)
        has_measure = kind not in {"factor", "screening"}
        found.append(
            Reason(
                label=one.label,
                measure=one.shown_by if has_measure else "",
                domain=DOMAINS.get(kind, ""),
                grade=ALL,
                group=ALL,
                said=tuple(text for text in (f"Candidate root cause: {one.label}.", one.said(subject)) if text),
                finding_id=(_name_finding(one.shown_by),) if has_measure else (),
                cause=one,
                level=levels[0] if levels else "",
                yardstick=_find_yardstick(comparison, cause_id=one.cause_id, subject=subject),
            )
        )
    return found


def _find_yardstick(comparison: Comparison, *, cause_id: str, subject: Subject) -> float | None:
    frame = comparison.frame("causes")
    mine = (frame["cause"] == cause_id) & (frame["district_id"] == subject.district_id)
    known = frame.loc[mine & (frame["school_id"] == (subject.school_id or "")), "yardstick"].dropna()
    return float(known.iloc[0]) if len(known) and subject.school_id is not None else None


def _name_finding(measure: str) -> str:
    kind, _, name = measure.partition(":")
    return f"practice_breakdown:{name}" if kind == "implementation" else FINDINGS.get(kind, measure)


def _find_trends(comparison: Comparison, *, subject: Subject, settings: Settings) -> list[Reason]:
    frame = comparison.frame("cause_trends")
    own = frame[(frame["district_id"] == subject.district_id) & frame["concerning"].eq(other=True)]
    domains = {one.measure: one.domain for one in settings.indicators}
    order = [*domains, *sorted({str(name) for name in own["trend"]} - {*domains})]
    if subject.school_id is not None:
        rows = own[own["school_id"] == subject.school_id].to_dict("records")
        found = {str(row["trend"]): _read_trend(row, domains=domains, settings=settings) for row in rows}
    else:
        n_schools = frame.loc[frame["district_id"] == subject.district_id, "school_id"].nunique()
        found = {
            str(measure): _sum_up(rows, measure=str(measure), n_schools=n_schools, domains=domains)
            for measure, rows in own.groupby("trend", sort=True)
            if len(rows) >= LEAST_SCHOOLS
        }
    return [found[measure] for measure in order if measure in found]


def _read_trend(row: Mapping[Hashable, Any], *, domains: Mapping[str, str], settings: Settings) -> Reason:
    measure = str(row["trend"])
    return Reason(
        label=str(row["label"]),
        measure=measure,
        domain=_find_domain(measure, domains=domains),
        # A trend that follows a cohort is of no grade.
        grade=str(row["trend_grade"]) if settings.follow == "grade" else ALL,
        group=str(row["group"]),
        said=(f"Concerning trend: {row['label']}.", say_trend(row)),
        finding_id=(_name_trend(measure),),
        cause=None,
        level="",
    )


def _sum_up(rows: pd.DataFrame, *, measure: str, n_schools: int, domains: Mapping[str, str]) -> Reason:
    label, schools = str(rows["label"].iloc[0]), sorted(rows["school_id"].astype("str"))
    said = f"The trend in {label} is concerning in {len(schools)} of {n_schools} schools: {', '.join(schools)}."
    return Reason(
        label=label, measure=measure, domain=_find_domain(measure, domains=domains), grade=ALL, group=ALL, said=(said,),
        finding_id=(_name_trend(measure),), cause=None, level="",
    )  # fmt: skip


def _find_domain(measure: str, *, domains: Mapping[str, str]) -> str:
    return domains.get(measure, DOMAINS.get(find_kind(measure), ""))


def _name_trend(measure: str) -> str:
    return measure if find_kind(measure) == "absence" else f"trend:{measure}"
