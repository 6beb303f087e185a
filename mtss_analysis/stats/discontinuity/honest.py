"""The jump at a cut of a coarse score: a line whose interval allows for the worst curvature (honest)."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import CodeArray, FloatArray, IdArray, number_groups, read_floats, sum_by_group
from mtss_analysis.stats.estimate import check_level

MIN_POINTS = 4
"""Distinct scores a side that a curve of the second degree, and its check, need."""
CURVE_DEGREE = 4
"""Of the global curve whose bend bounds the curvature: Armstrong & Kolesár (2020), Quantitative Economics 11, 25."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HonestJump:
    """A jump at a cut score whose interval holds for every curve up to a bound of curvature.

    Parameters
    ----------
    estimate, std_error : float
        In the outcome's unit; positive where those on the treated side do better.
    worst_bias : float
        The largest bias that the curvature allowed can make.
    ci_low, ci_high, ci_level : float
        Limits and confidence level.
    curvature : float
        Bound on the second derivative, in the outcome's unit per squared unit of the score.
    bandwidth : float
        In the unit of the score; the one with the shortest interval.
    n_below, n_above : int
        Rows within the bandwidth on either side.
    n_points_below, n_points_above : int
        Distinct scores within the bandwidth on either side.
    """

    estimate: float
    std_error: float
    worst_bias: float
    ci_low: float
    ci_high: float
    ci_level: float
    curvature: float
    bandwidth: float
    n_below: int
    n_above: int
    n_points_below: int
    n_points_above: int


def estimate_honest_jump(
    *,
    outcome: FloatArray,
    score: FloatArray,
    cut: float,
    treated_below: bool = True,
    clusters: IdArray | None = None,
    curvature: float | None = None,
    ci_level: float = 0.95,
) -> HonestJump:
    """Estimate the jump at a cut where the score takes few values, with a bias-aware interval.

    Parameters
    ----------
    outcome : (n,) float array
        None missing.
    score : (n,) float array
        The score that decides; it may take few values.
    cut : float
        A score equal to the cut counts as above it.
    treated_below : bool
        The programme goes to those below the cut.
    clusters : (n,) array, optional
        Cluster of each row. Clustering by the score itself is not offered: it covers too rarely.
    curvature : float, optional
        Bound on the second derivative; from a global curve on either side if not given.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    HonestJump
        Local line with triangular weights; the interval is the estimate plus and minus the standard error
        times a quantile of ``|N(bias/se, 1)|``, and so never centred on a bias estimated from the data.

    Raises
    ------
    TooFewError
        Fewer than four different scores on a side, or fewer than two rows at some of them.

    References
    ----------
    Kolesár & Rothe (2018), American Economic Review 108, 2277-2304: discrete running variables, and why
    standard errors clustered by the score do not hold.
    Armstrong & Kolesár (2020), Quantitative Economics 11, 1-39, section 4: the bound by rule of thumb.
    """
    check_level(ci_level)
    x = read_floats(score, ndim=1, what="score") - cut
    y = read_floats(outcome, ndim=1, what="outcome") * (-1.0 if treated_below else 1.0)
    codes, m = (
        (np.arange(x.size, dtype=np.intp), x.size)
        if clusters is None
        else number_groups(clusters, n=x.size, what="clusters")
    )
    points = np.unique(x)
    for side, part in (("below", points[points < 0]), ("above", points[points >= 0])):
        if part.size < MIN_POINTS:
            raise TooFewError(
                f"there are {part.size} different scores {side} the cut, and at least {MIN_POINTS} are needed"
            )
    bound = _bound_curvature(x=x, y=y) if curvature is None else curvature
    df = np.inf if clusters is None else float(m - 2)
    candidates = [float(h) for h in np.unique(np.abs(points)) if _has_enough(x, h=float(h))]
    if not candidates:
        raise TooFewError("too few students have a score near the cut")
    found = [_fit_at(x=x, y=y, h=h * 1.001, bound=bound, codes=codes, m=m) for h in candidates]
    lengths = [se * _find_critical(bias / se, df=df, ci_level=ci_level) for _, se, bias in found]
    best = int(np.argmin(lengths))
    estimate, std_error, bias = found[best]
    half = lengths[best]
    h = candidates[best] * 1.001
    below, above = (x < 0) & (-x <= h), (x >= 0) & (x <= h)
    return HonestJump(
        estimate=estimate,
        std_error=std_error,
        worst_bias=bias,
        ci_low=estimate - half,
        ci_high=estimate + half,
        ci_level=ci_level,
        curvature=bound,
        bandwidth=h,
        n_below=int(below.sum()),
        n_above=int(above.sum()),
        n_points_below=int(np.unique(x[below]).size),
        n_points_above=int(np.unique(x[above]).size),
    )


def _has_enough(x: FloatArray, *, h: float) -> bool:
    weights = np.maximum(1 - np.abs(x) / (1.001 * h), 0) if h > 0 else np.zeros_like(x)
    used = x[weights > 0]
    return all(np.unique(part).size >= 3 and part.size >= 10 for part in (used[used < 0], used[used >= 0]))


def _fit_at(
    *, x: FloatArray, y: FloatArray, h: float, bound: float, codes: CodeArray, m: int
) -> tuple[float, float, float]:
    """Give the jump, its standard error and its worst bias at one bandwidth."""
    weights = np.maximum(1 - np.abs(x) / h, 0)
    rows = weights > 0
    above = (x[rows] >= 0).astype(np.float64)
    design = np.column_stack([above, np.ones(above.size), x[rows], above * x[rows]])
    gram = (design * weights[rows, None]).T @ design
    inverse = np.linalg.inv(gram)
    row_weights = (design @ inverse[0]) * weights[rows]
    residuals = y[rows] - design @ (inverse @ (design.T @ (weights[rows] * y[rows])))
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design) * weights[rows]
    adjusted = residuals / np.sqrt(np.maximum(1 - leverage, 0.05))
    if m == x.size:
        variance = float(((row_weights * adjusted) ** 2).sum())
    else:
        groups, local = np.unique(codes[rows], return_inverse=True)
        scores = sum_by_group((row_weights * adjusted)[:, None], codes=local.astype(np.intp), n_groups=groups.size)
        variance = float((scores**2).sum()) * groups.size / max(groups.size - 1, 1)
    bias = bound / 2 * float((np.abs(row_weights) * x[rows] ** 2).sum())
    return float(row_weights @ y[rows]), float(np.sqrt(variance)), bias


def _bound_curvature(*, x: FloatArray, y: FloatArray) -> float:
    """Bound the second derivative by that of a curve of the fourth degree (fewer where scores are few)."""
    largest = 0.0
    for rows in (x < 0, x >= 0):
        part, points = x[rows], np.unique(x[rows])
        degree = min(CURVE_DEGREE, points.size - 2)
        scale = float(np.abs(part).max()) or 1.0
        coefficients = np.polynomial.polynomial.polyfit(part / scale, y[rows], degree)
        second = np.polynomial.polynomial.polyder(coefficients, 2) / scale**2
        largest = max(largest, float(np.abs(np.polynomial.polynomial.polyval(points / scale, second)).max()))
    return largest


def _find_critical(ratio: float, *, df: float, ci_level: float) -> float:
    """Give the quantile of ``|N(ratio, 1)|``; for few clusters stretched as t is against the normal."""
    if not np.isfinite(ratio):
        return float("inf")

    def miss(value: float) -> float:
        return float(ndtr(value - ratio) - ndtr(-value - ratio)) - ci_level

    critical = float(brentq(miss, 0.0, ratio + 10))
    stretch = float(stdtrit(df, (1 + ci_level) / 2) / stdtrit(np.inf, (1 + ci_level) / 2))
    return critical * stretch
