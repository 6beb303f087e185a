"""Small districts of students in tiers, drawn as rows of what each student is in each window."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from studies.asked import Asked

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.data_quality.fault import frame_faults
from mtss_analysis.findings.settings import Indicator, Settings, TierSettings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.findings.tiers import chapter
from mtss_analysis.findings.tiers.across import compare_tiers

READING = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="points")
DAYS = {"fall": "2024-09-20", "winter": "2025-01-20", "spring": "2025-05-01"}
NO_FAULTS = {"faults": frame_faults([]), "screened": pd.DataFrame(columns=["district_id", "school_id", "school_year"])}
READ = {"fall": "2024-10-04", "winter": "2025-02-03", "spring": "2025-05-15"}
"""Fourteen days after screening."""


def draw(states: dict[str, str], *, school: str = "S1", grade: str = "3", n: int = 1, first: int = 0) -> dict[str, Any]:
    """Describe students by window: ``1``, ``2``, ``3`` (screened, in that tier), ``-`` (neither), ``x`` (away)."""
    return {"states": states, "school": school, "grade": grade, "n": n, "first": first}


def make_tables(
    *groups: dict[str, Any], record_tier_1: bool = True, domain: str = "reading"
) -> dict[str, pd.DataFrame]:
    """Make enrollments, screenings, tiers and schools of one district and year."""
    enrollments, screenings, tiers = [], [], []
    number = 0
    for group in groups:
        for _ in range(group["n"]):
            number += 1
            student = f"P{number:05d}"
            present = [name for name, state in group["states"].items() if state != "x"]
            entry = None if "fall" in present or "fall" not in group["states"] else "2024-11-15"
            gone = [name for name, state in group["states"].items() if state == "x"]
            leaves = {"spring": "2025-03-01", "winter": "2024-12-01"}
            exit_date = leaves[gone[0]] if gone and gone[0] != "fall" else None
            enrollments.append((student, group["school"], "2024-25", group["grade"], entry, exit_date, "female"))
            for window in present:
                state = group["states"][window]
                if state == "-":
                    continue
                screenings.append(
                    (student, "2024-25", window, "orf", group["school"], domain, DAYS[window], 50.0 + number % 7)
                )
                if state != "1" or record_tier_1:
                    tiers.append((student, domain, DAYS[window], _end(group["states"], window), state, group["school"]))
    schools = sorted({group["school"] for group in groups})
    tables = {
        "schools": pd.DataFrame(
            [(one, "2024-25", f"School {one}", "D1", "District", "elementary") for one in schools],
            columns=["school_id", "school_year", "school_name", "district_id", "district_name", "level"],
        ),
        "enrollments": pd.DataFrame(
            enrollments,
            columns=["student_id", "school_id", "school_year", "grade", "entry_date", "exit_date", "sex"],
        ),
        "screenings": pd.DataFrame(
            screenings,
            columns=["student_id", "school_year", "window", "measure", "school_id", "domain", "date", "score"],
        ),
        "tiers": pd.DataFrame(tiers, columns=["student_id", "domain", "start_date", "end_date", "tier", "school_id"]),
    }
    for name, column in (
        ("enrollments", "entry_date"),
        ("enrollments", "exit_date"),
        ("screenings", "date"),
        ("tiers", "start_date"),
        ("tiers", "end_date"),
    ):
        tables[name][column] = pd.to_datetime(tables[name][column]).astype("datetime64[us]")
    return {name: frame.assign(district_id="D1") for name, frame in tables.items()}


def _end(states: dict[str, str], window: str) -> str | None:
    order = [name for name in DAYS if name in states]
    after = order[order.index(window) + 1 :]
    return str((pd.Timestamp(DAYS[after[0]]) - pd.Timedelta(days=1)).date()) if after else None


def ask(tables: dict[str, pd.DataFrame], **changes: Any) -> Any:
    """Compare the schools of such tables and give what asks the findings."""
    tier_keys = {field.name for field in dataclasses.fields(TierSettings)}
    asked = {key: value for key, value in changes.items() if key not in tier_keys}
    settings = Settings(
        indicators=(READING,),
        population="district",
        tiers=TierSettings(**{key: value for key, value in changes.items() if key in tier_keys}),
        **asked,
    )
    frames = compare_tiers(GivenTables(tables), settings=settings) | NO_FAULTS
    return Asked(tables=tables, settings=settings, comparison=Comparison(frames=frames))


def find_everything(asked: Any, school_id: str) -> list[Any]:
    """Ask every finding on tiers of one school."""
    found = [getattr(chapter, name)(**asked.about(school_id)) for name in chapter.__all__]
    return [one for item in found for one in (item if isinstance(item, tuple) else (item,))]


@pytest.fixture
def tiny() -> SimpleNamespace:
    """Give the functions that make and ask a small district."""
    return SimpleNamespace(draw=draw, make_tables=make_tables, ask=ask, find_everything=find_everything, read=READ)
