"""A small district with trainings and walkthroughs, made of a few numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.district import District
from mtss_analysis.findings.comparison import Comparison, compare_tables
from mtss_analysis.findings.implementation.chapter import find_implementation
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.settings import Factor, Settings
from mtss_analysis.findings.tables import GivenTables

Tables = dict[str, pd.DataFrame]
EXPERIENCE = Factor(
    id="teacher_experience",
    label="the teacher's years of experience",
    table="staff",
    column="years_experience",
    level="classroom",
    bands=(0, 4),
)
SETTINGS = Settings(indicators=(), factors=(EXPERIENCE,), population="district")
FIRST_DAY = pd.Timestamp("2025-09-01")


def draw_district(
    *,
    n_teachers: int = 60,
    n_schools: int = 3,
    visits: int = 12,
    drop: float = 0.6,
    observers: int = 2,
    seed: int = 5,
    years: Callable[[int], int] = lambda number: 1 if number % 3 == 0 else 8,
    supported: Callable[[int, int], bool] = lambda _number, years: years < 4,
) -> Tables:
    """Draw a district in which ``modeling`` falls by ``drop`` from day 14 on, among teachers of four years and more."""
    rng = np.random.default_rng(seed)
    teachers = [f"T{number:03d}" for number in range(n_teachers)]
    school_of = {name: f"S{number % n_schools + 1}" for number, name in enumerate(teachers)}
    years_of = {name: years(number) for number, name in enumerate(teachers)}
    schools = pd.DataFrame(
        {
            "school_id": sorted(set(school_of.values())),
            "school_year": "2025-26",
            "district_id": "D1",
            "district_name": "Small District",
        }
    )
    schools["school_name"] = "School " + schools["school_id"]
    staff = pd.DataFrame(
        {
            "staff_id": teachers,
            "school_id": list(school_of.values()),
            "school_year": "2025-26",
            "role": "teacher",
            "fte": 1.0,
            "years_experience": [float(years_of[name]) for name in teachers],
        }
    )
    rows = []
    for name in teachers:
        for number in range(visits):
            day = int(rng.integers(0, 84))
            share = 0.8 - (drop if day >= 14 and years_of[name] >= 4 else 0.0)
            seen = rng.random(2) < share
            for observer in range(observers if number < 2 else 1):
                rows += [
                    {
                        "walkthrough_id": f"W-{name}-{number}-{observer}",
                        "item": f"modeling_{item}",
                        "staff_id": name,
                        "school_id": school_of[name],
                        "date": FIRST_DAY + pd.Timedelta(days=day),
                        "practice": "modeling",
                        "implemented": 2 if seen[item] else 0,
                        "observer_id": f"O{observer + number % max(observers, 1)}" if observers > 1 else "O0",
                    }
                    for item in range(2)
                ]
    attended = pd.DataFrame({"training_id": "P1", "staff_id": teachers})
    attended["follow_up_support"] = [
        "coaching" if supported(number, years_of[name]) else "none" for number, name in enumerate(teachers)
    ]
    return {
        "schools": schools,
        "staff": staff,
        "walkthroughs": pd.DataFrame(rows).astype({"implemented": "Int64"}),
        "trainings": pd.DataFrame(
            {
                "training_id": ["P1"],
                "practice": ["modeling"],
                "date": [FIRST_DAY],
                "topic": ["Modeling"],
                "hours": [6.0],
            }
        ),
        "training_attendance": attended,
    }


def compare(tables: Tables, *, settings: Settings = SETTINGS) -> Comparison:
    """Compare the schools of drawn tables as a run does."""
    named = {name: frame.assign(district_id="D1") for name, frame in tables.items()}
    return compare_tables(GivenTables(named), settings=settings)


def about(tables: Tables, *, settings: Settings = SETTINGS, school_id: str = "S1") -> dict[str, Any]:
    """Give the arguments of a ``find_`` function about a school."""
    district = District(
        district_id="D1",
        district_name="Small District",
        folder=Path("drawn"),
        school_id=school_id,
        tables={},
        roster=tables["schools"],
    )
    return {
        "district": district,
        "school_id": school_id,
        "settings": settings,
        "comparison": compare(tables, settings=settings),
    }


@pytest.fixture(scope="session")
def broken() -> Tables:
    """A district with the breakdown."""
    return draw_district()


@pytest.fixture(scope="session")
def told(broken: Tables) -> tuple[ToldFinding, ...]:
    """All findings about implementation of one school of it."""
    return find_implementation(**about(broken))
