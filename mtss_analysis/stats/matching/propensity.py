"""The propensity to be treated, and whether treated and comparison students overlap in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray

MAX_STEPS = 100
RIDGE = 1e-6
SEPARATED = 15.0
"""A linear predictor beyond this (probability 3 in ten million) means that the groups are separated."""
SUPPORT_MARGIN_SD = 0.2
"""Distance on the logit, in its standard deviations, at which students count as alike: Austin (2011),
Pharmaceutical Statistics 10, 150-161, recommends this caliper."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Propensity:
    """Estimated propensity and overlap.

    Parameters
    ----------
    probability : (n,) float array
        Of being treated.
    on_support : (n,) bool array
        The row's logit lies within the range of the comparison group's (treated rows) widened by the caliper;
        true for every comparison row.
    off_support_share : float
        Share of the treated outside it.
    separation : float
        Probability that a treated student's propensity exceeds a comparison student's: .5 alike, 1 apart.
    """

    probability: FloatArray
    on_support: NDArray[np.bool_]
    off_support_share: float
    separation: float


def estimate_propensity(*, treated: NDArray[np.bool_], covariates: FloatArray) -> Propensity:
    """Estimate propensities by logistic regression, and the overlap of the groups.

    Parameters
    ----------
    treated : (n,) bool array
        Who was treated.
    covariates : (n, k) float array
        Standardised; none missing.

    Returns
    -------
    Propensity
        One probability a row.

    Raises
    ------
    TooFewError
        A combination of covariates tells the groups apart without fail.

    References
    ----------
    Rosenbaum & Rubin (1983), Biometrika 70, 41-55.
    """
    design = np.column_stack([np.ones(treated.size), covariates])
    wanted = treated.astype(np.float64)
    beta = np.zeros(design.shape[1])
    penalty = RIDGE * np.eye(design.shape[1])
    for _ in range(MAX_STEPS):
        chance = expit(design @ beta)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, design.T @ (wanted - chance) - penalty @ beta)
        beta = beta + step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    logit = design @ beta
    if float(np.median(np.abs(logit))) > SEPARATED:
        raise TooFewError("the measures tell treated and comparison students apart without fail: nobody is alike")
    margin = SUPPORT_MARGIN_SD * float(logit.std())
    others = logit[~treated]
    inside = (logit <= float(others.max()) + margin) & (logit >= float(others.min()) - margin)
    on_support = inside | ~treated
    ranks = np.argsort(np.argsort(logit, kind="stable"), kind="stable") + 1.0
    n_treated = int(treated.sum())
    area = (float(ranks[treated].sum()) - n_treated * (n_treated + 1) / 2) / (n_treated * (treated.size - n_treated))
    return Propensity(
        probability=expit(logit),
        on_support=on_support,
        off_support_share=float(1 - on_support[treated].mean()),
        separation=area,
    )
