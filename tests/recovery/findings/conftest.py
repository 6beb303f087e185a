"""Simulated states in memory: children who stay, classrooms that differ, schools that differ, and what is planted."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import frame_faults
from mtss_analysis.findings.frames import place_scores
from mtss_analysis.findings.settings import Cut, Indicator, Settings, StudentGroup
from mtss_analysis.findings.trends.across import compare_levels, compare_slopes
from mtss_analysis.findings.trends.other_slopes import COLUMNS as OTHER_COLUMNS
from mtss_analysis.findings.trends.other_slopes import OTHER_FRAME
from mtss_analysis.measures import summarise_norms

ORF = Indicator(
    measure="orf", window="spring", domain="reading", label="reading", unit="points", cut=Cut(state_percentile=40)
)
BY_SEX = StudentGroup(
    column="sex", label="sex", focus="male", reference="female", focus_label="boys", reference_label="girls"
)
SETTINGS = Settings(indicators=(ORF,), groups=(BY_SEX,), follow="cohort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a state is simulated; standard deviations are in units of the score, whose total variance is near one.

    Parameters
    ----------
    slopes : tuple of float
        Planted change per year of each school; empty: none anywhere.
    boys : float
        Planted difference of boys.
    """

    seed: int
    schools: int = 30
    years: int = 4
    rooms: int = 4
    seats: int = 18
    school_sd: float = 0.3
    room_sd: float = 0.37
    child_sd: float = 0.6
    slopes: tuple[float, ...] = field(default=())
    boys: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """A simulated state: its tables, and what schools are compared with."""

    tables: dict[str, pd.DataFrame]
    settings: Settings
    comparison: Comparison

    def asked(self, school_id: str) -> dict[str, object]:
        """Arguments of a ``find_`` function."""
        frames = {
            name: frame[frame["school_id"] == school_id].drop(columns="district_id").reset_index(drop=True)
            for name, frame in self.tables.items()
        }
        roster = self.tables["schools"][self.tables["schools"]["school_id"] == school_id]
        district = District(
            district_id=str(roster["district_id"].iloc[0]),
            district_name="District",
            folder=Path("nowhere"),
            school_id=school_id,
            tables=frames,
            roster=roster.reset_index(drop=True),
        )
        return {
            "district": district, "school_id": school_id, "settings": self.settings, "comparison": self.comparison,
        }  # fmt: skip

    @property
    def schools(self) -> list[str]:
        """Ids of the schools."""
        return sorted(self.tables["schools"]["school_id"].unique())


def simulate_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Simulate a cohort that moves up: each year children are put into new rooms, and every room has its own effect."""
    rng = np.random.default_rng(plan.seed)
    per_school = plan.rooms * plan.seats
    slopes = np.array(plan.slopes) if plan.slopes else np.zeros(plan.schools)
    school = np.repeat(np.arange(plan.schools), per_school)
    child = plan.child_sd * rng.normal(size=school.size)
    male = rng.random(school.size) < 0.5
    level = plan.school_sd * rng.normal(size=plan.schools)
    noise_sd = np.sqrt(1 - plan.child_sd**2 - plan.room_sd**2)
    frames = []
    for year in range(plan.years):
        room = np.concatenate([rng.permutation(per_school) % plan.rooms for _ in range(plan.schools)])
        rooms = plan.room_sd * rng.normal(size=(plan.schools, plan.rooms))
        score = level[school] + slopes[school] * year + child + rooms[school, room] + plan.boys * male
        frames.append(
            pd.DataFrame(
                {
                    "student_id": [f"{at:06d}" for at in range(school.size)],
                    "school_id": [f"{at:04d}" for at in school],
                    "district_id": [f"D{at % 6}" for at in school],
                    "school_year": f"{2020 + year}-{21 + year}",
                    "grade": str(year + 1),
                    "classroom_id": [f"R{at}" for at in room],
                    "teacher_id": [f"T{at}" for at in room],
                    "sex": np.where(male, "male", "female"),
                    "score": 100 + 15 * (score + noise_sd * rng.normal(size=school.size)),
                }
            )
        )
    enrollments = pd.concat(frames, ignore_index=True)
    names = {"window": "spring", "measure": "orf", "domain": "reading"}
    years = enrollments[["school_id", "district_id", "school_year"]].drop_duplicates()
    return {
        "enrollments": enrollments.drop(columns="score"),
        "screenings": enrollments[["student_id", "school_id", "district_id", "school_year", "score"]].assign(**names),
        "schools": years.assign(school_name="School").reset_index(drop=True),
    }


def compare(tables: dict[str, pd.DataFrame], settings: Settings) -> Simulated:
    """Compare the schools of simulated tables as a run does, as far as trends go."""
    scores = tables["enrollments"].merge(tables["screenings"], on=["student_id", "school_id", "school_year"])
    norms = summarise_norms(scores=scores, follow=settings.follow, cut_score=None, cut_percentile=40)
    norms.insert(0, "measure", "orf")
    placed = {"orf": place_scores(tables.__getitem__, indicator=ORF, norms=norms, settings=settings)}
    frames = {
        "norms": norms,
        "levels": compare_levels(placed, settings=settings),
        "slopes": compare_slopes(placed, settings=settings),
        "faults": frame_faults([]),
        OTHER_FRAME: pd.DataFrame(columns=OTHER_COLUMNS),
    }
    comparison = Comparison(frames=frames)
    return Simulated(tables=tables, settings=settings, comparison=comparison)


@pytest.fixture(scope="session")
def simulate():
    """Simulate a state and compare its schools."""

    def make(plan: Plan, **settings: object) -> Simulated:
        return compare(simulate_tables(plan), replace(SETTINGS, **settings))

    return make


@pytest.fixture(scope="session")
def plan() -> type[Plan]:
    """Give the description of a simulated state."""
    return Plan


@pytest.fixture(scope="session")
def simulated_tables():
    """Simulate the tables of a state alone."""
    return simulate_tables


@pytest.fixture(scope="session")
def compare_tables():
    """Compare the schools of given tables."""

    def make(tables: dict[str, pd.DataFrame], **settings: object) -> Simulated:
        return compare(tables, replace(SETTINGS, **settings))

    return make
