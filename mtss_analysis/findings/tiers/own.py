"""One school's tier percentages with intervals, bounds and verdicts, holding nothing that may not be printed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tiers.cells import KNOWN, SUPPORTED
from mtss_analysis.findings.tiers.guides import GUIDES, Verdict, judge
from mtss_analysis.measures.groups import ALL
from mtss_analysis.measures.tiers import NOT_SCREENED, TIERS, WINDOWS
from mtss_analysis.stats import Interval, estimate_proportion


@dataclass(frozen=True, slots=True, kw_only=True)
class TierShare:
    """Students of one tier.

    Parameters
    ----------
    share : Interval or None
        Percent of the students with a known tier; None if withheld, and then there is no other number either.
    worst, best : float or None
        Percent of all students if none, or all, of those who were not screened were in the tier; None if not printable.
    low, high : float or None
        The same with their intervals.
    verdict : {'below', 'within', 'above', 'cannot tell'} or None
        Against the run's guide; None where the guide does not speak of it or the share is withheld.
    typical_pct : float or None
        The median school's.
    """

    count: int | None
    share: Interval | None
    worst: float | None = None
    best: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    typical_pct: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TierWindow:
    """Tiers of a school's students in one window.

    Parameters
    ----------
    n_known : int or None
        Students with a known tier; None if withheld.
    n_not_screened : int or None
        Enrolled students without one; None if they are few or withheld.
    few_not_screened : bool
        Whether they are fewer than the disclosure profile's minimum, none included.
    shares : mapping of str to TierShare
        ``1``, ``2``, ``3`` and ``2_or_3``.
    """

    school_year: str
    window: str
    n_known: int | None
    n_not_screened: int | None
    few_not_screened: bool
    shares: Mapping[str, TierShare]

    @property
    def first(self) -> TierShare:
        """Tier 1."""
        return self.shares["1"]

    @property
    def n_all(self) -> int | None:
        """All enrolled students; None if it would tell how many were not screened."""
        if self.n_known is None or self.n_not_screened is None:
            return None
        return self.n_known + self.n_not_screened


def describe_windows(
    comparison: Comparison, *, school: School, scope: str, settings: Settings
) -> tuple[TierWindow, ...]:
    """Describe the tiers of one school in every window.

    Parameters
    ----------
    comparison : Comparison
        Counts of all schools with what may be printed.
    school : School
        Which school.
    scope : str
        ``overall`` or a domain.
    settings : Settings
        The guide, confidence level and disclosure profile.

    Returns
    -------
    tuple of TierWindow
        Sorted by time; empty where the school has no window.
    """
    cells = of_school(comparison.frame("tier_cells"), school=school, scope=scope, turn="window", grade=ALL)
    typical = comparison.frame("tier_typical")
    typical = typical[typical["scope"] == scope] if len(typical) else typical
    if "district_id" in typical:
        typical = typical[typical["district_id"] == school.district_id]
    found = []
    for (year, window), rows in cells.groupby(["school_year", "window"], sort=True):
        here = typical[(typical["school_year"] == year) & (typical["window"] == window)] if len(typical) else typical
        medians = dict(zip(here["cell"], here["pct"], strict=True)) if len(here) else {}
        found.append(_describe(str(year), str(window), rows=rows, typical=medians, settings=settings))
    return tuple(sorted(found, key=lambda one: (one.school_year, WINDOWS.index(one.window))))


def leave_unjudged(windows: tuple[TierWindow, ...], *, years: Collection[str]) -> tuple[TierWindow, ...]:
    """Take the verdicts of years whose tiers cannot be trusted: nothing can be told of them.

    Parameters
    ----------
    windows : tuple of TierWindow
        From :func:`describe_windows`.
    years : collection of str
        School years that are left out.

    Returns
    -------
    tuple of TierWindow
        In the same order.
    """
    return tuple(
        replace(
            window,
            shares={
                tier: replace(share, verdict="cannot tell" if share.verdict else None)
                for tier, share in window.shares.items()
            },
        )
        if window.school_year in years
        else window
        for window in windows
    )


def latest_known(windows: tuple[TierWindow, ...]) -> TierWindow | None:
    """Return the latest window whose Tier 1 may be printed, or None."""
    return next((window for window in reversed(windows) if window.first.share is not None), None)


def estimate_pct(*, successes: int, n: int, ci_level: float) -> Interval:
    """Estimate a percentage with Wilson's modified interval, which holds also for 15 students and few in a tier."""
    share = estimate_proportion(successes=successes, n=n, ci_level=ci_level)
    return Interval(
        estimate=100 * share.estimate, ci_low=100 * share.ci_low, ci_high=100 * share.ci_high, ci_level=ci_level
    )


def _describe(
    year: str, window: str, *, rows: pd.DataFrame, typical: Mapping[str, float], settings: Settings
) -> TierWindow:
    minimum = get_profile(settings.profile).minimum
    count = {str(cell): int(number) for cell, number in zip(rows["cell"], rows["count"], strict=True)}
    shown = {str(cell) for cell, status in zip(rows["cell"], rows["status"], strict=True) if status == "ok"}
    few = NOT_SCREENED not in shown and count[NOT_SCREENED] < minimum
    # Where only a limit is printed of those who were not screened, bounds are made with the limit.
    unscreened = count[NOT_SCREENED] if NOT_SCREENED in shown else minimum - 1 if few else None
    n_known = count[KNOWN] if KNOWN in shown else None
    return TierWindow(
        school_year=year,
        window=window,
        n_known=n_known,
        n_not_screened=count[NOT_SCREENED] if NOT_SCREENED in shown else None,
        few_not_screened=few,
        shares={
            tier: _share(
                tier,
                count=count[tier] if tier in shown else None,
                n_known=n_known,
                unscreened=unscreened,
                typical=typical,
                settings=settings,
            )
            for tier in (*TIERS, SUPPORTED)
        },
    )


def _share(
    tier: str,
    *,
    count: int | None,
    n_known: int | None,
    unscreened: int | None,
    typical: Mapping[str, float],
    settings: Settings,
) -> TierShare:
    median = typical.get(tier)
    if count is None or n_known is None:
        return TierShare(count=None, share=None, typical_pct=median)
    share = estimate_pct(successes=count, n=n_known, ci_level=settings.ci_level)
    if unscreened is None:
        verdict: Verdict | None = "cannot tell" if tier in TIERS else None
        return TierShare(count=count, share=share, verdict=verdict, typical_pct=median)
    n_all = n_known + unscreened
    worst = estimate_pct(successes=count, n=n_all, ci_level=settings.ci_level)
    best = estimate_pct(successes=count + unscreened, n=n_all, ci_level=settings.ci_level)
    low, high = min(worst.ci_low, share.ci_low), max(best.ci_high, share.ci_high)
    guide = GUIDES[settings.tiers.guide]
    judged = tier in TIERS
    band = guide.band(tier, about_points=settings.tiers.about_points) if judged else (0.0, 100.0)
    return TierShare(
        count=count,
        share=share,
        worst=worst.estimate,
        best=best.estimate,
        low=low,
        high=high,
        verdict=judge(low=low, high=high, band=band) if judged else None,
        typical_pct=median,
    )
