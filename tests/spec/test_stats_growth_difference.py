"""Arithmetic of the difference in growth, and of the wild bootstrap of cohort means."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.did import estimate_staggered
from mtss_analysis.stats.growth import estimate_growth_difference
from mtss_analysis.stats.growth.likelihood import collect_growth_data, solve_growth
from mtss_analysis.stats.nested_likelihood import collect_nested_data, solve_at_shares


def _draw(n=4000, seed=0, select=1.0):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=n)
    first = true + 0.6 * rng.normal(size=n)
    treated = rng.uniform(size=n) < 1 / (1 + np.exp(1 + select * first))
    last = true + 0.3 * treated + 0.6 * rng.normal(size=n)
    return first, last, treated.astype(float)


def _lay_out(first, last, treated):
    n = first.size
    return {
        "outcome": np.concatenate([first, last]),
        "exposure": np.concatenate([np.zeros(n), treated]),
        "occasion": np.repeat([0, 1], n),
        "student": np.tile(np.arange(n), 2),
        "groups": np.zeros(2 * n, dtype=int),
        "clusters": np.tile(np.arange(n) % 40, 2),
    }


def test_with_two_occasions_it_is_adjustment_for_the_first():
    """A common start makes it the difference of last scores at the same first score, not that of gains."""
    first, last, treated = _draw()
    found = estimate_growth_difference(**_lay_out(first, last, treated))
    design = np.column_stack([treated, np.ones(first.size), first])
    adjusted = np.linalg.lstsq(design, last, rcond=None)[0][0]
    gains = (last - first)[treated == 1].mean() - (last - first)[treated == 0].mean()
    assert found.effect.estimate == pytest.approx(adjusted, abs=0.02)
    assert abs(found.effect.estimate - gains) > 0.1
    assert found.n_clusters == 40


def test_unit_and_order_of_rows_do_not_matter():
    """In tenths of a point, rows shuffled, the estimate and its error are ten times as large."""
    rows = _lay_out(*_draw(n=400))
    order = np.random.default_rng(1).permutation(rows["outcome"].size)
    shuffled = {name: column[order] for name, column in rows.items()} | {"outcome": 10 * rows["outcome"][order]}
    one, ten = estimate_growth_difference(**rows).effect, estimate_growth_difference(**shuffled).effect
    assert ten.estimate == pytest.approx(10 * one.estimate, rel=1e-6)
    assert ten.std_error == pytest.approx(10 * one.std_error, rel=1e-6)


def test_a_moderator_gives_the_difference_between_groups():
    """Half of the students gain 0.5 more from it: the difference is that, whatever the effect."""
    first, last, treated = _draw(n=6000)
    member = np.tile([0.0, 1.0], 3000)
    rows = _lay_out(first, last + 0.5 * member * treated, treated)
    found = estimate_growth_difference(**rows, moderator=np.tile(member, 2)).effect
    assert found.ci_low < 0.5 < found.ci_high
    assert found.std_error < 0.1


def test_students_seen_once_count_where_they_were_seen():
    """Occasions that are missing have no row, and the estimate stays near that of all."""
    rows = _lay_out(*_draw())
    seen = (rows["occasion"] == 0) | (np.random.default_rng(2).uniform(size=rows["occasion"].size) > 0.2)
    part = estimate_growth_difference(**{name: column[seen] for name, column in rows.items()}).effect
    assert part.estimate == pytest.approx(estimate_growth_difference(**rows).effect.estimate, abs=0.05)


def _draw_whole(n_schools=8, size=30, seed=0):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(n_schools), size)
    treated = (school % 2).astype(float)
    first = 0.4 * rng.normal(size=n_schools)[school] + rng.normal(size=school.size)
    last = first + 0.3 * rng.normal(size=n_schools)[school] + 0.5 * rng.normal(size=school.size)
    return _lay_out(first, last, treated) | {"clusters": np.tile(school, 2)}


def test_schools_that_share_their_means_have_the_degrees_of_freedom_of_two_groups():
    """Eight whole schools, four with it: six degrees of freedom, and the error of a two-sample t of school means."""
    rows = _draw_whole()
    found = estimate_growth_difference(**rows)
    assert found.effect.df == pytest.approx(6, abs=0.01)
    by_school = {
        occasion: np.array([rows["outcome"][(rows["occasion"] == occasion) & (rows["clusters"] == one)].mean()
                            for one in range(8)])
        for occasion in (0, 1)
    }  # fmt: skip
    # At the same first score: the last one less the part of the first that the pooled covariance gives.
    slope = found.covariance[0, 1] / found.covariance[0, 0]
    adjusted = by_school[1] - slope * by_school[0]
    one, other = adjusted[1::2], adjusted[::2]
    pooled = (one.var(ddof=1) + other.var(ddof=1)) / 2
    assert found.effect.estimate == pytest.approx(one.mean() - other.mean(), abs=1e-4)
    assert found.effect.std_error == pytest.approx(np.sqrt(pooled / 2), rel=1e-4)


def test_groups_within_clusters_are_taken_out_as_columns_would_be():
    """A mean for each school and occasion, where some were missed, gives what a column for each gives."""
    rows = _lay_out(*_draw(n=400))
    rows |= {"groups": np.tile(np.arange(400) % 5, 2), "clusters": np.tile(np.arange(400) % 5, 2)}
    kept = (rows["occasion"] == 0) | (np.random.default_rng(4).uniform(size=800) > 0.3)
    rows = {name: column[kept] for name, column in rows.items()}
    nested = estimate_growth_difference(**rows)
    shared = estimate_growth_difference(**(rows | {"clusters": rows["student"]}))
    assert nested.effect.estimate == pytest.approx(shared.effect.estimate, abs=1e-4)
    assert nested.covariance == pytest.approx(shared.covariance, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"exposure": np.zeros(800)}, "nobody or everybody"),
        ({"occasion": np.zeros(800, dtype=int), "student": np.arange(800)}, "one occasion"),
        ({"outcome": np.ones(800)}, "alike"),
        ({"student": np.arange(800)}, "two of the occasions"),
    ],
)
def test_it_declines_with_its_reason(change, reason):
    """Nobody exposed, one occasion, scores alike, or nobody seen twice: a reason, and no number."""
    rows = _lay_out(*_draw(n=400)) | change
    with pytest.raises(TooFewError, match=reason):
        estimate_growth_difference(**rows)


def test_intercepts_alone_are_a_growth_model_without_slopes():
    """The likelihood of shares and that of factors give one deviance and one set of coefficients."""
    rng = np.random.default_rng(3)
    inner = np.repeat(np.arange(40), 5)
    codes, n_groups = [inner, inner % 8], [40, 8]
    outcome, design = rng.normal(size=200), np.column_stack([np.ones(200), rng.normal(size=200)])
    shares = np.array([0.6, 0.3, 0.1])
    nested = collect_nested_data(outcome=outcome, design=design, codes=codes, n_groups=n_groups)
    growth = collect_growth_data(
        outcome=outcome, design=design, random=np.ones((200, 1)), codes=codes, n_groups=n_groups
    )
    by_share = solve_at_shares(nested, shares)
    by_factor = solve_growth(growth, [np.array([[np.sqrt(share / shares[0])]]) for share in shares[1:]])
    assert by_factor.deviance == pytest.approx(by_share.deviance, abs=1e-8)
    assert by_factor.coefficients == pytest.approx(by_share.coefficients, abs=1e-10)


def _roll_out(seed=0, effect=1.0):
    rng = np.random.default_rng(seed)
    start = np.array([1.0, 1, 1, 2, 2, np.inf, np.inf, np.inf])
    table = rng.normal(size=(8, 1)) + 0.3 * rng.normal(size=(8, 4)) + effect * (np.arange(4) >= start[:, None])
    return {
        "outcome": table.ravel(),
        "unit": np.repeat(np.arange(8), 4),
        "period": np.tile(np.arange(4.0), 8),
        "start": np.repeat(start, 4),
    }


def test_the_wild_bootstrap_repeats_and_scales():
    """The same seed gives the same interval, ten times the outcome ten times the interval, around the estimate."""
    rows = _roll_out()
    one, again = (estimate_staggered(**rows, n_wild=499).wild for _ in range(2))
    ten = estimate_staggered(**(rows | {"outcome": 10 * rows["outcome"]}), n_wild=499).wild
    assert one == again
    assert one.ci_low < one.estimate < one.ci_high
    assert (ten.ci_low, ten.ci_high) == pytest.approx((10 * one.ci_low, 10 * one.ci_high), rel=1e-3)
    assert one.p_value < 0.05
    assert estimate_staggered(**rows).wild is None


def test_the_wild_bootstrap_stays_silent_where_nothing_is():
    """Over seeds without an effect it rejects about as often as it says."""
    rejected = [estimate_staggered(**_roll_out(seed, 0.0), n_wild=199).wild.p_value < 0.05 for seed in range(120)]
    assert np.mean(rejected) <= 0.12
