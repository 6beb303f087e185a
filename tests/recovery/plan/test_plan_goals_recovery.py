"""Goals of drawn districts: every planted SMART fault named, none invented in the clean plan, baselines that agree."""

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison, compare_tables
from mtss_analysis.findings.plan.goals_finding import JudgedGoal, judge_goals
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.findings.plan.track_finding import follow_goals
from mtss_analysis.findings.settings import Settings, StudentGroup
from mtss_analysis.findings.tables import GivenTables

TABLES = {
    "schools", "enrollments", "screenings", "attendance", "walkthroughs", "fidelity", "staff", "goals", "actions",
    "deliverables", "initiatives", "capacity",
}  # fmt: skip
SMALL = {"students": 2400, "schools": 6}
DISABILITY = StudentGroup(
    column="disability",
    label="disability",
    focus="yes",
    reference="no",
    focus_label="students with disabilities",
    reference_label="students without disabilities",
)
SETTINGS = Settings(indicators=(), groups=(DISABILITY,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """A drawn district: comparison, truth, and the goals of all of its plans, judged."""

    comparison: Comparison
    truth: dict[str, Any]
    subjects: tuple[Subject, ...]
    judged: tuple[JudgedGoal, ...]


@functools.cache
def draw(seed: int, *, without: tuple[str, ...] = ()) -> Drawn:
    """Draw a small district and judge its goals."""
    drawn = simulate_district(Sizes(seed=seed, **SMALL), Truths().without(without), tables=TABLES)
    tables = {name: frame.assign(district_id="01") for name, frame in drawn.tables.items()}
    comparison = compare_tables(GivenTables(tables), settings=SETTINGS)
    schools = sorted(tables["schools"]["school_id"].unique())
    subjects = tuple(Subject(district_id="01", school_id=school, name=str(school)) for school in (None, *schools))
    judged = tuple(
        goal
        for subject in subjects
        for goal in judge_goals(
            open_plan(comparison, subject=subject), settings=SETTINGS, comparison=comparison
        )
    )  # fmt: skip
    return Drawn(comparison=comparison, truth=drawn.truth, subjects=subjects, judged=judged)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_planted_smart_fault_is_named_and_no_other(seed):
    """Kind, row and column of what is planted in the goals, and nothing else."""
    drawn = draw(seed)
    planted = {
        (one["kind"], one["row_id"], one["column"])
        for one in drawn.truth["plan"]["faults"]
        if one["requirement"] == "R31"
    }
    named = [(fault.kind, fault.row_id, fault.column) for goal in drawn.judged for fault in goal.faults]
    assert len(planted) >= 6
    assert sorted(named) == sorted(planted)


@pytest.mark.parametrize("seed", [1, 3])
def test_in_a_clean_plan_no_fault_is_named(seed):
    """Without planted faults every goal keeps its letters, met or not to be told."""
    drawn = draw(seed, without=("plan",))
    assert len(drawn.judged) >= 12
    assert [fault for goal in drawn.judged for fault in goal.faults] == []


@pytest.mark.parametrize("seed", [1, 3])
def test_the_datas_values_are_the_true_baselines(seed):
    """A clean plan's baselines are sums over the drawn rows: the values agree but for rounding and tiny schools."""
    judged = draw(seed, without=("plan",)).judged
    known = [(goal.view.goal.baseline, goal.view.baseline) for goal in judged if goal.view.baseline is not None]
    assert sum(value.value is not None for _, value in known) >= 10
    for stated, value in known:
        if value.value is not None:
            assert value.value == pytest.approx(stated, abs=max(0.06, 0.25 * (value.std_error or 0.0)))


def test_every_goal_of_a_clean_plan_has_a_course():
    """Where the newest value may be printed, the course has a difference, or says that its noise is not known."""
    drawn = draw(1, without=("plan",))
    tracked = [
        one
        for subject in drawn.subjects
        for one in follow_goals(
            open_plan(drawn.comparison, subject=subject), settings=SETTINGS, comparison=drawn.comparison
        )
    ]  # fmt: skip
    assert all(one.course.difference is not None or one.course.reason for one in tracked)
    assert sum(one.course.low is not None for one in tracked) >= 10
    assert pd.Series([one.course.verdict for one in tracked]).isin(["ahead", "on track", "behind", "cannot tell"]).all()
