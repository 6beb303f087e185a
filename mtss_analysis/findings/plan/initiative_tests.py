"""The four tests of what a district runs already: redundant, no effect, low fidelity, staff time."""

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import read_facts
from mtss_analysis.findings.plan.effect_evidence import KnownEffect, Shown, read_effects
from mtss_analysis.findings.plan.initiative_fidelity import (
    judge_delivery,
    judge_lessons,
    judge_own_word,
    read_delivered,
    read_seen,
)
from mtss_analysis.findings.plan.initiative_result import TestResult
from mtss_analysis.findings.plan.rows import Initiative
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import format_number, format_with_interval

LEAST_OTHERS = 3
"""Others of the same domain and tier with which the staff time of an initiative is compared; a convention."""
WHOLE = "1"
"""Tier of an initiative that names none: it is for everybody."""


class Evidence:
    """What is known of all initiatives of a plan.

    Parameters
    ----------
    initiatives : sequence of Initiative
        Of the subject; of a school, the district's too.
    school : School
        Of a school: the school; of a district, an empty school.
    today : date or None
        The newest date in the data: what has ended before is not compared with.
    settings : Settings
        Criteria.
    comparison : Comparison
        With the frames ``questions``, ``designs``, ``delivery`` and ``implementation``.
    """

    def __init__(
        self,
        initiatives: Sequence[Initiative],
        *,
        school: School,
        today: dt.date | None,
        settings: Settings,
        comparison: Comparison,
    ) -> None:
        self.running = tuple(one for one in initiatives if is_running(one, today=today))
        self.settings = settings
        self.comparison = comparison
        self.school = school
        self.effects: Mapping[str, tuple[KnownEffect, ...]] = {
            one.initiative_id: read_effects(comparison, intervention_id=one.intervention_id, settings=settings)
            for one in self.running
            if one.intervention_id
        }
        self.facts = read_facts(comparison, district_id=school.district_id, school_id=school.school_id)

    def test(self, one: Initiative) -> tuple[TestResult, ...]:
        """Put an initiative to the four tests, in their order."""
        fidelity = self.test_fidelity(one)
        return (self.test_redundant(one), self.test_effect(one, fidelity=fidelity), fidelity, self.test_staff_time(one))

    def test_redundant(self, one: Initiative) -> TestResult:
        """Whether another one has the same purpose, domain, tier, grades and students, and is the one to keep."""
        if not (one.purpose and one.domain and one.grade and one.student_group):
            said = "Whether it is redundant cannot be told: purpose, domain, grades or students are not stated."
            return TestResult(test="redundant", outcome="cannot tell", said=said, short="cannot tell")
        twins = [other for other in self.running if other is not one and _serve_same(one, other)]
        better = [other for other in twins if self._rank(other) < self._rank(one)]
        if better:
            kept = min(better, key=self._rank)
            said = (
                f"{name_initiative(kept)} ({kept.initiative_id}) has the same purpose, domain, tier, grades and "
                f"students; {self._say_preferred(kept, one)}."
            )
            return TestResult(test="redundant", outcome="fails", said=said, short=f"same as {kept.initiative_id}")
        said = "No other initiative that should rather be kept has the same purpose, domain, tier, grades and students."
        return TestResult(test="redundant", outcome="passes", said=said, short="no")

    def test_effect(self, one: Initiative, *, fidelity: TestResult) -> TestResult:
        """Whether the design of its effect shows that there is none worth the trouble."""
        known = self.effects.get(one.initiative_id, ())
        shown = {effect: self._shown(effect) for effect in known}
        effect = next((effect for effect, what in shown.items() if what == "effect"), None)
        if effect is not None:
            said = f"An effect is shown: {_say_effect(effect)}."
            return TestResult(test="no_effect", outcome="passes", said=said, short=_write_effect(effect))
        if not one.intervention_id:
            what = "it is no intervention whose effect was estimated"
        elif not known:
            what = "the run does not ask about it"
        elif all(what == "no effect" for what in shown.values()):
            largest = max(known, key=lambda effect: effect.effect.ci_high if effect.effect else 0.0)
            if fidelity.outcome != "fails":
                said = (
                    f"No effect worth the trouble: {_say_effect(largest)}, all of it below the smallest effect that is "
                    f"worthwhile ({largest.minimum:g})."
                )
                return TestResult(test="no_effect", outcome="fails", said=said, short=_write_effect(largest))
            what = "it was not delivered as designed, so that what was seen is not its effect"
        else:
            first = next((effect for effect, what in shown.items() if what == "cannot tell"), known[0])
            what = first.reason if first.effect is None else f"{_say_effect(first)}, with effects of both kinds in it"
        said = f"Whether it has an effect cannot be told: {what}."
        return TestResult(test="no_effect", outcome="cannot tell", said=said, short="cannot tell")

    def test_fidelity(self, one: Initiative) -> TestResult:
        """Whether it is delivered as designed, by the data or else by the plan's own word."""
        least, own = self.settings.implementation.fidelity_criterion_pct, one.fidelity_pct
        seen = read_seen(self.facts, one, ci_level=self.settings.ci_level)
        return (
            judge_delivery(
                read_delivered(self.comparison, one, school=self.school, settings=self.settings), least=least
            )
            or judge_lessons(seen, own=own, least=least)
            or judge_own_word(own, least=least)
        )

    def test_staff_time(self, one: Initiative) -> TestResult:
        """Whether it takes far more hours of staff for each student than others of its domain and tier."""
        mine = find_hours(one)
        if mine is None:
            said = "What it takes of staff for each student cannot be told: hours or students are not stated."
            return TestResult(test="staff_time", outcome="cannot tell", said=said, short="cannot tell")
        if self.hides(one):
            said = "Too few students take part to print what it takes of staff for each."
            return TestResult(test="staff_time", outcome="cannot tell", said=said, short="withheld")
        median = self.find_usual_hours(one)
        times = self.settings.plan.staff_time_times
        if median is None:
            said = f"It takes {_write_hours(mine)} hours a week for 100 students; too few others are like it."
            return TestResult(test="staff_time", outcome="cannot tell", said=said, short=_write_hours(mine))
        what = (
            f"It takes {_write_hours(mine)} hours a week for 100 students, {_write_times(mine / median)} the median of "
            f"the others of its domain and tier ({_write_hours(median)})"
        )
        if round(mine / median, 9) >= times:
            said = f"{what}; {times:g} times is the criterion."
            return TestResult(test="staff_time", outcome="fails", said=said, short=_write_hours(mine))
        return TestResult(test="staff_time", outcome="passes", said=f"{what}.", short=_write_hours(mine))

    def find_usual_hours(self, one: Initiative) -> float | None:
        """Find the median hours a week per student of the others of its domain and tier; None: too few others."""
        others = [
            hours
            for other in self.running
            if other is not one and _kind(other) == _kind(one) and (hours := find_hours(other)) is not None
        ]
        return statistics.median(others) if len(others) >= LEAST_OTHERS else None

    def hides(self, one: Initiative) -> bool:
        """Whether fewer students take part than may be printed."""
        served = one.students_served
        return served is not None and served < get_profile(self.settings.profile).minimum

    def _shown(self, effect: KnownEffect) -> Shown:
        return effect.judge(false_discovery_rate=self.settings.false_discovery_rate)

    def _rank(self, one: Initiative) -> tuple[object, ...]:
        """Which of several for the same purpose to keep: the first by this order."""
        known = self.effects.get(one.initiative_id, ())
        has_effect = any(self._shown(effect) == "effect" for effect in known)
        cost = None if one.cost_per_year is None or not one.students_served else one.cost_per_year / one.students_served
        return (
            not one.mandated, not has_effect, not one.intervention_id, -(one.fidelity_pct or 0.0), cost is None,
            cost or 0.0, one.start_date or dt.date.max, one.initiative_id,
        )  # fmt: skip

    def _say_preferred(self, kept: Initiative, one: Initiative) -> str:
        ranks = list(zip(self._rank(kept), self._rank(one), strict=True))
        first = next(place for place, (a, b) in enumerate(ranks) if a != b)
        reasons = (
            "law or contract forbids to end that one",
            "of that one an effect is shown",
            "of that one the data hold records by which it can be judged",
            "that one is delivered more faithfully by the plan's own word",
            "of that one the cost is known",
            "that one costs less for each student",
            "that one has run for longer",
            "nothing else tells them apart, and the team should choose",
        )
        return reasons[first]


def is_running(one: Initiative, *, today: dt.date | None) -> bool:
    """Whether an initiative has not ended by the newest date in the data."""
    return one.end_date is None or today is None or one.end_date >= today


def find_hours(one: Initiative) -> float | None:
    """Find the hours of staff a week for each student served; None: not known, or none."""
    if not one.staff_hours_per_week or one.staff_hours_per_week < 0 or not one.students_served:
        return None
    return one.staff_hours_per_week / one.students_served


def name_initiative(one: Initiative) -> str:
    """Name an initiative as it is printed."""
    return one.name or one.initiative_id


def _kind(one: Initiative) -> tuple[str, str]:
    return (_plain(one.domain), one.tier or WHOLE)


def _serve_same(one: Initiative, other: Initiative) -> bool:
    where = one.school_id is None or other.school_id is None or one.school_id == other.school_id
    return where and _describe(one) == _describe(other)


def _describe(one: Initiative) -> tuple[object, ...]:
    grades = frozenset(grade.strip().casefold() for grade in one.grade)
    return (_plain(one.purpose), _plain(one.domain), one.tier or "", grades, _plain(one.student_group))


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().replace("_", " ").split())


def _say_effect(known: KnownEffect) -> str:
    if known.effect is None:
        return known.reason
    size = format_with_interval(known.effect.estimate, low=known.effect.ci_low, high=known.effect.ci_high, signed=True)
    return f"{size} standard deviations in {known.outcome}"


def _write_effect(known: KnownEffect) -> str:
    if known.effect is None:
        return "cannot tell"
    return format_with_interval(known.effect.estimate, low=known.effect.ci_low, high=known.effect.ci_high, signed=True)


def _write_hours(per_student: float) -> str:
    hours = 100 * per_student
    return format_number(hours, decimals=0 if hours >= 10 else 1 if hours >= 1 else 2)


def _write_times(ratio: float) -> str:
    return f"{format_number(ratio, decimals=0 if ratio >= 3 else 1)} times"
