"""How much observers differ, and what that does to a school's share and its comparison, by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.breakdown_finding import find_breakdown
from mtss_analysis.findings.implementation.facts import FRAME
from mtss_analysis.findings.implementation.observer_variance import (
    ObserverVariance,
    add_observers,
    compare_means,
    estimate_observer_variance,
    widen_mean,
)
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

from .conftest import Tables, about, compare, draw_district

HAND = ObserverVariance(variance=1700.0, spread=1800.0, df=1)


def estimate(*rows: tuple[str, str, str, float]) -> ObserverVariance | None:
    """Estimate from rows of practice, school, observer and outcome."""
    practices, schools, observers, outcome = zip(*rows, strict=True)
    texts = [np.array(one, dtype="U") for one in (practices, schools, observers)]
    return estimate_observer_variance(
        outcome=np.array(outcome), practices=texts[0], schools=texts[1], observers=texts[2]
    )


def see(school: str, observers: str, *, practice: str = "p") -> list[tuple[str, str, str, float]]:
    """List two lessons of each observer that differ by 20, those of the next observer 60 lower."""
    means = range(90, -100, -60)
    return [
        (practice, school, one, float(mean + side))
        for one, mean in zip(observers, means, strict=False)
        for side in (-10, 10)
    ]


def mean(value: float, *, variance: float, df: float) -> Estimate:
    """A mean by its variance."""
    return make_t_estimate(estimate=value, std_error=math.sqrt(variance), df=df)


def test_two_observers_by_hand() -> None:
    """Lessons 80, 100 and 20, 40: within 400/2 = 200, among 4 · 30² = 3600, two each, so (3600 − 200)/2 and 60²/2."""
    found = estimate(*see("s", "AB"))
    assert found == ObserverVariance(variance=pytest.approx(1700), spread=pytest.approx(60**2 / 2), df=1)


def test_practices_tell_of_the_same_observers() -> None:
    """The same in two practices is as large, and known no better: strictness is the observer's, whatever is seen."""
    both = estimate(*see("s", "AB"), *see("s", "AB", practice="q"))
    assert both is not None
    assert both.variance == pytest.approx(1700)
    assert both.df == 1


@pytest.mark.parametrize(
    ("schools", "df"),
    [
        ({"s": "AB", "t": "CD", "u": "EF"}, 6 - 3),
        ({"s": "AB", "t": "AB", "u": "AB"}, 2 - 1),
        ({"s": "AB", "t": "BC", "u": "E"}, 4 - 2),
    ],
)
def test_an_observer_counts_once_and_a_group_of_linked_schools_costs_one(schools: dict[str, str], df: int) -> None:
    """Degrees of freedom are observers less groups of schools that share observers."""
    found = estimate(*(row for school, observers in schools.items() for row in see(school, observers)))
    assert found is not None
    assert found.df == df


def test_differences_between_schools_are_not_those_of_observers() -> None:
    """A school that is 50 lower throughout changes nothing."""
    lower = [(practice, school, one, value - 50) for practice, school, one, value in see("t", "CD")]
    found = estimate(*see("s", "AB"), *lower)
    assert found is not None
    assert found.variance == pytest.approx(1700)


def test_where_no_school_has_two_observers_nothing_is_seen() -> None:
    """One observer in every school, or none known: strictness and school are the same thing."""
    assert estimate(*see("s", "A"), *see("t", "B")) is None
    assert estimate(*((practice, school, "", value) for practice, school, _, value in see("s", "AB"))) is None


def test_a_mean_is_as_unsure_as_its_teachers_and_its_observers() -> None:
    """Two observers with half of the lessons each: 100 + 1700/2, with Satterthwaite's degrees of freedom."""
    found = widen_mean(mean(60, variance=100, df=9), observers=np.array(["A", "B", "A", "B"]), variance=HAND)
    assert found.estimate == 60
    assert found.std_error == pytest.approx(math.sqrt(100 + 1700 / 2))
    assert found.df == pytest.approx((100 + 1700 / 2) ** 2 / (100**2 / 9 + (1800 / 2) ** 2 / 1))


def test_observers_who_do_not_differ_leave_the_error_and_cost_degrees_of_freedom() -> None:
    """A variance of zero that a single degree of freedom stands behind is no certainty."""
    found = widen_mean(
        mean(60, variance=100, df=9),
        observers=np.array(["A", "B"]),
        variance=ObserverVariance(variance=0.0, spread=40.0, df=1),
    )
    assert found.std_error == pytest.approx(10)
    assert found.df == pytest.approx(100**2 / (100**2 / 9 + 20**2))


def test_unseen_observers_add_nothing_to_a_mean() -> None:
    """Where observers cannot be told apart the mean is left as it is."""
    alone = mean(60, variance=100, df=9)
    assert widen_mean(alone, observers=np.array(["A", "A"]), variance=None) is alone


def test_a_difference_has_the_observers_of_either_side() -> None:
    """All lessons of a school by one, half and half of the others by two: 1700 · (1 + 1/4 + 1/4)."""
    found = compare_means(
        mean(40, variance=100, df=9),
        mean(60, variance=25, df=30),
        my_observers=np.array(["A", "A"]),
        their_observers=np.array(["B", "C"]),
        variance=HAND,
    )
    assert found.estimate == -20
    assert found.std_error == pytest.approx(math.sqrt(100 + 25 + 1700 * 1.5))
    assert found.df == pytest.approx((125 + 1700 * 1.5) ** 2 / (100**2 / 9 + 25**2 / 30 + (1800 * 1.5) ** 2))


@pytest.mark.parametrize("variance", [HAND, None])
def test_the_same_observers_on_both_sides_cancel_out(variance: ObserverVariance | None) -> None:
    """Two people who saw half of the lessons on either side make no difference, known or not."""
    found = compare_means(
        mean(40, variance=100, df=9),
        mean(60, variance=25, df=30),
        my_observers=np.array(["A", "B"]),
        their_observers=np.array(["A", "B", "B", "A"]),
        variance=variance,
    )
    assert found.std_error == pytest.approx(math.sqrt(125))
    assert found.df == pytest.approx(125**2 / (100**2 / 9 + 25**2 / 30))


def test_different_observers_of_whom_nothing_is_known_cannot_be_compared() -> None:
    """Without a variance a school and another person's strictness are the same thing."""
    with pytest.raises(TooFewError, match="how much observers differ"):
        compare_means(
            mean(40, variance=100, df=9),
            mean(60, variance=25, df=30),
            my_observers=np.array(["A"]),
            their_observers=np.array(["B"]),
            variance=None,
        )


def test_of_two_observers_the_first_is_added() -> None:
    """By the order of ids; nobody where nobody is recorded, or no column is there."""
    day = pd.to_datetime(["2025-09-01", "2025-09-02"])
    lessons = pd.DataFrame({"district_id": "D", "staff_id": "T", "date": day, "practice": "p"})
    visits = lessons.iloc[[0, 0, 1]].assign(observer_id=["O2", "O1", None])
    assert add_observers(lessons, walkthroughs=visits)["observer_id"].fillna("").tolist() == ["O1", ""]
    assert add_observers(lessons, walkthroughs=lessons)["observer_id"].isna().all()


def _of_own_school(tables: Tables) -> Tables:
    visits = tables["walkthroughs"]
    return {**tables, "walkthroughs": visits.assign(observer_id=visits["school_id"] + visits["observer_id"])}


def test_a_schools_range_is_wider_where_its_observers_differ(broken: Tables) -> None:
    """Where the second observer of each school never sees the practice, the share of a school is far less sure."""
    tables = _of_own_school(broken)
    visits = tables["walkthroughs"]
    strict = visits.assign(implemented=visits["implemented"].where(visits["observer_id"].str.endswith("O0"), 0))
    errors = []
    for drawn in (visits, strict):
        facts = compare({**tables, "walkthroughs": drawn}).frame(FRAME)
        errors.append(facts[(facts["topic"] == "building") & (facts["school_id"] != "")]["std_error"].mean())
    assert errors[1] > 3 * errors[0]


def test_what_is_allowed_for_is_said(broken: Tables) -> None:
    """The caveats say that observers are allowed for, and schools have a q-value."""
    found = find_breakdown(**about(_of_own_school(broken)))
    assert any("some are stricter than others" in caveat for caveat in found[0].kept_in_mind)
    shares = [one for one in found[0].published if one.finding == "practice_share_of_school" and one.school_id]
    assert shares
    assert all(one.q_value is not None for one in shares)


@pytest.mark.parametrize(
    ("known", "reason"), [(False, "who observed is not recorded"), (True, "no school has two observers")]
)
def test_schools_are_not_compared_where_observers_cannot_be_told_apart(known: bool, reason: str) -> None:
    """Nobody recorded, or one in every school: no verdict on a school, and the reason."""
    tables = draw_district(observers=1)
    visits = tables["walkthroughs"]
    tables["walkthroughs"] = visits.assign(observer_id="O" + visits["school_id"] if known else None)
    found = find_breakdown(**about(tables))
    assert any("Schools are not compared" in caveat and reason in caveat for caveat in found[0].kept_in_mind)
    shares = [one for one in found[0].published if one.finding == "practice_share_of_school" and one.school_id]
    assert shares
    assert all(one.verdict is None and one.q_value is None for one in shares)


def test_one_observer_of_all_schools_does_not_stand_in_the_way() -> None:
    """Who saw all schools is as strict in each: they are compared, and nothing need be said."""
    found = find_breakdown(**about(draw_district(observers=1)))
    assert not any("observe" in caveat and "strict" in caveat for caveat in found[0].kept_in_mind)
    shares = [one for one in found[0].published if one.finding == "practice_share_of_school" and one.school_id]
    assert all(one.q_value is not None for one in shares)
