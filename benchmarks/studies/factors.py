"""Studies of the search over factors: what is planted is found, and of noise nothing is named."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtss_analysis.findings.root_causes.ratios import find_ratios
from mtss_analysis.findings.root_causes.results import Drill
from mtss_analysis.findings.root_causes.rows import DrillRows, gather_rows
from mtss_analysis.findings.root_causes.search import Searched, search_factors
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.settings import Factor, Indicator, Settings
from studies.study import Outcome, Study, register

SCHOOLS, YEARS, GRADES, ROOMS, SEATS = 3, 3, ("3", "4", "5"), 4, 22
STUDENT_SD, TEACHER_SD, ROOM_SD, NOISE_SD, COHORT_SD = 0.75, 0.30, 0.17, 0.48, 0.10
"""Standard deviations of a state of schools like those of the synthetic district; together near one."""
INCOME, PROGRAM, NOVICE, DROP, TOGETHER, RISE = -0.6, -0.5, -0.5, -0.25, -0.7, 0.15
"""Planted: family income and a program (level), new teachers (level), a group that falls behind (a year), girls of
grade 3 (beyond grade and sex), and how all did better in the last year."""
SHARES = (0.3, 0.3, 0.6)
"""Share of low family income by year, where the mix changes."""
YEAR_NAMES = ("2023-24", "2024-25", "2025-26")
FACTORS = (
    Factor(
        id="experience",
        label="the teacher's years of experience",
        table="staff",
        column="years_experience",
        level="classroom",
        bands=(0, 4, 10, 20),
        unit="years",
    ),
    Factor(id="degree", label="the teacher's degree", table="staff", column="degree", level="classroom"),
    *(
        Factor(id=name, label=name, table="enrollments", column=name, level="student")
        for name in ("grade", "income", "program", "group", "sex", "race", "language")
    ),
)
READING, MATH = (
    Indicator(measure=name, window="spring", domain="reading", label=name, unit="points")
    for name in ("reading", "math")
)
SETTINGS = Settings(indicators=(READING, MATH), factors=FACTORS)


def draw_scores(seed: int, *, planted: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw three schools of about 260 students over three years, who move up through three grades.

    Parameters
    ----------
    seed : int
        Of the draw.
    planted : bool
        Whether the factors do anything.

    Returns
    -------
    scores, staff : DataFrame
        Placed scores with ``standing`` of one measure, and the teachers of each year.
    """
    rng = np.random.default_rng(seed)
    per_grade, frames, staffs = ROOMS * SEATS, [], []
    for school in range(SCHOOLS):
        # Cohorts from the one that leaves after the first year to the one that comes in the last.
        cohorts = len(GRADES) + YEARS - 1
        student = np.arange(cohorts * per_grade)
        own = pd.DataFrame(
            {
                "program": np.where(rng.random(student.size) < 0.3, "yes", "no"),
                "group": np.where(rng.random(student.size) < 0.4, "b", "a"),
                "sex": np.where(rng.random(student.size) < 0.5, "f", "m"),
                "race": rng.choice(["w", "x", "y", "z"], p=[0.5, 0.2, 0.2, 0.1], size=student.size),
                "language": np.where(rng.random(student.size) < 0.15, "yes", "no"),
                "effect": STUDENT_SD * rng.normal(size=student.size),
                "luck": rng.random(student.size),
            }
        )
        teachers = len(GRADES) * ROOMS
        experience = rng.choice([1, 6, 14, 25], p=[0.3, 0.25, 0.25, 0.2], size=teachers)
        teacher_effect = TEACHER_SD * rng.normal(size=teachers)
        degree = rng.choice(["bachelor", "master"], size=teachers)
        for year, name in enumerate(YEAR_NAMES):
            for at, grade in enumerate(GRADES):
                cohort = at - year + YEARS - 1
                mine = student[cohort * per_grade : (cohort + 1) * per_grade]
                room = rng.permutation(per_grade) % ROOMS
                teacher = at * ROOMS + room
                rows = own.iloc[mine].assign(
                    student_id=[f"{school}-{one}" for one in mine],
                    school_id=str(school),
                    school_year=name,
                    grade=grade,
                    trend_grade=grade,
                    classroom_id=[f"{grade}{one}" for one in room],
                    teacher_id=[f"T{school}-{one}" for one in teacher],
                )
                share = SHARES[year] if planted else SHARES[0]
                rows["income"] = np.where(rows["luck"] < share, "low", "other")
                effect = rows["effect"] + teacher_effect[teacher] + COHORT_SD * rng.normal()
                effect += ROOM_SD * rng.normal(size=ROOMS)[room] + NOISE_SD * rng.normal(size=per_grade)
                rows["standing"] = effect + (_plant(rows, experience[teacher], year=year) if planted else 0.0)
                frames.append(rows)
        staffs += [
            pd.DataFrame(
                {
                    "staff_id": [f"T{school}-{one}" for one in range(teachers)],
                    "school_id": str(school),
                    "school_year": name,
                    "years_experience": experience,
                    "degree": degree,
                }
            )
            for name in YEAR_NAMES
        ]
    return pd.concat(frames, ignore_index=True), pd.concat(staffs, ignore_index=True)


def _plant(rows: pd.DataFrame, experience: np.ndarray, *, year: int) -> np.ndarray:
    low, program = (rows["income"] == "low").to_numpy(), (rows["program"] == "yes").to_numpy()
    group, girls = (rows["group"] == "b").to_numpy(), ((rows["grade"] == "3") & (rows["sex"] == "f")).to_numpy()
    effect = INCOME * low + PROGRAM * program + NOVICE * (experience < 4) + DROP * group * (year - 1)
    return np.asarray(effect + TOGETHER * girls + RISE * (year == YEARS - 1), dtype=np.float64)


def study_factors(seed: int, planted: bool) -> Sequence[Outcome]:
    """What is named in two trends of three schools, and how a change divides into mix and rate."""
    drawn = [draw_scores(10 * seed + at, planted=planted) for at in range(2)]
    gathered = [_gather(scores, staff) for scores, staff in drawn]
    ratios = [find_ratios(rows) for rows in gathered]
    outcomes: list[Outcome] = []
    for school in range(SCHOOLS):
        searched = [
            Searched(
                target=Target(indicator=indicator, trend=None, reason="as asked"),
                rows=_gather(scores[scores["school_id"] == str(school)], staff),
                ratios=ratios[at],
                years=(YEAR_NAMES[0], YEAR_NAMES[-1]),
            )
            for at, (indicator, (scores, staff)) in enumerate(zip((READING, MATH), drawn, strict=True))
        ]
        drills = search_factors(searched, settings=SETTINGS)
        outcomes += _judge_planted(drills) if planted else _judge_absent(drills)
        outcomes += [one for drill in drills for one in _measure(drill, planted=planted)]
    return outcomes


def _gather(scores: pd.DataFrame, staff: pd.DataFrame) -> DrillRows:
    return gather_rows(
        lambda name: {"staff": staff}[name],
        has=lambda name: name == "staff",
        scores=scores,
        factors=FACTORS,
        minimum=10,
    )


def _judge_absent(drills: Sequence[Drill]) -> list[Outcome]:
    named = [
        one.stands_apart(rate=0.05) or (one.mix_q is not None and one.mix_q <= 0.05)
        for drill in drills
        for one in drill.results
    ]
    return [Outcome(quantity="any factor, mix or pair named", named=any(named))]


def _judge_planted(drills: Sequence[Drill]) -> list[Outcome]:
    outcomes = []
    for drill in drills:
        found = {one.factor.id: one for one in drill.results}
        beneath = [
            second
            for first in ("grade", "sex")
            for second in found[first].seconds["level"]
            if {second.split.first.id, second.split.second.id} == {"grade", "sex"}
        ]
        together = any(one.together_q is not None and one.together_q <= 0.05 for one in beneath)
        noise = [found[name] for name in ("degree", "race", "language")]
        outcomes += [
            Outcome(quantity="income named", named=found["income"].is_named("level", rate=0.05)),
            Outcome(quantity="program named", named=found["program"].is_named("level", rate=0.05)),
            Outcome(quantity="change of a group named", named=found["group"].is_named("change", rate=0.05)),
            Outcome(quantity="girls of grade 3 named", named=together),
            Outcome(quantity="mix of income named", named=(found["income"].mix_q or 1.0) <= 0.05),
            Outcome(quantity="new teachers told apart", named=found["experience"].is_named("level", rate=0.05)),
            Outcome(quantity="a factor that does nothing", named=any(one.stands_apart(rate=0.05) for one in noise)),
        ]
    return outcomes


def _measure(drill: Drill, *, planted: bool) -> list[Outcome]:
    """Estimates of which the truth is known: differences of levels and slopes, mix and rate."""
    found = {one.factor.id: one for one in drill.results}
    outcomes = []
    for name, category, kind, truth in (("program", "yes", "level", PROGRAM), ("group", "b", "change", DROP)):
        categories = {one.category: one for one in found[name].categories()}
        value = categories[category].value(kind)
        rest = 1 - categories[category].n / sum(one.n for one in categories.values())
        if value is not None:
            outcomes.append(
                Outcome(
                    quantity=f"{kind} of a category",
                    estimate=value.estimate,
                    low=value.ci_low,
                    high=value.ci_high,
                    true=rest * truth if planted else 0.0,
                )
            )
    change = found["income"].change.change
    if change is not None:
        truths = {"mix": INCOME * (SHARES[-1] - SHARES[0]), "rate": RISE + 2 * 0.4 * DROP}
        for part, truth in truths.items():
            value = getattr(change, part)
            outcomes.append(
                Outcome(
                    quantity=f"{part} by income",
                    estimate=value.estimate,
                    low=value.ci_low,
                    high=value.ci_high,
                    true=truth if planted else 0.0,
                )
            )
    return outcomes


register(
    Study(
        name="factors-of-a-school",
        truth="factors of level and change, a combination, and a mix that changes, in three schools and two trends",
        requirement="R13",
        run=study_factors,
        fast_seeds=3,
        seeds=300,
        least_power=0.80,
        most_false_alarms=0.05,
    )
)
