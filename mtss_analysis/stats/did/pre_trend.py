"""What the periods before the start say about parallel trends, and what they could have shown."""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtrit

from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.did.contrasts import Cohorts, estimate_contrast, find_covariance
from mtss_analysis.stats.estimate import Estimate

POWER = 0.8
"""Power at which a trend counts as detectable: Roth (2022), AER: Insights 4, 305-322, uses 50 and 80 percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTrend:
    """Differences in trend before the start.

    Parameters
    ----------
    slope : Estimate
        Linear difference in trend, in the outcome's unit per period.
    joint_p_value : float or None
        That all differences before the start are zero; None where units are too few for so many periods.
    n_periods : int
        Periods before the base period.
    smallest_detectable_slope : float
        The slope that a test at the five percent level would find in 80 percent of studies.
    bias_if_undetected : float
        What such a slope would add to the overall effect if it went on.
    """

    slope: Estimate
    joint_p_value: float | None
    n_periods: int
    smallest_detectable_slope: float
    bias_if_undetected: float


def judge_pre_trend(
    cohorts: Cohorts, *, stacks: dict[int, FloatArray], exposure: float, ci_level: float
) -> PreTrend | None:
    """Judge the trend before the start and the power to see one.

    Parameters
    ----------
    cohorts : Cohorts
        Cohort means and covariances.
    stacks : dict of int to (c, t) float array
        Weights of the average effect by periods since the start.
    exposure : float
        Mean number of periods from the base period to the treated ones.
    ci_level : float
        Confidence level of the slope's interval, between 0 and 1.

    Returns
    -------
    PreTrend or None
        None where there is no period before the base.

    References
    ----------
    Roth (2022), American Economic Review: Insights 4, 305-322: the power of pre-trend tests.
    """
    before = [relative for relative in sorted(stacks) if relative < -1]
    if not before:
        return None
    stack = np.stack([stacks[relative] for relative in before])
    distance = np.array(before, dtype=np.float64) + 1
    slope_weights = np.einsum("k,kct->ct", distance / (distance @ distance), stack)
    slope = estimate_contrast(cohorts, slope_weights, ci_level=ci_level)
    detectable = float(stdtrit(slope.df, 0.975) + stdtrit(slope.df, POWER)) * slope.std_error
    return PreTrend(
        slope=slope,
        joint_p_value=_test_jointly(cohorts, stack),
        n_periods=len(before),
        smallest_detectable_slope=detectable,
        bias_if_undetected=detectable * exposure,
    )


def _test_jointly(cohorts: Cohorts, stack: FloatArray) -> float | None:
    """Test by Hotelling's T², with the units less the cohorts as degrees of freedom."""
    q, nu = stack.shape[0], cohorts.df
    if nu - q + 1 < 1:
        return None
    values = np.einsum("kct,ct->k", stack, cohorts.means)
    covariance = find_covariance(cohorts, stack)
    if np.linalg.matrix_rank(covariance, hermitian=True) < q:
        return None
    wald = float(values @ np.linalg.solve(covariance, values))
    return float(fdtrc(q, nu - q + 1, (nu - q + 1) / (nu * q) * wald))
