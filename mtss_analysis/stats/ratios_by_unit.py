"""Ratios of two sums over units that differ: days absent of days enrolled, referrals of student days.

The unit is what repeats itself, mostly the student: one who is absent often, or referred often, counts as one.
"""

import math

import numpy as np
from scipy.special import gammaincinv, ndtri, stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Estimate, Interval, check_level, make_t_estimate


def estimate_ratio(*, numerators: FloatArray, denominators: FloatArray, ci_level: float = 0.95) -> Estimate:
    """Estimate the ratio of two sums over independent units, such as the share of days absent.

    Parameters
    ----------
    numerators, denominators : (n,) float arrays
        One unit each, such as a student; denominators not negative.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Sum over sum, with the linearised standard error and ``n - 1`` degrees of freedom.

    Raises
    ------
    TooFewError
        Fewer than two units with a denominator, or they do not vary.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., eq. 6.13.
    """
    check_level(ci_level)
    counts, base = _read(numerators, denominators)
    return make_t_estimate(
        estimate=float(counts.sum() / base.sum()),
        std_error=math.sqrt(_sum_of_squares(_deviate(counts, base))),
        df=float((base > 0).sum() - 1),
        ci_level=ci_level,
    )


def compare_ratios(
    *,
    numerators: FloatArray,
    denominators: FloatArray,
    reference_numerators: FloatArray,
    reference_denominators: FloatArray,
    ci_level: float = 0.95,
) -> Estimate:
    """Estimate the difference of two ratios of the same units, such as this year's and last year's.

    Parameters
    ----------
    numerators, denominators, reference_numerators, reference_denominators : (n,) float arrays
        The same unit at the same place; a unit that is in one of the two alone has zeros in the other. So a student who
        is in both years is allowed for.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Estimate
        Ratio minus reference ratio.

    Raises
    ------
    TooFewError
        A ratio has fewer than two units, or they do not vary.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.13 on the difference of ratios of the same sample.
    """
    check_level(ci_level)
    counts, base = _read(numerators, denominators)
    other_counts, other_base = _read(reference_numerators, reference_denominators)
    deviations = _deviate(counts, base) - _deviate(other_counts, other_base)
    return make_t_estimate(
        estimate=float(counts.sum() / base.sum() - other_counts.sum() / other_base.sum()),
        std_error=math.sqrt(_sum_of_squares(deviations)),
        df=float(min((base > 0).sum(), (other_base > 0).sum()) - 1),
        ci_level=ci_level,
    )


def estimate_event_rate(*, counts: FloatArray, exposures: FloatArray, ci_level: float = 0.95) -> Interval:
    """Estimate a rate of events that come in clusters, such as referrals of which few students have many.

    The point estimate is events over exposure, so that rates of months add up to that of the year. The interval is the
    exact one of a Poisson count with as many events as the spread between units is worth; what is unknown of that
    spread itself makes it wider.

    Parameters
    ----------
    counts, exposures : (n,) float arrays
        Events and exposure of each unit, such as a student.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Events for one unit of exposure.

    Raises
    ------
    TooFewError
        Fewer than two units have exposure.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442, for the exact interval; McCullagh & Nelder (1989), Generalized Linear
    Models, section 4.5, for dividing counts by their overdispersion. Degrees of freedom from the kurtosis of the
    deviations, after Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    """
    check_level(ci_level)
    events, base = _read(counts, exposures)
    total, exposure = float(events.sum()), float(base.sum())
    tail = (1 - ci_level) / 2
    if total == 0:
        high = float(gammaincinv(1, 1 - tail)) / exposure
        return Interval(estimate=0.0, ci_low=0.0, ci_high=high, ci_level=ci_level)
    deviations = _deviate(events, base) * exposure
    spread = max(_sum_of_squares(deviations) / total, 1.0)
    spread *= float(stdtrit(_count_freedom(deviations), 1 - tail) / ndtri(1 - tail)) ** 2
    worth = total / spread
    return Interval(
        estimate=total / exposure,
        ci_low=float(gammaincinv(worth, tail)) * spread / exposure,
        ci_high=float(gammaincinv(worth + 1, 1 - tail)) * spread / exposure,
        ci_level=ci_level,
    )


def compare_event_rates(
    *,
    counts: FloatArray,
    exposures: FloatArray,
    reference_counts: FloatArray,
    reference_exposures: FloatArray,
    by_period: tuple[FloatArray, FloatArray, FloatArray, FloatArray] | None = None,
    ci_level: float = 0.95,
) -> Interval:
    """Estimate the ratio of two rates of clustered events of the same units, such as this year's and last year's.

    Parameters
    ----------
    counts, exposures, reference_counts, reference_exposures : (n,) float arrays
        The same unit at the same place; zeros where a unit is in one of the two alone.
    by_period : tuple of four (p,) float arrays, optional
        The same four by period, such as the month: what months differ by beyond chance, since all students share their
        days, makes the interval wider.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Rate over reference rate; the interval is one of its logarithm and allows for units that are in both.

    Raises
    ------
    TooFewError
        A rate has fewer than two units, or no event.

    References
    ----------
    As for :func:`estimate_event_rate`; the delta method for the logarithm. Cameron, Gelbach & Miller (2011), Journal of
    Business & Economic Statistics 29, 238-249, for clusters in two ways.
    """
    check_level(ci_level)
    events, base = _read(counts, exposures)
    other_events, other_base = _read(reference_counts, reference_exposures)
    total, other_total = float(events.sum()), float(other_events.sum())
    if total == 0 or other_total == 0:
        raise TooFewError("there is no event in one of the two")
    rate, other_rate = total / float(base.sum()), other_total / float(other_base.sum())
    deviations = _deviate(events, base) / rate - _deviate(other_events, other_base) / other_rate
    least = 1 / total + 1 / other_total
    variance = max(_sum_of_squares(deviations), least)
    if by_period is not None:
        period, period_base, other_period, other_period_base = by_period
        shared = _deviate(period, period_base) / rate - _deviate(other_period, other_period_base) / other_rate
        variance += max(_sum_of_squares(shared) - least, 0.0)
    std_error = math.sqrt(variance)
    half = float(stdtrit(_count_freedom(deviations), (1 + ci_level) / 2)) * std_error
    ratio = rate / other_rate
    return Interval(estimate=ratio, ci_low=ratio * math.exp(-half), ci_high=ratio * math.exp(half), ci_level=ci_level)


def _read(numerators: FloatArray, denominators: FloatArray) -> tuple[FloatArray, FloatArray]:
    counts = read_floats(numerators, ndim=1, what="numerators")
    base = read_floats(denominators, ndim=1, what="denominators")
    if counts.shape != base.shape or (base < 0).any() or (counts < 0).any():
        raise ValueError("each unit needs a numerator and a denominator, neither negative")
    if int((base > 0).sum()) < 2:
        raise TooFewError("fewer than two students can be counted")
    return counts, base


def _deviate(counts: FloatArray, base: FloatArray) -> FloatArray:
    """Give what each unit adds to the error of the ratio."""
    ratio = counts.sum() / base.sum()
    n = float((base > 0).sum())
    return np.asarray((counts - ratio * base) / base.sum() * math.sqrt(n / (n - 1)))


def _sum_of_squares(deviations: FloatArray) -> float:
    return float((deviations**2).sum())


def _count_freedom(deviations: FloatArray) -> float:
    squares = deviations[deviations != 0] ** 2
    if squares.size < 2:
        return 1.0
    kurtosis = float((squares**2).sum() * squares.size / squares.sum() ** 2)
    return float(max(2 * squares.size / max(kurtosis - 1, 2.0), 1.0))
