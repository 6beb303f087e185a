"""Small states written to disk, and every finding of a school asked at once."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import State, open_state
from mtss_analysis.findings.comparison import Comparison, prepare_comparison
from mtss_analysis.findings.data_quality.chapter import (
    find_completeness,
    find_coverage,
    find_freshness,
    find_inventory,
    find_methods,
    find_plausibility,
)
from mtss_analysis.findings.effects.chapter import find_designs, find_effects, find_evidence, find_progress, find_worth
from mtss_analysis.findings.layout import Finding
from mtss_analysis.findings.root_causes.chapter import find_change, find_factors, find_state_factors, find_variance
from mtss_analysis.findings.settings import Cut, EffectQuestion, Factor, Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.chapter import (
    find_below_cut,
    find_connections,
    find_gaps,
    find_growth,
    find_levels,
    find_mix,
    find_steady_gaps,
    find_trends,
)

READING = Indicator(
    measure="orf",
    window="spring",
    domain="reading",
    label="reading",
    unit="words a minute",
    cut=Cut(state_percentile=25),
)
MATH = Indicator(measure="cbm", window="spring", domain="math", label="mathematics", unit="points", cut=Cut(score=90.0))
BY_SEX = StudentGroup(
    column="sex", label="sex", focus="male", reference="female", focus_label="boys", reference_label="girls"
)
BY_LANGUAGE = StudentGroup(
    column="english_learner",
    label="language",
    focus="yes",
    reference="no",
    focus_label="English learners",
    reference_label="other students",
)
FACTORS = (
    Factor(
        id="experience",
        label="the teacher's years of experience",
        table="staff",
        column="years_experience",
        level="classroom",
        bands=(0, 4, 10),
        unit="years",
    ),
    Factor(id="group", label="the reading group", table="services", column="intervention_id", level="classroom"),
    Factor(id="sex", label="sex", table="enrollments", column="sex", level="student"),
)
LESSONS = EffectQuestion(
    intervention_id="lessons",
    comparison_id="usual",
    label="extra lessons",
    comparison_label="usual lessons",
    outcomes=("orf",),
    minimum_worthwhile_sd=0.1,
)
EVERYTHING = Settings(
    indicators=(READING,), groups=(BY_SEX, BY_LANGUAGE), factors=FACTORS, effects=(LESSONS,), follow="cohort"
)
FIND = (
    find_levels,
    find_below_cut,
    find_gaps,
    find_trends,
    find_mix,
    find_steady_gaps,
    find_growth,
    find_connections,
    find_factors,
    find_change,
    find_state_factors,
    find_variance,
    find_effects,
    find_evidence,
    find_designs,
    find_worth,
    find_progress,
    find_inventory,
    find_coverage,
    find_freshness,
    find_completeness,
    find_plausibility,
    find_methods,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a made-up state looks like; the random scores come from the seed.

    Parameters
    ----------
    districts : mapping of str to tuple of str
        School ids of each district.
    years : tuple of int
        First calendar years of the school years.
    classrooms, students : int
        Classrooms a school and year; students a classroom.
    """

    districts: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"D1": ("0012", "0013"), "D2": ("0021",)})
    years: tuple[int, ...] = (2021, 2022, 2023)
    classrooms: int = 4
    students: int = 10
    seed: int = 5


def name_year(first: int) -> str:
    """Name the school year that begins in a calendar year."""
    return f"{first}-{(first + 1) % 100:02d}"


def make_tables(shape: Shape) -> dict[str, pd.DataFrame]:
    """Make the tables of a state: a cohort that moves up a grade each year, drawn into lessons class by class."""
    rng = np.random.default_rng(shape.seed)
    enrollments, screenings, services, staff, schools = [], [], [], [], []
    for district, ids in shape.districts.items():
        for school in ids:
            level = rng.normal(0, 3)
            for at, first in enumerate(shape.years):
                year = name_year(first)
                schools.append((school, year, f"School {school}", district, f"District {district}", "elementary"))
                for room in range(shape.classrooms):
                    teacher, class_level = f"{school}T{room}", rng.normal(0, 4)
                    arm = "lessons" if room % 2 else "usual"
                    staff.append(
                        (teacher, school, year, "teacher", float(3 * room + at), "bachelor" if room else "master")
                    )
                    for seat in range(shape.students):
                        student = f"{school}-{room:02d}{seat:03d}"
                        sex = "male" if seat % 2 else "female"
                        enrollments.append(
                            (
                                student,
                                school,
                                year,
                                str(at + 1),
                                f"R{room}",
                                teacher,
                                sex,
                                "yes" if seat % 4 == 0 else "no",
                            )
                        )
                        for measure in ("orf", "cbm"):
                            score = 100 + level + class_level + rng.normal(0, 10)
                            domain = "reading" if measure == "orf" else "math"
                            screenings.append((student, year, "spring", measure, school, domain, round(score, 2)))
                        services.append((student, arm, f"{first}-09-01", school, "yes" if at == 0 else "no"))
    return {
        "schools": pd.DataFrame(
            schools, columns=["school_id", "school_year", "school_name", "district_id", "district_name", "level"]
        ),
        "enrollments": pd.DataFrame(
            enrollments,
            columns=[
                "student_id", "school_id", "school_year", "grade", "classroom_id", "teacher_id", "sex",
                "english_learner",
            ],
        ),
        "screenings": pd.DataFrame(
            screenings, columns=["student_id", "school_year", "window", "measure", "school_id", "domain", "score"]
        ),
        "services": pd.DataFrame(
            services, columns=["student_id", "intervention_id", "start_date", "school_id", "assigned"]
        ),
        "staff": pd.DataFrame(
            staff, columns=["staff_id", "school_id", "school_year", "role", "years_experience", "degree"]
        ),
        "interventions": pd.DataFrame(
            {"intervention_id": ["lessons", "usual"], "name": ["Extra", "Usual"], "assignment": ["random", "random"]}
        ),
    }  # fmt: skip


def write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> State:
    """Write tables as a state folder of district folders, and open it."""
    district_of = tables["schools"].drop_duplicates("school_id").set_index("school_id")["district_id"]
    for district in sorted(set(district_of)):
        place = folder / district
        place.mkdir(parents=True)
        for name, frame in tables.items():
            mine = frame
            if name == "schools":
                mine = frame[frame["district_id"] == district]
            elif "school_id" in frame:
                mine = frame[frame["school_id"].map(district_of) == district]
            mine.to_csv(place / f"{name}.csv", index=False)
    return open_state(folder)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What the findings of one school are asked with."""

    state: State
    settings: Settings
    comparison: Comparison

    def of(self, school_id: str, *, district_id: str = "D1") -> dict[str, Any]:
        """Arguments of every ``find_`` function."""
        return {
            "district": self.state.open_district(district_id, school_id=school_id),
            "school_id": school_id,
            "settings": self.settings,
            "comparison": self.comparison,
        }

    def find(self, ask: Callable[..., Any], school_id: str, *, district_id: str = "D1") -> list[Any]:
        """Findings of one function, as a list."""
        found = ask(**self.of(school_id, district_id=district_id))
        return list(found) if isinstance(found, Sequence) else [found]

    def find_all(self, school_id: str, *, district_id: str = "D1") -> list[Finding]:
        """Every finding of one school."""
        asked = self.of(school_id, district_id=district_id)
        found = [ask(**asked) for ask in FIND]
        return [one for item in found for one in (item if isinstance(item, Sequence) else (item,))]


@pytest.fixture
def ask_state(tmp_path: Path) -> Callable[..., Asked]:
    """Write a state, changed as wanted, and prepare its comparison."""

    def ask(
        *,
        shape: Shape | None = None,
        change: Callable[[dict[str, pd.DataFrame]], None] | None = None,
        settings: Settings = EVERYTHING,
        **replaced: Any,
    ) -> Asked:
        tables = make_tables(shape or Shape())
        if change is not None:
            change(tables)
        settings = dataclasses.replace(settings, **replaced)
        state = write_tables(tables, tmp_path / "state")
        return Asked(state=state, settings=settings, comparison=prepare_comparison(state, settings=settings))

    return ask


@pytest.fixture
def shape() -> type[Shape]:
    """Give the description of a made-up state."""
    return Shape


@pytest.fixture
def math() -> Indicator:
    """Give a second indicator, with a fixed cut score."""
    return MATH


@pytest.fixture
def everything() -> Settings:
    """Give settings that ask every question."""
    return EVERYTHING
