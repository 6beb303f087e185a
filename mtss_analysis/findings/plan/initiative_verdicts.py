"""What to do with each thing a district runs already: keep, streamline, retire, or find out first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.worth import WEEKS_A_YEAR
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.initiative_result import TestName, TestResult
from mtss_analysis.findings.plan.initiative_tests import Evidence, is_running, name_initiative
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.plan_calendar import DAYS_A_WEEK, PlanCalendar, open_calendar
from mtss_analysis.findings.plan.rows import Initiative
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings

REQUIREMENT = "R38"
VerdictWord = Literal["keep", "streamline", "retire", "not enough evidence"]
COLUMNS: dict[TestName, str] = {
    "redundant": "purpose",
    "no_effect": "intervention_id",
    "low_fidelity": "fidelity_pct",
    "staff_time": "staff_hours_per_week",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do with an initiative, and why.

    Parameters
    ----------
    initiative : Initiative
        Which.
    word : {'keep', 'streamline', 'retire', 'not enough evidence'}
        The verdict.
    tests : tuple of TestResult
        The four tests, in their order.
    dollars, hours : float or None
        Freed in a year; None: nothing is freed, or it is not known.
    """

    initiative: Initiative
    word: VerdictWord
    tests: tuple[TestResult, ...]
    dollars: float | None
    hours: float | None

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """Tests that speak against it."""
        return tuple(test for test in self.tests if test.outcome == "fails")

    @property
    def why(self) -> str:
        """The evidence for the verdict in one or two sentences."""
        if self.failed:
            said = " ".join(test.said for test in self.failed)
            return f"{said} Law or contract forbids to end it." if self._is_bound else said
        effect = self.tests[1]
        unknown = [test.said for test in self.tests if test.outcome == "cannot tell" and test.test == "low_fidelity"]
        return " ".join([effect.said, *unknown]) if self.word == "not enough evidence" else effect.said

    @property
    def _is_bound(self) -> bool:
        return bool(self.initiative.mandated)


def judge_initiatives(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[Verdict, ...]:
    """Judge what a school or a district runs already by the four tests.

    Parameters
    ----------
    plan : Plan
        Its initiatives; of a school its own are judged, beside the district's.
    settings : Settings
        Criteria of fidelity and staff time, false-discovery rate.
    comparison : Comparison
        With the frames ``questions``, ``designs``, ``delivery``, ``implementation`` and ``plan_days``.

    Returns
    -------
    tuple of Verdict
        One for each that has not ended, in the order of the table. *Retire*: redundant, or its own design shows that
        there is no effect worth the trouble, or both low fidelity and staff time speak against it and no effect is
        shown. *Streamline*: low fidelity or staff time alone; also in place of *retire* where law or contract forbids
        to end it. *Keep*: nothing speaks against it and an effect is shown. *Not enough evidence*: all others.
    """
    calendar = open_calendar(comparison, subject=plan.subject)
    subject = plan.subject
    school = School(
        district_id=subject.district_id, school_id=subject.school_id or "", school_name=subject.name, district_name=""
    )
    evidence = Evidence(plan.initiatives, school=school, today=calendar.today, settings=settings, comparison=comparison)
    own = [one for one in plan.initiatives if one.school_id == subject.school_id]
    return tuple(
        _judge(one, evidence=evidence, weeks=count_weeks(calendar))
        for one in own
        if is_running(one, today=calendar.today)
    )


def check_initiatives(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[PlanFault, ...]:
    """List what speaks against initiatives that a school or a district runs already.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        Criteria.
    comparison : Comparison
        As for :func:`judge_initiatives`.

    Returns
    -------
    tuple of PlanFault
        ``redundant``, ``no_effect``, ``low_fidelity``, ``staff_time``: one per test that speaks against an initiative.
        Where the evidence does not suffice, nothing is listed.
    """
    return tuple(
        PlanFault(
            requirement=REQUIREMENT,
            kind=test.test,
            table="initiatives",
            row_id=verdict.initiative.initiative_id,
            column=COLUMNS[test.test],
            said=f"{name_initiative(verdict.initiative)}: {test.said}",
            mend=say_what_to_do(verdict, test=test.test),
        )
        for verdict in judge_initiatives(plan, settings=settings, comparison=comparison)
        for test in verdict.failed
    )


def say_what_to_do(verdict: Verdict, *, test: TestName) -> str:
    """Say what follows from a test that speaks against an initiative."""
    if verdict.word == "retire":
        known = "" if verdict.initiative.mandated is False else " if neither law nor contract forbids it"
        return f"Retire it{known}."
    return {
        "redundant": "Run it together with the other one, as one.",
        "no_effect": "Change what it does, or bring it down to what law or contract asks for.",
        "low_fidelity": "Deliver it as designed, or do less of it and that well; then judge its effect.",
        "staff_time": "Bring down the hours it takes, or do the same with less.",
    }[test]


def count_weeks(calendar: PlanCalendar) -> float:
    """Count the weeks of instruction of the newest school year; without a calendar, those of a usual one."""
    if not calendar.years:
        return WEEKS_A_YEAR
    newest = max(calendar.years, key=lambda span: span.first)
    months = (f"{newest.first:%Y-%m}", f"{newest.last:%Y-%m}")
    days = [n for month, n in calendar.days_by_month.items() if months[0] <= month <= months[1]]
    return sum(days) / DAYS_A_WEEK


def _judge(one: Initiative, *, evidence: Evidence, weeks: float) -> Verdict:
    tests = evidence.test(one)
    outcome = {test.test: test.outcome for test in tests}
    failed = {name for name, what in outcome.items() if what == "fails"}
    is_effective = outcome["no_effect"] == "passes"
    word: VerdictWord = "not enough evidence"
    if failed & {"redundant", "no_effect"} or (len(failed) > 1 and not is_effective):
        word = "streamline" if one.mandated else "retire"
    elif failed:
        word = "streamline"
    elif is_effective:
        word = "keep"
    dollars, hours = _find_freed(one, word=word, failed=failed, evidence=evidence, weeks=weeks)
    return Verdict(initiative=one, word=word, tests=tests, dollars=dollars, hours=hours)


def _find_freed(
    one: Initiative, *, word: VerdictWord, failed: set[TestName], evidence: Evidence, weeks: float
) -> tuple[float | None, float | None]:
    """Find what is freed in a year: all of what is retired; of staff time, what exceeds the others' median."""
    a_week = one.staff_hours_per_week
    if word == "retire":
        return one.cost_per_year, None if a_week is None else a_week * weeks
    usual = evidence.find_usual_hours(one)
    if word == "streamline" and "staff_time" in failed and a_week and usual is not None and one.students_served:
        return None, max(a_week - usual * one.students_served, 0.0) * weeks
    return None, None


def by_word(verdicts: Sequence[Verdict], word: VerdictWord) -> tuple[Verdict, ...]:
    """Take the initiatives of one verdict, the dearest first."""
    mine = [verdict for verdict in verdicts if verdict.word == word]
    return tuple(sorted(mine, key=lambda verdict: -(verdict.initiative.cost_per_year or 0.0)))
