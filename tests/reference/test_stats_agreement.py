"""Agreement of observers, exchangeable weights and planned visits against published numbers, statsmodels and scipy."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.power import TTestIndPower

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.agreement import estimate_agreement, estimate_icc_agreement
from mtss_analysis.stats.clustered import fit_clustered
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean
from mtss_analysis.stats.exchangeable import estimate_icc, weigh_by_cluster
from mtss_analysis.stats.planned_visits import plan_people

EXACT = 1e-12
PRINTED = 0.005
"""Half of the last digit that the paper prints."""
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Shrout, P. E. & Fleiss, J. L. (1979). Psychological Bulletin 86, 420-428, table 2."""
RATINGS = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
"""Kappa and its standard errors by statsmodels, which follows Fleiss, Cohen & Everitt (1969)."""


def _unroll(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.repeat([(row, column) for row in range(3) for column in range(3)], table.ravel(), axis=0)
    return pairs[:, 0].astype(float), pairs[:, 1].astype(float)


def test_icc_is_shrout_and_fleiss() -> None:
    """ICC(2,1) of the paper's data is its .29; the limits are those of psych::ICC in R, .019 and .761."""
    found = estimate_icc_agreement(ratings=SHROUT_FLEISS)
    assert found.estimate == pytest.approx(0.29, abs=PRINTED)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.019, 0.761), abs=0.0005)


@pytest.mark.parametrize(("weights", "name"), [(None, "kappa"), ("linear", "weighted_kappa")])
def test_kappa_is_statsmodels(weights: str | None, name: str) -> None:
    """Kappa and linearly weighted kappa are statsmodels', and the jackknife's error is near its large-sample one."""
    first, second = _unroll(RATINGS)
    expected = cohens_kappa(RATINGS, wt=weights)
    found = getattr(estimate_agreement(first=first, second=second), name)
    assert found.estimate == pytest.approx(expected.kappa, abs=EXACT)
    half = float(stats.t.ppf(0.975, RATINGS.sum() - 1))
    assert (found.ci_high - found.ci_low) / 2 / half == pytest.approx(expected.std_kappa, rel=0.05)


def test_percent_agreement_is_the_diagonal() -> None:
    """70 of 100 pairs lie on the diagonal."""
    first, second = _unroll(RATINGS)
    assert estimate_agreement(first=first, second=second).exact_pct.estimate == pytest.approx(70.0, abs=EXACT)


def test_kappa_is_declined_where_all_scores_are_alike() -> None:
    """Where both observers give the same score throughout, kappa is not defined, and the reason is given."""
    found = estimate_agreement(first=np.full(30, 2.0), second=np.full(30, 2.0))
    assert found.kappa is None
    assert found.reason


def test_agreement_needs_lessons() -> None:
    """Scores of four lessons are too few."""
    with pytest.raises(TooFewError):
        estimate_agreement(first=np.arange(8.0), second=np.arange(8.0), clusters=np.repeat(np.arange(4), 2))


def test_exchangeable_weights_are_generalised_least_squares() -> None:
    """Least squares on weighted rows is generalised least squares with the exchangeable covariance of the same ICC."""
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(30), rng.integers(1, 9, 30))
    step = (rng.random(len(clusters)) < 0.5).astype(float)
    outcome = rng.normal(size=30)[clusters] + rng.normal(size=len(clusters)) + 0.5 * step
    levels = (clusters % 2).astype(np.intp)
    part = weigh_by_cluster(outcome=outcome, columns=step[:, None], clusters=clusters.astype(np.intp), levels=levels)
    same = clusters[:, None] == clusters[None, :]
    covariance = np.where(same, part.icc, 0.0) + (1 - part.icc) * np.eye(len(clusters))
    design = np.column_stack([step, levels == 0, levels == 1]).astype(float)
    weight = np.linalg.inv(covariance)
    expected = np.linalg.solve(design.T @ weight @ design, design.T @ weight @ outcome)[0]
    assert part.icc > 0.1
    assert part.crossed[0] / part.lengths[0] == pytest.approx(expected, abs=1e-10)


def test_icc_of_balanced_data_is_the_analysis_of_variance() -> None:
    """With as many observations of each person, the ICC is that of the one-way analysis of variance, by scipy's F."""
    rng = np.random.default_rng(8)
    table = rng.normal(size=(12, 1)) + rng.normal(size=(12, 5))
    ratio = stats.f_oneway(*table).statistic
    starts, sizes = np.arange(0, 60, 5), np.full(12, 5)
    found = estimate_icc(outcome=table.ravel(), dummies=np.ones((60, 1)), starts=starts, sizes=sizes)
    assert found == pytest.approx((ratio - 1) / (ratio + 4), abs=1e-10)


def test_clustered_mean_is_the_regression_on_a_constant() -> None:
    """The standard error of a clustered mean is that of a constant with CR1; CR2 is near with clusters of one size."""
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(20), 6)
    outcome = rng.normal(size=20)[clusters] + rng.normal(size=120)
    found = estimate_clustered_mean(outcome=outcome, clusters=clusters)
    fit = fit_clustered(outcome=outcome, design=np.ones((120, 1)), names=["mean"], clusters=clusters)
    expected = fit.coefficient("mean")
    assert found.estimate == pytest.approx(expected.estimate, abs=EXACT)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-10)
    assert found.df == pytest.approx(expected.df, rel=1e-6)


@pytest.mark.parametrize("effect", [0.5, 0.8, 1.2])
def test_planned_people_are_statsmodels(effect: float) -> None:
    """With one visit each and as many people to compare with, it is statsmodels' two-sample t test."""
    needed = TTestIndPower().solve_power(effect_size=effect, power=0.8, alpha=0.05, ratio=1)
    others = int(np.ceil(needed))
    found = plan_people(difference=effect, variance=1.0, icc=0.3, visits=1, n_others=others, others_visits=1.0)
    assert found == others


def test_more_visits_need_fewer_people() -> None:
    """With more visits to each, fewer people do, but never fewer than the likeness of one person's visits allows."""
    keys = {"difference": 0.4, "variance": 0.2, "icc": 0.3, "n_others": 200, "others_visits": 6.0}
    few, many, endless = (plan_people(visits=visits, **keys) for visits in (1, 6, 10_000))
    assert few > many >= endless > 2
