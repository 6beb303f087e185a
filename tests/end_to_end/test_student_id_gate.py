"""The last gate before publication reads words for student ids, and lets a count that equals an id pass."""

import json

import pytest

pytestmark = pytest.mark.xdist_group("student_id_gate")

STUDENT = "24535"
COUNT = """\
from mtss_analysis.findings.record import Record
from mtss_analysis.show.display import RecordSet, Text
counted = Record(finding="size", requirement="R8", district_id=district_id, school_id=school_id, n=24535)
RecordSet(records=[counted.to_dict()])"""
SAY = """\
told = Record(
    finding="size", requirement="R8", district_id=district_id, school_id=school_id, sentence="Ask student 24535."
)
RecordSet(records=[told.to_dict()])"""


@pytest.fixture
def numbered(project):
    """Give a project with a student whose id is a number."""
    for table in ("enrollments", "screenings"):
        path = project.data / f"{table}.csv"
        text = path.read_text(encoding="utf-8")
        assert "\n7-12," in text
        path.write_text(text.replace("\n7-12,", f"\n{STUDENT},"), encoding="utf-8")
    return project


def test_a_count_may_equal_a_student_id(numbered, mtss):
    """A record whose count equals a student's id is published: a count names nobody."""
    numbered.write_notebook("short", COUNT, 'Text(markdown="Here it is.")')
    ended = mtss("run", numbered.run_file, "--school", "7", "--renderer", "builtin")
    assert ended.exit_code == 0, ended.out
    found = json.loads((numbered.reports / "NO" / "7" / "findings.json").read_text(encoding="utf-8"))
    assert [record["n"] for record in found] == [int(STUDENT)]


def test_a_student_id_in_a_sentence_is_refused(numbered, mtss):
    """The same number in the sentence of a record stops the packet with exit code 3, and is not repeated."""
    numbered.write_notebook("short", COUNT, SAY, 'Text(markdown="Here it is.")')
    ended = mtss("run", numbered.run_file, "--school", "7", "--renderer", "builtin")
    assert ended.exit_code == 3
    assert "Student ids stand in the words of findings.json" in ended.out
    assert STUDENT not in ended.out + ended.err + (numbered.reports / "run.json").read_text(encoding="utf-8")
    assert not (numbered.reports / "NO" / "7").exists()
