"""Who was assigned to which arm, when, and where: only what chance decided counts."""

import pandas as pd
import pytest

from mtss_analysis.measures import arms_in_year, assign_arms
from mtss_analysis.measures.arms import is_true

INTERVENTIONS = pd.DataFrame(
    {"intervention_id": ["small", "regular", "tutoring"], "assignment": ["random", "random", "selected"]}
)


def _serve(*rows: tuple[str, str, str, str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["student_id", "intervention_id", "start_date", "school_id", "assigned"])
    return frame.assign(start_date=pd.to_datetime(frame["start_date"]))


def _arm(arms: pd.DataFrame, *, year: str) -> dict[str, str]:
    last = arms_in_year(arms, school_year=year)
    return dict(zip(last["student_id"], last["arm"], strict=True))


def test_a_later_move_that_chance_did_not_decide_does_not_count():
    """A student drawn into a regular class who moves to a small one stays in the regular arm."""
    services = _serve(
        ("1", "regular", "1985-09-01", "0012", True),
        ("1", "small", "1986-09-01", "0012", False),
        ("1", "small", "1987-09-01", "0012", None),
    )
    arms = assign_arms(services=services, interventions=INTERVENTIONS)
    assert _arm(arms, year="1987-88") == {"1": "regular"}


def test_a_second_draw_counts_from_its_year_on():
    """A student drawn again is in the first arm before and in the second from then on; the first place is kept."""
    services = _serve(
        ("1", "regular", "1985-09-01", "0012", True),
        ("1", "small", "1986-09-01", "0099", True),
    )
    arms = assign_arms(services=services, interventions=INTERVENTIONS)
    assert _arm(arms, year="1985-86") == {"1": "regular"}
    assert _arm(arms, year="1986-87") == {"1": "small"}
    assert arms[["first_year", "first_school_id"]].drop_duplicates().to_numpy().tolist() == [["1985-86", "0012"]]


def test_nobody_is_in_an_arm_before_the_draw():
    """A student drawn in the second year is in no arm in the first."""
    arms = assign_arms(services=_serve(("1", "small", "1986-09-01", "A", True)), interventions=INTERVENTIONS)
    assert _arm(arms, year="1985-86") == {}


def test_an_arm_that_chance_did_not_fill_is_no_arm():
    """Assignment by judgement, and arms of interventions that are not random, are left out."""
    services = _serve(("1", "tutoring", "1985-09-01", "A", True), ("2", "small", "1985-09-01", "A", False))
    assert assign_arms(services=services, interventions=INTERVENTIONS).empty


def test_a_mover_keeps_the_arm_and_the_first_school():
    """A student who changes schools is compared within the school at which chance decided."""
    services = _serve(("1", "small", "1985-09-01", "0012", True), ("1", "small", "1986-09-01", "0034", True))
    arms = assign_arms(services=services, interventions=INTERVENTIONS)
    last = arms_in_year(arms, school_year="1986-87").iloc[0]
    assert (last["arm"], last["first_school_id"], last["since"]) == ("small", "0012", "1986-87")


def test_the_first_district_is_kept_where_districts_are_named():
    """Where the services of several districts stand together, the district of the first draw is told as well."""
    services = _serve(("1", "small", "1985-09-01", "0012", True)).assign(district_id="D7")
    assert assign_arms(services=services, interventions=INTERVENTIONS)["first_district_id"].tolist() == ["D7"]


def test_two_draws_in_one_year_give_one_arm():
    """Of two assignments in the same year the first counts, whatever the order of the rows."""
    services = _serve(("1", "small", "1985-11-01", "A", True), ("1", "regular", "1985-09-01", "A", True))
    arms = assign_arms(services=services, interventions=INTERVENTIONS)
    assert arms["arm"].tolist() == ["regular"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([True, False, None], dtype="boolean"), [True, False, False]),
        (pd.Series(["yes", "TRUE", "1", "no", "", None], dtype="str"), [True, True, True, False, False, False]),
        (pd.Series([], dtype="boolean"), []),
    ],
)
def test_missing_is_not_yes(values, expected):
    """Only true, yes and 1 mean yes; missing does not."""
    assert is_true(values).tolist() == expected
