"""Plans written as a few rows, and frames that say what the data show, each made by hand."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.facts import Fact, frame_facts
from mtss_analysis.findings.plan.across import PLAN_TABLES
from mtss_analysis.findings.plan.days import COLUMNS as DAY_COLUMNS
from mtss_analysis.findings.plan.plan import Plan, Subject, open_plan
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.cause_links import LINK_COLUMNS
from mtss_analysis.findings.root_causes.causes import CAUSE_COLUMNS
from mtss_analysis.findings.root_causes.concerns import CONCERN_COLUMNS
from mtss_analysis.findings.settings import Settings

DISTRICT = Subject(district_id="01", school_id=None, name="Riverbend")
OAK = Subject(district_id="01", school_id="0012", name="Oak")
ELM = Subject(district_id="01", school_id="0013", name="Elm")
CO_TEACHING = Cause(
    id="co_teaching", label="co-teaching in lessons", level="classroom", shown_by="implementation:co_teaching"
)
ABSENCE = Cause(id="attendance", label="chronic absence", level="school", shown_by="chronic_absence")
SETTINGS = Settings(indicators=(), causes=(CO_TEACHING, ABSENCE), population="district")

GOAL = {
    "goal_id": "G-1", "school_id": "0012", "planned_on": dt.date(2025, 7, 15), "statement": "More readers",
    "measure": "orf", "owner": "principal",
}  # fmt: skip
ACTION = {
    "action_id": "A-1", "school_id": "0012", "goal_id": "G-1", "cause_id": "co_teaching",
    "description": "Coach teachers in their own lessons", "action_type": "coaching", "level": "classroom",
    "practice": "co_teaching", "schools_reached": "0012", "owner": "principal", "lead_district": "director",
    "lead_school": "assistant_principal", "lead_classroom": "grade_level_lead", "support_structure": "Weekly cycle",
    "start_date": dt.date(2025, 9, 2), "end_date": dt.date(2026, 5, 15), "staff_role": "coach",
    "staff_hours_per_week": 2.0, "capacity_exists": "Two coaches", "capacity_needed": "Substitutes", "cost": 900.0,
    "funding_source": "Title II", "amount_funded": 900.0, "risks": "Coaches leave", "progress_measure": "orf",
    "next_check": dt.date(2026, 2, 10), "status": "planned",
}  # fmt: skip
BROKEN = (
    Fact(topic="search", district_id="01", subject="co_teaching", group="4+", part="2", n=300, text="named"),
    Fact(topic="side", district_id="01", subject="co_teaching", group="4+", part="before", estimate=74.0),
    Fact(topic="side", district_id="01", subject="co_teaching", group="4+", part="after", estimate=41.0),
    Fact(topic="drop", district_id="01", subject="co_teaching", group="4+", estimate=33.0, ci_low=28.0, ci_high=38.0),
)  # fmt: skip

Rows = Iterable[dict[str, Any]]


def _frame(rows: Rows, columns: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))


def _write_plan(name: str, rows: Rows) -> pd.DataFrame:
    frame = _frame(rows, ["district_id", *read_schema(name).column_names])
    for column in frame:
        if column.endswith("_date") or column in ("planned_on", "next_check", "delivered_on"):
            frame[column] = pd.to_datetime(frame[column])
    return frame.assign(district_id="01")


def judge(cause: str, *, school_id: str = "", present: str = "yes", level: str = "", text: str = "") -> dict[str, Any]:
    """Give a row of what the data show of a cause in a school, or in the whole district."""
    return {
        "cause": cause, "district_id": "01", "school_id": school_id, "present": present, "level_shown": level,
        "status": "ok", "text": text,
    }  # fmt: skip


def link(cause: str, trend: str, *, q_value: float) -> dict[str, Any]:
    """Give a row that says how a cause goes with a trend across schools."""
    return {
        "population": "01", "cause": cause, "trend": trend, "q_value": q_value, "cause_q_value": 0.5, "estimate": 1.0,
        "n_schools": 12, "reason": "", "status": "ok",
    }  # fmt: skip


def move(trend: str, *, school_id: str = "0012", concerning: bool = False, promising: bool = False) -> dict[str, Any]:
    """Give a row that says how a school moved in a measure."""
    return {
        "trend": trend, "label": trend, "unit": "state SD per year", "district_id": "01", "school_id": school_id,
        "slope": -0.15 if concerning else 0.15, "ci_low": -0.2, "ci_high": -0.1, "trend_grade": "all", "group": "all",
        "concerning": concerning, "promising": promising, "status": "ok",
    }  # fmt: skip


def compare(
    *,
    goals: Rows = (GOAL,),
    actions: Rows = (ACTION,),
    facts: Iterable[Fact] = (),
    causes: Rows = (),
    links: Rows = (),
    trends: Rows = (),
    capacity: Rows = (),
    initiatives: Rows = (),
    **frames: pd.DataFrame,
) -> Comparison:
    """Write the frames that plans are held against."""
    plans = {"goals": goals, "actions": actions, "capacity": capacity, "initiatives": initiatives}
    written = {f"plan_{name}": _write_plan(name, plans.get(name, ())) for name in PLAN_TABLES}
    return Comparison(
        frames={
            **written,
            "implementation": frame_facts(facts),
            "causes": _frame(causes, CAUSE_COLUMNS),
            "cause_links": _frame(links, LINK_COLUMNS),
            "cause_trends": _frame(trends, CONCERN_COLUMNS),
            "plan_days": _frame((), DAY_COLUMNS),
            "designs": pd.DataFrame(),
            "own_designs": pd.DataFrame(),
            "delivery": pd.DataFrame(),
            **frames,
        }
    )


@pytest.fixture
def plan_with() -> Callable[..., Plan]:
    """Open the plan of a school whose one action, or one goal, differs from a complete one."""

    def build(*, goal: dict[str, Any] | None = None, **action: Any) -> Plan:
        comparison = compare(goals=[GOAL | (goal or {})], actions=[ACTION | action])
        return open_plan(comparison, subject=OAK)

    return build


@pytest.fixture
def hand() -> Any:
    """Give all that is made by hand, under short names."""

    class Hand:
        district, oak, elm = DISTRICT, OAK, ELM
        settings, goal, action, broken = SETTINGS, GOAL, ACTION, BROKEN
        co_teaching, absence = CO_TEACHING, ABSENCE
        compare, judge, link, move = (staticmethod(one) for one in (compare, judge, link, move))
        open_plan = staticmethod(open_plan)

    return Hand
