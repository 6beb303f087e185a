"""How many of many units really changed by so much, when each change is measured with noise."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.heterogeneity import read_estimates
from mtss_analysis.stats.spread_posterior import weigh_spreads

LEAST_UNITS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reaching:
    """How many units reach a threshold, with measurement noise removed.

    Parameters
    ----------
    share : float
        Expected share, 0 to 1, of the units given whose real change is at the threshold or beyond.
    next_unit : float
        Probability, 0 to 1, that the real change of one more unit like them is, over the same time.
    next_time : float
        The same at another time, at which the units as a whole need not fall as they may have fallen here: where their
        mean is below zero, changes are taken to spread about zero by their root mean square.
    mean, spread : float
        Posterior means of the mean and of the standard deviation of real changes.
    """

    share: float
    next_unit: float
    next_time: float
    mean: float
    spread: float


def find_reaching(*, estimates: FloatArray, std_errors: FloatArray, threshold: float) -> Reaching:
    """Find how many units really reach a threshold, by the normal-normal model.

    Parameters
    ----------
    estimates, std_errors : (k,) float arrays
        One change a unit and its standard error, taken as known; positive where to reach is to be at or above.
    threshold : float
        In the unit of the changes; from below.

    Returns
    -------
    Reaching
        Averaged over the posterior of mean and spread, flat priors on both, as in ``shrink``.

    Raises
    ------
    TooFewError
        Fewer than three units.

    References
    ----------
    Rubin (1981), Journal of Educational Statistics 6, 377-401; Gelman (2006), Bayesian Analysis 1, 515-534. That a
    raw distribution of noisy changes is wider than that of real ones: Efron (2011), JASA 106, 1602-1614.
    """
    values, variances = read_estimates(estimates=estimates, std_errors=std_errors)
    if values.size < LEAST_UNITS:
        raise TooFewError(f"there are {values.size} units, and at least {LEAST_UNITS} are needed to know their spread")
    posterior = weigh_spreads(estimates=values, variances=variances)
    nodes, means, weights = posterior.spreads, posterior.means, posterior.weights
    pull = variances[:, None] / (variances[:, None] + nodes**2)
    centres = values[:, None] * (1 - pull) + means * pull
    own = np.sqrt(variances[:, None] * (1 - pull) + pull**2 * posterior.mean_variances)
    reached = ndtr((centres - threshold) / own) @ weights
    centre = np.maximum(means, 0.0)
    about = np.sqrt(nodes**2 + posterior.mean_variances + (means - centre) ** 2)
    following = ndtr((means - threshold) / np.sqrt(nodes**2 + posterior.mean_variances)) @ weights
    return Reaching(
        share=float(reached.mean()),
        next_unit=float(following),
        next_time=float(ndtr((centre - threshold) / about) @ weights),
        mean=float(means @ weights),
        spread=float(nodes @ weights),
    )
