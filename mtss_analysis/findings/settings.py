"""What a run asks for, as plain values: indicators, student groups, factors, comparisons. The run file fills them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Follow = Literal["cohort", "grade"]
StudentIds = Literal["district", "state"]
Population = Literal["district", "state"]
TierGuide = Literal["south_dakota", "ies"]
FactorTable = Literal["enrollments", "staff", "services"]


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
    table : {'enrollments', 'staff', 'services'}
        Where the column is; ``staff`` is joined by the classroom's teacher, ``services`` by the student and year.
    column : str
        Column of that table (for ``services``: ``intervention_id``).
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

    def name_value(self, value: str) -> str:
        """Return the words for a category."""
        named = f"{value} {self.unit}" if self.bands and self.unit else value
        return self.value_labels.get(value, named)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectQuestion:
    """An intervention whose effect is asked for.

    Parameters
    ----------
    intervention_id, comparison_id : str
        Ids of ``interventions``: the arm asked about and the arm it is compared with.
    label, comparison_label : str
        The words of a sentence: "small classes", "regular classes".
    outcomes : tuple of str
        Measures, ids of the run's indicators.
    minimum_worthwhile_sd : float
        The smallest effect worth the trouble, standard deviations.
    """

    intervention_id: str
    comparison_id: str
    label: str
    comparison_label: str
    outcomes: tuple[str, ...]
    minimum_worthwhile_sd: float


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
class Settings:
    """All that a run asks of the findings.

    Parameters
    ----------
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
    """

    indicators: tuple[Indicator, ...]
    groups: tuple[StudentGroup, ...] = ()
    factors: tuple[Factor, ...] = ()
    effects: tuple[EffectQuestion, ...] = ()
    follow: Follow = "grade"
    ci_level: float = 0.95
    false_discovery_rate: float = 0.05
    profile: str = "n10"
    student_ids: StudentIds = "district"
    population: Population = "state"
    quality: QualityLimits = QualityLimits()
    tiers: TierSettings = TierSettings()

    def indicator(self, measure: str) -> Indicator:
        """Return the indicator of a measure; ``KeyError`` if the run does not follow it."""
        for indicator in self.indicators:
            if indicator.measure == measure:
                return indicator
        raise KeyError(measure)
