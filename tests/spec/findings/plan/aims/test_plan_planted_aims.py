"""Of the faults planted in a plan, those of structure and aim are named, and nothing in a plan without faults."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.across import compare_implementation
from mtss_analysis.findings.plan.across import gather_plans
from mtss_analysis.findings.plan.aim_finding import check_aims, find_aims, find_unanswered
from mtss_analysis.findings.plan.answers import answer_questions
from mtss_analysis.findings.plan.days import gather_days
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.findings.plan.structure_finding import check_structure, find_structure
from mtss_analysis.findings.root_causes.causes import compare_causes
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables, StateTables, Tables
from mtss_analysis.parameters import read_run_file
from mtss_analysis.parameters.analysis import open_state
from mtss_analysis.show import check_sentence

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
KINDS = {
    "no_owner", "two_owners", "no_lead", "no_capacity", "no_risks", "no_support", "no_resources", "end_before_start",
    "before_plan", "no_end", "no_check", "check_after_end", "starts_too_early", "unknown_dependency",
    "circular_dependency", "unknown_goal", "no_cause", "unknown_cause", "wrong_level", "cause_without_action",
}  # fmt: skip
SLOPES = ["district_id", "school_id", "measure", "kind", "p_value", "status"]


class _Frames:
    """Frames by name, those of trends without a row."""

    def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
        self._frames = frames

    def frame(self, name: str) -> pd.DataFrame:
        return self._frames.get(name, pd.DataFrame(columns=SLOPES))


def _hold(tables: Tables, *, settings: Settings) -> Comparison:
    """Compute what a plan's structure and aims are held against; trends, which take long, are left out."""
    without = dataclasses.replace(settings, indicators=())
    frames = {**gather_plans(tables), **gather_days(tables), **compare_implementation(tables, settings=without)}
    frames |= compare_causes(tables, reader=_Frames(frames), settings=without)
    frames |= {name: pd.DataFrame() for name in ("designs", "own_designs", "delivery")}
    return Comparison(frames=frames)


def _list_plans(comparison: Comparison, *, district_id: str):
    frames = (comparison.frame("plan_goals"), comparison.frame("plan_actions"))
    schools = sorted({school for frame in frames for school in frame["school_id"].dropna()})
    for school_id in (None, *schools):
        yield open_plan(comparison, subject=Subject(district_id=district_id, school_id=school_id, name="Oak"))


def _check_all(comparison: Comparison, *, district_id: str, settings: Settings):
    for plan in _list_plans(comparison, district_id=district_id):
        yield from check_structure(plan)
        yield from check_aims(plan, settings=settings, comparison=comparison)


def _draw(*, seed: int, students: int, schools: int, clean: bool, settings: Settings):
    truths = Truths().without(["plan"]) if clean else Truths()
    drawn = simulate_district(Sizes(students=students, schools=schools, seed=seed), truths)
    district_id = str(drawn.truth["district_id"])
    tables = {name: frame.assign(district_id=district_id) for name, frame in drawn.tables.items()}
    return _hold(GivenTables(tables), settings=settings), district_id, drawn.truth["plan"]


@pytest.fixture(scope="module")
def riverbend() -> tuple[Comparison, Settings]:
    """What the plans of Riverbend are held against, as its run file asks for it."""
    run = read_run_file(ROOT / "parameters" / "riverbend.yml")
    return _hold(StateTables(open_state(run.data), settings=run.settings), settings=run.settings), run.settings


def _name(faults):
    return {(fault.kind, fault.table, fault.row_id, fault.column) for fault in faults}


def _wanted(planted):
    return {(one["kind"], one["table"], one["row_id"], one["column"]) for one in planted if one["kind"] in KINDS}


def test_every_fault_planted_in_riverbend_is_named(riverbend):
    """Structure and aim: all that is planted is named with table, row and column, and nothing else."""
    comparison, settings = riverbend
    planted = json.loads((ROOT / "data" / "riverbend" / "truth.json").read_text(encoding="utf-8"))["plan"]["faults"]
    named = _name(_check_all(comparison, district_id="01", settings=settings))
    wanted = _wanted(planted)
    assert {kind for kind, *_ in wanted} == KINDS
    assert wanted <= named
    assert {fault[2] for fault in named - wanted} <= {row for one in planted for row in one["also"]}


def test_the_weak_practice_of_riverbend_is_named_where_it_is_weak(riverbend):
    """The cause without an action is named in the plans of the two schools in which it is planted and the district."""
    comparison, settings = riverbend
    named = {
        plan.subject.school_id
        for plan in _list_plans(comparison, district_id="01")
        for fault in check_aims(plan, settings=settings, comparison=comparison)
        if fault.kind == "cause_without_action"
    }
    assert named == {None, "01006", "01007"}


def test_the_programme_of_riverbend_does_not_target_its_cause(riverbend):
    """The bought programme answers "no" to the first question, coaching in classrooms against the same cause "yes"."""
    comparison, settings = riverbend
    plan = next(_list_plans(comparison, district_id="01"))
    answers = {
        one.action.action_id: one.answers[0].verdict
        for one in answer_questions(plan, settings=settings, comparison=comparison)
    }
    assert answers["A-01a"] == "no"
    assert answers["A-02a"] == "yes"


def test_sentences_keep_to_the_rules(riverbend):
    """Every sentence, caveat and fault of Riverbend's plans keeps to the packet's words."""
    comparison, settings = riverbend
    for plan in _list_plans(comparison, district_id="01"):
        for find in (find_structure, find_aims, find_unanswered):
            finding = find(plan, settings=settings, comparison=comparison)
            said = [finding.sentence(), *finding.caveats(), *([finding.answer()] if finding.answer() else [])]
            assert [complaint for text in said for complaint in check_sentence(text)] == []
    for fault in _check_all(comparison, district_id="01", settings=settings):
        assert check_sentence(fault.said) == check_sentence(fault.mend) == []


@pytest.mark.parametrize(("seed", "students", "schools"), [(3, 1200, 6), (21, 1500, 5), (8, 400, 1)])
def test_nothing_is_named_in_a_clean_plan(riverbend, seed, students, schools):
    """A plan without faults has none, whatever its district."""
    comparison, district_id, _ = _draw(seed=seed, students=students, schools=schools, clean=True, settings=riverbend[1])
    assert tuple(_check_all(comparison, district_id=district_id, settings=riverbend[1])) == ()


def test_planted_faults_are_named_in_another_district(riverbend):
    """In a small district all faults of rows are named, and nothing else; few visits may hide a weak practice."""
    comparison, district_id, plan = _draw(seed=11, students=900, schools=5, clean=False, settings=riverbend[1])
    named = _name(_check_all(comparison, district_id=district_id, settings=riverbend[1]))
    wanted = _wanted(plan["faults"])
    of_rows = {fault for fault in wanted if fault[2]}
    assert of_rows
    assert of_rows <= named
    assert {fault[2] for fault in named - wanted} <= {row for one in plan["faults"] for row in one["also"]}
