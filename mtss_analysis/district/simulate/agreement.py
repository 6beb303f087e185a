"""How often two observers of the same visit agree, as the truth has it."""

from typing import Any

import numpy as np
from scipy.stats import norm

from mtss_analysis.district.simulate.visit_truths import VisitNoise

POINTS = 200


def describe_agreement(*, share: float, noise: VisitNoise) -> dict[str, Any]:
    """Say how often two observers give an item the same score.

    Parameters
    ----------
    share : float
        Share of items scored 2, between 0 and 1.
    noise : VisitNoise
        Spread of teachers, visits and observers.

    Returns
    -------
    dict of str to float
        ``share`` itself; ``exact``, the share of items with the same score; ``kappa``, Cohen's kappa over the three
        scores;
        ``latent_correlation`` of the two observers' scores before they are cut into 0, 1 and 2.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20,
    37-46.
    """
    own = noise.observer_sd**2 + noise.observer_error
    shared = noise.total_sd**2 - own
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    weights = weights / weights.sum()
    mean = norm.ppf(share) * noise.total_sd + np.sqrt(shared) * nodes
    full = norm.cdf(mean / np.sqrt(own))
    none = norm.cdf((-noise.partial - mean) / np.sqrt(own))
    by_score = np.stack([none, 1 - none - full, full])
    joint = (by_score[:, None, :] * by_score[None, :, :] * weights).sum(axis=2)
    exact = float(np.trace(joint))
    chance = float((joint.sum(axis=0) * joint.sum(axis=1)).sum())
    return {
        "share": share,
        "exact": round(exact, 4),
        "kappa": round((exact - chance) / (1 - chance), 4),
        "latent_correlation": round(shared / (shared + own), 4),
    }
