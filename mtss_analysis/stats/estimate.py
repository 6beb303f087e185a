"""An estimate with its t-based interval, and an estimate with an interval alone."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from mtss_analysis.errors import TooFewError


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate between two limits.

    Parameters
    ----------
    estimate : float
        In the unit of what is estimated.
    ci_low, ci_high : float
        Limits, same unit.
    ci_level : float
        Confidence level, between 0 and 1.
    """

    estimate: float
    ci_low: float
    ci_high: float
    ci_level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with standard error, degrees of freedom, interval and two-sided p-value.

    Parameters
    ----------
    estimate, std_error : float
        In the unit of what is estimated.
    df : float
        Degrees of freedom of the t distribution; infinite means normal.
    ci_low, ci_high, ci_level : float
        Limits and confidence level.
    p_value : float
        Two-sided, against zero.
    """

    estimate: float
    std_error: float
    df: float
    ci_low: float
    ci_high: float
    ci_level: float
    p_value: float


def make_t_estimate(*, estimate: float, std_error: float, df: float, ci_level: float = 0.95) -> Estimate:
    """Put the t interval and p-value round an estimate.

    Parameters
    ----------
    estimate, std_error : float
        In the unit of what is estimated.
    df : float
        Degrees of freedom, not necessarily whole; infinite means normal.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        With interval ``estimate ± t(df) · std_error``.

    Raises
    ------
    TooFewError
        The standard error is zero or undefined, or there are no degrees of freedom.
    """
    check_level(ci_level)
    if not np.isfinite(estimate) or not np.isfinite(std_error) or std_error <= 0:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")
    if np.isnan(df) or df <= 0:
        raise TooFewError("no degrees of freedom are left to say how uncertain the estimate is")
    half_width = float(stdtrit(df, (1 + ci_level) / 2)) * std_error
    return Estimate(
        estimate=float(estimate),
        std_error=float(std_error),
        df=float(df),
        ci_low=float(estimate - half_width),
        ci_high=float(estimate + half_width),
        ci_level=ci_level,
        p_value=float(2 * stdtr(df, -abs(estimate) / std_error)),
    )


def check_level(ci_level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1.

    Parameters
    ----------
    ci_level : float
        Confidence level.

    Raises
    ------
    ValueError
        It is outside (0, 1).
    """
    if not 0 < ci_level < 1:
        raise ValueError(f"ci_level is {ci_level}, not between 0 and 1")
