"""Staggered starts with effects that grow: group-time effects, and two-way fixed effects beside them."""

from functools import partial

import numpy as np

from mtss_analysis.stats.did import StaggeredEffect, estimate_staggered
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1

NEVER = float("inf")
N_PERIODS = 7


def study_staggered(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_schools: int = 8,
    starts: tuple[float, ...] = (2, 3, 4, NEVER),
    first_effect: float = 0.1,
    growth: float = 0.1,
) -> Summary:
    """Estimate the overall effect of a programme whose effect grows each year, in student standard deviations."""
    tally = Tally() if tally is None else tally
    two_way: list[float] = []
    pre_trend_alarms: list[bool] = []
    for seed in seeds:
        for scale in choose(1.0, which):
            rng = np.random.default_rng(seed)
            start = np.array([starts[i % len(starts)] for i in range(n_schools)])
            exposure = np.arange(N_PERIODS)[None, :] - start[:, None]
            effect = scale * np.where(exposure >= 0, first_effect + growth * exposure, 0.0)
            errors = np.stack([draw_ar1(rng, n=N_PERIODS, autocorrelation=0.5) for _ in range(n_schools)])
            level = 0.3 * rng.normal(size=n_schools) - 0.2 * np.isfinite(start)
            outcome = level[:, None] + 0.03 * np.arange(N_PERIODS) + 0.15 * errors + effect
            estimate = partial(
                estimate_staggered,
                outcome=outcome.ravel(),
                unit=np.repeat(np.arange(n_schools), N_PERIODS),
                period=np.tile(np.arange(N_PERIODS, dtype=float), n_schools),
                start=np.repeat(start, N_PERIODS),
            )
            truth = _find_truth(estimate(), first_effect=first_effect, growth=growth) if scale else 0.0
            tally.add(estimate, read=lambda found: found.overall, truth=truth)
            if scale:
                two_way.append(_fit_two_way(outcome, exposure >= 0) - truth)
                trend = estimate().pre_trend
                pre_trend_alarms.append(trend is not None and trend.slope.p_value < 0.05)
    return tally.summarise() | {
        "two_way_fixed_effects_bias": float(np.mean(two_way)) if two_way else float("nan"),
        "pre_trend_false_alarms": float(np.mean(pre_trend_alarms)) if two_way else float("nan"),
    }


def _find_truth(found: StaggeredEffect, *, first_effect: float, growth: float) -> float:
    """Average the planted effects as the estimate does: by cohort, then over cohorts by size."""
    cells = [cell for cell in found.group_time if cell.relative >= 0]
    means, sizes = [], []
    for start in sorted({cell.start for cell in cells}):
        own = [cell for cell in cells if cell.start == start]
        means.append(float(np.mean([first_effect + growth * cell.relative for cell in own])))
        sizes.append(own[0].n_treated)
    return float(np.average(means, weights=sizes))


def _fit_two_way(outcome: np.ndarray, treated: np.ndarray) -> float:
    def residual(table: np.ndarray) -> np.ndarray:
        return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()

    own = residual(treated.astype(float))
    return float((own * outcome).sum() / (own**2).sum())
