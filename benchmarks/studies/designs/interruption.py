"""Interrupted time series of twenty to forty points with errors that resemble their neighbours."""

from functools import partial

import numpy as np

from mtss_analysis.stats.series import estimate_interruption
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1

POINT_SD = 0.15
"""Of a point about the line, in standard deviations of students: those of the means of forty of them."""


def study_interruption(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_points: int = 24,
    autocorrelation: float = 0.3,
    compared: bool = False,
    level: float = 0.12,
) -> Summary:
    """Estimate the average distance after the start from where the line before would have led.

    In standard deviations of students; a point is a mean over students, so it departs by far less than one of them.
    """
    tally = Tally() if tally is None else tally
    slope = 0.0075
    for seed in seeds:
        for scale in choose(1.0, which):
            rng = np.random.default_rng(seed)
            time = np.arange(n_points, dtype=float)
            since = np.maximum(time - n_points // 2, 0)
            after = time >= n_points // 2
            effect = scale * after * (level + slope * since)
            errors = POINT_SD * draw_ar1(rng, n=n_points, autocorrelation=autocorrelation)
            other = POINT_SD * draw_ar1(rng, n=n_points, autocorrelation=autocorrelation)
            estimate = partial(
                estimate_interruption,
                outcome=50 + 0.015 * time + effect + errors,
                time=time,
                start=float(n_points // 2),
                comparison=45 + 0.015 * time + other if compared else None,
            )
            tally.add(estimate, read=lambda found: found.average, truth=float(effect[after].mean()))
    return tally.summarise()
