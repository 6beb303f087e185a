"""Interrupted time series of twenty to forty points with errors that resemble their neighbours."""

from functools import partial

import numpy as np

from mtss_analysis.stats.series import estimate_interruption
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1


def study_interruption(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_points: int = 24,
    autocorrelation: float = 0.3,
    compared: bool = False,
    level: float = 0.8,
) -> Summary:
    """Estimate the average distance after the start from where the line before would have led."""
    tally = Tally() if tally is None else tally
    slope = 0.05
    for seed in seeds:
        for scale in choose(1.0, which):
            rng = np.random.default_rng(seed)
            time = np.arange(n_points, dtype=float)
            since = np.maximum(time - n_points // 2, 0)
            after = time >= n_points // 2
            effect = scale * after * (level + slope * since)
            errors = draw_ar1(rng, n=n_points, autocorrelation=autocorrelation)
            other = draw_ar1(rng, n=n_points, autocorrelation=autocorrelation)
            estimate = partial(
                estimate_interruption,
                outcome=50 + 0.1 * time + effect + errors,
                time=time,
                start=float(n_points // 2),
                comparison=45 + 0.1 * time + other if compared else None,
            )
            tally.add(estimate, read=lambda found: found.average, truth=float(effect[after].mean()))
    return tally.summarise()
