"""Variance partition against the restricted likelihood written out with whole matrices, and its edges."""

import numpy as np
import pytest
from scipy.optimize import minimize

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import partition_variance


def _dense_log_likelihood(
    outcome: np.ndarray, design: np.ndarray, levels: list[np.ndarray], variances: np.ndarray
) -> float:
    n, p = design.shape
    covariance = variances[-1] * np.eye(n)
    for ids, variance in zip(levels, variances[:-1], strict=True):
        covariance += variance * (ids[:, None] == ids)
    inverse = np.linalg.inv(covariance)
    information = design.T @ inverse @ design
    residuals = outcome - design @ np.linalg.solve(information, design.T @ inverse @ outcome)
    logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return -0.5 * ((n - p) * np.log(2 * np.pi) + logs + residuals @ inverse @ residuals)


@pytest.fixture(params=[1, 2, 3])
def study(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Unbalanced rows in one to three levels, with a fixed part; groups of one row included."""
    rng = np.random.default_rng(request.param)
    classes = np.repeat(np.arange(24), rng.integers(1, 9, 24))
    ids = {"district": classes // 6, "school": classes // 3, "class": classes}
    levels = {name: ids[name] for name in list(ids)[3 - request.param :]}
    design = np.column_stack([np.ones(classes.size), rng.normal(size=classes.size)])
    outcome = design @ [500.0, 3.0] + 4 * rng.normal(size=classes.size)
    for values in levels.values():
        outcome += 3 * rng.normal(size=values.max() + 1)[values]
    return outcome, design, levels


def test_likelihood_is_that_of_whole_matrices_and_is_the_highest(
    study: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]],
) -> None:
    """At the variances found the dense likelihood is the one stated, and none is higher."""
    outcome, design, levels = study
    found = partition_variance(outcome=outcome, levels=levels, design=design)
    variances = np.array([share.variance for share in found.shares])
    groupings = list(levels.values())
    dense = _dense_log_likelihood(outcome, design, groupings, variances)
    assert found.log_likelihood == pytest.approx(dense, rel=1e-9)
    search = minimize(
        lambda roots: -_dense_log_likelihood(outcome, design, groupings, roots**2),
        np.full(variances.size, 3.0),
        method="Nelder-Mead",
        options={"maxiter": 2000, "xatol": 1e-6, "fatol": 1e-9},
    )
    assert found.log_likelihood >= -search.fun - 1e-6
    assert sum(share.share_pct for share in found.shares) == pytest.approx(100)


def test_limits_are_where_the_profile_likelihood_has_fallen_by_the_quantile(
    study: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]],
) -> None:
    """Held at its upper limit, a share's best dense likelihood lies 1.92 below the highest."""
    outcome, design, levels = study
    found = partition_variance(outcome=outcome, levels=levels, design=design)
    held = found.shares[-2]
    target = held.ci_high_pct / 100
    position = len(found.shares) - 2

    def loss(roots: np.ndarray) -> float:
        others = np.insert(roots**2, position, 0.0)
        others[position] = target / (1 - target) * others.sum()
        return -_dense_log_likelihood(outcome, design, list(levels.values()), others)

    search = minimize(
        loss,
        np.full(len(found.shares) - 1, 4.0),
        method="Nelder-Mead",
        options={"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-9},
    )
    assert found.log_likelihood + search.fun == pytest.approx(1.959964**2 / 2, abs=2e-3)


def test_unit_and_origin_of_the_outcome_do_not_matter() -> None:
    """Shares and limits stay when the outcome is shifted and scaled."""
    rng = np.random.default_rng(9)
    school = np.arange(120) // 6
    outcome = rng.normal(size=20)[school] + rng.normal(size=120)
    plain = partition_variance(outcome=outcome, levels={"school": school}).share("school")
    scaled = partition_variance(outcome=1e4 + 1e-3 * outcome, levels={"school": school}).share("school")
    assert scaled.share_pct == pytest.approx(plain.share_pct, rel=1e-5)
    assert scaled.ci_high_pct == pytest.approx(plain.ci_high_pct, rel=1e-4)
    assert scaled.variance == pytest.approx(1e-6 * plain.variance, rel=1e-5)


def test_zero_variance_is_said() -> None:
    """Schools with the same mean have a share of exactly zero, marked, with a lower limit of zero."""
    outcome = np.tile([1.0, 2.0, 3.0, 4.0], 6)
    share = partition_variance(outcome=outcome, levels={"school": np.arange(24) // 4}).share("school")
    assert share.at_boundary
    assert (share.variance, share.share_pct, share.ci_low_pct) == (0, 0, 0)
    assert 0 < share.ci_high_pct < 100


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ({"school": np.zeros(12)}, "only one school"),
        ({"school": np.arange(12)}, "no school has more than one student"),
        ({"school": np.arange(12) // 3, "class": np.arange(12) // 3}, "no school has more than one class"),
    ],
)
def test_levels_that_cannot_be_told_apart_are_refused(levels: dict[str, np.ndarray], message: str) -> None:
    """A level with one group, or with no more than one member a group, is refused by name."""
    with pytest.raises(TooFewError, match=message):
        partition_variance(outcome=np.random.default_rng(0).normal(size=12), levels=levels)


def test_a_constant_outcome_is_refused() -> None:
    """An outcome without any spread has no shares."""
    with pytest.raises(TooFewError, match="does not vary"):
        partition_variance(outcome=np.full(12, 7.0), levels={"school": np.arange(12) // 3})


@pytest.mark.parametrize("per_school", [1, 2])
def test_an_outcome_that_is_the_same_for_all_of_a_group_is_refused(per_school: int) -> None:
    """Where everybody in a classroom has the same score, nothing tells how likely a share is."""
    classes = np.repeat(np.arange(8), 6)
    levels = {"school": classes // per_school, "class": classes} if per_school > 1 else {"class": classes}
    with pytest.raises(TooFewError, match="within each class the outcome does not vary"):
        partition_variance(outcome=np.random.default_rng(1).normal(size=8)[classes], levels=levels)


def test_levels_that_are_not_nested_are_a_mistake_of_the_caller() -> None:
    """A class in two schools is not silently split."""
    with pytest.raises(ValueError, match="class is not nested in school"):
        partition_variance(outcome=np.arange(12.0), levels={"school": np.arange(12) % 2, "class": np.arange(12) // 3})
