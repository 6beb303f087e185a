"""What a run asks for, as plain values: indicators, student groups, factors, comparisons. The run file fills them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mtss_analysis.findings.plan_settings import Cause, PlanSettings
from mtss_analysis.findings.trend_settings import TrendSettings

Follow = Literal["cohort", "grade"]
StudentIds = Literal["district", "state"]
Population = Literal["district", "state"]
TierGuide = Literal["south_dakota", "ies"]
FactorTable = Literal["enrollments", "staff", "services", "attendance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where "low" begins: a fixed score, or a percentile of the state's scores in the same year and grade.

    Parameters
    ----------
    score : float or None
        Students below this score are counted as below the cut, in the measure's unit.
    state_percentile : float or None
        0 to 100; used where ``score`` is None.
    """

    score: float | None = None
    state_percentile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A screening measure that the run follows.

    Parameters
    ----------
    measure : str
        Id in ``screenings.measure``.
    window : {'fall', 'winter', 'spring'}
        The screening window that is compared from year to year.
    domain : str
        ``screenings.domain``.
    label : str
        The words of a sentence: "reading".
    unit : str
        Unit of a score: "scaled-score points".
    cut : Cut or None
        None where no share below a cut is wanted.
    """

    measure: str
    window: str
    domain: str
    label: str
    unit: str
    cut: Cut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentGroup:
    """Two groups of students between whom a gap is watched, from one column of ``enrollments``.

    Parameters
    ----------
    column : str
        Column of ``enrollments``.
    label : str
        What the column is about: "family income".
    focus, reference : str
        Values of the column; the gap is reference minus focus.
    focus_label, reference_label : str
        The words of a sentence, plural: "students eligible for subsidised lunch".
    """

    column: str
    label: str
    focus: str
    reference: str
    focus_label: str
    reference_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A declared factor over which a trend is drilled down.

    Parameters
    ----------
    id : str
        Short name: "teacher_experience".
    label : str
        The words of a sentence: "experience of the teacher".
    table : {'enrollments', 'staff', 'services', 'attendance'}
        Where the column is; ``staff`` is joined by the classroom's teacher, ``services`` and ``attendance`` by the
        student and year.
    column : str
        Column of that table, or ``absent_pct`` (``attendance``: percent of days absent) or ``delivered_pct``
        (``services``: percent of the planned minutes that were delivered).
    bands : tuple of float
        Lower bounds of the bands of a number, ascending; empty for a column of categories.
    level : {'student', 'classroom', 'school'}
        At which level the factor varies.
    controllable : bool
        Whether the district can change it.
    owner : str
        Who answers for it; empty if nobody is named.
    unit : str
        Unit of a number in bands, printed behind the band: "years".
    value_labels : mapping of str to str
        The words of a sentence for each category, as a property of students or classrooms: "small classes"; a
        category left out is printed as it stands.
    only : tuple of str
        Interventions whose services count; empty: all.
    without : str
        Category of students without such a service; empty: they are not compared.
    """

    id: str
    label: str
    table: FactorTable
    column: str
    level: Literal["student", "classroom", "school"]
    bands: tuple[float, ...] = ()
    controllable: bool = False
    owner: str = ""
    unit: str = ""
    value_labels: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    without: str = ""

    @property
    def is_unit(self) -> bool:
        """Whether its categories are classrooms or teachers, which no number may point to."""
        return self.table == "enrollments" and self.column in ("classroom_id", "teacher_id")

    def name_value(self, value: str) -> str:
        """Return the words for a category."""
        named = f"{value} {self.unit}" if self.bands and self.unit and value != self.without else value
        return self.value_labels.get(value, named)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectQuestion:
    """An intervention whose effect is asked for.

    Parameters
    ----------
    intervention_id : str
        Id of ``interventions``: the arm asked about.
    comparison_id : str
        The arm that it is compared with; empty where the design finds its own comparison.
    label, comparison_label : str
        The words of a sentence: "small classes", "regular classes".
    outcomes : tuple of str
        Measures: ids of the run's indicators or of its outcome measures.
    minimum_worthwhile_sd : float
        The smallest effect worth the trouble, standard deviations.
    better : {'higher', 'lower'}
        Which way an outcome is better.
    prior_sd : float or None
        Standard deviation, in student standard deviations, of the effects that are thought possible beforehand, about
        zero; None: none is more likely than another.
    fidelity_criterion_pct : float
        Delivered with less fidelity than this, no verdict is given, percent.
    staff_hour_cost : float or None
        Cost of an hour of staff, dollars; None: the cost leaves staff out, and says so.
    """

    intervention_id: str
    label: str
    outcomes: tuple[str, ...]
    minimum_worthwhile_sd: float
    comparison_id: str = ""
    comparison_label: str = ""
    better: Literal["higher", "lower"] = "higher"
    prior_sd: float | None = None
    fidelity_criterion_pct: float = 70.0
    staff_hour_cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimits:
    """From where on a source of data is left out. The defaults are conventions of this kit, not of a source.

    Parameters
    ----------
    least_screened_pct : float
        A grade in which fewer of the enrolled students have a score is left out, percent.
    least_filled_pct : float
        A column in which fewer cells are filled is left out, percent.
    least_reported_pct : float
        A month of attendance with rows for fewer of the students that the school's other months of the year have,
        percent, counts as missing.
    most_missing_months : int
        A year of attendance with more missing months than this is left out.
    silent_months : int
        Shortest run of months without referrals that is looked at.
    stale_days : int
        Days by which the last row of a table may lie behind the newest date in the district's data.
    false_alarm_rate : float
        Probability, 0 to 1, per district and kind of check, that a source in which nothing is wrong is called
        implausible.
    """

    least_screened_pct: float = 75.0
    least_filled_pct: float = 50.0
    least_reported_pct: float = 50.0
    most_missing_months: int = 1
    silent_months: int = 2
    stale_days: int = 62
    false_alarm_rate: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSettings:
    """What is asked about tiers.

    Parameters
    ----------
    guide : {'south_dakota', 'ies'}
        With which published guide the percentages are compared, see ``findings.tiers.guides``.
    domains : tuple of str
        Domains of the tiers table; empty for all that it has.
    about_points : float
        How many percentage points either way "about 15 %" reaches.
    days_after_screening : int
        Tiers are read so many days after a window's screening, by when the placements that follow from it have begun.
    bridge_days : int
        Spells with at most so many days between them, such as a summer, are one episode of support.
    """

    guide: TierGuide = "south_dakota"
    domains: tuple[str, ...] = ()
    about_points: float = 5.0
    days_after_screening: int = 14
    bridge_days: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateSettings:
    """What is asked about attendance, behaviour and surveys.

    Parameters
    ----------
    chronic_pct : float
        Percent of the days enrolled from which on absence is chronic.
    least_days : int
        Students enrolled on fewer days of a year are not counted.
    least_cases, least_n : int
        Minimum cell size and minimum n-size of risk ratios; at most 10 and 30 (34 CFR 300.647(b)(1)(iv)).
    low_answer_pct : float
        A mean answer to a survey scale is low below so many percent of the highest answer: 60 is 3 of 5.
    """

    chronic_pct: float = 10.0
    least_days: int = 10
    least_cases: int = 10
    least_n: int = 30
    low_answer_pct: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplementationSettings:
    """What is asked about implementation. The defaults are conventions of this kit unless a source is named.

    Parameters
    ----------
    experience_factor : str
        Id of the factor whose bands divide teachers by experience.
    least_teachers : int
        Teachers on either side of a break, and behind every printed number; the disclosure profile may ask for more.
    weeks_followed : int
        Weeks after a training that are looked at.
    longest_break_weeks : int
        Latest week after a training in which a breakdown is searched.
    breakdown_error : float
        Probability, 0 to 1, of naming any breakdown in a district without one.
    visits_planned : int
        Visits to a teacher that a comparison yet to be made is reckoned with.
    fidelity_criterion_pct : float
        From which percent of the points on a fidelity instrument is adequate; 70 is that of the Tiered Fidelity
        Inventory (Algozzine et al. 2019).
    days_between_probes : int
        Days between two probes of progress monitoring, as planned.
    least_probes, least_probe_weeks : int
        From how many probes over how many weeks on a series can be decided on (National Center on Intensive
        Intervention: six and six).
    """

    experience_factor: str = "teacher_experience"
    least_teachers: int = 10
    weeks_followed: int = 20
    longest_break_weeks: int = 12
    breakdown_error: float = 0.025
    visits_planned: int = 6
    fidelity_criterion_pct: float = 70.0
    days_between_probes: int = 7
    least_probes: int = 6
    least_probe_weeks: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a run asks of the findings.

    Parameters
    ----------
    effects : tuple of EffectQuestion
        Interventions whose effect is asked for.
    all_interventions : bool
        Whether every intervention of the data is asked about, on every outcome of its domain.
    outcome_measures : tuple of Indicator
        Measures that are only outcomes of interventions; no trend is followed.
    follow : {'cohort', 'grade'}
        What a trend follows from year to year: a cohort as it moves up (scores are compared with the state's in the
        same year and grade), or a grade (scores are compared with the state's in that grade over all years).
    ci_level : float
        Confidence level of every interval, 0 to 1.
    false_discovery_rate : float
        Threshold for q-values, 0 to 1.
    profile : str
        Name of the disclosure profile.
    student_ids : {'district', 'state'}
        Who gives out student ids: a ``district``, so that the same id in another district is another child; or the
        ``state``, so that a child who changes districts is followed.
    population : {'district', 'state'}
        Whom a school is compared with: all schools of its district, or of all districts of the run.
    quality : QualityLimits
        From where on a source of data is left out.
    tiers : TierSettings
        What is asked about tiers.
    climate : ClimateSettings
        What is asked about attendance, behaviour and surveys.
    implementation : ImplementationSettings
        What is asked about implementation.
    trends : TrendSettings
        Changes of tests, and from where on growth is not judged.
    causes : tuple of Cause
        Candidate root causes.
    plan : PlanSettings
        How the plan is judged.
    """

    indicators: tuple[Indicator, ...]
    groups: tuple[StudentGroup, ...] = ()
    factors: tuple[Factor, ...] = ()
    effects: tuple[EffectQuestion, ...] = ()
    all_interventions: bool = False
    outcome_measures: tuple[Indicator, ...] = ()
    follow: Follow = "grade"
    ci_level: float = 0.95
    false_discovery_rate: float = 0.05
    profile: str = "n10"
    student_ids: StudentIds = "district"
    population: Population = "state"
    quality: QualityLimits = QualityLimits()
    tiers: TierSettings = TierSettings()
    climate: ClimateSettings = ClimateSettings()
    implementation: ImplementationSettings = ImplementationSettings()
    trends: TrendSettings = field(default_factory=TrendSettings)
    causes: tuple[Cause, ...] = ()
    plan: PlanSettings = field(default_factory=PlanSettings)

    def indicator(self, measure: str) -> Indicator:
        """Return the indicator of a measure; ``KeyError`` if the run does not follow it."""
        for indicator in (*self.indicators, *self.outcome_measures):
            if indicator.measure == measure:
                return indicator
        raise KeyError(measure)
