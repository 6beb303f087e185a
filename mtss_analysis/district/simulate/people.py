"""The students of an attendance zone: they come, age, move between schools, change level, and leave.

A zone is a set of *places*, each a seat of one cohort that goes up a grade every year. A place holds one student at a
time; with some probability the student is replaced before the next year. All draws are made for every place and year,
whatever the truths say, so that a truth changes who is affected and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtss_analysis.district.simulate.district_plan import RACES, DistrictPlan, PlannedSchool
from mtss_analysis.district.simulate.measures import GRADES, LAST_ELEMENTARY, Floats
from mtss_analysis.district.simulate.sizes import LARGEST_CLASS
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.truths import TooSmall

MOVE_SHARE = 0.03
"""Students who change to another school of the zone within a year."""
LATE_SHARE, EARLY_SHARE = 0.30, 0.35
"""Of those who come between two years: the share that comes within the later one; and who leaves within the earlier."""
GAP_DISADVANTAGED = 0.55
GAP_LEARNER = 0.30
GAP_DISABILITY = 0.45
GAP_BY_RACE = (0.25, -0.20, 0.25, 0.15, 0.15, 0.0, 0.0)
STABLE_VARIANCE = 0.43
YEAR_VARIANCE = 0.08
ABILITY_CORRELATION = 0.75

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NOT_MOVED, MOVED_AWAY, TRANSFERRED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZonePeople:
    """Students of a zone, one row per student, school and year.

    Parameters
    ----------
    school : (n,) int array
        Position of the school among the zone's schools.
    number : (n,) int array
        Number of the student, unique in the simulation.
    year, grade : (n,) int array
        Year index and position in ``GRADES``.
    entry, leaving : (n,) int array
        Position among the district's school days of the first and last day enrolled; −1: the year's first or last.
    reason : (n,) int array
        ``NOT_MOVED``, ``MOVED_AWAY`` or ``TRANSFERRED``.
    classroom : (n,) int array
        Position of the classroom among those of the grade.
    is_female, disadvantaged, learner, disability : (n,) bool array
        Student groups.
    race : (n,) int array
        Position in ``RACES``.
    group_shift : (n,) array
        What the groups add up to in reading and mathematics, SD; centred.
    reading, math, social : (n,) array
        Ability at the start of the year, SD, groups included.
    behavior_risk, absence_risk : (n,) array
        Standard normal.
    """

    school: Ints
    number: Ints
    year: Ints
    grade: Ints
    entry: Ints
    leaving: Ints
    reason: Ints
    classroom: Ints
    is_female: Bools
    disadvantaged: Bools
    learner: Bools
    disability: Bools
    race: Ints
    group_shift: Floats
    reading: Floats
    math: Floats
    social: Floats
    behavior_risk: Floats
    absence_risk: Floats


@dataclass(slots=True, kw_only=True, eq=False)
class _Places:
    """Draws of all places of a zone; arrays are (place,) or (place, year)."""

    home: Ints
    first_grade: Ints
    middle: Ints
    uniform: dict[str, Floats]
    normal: dict[str, Floats]


_UNIFORM = (
    "turnover", "late", "late_day", "early", "early_day", "move", "move_day", "move_to", "class", "sex", "poor", "race",
    "learner", "disability",
)  # fmt: skip
_NORMAL = ("reading", "math", "social", "reading_year", "math_year", "behavior", "absence")


def draw_people(plan: DistrictPlan, *, zone: int, too_small: TooSmall) -> ZonePeople:
    """Draw the students of a zone over all years.

    Parameters
    ----------
    plan : DistrictPlan
        The district.
    zone : int
        Which of its attendance zones.
    too_small : TooSmall
        The student group that is too small to print.

    Returns
    -------
    ZonePeople
        Sorted by school, year, grade, student.
    """
    schools = plan.zone(zone)
    places = _draw_places(plan, schools)
    years = plan.sizes.years
    top = len(GRADES) if any(school.level == "middle" for school in schools) else LAST_ELEMENTARY + 1
    grade = places.first_grade[:, None] + np.arange(years)[None, :]
    active = (grade >= 0) & (grade < top)
    entrant, is_new = _replace_students(places, schools, grade=grade, active=active)
    school, moved_to = _find_schools(places, schools, grade=grade, is_new=is_new)
    take = (np.arange(len(grade))[:, None], entrant)
    poor = _is_disadvantaged(places, schools, grade=grade, years=years)[take]
    rows = _enrol(places, active=active, is_new=is_new, school=school, moved_to=moved_to, plan=plan)
    place, year = rows["place"], rows["year"]
    pair = (place, year)
    held = (place, entrant[pair])
    race = _draw_races(places, schools)
    learner = places.uniform["learner"] < np.array([0.10, 0.25, 0.03, 0.30, 0.10, 0.03, 0.02])[race]
    disability = places.uniform["disability"] < 0.13
    poor_row = poor[pair]
    shift = (
        -GAP_DISADVANTAGED * (poor_row - 0.45)
        - GAP_LEARNER * (learner[held] - 0.1)
        - GAP_DISABILITY * (disability[held] - 0.13)
        - (np.array(GAP_BY_RACE)[race[held]] - 0.09)
    )
    race = _place_small_group(race, schools, rows=rows, entrant=entrant, too_small=too_small)
    reading, math, social = (places.normal[name][held] for name in ("reading", "math", "social"))
    spread, yearly = STABLE_VARIANCE**0.5, YEAR_VARIANCE**0.5
    behavior = places.normal["behavior"][held]
    absence = places.normal["absence"][held]
    together = ABILITY_CORRELATION
    zones_before = sum(len(plan.sizes.zones_of(district)) for district in range(plan.district)) + zone
    number = zones_before * 1_000_000 + place * years + entrant[pair]
    people = ZonePeople(
        school=rows["school"],
        number=number,
        year=year,
        grade=grade[pair],
        entry=rows["entry"],
        leaving=rows["leaving"],
        reason=rows["reason"],
        classroom=np.zeros(len(place), dtype=np.int64),
        is_female=places.uniform["sex"][held] < 0.488,
        disadvantaged=poor_row,
        learner=learner[held],
        disability=disability[held],
        race=race[held],
        group_shift=shift,
        reading=spread * reading + yearly * places.normal["reading_year"][pair] + shift,
        math=spread * (together * reading + (1 - together**2) ** 0.5 * math)
        + yearly * places.normal["math_year"][pair]
        + shift,
        social=social,
        behavior_risk=-0.3 * reading + 0.91**0.5 * behavior,
        absence_risk=0.35 * behavior + 0.35 * (poor_row - 0.45) / 0.5 + 0.87 * absence,
    )
    return _seat(people, order=places.uniform["class"][pair])


def _draw_places(plan: DistrictPlan, schools: Sequence[PlannedSchool]) -> _Places:
    """Draw every place of a zone, from one stream for each elementary school."""
    years = plan.sizes.years
    elementary = [school for school in schools if school.level == "elementary"]
    middle = len(schools) - len(elementary)
    first_grades = np.arange(-(years - 1), len(GRADES) if middle else LAST_ELEMENTARY + 1)
    home, first_grade, to_middle = [], [], []
    uniform: dict[str, list[Floats]] = {name: [] for name in _UNIFORM}
    normal: dict[str, list[Floats]] = {name: [] for name in _NORMAL}
    for school in elementary:
        stream = open_stream(plan.sizes.seed, "people", school.school_id)
        count = len(first_grades) * school.cohort
        home.append(np.full(count, school.position))
        first_grade.append(np.repeat(first_grades, school.cohort))
        usual = school.position % max(middle, 1)
        other = stream.integers(0, max(middle, 1), size=count)
        to_middle.append(np.where(stream.random(count) < 0.85, usual, other))
        for name in _UNIFORM:
            uniform[name].append(stream.random((count, years)))
        for name in _NORMAL:
            normal[name].append(stream.standard_normal((count, years)))
    return _Places(
        home=np.concatenate(home),
        first_grade=np.concatenate(first_grade),
        middle=np.concatenate(to_middle),
        uniform={name: np.concatenate(parts) for name, parts in uniform.items()},
        normal={name: np.concatenate(parts) for name, parts in normal.items()},
    )


def _replace_students(
    places: _Places, schools: Sequence[PlannedSchool], *, grade: Ints, active: Bools
) -> tuple[Ints, Bools]:
    """Find the year in which the student of each place came (0: was there first), and whether that is this year."""
    turnover = np.stack([school.turnover for school in schools if school.level == "elementary"])[places.home]
    usual = np.where(grade > LAST_ELEMENTARY, 0.08, turnover)
    replaced = places.uniform["turnover"] < usual
    apart = np.array([school.stays_apart for school in schools])[places.home]
    replaced |= apart[:, None] & (grade == LAST_ELEMENTARY + 1)
    before = np.zeros_like(active)
    before[:, 1:] = active[:, :-1]
    is_new = active & before & replaced
    arrival = np.where(is_new, np.arange(grade.shape[1])[None, :], 0)
    return np.maximum.accumulate(arrival, axis=1), is_new


def _find_schools(
    places: _Places, schools: Sequence[PlannedSchool], *, grade: Ints, is_new: Bools
) -> tuple[Ints, Ints]:
    """Find the school in which each place begins a year, and the one it moves on to within the year (−1: none)."""
    elementary = sum(school.level == "elementary" for school in schools)
    open_schools = np.array([place for place in range(elementary) if not schools[place].stays_apart])
    middle_schools = np.arange(elementary, len(schools))
    school = np.empty(grade.shape, dtype=np.int64)
    moved_to = np.full(grade.shape, -1)
    home = places.home.copy()
    for year in range(grade.shape[1]):
        is_middle = grade[:, year] > LAST_ELEMENTARY
        enters = (grade[:, year] == LAST_ELEMENTARY + 1) | (is_middle & (is_new[:, year] | (year == 0)))
        home = np.where(is_new[:, year] & ~is_middle, places.home, home)
        if len(middle_schools):
            home = np.where(enters, elementary + places.middle, home)
        school[:, year] = home
        moves = places.uniform["move"][:, year] < MOVE_SHARE
        for level, others in ((~is_middle, open_schools), (is_middle, middle_schools)):
            if len(others) < 2:
                continue
            at = np.searchsorted(others, home)
            here = level & moves & np.isin(home, others)
            step = 1 + (places.uniform["move_to"][:, year] * (len(others) - 1)).astype(int)
            target = others[(np.minimum(at, len(others) - 1) + step) % len(others)]
            moved_to[:, year] = np.where(here, target, moved_to[:, year])
        home = np.where(moved_to[:, year] >= 0, moved_to[:, year], home)
    return school, moved_to


def _is_disadvantaged(places: _Places, schools: Sequence[PlannedSchool], *, grade: Ints, years: int) -> Bools:
    """Say whether the student who comes to a place in a year (the first: in column 0) is disadvantaged."""
    share = np.stack([_arrival_shares(school, years=years) for school in schools])
    arriving = share[places.home]
    cohort_year = np.clip(-places.first_grade, 0, years - 1)
    wanted = np.stack([school.disadvantaged for school in schools])[places.home, cohort_year]
    # The first student of a place comes with the cohort: at the share of the year in which it enters kindergarten.
    arriving[:, 0] = wanted
    # In middle school everybody comes at the usual share of the home school, so that the grades do not drift apart.
    usual = np.array([school.usual_share for school in schools])[places.home]
    arriving = np.where(grade > LAST_ELEMENTARY, usual[:, None], arriving)
    return places.uniform["poor"] < arriving


def _arrival_shares(school: PlannedSchool, *, years: int) -> Floats:
    """Share of disadvantaged among those who come before each year, so that the school has the share it is to have."""
    arrivals = school.disadvantaged.copy()
    for year in range(1, years):
        stay = 1 - school.turnover[year]
        wanted = school.disadvantaged[year]
        missing = (wanted - stay * school.disadvantaged[year - 1]) / school.turnover[year]
        arrivals[year] = float(np.clip(missing, 0.0, 1.0))
    return arrivals


def _draw_races(places: _Places, schools: Sequence[PlannedSchool]) -> Ints:
    until = np.cumsum(np.stack([school.races for school in schools]), axis=1)[places.home]
    race: Ints = (places.uniform["race"][:, :, None] > until[:, None, :-1]).sum(axis=2)
    return race


def _enrol(
    places: _Places,
    *,
    active: Bools,
    is_new: Bools,
    school: Ints,
    moved_to: Ints,
    plan: DistrictPlan,
) -> dict[str, Ints]:
    """Make one row per student, school and year, with the days on which students come and leave."""
    held = plan.calendar["instructional"].to_numpy()
    days = np.bincount(plan.calendar["year_index"].to_numpy()[held], minlength=plan.sizes.years)[None, :]
    uniform = places.uniform
    late = is_new & (uniform["late"] < LATE_SHARE)
    entry = np.where(late, 8 + (uniform["late_day"] * (days - 40)).astype(int), -1)
    leaves = np.zeros_like(active)
    leaves[:, :-1] = is_new[:, 1:] & (uniform["early"][:, :-1] < EARLY_SHARE) & ~late[:, :-1]
    leaving = np.where(leaves, 20 + (uniform["early_day"] * (days - 40)).astype(int), -1)
    moves = active & (moved_to >= 0) & ~late & ~leaves
    move_day = 25 + (uniform["move_day"] * (days - 60)).astype(int)
    place, year = np.nonzero(active)
    pair = (place, year)
    first = {
        "place": place,
        "year": year,
        "school": school[pair],
        "entry": entry[pair],
        "leaving": np.where(moves[pair], move_day[pair], leaving[pair]),
        "reason": np.where(moves[pair], TRANSFERRED, np.where(leaves[pair], MOVED_AWAY, NOT_MOVED)),
    }
    place, year = np.nonzero(moves)
    pair = (place, year)
    second = {
        "place": place,
        "year": year,
        "school": moved_to[pair],
        "entry": move_day[pair] + 1,
        "leaving": np.full(len(place), -1),
        "reason": np.full(len(place), NOT_MOVED),
    }
    return {name: np.concatenate([first[name], second[name]]) for name in first}


def _place_small_group(
    race: Ints, schools: Sequence[PlannedSchool], *, rows: dict[str, Ints], entrant: Ints, too_small: TooSmall
) -> Ints:
    """Let a school have exactly so many students of one race in every year; what they score does not change."""
    race = race.copy()
    wanted = RACES.index(too_small.race_ethnicity)
    for at, school in enumerate(schools):
        if not school.has_small_group:
            continue
        here = rows["school"] == at
        students = rows["place"][here], entrant[rows["place"][here], rows["year"][here]]
        race[students] = np.where(race[students] == wanted, RACES.index("two_or_more"), race[students])
        pairs, counts = np.unique(np.stack(students), axis=1, return_counts=True)
        years = entrant.shape[1]
        whole = pairs[:, counts == min(years, LAST_ELEMENTARY + 1)][:, : too_small.group]
        race[whole[0], whole[1]] = wanted
    return race


def _seat(people: ZonePeople, *, order: Floats) -> ZonePeople:
    """Sort the rows, and share the students of each school, year and grade out to classrooms by lot."""
    by_lot = np.lexsort((order, people.grade, people.year, people.school))
    key = (people.school * 100 + people.year) * 100 + people.grade
    sorted_key = key[by_lot]
    starts = np.flatnonzero(np.append([True], sorted_key[1:] != sorted_key[:-1]))
    counts = np.diff(np.append(starts, len(sorted_key)))
    rank = np.arange(len(sorted_key)) - np.repeat(starts, counts)
    classes = -(-counts // LARGEST_CLASS)
    classroom = np.empty(len(key), dtype=np.int64)
    classroom[by_lot] = rank % np.repeat(classes, counts)
    final = np.lexsort((people.number, people.grade, people.year, people.school))
    values = {name: getattr(people, name)[final] for name in ZonePeople.__dataclass_fields__ if name != "classroom"}
    return ZonePeople(**values, classroom=classroom[final])
