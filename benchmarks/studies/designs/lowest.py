"""A programme without effect given to the lowest scorers, and how often it is called effective."""

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.discontinuity import estimate_jump
from mtss_analysis.stats.matching import estimate_weighted_effect
from studies.designs.tally import Summary


def study_lowest(seeds: range, *, n: int = 800, share: float = 0.3, reliability: float = 0.8) -> Summary:
    """Compare the raw gain with a regression discontinuity and with weighting, which ought to decline."""
    called = {"discontinuity": 0, "weighting": 0, "raw_gain": 0}
    declined = {"discontinuity": 0, "weighting": 0}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        true = np.sqrt(reliability) * rng.normal(size=n)
        before = np.round(50 + 10 * (true + np.sqrt(1 - reliability) * rng.normal(size=n)))
        after = 50 + 10 * (true + np.sqrt(1 - reliability) * rng.normal(size=n))
        cut = float(np.quantile(before, share))
        treated = before < cut
        gain = (after - before)[treated]
        called["raw_gain"] += bool(gain.mean() > 1.96 * gain.std(ddof=1) / np.sqrt(gain.size))
        for name in declined:
            try:
                if name == "discontinuity":
                    effect = estimate_jump(outcome=after, score=before, cut=cut).effect
                else:
                    effect = estimate_weighted_effect(
                        outcome=after, treated=treated.astype(float), covariates={"before": before}
                    ).effect
            except TooFewError:
                declined[name] += 1
                continue
            called[name] += effect.ci_low > 0
    return {f"called_effective_{name}": count / len(seeds) for name, count in called.items()} | {
        f"declined_{name}": count / len(seeds) for name, count in declined.items()
    }
