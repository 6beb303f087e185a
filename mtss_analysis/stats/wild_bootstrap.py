"""Wild cluster bootstrap for one coefficient: tests and intervals with fewer clusters than about ten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, sum_by_group
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.least_squares import LeastSquares, fit_least_squares

WildWeights: TypeAlias = Literal["auto", "rademacher", "webb"]

FEW_CLUSTERS = 12
"""Below this many clusters two-point weights give too few different samples; six-point weights serve."""
TIE = 1e-9
LARGEST_STEP = 2.0**20


@dataclass(frozen=True, slots=True, kw_only=True)
class WildTest:
    """Wild-cluster-bootstrap test of one coefficient.

    Parameters
    ----------
    estimate : float
        The coefficient.
    p_value : float
        Two-sided, against zero.
    ci_low, ci_high : float
        The values that the test does not reject; infinite where the clusters are too few to reject any on
        that side.
    ci_level : float
        Confidence level.
    weights : str
        ``rademacher`` or ``webb``.
    n_samples, n_clusters : int
        Bootstrap samples, and clusters.
    """

    estimate: float
    p_value: float
    ci_low: float
    ci_high: float
    ci_level: float
    weights: str
    n_samples: int
    n_clusters: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scores:
    """Parts of the restricted scores that do not, and that do, grow with the value tested (slope 1)."""

    own: FloatArray
    own_slope: FloatArray
    all: FloatArray
    all_slope: FloatArray
    leverage: FloatArray


def wild_bootstrap(
    *,
    outcome: FloatArray,
    design: FloatArray,
    names: Sequence[str],
    name: str,
    clusters: IdArray,
    absorb: IdArray | None = None,
    ci_level: float = 0.95,
    weights: WildWeights = "auto",
    n_samples: int = 9999,
    seed: int = 0,
) -> WildTest:
    """Test one coefficient by the restricted wild cluster bootstrap, and invert the test into an interval.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    design : (n, p) float array
        Columns of the model, a constant included unless effects are absorbed.
    names : sequence of str
        ``p`` names of the columns, all different.
    name : str
        The coefficient tested.
    clusters : (n,) array
        Cluster of each row.
    absorb : (n,) array, optional
        Group of each row whose effect is taken out.
    ci_level : float
        Confidence level, between 0 and 1.
    weights : {"auto", "rademacher", "webb"}
        Distribution of the clusters' signs; ``auto`` takes Webb's six points below 12 clusters. All sign
        patterns are used once where there are no more of them than ``n_samples``.
    n_samples : int
        Bootstrap samples.
    seed : int
        Of the random signs: the same seed gives the same result.

    Returns
    -------
    WildTest
        Studentised by the cluster-robust standard error; residuals are those of the model under the value
        tested.

    Raises
    ------
    TooFewError
        Fewer than three clusters, no more rows than parameters, or a column that others give.

    References
    ----------
    Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90, 414-427.
    Webb (2023), Canadian Journal of Economics 56, 839-858: six-point weights.
    Roodman, Nielsen, MacKinnon & Webb (2019), Stata Journal 19, 4-60, sections 3.4 and 5: computation from
    scores, inversion.
    """
    check_level(ci_level)
    if name not in names:
        raise ValueError(f"“{name}” is not a column of the model; it has {', '.join(names)}")
    fit = _fit_with_name_last(outcome=outcome, design=design, names=names, name=name, absorb=absorb)
    codes, n_clusters = number_groups(clusters, n=fit.n, what="clusters")
    if n_clusters < 3:
        raise TooFewError(f"there are {n_clusters} clusters, and at least 3 are needed")
    scores = _collect_scores(fit, codes=codes, n_clusters=n_clusters)
    kind, signs = draw_signs(weights, n_clusters=n_clusters, n_samples=n_samples, seed=seed)
    estimate = float(fit.coefficients[-1])
    std_error = _find_std_error(fit, codes=codes, n_clusters=n_clusters)

    def find_p_value(value: float) -> float:
        return _test_value(value, estimate=estimate, std_error=std_error, scores=scores, signs=signs)

    alpha = 1 - ci_level
    return WildTest(
        estimate=estimate,
        p_value=find_p_value(0.0),
        ci_low=invert_test(find_p_value, estimate=estimate, step=-std_error, alpha=alpha),
        ci_high=invert_test(find_p_value, estimate=estimate, step=std_error, alpha=alpha),
        ci_level=ci_level,
        weights=kind,
        n_samples=int(signs.shape[1]),
        n_clusters=n_clusters,
    )


def _fit_with_name_last(
    *,
    outcome: FloatArray,
    design: FloatArray,
    names: Sequence[str],
    name: str,
    absorb: IdArray | None,
) -> LeastSquares:
    # Last in the orthonormal basis, the tested column is alone in the last direction.
    order = [i for i, other in enumerate(names) if other != name] + [list(names).index(name)]
    columns = np.asarray(design, dtype=np.float64)[:, order]
    return fit_least_squares(outcome=outcome, design=columns, names=[names[i] for i in order], absorb=absorb)


def _collect_scores(fit: LeastSquares, *, codes: CodeArray, n_clusters: int) -> _Scores:
    """Sum, by cluster, what a bootstrap sample's coefficient and standard error are made of.

    With tested direction ``q`` and residuals ``e(r) = e₀ + (b - r) ρ q`` under the value ``r``, a sample with
    signs ``w`` has coefficient ``r + Σ w_g q_g'e_g / ρ`` and scores ``w_g q_g'e_g - q_g'U_g Σ w_h U_h'e_h``,
    where ``U`` spans the whole model, absorbed effects included.
    """
    direction = fit.basis[:, -1]
    slope = -fit.root[-1, -1] * direction
    restricted = fit.residuals - slope * fit.coefficients[-1]
    spanned = fit.basis if fit.absorbed is None else np.hstack([fit.basis, _make_dummies(fit)])
    own = sum_by_group(np.column_stack([direction * restricted, direction * slope]), codes=codes, n_groups=n_clusters)
    return _Scores(
        own=own[:, 0],
        own_slope=own[:, 1],
        all=sum_by_group(spanned * restricted[:, None], codes=codes, n_groups=n_clusters),
        all_slope=sum_by_group(spanned * slope[:, None], codes=codes, n_groups=n_clusters),
        leverage=sum_by_group(spanned * direction[:, None], codes=codes, n_groups=n_clusters),
    )


def _make_dummies(fit: LeastSquares) -> FloatArray:
    if fit.absorbed is None:
        return np.empty((fit.n, 0))
    sizes = np.bincount(fit.absorbed, minlength=fit.n_absorbed)
    dummies = np.zeros((fit.n, fit.n_absorbed))
    dummies[np.arange(fit.n), fit.absorbed] = 1 / np.sqrt(sizes[fit.absorbed])
    return dummies


def _find_std_error(fit: LeastSquares, *, codes: CodeArray, n_clusters: int) -> float:
    scores = sum_by_group((fit.basis[:, -1] * fit.residuals)[:, None], codes=codes, n_groups=n_clusters)
    std_error = float(np.sqrt((scores**2).sum())) / abs(float(fit.root[-1, -1]))
    if std_error <= 0:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
    return std_error


def _test_value(value: float, *, estimate: float, std_error: float, scores: _Scores, signs: FloatArray) -> float:
    own = scores.own + value * scores.own_slope
    every = scores.all + value * scores.all_slope
    numerator = own @ signs
    sample_scores = own[:, None] * signs - scores.leverage @ (every.T @ signs)
    spread = np.sqrt((sample_scores**2).sum(axis=0))
    # The scale of the tested column cancels between coefficient and standard error.
    observed = abs(estimate - value) / std_error
    return float(np.mean(np.abs(numerator) >= observed * spread * (1 - TIE)))


def invert_test(find_p_value: Callable[[float], float], *, estimate: float, step: float, alpha: float) -> float:
    """Find how far from the estimate a test stops accepting.

    Parameters
    ----------
    find_p_value : callable
        p-value of a hypothetical value.
    estimate : float
        Where the search starts.
    step : float
        Its direction and first length, such as a standard error.
    alpha : float
        Level of the test.

    Returns
    -------
    float
        Infinite where the test rejects nothing on that side.
    """
    inside, outside = 0.0, 1.0
    while find_p_value(estimate + outside * step) > alpha:
        inside, outside = outside, 2 * outside
        if outside > LARGEST_STEP:
            return float(np.copysign(np.inf, step))
    while outside - inside > 1e-5 * outside:
        middle = (inside + outside) / 2
        if find_p_value(estimate + middle * step) > alpha:
            inside = middle
        else:
            outside = middle
    return estimate + (inside + outside) / 2 * step


def draw_signs(weights: WildWeights, *, n_clusters: int, n_samples: int, seed: int) -> tuple[str, FloatArray]:
    """Draw the factors by which the residuals of whole clusters are multiplied.

    Parameters
    ----------
    weights : {"auto", "rademacher", "webb"}
        Their distribution.
    n_clusters, n_samples : int
        How many; all patterns once where there are no more of them than samples.
    seed : int
        The same seed gives the same factors.

    Returns
    -------
    kind : str
        Distribution that was drawn from.
    signs : (n_clusters, samples) float array
        Mean 0, variance 1.
    """
    kind = ("webb" if n_clusters < FEW_CLUSTERS else "rademacher") if weights == "auto" else weights
    sizes = np.sqrt({"rademacher": [1.0], "webb": [0.5, 1.0, 1.5]}[kind])
    points = np.concatenate([-sizes[::-1], sizes])
    # A pattern and its mirror image give the same absolute statistic, so half of them are all of them.
    if points.size**n_clusters // 2 <= n_samples:
        patterns = np.array(list(product(points, repeat=n_clusters)))
        return kind, patterns[: patterns.shape[0] // 2].T
    rng = np.random.default_rng(seed)
    return kind, rng.choice(points, size=(n_clusters, n_samples))
