"""Between which limits units lie that differ by chance alone, given how large they are."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, bdtrik, ndtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.heterogeneity import read_estimates

# Share of the z-scores at either end that is drawn in before overdispersion is estimated.
WINSORISED = 0.1
# Mean square of a standard normal score drawn in so, 2 (Φ(a) − 1/2 − a φ(a)) + 2 a² (1 − Φ(a)) with a = Φ⁻¹(0.9):
# without dividing by it, limits that allow for overdispersion leave 11 of 100 units outside at a level of 95 percent.
WINSORISED_SQUARE = 0.678655


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Funnel:
    """Limits round a target for ``k`` units.

    Parameters
    ----------
    target : float
        What all units would have if they did not differ.
    low, high : (k,) float arrays
        Limits of each unit, in the order given.
    level : float
        Share of units without a difference that lies between its limits.
    tau : float
        Standard deviation between units beyond chance that the limits allow for; 0 if they do not. For proportions
        on the scale of the arcsine of the square root.
    dispersion : float
        Mean squared z-score after winsorising, scaled to be about 1 where units differ by chance alone.
    """

    target: float
    low: FloatArray
    high: FloatArray
    level: float
    tau: float
    dispersion: float


def draw_funnel_of_means(
    *, estimates: FloatArray, std_errors: FloatArray, level: float = 0.95, overdispersed: bool = True
) -> Funnel:
    """Give funnel limits for means round their precision-weighted mean.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One mean a unit, and its standard error, taken as known.
    level : float
        Between 0 and 1.
    overdispersed : bool
        Whether the limits allow for differences that nearly all units have, so that only those beyond stand out.

    Returns
    -------
    Funnel
        In the unit of the estimates.

    Raises
    ------
    TooFewError
        Fewer than two units.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, and appendix A.3: winsorised additive overdispersion.
    That the winsorised square is scaled to 1 for normal scores is this kit's own.
    """
    check_level(level)
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    target = float((values / variances).sum() / (1 / variances).sum())
    dispersion, tau = _find_overdispersion(values - target, variances)
    kept = tau if overdispersed else 0.0
    half = float(ndtri((1 + level) / 2)) * np.sqrt(variances + kept**2)
    return Funnel(target=target, low=target - half, high=target + half, level=level, tau=kept, dispersion=dispersion)


def draw_funnel_of_proportions(
    *, successes: FloatArray, n: FloatArray, level: float = 0.95, overdispersed: bool = True
) -> Funnel:
    """Give funnel limits for proportions round that of all units together.

    Parameters
    ----------
    successes, n : (k,) float arrays
        Counts and denominators, positive.
    level : float
        Between 0 and 1.
    overdispersed : bool
        Whether the limits allow for differences that nearly all units have.

    Returns
    -------
    Funnel
        Proportions. Limits are exact binomial ones where no overdispersion is allowed for or found: a unit on a limit
        is within. Otherwise normal on the arcsine scale.

    Raises
    ------
    TooFewError
        Fewer than two units.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202, appendices A.1.1 and A.3.
    """
    check_level(level)
    counts = read_floats(successes, ndim=1, what="successes")
    sizes = read_floats(n, ndim=1, what="n")
    if counts.shape != sizes.shape or (sizes <= 0).any() or (counts < 0).any() or (counts > sizes).any():
        raise ValueError("each unit needs successes between 0 and a positive n")
    if counts.size < 2:
        raise TooFewError(f"there are {counts.size} units to compare, and at least 2 are needed")
    target = float(counts.sum() / sizes.sum())
    variances = 1 / (4 * sizes)
    centre = math.asin(math.sqrt(target))
    dispersion, tau = _find_overdispersion(np.arcsin(np.sqrt(counts / sizes)) - centre, variances)
    tail = (1 - level) / 2
    if overdispersed and tau > 0:
        half = float(ndtri(1 - tail)) * np.sqrt(variances + tau**2)
        low = np.sin(np.maximum(centre - half, 0.0)) ** 2
        high = np.sin(np.minimum(centre + half, math.pi / 2)) ** 2
    else:
        tau = 0.0
        low, high = (_find_count(level, n=sizes, share=target) / sizes for level in (tail, 1 - tail))
    return Funnel(target=target, low=low, high=high, level=level, tau=tau, dispersion=dispersion)


def _find_count(level: float, *, n: FloatArray, share: float) -> FloatArray:
    """Give the binomial quantile: the smallest count that is reached with at least this probability."""
    if share in {0.0, 1.0}:
        return n * share
    count = np.maximum(np.ceil(bdtrik(level, n, share)), 0.0)
    lower = np.maximum(count - 1, 0.0)
    return np.asarray(np.where(bdtr(lower, n.astype(np.int64), share) >= level, lower, count), dtype=np.float64)


def _find_overdispersion(deviations: FloatArray, variances: FloatArray) -> tuple[float, float]:
    """Give the mean squared winsorised z-score, and the standard deviation between units that explains it."""
    scores = deviations / np.sqrt(variances)
    low, high = np.quantile(scores, [WINSORISED, 1 - WINSORISED])
    k = scores.size
    dispersion = float((np.clip(scores, low, high) ** 2).mean()) / WINSORISED_SQUARE
    weights = 1 / variances
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    tau2 = (k * dispersion - (k - 1)) / scale if k * dispersion > k - 1 else 0.0
    return dispersion, math.sqrt(max(tau2, 0.0))
