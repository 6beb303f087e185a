"""Difference-in-differences where schools start at different times: group-time effects and their averages."""

from dataclasses import dataclass

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups, read_floats
from mtss_analysis.stats.did.contrasts import Cohorts, estimate_contrast, form_cohorts, weigh_cell
from mtss_analysis.stats.did.pre_trend import PreTrend, judge_pre_trend
from mtss_analysis.stats.did.wild_contrast import bootstrap_contrast
from mtss_analysis.stats.estimate import Estimate, check_level
from mtss_analysis.stats.wild_bootstrap import WildTest


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTimeEffect:
    """The effect on one cohort in one period.

    Parameters
    ----------
    start, period : float
        The period in which the cohort started, and the period of the outcome.
    relative : int
        Periods since the start; below zero before it.
    n_treated, n_waiting : int
        Units of the cohort, and units not yet treated that it is compared with.
    effect : Estimate
        In the outcome's unit.
    """

    start: float
    period: float
    relative: int
    n_treated: int
    n_waiting: int
    effect: Estimate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StaggeredEffect:
    """Effects of a programme that units took up at different times.

    Parameters
    ----------
    overall : Estimate
        Each cohort's average over its treated periods, averaged over cohorts by their units.
    by_relative : dict of int to Estimate
        Average by periods since the start; before the start what ought to be zero. The period before the
        start is the base and left out.
    group_time : tuple of GroupTimeEffect
        What the averages are made of.
    pre_trend : PreTrend or None
        What the periods before the start show; None where there are none.
    n_units, n_treated : int
        Units used, and those that ever start.
    n_left_out_gaps, n_left_out_always : int
        Units left out because a period is missing, or because they were treated from the first period on.
    shared_covariance : bool
        All cohorts share one covariance, some being small.
    wild : WildTest or None
        The overall effect by the restricted wild bootstrap over units; None where it was not asked for.
    """

    overall: Estimate
    by_relative: dict[int, Estimate]
    group_time: tuple[GroupTimeEffect, ...]
    pre_trend: PreTrend | None
    n_units: int
    n_treated: int
    n_left_out_gaps: int
    n_left_out_always: int
    shared_covariance: bool
    wild: WildTest | None = None


def estimate_staggered(
    *,
    outcome: FloatArray,
    unit: IdArray,
    period: FloatArray,
    start: FloatArray,
    ci_level: float = 0.95,
    n_wild: int = 0,
) -> StaggeredEffect:
    """Estimate effects against units not yet treated; each unit counts once.

    Parameters
    ----------
    outcome : (n,) float array
        One row a unit and period: the mean of a school in a year. None missing.
    unit : (n,) array
        The unit at which the programme starts, such as the school; students' outcomes are averaged within it
        first.
    period : (n,) float array
        Period of the row, evenly spaced, such as the school year's number.
    start : (n,) float array
        Period in which the unit started; infinite for never. The same in all of a unit's rows.
    ci_level : float
        Confidence level, between 0 and 1.
    n_wild : int
        Samples of the wild bootstrap of the overall effect; 0: none.

    Returns
    -------
    StaggeredEffect
        Parallel trends are assumed, without covariates; the base is the period before the start.

    Raises
    ------
    TooFewError
        Nobody or everybody is treated throughout, no period before a start, nobody left to compare with, or
        too few units.

    References
    ----------
    Callaway & Sant'Anna (2021), Journal of Econometrics 225, 200-230, equations 2.6 and 3.7: not-yet-treated
    comparison, overall effect of participating.
    Donald & Lang (2007), Review of Economics and Statistics 89, 221-233: means of units where they are few.
    """
    check_level(ci_level)
    table, starts, periods, left_out = _pivot(outcome=outcome, unit=unit, period=period, start=start)
    always = starts <= 0
    table, starts = table[~always], starts[~always]
    starts = np.where(starts >= periods.size, np.inf, starts)
    if not np.isfinite(starts).any():
        raise TooFewError("no unit starts the programme after the first period")
    cohorts = form_cohorts(outcome=table, starts=starts)
    cells = _list_cells(cohorts, n_periods=periods.size)
    after = [cell for cell in cells if cell[1] >= cohorts.starts[cell[0]]]
    if not after:
        raise TooFewError("no unit was still without the programme to compare with")
    by_relative: dict[int, Estimate] = {}
    stacks: dict[int, FloatArray] = {}
    for relative in sorted({t - int(cohorts.starts[c]) for c, t, _ in cells}):
        chosen = [(c, w) for c, t, w in cells if t - int(cohorts.starts[c]) == relative]
        stacks[relative] = _average([w for _, w in chosen], [float(cohorts.sizes[c]) for c, _ in chosen])
        by_relative[relative] = estimate_contrast(cohorts, stacks[relative], ci_level=ci_level)
    overall, exposure = _weigh_overall(cohorts, after)
    return StaggeredEffect(
        overall=estimate_contrast(cohorts, overall, ci_level=ci_level),
        by_relative=by_relative,
        group_time=_describe_cells(cohorts, cells, periods=periods, ci_level=ci_level),
        pre_trend=judge_pre_trend(cohorts, stacks=stacks, exposure=exposure, ci_level=ci_level),
        n_units=int(starts.size),
        n_treated=int(np.isfinite(starts).sum()),
        n_left_out_gaps=left_out,
        n_left_out_always=int(always.sum()),
        shared_covariance=not cohorts.own,
        wild=bootstrap_contrast(
            outcome=table, starts=starts, cohorts=cohorts, weights=overall, ci_level=ci_level, n_samples=n_wild
        )
        if n_wild
        else None,
    )


def _pivot(
    *, outcome: FloatArray, unit: IdArray, period: FloatArray, start: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    values = read_floats(outcome, ndim=1, what="outcome")
    when = read_floats(period, ndim=1, what="period")
    codes, n_units = number_groups(unit, n=values.size, what="unit")
    periods, columns = np.unique(when, return_inverse=True)
    if periods.size < 2:
        raise TooFewError("there is only one period, and at least one before and one after the start are needed")
    spacing = np.diff(periods)
    if not np.allclose(spacing, spacing[0]):
        raise TooFewError("periods are not evenly spaced: one is missing for every unit")
    table = np.full((n_units, periods.size), np.nan)
    if np.unique(codes * periods.size + columns).size < values.size:
        raise ValueError("a unit has two rows in one period; average them first")
    table[codes, columns] = values
    starts = np.full(n_units, np.nan)
    starts[codes] = np.asarray(start, dtype=np.float64)
    if np.any(starts[codes] != np.asarray(start, dtype=np.float64)):
        raise ValueError("start differs between rows of one unit, or is missing")
    finite = np.isfinite(starts)
    index = np.full(n_units, np.inf)
    index[finite] = np.ceil((starts[finite] - periods[0]) / spacing[0] - 1e-9)
    whole = ~np.isnan(table).any(axis=1)
    if not whole.any():
        raise TooFewError("no unit was observed in every period")
    return table[whole], index[whole], periods, int((~whole).sum())


def _list_cells(cohorts: Cohorts, *, n_periods: int) -> list[tuple[int, int, FloatArray]]:
    cells: list[tuple[int, int, FloatArray]] = []
    for c, first in enumerate(cohorts.starts):
        if not np.isfinite(first):
            continue
        for t in range(n_periods):
            weights = None if t == int(first) - 1 else weigh_cell(cohorts, cohort=c, period=t)
            if weights is not None:
                cells.append((c, t, weights))
    return cells


def _weigh_overall(cohorts: Cohorts, after: list[tuple[int, int, FloatArray]]) -> tuple[FloatArray, float]:
    """Average each cohort over its treated periods, then cohorts by size; give the mean exposure also."""
    members = sorted({c for c, _, _ in after})
    sizes = [float(cohorts.sizes[c]) for c in members]
    own = [_average([w for k, _, w in after if k == c]) for c in members]
    times = [float(np.mean([t - cohorts.starts[c] + 1 for k, t, _ in after if k == c])) for c in members]
    return _average(own, sizes), float(np.average(times, weights=sizes))


def _average(weights: list[FloatArray], sizes: list[float] | None = None) -> FloatArray:
    return np.asarray(np.average(np.stack(weights), axis=0, weights=sizes), dtype=np.float64)


def _describe_cells(
    cohorts: Cohorts, cells: list[tuple[int, int, FloatArray]], *, periods: FloatArray, ci_level: float
) -> tuple[GroupTimeEffect, ...]:
    described = []
    for c, t, weights in cells:
        first = int(cohorts.starts[c])
        waiting = cohorts.starts > max(t, first - 1)
        waiting[c] = False
        described.append(
            GroupTimeEffect(
                start=float(periods[first]),
                period=float(periods[t]),
                relative=t - first,
                n_treated=int(cohorts.sizes[c]),
                n_waiting=int(cohorts.sizes[waiting].sum()),
                effect=estimate_contrast(cohorts, weights, ci_level=ci_level),
            )
        )
    return tuple(described)
