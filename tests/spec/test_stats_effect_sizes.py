"""Effect sizes and evidence standards on small numbers."""

import math

import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import (
    GroupSummary,
    estimate_cox_index,
    estimate_expected_gain,
    estimate_gain_difference,
    estimate_smd,
    find_essa_tier,
    find_improvement_index,
    judge_attrition,
    judge_equivalence,
    rate_design,
    summarise_group,
)
from mtss_analysis.stats.attrition import (
    CAUTIOUS_BOUNDARY_PCT,
    OPTIMISTIC_BOUNDARY_PCT,
    find_attrition_limit,
)


def test_smd_of_six_students() -> None:
    """Groups {6, 7, 5} and {4, 5, 6} have SD 1, d 1 and g = 1 - 3/(4·6 - 9) = 0.8."""
    found = estimate_smd(treated=summarise_group([6, 7, 5]), comparison=summarise_group([4, 5, 6]))
    assert found.sd_pooled == pytest.approx(1)
    assert found.g == pytest.approx(0.8)
    assert found.std_error == pytest.approx(math.sqrt(1 / 3 + 1 / 3 + 0.8**2 / 12))


def test_clusters_without_correlation_are_students() -> None:
    """With an intraclass correlation of zero the clustered effect is the effect of students."""
    groups = {"treated": GroupSummary(n=40, mean=3, sd=2), "comparison": GroupSummary(n=50, mean=2, sd=1)}
    plain, clustered = estimate_smd(**groups), estimate_smd(**groups, mean_cluster_size=9, icc=0)
    assert clustered == plain


def test_clusters_widen_the_error() -> None:
    """The same effect in clusters has a larger standard error and fewer degrees of freedom."""
    groups = {"treated": GroupSummary(n=40, mean=3, sd=2), "comparison": GroupSummary(n=50, mean=2, sd=1)}
    plain, clustered = estimate_smd(**groups), estimate_smd(**groups, mean_cluster_size=9, icc=0.2)
    assert clustered.std_error > plain.std_error
    assert clustered.df < plain.df


@pytest.mark.parametrize(
    ("treated", "comparison", "size", "message"),
    [
        (GroupSummary(n=1, mean=1, sd=0), GroupSummary(n=9, mean=1, sd=1), 1, "1 students"),
        (GroupSummary(n=5, mean=1, sd=0), GroupSummary(n=9, mean=1, sd=0), 1, "the same outcome"),
        (GroupSummary(n=5, mean=1, sd=1), GroupSummary(n=5, mean=1, sd=1), 25, "too few clusters"),
    ],
)
def test_smd_that_has_no_size_is_refused(
    treated: GroupSummary, comparison: GroupSummary, size: float, message: str
) -> None:
    """One student, no spread, or clusters as large as the study give a reason and no number."""
    with pytest.raises(TooFewError, match=message):
        estimate_smd(treated=treated, comparison=comparison, mean_cluster_size=size, icc=0.2)


def test_gain_difference_standardises_each_measure_by_its_own_spread() -> None:
    """After less before, each in its own SD: 1.0 of 10 points less 0.5 of 2 points, both with N = 40."""
    found = estimate_gain_difference(
        treated_before=GroupSummary(n=20, mean=11, sd=2),
        comparison_before=GroupSummary(n=20, mean=10, sd=2),
        treated_after=GroupSummary(n=20, mean=110, sd=10),
        comparison_after=GroupSummary(n=20, mean=100, sd=10),
    )
    omega = 1 - 3 / (4 * 40 - 9)
    assert found.g == pytest.approx(omega * (1.0 - 0.5))
    assert found.std_error == pytest.approx(math.sqrt(2 * 0.5 * (1 / 20 + 1 / 20) + found.g**2 / (2 * 38)))


def test_cox_index() -> None:
    """80 against 60 percent are (ln 4 - ln 1.5) / 1.65 standard deviations."""
    found = estimate_cox_index(treated_share=0.8, comparison_share=0.6)
    assert found == pytest.approx((math.log(4) - math.log(1.5)) / 1.65)


@pytest.mark.parametrize("shares", [(0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1)])
def test_cox_index_of_none_or_all_is_refused(shares: tuple[float, float]) -> None:
    """Odds of none and of all have no size, and none is made up."""
    with pytest.raises(TooFewError, match="odds"):
        estimate_cox_index(treated_share=shares[0], comparison_share=shares[1])


def test_improvement_index() -> None:
    """An effect of zero is worth nothing, .25 nearly 10 percentile points."""
    assert find_improvement_index(0) == 0
    assert round(find_improvement_index(0.25), 1) == 9.9


def test_regression_to_the_mean_of_the_bottom_fifth() -> None:
    """The bottom 20 percent rise by .28 standard deviations where tests correlate .8, and by none where 1."""
    assert round(estimate_expected_gain(share_selected=0.2, correlation=0.8), 2) == 0.28
    assert estimate_expected_gain(share_selected=0.2, correlation=1) == 0


@pytest.mark.parametrize(
    ("g", "adjusted", "verdict"),
    [
        (0.05, False, "satisfied"),
        (-0.05, False, "satisfied"),
        (0.0501, False, "not satisfied"),
        (0.0501, True, "satisfied with adjustment"),
        (-0.25, True, "satisfied with adjustment"),
        (0.2501, True, "not satisfied"),
    ],
)
def test_equivalence_bounds(g: float, adjusted: bool, verdict: str) -> None:
    """Both bounds belong to the better verdict, whatever the sign."""
    assert judge_equivalence(g=g, adjusted=adjusted) == verdict


def test_attrition_boundaries_are_whole() -> None:
    """The cautious boundary ends at 57 percent, the optimistic, never stricter, at 65."""
    assert (len(CAUTIOUS_BOUNDARY_PCT), len(OPTIMISTIC_BOUNDARY_PCT)) == (58, 66)
    pairs = zip(CAUTIOUS_BOUNDARY_PCT, OPTIMISTIC_BOUNDARY_PCT, strict=False)
    assert all(cautious < optimistic for cautious, optimistic in pairs)
    assert (CAUTIOUS_BOUNDARY_PCT[10], OPTIMISTIC_BOUNDARY_PCT[20]) == (6.3, 10.0)
    assert (CAUTIOUS_BOUNDARY_PCT[30], OPTIMISTIC_BOUNDARY_PCT[50]) == (4.1, 3.7)


def test_attrition_limit_between_whole_percent() -> None:
    """Half-way between rows the limit is half-way; past the last row there is none."""
    limit = find_attrition_limit(overall_pct=18.5, boundary=CAUTIOUS_BOUNDARY_PCT)
    assert limit == pytest.approx((5.7 + 5.5) / 2)
    assert find_attrition_limit(overall_pct=57, boundary=CAUTIOUS_BOUNDARY_PCT) == 0
    assert find_attrition_limit(overall_pct=57.01, boundary=CAUTIOUS_BOUNDARY_PCT) is None


@pytest.mark.parametrize(
    ("kept", "level"),
    [
        ((100, 100), "low"),
        ((93, 97), "low"),
        ((91, 99), "low only if unrelated to the programme"),
        ((80, 99), "high"),
    ],
)
def test_attrition_levels(kept: tuple[int, int], level: str) -> None:
    """Of 100 and 100: none and 4 points are low; 8 points low by the optimistic boundary alone; 19 high."""
    found = judge_attrition(
        treated_assigned=100, treated_kept=kept[0], comparison_assigned=100, comparison_kept=kept[1]
    )
    assert found.level == level
    assert found.overall_pct == pytest.approx((200 - sum(kept)) / 2)
    assert found.differential_pct == pytest.approx(abs(kept[0] - kept[1]))


LOW = judge_attrition(treated_assigned=100, treated_kept=95, comparison_assigned=100, comparison_kept=96)
MIDDLE = judge_attrition(treated_assigned=100, treated_kept=91, comparison_assigned=100, comparison_kept=99)


@pytest.mark.parametrize(
    ("change", "rating"),
    [
        ({}, "without reservations"),
        ({"attrition": MIDDLE}, "with reservations"),
        ({"attrition": MIDDLE, "boundary": "optimistic"}, "without reservations"),
        ({"attrition": None}, "with reservations"),
        ({"attrition": None, "baseline_g": {}}, "does not meet standards"),
        ({"assignment": "not randomised"}, "with reservations"),
        ({"assignment": "not randomised", "adjusted": False}, "does not meet standards"),
        ({"assignment": "not randomised", "baseline_g": {"reading": 0.3}}, "does not meet standards"),
        (
            {"assignment": "not randomised", "baseline_g": {"reading": 0.01, "math": 0.3}},
            "does not meet standards",
        ),
        ({"n_units_treated": 1}, "does not meet standards"),
    ],
)
def test_rating(change: dict[str, object], rating: str) -> None:
    """Chance and low attrition give the highest rating; equivalence can give the second."""
    study = {
        "assignment": "randomised",
        "n_units_treated": 5,
        "n_units_comparison": 5,
        "attrition": LOW,
        "baseline_g": {"reading": 0.2},
        "adjusted": True,
    }
    found = rate_design(**(study | change))
    assert found.rating == rating
    assert found.reasons


@pytest.mark.parametrize(
    ("change", "tier"),
    [
        ({}, 1),
        ({"rating": "with reservations"}, 2),
        ({"n_sites": 1}, 3),
        ({"n_students": 349}, 3),
        ({"rating": "does not meet standards"}, 3),
        ({"rating": "does not meet standards", "controlled": False}, 4),
        ({"rating": "does not meet standards", "controlled": False, "rationale": False}, None),
        ({"positive": False}, 4),
        ({"positive": False, "rationale": False}, None),
    ],
)
def test_essa_tier(change: dict[str, object], tier: int | None) -> None:
    """Tiers 1 and 2 take 350 students and two schools; one school reaches tier 3 at most."""
    study = {
        "rating": "without reservations",
        "positive": True,
        "n_students": 350,
        "n_sites": 2,
        "controlled": True,
        "rationale": True,
    }
    found = find_essa_tier(**(study | change))
    assert found.tier == tier
    assert (found.reasons == ()) == (tier == 1)
