"""Group-time effects as contrasts of cohort means, and the covariance of such contrasts with few units.

Without covariates every estimate of this family is a weighted sum of cohorts' mean trajectories. Its variance
follows from the covariance of units' trajectories within cohorts, which all cohorts share if they are few.
"""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import Estimate, make_t_estimate

OWN_COVARIANCE_FROM = 15
"""Units a cohort needs for its own covariance; with fewer all cohorts share one (measured: the t interval with
shared covariance keeps its level at 8 schools, that with own covariances does not)."""
MIN_DF = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohorts:
    """Units that start in the same period, with their mean trajectories.

    Parameters
    ----------
    starts : (c,) float array
        Index of the first treated period; infinite for those never treated.
    sizes : (c,) float array
        Units.
    means : (c, t) float array
        Mean outcome by period.
    covariances : (c, t, t) float array
        Covariance of units' trajectories, own or shared.
    own : bool
        Whether each cohort has its own.
    df : int
        Units less cohorts.
    """

    starts: FloatArray
    sizes: FloatArray
    means: FloatArray
    covariances: FloatArray
    own: bool
    df: int


def form_cohorts(*, outcome: FloatArray, starts: FloatArray) -> Cohorts:
    """Form cohorts of units that start together.

    Parameters
    ----------
    outcome : (n, t) float array
        Outcome of each unit in each period.
    starts : (n,) float array
        Index of each unit's first treated period; infinite for never.

    Returns
    -------
    Cohorts
        In the order of their starts.

    Raises
    ------
    TooFewError
        Fewer than three units more than there are cohorts: how much units differ cannot be told.
    """
    levels, codes = np.unique(starts, return_inverse=True)
    c, periods = levels.size, outcome.shape[1]
    sizes = np.bincount(codes, minlength=c).astype(np.float64)
    df = outcome.shape[0] - c
    if df < MIN_DF:
        raise TooFewError(
            f"{outcome.shape[0]} schools that started at {c} different times are too few "
            "to tell how much schools differ"
        )
    means = np.stack([outcome[codes == k].mean(axis=0) for k in range(c)])
    residuals = outcome - means[codes]
    own = bool(sizes.min() >= OWN_COVARIANCE_FROM)
    if own:
        parts = [residuals[codes == k].T @ residuals[codes == k] / (sizes[k] - 1) for k in range(c)]
        covariances = np.stack(parts)
    else:
        covariances = np.broadcast_to(residuals.T @ residuals / df, (c, periods, periods)).copy()
    return Cohorts(starts=levels, sizes=sizes, means=means, covariances=covariances, own=own, df=df)


def weigh_cell(cohorts: Cohorts, *, cohort: int, period: int) -> FloatArray | None:
    """Give the weights that make one group-time effect from cohort means.

    Parameters
    ----------
    cohorts : Cohorts
        From :func:`form_cohorts`.
    cohort : int
        The cohort whose effect it is.
    period : int
        Index of the period.

    Returns
    -------
    (c, t) float array or None
        Change since the period before the start, against cohorts not yet treated in either period; None where
        there are none.
    """
    base = int(cohorts.starts[cohort]) - 1
    waiting = cohorts.starts > max(period, base)
    waiting[cohort] = False
    if not waiting.any():
        return None
    weights = np.zeros_like(cohorts.means)
    weights[cohort, period] += 1
    weights[cohort, base] -= 1
    share = np.where(waiting, cohorts.sizes, 0) / cohorts.sizes[waiting].sum()
    weights[:, period] -= share
    weights[:, base] += share
    return weights


def estimate_contrast(cohorts: Cohorts, weights: FloatArray, *, ci_level: float) -> Estimate:
    """Estimate a weighted sum of cohort means with a t interval.

    Parameters
    ----------
    cohorts : Cohorts
        From :func:`form_cohorts`.
    weights : (c, t) float array
        Of the cohorts' means by period.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Degrees of freedom by Satterthwaite's approximation: those of a Wishart matrix where the covariance is
        shared, Welch's where each cohort has its own.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114. Donald & Lang (2007), Review of Economics and
    Statistics 89, 221-233: few groups.
    """
    parts = np.einsum("ct,cts,cs->c", weights, cohorts.covariances, weights) / cohorts.sizes
    variance = float(parts.sum())
    if cohorts.own:
        df = variance**2 / float((parts**2 / (cohorts.sizes - 1)).sum()) if variance > 0 else float(cohorts.df)
    else:
        df = _find_wishart_df(cohorts, weights)
    return make_t_estimate(
        estimate=float((weights * cohorts.means).sum()),
        std_error=float(np.sqrt(variance)),
        df=df,
        ci_level=ci_level,
    )


def find_covariance(cohorts: Cohorts, stack: FloatArray) -> FloatArray:
    """Give the covariance of several contrasts.

    Parameters
    ----------
    cohorts : Cohorts
        From :func:`form_cohorts`.
    stack : (k, c, t) float array
        Weights of ``k`` contrasts.

    Returns
    -------
    FloatArray
        ``(k, k)``.
    """
    scaled = stack / cohorts.sizes[None, :, None]
    return np.asarray(np.einsum("ict,cts,jcs->ij", scaled, cohorts.covariances, stack), dtype=np.float64)


def _find_wishart_df(cohorts: Cohorts, weights: FloatArray) -> float:
    """Match ``tr(S M)`` of a Wishart matrix ``S`` to a chi-squared, with unbiased moments."""
    nu = cohorts.df
    product = cohorts.covariances[0] @ np.einsum("ct,cs,c->ts", weights, weights, 1 / cohorts.sizes)
    squared_trace = float(np.trace(product)) ** 2
    trace_of_square = float(np.trace(product @ product))
    pure = (trace_of_square - squared_trace / nu) / (1 + 1 / nu - 2 / nu**2)
    if pure <= 0:
        return float(nu * (cohorts.sizes.size - 1))
    df = nu * (squared_trace - 2 * pure / nu) / pure
    return float(np.clip(df, nu, nu * max(cohorts.sizes.size - 1, 1)))
