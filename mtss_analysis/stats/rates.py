"""Events for each unit of exposure: referrals per student and day, and how sure such a rate is."""

import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaincinv, gammaincinv, gammaln

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Interval, check_level, make_t_estimate


def estimate_rate(*, events: float, exposure: float, ci_level: float = 0.95) -> Interval:
    """Estimate a rate with the exact interval for independent events.

    Parameters
    ----------
    events : float
        Events counted, 0 or more.
    exposure : float
        What they are in proportion to, such as students times days; positive.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Events for one unit of exposure. Too narrow where events cluster, as referrals do: then use
        :func:`estimate_clustered_rate`.

    Raises
    ------
    TooFewError
        There is no exposure.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442.
    """
    check_level(ci_level)
    _check(events, exposure)
    tail = (1 - ci_level) / 2
    low = 0.0 if events == 0 else float(gammaincinv(events, tail)) / exposure
    high = float(gammaincinv(events + 1, 1 - tail)) / exposure
    return Interval(estimate=events / exposure, ci_low=low, ci_high=high, ci_level=ci_level)


def estimate_clustered_rate(*, counts: FloatArray, exposures: FloatArray, ci_level: float = 0.95) -> Interval:
    """Estimate a rate from the counts of several units or periods that differ more than chance explains.

    Parameters
    ----------
    counts : (k,) float array
        Events of each unit, such as a student or a month.
    exposures : (k,) float array
        Exposure of each unit, positive.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        Rate of all units together by the negative binomial model, with a t interval on its logarithm (``k - 1`` degrees
        of freedom).

    Raises
    ------
    TooFewError
        Fewer than two units, or no event.

    References
    ----------
    Lawless (1987), Canadian Journal of Statistics 15, 209-225: NB2 by maximum likelihood.
    """
    check_level(ci_level)
    values = read_floats(counts, ndim=1, what="counts")
    base = read_floats(exposures, ndim=1, what="exposures")
    if values.shape != base.shape or (base <= 0).any() or (values < 0).any():
        raise ValueError("each unit needs a count of 0 or more and a positive exposure")
    if values.size < 2:
        raise TooFewError(f"there are {values.size} units, and at least 2 are needed to see how they differ")
    if values.sum() == 0:
        raise TooFewError("there is no event, and so nothing to tell how events cluster by")
    log_alpha = minimize_scalar(
        lambda log_alpha: -_profile(math.exp(log_alpha), counts=values, exposures=base)[1],
        bounds=(-12.0, 6.0),
        method="bounded",
        options={"xatol": 1e-10},
    ).x
    alpha = math.exp(float(log_alpha))
    rate, _ = _profile(alpha, counts=values, exposures=base)
    information = float((rate * base / (1 + alpha * rate * base)).sum())
    log_rate = make_t_estimate(
        estimate=math.log(rate), std_error=1 / math.sqrt(information), df=values.size - 1, ci_level=ci_level
    )
    return Interval(
        estimate=rate, ci_low=math.exp(log_rate.ci_low), ci_high=math.exp(log_rate.ci_high), ci_level=ci_level
    )


def estimate_rate_ratio(
    *, events: float, exposure: float, reference_events: float, reference_exposure: float, ci_level: float = 0.95
) -> Interval:
    """Estimate the ratio of two rates of independent events with the exact conditional interval.

    Parameters
    ----------
    events, exposure : float
        Of what is asked about.
    reference_events, reference_exposure : float
        Of what it is compared with.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        The upper limit is infinite where the reference has no event.

    Raises
    ------
    TooFewError
        There is no exposure, or no event at all.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31, 313-323: given the sum, the count is binomial.
    """
    check_level(ci_level)
    _check(events, exposure)
    _check(reference_events, reference_exposure)
    if events + reference_events == 0:
        raise TooFewError("there is no event")
    tail = (1 - ci_level) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, reference_events + 1, tail))
    high = 1.0 if reference_events == 0 else float(betaincinv(events + 1, reference_events, 1 - tail))
    scale = reference_exposure / exposure
    return Interval(
        estimate=_odds(events / (events + reference_events)) * scale,
        ci_low=_odds(low) * scale,
        ci_high=_odds(high) * scale,
        ci_level=ci_level,
    )


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _check(events: float, exposure: float) -> None:
    if exposure <= 0:
        raise TooFewError("there is nobody and no day to count events by")
    if events < 0:
        raise ValueError(f"events is {events}, which is negative")


def _profile(alpha: float, *, counts: FloatArray, exposures: FloatArray) -> tuple[float, float]:
    """Give the best rate for a dispersion, and the log-likelihood there."""
    rate = float(counts.sum() / exposures.sum())
    for _ in range(200):
        weights = 1 / (1 + alpha * rate * exposures)
        new = float((weights * counts).sum() / (weights * exposures).sum())
        if abs(new - rate) <= 1e-14 * rate:
            break
        rate = new
    mean, size = rate * exposures, 1 / alpha
    terms = (
        gammaln(counts + size)
        - gammaln(size)
        + counts * np.log(alpha * mean)
        - (counts + size) * np.log1p(alpha * mean)
    )
    return rate, float(terms.sum())
