"""Non-overlap measures of one case: NAP, Tau, Tau-U; and the log response ratio."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Estimate, Interval, check_level, make_t_estimate

Better: TypeAlias = Literal["higher", "lower"]

MIN_POINTS = 3
"""Points a phase: WWC Handbook 5.0, chapter VI, reversal and multiple-baseline designs with reservations."""
EDGE = 1e-9
INDEPENDENCE = (
    "the interval takes points as independent; neighbouring points that resemble each other make it too short"
)
UNBOUNDED = "with the baseline's trend subtracted the value may leave the range from -1 to 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How far two phases of one case overlap.

    Parameters
    ----------
    nap : Interval
        Share of the pairs (baseline, intervention) in which the intervention's point is better, ties half:
        from 0 to 1, .5 where the phases do not differ.
    tau : float
        ``2 nap - 1``: better less worse pairs over all pairs.
    tau_u : float
        The same, with the baseline's own trend subtracted.
    baseline_trend : float
        Kendall's S of the baseline: pairs in which the later point is better less those where it is worse.
    improving, worsening, tied, n_pairs : int
        Pairs.
    n_baseline, n_intervention : int
        Points.
    caveats : tuple of str
        Ready to print.
    """

    nap: Interval
    tau: float
    tau_u: float
    baseline_trend: float
    improving: int
    worsening: int
    tied: int
    n_pairs: int
    n_baseline: int
    n_intervention: int
    caveats: tuple[str, ...]


def measure_overlap(
    *, baseline: FloatArray, intervention: FloatArray, better: Better = "higher", ci_level: float = 0.95
) -> Overlap:
    """Measure how far the intervention's points lie above (or below) the baseline's.

    Parameters
    ----------
    baseline, intervention : (n,) float arrays
        Points in the order of time, none missing.
    better : {"higher", "lower"}
        Which way is an improvement.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Overlap
        With Newcombe's score interval for NAP (his method 5).

    Raises
    ------
    TooFewError
        Fewer than three points in a phase.

    References
    ----------
    Parker & Vannest (2009), Behavior Therapy 40, 357-367: NAP.
    Parker, Vannest, Davis & Sauber (2011), Behavior Therapy 42, 284-299: Tau-U.
    Newcombe (2006), Statistics in Medicine 25, 559-573: the interval.
    """
    check_level(ci_level)
    sign = 1.0 if better == "higher" else -1.0
    first = sign * _read_phase(baseline, what="baseline")
    second = sign * _read_phase(intervention, what="intervention")
    differences = np.subtract.outer(second, first)
    improving, worsening = int((differences > 0).sum()), int((differences < 0).sum())
    pairs = differences.size
    within = np.sign(np.subtract.outer(first, first))
    trend = float(np.tril(within, -1).sum())
    nap = (improving + (pairs - improving - worsening) / 2) / pairs
    low, high = _find_nap_limits(nap, m=first.size, n=second.size, ci_level=ci_level)
    return Overlap(
        nap=Interval(estimate=nap, ci_low=low, ci_high=high, ci_level=ci_level),
        tau=(improving - worsening) / pairs,
        tau_u=(improving - worsening - trend) / pairs,
        baseline_trend=trend,
        improving=improving,
        worsening=worsening,
        tied=pairs - improving - worsening,
        n_pairs=pairs,
        n_baseline=first.size,
        n_intervention=second.size,
        caveats=(INDEPENDENCE, UNBOUNDED),
    )


def estimate_response_ratio(*, baseline: FloatArray, intervention: FloatArray, ci_level: float = 0.95) -> Estimate:
    """Estimate the log response ratio of one case: the log of the means' ratio, corrected for few points.

    Parameters
    ----------
    baseline, intervention : (n,) float arrays
        Points, none missing or negative; on a scale with a true zero, such as counts or rates.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Normal interval; ``100 (exp(x) - 1)`` is the percent change. Points are taken as independent.

    Raises
    ------
    TooFewError
        Fewer than three points in a phase, a mean of zero, or negative values.

    References
    ----------
    Pustejovsky (2018), Journal of School Psychology 68, 99-112: equations 2 (correction) and 3.
    """
    first = _read_phase(baseline, what="baseline")
    second = _read_phase(intervention, what="intervention")
    if min(float(first.min()), float(second.min())) < 0:
        raise TooFewError("a value is negative, and a ratio needs a scale with a true zero")
    if first.mean() == 0 or second.mean() == 0:
        raise TooFewError("all values of a phase are zero, and a ratio with zero is undefined")
    parts = [float(phase.var(ddof=1)) / (phase.size * float(phase.mean()) ** 2) for phase in (first, second)]
    ratio = float(np.log(second.mean() / first.mean())) + (parts[1] - parts[0]) / 2
    return make_t_estimate(estimate=ratio, std_error=float(np.sqrt(sum(parts))), df=np.inf, ci_level=ci_level)


def _read_phase(values: FloatArray, *, what: str) -> FloatArray:
    phase = read_floats(values, ndim=1, what=what)
    if phase.size < MIN_POINTS:
        raise TooFewError(f"the {what} has {phase.size} points, and at least {MIN_POINTS} are needed")
    return phase


def _find_nap_limits(nap: float, *, m: int, n: int, ci_level: float) -> tuple[float, float]:
    z = float(ndtri((1 + ci_level) / 2))
    star = (m + n) / 2 - 1

    def miss(theta: float) -> float:
        inflation = 1 + star * (1 - theta) / (2 - theta) + star * theta / (1 + theta)
        return (nap - theta) ** 2 - z**2 * theta * (1 - theta) * inflation / (m * n)

    # At 0 and 1 the equation also holds for the estimate itself, which is no limit.
    low = 0.0 if nap == 0 else float(brentq(miss, 0.0, min(nap, 1 - EDGE)))
    high = 1.0 if nap == 1 else float(brentq(miss, max(nap, EDGE), 1.0))
    return low, high
