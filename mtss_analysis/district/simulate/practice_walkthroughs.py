"""Walkthroughs: who was visited when and by whom, and what was seen of each practice."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.practice_trainings import TrainedTeachers, coached_hours_by_day
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.typed import type_table

SHARE_LIMITS = (0.03, 0.97)
OBSERVER_ROLES = ("principal", "coach", "counselor")
NEVER = np.datetime64("2200-01-01", "D")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """One row is a visit by one observer; a double-scored visit has two rows with the same ``event``.

    Parameters
    ----------
    event : (v,) int array
        The lesson that was visited, counted from 0.
    teacher : (v,) int array
        Row of the teacher among the trained teachers.
    day : (v,) int array
        Position among ``days``.
    observer : (v,) int array
        Observer, counted from 0.
    days : (d,) datetime64[D] array
        Instructional days of the years with walkthroughs, in ascending order.
    last_year_from : datetime64[D]
        First instructional day of the last year.
    """

    event: npt.NDArray[np.intp]
    teacher: npt.NDArray[np.intp]
    day: npt.NDArray[np.intp]
    observer: npt.NDArray[np.intp]
    days: npt.NDArray[np.datetime64]
    last_year_from: np.datetime64


def draw_walkthroughs(
    school: DrawnSchool,
    *,
    teachers: TrainedTeachers,
    coaching: pd.DataFrame,
    truths: PracticeTruths,
    lone_teacher_id: str | None = None,
) -> pd.DataFrame:
    """Draw the walkthroughs of the last year, and sparser ones of the year before.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    teachers : TrainedTeachers
        From ``train_teachers``; those who are also in the staff of the year before are visited then, too.
    coaching : DataFrame
        The coaching table of the school.
    truths : PracticeTruths
        Breakdown, weak practice, lone classroom, coaching, drift, and the noise.
    lone_teacher_id : str or None
        Teacher of the classroom that stands alone; None: not in this school.

    Returns
    -------
    DataFrame
        The walkthroughs table, one row per item seen in a visit. A double-scored visit stands there twice, under two
        visit ids with the same teacher and day and different observers.
    """
    noise = truths.noise
    visits = draw_visits(school, teachers=teachers, truths=truths)
    share = expected_share(
        school, teachers=teachers, coaching=coaching, visits=visits, truths=truths, lone_teacher_id=lone_teacher_id
    )
    rng = open_stream(school.seed, "walkthroughs", school.school_id)
    practices, items = len(truths.practices), noise.items_per_practice
    events = int(visits.event[-1]) + 1 if len(visits.event) else 0
    own = rng.standard_normal(len(teachers.staff_id))
    teacher_effect = noise.teacher_sd * (np.sqrt(0.5) * teachers.quality + np.sqrt(0.5) * own)
    practice_effect = noise.teacher_practice_sd * rng.standard_normal((len(teachers.staff_id), practices))
    observer_effect = noise.observer_sd * rng.standard_normal(noise.observers_per_school)
    visit_effect = noise.visit_sd * rng.standard_normal(events)
    seen = rng.random((events, practices)) < noise.practice_seen
    item_effect = np.sqrt(1 - noise.observer_error) * rng.standard_normal((events, practices, items))
    observer_error = np.sqrt(noise.observer_error) * rng.standard_normal((len(visits.event), practices, items))
    scored = rng.random((len(visits.event), practices, items)) >= noise.not_scored
    severity = observer_effect[visits.observer] - _drift(school, visits=visits, truths=truths)
    level = (
        ndtri(np.clip(share, *SHARE_LIMITS)) * noise.total_sd
        + practice_effect[visits.teacher]
        + (teacher_effect[visits.teacher] + visit_effect[visits.event] + severity)[:, None]
    )
    latent = level[:, :, None] + item_effect[visits.event] + observer_error
    score = (latent > 0).astype(np.int64) + (latent > -noise.partial)
    row, practice, item = np.nonzero(np.broadcast_to(seen[visits.event][:, :, None], score.shape))
    return _write(
        school, teachers=teachers, visits=visits, truths=truths, row=row, practice=practice, item=item,
        score=np.where(scored[row, practice, item], score[row, practice, item], -1),
    )  # fmt: skip


def draw_visits(school: DrawnSchool, *, teachers: TrainedTeachers, truths: PracticeTruths) -> Visits:
    """Draw who is visited on which day by whom; nothing that is planted plays a part.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    teachers : TrainedTeachers
        From ``train_teachers``.
    truths : PracticeTruths
        For the noise.

    Returns
    -------
    Visits
        In the order of days.
    """
    noise = truths.noise
    rng = open_stream(school.seed, "visits", school.school_id)
    calendar = school.calendar.sort_values("date")
    held = calendar["instructional"].to_numpy(dtype=bool) & calendar["school_year"].isin(school.years[-2:]).to_numpy()
    days = calendar["date"].to_numpy()[held].astype("datetime64[D]")
    is_last = (calendar["school_year"] == school.years[-1]).to_numpy()[held]
    week = (days - days[0]).astype(int) // 7
    busy = rng.gamma(1 / noise.week_spread**2, noise.week_spread**2, size=int(week[-1]) + 1)[week]
    per_day = np.where(is_last, 1 / noise.weeks_between_visits, 1 / noise.weeks_between_earlier) / 5
    visited = rng.random(len(teachers.staff_id)) >= noise.never_observed
    earlier = school.staff.loc[(school.staff["school_year"] == school.years[max(len(school.years) - 2, 0)]), "staff_id"]
    there = np.isin(teachers.staff_id.astype(str), earlier.to_numpy().astype(str))
    chance = np.minimum(busy * per_day, 1.0)[:, None] * (visited & (there | is_last[:, None]))
    day, teacher = np.nonzero(rng.random(chance.shape) < chance)
    first = rng.integers(0, noise.observers_per_school, size=len(day))
    twice = (rng.random(len(day)) < noise.double_scored) & (noise.observers_per_school > 1)
    other = rng.integers(1, max(noise.observers_per_school, 2), size=len(day))
    second = (first + other) % noise.observers_per_school
    event = np.repeat(np.arange(len(day)), 1 + twice)
    is_second = np.concatenate([[False], event[1:] == event[:-1]])[: len(event)]
    return Visits(
        event=event,
        teacher=teacher[event],
        day=day[event],
        observer=np.where(is_second, second[event], first[event]),
        days=days,
        last_year_from=days[is_last][0],
    )


def expected_share(
    school: DrawnSchool,
    *,
    teachers: TrainedTeachers,
    coaching: pd.DataFrame,
    visits: Visits,
    truths: PracticeTruths,
    lone_teacher_id: str | None,
) -> npt.NDArray[np.float64]:
    """Give the true share of full implementation at each visit, by practice.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    teachers : TrainedTeachers
        From ``train_teachers``.
    coaching : DataFrame
        The coaching table of the school.
    visits : Visits
        From ``draw_visits``.
    truths : PracticeTruths
        What is planted.
    lone_teacher_id : str or None
        Teacher of the classroom that stands alone.

    Returns
    -------
    (v, p) float array
        By visit and practice, over teachers, observers and visits of that kind.
    """
    noise, breakdown, coached = truths.noise, truths.breakdown, truths.coaching
    number = {practice: position for position, practice in enumerate(truths.practices)}
    day = visits.days[visits.day]
    trained_on = np.where(np.isnat(teachers.trained_on), NEVER, teachers.trained_on)[visits.teacher]
    since = (day[:, None] - trained_on).astype(int)
    share = np.where(since >= 0, noise.trained_share, noise.untrained_share).astype(float)

    column = number[breakdown.practice]
    broken = since[:, column] >= 7 * breakdown.break_week
    veteran = (teachers.years_experience >= breakdown.band_from_years)[visits.teacher]
    alone = ~teachers.supported[visits.teacher]
    drop = (breakdown.experience_drop * veteran + breakdown.support_drop * alone) * (broken & breakdown.planted)
    share[:, column] = np.where(since[:, column] >= 0, breakdown.before - drop, noise.untrained_share)

    if coached.planted:
        hours = coached_hours_by_day(coaching, teachers=teachers, days=visits.days)[visits.teacher, visits.day]
        share[:, number[coached.practice]] += coached.gain_per_hour * hours
    if truths.weak_practice.planted and school.index in truths.weak_practice.schools:
        share[:, number[truths.weak_practice.practice]] -= truths.weak_practice.drop
    if truths.lone_classroom.planted and lone_teacher_id is not None:
        share -= truths.lone_classroom.drop * (teachers.staff_id[visits.teacher] == lone_teacher_id)[:, None]
    return share


def _drift(school: DrawnSchool, *, visits: Visits, truths: PracticeTruths) -> npt.NDArray[np.float64]:
    drift = truths.drift
    if not drift.planted or school.index != drift.school:
        return np.zeros(len(visits.event))
    day = visits.days[visits.day]
    length = (visits.days[-1] - visits.last_year_from).astype(int)
    gone = np.clip((day - visits.last_year_from).astype(int) / max(int(length), 1), 0, 1)
    stricter: npt.NDArray[np.float64] = drift.shift * gone * (visits.observer == 0)
    return stricter


def _write(
    school: DrawnSchool,
    *,
    teachers: TrainedTeachers,
    visits: Visits,
    truths: PracticeTruths,
    row: npt.NDArray[np.intp],
    practice: npt.NDArray[np.intp],
    item: npt.NDArray[np.intp],
    score: npt.NDArray[np.int64],
) -> pd.DataFrame:
    visit_id = np.array([f"W-{school.school_id}-{number:05d}" for number in range(len(visits.event))], dtype=object)
    names = [[f"{name}_{number + 1}" for number in range(truths.noise.items_per_practice)] for name in truths.practices]
    observers = np.array(_observers(school, count=truths.noise.observers_per_school), dtype=object)
    return type_table(
        "walkthroughs",
        columns={
            "walkthrough_id": visit_id[row],
            "item": np.array(names, dtype=object)[practice, item],
            "staff_id": teachers.staff_id[visits.teacher[row]],
            "school_id": np.full(len(row), school.school_id, dtype=object),
            "classroom_id": _classrooms(school, teachers=teachers, visits=visits)[row],
            "date": visits.days[visits.day[row]],
            "practice": np.array(truths.practices, dtype=object)[practice],
            "implemented": pd.arrays.IntegerArray(np.maximum(score, 0), score < 0),
            "observer_id": observers[visits.observer[row]],
        },
    )


def _observers(school: DrawnSchool, *, count: int) -> list[str]:
    staff = school.staff.loc[school.staff["school_year"] == school.years[-1]]
    people = [str(name) for role in OBSERVER_ROLES for name in sorted(staff.loc[staff["role"] == role, "staff_id"])]
    return [*people[:count], *(f"OBS-{school.school_id}-{number + 1}" for number in range(len(people), count))]


def _classrooms(school: DrawnSchool, *, teachers: TrainedTeachers, visits: Visits) -> npt.NDArray[np.object_]:
    """Give each visit the teacher's classroom in that year; of several, the first by id; None: has none."""
    in_last = visits.days[visits.day] >= visits.last_year_from
    students = school.students
    found = np.full(len(visits.event), None, dtype=object)
    for year, chosen in ((school.years[-1], in_last), (school.years[max(len(school.years) - 2, 0)], ~in_last)):
        classes = students.loc[students["school_year"] == year, ["teacher_id", "classroom_id"]].drop_duplicates()
        classes = classes.sort_values("classroom_id").drop_duplicates("teacher_id")
        by_teacher = dict(zip(classes["teacher_id"].tolist(), classes["classroom_id"].tolist(), strict=True))
        rooms = np.array([by_teacher.get(person) for person in teachers.staff_id.tolist()], dtype=object)
        found[chosen] = rooms[visits.teacher[chosen]]
    return found
