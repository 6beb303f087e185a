"""The slope of a student's progress-monitoring scores, with its interval, and whether there are enough points."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate
from mtss_analysis.stats.series.autocorrelation import make_correlation

READY_WEEKS = 6
READY_POINTS = 6
"""National Center on Intensive Intervention: at least six weeks and at least six points before a decision."""
MIN_POINTS = 3
PHI_RANGE = (-0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSlope:
    """A straight line through a student's scores.

    Parameters
    ----------
    slope : Estimate
        Per week.
    level_now : Estimate
        The line's height at the last point.
    see : float
        Standard error of estimate: standard deviation of the scores about the line.
    n_points : int
        Scores.
    weeks_covered : int
        Calendar weeks from the first point to the last, both counted.
    is_decision_ready : bool
        At least six weeks and six points.
    autocorrelation : float
        Of neighbouring errors, as assumed.
    """

    slope: Estimate
    level_now: Estimate
    see: float
    n_points: int
    weeks_covered: int
    is_decision_ready: bool
    autocorrelation: float


def fit_progress(
    *, weeks: FloatArray, scores: FloatArray, autocorrelation: float = 0.0, ci_level: float = 0.95
) -> ProgressSlope:
    """Fit a line through a student's scores, whatever their spacing.

    Parameters
    ----------
    weeks : (n,) float array
        Week of each score, not necessarily whole or in order.
    scores : (n,) float array
        Scores, none missing.
    autocorrelation : float
        Of errors a week apart, between -0.8 and 0.9, such as :func:`estimate_common_autocorrelation` gives; one
        student's scores are too few to tell.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ProgressSlope
        Least squares; without autocorrelation and with weekly points the slope's standard error is
        ``SEE sqrt(12 / (n (n² - 1)))``.

    Raises
    ------
    TooFewError
        Fewer than three scores in different weeks, or scores exactly on a line.

    References
    ----------
    Christ (2006), School Psychology Review 35, 128-133: the standard error of a slope.
    Ardoin, Christ, Morena, Cormier & Klingbeil (2013), Journal of School Psychology 51, 1-18.
    """
    check_level(ci_level)
    when = read_floats(weeks, ndim=1, what="weeks")
    values = read_floats(scores, ndim=1, what="scores")
    if np.unique(when).size < MIN_POINTS:
        raise TooFewError(f"there are scores of {np.unique(when).size} weeks, and at least {MIN_POINTS} are needed")
    design = np.column_stack([np.ones(when.size), when - when.mean()])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ values
    residuals = values - design @ coefficients
    correlation = _correlate(when, autocorrelation)
    maker = np.eye(when.size) - design @ inverse @ design.T
    product = maker @ correlation
    expected = float(np.trace(product))
    # Satterthwaite's degrees of freedom; n - 2 where errors are independent.
    df = expected**2 / float(np.trace(product @ product))
    variance = float(residuals @ residuals) / expected
    rotation = inverse @ design.T
    covariance = variance * rotation @ correlation @ rotation.T
    last = np.array([1.0, float(when.max() - when.mean())])
    weeks_covered = int(np.floor(when.max()) - np.floor(when.min())) + 1

    def estimate(vector: FloatArray) -> Estimate:
        return make_t_estimate(
            estimate=float(vector @ coefficients),
            std_error=float(np.sqrt(vector @ covariance @ vector)),
            df=df,
            ci_level=ci_level,
        )

    return ProgressSlope(
        slope=estimate(np.array([0.0, 1.0])),
        level_now=estimate(last),
        see=float(np.sqrt(variance)),
        n_points=when.size,
        weeks_covered=weeks_covered,
        is_decision_ready=weeks_covered >= READY_WEEKS and when.size >= READY_POINTS,
        autocorrelation=autocorrelation,
    )


def estimate_common_autocorrelation(students: list[tuple[FloatArray, FloatArray]]) -> float:
    """Estimate the autocorrelation of errors a week apart that many students share.

    Parameters
    ----------
    students : list of (weeks, scores)
        One pair of arrays a student, each with at least four weekly scores; others are passed over.

    Returns
    -------
    float
        Solves for the value at which the products of neighbouring residuals, summed over students, are what
        they are expected to be: fitting lines makes residuals alternate, and that is taken out.

    Raises
    ------
    TooFewError
        Fewer than ten students with four scores.

    References
    ----------
    Huitema & McKean (1991), Psychological Bulletin 110, 291-304: the bias that is taken out.
    """
    parts: list[tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = []
    for weeks, scores in students:
        when = np.asarray(np.round(weeks), dtype=np.float64)
        order = np.argsort(when, kind="stable")
        when, values = when[order], np.asarray(scores, dtype=np.float64)[order]
        if np.unique(when).size == when.size >= 4:
            design = np.column_stack([np.ones(when.size), when - when.mean()])
            maker = np.eye(when.size) - design @ np.linalg.pinv(design)
            lag = (np.abs(np.subtract.outer(when, when)) == 1) / 2
            parts.append((when, maker, lag, maker @ values))
    if len(parts) < 10:
        raise TooFewError(f"{len(parts)} students have four scores or more, and at least 10 are needed")
    observed = sum(float(r @ lag @ r) for _, _, lag, r in parts) / sum(float(r @ r) for _, _, _, r in parts)

    def miss(phi: float) -> float:
        above = below = 0.0
        for when, maker, lag, _ in parts:
            spread = maker @ _correlate(when, phi) @ maker
            above += float((lag * spread).sum())
            below += float(np.trace(spread))
        return above / below - observed

    low, high = PHI_RANGE
    if miss(low) >= 0:
        return low
    if miss(high) <= 0:
        return high
    return float(brentq(miss, low, high))


def _correlate(when: FloatArray, autocorrelation: float) -> FloatArray:
    low, high = PHI_RANGE
    if not low <= autocorrelation <= high:
        raise ValueError(f"autocorrelation is {autocorrelation}, not between {low} and {high}")
    if autocorrelation == 0:
        return np.eye(when.size)
    distance = np.abs(np.subtract.outer(when, when))
    # A negative autocorrelation alternates, which only whole weeks can.
    steps = distance if autocorrelation > 0 else np.round(distance)
    return make_correlation(np.asarray(steps, dtype=np.float64), autocorrelation)
