"""Where units stand among each other, and how little is known of it."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.estimate import check_level
from mtss_analysis.stats.heterogeneity import read_estimates
from mtss_analysis.stats.spread_posterior import weigh_spreads

SEED = 19970501
N_DRAWS = 4000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranks:
    """Posterior ranks of ``k`` units, 1 for the lowest true value.

    Parameters
    ----------
    expected : (k,) float array
        Posterior mean of the rank.
    ci_low, ci_high : (k,) int arrays
        Ranks between which the true rank lies with at least the probability ``ci_level``.
    ci_level : float
        Probability of each interval.
    share_lowest, share_highest : (k,) float arrays
        Probability of being the lowest and the highest of all.
    """

    expected: FloatArray
    ci_low: np.ndarray
    ci_high: np.ndarray
    ci_level: float
    share_lowest: FloatArray
    share_highest: FloatArray


def rank_units(
    *, estimates: FloatArray, std_errors: FloatArray, ci_level: float = 0.95, n_draws: int = N_DRAWS, seed: int = SEED
) -> Ranks:
    """Rank units by their true values, by draws from the posterior that :func:`shrink` describes.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One estimate a unit, not shrunken, and its standard error, taken as known.
    ci_level : float
        Probability of each interval, between 0 and 1.
    n_draws : int
        Draws; the Monte Carlo error of a limit is a rank or two among a hundred units.
    seed : int
        Of the draws: the same estimates give the same ranks.

    Returns
    -------
    Ranks
        In the order given. Of units that nothing tells apart, all intervals span nearly all ranks.

    Raises
    ------
    TooFewError
        Fewer than three units.

    References
    ----------
    Goldstein & Spiegelhalter (1996), JRSS A 159, 385-443, section 5: ranks need intervals.
    Laird & Louis (1989), Journal of Educational Statistics 14, 29-46: posterior ranks.
    """
    check_level(ci_level)
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    if values.size < 3:
        raise TooFewError(f"there are {values.size} units, and at least 3 are needed to know how much they differ")
    rng = np.random.default_rng(seed)
    posterior = weigh_spreads(estimates=values, variances=variances)
    node = rng.choice(posterior.weights.size, size=n_draws, p=posterior.weights)
    spread2 = posterior.spreads[node, None] ** 2
    mean = posterior.means[node] + np.sqrt(posterior.mean_variances[node]) * rng.standard_normal(n_draws)
    pull = variances / (variances + spread2)
    centre = values * (1 - pull) + mean[:, None] * pull
    drawn = centre + np.sqrt(variances * (1 - pull)) * rng.standard_normal(centre.shape)
    ranks = drawn.argsort(axis=1).argsort(axis=1) + 1
    tail = (1 - ci_level) / 2
    return Ranks(
        expected=ranks.mean(axis=0),
        ci_low=np.quantile(ranks, tail, axis=0, method="inverted_cdf").astype(np.intp),
        ci_high=np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf").astype(np.intp),
        ci_level=ci_level,
        share_lowest=(ranks == 1).mean(axis=0),
        share_highest=(ranks == values.size).mean(axis=0),
    )
