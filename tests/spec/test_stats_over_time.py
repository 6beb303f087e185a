"""Survival, ratios, ranks and rates on tables small enough to work out, and their refusals."""

import math

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.funnel import draw_funnel_of_means, draw_funnel_of_proportions
from mtss_analysis.stats.heaping import find_heap
from mtss_analysis.stats.lead_lag import associate_within, correlate_units
from mtss_analysis.stats.log_rank import compare_survival
from mtss_analysis.stats.ranks import rank_units
from mtss_analysis.stats.rates import estimate_clustered_rate, estimate_rate, estimate_rate_ratio
from mtss_analysis.stats.risk_ratios import Risk, estimate_risk_ratio, find_disproportionality
from mtss_analysis.stats.silence import find_silent_runs
from mtss_analysis.stats.standardise import standardise_mean
from mtss_analysis.stats.survival import estimate_survival
from mtss_analysis.stats.transitions import estimate_transitions


def test_curve_of_five_spells() -> None:
    """Events at 2 and 4 of five spells, one ended unseen at 2 and one at 3: 1 - 1/5, then times 1 - 1/2."""
    found = estimate_survival(
        durations=np.array([2.0, 2.0, 3.0, 4.0, 6.0]), happened=np.array([True, False, False, True, False])
    )
    assert found.survival == pytest.approx([4 / 5, 4 / 5 * 1 / 2])
    assert found.std_errors[1] == pytest.approx(0.4 * math.sqrt(1 / (5 * 4) + 1 / (2 * 1)))
    assert found.quantile().estimate == 4
    assert found.quantile().ci_high is None
    assert found.restricted_mean(6).estimate == pytest.approx(2 * 1 + 2 * 0.8 + 2 * 0.4)


def test_a_spell_counts_from_when_it_is_observed() -> None:
    """A spell seen only after an event was not at risk of it; one that ended at once changes nothing."""
    plain = {"durations": np.array([2.0, 5.0, 6.0, 0.0]), "happened": np.array([True, True, False, False])}
    assert estimate_survival(**plain).at_risk.tolist() == [3, 2]
    late = estimate_survival(**plain, entries=np.array([0.0, 3.0, 0.0, 0.0]))
    assert late.at_risk.tolist() == [2, 2]


def test_a_level_curve_has_its_median_half_way() -> None:
    """Four events at 1, 2, 3, 4: the share is one half from 2 to 3, and the median 2.5."""
    found = estimate_survival(durations=np.arange(1.0, 5.0), happened=np.ones(4, dtype=bool))
    assert found.quantile().estimate == 2.5
    assert (found.ci_low[-1], found.survival[-1], found.std_errors[-1]) == (0, 0, 0)
    assert found.restricted_mean(10).estimate == pytest.approx(2.5)


def test_disproportionality_needs_both_minima() -> None:
    """Cases and students must both reach the minimum; else the alternate ratio, or the reason which is too small."""
    group, others = Risk(cases=20, n=100), Risk(cases=40, n=400)
    assert find_disproportionality(group=group, others=others).ratio.estimate == pytest.approx(20 / 100 / (40 / 400))
    few = Risk(cases=9, n=400)
    state = Risk(cases=5000, n=100_000)
    other = find_disproportionality(group=group, others=few, state_others=state)
    assert other.kind == "alternate risk ratio"
    assert other.ratio.estimate == pytest.approx(0.2 / 0.05)
    with pytest.raises(TooFewError, match="the group has fewer than 10 cases"):
        find_disproportionality(group=Risk(cases=9, n=100), others=others)
    with pytest.raises(TooFewError, match="the group has fewer than 30 students"):
        find_disproportionality(group=Risk(cases=12, n=29), others=others)
    with pytest.raises(TooFewError, match="those of the state are not known"):
        find_disproportionality(group=group, others=few)
    with pytest.raises(TooFewError, match="of the district and of the state"):
        find_disproportionality(group=group, others=few, state_others=few)


def test_risk_ratio_at_the_ends() -> None:
    """Nobody in the group: from 0. Nobody else: up to infinity. All of both: round 1."""
    none = estimate_risk_ratio(cases=0, n=30, comparison_cases=9, comparison_n=60)
    assert none.estimate == none.ci_low == 0
    assert 0 < none.ci_high < 1
    alone = estimate_risk_ratio(cases=9, n=30, comparison_cases=0, comparison_n=60)
    assert alone.estimate == alone.ci_high == math.inf
    assert alone.ci_low > 1
    everybody = estimate_risk_ratio(cases=30, n=30, comparison_cases=60, comparison_n=60)
    assert everybody.ci_low < everybody.estimate == 1 < everybody.ci_high


def test_ranks_of_far_and_of_equal_units() -> None:
    """Units far apart have their rank for sure; equal ones span nearly all ranks; the same seed gives the same."""
    far = rank_units(estimates=np.array([0.0, 50.0, 100.0]), std_errors=np.ones(3))
    assert far.ci_low.tolist() == far.ci_high.tolist() == [1, 2, 3]
    equal = rank_units(estimates=np.zeros(20), std_errors=np.ones(20))
    assert (equal.ci_low <= 2).all()
    assert (equal.ci_high >= 19).all()
    again = rank_units(estimates=np.zeros(20), std_errors=np.ones(20))
    assert (again.expected == equal.expected).all()


def test_rates_at_zero() -> None:
    """No event in 100 student days: from 0 to 3.69 in a hundred; a ratio to nothing has no upper limit."""
    assert estimate_rate(events=0, exposure=100).ci_high == pytest.approx(-math.log(0.025) / 100)
    assert estimate_rate_ratio(events=3, exposure=1, reference_events=0, reference_exposure=1).ci_high == math.inf


def test_transitions_of_ten_students() -> None:
    """Eight in Tier 1 of whom six stay, nobody in Tier 3: shares of eight, and no share of nobody."""
    found = estimate_transitions(
        before=["1"] * 8 + ["2"] * 2,
        after=["1"] * 6 + ["2", "left", "1", "2"],
        origins=["1", "2", "3"],
        destinations=["1", "2", "3", "left"],
    )
    assert found.counts.tolist() == [[6, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert found.shares[0][0] is not None
    assert found.shares[0][0].estimate == 6 / 8
    assert found.shares[2] == (None,) * 4


def test_standardising_to_another_mix() -> None:
    """Means 10 and 20, half and half here: with a reference of three to one, 12.5; what is absent is said."""
    y, kind = np.array([9.0, 11.0, 19.0, 21.0]), ["a", "a", "b", "b"]
    found = standardise_mean(outcome=y, categories=kind, reference={"a": 3, "b": 1, "c": 4})
    assert (found.mean.estimate, found.crude, found.covered_pct) == pytest.approx((12.5, 15, 50))


def test_silence_of_one_unit_among_others() -> None:
    """Of four like units one counts nothing in the last four of twelve periods: those are its run, and unlikely."""
    counts = np.full((4, 12), 20.0)
    counts[2, 8:] = 0
    runs = find_silent_runs(counts=counts, exposure=np.full((4, 12), 100.0))
    assert (runs[2].first, runs[2].last, runs[2].count) == (8, 11, 0)
    assert runs[2].p_value < 0.001
    assert [run.p_value for run in runs if run is not runs[2]] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "refused",
    [
        lambda: estimate_survival(durations=np.array([1.0]), happened=np.array([False])),
        lambda: estimate_survival(durations=np.array([]), happened=np.array([], dtype=bool)),
        lambda: estimate_survival(durations=np.array([3.0, 2.0]), happened=np.array([False, True])).restricted_mean(9),
        lambda: compare_survival(durations=np.array([1.0]), happened=np.array([True]), groups=["a"]),
        lambda: compare_survival(durations=np.ones(2), happened=np.zeros(2, dtype=bool), groups=["a", "b"]),
        lambda: estimate_risk_ratio(cases=0, n=3, comparison_cases=0, comparison_n=4),
        lambda: estimate_risk_ratio(cases=0, n=0, comparison_cases=1, comparison_n=4),
        lambda: rank_units(estimates=np.zeros(2), std_errors=np.ones(2)),
        lambda: draw_funnel_of_means(estimates=np.zeros(1), std_errors=np.ones(1)),
        lambda: draw_funnel_of_proportions(successes=np.ones(1), n=np.ones(1)),
        lambda: estimate_rate(events=0, exposure=0),
        lambda: estimate_clustered_rate(counts=np.zeros(3), exposures=np.ones(3)),
        lambda: estimate_clustered_rate(counts=np.ones(1), exposures=np.ones(1)),
        lambda: estimate_rate_ratio(events=0, exposure=1, reference_events=0, reference_exposure=1),
        lambda: estimate_transitions(before=[], after=[], origins=["1"], destinations=["1"]),
        lambda: standardise_mean(outcome=np.ones(2), categories=["a", "a"], reference={"b": 1}),
        lambda: standardise_mean(outcome=np.ones(2), categories=["a", "a"], reference={"a": 1}, clusters=[1, 1]),
        lambda: correlate_units(first=np.arange(3.0), second=np.arange(3.0)),
        lambda: correlate_units(first=np.ones(5), second=np.arange(5.0)),
        lambda: associate_within(first=np.ones((5, 4)), second=np.ones((5, 4))),
        lambda: find_silent_runs(counts=np.ones((3, 1)), exposure=np.ones((3, 1))),
        lambda: find_heap(values=np.array([1.0, 2.0]), reference=np.array([1.0, 2.0])),
        lambda: find_heap(values=np.array([]), reference=np.array([1.0])),
    ],
)
def test_what_cannot_be_computed_is_refused_with_a_reason(refused) -> None:
    """Each statistic refuses what is too little to compute it from, with a reason that can be printed."""
    with pytest.raises(TooFewError) as caught:
        refused()
    assert not str(caught.value)[0].isupper()
    assert not str(caught.value).endswith(".")
