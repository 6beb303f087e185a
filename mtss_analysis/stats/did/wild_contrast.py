"""The restricted wild bootstrap of a weighted sum of cohort means, where units are few."""

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.did.contrasts import Cohorts
from mtss_analysis.stats.wild_bootstrap import WildTest, draw_signs, invert_test

TIE = 1e-9


def bootstrap_contrast(
    *,
    outcome: FloatArray,
    starts: FloatArray,
    cohorts: Cohorts,
    weights: FloatArray,
    ci_level: float,
    n_samples: int,
    seed: int = 0,
) -> WildTest:
    """Test a weighted sum of cohort means, each unit's whole trajectory keeping its sign.

    Parameters
    ----------
    outcome : (n, t) float array
        Outcome of each unit in each period.
    starts : (n,) float array
        Index of each unit's first treated period, as in ``cohorts.starts``.
    cohorts : Cohorts
        Their means and covariance.
    weights : (c, t) float array
        Of the cohorts' means by period.
    ci_level : float
        Confidence level, between 0 and 1.
    n_samples : int
        Bootstrap samples.
    seed : int
        Of the signs.

    Returns
    -------
    WildTest
        Studentised as the estimate is; residuals are those about the cohort means nearest to the observed ones that
        have the value tested.

    Raises
    ------
    TooFewError
        Trajectories do not vary.

    References
    ----------
    Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90, 414-427: the null is imposed.
    Webb (2023), Canadian Journal of Economics 56, 839-858: six-point weights.
    """
    n = outcome.shape[0]
    codes = np.searchsorted(cohorts.starts, starts)
    sizes = cohorts.sizes
    members = (codes[:, None] == np.arange(sizes.size)).astype(np.float64)
    # The means nearest to those observed move along the weights, the more the smaller the cohort.
    direction = weights / sizes[:, None]
    length = float((weights * direction).sum())
    kind, signs = draw_signs("auto", n_clusters=n, n_samples=n_samples, seed=seed)
    estimate = float((weights * cohorts.means).sum())
    residuals = outcome - cohorts.means[codes]
    observed_error = _find_errors(residuals[None], cohorts=cohorts, weights=weights)[0]
    if observed_error <= 0:
        raise TooFewError("the values do not vary enough to say how uncertain the estimate is")

    def find_p_value(value: float) -> float:
        restricted = residuals + (estimate - value) / length * direction[codes]
        drawn = signs.T[:, :, None] * restricted
        means = np.einsum("ic,bit->bct", members, drawn) / sizes[:, None]
        distance = np.abs(np.einsum("ct,bct->b", weights, means))
        errors = _find_errors(drawn - means[:, codes], cohorts=cohorts, weights=weights)
        return float(np.mean(distance >= abs(estimate - value) / observed_error * errors * (1 - TIE)))

    alpha = 1 - ci_level
    return WildTest(
        estimate=estimate,
        p_value=find_p_value(0.0),
        ci_low=invert_test(find_p_value, estimate=estimate, step=-observed_error, alpha=alpha),
        ci_high=invert_test(find_p_value, estimate=estimate, step=observed_error, alpha=alpha),
        ci_level=ci_level,
        weights=kind,
        n_samples=int(signs.shape[1]),
        n_clusters=n,
    )


def _find_errors(residuals: FloatArray, *, cohorts: Cohorts, weights: FloatArray) -> FloatArray:
    """Standard errors of the sum under a covariance that all cohorts share, for samples of residuals (b, n, t)."""
    shares = np.einsum("bit,ct->bic", residuals, weights) ** 2
    return np.asarray(np.sqrt((shares.sum(axis=1) / cohorts.sizes).sum(axis=1) / cohorts.df), dtype=np.float64)
