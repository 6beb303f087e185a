"""Study of the verdicts on goals: how often a school on its plan's line is called behind, and one that lags is."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.across import gather_plans
from mtss_analysis.findings.plan.course import follow_course
from mtss_analysis.findings.plan.goal_view import view_goal
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.plan.rows import Goal, read_rows
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.values.across import compare_values
from studies.study import Outcome, Study, register

SCHOOLS, GRADES, ROOMS, ROOM_SIZE = 8, 6, 3, 20
YEARS = ("2024-25", "2025-26")
TARGET_YEAR = "2026-27"
SPREAD = 15.0
"""Standard deviation of scores within a grade."""
STEADY, ROOM_SHARE = 0.75, 0.05
"""Correlation of a student's scores a year apart; share of the variance between classrooms of a year."""
AIMS = {"mean": 3.0, "at_cut_pct": 8.0}
"""Change aimed at in two years."""
LAGS = {"mean": 6.0, "at_cut_pct": 16.0}
"""How far a school lies below its line where a lag is planted: about a third of a standard deviation of students."""
CUT = -8.0
"""Cut score, against the mean of the grade."""
STEP = 50.0
OFFSET = STEP * (GRADES - 1) / 2
"""Scores rise by so much from grade to grade; mean of all grades above that of the lowest."""
SETTINGS = Settings(indicators=())
DISTRICT = "D1"


def study_track(seed: int, planted: bool) -> Sequence[Outcome]:
    """Verdicts on schools that moved as planned, or lie on the line drawn from the data; or lag behind both."""
    rng = np.random.default_rng([seed, int(planted)])
    outcomes = []
    for statistic in AIMS:
        tables, lag = _draw(rng, statistic=statistic, planted=planted)
        given = GivenTables(tables)
        comparison = Comparison(frames={**compare_values(given, settings=SETTINGS), **gather_plans(given)})
        for school, goal in enumerate(read_rows(comparison.frame("plan_goals"), Goal)):
            subject = Subject(district_id=DISTRICT, school_id=goal.school_id, name="a school")
            view = view_goal(goal, subject=subject, settings=SETTINGS, comparison=comparison)
            course = follow_course(view, ci_level=SETTINGS.ci_level, comparison=comparison)
            kind = "moved as planned" if school % 2 else "on the line drawn"
            outcomes += [
                Outcome(quantity="behind named", named=course.verdict == "behind"),
                Outcome(quantity=f"behind named, {statistic}", named=course.verdict == "behind"),
                Outcome(quantity="ahead", named=course.verdict == "ahead"),
                Outcome(
                    quantity=f"difference from the line, {statistic}, {kind}",
                    estimate=course.difference,
                    low=course.low,
                    high=course.high,
                    true=-lag,
                ),
            ]
    return outcomes


def _draw(rng: np.random.Generator, *, statistic: str, planted: bool) -> tuple[dict[str, pd.DataFrame], float]:
    """Draw two years of a district and the plan of each school, made from what the first year showed."""
    shape = (SCHOOLS, GRADES, ROOMS * ROOM_SIZE)
    level = rng.normal(0, 4, SCHOOLS)
    ability = rng.normal(0, 1, shape)
    first = _score(rng, ability=ability, level=level)
    # Students move up a grade, and new ones come into the lowest.
    older = np.concatenate([rng.normal(0, 1, (SCHOOLS, 1, shape[2])), ability[:, :-1]], axis=1)
    measured = _measure(first, statistic=statistic)
    aim, lag = AIMS[statistic], LAGS[statistic] if planted else 0.0
    true = level if statistic == "mean" else 100 * ndtr((level - CUT) / SPREAD)
    # Every second school moves by what was planned; the others come to lie on the line that the plan drew.
    drawn = np.round(measured, 1) - (OFFSET if statistic == "mean" else 0.0)
    wanted = np.where(np.arange(SCHOOLS) % 2, true, drawn) + aim / 2 - lag
    later = wanted if statistic == "mean" else CUT + SPREAD * ndtri(np.clip(wanted, 1, 99) / 100)
    second = _score(rng, ability=older, level=later)
    ids = np.arange(ability.size).reshape(shape)
    new = ability.size + np.arange(SCHOOLS * shape[2]).reshape(SCHOOLS, 1, shape[2])
    people = (ids, np.concatenate([new, ids[:, :-1]], axis=1))
    rows = pd.concat(
        [_list(score, people=who, year=year) for score, who, year in zip((first, second), people, YEARS, strict=True)],
        ignore_index=True,
    )
    schools = pd.DataFrame({"district_id": DISTRICT, "school_id": [f"{one:02d}" for one in range(SCHOOLS)]})
    goals = schools.assign(
        goal_id=[f"G-{one:02d}" for one in range(SCHOOLS)],
        measure="scale",
        statistic=statistic,
        grade="all",
        student_group="all",
        baseline=np.round(measured, 1),
        baseline_school_year=YEARS[0],
        baseline_window="spring",
        target=np.round(measured, 1) + aim,
        target_school_year=TARGET_YEAR,
        target_window="spring",
        milestones=[f"{YEARS[1]} spring {value + aim / 2:.2f}" for value in np.round(measured, 1)],
    )
    tables = {
        "schools": schools.assign(school_year=YEARS[1], level="elementary"),
        "enrollments": rows[["district_id", "student_id", "school_id", "school_year", "grade", "classroom_id"]],
        "screenings": rows.assign(measure="scale", window="spring", cut_score=CUT + STEP * rows["grade"].astype(float)),
        "goals": goals,
    }
    return tables, lag


def _score(rng: np.random.Generator, *, ability: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Give scores against the mean of the grade, classrooms drawn anew every year."""
    room = np.repeat(rng.normal(0, 1, (SCHOOLS, GRADES, ROOMS)), ROOM_SIZE, axis=2)
    rest = 1 - ROOM_SHARE - STEADY
    parts = np.sqrt(STEADY) * ability + np.sqrt(ROOM_SHARE) * room + np.sqrt(rest) * rng.normal(0, 1, ability.shape)
    return np.asarray(level[:, None, None] + SPREAD * parts)


def _measure(score: np.ndarray, *, statistic: str) -> np.ndarray:
    by_school = score.reshape(SCHOOLS, -1)
    if statistic == "mean":
        return np.asarray(by_school.mean(axis=1) + OFFSET)
    return np.asarray(100 * (by_school >= CUT).mean(axis=1))


def _list(score: np.ndarray, *, people: np.ndarray, year: str) -> pd.DataFrame:
    school, grade, seat = np.indices(score.shape)
    rooms = zip(grade.ravel(), seat.ravel() // ROOM_SIZE, strict=True)
    return pd.DataFrame(
        {
            "district_id": DISTRICT,
            "student_id": [f"{one:06d}" for one in people.ravel()],
            "school_id": [f"{one:02d}" for one in school.ravel()],
            "school_year": year,
            "grade": [str(one) for one in grade.ravel()],
            "classroom_id": [f"{one}{room}" for one, room in rooms],
            "score": (score + STEP * grade).ravel(),
        }
    )


register(
    Study(
        name="plan-track",
        truth="schools on their plan's line, in either of two senses; or a third of a standard deviation behind it",
        requirement="R32",
        run=study_track,
        fast_seeds=4,
        seeds=400,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
