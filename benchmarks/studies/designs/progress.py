"""Progress monitoring: the slope of one student's twelve weekly scores, in standard errors of estimate."""

from functools import partial

import numpy as np

from mtss_analysis.stats.monitoring import fit_progress
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1


def study_progress(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_points: int = 12,
    autocorrelation: float = 0.0,
    slope: float = 0.15,
) -> Summary:
    """Estimate a slope with the autocorrelation known; the errors have a standard deviation of 1."""
    tally = Tally() if tally is None else tally
    weeks = np.arange(n_points, dtype=float)
    for seed in seeds:
        for planted in choose(slope, which):
            rng = np.random.default_rng(seed)
            scores = planted * weeks + draw_ar1(rng, n=n_points, autocorrelation=autocorrelation)
            estimate = partial(fit_progress, weeks=weeks, scores=scores, autocorrelation=autocorrelation)
            tally.add(estimate, read=lambda found: found.slope, truth=planted)
    return tally.summarise()
