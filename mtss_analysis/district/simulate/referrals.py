"""Office discipline referrals: clustered by student, place, time, season and the adult who writes them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mtss_analysis.district.simulate.drawn import DrawnSchool
from mtss_analysis.district.simulate.practice_truths import PracticeTruths
from mtss_analysis.district.simulate.streams import open_stream
from mtss_analysis.district.simulate.typed import type_table

MEAN_PER_STUDENT = {"elementary": 0.40, "middle": 0.75, "high": 0.70, "other": 0.50}
"""Referrals per student and year: about 0.2 to 0.4 per 100 students and school day."""

RISK_SD = 1.55
SCHOOL_SD = 0.15
MONTH_WEIGHT = {8: 0.7, 9: 0.9, 10: 1.2, 11: 1.1, 12: 1.0, 1: 0.9, 2: 1.15, 3: 1.1, 4: 1.0, 5: 1.05, 6: 0.6, 7: 0.5}
WEEKDAY_WEIGHT = np.array([1.05, 0.95, 1.0, 0.95, 1.15, 0.0, 0.0])
LOCATIONS = ("classroom", "playground", "cafeteria", "hallway", "bus", "restroom", "gym", "other")
LOCATION_SHARE = np.array([0.46, 0.15, 0.11, 0.11, 0.06, 0.04, 0.04, 0.03])
MINUTE_MEAN = np.array([640, 745, 735, 660, 905, 690, 800, 720])
MINUTE_SD = np.array([100, 25, 20, 120, 20, 110, 90, 120])
SCHOOL_DAY = (7 * 60 + 45, 15 * 60 + 40)
BEHAVIORS = ("disruption", "defiance", "physical_contact", "disrespect", "inappropriate_language", "fighting",
             "property_misuse", "bullying", "technology_violation")  # fmt: skip
BEHAVIOR_SHARE = np.array([0.27, 0.20, 0.13, 0.12, 0.09, 0.07, 0.05, 0.04, 0.03])
MAJOR_SHARE = np.array([0.15, 0.35, 0.30, 0.25, 0.30, 0.95, 0.35, 0.85, 0.20])
MINOR_ACTIONS = ("conference", "parent_contact", "loss_of_privilege", "time_in_office")
MAJOR_ACTIONS = ("detention", "in_school_suspension", "parent_contact", "out_of_school_suspension")
ACTION_SHARE = np.array([0.40, 0.30, 0.20, 0.10])
WRITER_SHAPE = 0.7


def draw_referrals(school: DrawnSchool, *, truths: PracticeTruths) -> pd.DataFrame:
    """Draw the referrals of all years.

    Parameters
    ----------
    school : DrawnSchool
        The school.
    truths : PracticeTruths
        For the school that stops reporting, and the one with codes of its own.

    Returns
    -------
    DataFrame
        The referrals table, in the order of dates. Referrals in the classroom are mostly written by the student's
        teacher; the others by the school's adults, of whom a few write most. A student's later referrals tend to
        happen where the earlier ones did.
    """
    rng = open_stream(school.seed, "referrals", school.school_id)
    student, day, days = _draw_days(school, rng=rng)
    students = school.students
    count = len(student)
    favourite = rng.choice(len(LOCATIONS), size=len(students), p=LOCATION_SHARE)
    location = np.where(
        rng.random(count) < 0.35, favourite[student], rng.choice(len(LOCATIONS), size=count, p=LOCATION_SHARE)
    )
    minute = np.rint(rng.normal(MINUTE_MEAN[location], MINUTE_SD[location])).astype(int).clip(*SCHOOL_DAY)
    behavior = rng.choice(len(BEHAVIORS), size=count, p=BEHAVIOR_SHARE)
    major = rng.random(count) < MAJOR_SHARE[behavior]
    action = rng.choice(len(ACTION_SHARE), size=count, p=ACTION_SHARE)
    writer = _draw_writers(school, student=student, in_classroom=location == 0, rng=rng)
    kept = rng.random(count)
    reported = _is_reported(school, date=days[day], chance=kept, truths=truths)
    numbers = np.flatnonzero(reported)
    codes = truths.other_codes
    is_other = codes.planted and school.index == codes.school
    clock = np.array([f"{part // 60:02d}:{part % 60:02d}" for part in range(24 * 60)], dtype=object)
    return type_table(
        "referrals",
        columns={
            "referral_id": np.array(
                [f"R-{school.school_id}-{number:05d}" for number in numbers.tolist()], dtype=object
            ),
            "student_id": students["student_id"].to_numpy(dtype=object)[student[numbers]],
            "school_id": np.full(len(numbers), school.school_id, dtype=object),
            "date": days[day[numbers]],
            "time": clock[minute[numbers]],
            "location": _codes(LOCATIONS, own=codes.locations if is_other else ())[location[numbers]],
            "behavior": _codes(BEHAVIORS, own=codes.behaviors if is_other else ())[behavior[numbers]],
            "level": np.where(major[numbers], "major", "minor").astype(object),
            "action": np.where(
                major[numbers],
                np.array(MAJOR_ACTIONS, dtype=object)[action[numbers]],
                np.array(MINOR_ACTIONS, dtype=object)[action[numbers]],
            ),
            "reported_by": writer[numbers],
        },
    )


def _draw_days(
    school: DrawnSchool, *, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.datetime64]]:
    """Draw the row of the student and the position of the day of every referral, in the order of days."""
    calendar = school.calendar.sort_values("date")
    held = calendar["instructional"].to_numpy(dtype=bool)
    days = calendar["date"].to_numpy()[held].astype("datetime64[D]")
    day_year = calendar["school_year"].to_numpy()[held].astype(str)
    weekday = (days.astype(int) + 3) % 7
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    weight = np.array([MONTH_WEIGHT[number] for number in range(1, 13)])[month - 1] * WEEKDAY_WEIGHT[weekday]
    weight = weight * rng.gamma(8, 1 / 8, size=len(days))
    students = school.students
    rate = MEAN_PER_STUDENT[school.level] * np.exp(
        RISK_SD * students["behavior_risk"].to_numpy(dtype=float) - RISK_SD**2 / 2 + SCHOOL_SD * rng.standard_normal()
    )
    starts, ends = _year_limits(students["school_year"].to_numpy().astype(str), day_year=day_year)
    entry = students["entry_date"].to_numpy().astype("datetime64[D]")
    leave = students["exit_date"].to_numpy().astype("datetime64[D]")
    year_cumulated = np.concatenate([[0.0], np.cumsum(weight)])
    total = np.maximum(year_cumulated[ends] - year_cumulated[starts], 1e-12)
    first = np.where(np.isnat(entry), starts, np.clip(np.searchsorted(days, entry), starts, ends))
    last = np.where(np.isnat(leave), ends, np.clip(np.searchsorted(days, leave, side="right"), first, ends))
    present = year_cumulated[last] - year_cumulated[first]
    number = rng.poisson(rate * present / total)
    student = np.repeat(np.arange(len(students)), number)
    target = year_cumulated[first[student]] + rng.random(len(student)) * present[student]
    day = np.clip(np.searchsorted(year_cumulated, target, side="right") - 1, first[student], last[student] - 1)
    order = np.argsort(day, kind="stable")
    return student[order], day[order], days


def _year_limits(
    years: npt.NDArray[np.str_], *, day_year: npt.NDArray[np.str_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give the first day and the day after the last of each student's year, as positions."""
    known, code = np.unique(years, return_inverse=True)
    starts = np.array([np.flatnonzero(day_year == year)[0] for year in known])
    ends = np.array([np.flatnonzero(day_year == year)[-1] + 1 for year in known])
    return starts[code], ends[code]


def _draw_writers(
    school: DrawnSchool, *, student: npt.NDArray[np.intp], in_classroom: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    teacher = school.students["teacher_id"].to_numpy(dtype=object)[student]
    year = school.students["school_year"].to_numpy().astype(str)[student]
    writer = np.full(len(student), None, dtype=object)
    for name in school.years:
        staff = np.sort(school.staff.loc[school.staff["school_year"] == name, "staff_id"].to_numpy().astype(str))
        weight = rng.gamma(WRITER_SHAPE, size=len(staff)) + 1e-9
        rows = np.flatnonzero(year == name)
        if len(staff):
            writer[rows] = staff[rng.choice(len(staff), size=len(rows), p=weight / weight.sum())]
    own = in_classroom & (rng.random(len(student)) < 0.8) & pd.notna(teacher)
    writer[own] = teacher[own]
    return writer


def _codes(names: tuple[str, ...], *, own: tuple[tuple[str, str], ...]) -> npt.NDArray[np.object_]:
    renamed = dict(own)
    return np.array([renamed.get(name, name) for name in names], dtype=object)


def _is_reported(
    school: DrawnSchool,
    *,
    date: npt.NDArray[np.datetime64],
    chance: npt.NDArray[np.float64],
    truths: PracticeTruths,
) -> npt.NDArray[np.bool_]:
    silent = truths.under_reporting
    if not silent.planted or school.index != silent.school:
        return np.ones(len(date), dtype=bool)
    year = int(school.years[-1][:4]) + (silent.from_month < 7)
    return (date < np.datetime64(f"{year}-{silent.from_month:02d}-01", "D")) | (chance < silent.reported_share)
