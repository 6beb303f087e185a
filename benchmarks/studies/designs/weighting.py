"""Weighting and regression adjustment: students who need more help are likelier to get it."""

from functools import partial

import numpy as np

from mtss_analysis.stats.matching import estimate_weighted_effect
from mtss_analysis.stats.matching.weighted_effect import Weighting
from studies.designs.tally import Summary, Tally, Which, choose


def study_weighting(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n: int = 500,
    n_clusters: int = 0,
    by_cluster: bool = False,
    weighting: Weighting = "entropy",
    effect: float = 0.3,
) -> Summary:
    """Estimate the effect on the treated, who differ from the others in two measured ways."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            before, other = rng.normal(size=n), rng.normal(size=n)
            clusters = rng.integers(0, max(n_clusters, 1), n)
            shared = 0.2 * rng.normal(size=max(n_clusters, 1))[clusters] if n_clusters else np.zeros(n)
            if by_cluster:
                treated = (clusters < n_clusters / 2).astype(float)
                before = before - 0.3 * treated
            else:
                treated = (rng.uniform(size=n) < 1 / (1 + np.exp(1.2 + 0.9 * before))).astype(float)
            outcome = 0.7 * before + 0.2 * other + planted * treated + shared + 0.65 * rng.normal(size=n)
            estimate = partial(
                estimate_weighted_effect,
                outcome=outcome,
                treated=treated,
                covariates={"before": before, "other": other},
                clusters=clusters if n_clusters else None,
                weighting=weighting,
            )
            tally.add(estimate, read=lambda found: found.effect, truth=planted)
    return tally.summarise()
