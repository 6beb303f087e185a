"""A plan written as YAML is read as the same rows that CSV tables hold, and what cannot be read is named by line."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtss_analysis.district import check_folder, hash_slice, open_district, open_state, read_table
from mtss_analysis.district.check import check_tables
from mtss_analysis.district.check_report import write_page
from mtss_analysis.district.plan_files import read_plan_file
from mtss_analysis.district.problems import describe_kinds
from mtss_analysis.errors import DataError

PLAN = """\
# the plan of Oak School
goals:
  - goal_id: G-1
    planned_on: 2025-07-15
    statement: >
      More readers
      at the benchmark
    measure: oral_reading
    statistic: mean
    grade: ['0012', no]
    student_group: all
    baseline: 41.5
    target: 47
    milestones:
      - 2025-26 winter 44
      - 2025-26 spring 46
    owner: principal
    actions:
      - action_id: 0012
        cause_id: [co_teaching, attendance]
        owner: coach
        start_date: 2025-09-02
        cost: 1200.50
        deliverables:
          - deliverable_id: D-1
            description: "Walkthrough scores: all teachers"
            due_date: 2025-12-01
actions:
  - action_id: A-2
    goal_id: G-1
    owner:
    status: planned
initiatives:
  - initiative_id: I-1
    mandated: no
capacity:
  - capacity_id: K-1
    staff_role: coach
    month: 2025-09
    hours_available: 40
"""


@pytest.fixture
def write_plan(write_district):
    """Write the small district with plan files, by name, and CSV tables."""

    def write(plans, **tables):
        folder = write_district(**tables)
        (folder / "plans").mkdir(exist_ok=True)
        for name, text in plans.items():
            (folder / "plans" / name).write_text(text, encoding="utf-8")
        return folder

    return write


def _problems(folder):
    return [(one.file, one.row, one.column, one.rule, one.severity) for one in check_folder(folder)]


def test_nested_rows_are_the_rows_of_the_tables(write_plan):
    """Goals, the actions in them and the deliverables in those are rows that name each other; text stays text."""
    folder = write_plan({"0012.yml": PLAN})
    goals, actions, deliverables, initiatives, capacity = (
        read_table(folder, table=name) for name in ("goals", "actions", "deliverables", "initiatives", "capacity")
    )
    goal = goals.iloc[0]
    assert goal["school_id"] == "0012"
    assert goal["statement"] == "More readers at the benchmark"
    assert goal["grade"] == "0012; no"
    assert goal["milestones"] == "2025-26 winter 44; 2025-26 spring 46"
    assert (goal["baseline"], goal["target"]) == (41.5, 47.0)
    assert goal["planned_on"] == pd.Timestamp("2025-07-15")
    assert actions["action_id"].tolist() == ["0012", "A-2"]
    assert actions["goal_id"].tolist() == ["G-1", "G-1"]
    assert actions["cause_id"].iloc[0] == "co_teaching; attendance"
    assert actions["owner"].isna().tolist() == [False, True]
    assert deliverables["action_id"].tolist() == ["0012"]
    assert deliverables["description"].tolist() == ["Walkthrough scores: all teachers"]
    assert initiatives["mandated"].tolist() == [False]
    assert capacity["hours_available"].tolist() == [40.0]
    assert {tuple(frame["school_id"]) for frame in (goals, initiatives, capacity)} == {("0012",)}


def test_plans_and_tables_are_read_together(write_plan):
    """Rows of CSV tables, of schools' plans and of the district's are one table; a slice has the school's part."""
    folder = write_plan(
        {
            "0012.yml": "goals: [{goal_id: G-2}]\n",
            "NO.yml": "goals: [{goal_id: G-3}]\n",
            "district.yml": "goals: [{goal_id: G-4}]\n",
        },
        goals="goal_id,school_id\nG-1,0012\nG-5,NO\n",
    )
    goals = read_table(folder, table="goals")
    assert dict(zip(goals["goal_id"], goals["school_id"].fillna(""), strict=True)) == {
        "G-1": "0012", "G-5": "NO", "G-2": "0012", "G-3": "NO", "G-4": "",
    }  # fmt: skip
    mine = open_district(folder, school_id="0012").table("goals")
    assert mine["goal_id"].tolist() == ["G-1", "G-2", "G-4"]
    assert open_state(folder).read_table("goals")["goal_id"].tolist() == goals["goal_id"].tolist()
    assert _problems(folder) == []


def test_a_changed_plan_changes_what_a_packet_is_made_of(write_plan):
    """A school's fingerprint holds its own plan and the district's, and no other school's."""
    folder = write_plan({"0012.yml": PLAN, "NO.yml": "goals: []\n", "district.yml": "# nothing yet\n"})
    before = hash_slice(folder, school_id="0012")
    assert {name for name in before if name.startswith("plans/")} == {"plans/0012.yml", "plans/district.yml"}
    (folder / "plans" / "0012.yml").write_text(PLAN.replace("target: 47", "target: 48"), encoding="utf-8")
    assert hash_slice(folder, school_id="0012") != before
    assert read_table(folder, table="goals")["target"].tolist() == [48.0]


def test_a_plan_without_rows_is_no_plan(write_plan):
    """Files of comments alone, and keys without rows, give empty tables and no problem."""
    folder = write_plan({"0012.yml": "# to be filled\n", "district.yml": "goals:\nactions: []\n"})
    assert read_table(folder, table="goals").empty
    assert read_table(folder, table="capacity").empty
    assert _problems(folder) == []


def test_everything_that_cannot_be_read_is_named_with_its_line(write_plan):
    """Unknown keys, keys written twice, lists and groups in the wrong place are each an error with its own line."""
    folder = write_plan(
        {
            "0012.yml": """\
goals:
  - goal_id: G-1
    statements: More readers
    owner: {position: principal}
    target: 1
    target: 2
    actions:
      - action_id: A-1
        goal_id: G-9
        description: [one, two]
        school_id: 0012
      - buy a programme
goal: []
initiatives: {initiative_id: I-1}
"""
        }
    )
    file = "plans/0012.yml"
    assert sorted(_problems(folder), key=lambda one: one[1]) == [
        (file, 3, "statements", "unknown_key", "error"),
        (file, 4, "owner", "takes_value", "error"),
        (file, 6, "target", "repeated_key", "error"),
        (file, 9, "goal_id", "other_row", "error"),
        (file, 10, "description", "takes_value", "error"),
        (file, 11, "school_id", "unknown_key", "error"),
        (file, 12, "actions", "takes_keys", "error"),
        (file, 13, "goal", "unknown_key", "error"),
        (file, 14, "initiatives", "takes_rows", "error"),
    ]
    steps = {one.row: one.next_step for one in check_folder(folder)}
    assert "'statement'" in steps[3]
    assert "'goals'" in steps[13]
    with pytest.raises(DataError) as raised:
        read_table(folder, table="goals")
    assert all(f"line {line}," in str(raised.value) for line in (3, 4, 6, 9, 10, 11, 12, 13, 14))


@pytest.mark.parametrize(
    ("text", "line"), [("goals:\n  - a: b\n c: d\n", 3), ("goals:\n  - goal_id: *one\n", 2), ("- goals\n", 1)]
)
def test_what_is_no_yaml_is_named_once(write_plan, text, line):
    """A file that is not YAML is one error with its line, and reading it fails with the same."""
    folder = write_plan({"0012.yml": text})
    (problem,) = check_folder(folder)
    assert (problem.file, problem.rule, problem.severity) == ("plans/0012.yml", "readable", "error")
    assert f"line {line}" in problem.problem
    with pytest.raises(DataError, match=f"line {line}"):
        read_table(folder, table="goals")


def test_cells_are_named_by_the_line_of_their_key(write_plan):
    """A value that its column cannot use is an error at the line on which it stands, in check and in reading."""
    text = "goals:\n  - goal_id: G-1\n    planned_on: 15.7.2025\n    baseline: about 40\n  - statement: no id\n"
    folder = write_plan({"0012.yml": text})
    assert _problems(folder) == [
        ("plans/0012.yml", 5, "goal_id", "required", "error"),
        ("plans/0012.yml", 3, "planned_on", "spreadsheet_date", "error"),
        ("plans/0012.yml", 4, "baseline", "type", "error"),
    ]
    with pytest.raises(DataError, match="line 5, column goal_id"):
        read_table(folder, table="goals")


WORDS = st.sampled_from(
    ["goals:", "actions:", "- ", "  ", "\n", "goal_id: G-1", "[", "]", "{", "}", ": ", "#", "'", '"', "!", "&", "*",
     "|", ">", "\t", "\u00e9", "\x00", "0012", "no", "deliverables: []", "? x", "---", "..."]
)  # fmt: skip


@given(parts=st.lists(WORDS, max_size=30))
def test_whatever_is_written_is_read_or_refused(tmp_path_factory, parts):
    """No text makes reading a plan fail otherwise than with an error that a user can mend."""
    path = tmp_path_factory.mktemp("plans") / "0012.yml"
    path.write_text("".join(parts), encoding="utf-8")
    with contextlib.suppress(DataError):
        assert all(problem.line is not None for problem in read_plan_file(path).problems)


def test_an_id_in_two_files_is_an_error(write_plan):
    """The same goal in a plan and in the CSV table is an error that names both places."""
    folder = write_plan({"0012.yml": "goals:\n  - goal_id: G-1\n"}, goals="goal_id,school_id\nG-1,0012\n")
    (problem,) = check_folder(folder)
    assert (problem.file, problem.row, problem.rule, problem.severity) == ("plans/0012.yml", 2, "unique", "error")
    assert problem.next_step == "Keep this row or row 1 of goals.csv"


def test_a_plan_of_no_school_is_an_error(write_plan):
    """A plan that is named after no school, and a file that is no plan, are each named once."""
    folder = write_plan({"012.yml": "goals:\n  - goal_id: G-1\n", "NO.yaml": "goals: []\n"})
    wrong, other = sorted(check_folder(folder), key=lambda one: one.severity)
    assert (wrong.file, wrong.rule, wrong.severity) == ("plans/012.yml", "plan_school", "error")
    assert "0012.yml" in wrong.next_step
    assert (other.file, other.rule, other.severity) == ("plans/NO.yaml", "plan_file", "warning")


def test_terminal_and_page_count_lines(write_plan):
    """What is wrong in a plan file is told by its lines, in the terminal and on the page of the report."""
    folder = write_plan({"0012.yml": "goals:\n  - goal_id: G-1\n    baseline: forty\n"})
    check = check_tables(folder)
    assert "    line 3: forty" in describe_kinds(check.kinds)
    page = write_page(check, name="riverside")
    assert '<h2 id="plans">plans</h2>' in page
    assert '<th scope="col">Line</th>' in page


def test_a_school_id_that_is_no_file_name_is_written_encoded(write_plan):
    """A school whose id has a slash has a plan whose name holds it percent-encoded."""
    schools = (
        "school_id,school_year,school_name,district_id,district_name,level\n11/2,2024-25,Oak,D7,Riverside,elementary\n"
    )
    folder = write_plan(
        {"11%2F2.yml": "goals: [{goal_id: G-1}]\n"},
        schools=schools,
        enrollments="student_id,school_id,school_year,grade\n7,11/2,2024-25,K\n",
        screenings="student_id,school_year,window,measure,school_id,domain,score\n7,2024-25,fall,or,11/2,reading,1\n",
    )
    assert read_table(folder, table="goals")["school_id"].tolist() == ["11/2"]
    assert _problems(folder) == []
