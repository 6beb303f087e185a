"""What an effect costs, and how likely it is to be worthwhile."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.estimate import Estimate, Interval, check_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Worthwhile:
    """How likely an effect is to exceed the smallest one that is worthwhile.

    Parameters
    ----------
    probability : float
        Posterior probability.
    minimum : float
        Smallest worthwhile effect, in the effect's unit.
    mean, std_deviation : float
        Of the posterior.
    prior : str
        The prior in words, ready to print.
    """

    probability: float
    minimum: float
    mean: float
    std_deviation: float
    prior: str


def estimate_cost_per_effect(
    *, cost: float, effect: Estimate, cost_std_error: float = 0.0, correlation: float = 0.0
) -> Interval:
    """Estimate the cost of one unit of effect, with Fieller's interval.

    Parameters
    ----------
    cost : float
        Cost per student, above zero.
    effect : Estimate
        Effect per student, positive where it does good.
    cost_std_error : float
        Of the cost; zero where it is known.
    correlation : float
        Between the estimates of cost and effect.

    Returns
    -------
    Interval
        Cost per unit of effect, with the effect's level of confidence. With a known cost the limits are the
        cost divided by the effect's limits.

    Raises
    ------
    TooFewError
        The effect's interval includes zero or lies below it: a cost per unit of an effect that may be none is
        undefined, and its interval unbounded.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.
    Levin, McEwan, Belfield, Bowden & Shand (2018), Economic Evaluation in Education, 3rd ed., chapter 8.
    """
    if cost <= 0 or cost_std_error < 0 or not -1 <= correlation <= 1:
        raise ValueError("cost must be above zero, its standard error not below, the correlation within -1 and 1")
    if effect.ci_low <= 0:
        raise TooFewError(
            "the effect may be zero or less, so that what one unit of it costs is undefined"
            if effect.ci_high > 0
            else "the effect is not positive, so that there is no unit of it to pay for"
        )
    quantile = float(stdtrit(effect.df, (1 + effect.ci_level) / 2))
    squared = effect.estimate**2 - (quantile * effect.std_error) ** 2
    shared = quantile**2 * correlation * cost_std_error * effect.std_error
    middle = cost * effect.estimate - shared
    if squared <= 0:
        raise TooFewError("the effect may be zero or less, so that what one unit of it costs is undefined")
    root = np.sqrt(max(middle**2 - squared * (cost**2 - (quantile * cost_std_error) ** 2), 0.0))
    return Interval(
        estimate=cost / effect.estimate,
        ci_low=float((middle - root) / squared),
        ci_high=float((middle + root) / squared),
        ci_level=effect.ci_level,
    )


def judge_worthwhile(
    *, effect: Estimate, minimum: float, prior_mean: float = 0.0, prior_sd: float | None = None
) -> Worthwhile:
    """Judge how likely the effect is to exceed the smallest one that is worthwhile.

    Parameters
    ----------
    effect : Estimate
        In the unit of ``minimum``.
    minimum : float
        Smallest worthwhile effect.
    prior_mean : float
        Mean of the normal prior.
    prior_sd : float, optional
        Its standard deviation; a flat prior if not given.

    Returns
    -------
    Worthwhile
        With a flat prior the t distribution about the estimate. With a normal prior the posterior is computed
        on a grid from the t likelihood, so that few clusters are weighed as little as they tell.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., sections 2.5 and 3.2.
    Kraft (2020), Educational Researcher 49, 241-253: sizes of effects to expect of programmes.
    """
    check_level(effect.ci_level)
    if prior_sd is None:
        stretch = effect.df / (effect.df - 2) if 2 < effect.df < np.inf else 1.0
        return Worthwhile(
            probability=float(stdtr(effect.df, (effect.estimate - minimum) / effect.std_error))
            if np.isfinite(effect.df)
            else float(ndtr((effect.estimate - minimum) / effect.std_error)),
            minimum=minimum,
            mean=effect.estimate,
            std_deviation=effect.std_error * float(np.sqrt(stretch)),
            prior="no effect is more likely than another beforehand (flat prior)",
        )
    if prior_sd <= 0:
        raise ValueError("prior_sd must be above zero")
    grid = prior_mean + prior_sd * np.linspace(-8, 8, 16_001)
    miss = (grid - effect.estimate) / effect.std_error
    squared = miss**2
    likelihood = (effect.df + 1) / 2 * np.log1p(squared / effect.df) if np.isfinite(effect.df) else squared / 2
    logs = -likelihood - ((grid - prior_mean) / prior_sd) ** 2 / 2
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    mean = float(weights @ grid)
    # The grid point at the minimum, if there is one, counts half.
    beyond = float(weights[grid > minimum].sum() + weights[grid == minimum].sum() / 2)
    return Worthwhile(
        probability=beyond,
        minimum=minimum,
        mean=mean,
        std_deviation=float(np.sqrt(weights @ (grid - mean) ** 2)),
        prior=f"effects scatter about {prior_mean:g} with a standard deviation of {prior_sd:g} (normal prior)",
    )
