"""A school ready to have its tables drawn: its people, days and true effects as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from mtss_analysis.district.simulate.district_plan import RACES, DistrictPlan, PlannedSchool
from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.measures import GRADES, Floats
from mtss_analysis.district.simulate.people import Bools, Ints, ZonePeople, draw_people
from mtss_analysis.district.simulate.school_days import SchoolDays, draw_school_calendar, read_school_days
from mtss_analysis.district.simulate.staff import MOST_CLASSES, draw_staff
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.text import repeat_text, write_dates, write_text
from mtss_analysis.district.simulate.truths import Truths

TEACHER_VARIANCE = 0.09
CLASS_YEAR_VARIANCE = 0.025
REASONS = ("", "moved away", "transferred within the district")

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """One school, ready to be drawn from; all arrays have one element per row of ``school.students``.

    Parameters
    ----------
    school : DrawnSchool
        What the tables of practice are drawn from.
    planned : PlannedSchool
        Its true effects.
    plan : DistrictPlan
        Its district.
    truths : Truths
        What is planted.
    days : tuple of SchoolDays
        By year.
    ids : pyarrow string array
        Student ids by row.
    person : (n,) int array
        Number of the student among those of the school.
    year, grade, classroom : (n,) int array
        Year index, position in ``GRADES``, position of the classroom in its grade.
    entry, leaving : (n,) datetime64[D] array
        First and last day in the school within the year, never missing.
    abilities : dict of str to (n,) array
        ``reading, math, social, behavior`` in SD, group differences included, high is good.
    group_shift : (n,) array
        Group differences in reading and mathematics, SD.
    disadvantaged : (n,) bool array
        Economically disadvantaged.
    absence_risk : (n,) array
        Standard normal.
    class_effect : (n,) array
        What teacher and class add to scores, SD.
    lone_teacher_id : str or None
        Teacher of the classroom that stands out; None: not here.
    """

    school: DrawnSchool
    planned: PlannedSchool
    plan: DistrictPlan
    truths: Truths
    days: tuple[SchoolDays, ...]
    ids: pa.Array
    person: Ints
    year: Ints
    grade: Ints
    classroom: Ints
    entry: Days
    leaving: Days
    abilities: dict[str, Floats]
    group_shift: Floats
    disadvantaged: Bools
    absence_risk: Floats
    class_effect: Floats
    lone_teacher_id: str | None

    def open_stream(self, *names: str) -> np.random.Generator:
        """Open the stream of one of the school's tables."""
        return open_stream(self.school.seed, *names, self.school.school_id)

    def is_there(self, day: Days, rows: Ints) -> Bools:
        """Whether the students of some rows are enrolled on a day each."""
        there: Bools = (self.entry[rows] <= day) & (day <= self.leaving[rows])
        return there

    def write_ids(self, rows: Ints) -> pd.api.extensions.ExtensionArray:
        """Write the student ids of some rows."""
        return write_text(self.ids, rows)

    def write_years(self, rows: Ints) -> pd.api.extensions.ExtensionArray:
        """Write the school years of some rows."""
        return write_text(self.plan.years, self.year[rows])

    def write_school(self, count: int) -> pd.api.extensions.ExtensionArray:
        """Write the school's id in every row."""
        return repeat_text(self.school.school_id, count)


def lay_ground(plan: DistrictPlan, *, zone: int, truths: Truths) -> Iterator[Ground]:
    """Draw the people of a zone, and make its schools ready one after the other.

    Parameters
    ----------
    plan : DistrictPlan
        The district.
    zone : int
        Which of its attendance zones.
    truths : Truths
        What is planted.

    Yields
    ------
    Ground
        The schools of the zone, in the order of their index.
    """
    people = draw_people(plan, zone=zone, too_small=truths.too_small)
    starts = np.searchsorted(people.school, np.arange(len(plan.zone(zone)) + 1))
    for at, planned in enumerate(plan.zone(zone)):
        yield _lay_school(plan, planned, truths, people, rows=slice(int(starts[at]), int(starts[at + 1])))


def _lay_school(
    plan: DistrictPlan, planned: PlannedSchool, truths: Truths, people: ZonePeople, *, rows: slice
) -> Ground:
    sizes = plan.sizes
    year, grade, classroom = people.year[rows], people.grade[rows], people.classroom[rows]
    classes = np.zeros((sizes.years, len(GRADES)), dtype=np.int64)
    np.maximum.at(classes, (year, grade), classroom + 1)
    staff, teacher, quality = draw_staff(
        planned, sizes=sizes, practice=plan.practice, classes=classes, students=len(year) / sizes.years
    )
    teacher_of_row = teacher[year, grade, classroom]
    teacher_ids = pa.array(staff["staff_id"].unique().tolist()).sort() if len(staff) else pa.array([], pa.string())
    calendar = draw_school_calendar(plan.calendar, seed=sizes.seed, school_id=planned.school_id, years=sizes.years)
    days = read_school_days(calendar, years=sizes.years)
    entry, leaving = _date(plan, people, rows=rows, days=days)
    number = people.number[rows]
    _, person = np.unique(number, return_inverse=True)
    ids = pa.array(np.char.zfill(number.astype(str), 9).tolist(), pa.string())
    class_year = open_stream(sizes.seed, "class_year", planned.school_id).standard_normal(
        (sizes.years, len(GRADES), MOST_CLASSES)
    )
    effect = TEACHER_VARIANCE**0.5 * quality[teacher_of_row]
    effect = effect + CLASS_YEAR_VARIANCE**0.5 * class_year[year, grade, classroom]
    lone = None if planned.outlying_grade is None else int(teacher[0, planned.outlying_grade, 0])
    rooms = [f"{name}{_letter(room)}" for name in GRADES for room in range(MOST_CLASSES)]
    came, left, reason = people.entry[rows], people.leaving[rows], people.reason[rows]
    students = pd.DataFrame(
        {
            "student_id": write_text(ids, np.arange(len(number))),
            "school_year": write_text(plan.years, year),
            "year_index": year,
            "grade": write_text(GRADES, grade),
            "classroom_id": write_text(rooms, grade * MOST_CLASSES + classroom),
            "teacher_id": write_text(teacher_ids, teacher_of_row),
            "entry_date": write_dates(np.where(came >= 0, entry, np.datetime64("NaT"))),
            "exit_date": write_dates(np.where(left >= 0, leaving, np.datetime64("NaT"))),
            "exit_reason": write_text(REASONS, np.where(reason > 0, reason, -1)),
            "sex": write_text(["male", "female"], people.is_female[rows].astype(np.int64)),
            "race_ethnicity": write_text(RACES, people.race[rows]),
            "english_learner": pd.array(people.learner[rows], dtype="boolean"),
            "disability": pd.array(people.disability[rows], dtype="boolean"),
            "economically_disadvantaged": pd.array(people.disadvantaged[rows], dtype="boolean"),
            "ability_reading": people.reading[rows],
            "ability_math": people.math[rows],
            "behavior_risk": people.behavior_risk[rows],
            "absence_risk": people.absence_risk[rows],
        }
    )
    school = DrawnSchool(
        school_id=planned.school_id,
        school_name=planned.school_name,
        district_id=plan.district_id,
        level=planned.level,
        index=planned.index,
        seed=sizes.seed,
        years=plan.years,
        students=students,
        staff=staff,
        calendar=calendar,
    )
    return Ground(
        school=school,
        planned=planned,
        plan=plan,
        truths=truths,
        days=days,
        ids=ids,
        person=person,
        year=year,
        grade=grade,
        classroom=classroom,
        entry=entry,
        leaving=leaving,
        abilities={
            "reading": people.reading[rows],
            "math": people.math[rows],
            "social": 0.78 * people.social[rows],
            "behavior": -0.78 * people.behavior_risk[rows],
        },
        group_shift=people.group_shift[rows],
        disadvantaged=people.disadvantaged[rows],
        absence_risk=people.absence_risk[rows],
        class_effect=effect,
        lone_teacher_id=None if lone is None or lone < 0 else str(teacher_ids[lone]),
    )


def _date(plan: DistrictPlan, people: ZonePeople, *, rows: slice, days: tuple[SchoolDays, ...]) -> tuple[Days, Days]:
    """Turn positions among the district's days of a year into dates; the school's own year where none is given."""
    held = plan.calendar["instructional"].to_numpy()
    dates = plan.calendar["date"].to_numpy().astype("datetime64[D]")[held]
    starts = np.searchsorted(plan.calendar["year_index"].to_numpy()[held], np.arange(plan.sizes.years))
    year, came, left = people.year[rows], people.entry[rows], people.leaving[rows]
    first = np.array([day.first for day in days])[year]
    last = np.array([day.last for day in days])[year]
    entry = np.where(came >= 0, dates[starts[year] + np.maximum(came, 0)], first)
    leaving = np.where(left >= 0, dates[starts[year] + np.maximum(left, 0)], last)
    return entry, leaving


def _letter(room: int) -> str:
    letter = chr(ord("A") + room % 26)
    return letter if room < 26 else letter * 2
