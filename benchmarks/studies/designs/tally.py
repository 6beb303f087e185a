"""The tally of a simulation study: coverage, bias, RMSE, false alarms, each with its Monte Carlo error."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats import Estimate, Interval
from studies.study import Outcome

Summary: TypeAlias = dict[str, float]
Which: TypeAlias = Literal["both", "planted", "absent"]
Found = TypeVar("Found")


@dataclass(kw_only=True)
class Tally:
    """What a study has seen so far.

    Parameters
    ----------
    misses : list of float
        Estimate less truth, in standard deviations of the outcome.
    covered, false_alarms : list of bool
        The interval held the planted effect; it left out zero where nothing was planted.
    declined : int
        Data that the method declined.
    reasons : set of str
        Why.
    seen : list of Outcome
        The same, one by one.
    """

    misses: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    false_alarms: list[bool] = field(default_factory=list)
    declined: int = 0
    reasons: set[str] = field(default_factory=set)
    seen: list[Outcome] = field(default_factory=list)

    def add(self, estimate: Callable[[], Found], *, read: Callable[[Found], Estimate | Interval], truth: float) -> None:
        """Add one estimate; with a truth of zero it counts for false alarms, else for coverage and bias."""
        try:
            found = read(estimate())
        except TooFewError as reason:
            self.declined += 1
            self.reasons.add(str(reason))
            self.seen.append(Outcome(quantity="effect", true=truth))
            return
        inside = found.ci_low <= truth <= found.ci_high
        self.seen.append(
            Outcome(
                quantity="effect",
                named=not found.ci_low <= 0 <= found.ci_high,
                estimate=found.estimate,
                true=truth,
                low=found.ci_low,
                high=found.ci_high,
            )
        )
        if truth == 0:
            self.false_alarms.append(not inside)
        else:
            self.covered.append(inside)
            self.misses.append(found.estimate - truth)

    def summarise(self) -> Summary:
        """Give shares and means with Monte Carlo standard errors."""
        misses = np.array(self.misses)
        summary = {"n": float(len(self.covered)), "declined": float(self.declined)}
        summary |= _share("coverage", self.covered) | _share("type_one_error", self.false_alarms)
        if misses.size:
            summary |= {
                "bias": float(misses.mean()),
                "bias_mc_error": float(misses.std() / np.sqrt(max(misses.size - 1, 1))),
                "rmse": float(np.sqrt((misses**2).mean())),
            }
        return summary


def choose(effect: float, which: Which) -> tuple[float, ...]:
    """Give the effects to plant in each seed: the effect, none, or first the one and then the other."""
    return {"both": (effect, 0.0), "planted": (effect,), "absent": (0.0,)}[which]


def draw_ar1(rng: np.random.Generator, *, n: int, autocorrelation: float) -> np.ndarray:
    """Draw a stationary AR(1) series with variance 1."""
    steps = rng.normal(size=n)
    series = np.empty(n)
    series[0] = steps[0]
    for t in range(1, n):
        series[t] = autocorrelation * series[t - 1] + np.sqrt(1 - autocorrelation**2) * steps[t]
    return series


def _share(name: str, seen: list[bool]) -> Summary:
    if not seen:
        return {}
    share = float(np.mean(seen))
    return {name: share, f"{name}_mc_error": float(np.sqrt(share * (1 - share) / len(seen)))}
