"""What is planted in the plan of Riverbend is named, and nothing in a plan without faults."""

import json
from pathlib import Path

import pytest

from mtss_analysis.district.simulate import Sizes, Truths, simulate_district
from mtss_analysis.findings.comparison import Comparison, compare_tables, prepare_comparison
from mtss_analysis.findings.plan.deliverable_finding import check_deliverables, find_deliverables
from mtss_analysis.findings.plan.feasible_finding import check_feasible, find_feasible
from mtss_analysis.findings.plan.initiative_finding import check_initiatives, judge_initiatives
from mtss_analysis.findings.plan.money_finding import check_money, find_money
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import GivenTables
from mtss_analysis.parameters import read_run_file
from mtss_analysis.parameters.analysis import open_state
from mtss_analysis.show import check_sentence

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
RIVERBEND = ROOT / "data" / "riverbend"
KINDS = {
    "overload", "unknown_role", "attendance_only", "no_evidence", "due_in_break", "due_in_window", "due_after_action",
    "no_due_date", "unknown_action", "no_deliverable", "overdue", "negative_money", "no_cost", "funding_gap",
    "no_funding_source",
}  # fmt: skip
TABLES = (
    "schools", "enrollments", "staff", "screenings", "calendar", "goals", "actions", "deliverables", "initiatives",
    "capacity",
)  # fmt: skip
FINDERS = (find_feasible, find_deliverables, find_money)


def _list_plans(comparison: Comparison, *, district_id: str):
    schools = sorted(comparison.frame("plan_actions")["school_id"].dropna().unique())
    for school_id in (None, *schools):
        yield open_plan(comparison, subject=Subject(district_id=district_id, school_id=school_id, name="Oak"))


def _check_all(comparison: Comparison, *, district_id: str):
    for plan in _list_plans(comparison, district_id=district_id):
        yield from check_feasible(plan, comparison=comparison)
        yield from check_deliverables(plan, comparison=comparison)
        yield from check_money(plan)


def _compare(*, seed: int, students: int, schools: int, clean: bool, settings: Settings):
    truths = Truths().without(["plan"]) if clean else Truths()
    drawn = simulate_district(Sizes(students=students, schools=schools, seed=seed), truths, tables=TABLES)
    district_id = str(drawn.truth["district_id"])
    tables = {name: frame.assign(district_id=district_id) for name, frame in drawn.tables.items()}
    return compare_tables(GivenTables(tables), settings=settings), district_id, drawn.truth["plan"]


def _compare_with_truth(found, planted) -> None:
    wanted = {(one["kind"], one["table"], one["row_id"], one["column"]) for one in planted if one["kind"] in KINDS}
    also = {row for one in planted for row in one["also"]}
    named = {(fault.kind, fault.table, fault.row_id, fault.column) for fault in found}
    assert wanted <= named
    assert {fault[2] for fault in named - wanted} <= also


@pytest.fixture(scope="module")
def riverbend() -> tuple[Comparison, Settings]:
    """The comparison of Riverbend, as its run file asks for it."""
    run = read_run_file(ROOT / "parameters" / "riverbend.yml")
    return prepare_comparison(open_state(run.data), settings=run.settings), run.settings


def test_every_fault_planted_in_riverbend_is_named(riverbend):
    """Hours, deliverables and money: all that is planted is named with table, row and column, and nothing else."""
    comparison, _ = riverbend
    truth = json.loads((RIVERBEND / "truth.json").read_text(encoding="utf-8"))
    _compare_with_truth(tuple(_check_all(comparison, district_id="01")), truth["plan"]["faults"])


def test_initiatives_of_riverbend(riverbend):
    """Those that are redundant, of low fidelity or heavy on staff are named; none that works is called retire.

    What has no effect by construction was given to students with whom nobody can be compared: not enough evidence.
    """
    comparison, settings = riverbend
    plan = open_plan(comparison, subject=Subject(district_id="01", school_id=None, name="Riverbend"))
    faults = check_initiatives(plan, settings=settings, comparison=comparison)
    assert {(fault.kind, fault.row_id) for fault in faults} == {
        ("redundant", "I-page_turners"), ("low_fidelity", "I-calm_corner"), ("staff_time", "I-data_binders"),
    }  # fmt: skip
    verdicts = judge_initiatives(plan, settings=settings, comparison=comparison)
    words = {verdict.initiative.initiative_id: verdict.word for verdict in verdicts}
    assert {key for key, word in words.items() if word == "retire"} == {"I-page_turners"}
    assert words["I-reading_boost"] == "keep"
    assert words["I-math_catch_up"] == words["I-tier2_reading"] == "not enough evidence"


@pytest.mark.parametrize(("seed", "students", "schools"), [(3, 1200, 6), (21, 1500, 5), (11, 600, 2)])
def test_planted_faults_are_named_in_other_districts(riverbend, seed, students, schools):
    """In districts of other seeds and sizes all that is planted is named, and nothing else."""
    comparison, district_id, plan = _compare(
        seed=seed, students=students, schools=schools, clean=False, settings=riverbend[1]
    )
    _compare_with_truth(tuple(_check_all(comparison, district_id=district_id)), plan["faults"])


@pytest.mark.parametrize(("seed", "students", "schools"), [(3, 1200, 6), (21, 1500, 5), (11, 600, 2), (8, 400, 1)])
def test_nothing_is_named_in_a_clean_plan(riverbend, seed, students, schools):
    """A plan without faults has none, whatever its district."""
    comparison, district_id, _ = _compare(
        seed=seed, students=students, schools=schools, clean=True, settings=riverbend[1]
    )
    assert tuple(_check_all(comparison, district_id=district_id)) == ()


def test_sentences_keep_to_the_rules(riverbend):
    """Every sentence, caveat and fault of Riverbend's plans keeps to the packet's words, and figures have words too."""
    comparison, settings = riverbend
    for plan in _list_plans(comparison, district_id="01"):
        for find in FINDERS:
            finding = find(plan, settings=settings, comparison=comparison)
            said = [finding.sentence(), *finding.caveats(), *([finding.answer()] if finding.answer() else [])]
            assert [complaint for text in said for complaint in check_sentence(text)] == []
            figure = finding.figure()
            assert figure is None or figure.alt
            assert finding.records()
    for fault in _check_all(comparison, district_id="01"):
        assert check_sentence(fault.said) == check_sentence(fault.mend) == []
