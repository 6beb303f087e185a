"""docs/plan.md says what the commands, the columns and the faults are."""

import re
from pathlib import Path

import pytest

from mtss_analysis.district.plan_files import read_plan_file
from mtss_analysis.district.schema import read_schema
from mtss_analysis.district.simulate.plan_fault_kinds import ACTION_KINDS, DELIVERABLE_KINDS, GOAL_KINDS
from mtss_analysis.findings.plan.finding_names import FINDING_NAMES

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fault", [*GOAL_KINDS, *ACTION_KINDS, *DELIVERABLE_KINDS], ids=lambda fault: f"{fault.table}-{fault.kind}"
)
def test_every_kind_of_fault_is_documented(fault):
    """Each kind has a row with its requirement, what it means and what to do."""
    (row,) = re.findall(rf"^\|[^|]*`{fault.kind}`[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|$", PAGE, flags=re.MULTILINE)
    requirement, means, what_to_do = (cell.strip() for cell in row)
    assert requirement == fault.requirement
    assert means
    assert what_to_do


def test_columns_that_take_lists_are_named():
    """The page names every column of goals and actions that may hold several values, and no other."""
    (sentence,) = re.findall(r"Columns that may hold several values \(([^)]*)\)", PAGE)
    lists = {field.name for table in ("goals", "actions") for field in read_schema(table).fields if field.is_list}
    assert set(re.findall(r"`(\w+)`", sentence)) == lists


def test_the_example_can_be_read(tmp_path):
    """The plan that the page shows is one that the kit reads without a problem."""
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "0012.yml"
    path.write_text(example, encoding="utf-8")
    file = read_plan_file(path)
    assert file.problems == ()
    assert [len(file.rows[table]) for table in ("goals", "actions", "deliverables")] == [1, 1, 1]


def test_every_finding_that_a_goal_may_answer_is_listed():
    """The page lists each name once, and no other."""
    (listed,) = re.findall(r"\| Second part \|.*\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    names = re.findall(r"`(\w+)`", "".join(row.split("|")[2] for row in listed.splitlines()))
    assert sorted(names) == sorted(FINDING_NAMES)
