"""Runs of periods in which a unit counts next to nothing, although its own past and other units let expect more."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats

# Relative variance that is assumed at least: a unit's true rate may be a third higher or lower from one half-year
# to the next without anything being wrong with its reports. A choice of this kit, not of a source.
LEAST_VARIANCE = 0.35**2
# With fewer than three units nothing tells the season's share, so the rate is taken to vary by seven tenths.
VARIANCE_ALONE = 0.7**2
BLOCK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentRun:
    """The least likely run of one unit.

    Parameters
    ----------
    first, last : int
        Periods, from 0, both included; -1 where the unit has no run as small as asked for.
    count, expected : float
        Events in the run, and how many were to be expected; NaN where there is no run.
    p_value : float
        Probability of so few, times the number of runs that were looked at; 1 where there is no run.
    """

    first: int
    last: int
    count: float
    expected: float
    p_value: float


def find_silent_runs(
    *, counts: FloatArray, exposure: FloatArray, least_periods: int = 2, largest_share: float = 0.15
) -> tuple[SilentRun, ...]:
    """Find each unit's least likely run of periods with next to no events.

    What is expected of a unit in a period is its exposure times the rate of the other units in that period, times
    what its own other periods say of its rate: a gamma prior with the spread between units, updated by the counts
    outside the run. The count in the run is then negative binomial; the spread from one half-year to the next, and from
    one period to the next, is estimated from the other units and never taken to be small.

    Parameters
    ----------
    counts : (s, t) float array
        Events of each unit and period.
    exposure : (s, t) float array
        What counts are in proportion to, such as students; 0 where the unit did not exist.
    least_periods : int
        Shortest run looked at, in periods that have exposure.
    largest_share : float
        A run counts as silent if its count is at most this share of what is expected.

    Returns
    -------
    tuple of SilentRun
        One per unit, in order. The p-value allows for the choice among runs of the unit, not for the choice
        among units: adjust over these with :func:`adjust_p_values`.

    Raises
    ------
    TooFewError
        Fewer than two periods.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.6: gamma-Poisson model and its predictive
    distribution. Lawless (1987), Canadian Journal of Statistics 15, 209-225: negative binomial counts. The search over
    runs is adjusted by Bonferroni's inequality, half of it for those that last to the end.
    """
    observed = read_floats(counts, ndim=2, what="counts")
    base = read_floats(exposure, ndim=2, what="exposure")
    if observed.shape != base.shape:
        raise ValueError(f"counts has shape {observed.shape} and exposure {base.shape}")
    if observed.shape[1] < 2:
        raise TooFewError("there are fewer than two periods")
    return tuple(
        _search(observed, base, unit=unit, least=least_periods, largest_share=largest_share)
        for unit in range(observed.shape[0])
    )


def _search(counts: FloatArray, exposure: FloatArray, *, unit: int, least: int, largest_share: float) -> SilentRun:
    expected, spreads = _expect(counts, exposure, unit=unit)
    own, known = counts[unit], expected > 0
    places = np.flatnonzero(known)
    n = places.size
    nothing = SilentRun(first=-1, last=-1, count=np.nan, expected=np.nan, p_value=1.0)
    if n < max(least, 2):
        return nothing
    y = np.concatenate([[0.0], np.cumsum(own[places])])
    e = np.concatenate([[0.0], np.cumsum(expected[places])])
    first, last = np.triu_indices(n, k=least - 1)
    length = last - first + 1
    y_in, e_in = y[last + 1] - y[first], e[last + 1] - e[first]
    y_out, e_out = y[-1] - y_in, e[-1] - e_in
    blocks_out = np.maximum((n - length) / BLOCK, 1e-9)
    discount = 1 / (1 + spreads.within * e_out / np.maximum(blocks_out, 1.0))
    shape = 1 / spreads.between + discount * y_out
    multiplier = shape / (1 / spreads.between + discount * e_out)
    mean = multiplier * e_in
    variance = 1 / shape + spreads.within + spreads.extra / length
    size = 1 / variance
    p_values = betainc(size, np.floor(y_in) + 1, size / (size + mean))
    silent = y_in <= largest_share * mean
    if not silent.any():
        return nothing
    # Half of the error goes to runs that last to the end, of which there are few: a unit that stopped.
    lasts = last == n - 1
    p_values = p_values * np.where(lasts, 2 * lasts.sum(), 2 * max(int((~lasts).sum()), 1))
    best = int(np.argmin(np.where(silent, p_values, np.inf)))
    return SilentRun(
        first=int(places[first[best]]),
        last=int(places[last[best]]),
        count=float(y_in[best]),
        expected=float(mean[best]),
        p_value=float(min(1.0, p_values[best])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spreads:
    """Relative variances: between units, within a unit between blocks, and what single periods add."""

    between: float
    within: float
    extra: float


def _expect(counts: FloatArray, exposure: FloatArray, *, unit: int) -> tuple[FloatArray, _Spreads]:
    """Give what is expected of a unit by the others, and how units vary; flat over time where it has no others."""
    others = np.arange(counts.shape[0]) != unit
    theirs, their_exposure = counts[others], exposure[others]
    if int((their_exposure.sum(axis=1) > 0).sum()) < 2:
        total = float(exposure[unit].sum())
        rate = float(counts[unit].sum()) / total if total > 0 else 0.0
        return exposure[unit] * rate, _Spreads(between=1.0, within=VARIANCE_ALONE, extra=0.0)
    at_risk = their_exposure.sum(axis=0)
    profile = np.divide(theirs.sum(axis=0), at_risk, out=np.zeros_like(at_risk), where=at_risk > 0)
    expected = their_exposure * profile
    totals, expected_totals = theirs.sum(axis=1), expected.sum(axis=1)
    kept = expected_totals > 0
    theirs, expected = theirs[kept], expected[kept]
    totals, expected_totals = totals[kept], expected_totals[kept]
    between = _excess(totals, expected_totals, freedom=1.0)
    fitted = expected * (totals / expected_totals)[:, None]
    starts = np.arange(0, counts.shape[1], BLOCK)
    blocks, fitted_blocks = (np.add.reduceat(part, starts, axis=1) for part in (theirs, fitted))
    within = _excess(blocks, fitted_blocks, freedom=max(1 - 1 / starts.size, 0.5))
    single = _excess(theirs, fitted, freedom=1 - 1 / counts.shape[1])
    within = max(within, LEAST_VARIANCE)
    return exposure[unit] * profile, _Spreads(
        between=max(between, LEAST_VARIANCE), within=within, extra=max(single - within, 0.0)
    )


def _excess(counts: FloatArray, fitted: FloatArray, *, freedom: float) -> float:
    """Estimate the variance of true over fitted counts beyond Poisson's, by moments."""
    scale = float((fitted**2).sum())
    return float(((counts - fitted) ** 2 / freedom - fitted).sum()) / scale if scale > 0 else 0.0
