"""Multiple baselines over a few cases: the design-comparable effect size."""

from functools import partial

import numpy as np

from mtss_analysis.stats.single_case import estimate_design_comparable
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1


def study_single_case(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_cases: int = 4,
    n_points: int = 16,
    autocorrelation: float = 0.3,
    effect: float = 1.0,
    in_points: bool = False,
) -> Summary:
    """Estimate an effect of one standard deviation, half of whose square lies between cases; the size, or points."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            time = np.arange(n_points, dtype=float)
            start = 5 + 2 * np.arange(n_cases) % (n_points - 9)
            phase = (time[None, :] >= start[:, None]).astype(float)
            errors = np.stack([draw_ar1(rng, n=n_points, autocorrelation=autocorrelation) for _ in range(n_cases)])
            outcome = np.sqrt(0.5) * (rng.normal(size=(n_cases, 1)) + errors) + planted * phase
            estimate = partial(
                estimate_design_comparable,
                outcome=outcome.ravel(),
                case=np.repeat(np.arange(n_cases), n_points),
                time=np.tile(time, n_cases),
                intervention=phase.ravel(),
            )
            tally.add(estimate, read=lambda found: found.difference if in_points else found.g, truth=planted)
    return tally.summarise()
