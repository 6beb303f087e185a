"""Riverbend's plan as a whole: every planted fault once, page one, and a draft that lacks only what people know."""

import json
from collections import ChainMap, Counter
from pathlib import Path

import pytest

from mtss_analysis.district import check_folder, open_state
from mtss_analysis.findings.comparison import Comparison, prepare_comparison
from mtss_analysis.findings.plan.across import gather_plans
from mtss_analysis.findings.plan.chapter import hold_against_findings, open_checks
from mtss_analysis.findings.plan.draft import draft_plan, write_draft
from mtss_analysis.findings.plan.plan import Subject, open_plan
from mtss_analysis.findings.plan.whole_check import check_plan
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import StateTables
from mtss_analysis.findings.values.across import compare_values
from mtss_analysis.parameters import read_run_file
from mtss_analysis.show import check_sentence

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
RIVERBEND = ROOT / "data" / "riverbend"
DISTRICT = Subject(district_id="01", school_id=None, name="Riverbend")
SCHOOL = Subject(district_id="01", school_id="01006", name="Grove Creek")


@pytest.fixture(scope="module")
def riverbend() -> tuple[Comparison, Settings]:
    """The comparison of Riverbend, as its run file asks for it."""
    run = read_run_file(ROOT / "parameters" / "riverbend.yml")
    return prepare_comparison(open_state(run.data), settings=run.settings), run.settings


def _list_subjects(comparison: Comparison) -> list[Subject]:
    schools = sorted(comparison.frame("plan_actions")["school_id"].dropna().unique())
    return [DISTRICT, *(Subject(district_id="01", school_id=school, name=school) for school in schools)]


def test_each_planted_fault_is_named_once(riverbend):
    """Over all plans of the district, what is planted is named once with table, row and column, and nothing else is."""
    comparison, settings = riverbend
    planted = json.loads((RIVERBEND / "truth.json").read_text(encoding="utf-8"))["plan"]["faults"]
    wanted = {(one["kind"], one["table"], one["row_id"], one["column"]) for one in planted}
    also = {row for one in planted for row in one["also"]}
    named: Counter[tuple[str, str, str, str]] = Counter()
    for subject in _list_subjects(comparison):
        plan = open_plan(comparison, subject=subject)
        found = check_plan(plan, settings=settings, comparison=comparison)
        own = Counter((fault.kind, fault.table, fault.row_id, fault.column) for fault in found)
        # A cause without an action is said in the plan of each school that shows it, and in the district's.
        named += Counter({key: count for key, count in own.items() if key[2] or subject == DISTRICT})
    assert len({kind for kind, *_ in wanted}) >= 20
    assert wanted - set(named) == set()
    assert {key for key in set(named) - wanted if key[2] not in also} == set()
    assert {key: count for key, count in named.items() if count > 1} == {}


def test_the_chapter_says_it_in_the_kits_words(riverbend):
    """Wall, faults and answer of every plan keep to the packet's words; page one has at most three next steps."""
    comparison, settings = riverbend
    for subject in (DISTRICT, SCHOOL):
        chapter = hold_against_findings(
            open_plan(comparison, subject=subject), settings=settings, comparison=comparison
        )
        assert open_checks(chapter).markdown.startswith("# ")
        told = [*chapter.wall, *chapter.faults]
        said = [finding.sentence() for finding in told] + [finding.answer() for finding in chapter.answers]
        notes = [note for finding in chapter.all for note in finding.notes() if note["kind"] == "next"]
        assert 1 <= len(notes) <= 3
        assert [text for text in [*said, *(str(note["sentence"]) for note in notes)] if check_sentence(text)] == []
        shown = [one.name for finding in chapter.all for one in (finding.figure(), finding.table()) if one is not None]
        figures = {one.name for finding in chapter.all if (one := finding.figure()) is not None}
        tables = {one.name for finding in chapter.all if (one := finding.table()) is not None}
        assert len(shown) == len(figures) + len(tables)


def _put_in_place(draft_text: str, *, subject: Subject, folder: Path) -> None:
    """Make a district folder that is Riverbend's, with the draft among its plans."""
    (folder / "plans").mkdir(parents=True)
    for path in RIVERBEND.iterdir():
        (folder / path.name).symlink_to(path, target_is_directory=path.is_dir())
    (folder / "plans" / f"{subject.school_id or 'district'}.yml").write_text(draft_text, encoding="utf-8")


@pytest.mark.parametrize("subject", [SCHOOL, DISTRICT], ids=["school", "district"])
def test_a_draft_passes_its_own_checks_but_for_the_gaps(riverbend, tmp_path, subject):
    """Put into place, a draft adds no problem to the tables, and every fault of its rows is one of its gaps."""
    comparison, settings = riverbend
    tables = StateTables(open_state(RIVERBEND), settings=settings)
    draft = draft_plan(tables, comparison=comparison, subject=subject, settings=settings, run="riverbend")
    assert draft.goals
    folder = tmp_path / "riverbend"
    _put_in_place(write_draft(draft), subject=subject, folder=folder)
    assert len(check_folder(folder)) == len(check_folder(RIVERBEND))
    placed = StateTables(open_state(folder), settings=settings)
    frames = {**gather_plans(placed), **compare_values(placed, settings=settings, reader=comparison)}
    drafted = Comparison(frames=ChainMap(frames, comparison.frames))
    rows = {(table, row_id) for table, row_id, _ in draft.gaps()}
    faults = check_plan(open_plan(drafted, subject=subject), settings=settings, comparison=drafted)
    mine = [fault for fault in faults if (fault.table, fault.row_id) in rows]
    assert mine
    assert [fault for fault in mine if (fault.table, fault.row_id, fault.column) not in draft.gaps()] == []


def test_a_draft_fills_in_what_the_data_know(riverbend):
    """A school with a falling trend, two weak practices and much absence gets a goal for each, with numbers."""
    comparison, settings = riverbend
    tables = StateTables(open_state(RIVERBEND), settings=settings)
    draft = draft_plan(tables, comparison=comparison, subject=SCHOOL, settings=settings, run="riverbend")
    goals = [{cell.key: cell.value for cell in goal.cells} for goal in draft.goals]
    assert [goal["measure"] for goal in goals] == [
        "reading_scale", "implementation:co_teaching", "implementation:explicit_instruction", "chronic_absence",
    ]  # fmt: skip
    for goal in goals:
        less = goal["measure"] == "chronic_absence"
        assert (goal["target"] < goal["baseline"]) if less else (goal["target"] > goal["baseline"])
        assert (goal["baseline_school_year"], goal["target_school_year"]) == ("2025-26", "2026-27")
    levels = [{cell.key: cell.value for cell in goal.inside[0].cells}["level"] for goal in draft.goals]
    assert levels == [None, "classroom", "school", "school"]
