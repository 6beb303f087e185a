"""What Table Schema covers, held against frictionless 5.21.0 cell by cell (``make_frictionless.py``)."""

import json
from pathlib import Path

import pytest

from mtss_analysis.district import read_schema
from mtss_analysis.district.check_columns import check_file
from mtss_analysis.district.check_links import check_primary_key
from mtss_analysis.district.files import DataFile
from mtss_analysis.district.problems import list_problems
from mtss_analysis.district.table_rows import TableRows

CASES = json.loads((Path(__file__).parent / "frictionless.json").read_text(encoding="utf-8"))["cases"]
# Errors that Table Schema does not know: years that do not follow each other.
BEYOND_TABLE_SCHEMA = {"school_year"}


def _check(case, folder):
    path = folder / f"{case['table']}.csv"
    path.write_text(case["text"], encoding="utf-8")
    schema = read_schema(case["table"])
    return TableRows(
        schema=schema, files=(check_file(DataFile(path=path, school_id=None), schema=schema, root=folder),)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["table"])
def test_the_same_cells_are_refused(case, tmp_path):
    """The kit refuses exactly the cells that frictionless refuses."""
    problems = list_problems(_check(case, tmp_path).files[0].kinds)
    ours = {
        (problem.row, problem.column)
        for problem in problems
        if problem.severity == "error" and problem.rule not in BEYOND_TABLE_SCHEMA
    }
    theirs = {(row, column) for row, column, _ in case["cells"]}
    assert sorted(ours - theirs) == []
    assert sorted(theirs - ours) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["table"])
def test_the_same_keys_come_twice(case, tmp_path):
    """Of the rows whose key is sound, the kit finds those that frictionless finds to come twice."""
    rows = _check(case, tmp_path)
    key = rows.schema.primary_key
    unsound = {problem.row for problem in list_problems(rows.files[0].kinds) if problem.column in key}
    ours = {problem.row for problem in list_problems(check_primary_key(rows))}
    assert ours == set(case["doubled"]) - unsound


def test_the_stored_results_have_something_to_compare():
    """The stored results hold faults of both kinds, and keys that come twice."""
    kinds = [kind for case in CASES for *_, kind in case["cells"]]
    assert kinds.count("type-error") > 500
    assert kinds.count("constraint-error") > 500
    assert sum(len(case["doubled"]) for case in CASES) > 20
