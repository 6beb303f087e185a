"""Arithmetic of the designs' statistics, and the reasons for which each declines."""

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.did import estimate_staggered
from mtss_analysis.stats.discontinuity import (
    check_covariates,
    check_heaping,
    describe_dose,
    estimate_honest_jump,
    estimate_jump,
    vary_bandwidth,
)
from mtss_analysis.stats.growth import fit_growth, model
from mtss_analysis.stats.matching import balance_entropy, estimate_weighted_effect, find_effective_size
from mtss_analysis.stats.ratio_interval import find_standardised_limits
from mtss_analysis.stats.series import estimate_interruption, fit_newey_west, fit_series
from mtss_analysis.stats.single_case import estimate_design_comparable, estimate_response_ratio, measure_overlap

NEVER = np.inf


def _panel(table: np.ndarray, starts: list[float]) -> dict[str, np.ndarray]:
    units, periods = table.shape
    return {
        "outcome": table.ravel().astype(float),
        "unit": np.repeat([f"{i:04d}" for i in range(units)], periods),
        "period": np.tile(2019.0 + np.arange(periods), units),
        "start": np.repeat(np.asarray(starts, dtype=float), periods),
    }


@pytest.fixture
def scores() -> dict[str, np.ndarray]:
    """Four hundred whole-number scores, and outcomes on a line that jumps down by 5 at the cut of 40."""
    rng = np.random.default_rng(0)
    score = np.round(rng.normal(45, 12, 400))
    return {"score": score, "outcome": 0.5 * score - 5 * (score >= 40) + rng.normal(size=400)}


def test_group_time_effect_is_a_difference_of_differences() -> None:
    """(16 - 10) for those who start, less (12 - 11) for those who wait, is 5."""
    table = np.array([[10, 16], [12, 18], [8, 14], [11, 12], [13, 14], [9, 10]]) + np.array(
        [[0, 0.3], [0, -0.3], [0, 0], [0, 0.3], [0, -0.3], [0, 0]]
    )
    found = estimate_staggered(**_panel(table, [2020, 2020, 2020, NEVER, NEVER, NEVER]))
    assert found.overall.estimate == pytest.approx((16 - 10) - (12 - 11))
    assert [(cell.start, cell.period, cell.n_treated, cell.n_waiting) for cell in found.group_time] == [
        (2020, 2020, 3, 3)
    ]
    assert found.pre_trend is None
    # Two groups of three with a shared variance of the change of 0.09: a t test with four degrees of freedom.
    assert found.overall.std_error == pytest.approx(np.sqrt(0.09 * (1 / 3 + 1 / 3)))
    assert found.overall.df == pytest.approx(4)


def test_those_who_start_later_are_compared_with_until_they_start() -> None:
    """A school that starts in 2022 serves as comparison in 2021 and no longer in 2022."""
    rng = np.random.default_rng(1)
    starts = [2021.0] * 4 + [2022.0] * 4
    found = estimate_staggered(**_panel(rng.normal(size=(8, 4)), starts))
    after = [(cell.start, cell.period) for cell in found.group_time if cell.relative >= 0]
    assert after == [(2021, 2021)]


@pytest.mark.parametrize(
    ("starts", "reason"),
    [
        ([NEVER] * 6, "no unit starts"),
        ([2021] * 6, "still without"),
        ([2019] * 3 + [NEVER] * 3, "no unit starts"),
        ([2020, 2021, NEVER], "too few"),
    ],
)
def test_staggered_declines(starts: list[float], reason: str) -> None:
    """Nobody treated, everybody at once, everybody from the start, three schools: each has its reason."""
    table = np.random.default_rng(2).normal(size=(len(starts), 4))
    with pytest.raises(TooFewError, match=reason):
        estimate_staggered(**_panel(table, starts))


def test_schools_with_gaps_are_left_out_and_counted() -> None:
    """A school without an outcome in one year is not used."""
    panel = _panel(np.random.default_rng(3).normal(size=(9, 4)), [2021] * 4 + [NEVER] * 5)
    shorter = {name: values[1:] for name, values in panel.items()}
    found = estimate_staggered(**shorter)
    assert (found.n_units, found.n_left_out_gaps) == (8, 1)


def test_jump_is_positive_where_the_programme_helps_those_below(scores: dict[str, np.ndarray]) -> None:
    """Those below the cut are 5 higher than the line above it would have them."""
    found = estimate_jump(**scores, cut=40.0)
    assert found.effect.ci_low < 5 < found.effect.ci_high
    assert found.effect.estimate == pytest.approx(5, abs=1.5)
    turned = estimate_jump(**scores, cut=40.0, treated_below=False)
    assert turned.effect.estimate == pytest.approx(-found.effect.estimate)


def test_jump_is_quiet_and_repeats(scores: dict[str, np.ndarray], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, and the same data give the same numbers."""
    clusters = np.arange(400) % 10
    first = [estimate_jump(**scores, cut=40.0), estimate_jump(**scores, cut=40.0, clusters=clusters)]
    assert first == [estimate_jump(**scores, cut=40.0), estimate_jump(**scores, cut=40.0, clusters=clusters)]
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_cut_nobody_is_near_is_declined(scores: dict[str, np.ndarray]) -> None:
    """With nobody below, few below, or nobody close, no jump is estimated."""
    for cut in (-50.0, 21.0, 200.0):
        with pytest.raises(TooFewError, match=r"below|above"):
            estimate_jump(**scores, cut=cut)
    with pytest.raises(TooFewError, match="below"):
        estimate_jump(**scores, cut=40.0, donut=15.0)


def test_a_coarse_score_is_declined_by_the_line_and_taken_by_the_honest_interval() -> None:
    """Six values a side are too few to choose a bandwidth from, and enough for a bound of curvature."""
    rng = np.random.default_rng(4)
    score = rng.integers(0, 12, 600).astype(float)
    outcome = 0.2 * score + rng.normal(size=600)
    with pytest.raises(TooFewError, match="different scores"):
        estimate_jump(outcome=outcome, score=score, cut=6.0)
    found = estimate_honest_jump(outcome=outcome, score=score, cut=6.0)
    assert found.ci_low < 0 < found.ci_high
    assert found.worst_bias > 0
    with pytest.raises(TooFewError, match="at least 4"):
        estimate_honest_jump(outcome=outcome, score=np.round(score / 3), cut=2.0)


def test_honest_interval_without_curvature_is_the_ordinary_one() -> None:
    """With a bound of zero there is no bias, and the half width is 1.96 standard errors."""
    rng = np.random.default_rng(5)
    score = rng.integers(0, 12, 600).astype(float)
    found = estimate_honest_jump(outcome=rng.normal(size=600), score=score, cut=6.0, curvature=0.0)
    assert found.worst_bias == 0
    assert (found.ci_high - found.ci_low) / 2 == pytest.approx(1.959964 * found.std_error, rel=1e-5)


def test_everyone_or_no_one_received_it(scores: dict[str, np.ndarray]) -> None:
    """A dose that does not vary, or does not jump at the cut, is declined."""
    with pytest.raises(TooFewError, match="everybody or nobody"):
        estimate_jump(**scores, cut=40.0, received=np.ones(400))
    coin = np.random.default_rng(6).integers(0, 2, 400).astype(float)
    with pytest.raises(TooFewError, match="does not jump"):
        estimate_jump(**scores, cut=40.0, received=coin)


def test_bandwidths_and_covariates_beside_the_jump(scores: dict[str, np.ndarray]) -> None:
    """Half and double the bandwidth are given; a covariate that does not jump is not said to."""
    base = estimate_jump(**scores, cut=40.0)
    varied = vary_bandwidth(**scores, cut=40.0, bandwidth=base.bandwidth)
    assert list(varied) == [0.5, 1.0, 2.0]
    age = np.random.default_rng(7).normal(size=400)
    found = check_covariates(covariates={"age": age, "same": np.ones(400)}, score=scores["score"], cut=40.0)
    assert found[0].p_adjusted is not None
    assert found[0].p_adjusted > 0.05
    assert found[1].jump is None
    assert found[1].reason


def test_dose_is_described_on_both_sides() -> None:
    """Three of four entitled and one of four others: 75 and 25 percent."""
    found = describe_dose(
        score=np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), cut=5.0, received=np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
    )
    assert (found.n_entitled, found.n_others) == (4, 4)
    assert (found.entitled_share_pct, found.others_share_pct) == (75, 25)
    assert not found.is_sharp


def test_heaping_needs_scores_on_both_sides() -> None:
    """A cut at the end of the scale cannot be checked."""
    with pytest.raises(TooFewError, match="score values"):
        check_heaping(values=np.arange(20.0), counts=np.full(20, 50.0), cut=3.0)


@pytest.mark.parametrize("values", [np.arange(100.0, 160.0), np.array([-40.0, 160.0]), np.empty(0)])
def test_heaping_needs_scores_near_the_cut(values: np.ndarray) -> None:
    """A cut that nobody scored near cannot be checked, and the reason says so."""
    with pytest.raises(TooFewError, match="within 23 score values"):
        check_heaping(values=values, counts=np.full(values.size, 50.0), cut=30.0)


def test_a_flat_histogram_does_not_heap() -> None:
    """Fifty at every score: nothing is shifted."""
    found = check_heaping(values=np.arange(60.0), counts=np.full(60, 50.0), cut=30.0)
    assert not found.flagged
    assert found.shift == pytest.approx(0, abs=1e-6)
    lifted = np.full(60, 50.0)
    lifted[29], lifted[30] = 5, 95
    assert check_heaping(values=np.arange(60.0), counts=lifted, cut=30.0).flagged


def test_entropy_weights_meet_the_target() -> None:
    """Of rows at 0 and 1, weights 1/2 and 3/2 make a mean of three quarters."""
    weights = balance_entropy(comparison=np.array([[0.0], [1.0]]), target=np.array([0.75]))
    assert weights == pytest.approx([0.5, 1.5], abs=1e-5)
    assert find_effective_size(np.array([0.5, 1.5])) == pytest.approx(2**2 / (0.25 + 2.25))
    with pytest.raises(TooFewError, match="no weighting"):
        balance_entropy(comparison=np.array([[0.0], [1.0]]), target=np.array([2.0]))


def test_weighting_declines() -> None:
    """Nobody treated, everybody treated, and treated with nobody alike: each has its reason."""
    rng = np.random.default_rng(8)
    before, outcome = rng.normal(size=200), rng.normal(size=200)
    for treated in (np.zeros(200), np.ones(200)):
        with pytest.raises(TooFewError, match="at least 10"):
            estimate_weighted_effect(outcome=outcome, treated=treated, covariates={"before": before})
    with pytest.raises(TooFewError, match=r"alike|like them"):
        estimate_weighted_effect(outcome=outcome, treated=(before < -0.3).astype(float), covariates={"before": before})


def test_weighted_comparison_is_balanced_and_says_how_it_was_before() -> None:
    """Balance before and after is in standard deviations, and after weighting it is none."""
    rng = np.random.default_rng(9)
    before = rng.normal(size=600)
    treated = (rng.uniform(size=600) < 1 / (1 + np.exp(1 + before))).astype(float)
    rare = (rng.uniform(size=600) < 0.05) & (treated == 0)
    found = estimate_weighted_effect(
        outcome=before + rng.normal(size=600),
        treated=treated,
        covariates={"before": before, "rare": rare.astype(float)},
        weighting="odds",
    )
    assert found.balance[0].g_before < -0.5
    assert abs(found.balance[0].g_after) < 0.1
    assert found.effective_n_comparison < found.n_comparison


def test_interruption_of_an_exact_line() -> None:
    """A level that rises by 3 and a slope that rises by 0.5, with next to no noise, are found."""
    time = np.arange(24.0)
    noise = 1e-3 * np.random.default_rng(10).normal(size=24)
    after = time >= 12
    outcome = 10 + 0.2 * time + after * (3 + 0.5 * (time - 12)) + noise
    found = estimate_interruption(outcome=outcome, time=time, start=12.0)
    assert found.level.estimate == pytest.approx(3, abs=0.01)
    assert found.slope.estimate == pytest.approx(0.5, abs=0.01)
    assert found.average.estimate == pytest.approx(3 + 0.5 * 5.5, abs=0.01)
    assert found.slope_before.estimate == pytest.approx(0.2, abs=0.01)
    assert (found.n_before, found.n_after) == (12, 12)


def test_what_befell_both_series_is_taken_out() -> None:
    """A shock to both in the same month is no effect."""
    time = np.arange(30.0)
    rng = np.random.default_rng(11)
    shock = 20.0 * (time >= 15)
    found = estimate_interruption(
        outcome=shock + rng.normal(size=30), comparison=shock + rng.normal(size=30), time=time, start=15.0
    )
    assert found.compared
    assert found.level.ci_low < 0 < found.level.ci_high


def test_seasons_are_taken_out() -> None:
    """A December that is always low does not make an effect of a start in December."""
    time = np.arange(36.0)
    month = (time % 12).astype(int)
    noise = 0.1 * np.random.default_rng(12).normal(size=36)
    found = estimate_interruption(outcome=-5.0 * (month == 0) + noise, time=time, start=24.0, season=month)
    assert abs(found.level.estimate) < 1
    with pytest.raises(TooFewError, match="season"):
        estimate_interruption(outcome=noise, time=time, start=24.0, season=(time >= 24).astype(int))


@pytest.mark.parametrize("start", [0.0, 1.0, 7.0, 17.0, 40.0])
def test_interruption_declines_with_few_points_on_a_side(start: float) -> None:
    """Fewer than eight points before or after are declined."""
    time = np.arange(24.0)
    with pytest.raises(TooFewError, match="at least 8"):
        estimate_interruption(outcome=np.sin(time), time=time, start=start)


def test_newey_west_is_that_of_statsmodels() -> None:
    """Coefficients and standard errors with two lags are statsmodels' HAC, small-sample factor included."""
    rng = np.random.default_rng(17)
    design = np.column_stack([np.ones(30), np.arange(30.0)])
    outcome = rng.normal(size=30)
    theirs = sm.OLS(outcome, design).fit(cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": True})
    found = fit_newey_west(outcome=outcome, design=design, vector=np.array([0.0, 1.0]), n_lags=2)
    assert found.estimate == pytest.approx(theirs.params[1])
    assert found.std_error == pytest.approx(theirs.bse[1])


def test_three_clusters_are_too_few(scores: dict[str, np.ndarray]) -> None:
    """Students of three schools are declined by the clustered jump and by the weighted comparison."""
    schools = np.arange(400) % 3
    with pytest.raises(TooFewError, match="3 clusters"):
        estimate_jump(**scores, cut=40.0, clusters=schools)
    rng = np.random.default_rng(18)
    with pytest.raises(TooFewError, match="3 clusters"):
        estimate_weighted_effect(
            outcome=rng.normal(size=400),
            treated=rng.integers(0, 2, 400).astype(float),
            covariates={"before": rng.normal(size=400)},
            clusters=schools,
        )


def test_series_of_independent_errors_is_close_to_least_squares() -> None:
    """Where the series shows no autocorrelation the estimate is near that of least squares."""
    rng = np.random.default_rng(13)
    design = np.column_stack([np.ones(60), np.arange(60.0)])
    outcome = rng.normal(size=60)
    found = fit_series(outcome=outcome, design=design, time=np.arange(60.0))
    slope = np.linalg.lstsq(design, outcome, rcond=None)[0][1]
    assert abs(found.autocorrelation) < 0.3
    assert found.contrast(np.array([0.0, 1.0])).estimate == pytest.approx(slope, abs=0.003)


def test_single_case_declines() -> None:
    """Two cases, two points in a phase, and a ratio with zero are declined."""
    rng = np.random.default_rng(14)
    phase = np.tile(np.repeat([0.0, 1.0], 5), 2)
    with pytest.raises(TooFewError, match="at least 3"):
        estimate_design_comparable(
            outcome=rng.normal(size=20),
            case=np.repeat([1, 2], 10),
            time=np.tile(np.arange(10.0), 2),
            intervention=phase,
        )
    with pytest.raises(TooFewError, match="at least 3"):
        measure_overlap(baseline=np.array([1.0, 2]), intervention=np.arange(5.0))
    with pytest.raises(TooFewError, match="zero"):
        estimate_response_ratio(baseline=np.zeros(4), intervention=np.arange(4.0))


def test_complete_separation_is_a_nap_of_one() -> None:
    """Phases that do not touch have NAP 1, with a lower limit below it."""
    found = measure_overlap(baseline=np.arange(5.0), intervention=np.arange(10.0, 15.0))
    assert found.nap.estimate == found.nap.ci_high == 1
    assert 0.4 < found.nap.ci_low < 1


def test_growth_declines_and_refuses() -> None:
    """One school is too few; students in two schools are not nested."""
    time = np.tile(np.arange(3.0), 20)
    outcome = np.random.default_rng(15).normal(size=60)
    student = np.repeat(np.arange(20), 3)
    with pytest.raises(TooFewError, match="only one school"):
        fit_growth(outcome=outcome, time=time, levels={"school": np.zeros(60, dtype=int), "student": student})
    with pytest.raises(ValueError, match="nested"):
        fit_growth(outcome=outcome, time=time, levels={"school": np.arange(60) % 3, "student": student})


def test_growth_without_variance_between_groups_stays_at_the_boundary() -> None:
    """Groups that differ no more than chance have a variance of zero, and the fit says so."""
    rng = np.random.default_rng(16)
    outcome = rng.normal(size=200)
    school = np.repeat(np.arange(20), 10)
    balanced = outcome - np.array([outcome[school == k].mean() for k in range(20)])[school]
    found = fit_growth(outcome=balanced, time=np.tile(np.arange(10.0), 20), levels={"school": school})
    assert found.converged
    assert found.random[0].at_boundary
    assert found.random[0].intercept_variance == 0


def test_growth_names_its_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no two searches agree, least squares with CR2 is given under its own name."""
    search = model.search_variances

    def disagree(*args: object, **options: object) -> object:
        return dataclasses.replace(search(*args, **options), converged=False)

    monkeypatch.setattr(model, "search_variances", disagree)
    rng = np.random.default_rng(19)
    time, school = np.tile(np.arange(4.0), 40), np.repeat(np.arange(8), 20)
    outcome = 0.5 * time + rng.normal(size=8)[school] + rng.normal(size=160)
    found = fit_growth(outcome=outcome, time=time, levels={"school": school})
    assert not found.converged
    assert "least squares with CR2" in found.method
    assert found.random == ()
    slope = np.linalg.lstsq(np.column_stack([np.ones(160), time]), outcome, rcond=None)[0][1]
    assert found.coefficients["time"].estimate == pytest.approx(slope)


def _draw_cases(seed: int = 0, *, effect: float = 1.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    time = np.tile(np.arange(16.0), 4)
    case = np.repeat(np.arange(4), 16)
    phase = (time >= 5 + 2 * case).astype(float)
    outcome = rng.normal(size=4)[case] + rng.normal(size=64) + effect * phase
    return {"outcome": outcome, "case": case, "time": time, "intervention": phase}


@pytest.mark.parametrize("effect", [0.0, 0.4, 0.8, -0.8])
def test_size_and_points_of_single_cases_leave_out_zero_together(effect: float) -> None:
    """The size's interval excludes zero exactly where that of the difference in points does."""
    for seed in range(6):
        found = estimate_design_comparable(**_draw_cases(seed, effect=effect))
        points = found.difference
        assert (found.g.ci_low > 0) == (points.ci_low > 0)
        assert (found.g.ci_high < 0) == (points.ci_high < 0)
        assert found.g.ci_low < found.g.estimate < found.g.ci_high


def test_order_of_rows_and_unit_do_not_matter_for_single_cases() -> None:
    """Shuffled rows, in tenths, give the same size; two points of a case at one time are refused."""
    rows = _draw_cases()
    order = np.random.default_rng(1).permutation(64)
    shuffled = {name: column[order] for name, column in rows.items()} | {"outcome": 10 * rows["outcome"][order]}
    one, ten = estimate_design_comparable(**rows), estimate_design_comparable(**shuffled)
    assert ten.g.estimate == pytest.approx(one.g.estimate, rel=1e-4)
    assert ten.difference.std_error == pytest.approx(10 * one.difference.std_error, rel=1e-4)
    with pytest.raises(ValueError, match="two points at one time"):
        estimate_design_comparable(**(rows | {"time": np.minimum(rows["time"], 14)}))


def test_a_known_spread_gives_the_t_interval_of_the_difference() -> None:
    """With a variance of endless degrees of freedom the limits are estimate and t quantile times standard error."""
    low, high = find_standardised_limits(ratio=0.8, std_error=0.25, df=9.0, spread_df=1e7)
    reach = 0.25 * 2.2621571628
    assert (low, high) == pytest.approx((0.8 - reach, 0.8 + reach), abs=2e-3)
    wider = find_standardised_limits(ratio=0.8, std_error=0.25, df=9.0, spread_df=5.0)
    assert wider[0] < low
    assert wider[1] > high
    nothing = find_standardised_limits(ratio=0.25 * 2.2621571628, std_error=0.25, df=9.0, spread_df=5.0)
    assert nothing[0] == pytest.approx(0.0, abs=1e-9)


def test_an_interruption_moves_by_what_is_planted_and_turns_with_its_errors() -> None:
    """Whatever is added after the start is added to the estimate, and errors of the other sign turn it round.

    An estimate with both properties has no bias where errors are symmetric.
    """
    rng = np.random.default_rng(5)
    time = np.arange(24.0)
    errors, after = rng.normal(size=24), time >= 12

    def estimate(outcome: np.ndarray) -> float:
        return estimate_interruption(outcome=outcome, time=time, start=12.0).average.estimate

    nothing = estimate(50 + 0.1 * time + errors)
    planted = after * (0.8 + 0.05 * np.maximum(time - 12, 0))
    assert estimate(50 + 0.1 * time + errors + planted) == pytest.approx(nothing + planted[after].mean(), abs=1e-8)
    assert estimate(50 + 0.1 * time - errors) == pytest.approx(-nothing, abs=1e-8)
