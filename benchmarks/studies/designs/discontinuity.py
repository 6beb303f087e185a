"""Regression discontinuity: sharp and fuzzy cuts, whole-number scores, clusters on both sides, heaping."""

from functools import partial

import numpy as np

from mtss_analysis.stats import Interval
from mtss_analysis.stats.discontinuity import HonestJump, check_heaping, estimate_honest_jump, estimate_jump
from studies.designs.tally import Summary, Tally, Which, choose

CUT = 50.0


def study_discontinuity(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n: int = 1600,
    fuzzy: bool = False,
    n_clusters: int = 0,
    step: float = 1.0,
    effect: float = 0.4,
) -> Summary:
    """Estimate the jump of a curved outcome at a cut score that sends those below into a programme."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            score, outcome, received, clusters = _draw(
                rng, n=n, fuzzy=fuzzy, n_clusters=n_clusters, step=step, effect=planted
            )
            estimate = partial(
                estimate_jump,
                outcome=outcome,
                score=score,
                cut=CUT,
                received=received if fuzzy else None,
                clusters=clusters if n_clusters else None,
            )
            tally.add(estimate, read=lambda found: found.effect, truth=planted)
    return tally.summarise()


def study_honest(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n: int = 1600,
    step: float = 5.0,
    effect: float = 0.4,
) -> Summary:
    """Estimate the jump where the score takes few values; the interval is meant to be conservative."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            rng = np.random.default_rng(seed)
            score, outcome, _, _ = _draw(rng, n=n, fuzzy=False, n_clusters=0, step=step, effect=planted)
            estimate = partial(estimate_honest_jump, outcome=outcome, score=score, cut=CUT)
            tally.add(estimate, read=_read_interval, truth=planted)
    return tally.summarise()


def study_heaping(seeds: range, *, n: int = 1500, share_moved: float = 0.5) -> Summary:
    """Count how often heaping is flagged on smooth scores, and where some below the cut were lifted over it."""
    flagged = {0.0: 0, share_moved: 0}
    for seed in seeds:
        for moved in flagged:
            rng = np.random.default_rng(seed)
            score = np.clip(np.round(rng.normal(58, 14, n)), 0, 100)
            lifted = (score >= CUT - 2) & (score < CUT) & (rng.uniform(size=n) < moved)
            values, counts = np.unique(np.where(lifted, CUT, score), return_counts=True)
            flagged[moved] += check_heaping(values=values, counts=counts.astype(float), cut=CUT).flagged
    return {"n": len(seeds), "type_one_error": flagged[0.0] / len(seeds), "power": flagged[share_moved] / len(seeds)}


def _read_interval(found: HonestJump) -> Interval:
    return Interval(estimate=found.estimate, ci_low=found.ci_low, ci_high=found.ci_high, ci_level=found.ci_level)


def _draw(
    rng: np.random.Generator, *, n: int, fuzzy: bool, n_clusters: int, step: float, effect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    score = rng.normal(58, 15, n)
    if step:
        score = np.round(score / step) * step
    entitled = (score < CUT).astype(float)
    received = np.where(rng.uniform(size=n) < 0.8, entitled, 1 - entitled) if fuzzy else entitled
    clusters = rng.integers(0, max(n_clusters, 1), n)
    shared = 0.3 * rng.normal(size=max(n_clusters, 1))[clusters] if n_clusters else np.zeros(n)
    curve = 0.03 * (score - CUT) + 0.0003 * (score - CUT) ** 2
    return score, curve + effect * received + shared + 0.8 * rng.normal(size=n), received, clusters
