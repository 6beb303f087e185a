"""Mix and rate on small tables."""

import numpy as np
import pytest

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import decompose_change


def _expand(table: list[tuple[str, bool, int, int]]) -> dict[str, np.ndarray]:
    """Turn (category, later, students, of whom met) into one row a student."""
    rows = [(float(i < met), later, category) for category, later, students, met in table for i in range(students)]
    outcome, later, categories = zip(*rows, strict=True)
    return {"outcome": np.array(outcome), "later": np.array(later), "categories": np.array(categories)}


def test_mix_and_rate_by_hand() -> None:
    """A goes from 60 to 40 of 100 students with rate .8 to .9, B from .5 to .4: mix -.2·(.85-.45), rate 0."""
    found = decompose_change(
        **_expand([("A", False, 60, 48), ("B", False, 40, 20), ("A", True, 40, 36), ("B", True, 60, 24)])
    )
    assert found.total.estimate == pytest.approx(0.60 - 0.68)
    assert found.mix.estimate == pytest.approx(-0.2 * 0.85 + 0.2 * 0.45)
    assert found.rate.estimate == pytest.approx(0.5 * 0.1 + 0.5 * -0.1)
    assert found.rate_by_category == pytest.approx([0.05, -0.05])
    assert found.categories == ("A", "B")


def test_parts_add_up_and_turn_round() -> None:
    """Mix and rate add to the total; swapping the periods turns every sign."""
    rng = np.random.default_rng(1)
    rows = {"outcome": rng.normal(size=200), "categories": rng.integers(0, 4, 200).astype(str)}
    later = rng.random(200) < 0.4
    found = decompose_change(**rows, later=later)
    swapped = decompose_change(**rows, later=~later)
    difference = rows["outcome"][later].mean() - rows["outcome"][~later].mean()
    assert found.total.estimate == pytest.approx(difference)
    assert found.mix.estimate + found.rate.estimate == pytest.approx(difference)
    assert found.mix_by_category.sum() == pytest.approx(found.mix.estimate)
    assert found.rate_by_category.sum() == pytest.approx(found.rate.estimate)
    assert swapped.mix.estimate == pytest.approx(-found.mix.estimate)
    assert swapped.mix.std_error == pytest.approx(found.mix.std_error)


def test_a_new_category_is_mix() -> None:
    """A category that only comes later, everyone in it below, changes the mix and no rate."""
    found = decompose_change(**_expand([("A", False, 50, 40), ("A", True, 50, 40), ("B", True, 50, 10)]))
    assert found.rate.estimate == pytest.approx(0)
    assert found.mix.estimate == pytest.approx(0.5 - 0.8)


def test_one_category_is_a_change_of_rate_without_mix() -> None:
    """With one category the mix is zero without error, and the rate is Welch's difference but for its df."""
    found = decompose_change(**_expand([("A", False, 50, 20), ("A", True, 60, 40)]))
    assert (found.mix.estimate, found.mix.std_error) == (0, 0)
    assert found.rate.estimate == pytest.approx(40 / 60 - 20 / 50)
    variance = (40 / 60 * 20 / 60) / 59 + (20 / 50 * 30 / 50) / 49
    assert found.rate.std_error == pytest.approx(np.sqrt(variance), rel=0.02)


def test_standard_errors_are_those_of_the_delta_method() -> None:
    """With many independent rows the jackknife equals the influence functions of mix and rate."""
    rng = np.random.default_rng(2)
    n = 4000
    later, categories = rng.random(n) < 0.5, rng.integers(0, 3, n)
    outcome = rng.normal(size=n) + categories * (1 + 0.3 * later)
    found = decompose_change(outcome=outcome, later=later, categories=categories)
    shares = np.array([[np.mean(categories[later == t] == c) for c in range(3)] for t in (False, True)])
    means = np.array([[outcome[(later == t) & (categories == c)].mean() for c in range(3)] for t in (False, True)])
    mix, rate = np.zeros(n), np.zeros(n)
    for t in (0, 1):
        rows = later == bool(t)
        sign = 1 if t else -1
        member = categories[rows][:, None] == np.arange(3)
        share_part = member - shares[t]
        mean_part = member * (outcome[rows][:, None] - means[t]) / shares[t]
        mix[rows] = sign * share_part @ means.mean(axis=0) + mean_part @ (shares[1] - shares[0]) / 2
        rate[rows] = share_part @ (means[1] - means[0]) / 2 + sign * mean_part @ shares.mean(axis=0)
        mix[rows] /= rows.sum()
        rate[rows] /= rows.sum()
    assert found.mix.std_error == pytest.approx(np.sqrt((mix**2).sum()), rel=0.01)
    assert found.rate.std_error == pytest.approx(np.sqrt((rate**2).sum()), rel=0.01)


def test_rows_repeated_in_clusters_add_no_certainty() -> None:
    """Every row given five times, as a cluster, leaves the standard errors as they were."""
    rng = np.random.default_rng(3)
    rows = {
        "outcome": rng.normal(size=80),
        "later": np.arange(80) % 2 == 1,
        "categories": rng.integers(0, 2, 80).astype(str),
    }
    once = decompose_change(**rows)
    repeated = {name: np.repeat(values, 5) for name, values in rows.items()}
    five_times = decompose_change(**repeated, clusters=np.repeat(np.arange(80), 5))
    assert five_times.mix.std_error == pytest.approx(once.mix.std_error)
    assert five_times.rate.std_error == pytest.approx(once.rate.std_error)
    assert five_times.rate.df == once.rate.df


def test_a_period_of_one_cluster_is_refused() -> None:
    """One classroom a year says nothing about how years differ."""
    rows = _expand([("A", False, 20, 10), ("A", True, 20, 12)])
    with pytest.raises(TooFewError, match="earlier period has 1 clusters"):
        decompose_change(**rows, clusters=rows["later"].astype(int))
