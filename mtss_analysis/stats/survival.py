"""Time until something happens, where for some it has not happened yet: Kaplan and Meier's curve."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mtss_analysis.errors import TooFewError
from mtss_analysis.stats.arrays import FloatArray, read_floats
from mtss_analysis.stats.estimate import Estimate, check_level, make_t_estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalTime:
    """A time with its limits; None where the curve, or its limit, does not come down so far.

    Parameters
    ----------
    estimate, ci_low, ci_high : float or None
        In the unit of the durations.
    ci_level : float
        Confidence level.
    """

    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    ci_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalCurve:
    """Share to whom it has not happened yet, after each time at which it happened to somebody.

    Parameters
    ----------
    times : (k,) float array
        Times of events, ascending.
    at_risk, events : (k,) float arrays
        Under observation just before each time, and those to whom it then happened.
    survival : (k,) float array
        Share to whom it had not happened by then, 0 to 1.
    std_errors : (k,) float array
        Greenwood's; zero where the share is 0.
    ci_low, ci_high : (k,) float arrays
        Log-log limits; where the share is 0, zero and the upper limit before.
    ci_level : float
        Confidence level of each point by itself.
    n, n_events : int
        Spells, and events among them.
    last_time : float
        Longest duration, event or not: beyond it nothing is known.
    """

    times: FloatArray
    at_risk: FloatArray
    events: FloatArray
    survival: FloatArray
    std_errors: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    ci_level: float
    n: int
    n_events: int
    last_time: float

    def quantile(self, share: float = 0.5) -> SurvivalTime:
        """Time by which it has happened to a share; the median unless asked otherwise.

        Parameters
        ----------
        share : float
            Between 0 and 1.

        Returns
        -------
        SurvivalTime
            The limits are where those of the curve cross. Where the curve is level at the share, the time is half-way
            along the level piece.

        References
        ----------
        Brookmeyer & Crowley (1982), Biometrics 38, 29-41.
        """
        left = 1 - share
        return SurvivalTime(
            estimate=self._cross(self.survival, left=left),
            ci_low=self._cross(self.ci_low, left=left),
            ci_high=self._cross(self.ci_high, left=left),
            ci_level=self.ci_level,
        )

    def restricted_mean(self, until: float) -> Estimate:
        """Mean time up to a limit: the area under the curve.

        Parameters
        ----------
        until : float
            The limit, above 0 and no longer than the longest duration.

        Returns
        -------
        Estimate
            In the unit of the durations, with a normal interval.

        Raises
        ------
        TooFewError
            The limit lies beyond what was observed, or nothing happened before it.

        References
        ----------
        Klein & Moeschberger (2003), Survival Analysis, 2nd ed., section 4.5.
        """
        if until > self.last_time and (not self.survival.size or self.survival[-1] > 0):
            raise TooFewError(f"nobody was observed for as long as {until:g}")
        kept = self.times < until
        edges = np.concatenate([[0.0], self.times[kept], [until]])
        areas = np.diff(edges) * np.concatenate([[1.0], self.survival[kept]])
        after = np.cumsum(areas[::-1])[::-1][1:]
        left = self.at_risk[kept] - self.events[kept]
        parts = np.divide(self.events[kept], self.at_risk[kept] * left, out=np.zeros_like(left), where=left > 0)
        std_error = math.sqrt(float((after**2 * parts).sum()))
        return make_t_estimate(estimate=float(areas.sum()), std_error=std_error, df=math.inf, ci_level=self.ci_level)

    def _cross(self, curve: FloatArray, *, left: float) -> float | None:
        below = np.flatnonzero(curve <= left + 1e-12)
        if not below.size:
            return None
        first = int(below[0])
        level = abs(float(curve[first]) - left) <= 1e-12
        if level and first + 1 < self.times.size:
            return float(self.times[first] + self.times[first + 1]) / 2
        return float(self.times[first])


def estimate_survival(
    *, durations: FloatArray, happened: FloatArray, entries: FloatArray | None = None, ci_level: float = 0.95
) -> SurvivalCurve:
    """Estimate the curve of the time until an event.

    Parameters
    ----------
    durations : (n,) float array
        Time from the start to the event or to the end of observation, not negative.
    happened : (n,) bool array
        Whether the event happened; False: the spell was still going on when observation ended. At the same time,
        events come before ends of observation.
    entries : (n,) float array, optional
        Time after the start from which on a spell was observed at all (left truncation); 0 unless given.
    ci_level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    SurvivalCurve
        One point for each different time of an event.

    Raises
    ------
    TooFewError
        There are no spells, or no event.

    References
    ----------
    Kaplan & Meier (1958), JASA 53, 457-481. Greenwood (1926), Reports on Public Health and Medical Subjects 33.
    Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4: log-log limits.
    """
    check_level(ci_level)
    times, ended, starts = read_spells(durations=durations, happened=happened, entries=entries)
    if not ended.any():
        raise TooFewError("it happened to nobody" if times.size else "there are no spells")
    points = np.unique(times[ended])
    at_risk = count_at_risk(points, times=times, starts=starts)
    events = np.array([(times[ended] == point).sum() for point in points], dtype=np.float64)
    survival = np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)
    left = at_risk - events
    parts = np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    log_error = np.sqrt(np.cumsum(parts))
    inner = survival > 0
    logs = np.log(np.where(inner, survival, 0.5))
    spread = float(ndtri((1 + ci_level) / 2)) * log_error / -logs
    ci_low = np.where(inner, np.exp(logs * np.exp(spread)), 0.0)
    ci_high = np.exp(logs * np.exp(-spread))
    if not inner.all():
        ended_at = int(np.argmin(inner))
        ci_high[ended_at:] = ci_high[ended_at - 1] if ended_at else 1.0
    return SurvivalCurve(
        times=points,
        at_risk=at_risk,
        events=events,
        survival=survival,
        std_errors=survival * log_error,
        ci_low=ci_low,
        ci_high=ci_high,
        ci_level=ci_level,
        n=int(times.size),
        n_events=int(ended.sum()),
        last_time=float(times.max()),
    )


def read_spells(
    *, durations: FloatArray, happened: FloatArray, entries: FloatArray | None
) -> tuple[FloatArray, np.ndarray, FloatArray]:
    """Check spells and give their durations, whether it happened, and their entries.

    Parameters
    ----------
    durations, happened, entries : (n,) arrays
        See :func:`estimate_survival`.

    Returns
    -------
    durations, happened, entries : (n,) arrays
        Float, bool, float.
    """
    times = read_floats(durations, ndim=1, what="durations")
    ended = np.asarray(happened, dtype=np.bool_)
    starts = np.zeros(times.size) if entries is None else read_floats(entries, ndim=1, what="entries")
    if ended.shape != times.shape or starts.shape != times.shape:
        raise ValueError("durations, happened and entries differ in length")
    if (times < 0).any() or (starts < 0).any() or (starts > times).any():
        raise ValueError("a duration is negative, or a spell ends before it was observed")
    return times, ended, starts


def count_at_risk(points: FloatArray, *, times: FloatArray, starts: FloatArray) -> FloatArray:
    """Count who is under observation just before each point.

    Parameters
    ----------
    points : (k,) float array
        Times.
    times, starts : (n,) float arrays
        Ends and beginnings of observation; a spell observed from the start counts at time 0.

    Returns
    -------
    (k,) float array
    """
    seen = (times[None, :] >= points[:, None]) & ((starts[None, :] < points[:, None]) | (starts[None, :] == 0))
    return np.asarray(seen.sum(axis=1), dtype=np.float64)
