"""A small plan in a small district, written as tables, and the comparison that it is read from."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.comparison import Comparison, compare_tables
from mtss_analysis.findings.plan.plan import Plan, Subject, open_plan
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.tables import GivenTables

SETTINGS = Settings(
    indicators=(Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="words a minute"),)
)
DATES = ("date", "start_date", "end_date", "due_date", "delivered_on", "planned_on", "target_date", "next_check")
SCHOOL = Subject(district_id="01", school_id="0012", name="Oak")

Rows = Iterable[dict[str, Any]]


def write_table(name: str, rows: Rows) -> pd.DataFrame:
    """Write rows as a table of the schema, empty cells where a row leaves a column out."""
    frame = pd.DataFrame(list(rows), columns=list(dict.fromkeys(["district_id", *read_schema(name).column_names])))
    for column in frame:
        if column in DATES:
            frame[column] = pd.to_datetime(frame[column])
    return frame.assign(district_id="01")


def _list_days(*, closed: tuple[tuple[str, str], ...] = (), years: tuple[int, ...] = (2025,)) -> list[dict[str, Any]]:
    """List the weekdays from 1 September to 29 May, closed ones marked."""
    days = [day for year in years for day in pd.bdate_range(f"{year}-09-01", f"{year + 1}-05-29")]
    shut = {day for first, last in closed for day in pd.bdate_range(first, last)}
    return [
        {
            "school_id": "0012",
            "date": day,
            "instructional": day not in shut,
            "event": "winter break" if day in shut else None,
        }
        for day in days
    ]


@pytest.fixture
def plan_of() -> Callable[..., tuple[Plan, Comparison]]:
    """Write tables and open the plan of the school, or of the district, on them."""

    def build(subject: Subject = SCHOOL, **tables: Rows) -> tuple[Plan, Comparison]:
        given = {
            "schools": [
                {"school_id": "0012", "school_year": "2025-26"},
                {"school_id": "0013", "school_year": "2025-26"},
            ],
            "enrollments": [
                {"student_id": f"s{number}", "school_id": school, "school_year": "2025-26", "grade": "3"}
                for school, count in (("0012", 40), ("0013", 60))
                for number in range(count)
            ],
            **tables,
        }
        comparison = compare_tables(
            GivenTables({name: write_table(name, rows) for name, rows in given.items()}), settings=SETTINGS
        )
        return open_plan(comparison, subject=subject), comparison

    return build


@pytest.fixture
def list_days() -> Callable[..., list[dict[str, Any]]]:
    """Give the function that lists the days of a calendar."""
    return _list_days


@pytest.fixture
def asked() -> Settings:
    """Settings of a run that follows one measure."""
    return SETTINGS
