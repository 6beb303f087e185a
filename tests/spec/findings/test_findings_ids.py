"""Ids are the district's own: the same id in two districts or schools is another school, child, teacher or room."""

from dataclasses import replace

import pandas as pd
import pytest

from mtss_analysis.district import open_state
from mtss_analysis.findings.comparison import Comparison, prepare_comparison

IDS = ["school_id", "district_id"]


def _rewrite(folder, old, new):
    for path in sorted(folder.rglob("*.csv")):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def _assert_same(one: Comparison, other: Comparison) -> None:
    assert list(one.frames) == list(other.frames)
    for name in one.frames:
        frames = [comparison.frame(name).drop(columns=IDS, errors="ignore") for comparison in (one, other)]
        pd.testing.assert_frame_equal(*frames, rtol=1e-4, atol=1e-4, obj=name)


def test_two_districts_may_use_the_same_ids(ask_state):
    """Where two districts number schools, students and teachers alike, every number is as with different ids."""
    asked = ask_state()
    _rewrite(asked.state.folder / "D2", "0021", "0012")
    state = open_state(asked.state.folder)
    assert state.roster["school_id"].tolist() == ["0012", "0013", "0012"]
    _assert_same(prepare_comparison(state, settings=asked.settings), asked.comparison)


def test_a_child_who_changes_districts_keeps_the_draw(ask_state):
    """Where the state gives out ids, a child who moves to another district stays in the arm that chance gave it."""
    asked = ask_state()
    followed = replace(asked.settings, student_ids="state")
    before = prepare_comparison(asked.state, settings=followed).frame("pooled").set_index("school_year")
    _rewrite(asked.state.folder / "D2", "0021-00000,usual,2021-09-01,0021,yes", "0021-00000,usual,2021-09-01,0021,no")
    without = prepare_comparison(asked.state, settings=followed).frame("pooled").set_index("school_year")
    assert (without["assigned_comparison"] == before["assigned_comparison"] - 1).all()
    home = asked.state.folder / "D1"
    with (home / "services.csv").open("a", encoding="utf-8") as file:
        file.write("0021-00000,usual,2021-09-01,0012,yes\n")
    again = prepare_comparison(asked.state, settings=followed).frame("pooled").set_index("school_year")
    assert again["assigned_comparison"].tolist() == before["assigned_comparison"].tolist()
    assert again["attrition_overall_pct"].tolist() == [0, 0, 0]


def test_rooms_are_numbered_within_schools(ask_state):
    """Where no teacher is recorded, room R1 of one school and room R1 of another are two clusters."""

    def forget_teachers(tables):
        tables["enrollments"]["teacher_id"] = None

    factors = ask_state(change=forget_teachers).comparison.frame("factors")
    by_sex = factors[factors["factor"] == "sex"]
    assert set(by_sex["n_clusters"]) == {3 * 4 * 3}


def test_a_service_without_a_school_is_given_where_the_student_is_enrolled(ask_state, tmp_path):
    """Services that name no school are compared within the school of enrolment, not across all schools."""
    asked = ask_state()
    for path in sorted(asked.state.folder.rglob("services.csv")):
        services = pd.read_csv(path, dtype="str")
        services.assign(school_id=None).to_csv(path, index=False)
    again = prepare_comparison(asked.state, settings=asked.settings)
    pd.testing.assert_frame_equal(again.frame("pooled"), asked.comparison.frame("pooled"))
    pd.testing.assert_frame_equal(again.frame("effects"), asked.comparison.frame("effects"))


@pytest.mark.parametrize("school_id", ["0012", "0013"])
def test_zeros_of_ids_are_kept_in_records(ask_state, school_id):
    """A school id that begins with zeros stands in every record as the district writes it."""
    records = [one for finding in ask_state().find_all(school_id) for one in finding.records()]
    assert {one.school_id for one in records} == {school_id, None}
    assert {one.district_id for one in records} == {"D1"}
