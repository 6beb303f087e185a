"""A small district with all tables that practice and plan are made of."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district

PRACTICE_TABLES = ("training_attendance", "coaching", "walkthroughs", "fidelity", "surveys", "referrals", "trainings")
PLAN_TABLES = ("goals", "actions", "deliverables", "initiatives", "capacity")
OTHERS = ("schools", "enrollments", "staff", "screenings", "attendance", "calendar", "interventions")
SIZES = Sizes(students=1200, schools=6, seed=3)


@pytest.fixture(scope="session")
def district() -> Mapping[str, pd.DataFrame]:
    """All tables of a district of six schools."""
    return simulate_district(SIZES, tables=(*PRACTICE_TABLES, *PLAN_TABLES, *OTHERS)).tables


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    """What truth.json says of the same district."""
    return simulate_district(SIZES, tables=PLAN_TABLES).truth


@pytest.fixture(scope="session")
def clean_plan() -> Mapping[str, pd.DataFrame]:
    """The plan of the same district without faults."""
    return simulate_district(SIZES, Truths().without(["plan"]), tables=(*PLAN_TABLES, "calendar", "schools")).tables
