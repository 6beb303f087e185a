"""Whether groups differ in the time until something happens."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, IdArray, number_groups
from mtss_analysis.stats.survival import count_at_risk, read_spells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogRankTest:
    """Test that groups have one curve.

    Parameters
    ----------
    groups : tuple of str
        Groups, sorted.
    observed, expected : (g,) float arrays
        Events of each group, and those to be expected if all had one curve.
    statistic : float
        Chi-squared.
    df : int
        Groups that have spells, less one.
    p_value : float
        Probability of so large a statistic if all had one curve.
    """

    groups: tuple[str, ...]
    observed: FloatArray
    expected: FloatArray
    statistic: float
    df: int
    p_value: float


def compare_survival(
    *, durations: FloatArray, happened: FloatArray, groups: IdArray, entries: FloatArray | None = None
) -> LogRankTest:
    """Compare the curves of groups by the log-rank test.

    Parameters
    ----------
    durations : (n,) float array
        Time to the event or to the end of observation.
    happened : (n,) bool array
        Whether the event happened.
    groups : (n,) array
        Group of each spell.
    entries : (n,) float array, optional
        Time from which on a spell was observed; 0 unless given.

    Returns
    -------
    LogRankTest
        Spells count as independent: of a student with several spells, give one.

    Raises
    ------
    TooFewError
        Fewer than two groups, or no event while more than one group was under observation.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50, 163-170. Peto & Peto (1972), JRSS A 135, 185-207.
    """
    times, ended, starts = read_spells(durations=durations, happened=happened, entries=entries)
    codes, n_groups = number_groups(groups, n=times.size, what="groups")
    if n_groups < 2:
        raise TooFewError("there is one group, and at least 2 are needed")
    points = np.unique(times[ended])
    members = [codes == group for group in range(n_groups)]
    at_risk = np.array([count_at_risk(points, times=times[own], starts=starts[own]) for own in members])
    events = np.array([[(times[own & ended] == point).sum() for point in points] for own in members], dtype=np.float64)
    all_at_risk, all_events = at_risk.sum(axis=0), events.sum(axis=0)
    shares = at_risk / all_at_risk
    expected = shares * all_events
    factor = all_events * (all_at_risk - all_events) / np.maximum(all_at_risk - 1, 1)
    covariance = np.einsum("t,gt,ht->gh", -factor, shares, shares)
    covariance[np.diag_indices(n_groups)] += (factor * shares).sum(axis=1)
    excess = (events - expected).sum(axis=1)[:-1]
    inner = covariance[:-1, :-1]
    if not points.size or np.linalg.matrix_rank(inner) < n_groups - 1:
        raise TooFewError("too little happened while more than one group was under observation")
    statistic = float(excess @ np.linalg.solve(inner, excess))
    return LogRankTest(
        groups=tuple(str(level) for level in np.unique(np.asarray(groups))),
        observed=events.sum(axis=1),
        expected=expected.sum(axis=1),
        statistic=statistic,
        df=n_groups - 1,
        p_value=float(chdtrc(n_groups - 1, statistic)),
    )
