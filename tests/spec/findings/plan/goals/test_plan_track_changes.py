"""On track since the last packet: what its records said of the same goals, and what became of them."""

import json
from types import SimpleNamespace

import pytest

from mtss_analysis.errors import ParameterError
from mtss_analysis.findings.plan.track_finding import find_track
from mtss_analysis.parameters.earlier import read_earlier
from mtss_analysis.show import check_sentence

COLUMN = "In the last packet"


def _track(desk, *goals, newest=58.0, previous=(), school_id="S1"):
    given = desk.frames(own=(None, 60.0, newest), std_error=0.5, change_error=1.0)
    plan = desk.plan(*goals, school_id=school_id)
    return find_track(plan, settings=desk.settings, comparison=given, previous=previous)


def _publish(desk, *goals, newest=63.0, school_id="S1"):
    """The records of a packet, as its findings.json has them."""
    records = _track(desk, *goals, newest=newest, school_id=school_id).records()
    return json.loads(json.dumps([record.to_dict() for record in records]))


def _cells(finding):
    table = finding.table()
    at = [column.title for column in table.columns].index(COLUMN)
    return {row[0]: row[at] for row in table.rows}


def test_a_verdict_that_changed_is_said(desk):
    """On track in the last packet and behind now: the sentence says so, and the table what it was."""
    finding = _track(desk, desk.goal(), previous=_publish(desk, desk.goal()))
    assert "the verdict has changed on G-1 (from “on track” to “behind”)." in finding.sentence()
    assert _cells(finding) == {"G-1": "was on track"}
    assert "has changed on G-1" in str(finding.records()[0].sentence)
    assert check_sentence(finding.sentence()) == []


def test_a_verdict_that_stayed_is_said(desk):
    """Where the same goal has the same verdict, nothing has changed, whatever its number."""
    finding = _track(desk, desk.goal(), newest=57.0, previous=_publish(desk, desk.goal(), newest=58.0))
    assert "Since the last packet, no goal's verdict has changed." in finding.sentence()
    assert _cells(finding) == {"G-1": "was behind"}


def test_goals_that_came_and_went_are_named(desk):
    """A goal that the last packet did not have is new; one that the plan no longer has is named."""
    finding = _track(desk, desk.goal(), desk.goal(goal_id="G-2"), previous=_publish(desk, desk.goal(goal_id="G-0")))
    assert "G-1 and G-2 are new since the last packet. G-0 of the last packet is no longer in the plan." in (
        finding.sentence()
    )
    assert "verdict" not in finding.sentence()
    assert _cells(finding) == {"G-1": "new", "G-2": "new"}
    assert check_sentence(finding.sentence()) == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"target": 63.0}, "target"),
        ({"target_school_year": "2027-28"}, "target"),
        ({"baseline": 59.9}, "baseline"),
        ({"milestones": ()}, "milestones"),
        ({"statistic": "mean"}, "statistic"),
        ({"student_group": "disability=true"}, "group"),
        ({"baseline": 59.9, "target": 64.0}, "baseline and target"),
    ],
)
def test_another_goal_under_the_same_name_is_not_compared(desk, changed, what):
    """A goal with another measure, baseline, milestone or target is said to be another one and not compared."""
    finding = _track(desk, desk.goal(), previous=_publish(desk, desk.goal(**changed)))
    assert f"G-1 has another {what} than in the last packet, so its verdicts are not compared." in finding.sentence()
    assert "the verdict has changed" not in finding.sentence()
    assert _cells(finding) == {"G-1": f"other {what}"}
    assert check_sentence(finding.sentence()) == []


def test_what_could_not_be_told_is_named_as_that(desk):
    """A verdict that could not be had in the last packet stands in words in the table."""
    previous = _publish(desk, desk.goal())
    previous[1] |= {"verdict": "cannot tell"}
    assert _cells(_track(desk, desk.goal(), previous=previous)) == {"G-1": "could not be told"}


@pytest.mark.parametrize("others", [(), ({"finding": "gap", "district_id": "D", "school_id": "S1"},)])
def test_without_a_course_in_the_last_packet_nothing_is_said(desk, others):
    """No last packet, one without the chapter, and another school's records change nothing."""
    previous = [*others, *_publish(desk, desk.goal(), school_id="S2")]
    finding = _track(desk, desk.goal(), previous=previous)
    assert "last packet" not in finding.sentence()
    assert finding.sentence() == _track(desk, desk.goal()).sentence()
    assert COLUMN not in [column.title for column in finding.table().columns]


def test_a_plan_that_lost_all_its_goals_says_so(desk):
    """Of a plan without goals it is said which the last packet had."""
    finding = _track(desk, previous=_publish(desk, desk.goal()))
    assert finding.sentence().endswith("G-1 of the last packet is no longer in the plan.")


def test_the_earlier_packet_is_found_by_its_place(tmp_path):
    """Schools lie under their id, overviews in a folder of their own; without a packet or a run there is nothing."""
    for place in ("S1", "_district"):
        (tmp_path / "D" / place).mkdir(parents=True)
        (tmp_path / "D" / place / "findings.json").write_text(json.dumps([{"finding": place}]), encoding="utf-8")
    run = SimpleNamespace(previous=tmp_path, path=tmp_path / "run.yml")
    assert read_earlier(run, district_id="D", school_id="S1") == ({"finding": "S1"},)
    assert read_earlier(run, district_id="D", school_id=None) == ({"finding": "_district"},)
    assert read_earlier(run, district_id="D", school_id="S2") == ()
    assert read_earlier(SimpleNamespace(previous=None, path=run.path), district_id="D", school_id="S1") == ()


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]"])
def test_an_earlier_packet_that_cannot_be_read_is_an_error(tmp_path, text):
    """A file that holds no records is named, with what to do."""
    (tmp_path / "D" / "S1").mkdir(parents=True)
    (tmp_path / "D" / "S1" / "findings.json").write_text(text, encoding="utf-8")
    run = SimpleNamespace(previous=tmp_path, path=tmp_path / "run.yml")
    with pytest.raises(ParameterError, match=r"`previous` out of run\.yml"):
        read_earlier(run, district_id="D", school_id="S1")
