"""A drafted plan is a file that reads back as its rows, with gaps marked, and a target that others reach."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.district.plan_files import read_plan_file
from mtss_analysis.district.schema import read_schema
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.draft import Draft, write_draft
from mtss_analysis.findings.plan.draft.rows import Cell, DraftRow
from mtss_analysis.findings.plan.draft.targets import count_digits, order_statistics, set_target
from mtss_analysis.findings.plan.plan import Subject
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import ValueKey

ROOT = Path(__file__).resolve().parents[4]
SUBJECT = Subject(district_id="01", school_id="0012", name="Oak School")
DELIVERABLE = DraftRow(
    table="deliverables",
    cells=(Cell(key="deliverable_id", value="D-1"), Cell(key="due_date", fill_in="a school day")),
)
ACTION = DraftRow(
    table="actions",
    cells=(Cell(key="action_id", value="0012"), Cell(key="owner", fill_in="one position")),
    inside=(DELIVERABLE,),
)
KEY = ValueKey(measure="reading", statistic="mean")
SETTINGS = Settings(indicators=())


def _draft(*cells: Cell, said: tuple[str, ...] = ()) -> Draft:
    goal = DraftRow(table="goals", cells=(Cell(key="goal_id", value="G-1"), *cells), said=said, inside=(ACTION,))
    return Draft(subject=SUBJECT, goals=(goal,), unmeasured=(), run="tiny")


def _read_back(draft: Draft, folder: Path) -> dict[str, list[dict[str, str | None]]]:
    path = folder / "0012.yml"
    path.write_text(write_draft(draft), encoding="utf-8")
    file = read_plan_file(path)
    assert file.problems == ()
    return {table: [dict(row.cells) for row in rows] for table, rows in file.rows.items()}


def test_a_draft_reads_back_as_its_rows(tmp_path):
    """What is filled in is read back as it is, what is a gap as an empty cell, and rows within rows name each other."""
    draft = _draft(
        Cell(key="baseline", value=53.0, source="the newest number"),
        Cell(key="grade", value=("3", "no", "0012")),
        Cell(key="statement", fill_in="the goal in one sentence"),
        said=("Reading fell: # in all grades.",),
    )
    rows = _read_back(draft, tmp_path)
    assert rows["goals"] == [{"goal_id": "G-1", "baseline": "53", "grade": "3; no; 0012", "statement": None}]
    assert rows["actions"] == [{"goal_id": "G-1", "action_id": "0012", "owner": None}]
    assert rows["deliverables"] == [{"action_id": "0012", "deliverable_id": "D-1", "due_date": None}]
    text = (tmp_path / "0012.yml").read_text(encoding="utf-8")
    assert "  # Reading fell: # in all grades.\n" in text
    assert "    baseline: 53  # the newest number\n" in text
    assert text.count("# fill in: ") == 3
    assert draft.gaps() == {
        ("goals", "G-1", "statement"), ("actions", "0012", "owner"), ("deliverables", "D-1", "due_date"),
    }  # fmt: skip


@given(text=st.text(min_size=1, max_size=300).filter(lambda text: text.strip() and text.isprintable()))
def test_any_text_survives(tmp_path_factory, text):
    """Whatever is printed in a cell is read back, but for white space."""
    rows = _read_back(_draft(Cell(key="statement", value=text)), tmp_path_factory.mktemp("draft"))
    assert rows["goals"][0]["statement"] == " ".join(text.split())


def _frames(changes: list[float], *, own: float = 60.0) -> Comparison:
    """Write two years of a mean, known to half a point, of this school and of others."""
    fixed = {"measure": KEY.measure, "statistic": KEY.statistic, "grade": "all", "group": "all"}
    place = {"district_id": "01", "school_level": "elementary", "level": "school"}
    values, moved = [], []
    for at, change in enumerate([0.0, *changes]):
        school = "0012" if at == 0 else f"s{at:02d}"
        start = own if at == 0 else 50.0
        for year, value in (("2024-25", start), ("2025-26", start + change)):
            values.append({**fixed, **place, "school_id": school, "school_year": year, "window": "spring",
                           "value": value, "std_error": 0.5, "df": 90.0, "n": 100.0, "n_clusters": 5.0,
                           "status": "ok"})  # fmt: skip
        moved.append({**fixed, **place, "school_id": school, "from_year": "2024-25", "from_window": "spring",
                      "to_year": "2025-26", "to_window": "spring", "from_value": start, "change": change,
                      "std_error": 0.5, "df": 90.0, "status": "ok"})  # fmt: skip
    return Comparison(frames={"values": pd.DataFrame(values), "value_changes": pd.DataFrame(moved)})


def _aim(comparison: Comparison, *, yardstick: float | None = None):
    return set_target(comparison, keys=[KEY], subject=SUBJECT, settings=SETTINGS, window="spring", yardstick=yardstick)


def test_a_target_is_what_a_third_of_schools_reach():
    """Of schools that moved by 0 to 9 points, about a third moved by at least as much as the target asks for."""
    target = _aim(_frames([float(at % 10) for at in range(60)]))
    assert target.baseline is not None
    assert (target.baseline.value, target.school_year) == (60.0, "2026-27")
    assert target.target is not None
    # A normal variable with the mean and spread of 0 … 9: 4.5 + 0.431 × 2.87.
    assert target.target - 60.0 == pytest.approx(4.5 + 0.431 * 2.87, abs=0.3)
    assert target.share == pytest.approx(1 / 3, abs=0.02)


def test_where_schools_fell_the_target_does_not_fall():
    """Where schools as a whole fell, changes spread about none: a third of them reach the target all the same."""
    target = _aim(_frames([-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0] * 6))
    assert target.target is not None
    # Mean −1 and spread 2, taken about zero: 0.431 × √5.
    assert target.target - 60.0 == pytest.approx(0.431 * 5**0.5, abs=0.15)
    assert target.share == pytest.approx(1 / 3, abs=0.02)


def test_where_nothing_moves_the_target_is_small_or_open():
    """Where no school moved at all, the target is at most a fraction of a point: no fiction."""
    target = _aim(_frames([0.02 * (at % 3 - 1) for at in range(30)]))
    assert target.baseline is not None
    assert target.target is None or target.target - 60.0 <= 0.5


def test_too_few_schools_leave_a_gap():
    """With changes of three schools there is a baseline and no target, and the reason is kept."""
    target = _aim(_frames([1.0, 2.0]))
    assert target.baseline is not None
    assert target.target is None
    assert target.achieved is not None
    assert "needed" in target.achieved.reason


def test_without_changes_the_yardstick_is_approached():
    """Where changes of others are not known, the target is half of the way to the yardstick, if that is better."""
    few = _frames([1.0, 2.0])
    assert _aim(few, yardstick=70.0).target == (60.0 + 70.0) / 2
    assert _aim(few, yardstick=50.0).target is None
    assert _aim(_frames([float(at % 10) for at in range(60)]), yardstick=99.0).yardstick is None


def test_no_target_lies_beyond_the_yardstick():
    """What a third of many schools reach stops at the yardstick; fewer than ten changes go half of the way to it."""
    many = _frames([float(at % 10) for at in range(60)])
    stopped = _aim(many, yardstick=62.0)
    assert (stopped.target, stopped.yardstick) == (62.0, 62.0)
    assert _aim(many, yardstick=58.0).target == _aim(many).target
    few = _frames([30.0, 40.0, 35.0, 45.0, 20.0, 50.0, 38.0, 29.0])
    assert _aim(few).target > 80
    assert _aim(few, yardstick=74.0).target == (60.0 + 74.0) / 2


def test_a_withheld_number_is_no_baseline():
    """A value that may not be printed does not stand in a draft."""
    frames = _frames([float(at) for at in range(10)])
    values = frames.frame("values")
    hidden = values.assign(
        status=values["status"].where(values["school_id"] != "0012", "withheld"),
        value=values["value"].where(values["school_id"] != "0012"),
    )
    target = _aim(Comparison(frames={"values": hidden, "value_changes": frames.frame("value_changes")}))
    assert target.baseline is None
    assert target.target is None


@pytest.mark.parametrize(
    ("measure", "has_cut", "first", "digits"),
    [
        ("reading", True, "at_cut_pct", 1),
        ("reading", False, "mean", 1),
        ("chronic_absence", False, "pct", 1),
        ("referrals", False, "per_100_per_day", 2),
        ("caseload", False, "mean", 1),
        ("implementation:co_teaching", False, "pct", 1),
    ],
)
def test_each_measure_is_summed_up_in_its_own_way(measure, has_cut, first, digits):
    """Screenings with a cut are shares, without one means; referrals have two decimals."""
    statistic = order_statistics(measure, has_cut=has_cut)[0]
    assert statistic == first
    assert count_digits(ValueKey(measure=measure, statistic=statistic)) == digits


def test_the_template_has_every_key():
    """The template can be read as it stands and names every column of the plan tables."""
    path = ROOT / "parameters" / "plan_template.yml"
    file = read_plan_file(path)
    assert file.problems == ()
    assert [len(file.rows[table]) for table in ("goals", "actions", "deliverables")] == [1, 1, 1]
    for table in ("goals", "actions", "deliverables"):
        inside = {"actions": "goal_id", "deliverables": "action_id"}.get(table)
        written = set(file.rows[table][0].cells) | ({inside} if inside else set())
        assert written == {*read_schema(table).column_names} - {"school_id"}
    text = path.read_text(encoding="utf-8")
    for table in ("initiatives", "capacity"):
        missing = [name for name in read_schema(table).column_names if f"{name}:" not in text and name != "school_id"]
        assert missing == []
