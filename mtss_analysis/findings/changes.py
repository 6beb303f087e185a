"""How a number compares with last year's, told only where the difference is more than noise."""

from collections.abc import Callable, Sequence
from typing import Protocol

from mtss_analysis.show import direction, format_school_year


class HasInterval(Protocol):
    """An estimate between two limits."""

    @property
    def estimate(self) -> float:
        """The estimate."""

    @property
    def ci_low(self) -> float:
        """Lower limit."""

    @property
    def ci_high(self) -> float:
        """Upper limit."""


def say_change(
    series: Sequence[HasInterval | None], *, school_years: Sequence[str], write: Callable[[float], str]
) -> str:
    """Say where a number was the time before, and whether the difference is more than noise.

    Parameters
    ----------
    series : sequence of estimates or None
        Year by year, the latest last; None where there is none.
    school_years : sequence of str
        Their school years; where the one before the latest is not the year before, it is named.
    write : callable
        Writes a value as it is printed.

    Returns
    -------
    str
        ``up from 41% last year``, ``41% last year, no change beyond noise``, or empty where there is no earlier year.

    Notes
    -----
    The two years are taken as independent: the half-width of the difference is the root of the sum of squares of
    theirs. Children who are in both years make the truth narrower, so "no change beyond noise" is said somewhat too
    often rather than too seldom.
    """
    if len(series) < 2 or series[-1] is None or series[-2] is None:
        return ""
    now, before = series[-1], series[-2]
    change = now.estimate - before.estimate
    half_width = (((now.ci_high - now.ci_low) / 2) ** 2 + ((before.ci_high - before.ci_low) / 2) ** 2) ** 0.5
    told = direction(low=change - half_width, high=change + half_width)
    follows = int(school_years[-1][:4]) - int(school_years[-2][:4]) == 1
    was = f"{write(before.estimate)} {'last year' if follows else f'in {format_school_year(school_years[-2])}'}"
    if told == "rose":
        return f"up from {was}"
    if told == "fell":
        return f"down from {was}"
    return f"{was}, no change beyond noise"
