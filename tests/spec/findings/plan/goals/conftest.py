"""A goal and what its measure stood at, written by hand."""

import dataclasses
import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.plan.rows import Action, Goal
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.values.across import CHANGE_FRAME_COLUMNS

YEARS = ("2023-24", "2024-25", "2025-26")
READING = Indicator(measure="orf", window="spring", domain="reading", label="reading", unit="words")
SETTINGS = Settings(indicators=(READING,))
KEY = {"measure": "orf", "statistic": "at_cut_pct", "grade": "all", "group": "all"}
SOUND = {
    "goal_id": "G-1",
    "school_id": "S1",
    "planned_on": dt.date(2025, 7, 15),
    "statement": "More students reach the cut in reading",
    "domain": "reading",
    "measure": "orf",
    "statistic": "at_cut_pct",
    "grade": ("all",),
    "student_group": "all",
    "baseline": 60.0,
    "baseline_school_year": "2024-25",
    "baseline_window": "spring",
    "target": 66.0,
    "target_school_year": "2026-27",
    "target_window": "spring",
    "target_date": dt.date(2027, 5, 31),
    "milestones": ("2025-26 spring 63.0",),
    "owner": ("principal",),
    "relevance": "Students who read well follow every lesson",
}
LISTS = ("finding_id", "grade", "milestones", "owner")


def write_goal(**changed):
    """A sound goal with some cells changed."""
    given = SOUND | changed
    return Goal(
        **{field.name: given.get(field.name, () if field.name in LISTS else None) for field in dataclasses.fields(Goal)}
    )


def write_action(**changed):
    """An action of the goal that names a cause."""
    given = {"action_id": "A-1", "goal_id": "G-1", "cause_id": ("co_teaching",)} | changed
    lists = ("cause_id", "schools_reached", "owner", "depends_on", "funding_source", "progress_measure")
    return Action(
        **{
            field.name: given.get(field.name, () if field.name in lists else None)
            for field in dataclasses.fields(Action)
        }
    )


def write_plan(*goals, actions=None, school_id="S1"):
    """A plan of one school, or of the district."""
    return Plan(
        subject=Subject(district_id="D", school_id=school_id, name="S1"),
        goals=goals,
        actions=(write_action(),) if actions is None else actions,
        deliverables=(),
        initiatives=(),
        capacity=(),
        known_goals=frozenset(goal.goal_id for goal in goals),
        known_actions=frozenset(),
    )


def write_frames(*, own, others=(), std_error=2.0, change_error=2.0, today="2026-06-10", status="ok", key=KEY):
    """Springs of this school, of the district (the same), and of other schools from the first to the last year.

    ``own`` holds a value per year of ``YEARS``, None where there is none; ``others`` a pair of first and last value.
    """
    series = {"S1": own, "": own}
    series |= {f"S{at + 2}": (first, (first + last) / 2, last) for at, (first, last) in enumerate(others)}
    values, changes = [], []
    for school, numbers in series.items():
        place = {"level": "school" if school else "district", "school_level": "elementary" if school else ""}
        place |= {"district_id": "D", "school_id": school}
        known = [(year, number) for year, number in zip(YEARS, numbers, strict=True) if number is not None]
        is_hidden = status != "ok" and school == "S1"
        for year, number in known:
            shown = None if is_hidden else number
            values.append(
                key
                | place
                | {
                    "school_year": year, "window": "spring", "value": shown,
                    "std_error": None if is_hidden else std_error, "df": 200.0, "n": 300.0, "n_clusters": 15.0,
                    "status": status if is_hidden else "ok",
                }
            )  # fmt: skip
        for at, (start, first) in enumerate(known):
            changes += [
                key
                | place
                | {
                    "from_year": start, "from_window": "spring", "to_year": end, "to_window": "spring",
                    "from_value": None if is_hidden else first, "change": None if is_hidden else last - first,
                    "std_error": None if is_hidden else change_error, "df": 200.0,
                    "status": status if is_hidden else "ok",
                }
                for end, last in known[at + 1 :]
            ]  # fmt: skip
    days = pd.DataFrame(
        [("D", "", "today", "", "2025-26", pd.Timestamp(today), pd.Timestamp(today), 1)],
        columns=["district_id", "school_id", "kind", "name", "school_year", "first", "last", "n_days"],
    )
    frames = {
        "values": pd.DataFrame(values),
        "value_changes": pd.DataFrame(changes, columns=CHANGE_FRAME_COLUMNS),
        "plan_days": days,
    }
    for name in ("value", "std_error", "df"):
        frames["values"][name] = frames["values"][name].astype("float64")
    for name in ("from_value", "change", "std_error"):
        frames["value_changes"][name] = frames["value_changes"][name].astype("float64")
    return SimpleNamespace(frame=lambda name: frames[name], frames=frames)


@pytest.fixture
def desk():
    """What the tests of goals write with."""
    return SimpleNamespace(
        goal=write_goal, action=write_action, plan=write_plan, frames=write_frames, settings=SETTINGS, key=KEY
    )
