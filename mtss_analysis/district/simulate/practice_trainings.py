"""Professional development of the last year: events, who was there, what support followed, and coaching."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.typed import type_table

COHORTS = 3
WEEKS_BETWEEN_SLOTS = 3
FIRST_SLOT_WEEK = 2
TRAINING_HOURS = 6.0
ATTENDED = 0.94
CONTACT_MINUTES = (30, 60)
COACHING_MONTHS = (11, 12, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedTeachers:
    """The teachers of a school in the last year, what they were trained in and how they are supported.

    Parameters
    ----------
    staff_id : (t,) str array
        Teachers.
    years_experience : (t,) float array
        Years of experience; not known is counted as none.
    quality : (t,) float array
        Standard normal, the same person in all years.
    supported : (t,) bool array
        Whether classroom-embedded support follows the trainings.
    coached : (t,) bool array
        Whether the person is coached.
    hours : (t,) float array
        Hours of coaching over the year; 0: not coached.
    trained_on : (t, p) datetime64[D] array
        Day of the training in each practice; NaT: was not there.
    """

    staff_id: npt.NDArray[np.object_]
    years_experience: npt.NDArray[np.float64]
    quality: npt.NDArray[np.float64]
    supported: npt.NDArray[np.bool_]
    coached: npt.NDArray[np.bool_]
    hours: npt.NDArray[np.float64]
    trained_on: npt.NDArray[np.datetime64]


def draw_trainings(
    *, seed: int, district_id: str, years: Sequence[str], calendar: pd.DataFrame, truths: PracticeTruths
) -> pd.DataFrame:
    """Draw the trainings of the last year, once for the district: every practice for every cohort of teachers.

    Parameters
    ----------
    seed : int
        Seed of the whole simulation.
    district_id : str
        The district.
    years : sequence of str
        School years, the oldest first.
    calendar : DataFrame
        Calendar of one school: ``date, school_year, instructional``.
    truths : PracticeTruths
        For the practices.

    Returns
    -------
    DataFrame
        The trainings table. A cohort's trainings are three weeks apart and begin in the third week; the cohorts have
        the practices in different orders, so that weeks since a training and months of the year are not the same.
    """
    rng = open_stream(seed, "trainings", district_id)
    last_year = calendar.loc[(calendar["school_year"] == years[-1]) & calendar["instructional"].astype(bool), "date"]
    days = np.sort(last_year.to_numpy().astype("datetime64[D]"))
    rows = []
    for number, practice in enumerate(truths.practices):
        for cohort in range(COHORTS):
            slot = (number + 2 * cohort) % (COHORTS + len(truths.practices) - 1)
            week = FIRST_SLOT_WEEK + WEEKS_BETWEEN_SLOTS * slot
            day = days[0] + np.timedelta64(7 * week + int(rng.integers(0, 5)), "D")
            rows.append((f"T-{years[-1][2:4]}-{number + 1}{'ABC'[cohort]}", practice, days[days <= day][-1]))
    return type_table(
        "trainings",
        columns={
            "training_id": [row[0] for row in rows],
            "topic": [f"{row[1].replace('_', ' ').capitalize()}, whole-day workshop" for row in rows],
            "practice": [row[1] for row in rows],
            "date": np.array([row[2] for row in rows]),
            "hours": np.full(len(rows), TRAINING_HOURS),
        },
    )


def draw_induction_support(
    staff: pd.DataFrame, *, seed: int, school_id: str, truths: PracticeTruths
) -> npt.NDArray[np.bool_]:
    """Draw who has classroom-embedded support, which for beginners is their induction support.

    Parameters
    ----------
    staff : DataFrame
        Staff of one school, one row per person and year: ``staff_id, years_experience``.
    seed, school_id : int, str
        For the stream.
    truths : PracticeTruths
        The band and, with overlap, the shares.

    Returns
    -------
    (n,) bool array
        By row of ``staff``. The person's draw is the same in all years; who has support changes with the band.
    """
    breakdown = truths.breakdown
    people = np.unique(staff["staff_id"].to_numpy().astype(str))
    drawn = open_stream(seed, "follow_up_support", school_id).random(len(people))
    chance = drawn[np.searchsorted(people, staff["staff_id"].to_numpy().astype(str))]
    novice = staff["years_experience"].fillna(0).to_numpy(dtype=float) < breakdown.band_from_years
    if not breakdown.overlap:
        return novice
    return np.where(novice, chance >= breakdown.unsupported_novices, chance < breakdown.supported_veterans)


def train_teachers(school: DrawnSchool, *, trainings: pd.DataFrame, truths: PracticeTruths) -> TrainedTeachers:
    """Draw which teachers were trained when, and who is supported and coached.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    trainings : DataFrame
        The trainings table.
    truths : PracticeTruths
        For practices, support and coaching.

    Returns
    -------
    TrainedTeachers
        The teachers of the last year, by id. Some were absent from some trainings.
    """
    rng = open_stream(school.seed, "training_attendance", school.school_id)
    staff = school.staff
    teachers = staff.loc[(staff["role"] == "teacher") & (staff["school_year"] == school.years[-1])].sort_values(
        "staff_id"
    )
    count = len(teachers)
    cohort = rng.permutation(np.arange(count) % COHORTS)
    dates = trainings["date"].to_numpy().astype("datetime64[D]").reshape(len(truths.practices), COHORTS)
    there = rng.random((count, len(truths.practices))) < ATTENDED
    trained_on = np.where(there, dates[:, cohort].T, np.datetime64("NaT", "D"))
    coaching = truths.coaching
    lot = open_stream(school.seed, "coaching_lot", school.school_id)
    fewest, most = coaching.coached_share
    coached = lot.permutation(count) < round(count * lot.uniform(fewest, most))
    hours = np.where(coached, lot.uniform(*coaching.hours, size=count), 0.0)
    return TrainedTeachers(
        staff_id=teachers["staff_id"].to_numpy(dtype=object),
        years_experience=teachers["years_experience"].fillna(0).to_numpy(dtype=float),
        quality=teachers["quality"].to_numpy(dtype=float),
        supported=draw_induction_support(teachers, seed=school.seed, school_id=school.school_id, truths=truths),
        coached=coached,
        hours=hours,
        trained_on=trained_on,
    )


def draw_training_attendance(
    school: DrawnSchool, *, teachers: TrainedTeachers, trainings: pd.DataFrame, truths: PracticeTruths
) -> pd.DataFrame:
    """Write who was at which training.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    teachers : TrainedTeachers
        From ``train_teachers``.
    trainings : DataFrame
        The trainings table.
    truths : PracticeTruths
        For the practices.

    Returns
    -------
    DataFrame
        The training_attendance table: ``follow_up_support`` is ``classroom_embedded`` where the teacher has it,
        ``coaching`` after the training in the coached practice where the teacher is coached, and otherwise ``none``.
    """
    del school
    dates = trainings["date"].to_numpy().astype("datetime64[D]")
    number = {practice: position for position, practice in enumerate(truths.practices)}
    practice = trainings["practice"].map(number).to_numpy()
    rows, events = np.nonzero(teachers.trained_on[:, practice] == dates[None, :])
    is_coached = teachers.coached[rows] & (practice[events] == number[truths.coaching.practice])
    support = np.where(teachers.supported[rows], "classroom_embedded", np.where(is_coached, "coaching", "none"))
    return type_table(
        "training_attendance",
        columns={
            "training_id": trainings["training_id"].to_numpy(dtype=object)[events],
            "staff_id": teachers.staff_id[rows],
            "follow_up_support": support.astype(object),
        },
    )


def draw_coaching(school: DrawnSchool, *, teachers: TrainedTeachers, truths: PracticeTruths) -> pd.DataFrame:
    """Draw the coaching contacts of the last year.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    teachers : TrainedTeachers
        From ``train_teachers``.
    truths : PracticeTruths
        For the focus.

    Returns
    -------
    DataFrame
        The coaching table; a coached teacher's minutes add up to the drawn hours, to the minute.
    """
    rng = open_stream(school.seed, "coaching", school.school_id)
    minutes = np.rint(teachers.hours * 60).astype(int)
    length = rng.integers(*CONTACT_MINUTES, size=len(minutes), endpoint=True)
    contacts = -(-minutes // length)
    teacher = np.repeat(np.arange(len(minutes)), contacts)
    position = np.arange(len(teacher)) - np.repeat(np.cumsum(contacts) - contacts, contacts)
    left = minutes[teacher] - position * length[teacher]
    calendar = school.calendar
    dates = calendar["date"].to_numpy().astype("datetime64[D]")
    open_days = dates[
        (calendar["school_year"] == school.years[-1]).to_numpy()
        & calendar["instructional"].to_numpy(dtype=bool)
        & calendar["date"].dt.month.isin(COACHING_MONTHS).to_numpy()
    ]
    day = open_days[rng.integers(0, len(open_days), size=len(teacher))] if len(teacher) else open_days[:0]
    order = np.lexsort((position, day, teacher))
    return type_table(
        "coaching",
        columns={
            "coaching_id": np.array(
                [f"C-{school.school_id}-{number:04d}" for number in range(len(teacher))], dtype=object
            ),
            "staff_id": teachers.staff_id[teacher],
            "school_id": np.full(len(teacher), school.school_id, dtype=object),
            "date": day[order],
            "minutes": np.minimum(length[teacher], left).astype(float),
            "focus": np.full(len(teacher), truths.coaching.practice, dtype=object),
        },
    )


def coached_hours_by_day(
    coaching: pd.DataFrame, *, teachers: TrainedTeachers, days: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.float64]:
    """Count the hours of coaching that each teacher has had before each day.

    Parameters
    ----------
    coaching : DataFrame
        The coaching table of the school.
    teachers : TrainedTeachers
        From ``train_teachers``.
    days : (d,) datetime64[D] array
        Days in ascending order.

    Returns
    -------
    (t, d) float array
        Hours; a contact counts from the day after.
    """
    hours = np.zeros((len(teachers.staff_id), len(days) + 1))
    if len(coaching):
        row = np.searchsorted(teachers.staff_id.astype(str), coaching["staff_id"].to_numpy().astype(str))
        after = np.searchsorted(days, coaching["date"].to_numpy().astype("datetime64[D]"), side="right")
        np.add.at(hours, (row, after), coaching["minutes"].to_numpy() / 60)
    return np.cumsum(hours, axis=1)[:, : len(days)]
