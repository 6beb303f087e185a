"""Interrupted time series: the change of a level and of a slope when a programme starts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.estimate import Estimate
from mtss_analysis.stats.series.autocorrelation import fit_series
from mtss_analysis.stats.series.newey_west import fit_newey_west

MIN_POINTS_A_SIDE = 8
"""Points before and after: Penfold & Zhang (2013), Academic Pediatrics 13(6S), S38-S44."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """What changed when the programme started.

    Parameters
    ----------
    level : Estimate
        Change of the level at the first point after the start.
    slope : Estimate
        Change of the slope, per step of time.
    average : Estimate
        Mean distance, over the points after the start, from where the line before would have led.
    slope_before : Estimate
        Slope before the start, per step.
    newey_west_level, newey_west_slope : Estimate
        The same changes by least squares with Newey and West's standard errors, for comparison: too short in
        series like these.
    autocorrelation : float
        Of neighbouring errors, the mean over its likelihood.
    n_before, n_after : int
        Points.
    compared : bool
        Differences from a comparison series were analysed.
    """

    level: Estimate
    slope: Estimate
    average: Estimate
    slope_before: Estimate
    newey_west_level: Estimate
    newey_west_slope: Estimate
    autocorrelation: float
    n_before: int
    n_after: int
    compared: bool


def estimate_interruption(
    *,
    outcome: FloatArray,
    time: FloatArray,
    start: float,
    comparison: FloatArray | None = None,
    season: IdArray | None = None,
    ci_level: float = 0.95,
) -> Interruption:
    """Estimate the change of level and slope by segmented regression with AR(1) errors.

    Parameters
    ----------
    outcome : (n,) float array
        One value a point in time; NaN where missing.
    time : (n,) float array
        Whole numbers of steps (weeks, months), all different.
    start : float
        First point with the programme.
    comparison : (n,) float array, optional
        The same outcome, at the same times, where the programme did not start: the differences are then
        analysed, which takes out whatever befell both.
    season : (n,) array, optional
        Season of each point (month, marking period); every season must occur before and after the start.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Interruption
        Intervals allow for every autocorrelation that the series leaves plausible.

    Raises
    ------
    TooFewError
        Fewer than eight points before or after the start, or a season on one side alone.

    References
    ----------
    Wagner, Soumerai, Zhang & Ross-Degnan (2002), Journal of Clinical Pharmacy and Therapeutics 27, 299-309.
    Bottomley, Scott & Isham (2019), Epidemiologic Methods 8(1): a comparison series.
    Turner et al. (2021), BMC Medical Research Methodology 21, 181: restricted likelihood covers best in short
    series.
    """
    when = read_floats(time, ndim=1, what="time")
    values = np.asarray(outcome, dtype=np.float64)
    if comparison is not None:
        values = values - np.asarray(comparison, dtype=np.float64)
    known = np.isfinite(values)
    order = np.argsort(when[known], kind="stable")
    when, values = when[known][order], values[known][order]
    if np.any(np.diff(when) == 0) or np.any(when != np.round(when)):
        raise ValueError("time must be whole steps, each once")
    after = when >= start
    for side, n_points in (("before", int((~after).sum())), ("after", int(after.sum()))):
        if n_points < MIN_POINTS_A_SIDE:
            raise TooFewError(
                f"there are {n_points} points {side} the start, and at least {MIN_POINTS_A_SIDE} are needed"
            )
    first = float(when[after][0])
    since = np.where(after, when - first, 0.0)
    base = np.column_stack([np.ones(when.size), when - first, after.astype(np.float64), since])
    extra = None if season is None else _make_seasons(np.asarray(season)[known][order], after=after)
    design = base if extra is None else np.hstack([base, extra])
    fit = fit_series(outcome=values, design=design, time=when)

    def find_vector(level: float, slope: float, before: float = 0.0) -> FloatArray:
        vector = np.zeros(design.shape[1])
        vector[1:4] = before, level, slope
        return vector

    def estimate(level: float, slope: float, before: float = 0.0) -> Estimate:
        return fit.contrast(find_vector(level, slope, before), ci_level=ci_level)

    def compare(level: float, slope: float) -> Estimate:
        return fit_newey_west(outcome=values, design=design, vector=find_vector(level, slope), ci_level=ci_level)

    return Interruption(
        level=estimate(1, 0),
        slope=estimate(0, 1),
        average=estimate(1, float(since[after].mean())),
        slope_before=estimate(0, 0, 1),
        newey_west_level=compare(1, 0),
        newey_west_slope=compare(0, 1),
        autocorrelation=fit.autocorrelation,
        n_before=int((~after).sum()),
        n_after=int(after.sum()),
        compared=comparison is not None,
    )


def _make_seasons(season: IdArray, *, after: NDArray[np.bool_]) -> FloatArray:
    codes, n_seasons = number_groups(season, n=after.size, what="season")
    for k in range(n_seasons):
        sides = after[codes == k]
        if sides.all() or not sides.any():
            raise TooFewError("a season occurs only before or only after the start, and its share cannot be told")
    columns = (codes[:, None] == np.arange(1, n_seasons)).astype(np.float64)
    return np.asarray(columns - columns.mean(axis=0), dtype=np.float64)
