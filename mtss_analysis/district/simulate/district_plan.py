"""What is drawn once for a district: its schools, their true effects, and where every truth is planted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mtss_analysis.district.simulate.measures import GRADES, LAST_ELEMENTARY, MEASURES, Floats
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.school_days import draw_district_calendar
from mtss_analysis.district.simulate.shifts import plan_shifts
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.truths import Truths

SCHOOL_VARIANCE = 0.14
COMMON_SHARE = 0.6
"""Share of the variance between schools that all measures have in common."""
NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fern", "Grove", "Hawthorn", "Juniper", "Laurel", "Maple", "Oak",
    "Poplar", "Rowan", "Spruce", "Willow",
)  # fmt: skip
PLACES = ("Creek", "Hill", "Bend", "Meadow", "Ridge", "Crossing", "Ford", "Lake")
LOCALES = ("urban", "suburban", "town", "rural")
RACES = (
    "american_indian_alaska_native", "asian", "black", "hispanic", "native_hawaiian_pacific_islander", "two_or_more",
    "white",
)  # fmt: skip
RACE_ALPHA = (0.3, 1.5, 4.0, 6.0, 0.08, 1.2, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedSchool:
    """A school before anybody is in it.

    Parameters
    ----------
    school_id, school_name, level, locale : str
        As in the schools table.
    title_i : bool
        As in the schools table.
    implementation_start_year : str
        As in the schools table.
    index, zone, position : int
        Position in the district, its attendance zone, and position among the zone's schools of its level.
    cohort : int
        Students of one grade who begin in it; 0 in a middle school, which takes them from the elementary schools.
    effects : mapping of str to float
        True effect by measure, SD.
    shifts : mapping of str to (grade 9, year, window 3) array
        What truths add to the mean of a measure, SD; measures without any are absent.
    absence : float
        Log odds of absence, against the district.
    absence_shifts : (year, window 3) array
        What truths add to them, by the window to which a month leads.
    usual_share : float
        Share of economically disadvantaged students without any truth.
    disadvantaged : (year,) array
        Share that each year is to have.
    races : (7,) array
        Shares of the races of ``RACES`` among students who come.
    adoption : int or None
        Year index in which the phased roll-out reaches the school; None: never.
    turnover : (year,) array
        Share of students replaced before each year.
    stays_apart : bool
        Whether no student moves in from, or on to, another school of the district (so that who is there is known).
    low_fidelity, is_systemic, is_tiny, has_small_group : bool
        Truths that are planted here.
    outlying_grade : int or None
        Grade whose first classroom stands out.
    """

    school_id: str
    school_name: str
    level: str
    locale: str
    title_i: bool
    implementation_start_year: str
    index: int
    zone: int
    position: int
    cohort: int
    effects: Mapping[str, float]
    shifts: Mapping[str, Floats]
    absence: float
    absence_shifts: Floats
    usual_share: float
    disadvantaged: Floats
    races: Floats
    adoption: int | None
    turnover: Floats
    stays_apart: bool
    low_fidelity: bool
    is_systemic: bool
    is_tiny: bool
    has_small_group: bool
    outlying_grade: int | None

    @property
    def grades(self) -> range:
        """Positions in ``GRADES`` of the grades it has."""
        return range(LAST_ELEMENTARY + 1) if self.level == "elementary" else range(LAST_ELEMENTARY + 1, len(GRADES))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DistrictPlan:
    """A district before anybody is in it.

    Parameters
    ----------
    district : int
        Position of the district, from 0.
    district_id, district_name : str
        As in the schools table.
    sizes : Sizes
        Of the simulation.
    schools : tuple of PlannedSchool
        In the order of their index.
    calendar : DataFrame
        One row per weekday, columns as in ``DrawnSchool.calendar``; a school may have other days off as well.
    practice : PracticeTruths
        Truths of practice, with the schools in which the truths of outcomes are planted.
    """

    district: int
    district_id: str
    district_name: str
    sizes: Sizes
    schools: tuple[PlannedSchool, ...]
    calendar: pd.DataFrame
    practice: PracticeTruths

    @property
    def years(self) -> tuple[str, ...]:
        """School years, the oldest first."""
        return self.sizes.school_years

    @property
    def low_fidelity_schools(self) -> frozenset[str]:
        """Ids of the schools whose services are badly delivered."""
        return frozenset(school.school_id for school in self.schools if school.low_fidelity)

    def zone(self, zone: int) -> tuple[PlannedSchool, ...]:
        """Give the schools of an attendance zone, elementary schools first."""
        return tuple(school for school in self.schools if school.zone == zone)

    @property
    def zones(self) -> range:
        """Attendance zones."""
        return range(len(self.sizes.zones_of(self.district)))


def plan_district(*, sizes: Sizes, truths: Truths, district: int = 0) -> DistrictPlan:
    """Draw the schools of a district and place the truths in them.

    Parameters
    ----------
    sizes : Sizes
        Of the simulation.
    truths : Truths
        What is planted.
    district : int
        Position of the district, from 0.

    Returns
    -------
    DistrictPlan
        The same draws whatever is planted.
    """
    schools: list[PlannedSchool] = []
    for zone, count in enumerate(sizes.zones_of(district)):
        schools += _plan_zone(sizes, truths, district=district, zone=zone, count=count, first=len(schools))
    name = "Riverbend" if sizes.districts == 1 else f"Riverbend {district + 1}"
    return DistrictPlan(
        district=district,
        district_id=f"{district + 1:02d}",
        district_name=name,
        sizes=sizes,
        schools=tuple(schools),
        calendar=draw_district_calendar(sizes=sizes, district=district),
        practice=_place_practice(truths, schools),
    )


def count_middle_schools(schools: int) -> int:
    """Count the middle schools of a zone with so many schools: one in four."""
    return round(schools / 4) if schools >= 4 else 0


def _plan_zone(
    sizes: Sizes, truths: Truths, *, district: int, zone: int, count: int, first: int
) -> list[PlannedSchool]:
    middle = count_middle_schools(count)
    elementary = count - middle
    names = [f"{district + 1:02d}{first + place + 1:03d}" for place in range(count)]
    cohorts = _share_out(sizes, truths, names=names[:elementary], schools=count, has_middle=middle > 0)
    adoptions = _order_rollout(sizes, truths, district=district, zone=zone, elementary=elementary)
    planned = []
    for place in range(count):
        level = "elementary" if place < elementary else "middle"
        position = place if place < elementary else place - elementary
        planned.append(
            _plan_school(
                sizes,
                truths,
                school_id=names[place],
                index=first + place,
                zone=zone,
                level=level,
                position=position,
                cohort=cohorts[place] if place < elementary else 0,
                adoption=adoptions[place] if place < elementary else None,
            )
        )
    return planned


def _share_out(sizes: Sizes, truths: Truths, *, names: list[str], schools: int, has_middle: bool) -> list[int]:
    """Share the students of a grade out to the elementary schools of a zone."""
    weights = np.array([np.exp(0.22 * open_stream(sizes.seed, "size", name).standard_normal()) for name in names])
    weights = np.clip(weights, 0.65, 1.5)
    grade = sizes.students_of(schools=schools) / (len(GRADES) if has_middle else LAST_ELEMENTARY + 1)
    cohorts = np.maximum(np.round(grade * weights / weights.sum()), 1).astype(int).tolist()
    if truths.too_small.planted:
        for position in truths.too_small.elementary:
            if position < len(cohorts) and len(cohorts) > 1:
                cohorts[position] = max(round(truths.too_small.students / (LAST_ELEMENTARY + 1)), 1)
    return [int(cohort) for cohort in cohorts]


def _order_rollout(sizes: Sizes, truths: Truths, *, district: int, zone: int, elementary: int) -> list[int | None]:
    """Draw when each elementary school takes up the phased intervention: year 1, 2, … or never, equally often."""
    order = open_stream(sizes.seed, "rollout", district, zone).permutation(elementary)
    if not truths.phased_rollout.planted or sizes.years < 2:
        return [None] * elementary
    waves: list[int | None] = [*range(1, sizes.years), None]
    return [waves[int(place) % len(waves)] for place in order]


def _plan_school(
    sizes: Sizes,
    truths: Truths,
    *,
    school_id: str,
    index: int,
    zone: int,
    level: str,
    position: int,
    cohort: int,
    adoption: int | None,
) -> PlannedSchool:
    stream = open_stream(sizes.seed, "plan", school_id)
    common, *own = stream.standard_normal(1 + len(MEASURES))
    shared, separate = (SCHOOL_VARIANCE * COMMON_SHARE) ** 0.5, (SCHOOL_VARIANCE * (1 - COMMON_SHARE)) ** 0.5
    effects = {
        measure.name: float(shared * common + separate * special)
        for measure, special in zip(MEASURES, own, strict=True)
    }
    if truths.noise_only.planted:
        effects["social_emotional_scale"] = 0.0
    share = float(np.clip(stream.beta(4.0, 5.0), 0.12, 0.85))
    absence = 0.25 * float(stream.standard_normal())
    races = stream.dirichlet(RACE_ALPHA)
    place = (int(stream.integers(len(NAMES))), int(stream.integers(len(PLACES))))
    locale = LOCALES[int(stream.integers(len(LOCALES)))]
    start = int(stream.integers(-3, 1))
    is_elementary = level == "elementary"
    apart = [*truths.simpson_reversal.elementary, *truths.composition_change.elementary, *truths.too_small.elementary]
    disadvantaged, turnover = _plan_composition(
        truths, share=share, position=position if is_elementary else -1, years=sizes.years
    )
    shifts, absence_shifts = plan_shifts(
        sizes=sizes, truths=truths, school_id=school_id, level=level, position=position, adoption=adoption
    )
    outlying = truths.outlying_classroom
    kind = "Elementary School" if is_elementary else "Middle School"
    return PlannedSchool(
        school_id=school_id,
        school_name=f"{NAMES[(index + place[0] // 8) % len(NAMES)]} {PLACES[place[1]]} {kind}",
        level=level,
        locale=locale,
        title_i=share > 0.4,
        implementation_start_year=_name_year(sizes.first_year + start),
        index=index,
        zone=zone,
        position=position,
        cohort=cohort,
        effects=effects,
        shifts=shifts,
        absence=absence,
        absence_shifts=absence_shifts,
        usual_share=share,
        disadvantaged=disadvantaged,
        races=races,
        adoption=adoption,
        turnover=turnover,
        stays_apart=is_elementary and position in apart,
        low_fidelity=truths.low_fidelity.planted
        and position in (truths.low_fidelity.elementary if is_elementary else truths.low_fidelity.middle),
        is_systemic=truths.systemic_cause.planted and is_elementary and position in truths.systemic_cause.elementary,
        is_tiny=truths.too_small.planted and is_elementary and position in truths.too_small.elementary,
        has_small_group=truths.too_small.planted and is_elementary and position in truths.too_small.group_elementary,
        outlying_grade=GRADES.index(outlying.grade)
        if outlying.planted and is_elementary and position in outlying.elementary
        else None,
    )


USUAL_TURNOVER = 0.08
CHANGING_TURNOVER = 0.5


def _plan_composition(truths: Truths, *, share: float, position: int, years: int) -> tuple[Floats, Floats]:
    """Give the share of disadvantaged students by year, and the share of students replaced before each year."""
    for truth in (truths.simpson_reversal, truths.composition_change):
        if truth.planted and position in truth.elementary:
            wanted = np.array([truth.share_by_year[min(year, len(truth.share_by_year) - 1)] for year in range(years)])
            changes = np.append([False], np.diff(wanted) != 0)
            return wanted, np.where(changes, CHANGING_TURNOVER, USUAL_TURNOVER)
    return np.full(years, share), np.full(years, USUAL_TURNOVER)


def _place_practice(truths: Truths, schools: list[PlannedSchool]) -> PracticeTruths:
    """Put the truths of practice where the truths of outcomes are, so that one district tells one story."""
    weak = truths.practice.weak_practice
    low = truths.practice.low_fidelity
    return replace(
        truths.practice,
        weak_practice=replace(
            weak,
            planted=weak.planted and truths.systemic_cause.planted,
            practice=truths.systemic_cause.practice,
            drop=-truths.systemic_cause.implementation_shift,
            schools=tuple(school.index for school in schools if school.is_systemic),
        ),
        low_fidelity=replace(
            low,
            planted=low.planted and truths.low_fidelity.planted,
            schools=tuple(school.index for school in schools if school.low_fidelity),
        ),
    )


def _name_year(first: int) -> str:
    return f"{first}-{(first + 1) % 100:02d}"
