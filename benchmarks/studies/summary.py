"""Power, false alarms, bias, RMSE and coverage over seeds, each with its Monte Carlo error."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from studies.study import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A mean over seeds with its Monte Carlo standard error."""

    mean: float
    error: float
    seeds: int

    def __str__(self) -> str:
        """Write mean and error."""
        return f"{self.mean:.4f} ± {self.error:.4f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was found of one quantity over all seeds; None where there is nothing to say.

    Parameters
    ----------
    named : Rate or None
        Share of seeds in which the truth was named: power where it is planted, false alarms where it is not.
    bias, rmse, coverage : Rate or None
        Of the estimates; several of one seed count as one.
    declined : Rate or None
        Share of estimates that were declined.
    """

    quantity: str
    planted: bool
    named: Rate | None
    bias: Rate | None
    rmse: Rate | None
    coverage: Rate | None
    declined: Rate | None


def summarise(outcomes_by_seed: Sequence[Sequence[Outcome]], *, planted: bool) -> list[Summary]:
    """Summarise the outcomes of all seeds, one row per quantity.

    Parameters
    ----------
    outcomes_by_seed : sequence of sequences of Outcome
        One sequence per seed.
    planted : bool
        Whether the truth was there.

    Returns
    -------
    list of Summary
        In the order in which the quantities first occur.
    """
    quantities = list(dict.fromkeys(one.quantity for outcomes in outcomes_by_seed for one in outcomes))
    summaries = []
    for quantity in quantities:
        of_quantity = [[one for one in outcomes if one.quantity == quantity] for outcomes in outcomes_by_seed]
        squares = _rate(of_quantity, _squared_error)
        rmse = None if squares is None else _root(squares)
        summaries.append(
            Summary(
                quantity=quantity,
                planted=planted,
                named=_rate(of_quantity, lambda one: None if one.named is None else float(one.named)),
                bias=_rate(of_quantity, _error),
                rmse=rmse,
                coverage=_rate(of_quantity, _covered),
                declined=_rate(of_quantity, lambda one: None if one.true is None else float(one.estimate is None)),
            )
        )
    return summaries


def _error(one: Outcome) -> float | None:
    return None if one.estimate is None or one.true is None else one.estimate - one.true


def _squared_error(one: Outcome) -> float | None:
    error = _error(one)
    return None if error is None else error**2


def _covered(one: Outcome) -> float | None:
    if one.low is None or one.high is None or one.true is None:
        return None
    return float(one.low <= one.true <= one.high)


def _rate(by_seed: Sequence[Sequence[Outcome]], of: Callable[[Outcome], float | None]) -> Rate | None:
    values_by_seed = [[value for one in outcomes if (value := of(one)) is not None] for outcomes in by_seed]
    means = np.array([np.mean(values) for values in values_by_seed if values])
    if len(means) == 0:
        return None
    error = float(np.std(means, ddof=1) / np.sqrt(len(means))) if len(means) > 1 else float("nan")
    return Rate(mean=float(means.mean()), error=error, seeds=len(means))


def _root(squares: Rate) -> Rate:
    root = float(np.sqrt(squares.mean))
    return Rate(mean=root, error=squares.error / (2 * root) if root > 0 else 0.0, seeds=squares.seeds)
