"""Multiple baselines over a few cases: the design-comparable effect size."""

from functools import partial

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.effects.designs import estimate_single_case
from mtss_analysis.findings.effects.ladder import climb
from mtss_analysis.stats import Estimate, Interval
from mtss_analysis.stats.single_case import estimate_design_comparable
from studies.designs.tally import Summary, Tally, Which, choose, draw_ar1

POINTS = 8.0


def study_cases(
    seeds: range,
    *,
    tally: Tally | None = None,
    which: Which = "both",
    n_cases: int = 4,
    n_points: int = 16,
    effect: float = 1.0,
    in_points: bool = False,
) -> Summary:
    """Climb the ladder with the probes of a few students; the size, or points, of which a standard deviation has 8."""
    tally = Tally() if tally is None else tally
    for seed in seeds:
        for planted in choose(effect, which):
            outcome, phase = _draw(
                np.random.default_rng(seed), n_cases=n_cases, n_points=n_points, autocorrelation=0.3, effect=planted
            )
            progress = pd.DataFrame(
                {
                    "student_id": np.repeat([f"s{place}" for place in range(n_cases)], n_points),
                    "date": np.tile(pd.date_range("2025-09-01", periods=n_points, freq="7D"), n_cases),
                    "score": 50 + POINTS * outcome.ravel(),
                    "phase": np.where(phase.ravel() > 0, "B", "A"),
                }
            )
            tally.add(
                partial(_climb, progress, in_points=in_points),
                read=lambda found: found,
                truth=planted * (POINTS if in_points else 1.0),
            )
    return tally.summarise()


def _climb(progress: pd.DataFrame, *, in_points: bool) -> Estimate | Interval:
    given = estimate_single_case(progress, better="higher", ci_level=0.95)
    chosen = climb(assignment="single_case", pupils=None, given=[given], ci_level=0.95).chosen
    if chosen is None or chosen.estimate is None or chosen.g is None or chosen.g_low is None or chosen.g_high is None:
        raise TooFewError(given.reason)
    size = Interval(estimate=chosen.g, ci_low=chosen.g_low, ci_high=chosen.g_high, ci_level=0.95)
    return chosen.estimate if in_points else size


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
            outcome, phase = _draw(
                np.random.default_rng(seed),
                n_cases=n_cases,
                n_points=n_points,
                autocorrelation=autocorrelation,
                effect=planted,
            )
            estimate = partial(
                estimate_design_comparable,
                outcome=outcome.ravel(),
                case=np.repeat(np.arange(n_cases), n_points),
                time=np.tile(np.arange(n_points, dtype=float), n_cases),
                intervention=phase.ravel(),
            )
            tally.add(estimate, read=lambda found: found.difference if in_points else found.g, truth=planted)
    return tally.summarise()


def _draw(
    rng: np.random.Generator, *, n_cases: int, n_points: int, autocorrelation: float, effect: float
) -> tuple[np.ndarray, np.ndarray]:
    """Cases that start one after the other; half of the variance lies between them."""
    time = np.arange(n_points, dtype=float)
    start = 5 + 2 * np.arange(n_cases) % (n_points - 9)
    phase = (time[None, :] >= start[:, None]).astype(float)
    errors = np.stack([draw_ar1(rng, n=n_points, autocorrelation=autocorrelation) for _ in range(n_cases)])
    return np.sqrt(0.5) * (rng.normal(size=(n_cases, 1)) + errors) + effect * phase, phase
