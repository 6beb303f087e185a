"""Growth of students who took part against others with the same first score, chosen for a low one."""

from functools import partial

import numpy as np

from mtss_analysis.stats.growth import estimate_growth_difference
from studies.designs.tally import Summary, Tally, Which, choose


def study_growth_difference(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_schools: int = 8,
    n_students: int = 600,
    share_missing: float = 0.1,
    effect: float = 0.2,
) -> Summary:
    """Estimate the effect on growth over three windows, low first scores making it likelier to take part."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            school = rng.integers(0, n_schools, n_students)
            level = 0.3 * rng.normal(size=n_schools)[school] + 0.8 * rng.normal(size=n_students)
            slope = 0.1 * rng.normal(size=n_schools)[school] + 0.3 * rng.normal(size=n_students)
            share = np.array([0.0, 0.5, 1.0])
            noise = 0.5 * rng.normal(size=(n_students, 3))
            scores = level[:, None] + slope[:, None] * share + noise
            treated = rng.uniform(size=n_students) < 1 / (1 + np.exp(1 + 0.6 * scores[:, 0]))
            exposure = treated[:, None] * share
            seen = rng.uniform(size=scores.shape) >= share_missing
            seen[:, 0] = True
            window = np.tile(np.arange(3), (n_students, 1))
            estimate = partial(
                estimate_growth_difference,
                outcome=(scores + planted * exposure)[seen],
                exposure=exposure[seen],
                occasion=window[seen],
                student=np.repeat(np.arange(n_students)[:, None], 3, axis=1)[seen],
                groups=np.repeat(school[:, None], 3, axis=1)[seen],
                clusters=np.repeat(school[:, None], 3, axis=1)[seen],
            )
            tally.add(estimate, read=lambda found: found.effect, truth=planted)
    return tally.summarise()
