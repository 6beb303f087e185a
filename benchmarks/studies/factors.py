"""Studies of the search over factors: what is planted is found, and of noise nothing is named."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtss_analysis.findings.root_causes.ratios import find_ratios
from mtss_analysis.findings.root_causes.results import Drill
from mtss_analysis.findings.root_causes.rows import FEW, LEAST_TEACHERS, DrillRows, FactorRows
from mtss_analysis.findings.root_causes.search import Searched, search_factors
from mtss_analysis.findings.root_causes.target import Target
from mtss_analysis.findings.settings import Factor, Indicator, Settings
from studies.study import Outcome, Study, register

SCHOOLS, YEARS, GRADES, ROOMS, SEATS = 3, 3, ("3", "4", "5"), 4, 22
STUDENT_SD, TEACHER_SD, ROOM_SD, NOISE_SD, COHORT_SD = 0.75, 0.30, 0.17, 0.48, 0.10
"""Standard deviations of a state of schools like those of the synthetic district; together near one."""
INCOME, PROGRAM, NOVICE, DROP, TOGETHER, RISE = -0.6, -0.5, -0.5, -0.25, -1.0, 0.15
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
NAMES = {
    "experience": ("0–3", "4–9", "10–19", "20 or more"),
    "degree": ("bachelor", "master"),
    "grade": GRADES,
    "income": ("other", "low"),
    "program": ("no", "yes"),
    "group": ("a", "b"),
    "sex": ("f", "m"),
    "race": ("w", "x", "y", "z"),
    "language": ("no", "yes"),
}
OF_STUDENTS = {
    "program": (0.7, 0.3),
    "group": (0.6, 0.4),
    "sex": (0.5, 0.5),
    "race": (0.5, 0.2, 0.2, 0.1),
    "language": (0.85, 0.15),
}
"""Shares of the categories of what is a student's own."""
SETTINGS = Settings(indicators=(READING, MATH), factors=FACTORS)


def draw_rows(seed: int, *, planted: bool) -> list[DrillRows]:
    """Draw three schools of about 260 students over three years, who move up through three grades.

    Parameters
    ----------
    seed : int
        Of the draw.
    planted : bool
        Whether the factors do anything.

    Returns
    -------
    list of DrillRows
        One per school, of one measure.
    """
    return [rows for rows, _ in draw_schools(seed, planted=planted)]


def draw_schools(seed: int, *, planted: bool) -> list[tuple[DrillRows, float]]:
    """Draw as :func:`draw_rows` does; beside each school, by how much its last cohorts stand above its first ones.

    Parameters
    ----------
    seed : int
        Of the draw.
    planted : bool
        Whether the factors do anything.

    Returns
    -------
    list of DrillRows and float
        The difference is chance: another year's children.
    """
    rng = np.random.default_rng(seed)
    return [_draw_school(rng, school=school, planted=planted) for school in range(SCHOOLS)]


def _draw_school(rng: np.random.Generator, *, school: int, planted: bool) -> tuple[DrillRows, float]:
    per_grade, grades = ROOMS * SEATS, len(GRADES)
    # Cohorts from the one that leaves after the first year to the one that comes in the last.
    students = (grades + YEARS - 1) * per_grade
    own = {of: rng.choice(len(shares), p=shares, size=students) for of, shares in OF_STUDENTS.items()}
    ability, luck = STUDENT_SD * rng.normal(size=students), rng.random(students)
    experience = rng.choice(4, p=(0.3, 0.25, 0.25, 0.2), size=grades * ROOMS)
    degree = rng.choice(2, size=grades * ROOMS)
    of_teacher = TEACHER_SD * rng.normal(size=grades * ROOMS)
    year, grade, seat = (
        one.ravel() for one in np.meshgrid(np.arange(YEARS), np.arange(grades), np.arange(per_grade), indexing="ij")
    )
    student = (grade - year + YEARS - 1) * per_grade + seat
    room = np.concatenate([rng.permutation(per_grade) % ROOMS for _ in range(YEARS * grades)])
    teacher, cell = grade * ROOMS + room, year * grades + grade
    income = (luck[student] < np.array(SHARES if planted else SHARES[:1] * YEARS)[year]).astype(np.intp)
    codes = {"experience": experience[teacher], "degree": degree[teacher], "grade": grade, "income": income}
    codes |= {of: values[student] for of, values in own.items()}
    cohorts = COHORT_SD * rng.normal(size=YEARS * grades)
    standing = ability[student] + of_teacher[teacher] + cohorts[cell]
    standing += (ROOM_SD * rng.normal(size=YEARS * grades * ROOMS))[cell * ROOMS + room]
    standing += NOISE_SD * rng.normal(size=student.size) + (_plant(codes, year) if planted else 0.0)
    rows = DrillRows(
        standing=standing,
        years=2023.0 + year,
        students=school * students + student,
        classrooms=(school * YEARS * grades + cell) * ROOMS + room,
        teachers=school * grades * ROOMS + teacher,
        schools=np.full(student.size, school),
        cells=school * YEARS * grades + cell,
        year_cells=school * YEARS + year,
        cohorts=cell,
        factors=tuple(
            FactorRows(
                factor=factor,
                names=NAMES[factor.id],
                codes=codes[factor.id].astype(np.intp),
                within_cells=factor.id != "grade",
                unknown_pct=0.0,
                reason="" if factor.level == "student" else _find_reason(codes[factor.id], teacher),
            )
            for factor in FACTORS
        ),
    )
    return rows, float(cohorts[-grades:].mean() - cohorts[:grades].mean())


def _find_reason(codes: np.ndarray, teachers: np.ndarray) -> str:
    """Leave a factor of teachers out where one of its categories has fewer teachers than may be compared."""
    counts = [np.unique(teachers[codes == one]).size for one in range(int(codes.max()) + 1)]
    return FEW if min(counts) < LEAST_TEACHERS else ""


def _plant(codes: dict[str, np.ndarray], year: np.ndarray) -> np.ndarray:
    effect = INCOME * codes["income"] + PROGRAM * codes["program"] + NOVICE * (codes["experience"] == 0)
    effect = effect + DROP * codes["group"] * (year - 1) + RISE * (year == YEARS - 1)
    return np.asarray(effect + TOGETHER * ((codes["sex"] == 0) & (codes["grade"] == 0)), dtype=np.float64)


def join_rows(schools: Sequence[DrillRows]) -> DrillRows:
    """Join the rows of several schools, without factors, as the variance ratios are estimated from them."""
    joined = {
        name: np.concatenate([getattr(one, name) for one in schools])
        for name in DrillRows.__dataclass_fields__
        if name != "factors"
    }
    return DrillRows(**joined, factors=())


def study_factors(seed: int, planted: bool) -> Sequence[Outcome]:
    """What is named in two trends of three schools, and how a change divides into mix and rate."""
    both = [draw_schools(10 * seed + at, planted=planted) for at in range(2)]
    drawn = [[rows for rows, _ in schools] for schools in both]
    ratios = [find_ratios(join_rows(schools)) for schools in drawn]
    outcomes: list[Outcome] = []
    for school in range(SCHOOLS):
        searched = [
            Searched(
                target=Target(indicator=indicator, trend=None, reason="as asked"),
                rows=schools[school],
                ratios=found,
                years=(YEAR_NAMES[0], YEAR_NAMES[-1]),
            )
            for indicator, schools, found in zip((READING, MATH), drawn, ratios, strict=True)
        ]
        drills = search_factors(searched, settings=SETTINGS)
        outcomes += _judge_planted(drills) if planted else _judge_absent(drills)
        for drill, schools in zip(drills, both, strict=True):
            outcomes += _measure(drill, planted=planted, cohorts=schools[school][1])
    return outcomes


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
        apart = [one.factor.id for one in drill.results if one.stands_apart(rate=0.05)]
        noise = [name for name in apart if name in ("degree", "race", "language")]
        outcomes += [
            Outcome(quantity="income named", named=found["income"].is_named("level", rate=0.05)),
            Outcome(quantity="program named", named=found["program"].is_named("level", rate=0.05)),
            Outcome(quantity="change of a group named", named=found["group"].is_named("change", rate=0.05)),
            Outcome(quantity="girls of grade 3 named", named=together),
            Outcome(quantity="mix of income named", named=(found["income"].mix_q or 1.0) <= 0.05),
            Outcome(quantity="new teachers told apart", named=found["experience"].is_named("level", rate=0.05)),
            Outcome(
                quantity="share of named factors that do nothing",
                estimate=len(noise) / max(len(apart), 1),
                true=0.0,
            ),
        ]
    return outcomes


def _measure(drill: Drill, *, planted: bool, cohorts: float) -> list[Outcome]:
    """Estimates of which the truth is known: differences of levels and slopes, mix and rate.

    The interval of a rate is about the cohorts that were there; how they differ by chance is no part of it.
    """
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
        outcomes.append(
            replace(
                outcomes[-1], quantity="rate by income, of these cohorts", true=(outcomes[-1].true or 0.0) + cohorts
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
