"""What is true of practice, behaviour and plan in a synthetic district: each truth has a switch and a size."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from mtss_analysis.district.simulate.agreement import describe_agreement
from mtss_analysis.district.simulate.visit_truths import VisitNoise

PRACTICES = ("co_teaching", "explicit_instruction", "formative_checks", "behavior_routines")


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeBreakdown:
    """The District A example: a trained practice falls off some weeks after the training, in one band of experience.

    Every trained teacher starts at ``before``. From ``break_week`` on, a teacher of the upper band loses
    ``experience_drop`` and a teacher without classroom-embedded support loses ``support_drop``; the two add up.

    Parameters
    ----------
    planted : bool
        False: the practice stays at ``before``; who has support and who is visited do not change.
    practice : str
        The practice that breaks down; the other trained practices do not.
    before : float
        Share of observations with the practice fully implemented (2) after the training and before the break.
    experience_drop, support_drop : float
        What is lost from the break on, as shares.
    band_from_years : int
        Teachers with at least so many years of experience lose ``experience_drop``.
    break_week : int
        Weeks (of seven days, the day of the training is in week 0) after which implementation falls: 2 means from
        the fifteenth day on, the third week.
    overlap : bool
        False: all teachers below the band have classroom-embedded support and none above it, so that experience and
        support cannot be told apart. True: the next two shares hold.
    supported_veterans, unsupported_novices : float
        With overlap: share of teachers of the upper band with support, and of the lower band without.
    """

    planted: bool = True
    practice: str = "co_teaching"
    before: float = 0.74
    experience_drop: float = 0.13
    support_drop: float = 0.20
    band_from_years: int = 4
    break_week: int = 2
    overlap: bool = False
    supported_veterans: float = 0.35
    unsupported_novices: float = 0.35

    @property
    def after(self) -> float:
        """Share fully implemented from the break on, by teachers of the upper band without support."""
        return self.before - self.experience_drop - self.support_drop


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakPractice:
    """A practice that is badly implemented throughout some schools: the systemic cause under trends of outcomes.

    Parameters
    ----------
    planted : bool
        False: these schools are like the others.
    practice : str
        The practice.
    schools : tuple of int
        Positions of the schools in their district (``DrawnSchool.index``).
    drop : float
        What their share of full implementation lacks, in all weeks and years.
    """

    planted: bool = True
    practice: str = "explicit_instruction"
    schools: tuple[int, ...] = (3, 8)
    drop: float = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneClassroom:
    """One teacher whose implementation of every practice is low: a cause that is not systemic.

    Parameters
    ----------
    planted : bool
        False: the teacher is like the others.
    drop : float
        What this teacher's share of full implementation lacks, in every practice. Who it is, is said by whoever draws
        the classroom's outcomes.
    """

    planted: bool = True
    drop: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class LowFidelity:
    """Schools that do not run the system as designed.

    Parameters
    ----------
    planted : bool
        False: these schools are like the others.
    schools : tuple of int
        Positions of the schools in their district.
    share : float
        Their share of the points of the fidelity instrument in every tier and year; 0.70 is the usual criterion.
    """

    planted: bool = True
    schools: tuple[int, ...] = (2, 9)
    share: float = 0.46


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachingEffect:
    """Coaching raises the coached practice of a teacher, and the fidelity of a school.

    Parameters
    ----------
    planted : bool
        False: coaching is given as before and changes nothing.
    practice : str
        What the contacts are about (``coaching.focus``).
    coached_share : tuple of float
        Share of a school's teachers who are coached in the last year, from the school with fewest to that with most;
        who they are is drawn by lot. Contacts lie between November and February.
    hours : tuple of float
        Fewest and most hours that a coached teacher gets; evenly distributed between.
    gain_per_hour : float
        Added to the teacher's share of full implementation per hour received so far.
    fidelity_gain_per_hour : float
        Added to the school's share of fidelity points between fall and spring of the last year, per hour of coaching
        per teacher of the school.
    """

    planted: bool = True
    practice: str = "behavior_routines"
    coached_share: tuple[float, float] = (0.1, 0.9)
    hours: tuple[float, float] = (1.0, 6.0)
    gain_per_hour: float = 0.03
    fidelity_gain_per_hour: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverDrift:
    """One observer grows stricter over the last year.

    Parameters
    ----------
    planted : bool
        False: the observer's severity stays as it is.
    school : int
        Position of the school whose first observer it is.
    shift : float
        Change of severity from the first to the last day, in standard deviations of an item's score.
    """

    planted: bool = True
    school: int = 4
    shift: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderReporting:
    """A school that stops reporting referrals: its falling numbers are no success.

    Parameters
    ----------
    planted : bool
        False: all its referrals are there.
    school : int
        Position of the school in its district.
    from_month : int
        Calendar month of the last year from which on only ``reported_share`` is reported, to the end of the year.
    reported_share : float
        Share still reported.
    """

    planted: bool = True
    school: int = 5
    from_month: int = 1
    reported_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCodes:
    """A school that writes referrals with codes of its own: the same incidents under other names.

    Parameters
    ----------
    planted : bool
        False: it uses the district's codes.
    school : int
        Position of the school in its district.
    behaviors, locations : tuple of (str, str)
        The district's code and the school's.
    """

    planted: bool = True
    school: int = 10
    behaviors: tuple[tuple[str, str], ...] = (("defiance", "insubordination"), ("disruption", "class_disturbance"))
    locations: tuple[tuple[str, str], ...] = (("cafeteria", "lunchroom"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LowResponse:
    """A school that hardly answers the survey of families.

    Parameters
    ----------
    planted : bool
        False: it answers like the others.
    school : int
        Position of the school in its district.
    rate : float
        Its response rate among families.
    """

    planted: bool = True
    school: int = 1
    rate: float = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadSlowsExit:
    """The more Tier 2 and 3 students an interventionist has, the fewer return to Tier 1.

    Drawn with the tiers; stands here because it is a truth of how the system is staffed.

    Parameters
    ----------
    planted : bool
        False: the rate is ``rate_at_reference`` at every caseload.
    reference_caseload : float
        Students per full-time interventionist at which the rate is ``rate_at_reference``.
    rate_at_reference : float
        Share of Tier 2 and 3 students who return to Tier 1 from one window to the next.
    drop_per_ten : float
        What the rate loses per ten students more.
    """

    planted: bool = True
    reference_caseload: float = 30.0
    rate_at_reference: float = 0.28
    drop_per_ten: float = 0.05

    def exit_rate(self, students_per_fte: float) -> float:
        """Share who return to Tier 1 from one window to the next, between 0.02 and 0.60."""
        if not self.planted:
            return self.rate_at_reference
        rate = self.rate_at_reference - self.drop_per_ten * (students_per_fte - self.reference_caseload) / 10
        return min(max(rate, 0.02), 0.60)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFaults:
    """The action plan with faults, or the same plan without.

    Parameters
    ----------
    planted : bool
        False: the plan is clean and the initiatives are all worth keeping.
    """

    planted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeTruths:
    """All truths of practice, behaviour and plan, and the noise they have to be seen through.

    Parameters
    ----------
    breakdown, weak_practice, lone_classroom, low_fidelity, coaching, drift, under_reporting, other_codes, \
low_response, caseload, plan : truths
        See each; a truth that is switched off changes no other draw.
    noise : VisitNoise
        Visits, observers and teachers; the same whether or not anything is planted.
    practices : tuple of str
        Practices of the walkthrough form, all of them trained.
    """

    breakdown: PracticeBreakdown = field(default_factory=PracticeBreakdown)
    weak_practice: WeakPractice = field(default_factory=WeakPractice)
    lone_classroom: LoneClassroom = field(default_factory=LoneClassroom)
    low_fidelity: LowFidelity = field(default_factory=LowFidelity)
    coaching: CoachingEffect = field(default_factory=CoachingEffect)
    drift: ObserverDrift = field(default_factory=ObserverDrift)
    under_reporting: UnderReporting = field(default_factory=UnderReporting)
    other_codes: OtherCodes = field(default_factory=OtherCodes)
    low_response: LowResponse = field(default_factory=LowResponse)
    caseload: CaseloadSlowsExit = field(default_factory=CaseloadSlowsExit)
    plan: PlanFaults = field(default_factory=PlanFaults)
    noise: VisitNoise = field(default_factory=VisitNoise)
    practices: tuple[str, ...] = PRACTICES

    def describe(self) -> dict[str, Any]:
        """Describe the truths for ``truth.json``.

        Returns
        -------
        dict of str to dict
            By truth: whether it is planted and its sizes. ``breakdown`` also has ``after``, and ``noise`` the
            agreement of two observers to be expected where full implementation is seen in ``before`` of the
            observations.
        """
        described: dict[str, Any] = dataclasses.asdict(self)
        described["breakdown"]["after"] = round(self.breakdown.after, 6)
        described["noise"]["expected_agreement"] = describe_agreement(share=self.breakdown.before, noise=self.noise)
        return described


def without_truths(truths: PracticeTruths) -> PracticeTruths:
    """Switch every truth off and leave the noise as it is.

    Parameters
    ----------
    truths : PracticeTruths
        Any truths.

    Returns
    -------
    PracticeTruths
        The same with ``planted`` false everywhere.
    """
    values = {item.name: getattr(truths, item.name) for item in dataclasses.fields(truths)}
    return dataclasses.replace(
        truths,
        **{
            name: dataclasses.replace(value, planted=False)
            for name, value in values.items()
            if hasattr(value, "planted")
        },
    )
