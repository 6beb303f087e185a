"""How long students stay in Tier 2 or Tier 3, read off Kaplan and Meier's curve at a few fixed times."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Profile, get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.settings import Settings
from mtss_analysis.measures.groups import ALL, find_members
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.stats.survival import SurvivalCurve, estimate_survival

MARKS = (18.0, 36.0, 52.0, 104.0)
"""Weeks at which the curve is read: half a school year, a school year, a year, two years. A curve drawn step by step
would show when single students left support."""

FIRST_TIER = "first_tier"

_KEYS = ["district_id", "school_id"]
_COLUMNS = [
    "scope",
    *_KEYS,
    "group",
    "n",
    "status",
    "reason",
    "weeks",
    "share_pct",
    "ci_low",
    "ci_high",
    "median",
    "median_low",
    "median_high",
]


def summarise_times(episodes: pd.DataFrame, *, enrollments: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Estimate how long support lasts in each school, for all episodes, by first tier and by student group.

    Parameters
    ----------
    episodes : DataFrame
        From :func:`mtss_analysis.measures.support.list_support_episodes`.
    enrollments : DataFrame
        Holds the groups' columns.
    settings : Settings
        Groups, confidence level, disclosure profile.

    Returns
    -------
    DataFrame
        ``scope`` (``overall``: the episodes of all domains), ``district_id, school_id, group`` (``all``,
        ``first_tier=2``, ``sex=female`` …), ``n`` episodes, ``status``, ``reason``; one row for each of ``MARKS`` that
        may be printed with ``weeks``, ``share_pct`` still in support, ``ci_low``, ``ci_high``; the ``median`` with its
        limits on every row. Without any printable mark one row with missing numbers.

    Notes
    -----
    Between two marks at least the minimum of episodes must have ended, and after the last at least as many must go on.
    Where one part of a breakdown is too small, no part of it is printed.
    """
    empty = pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})
    if episodes.empty:
        return empty
    known = _attach_groups(episodes, enrollments=enrollments, settings=settings)
    scoped = [known.assign(scope=OVERALL), known.assign(scope=known["domain"])]
    rows: list[dict[str, object]] = []
    for (scope, *place), school in pd.concat(scoped).groupby(["scope", *_KEYS], sort=True):
        at = {"scope": scope, **dict(zip(_KEYS, place, strict=True))}
        rows += [{**at, **row} for row in _describe(school, settings=settings)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _attach_groups(episodes: pd.DataFrame, *, enrollments: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    columns = list(dict.fromkeys(group.column for group in settings.groups))
    keys = [*_KEYS, "student_id"]
    latest = enrollments.sort_values("school_year")[[*keys, *columns]].drop_duplicates(keys, keep="last")
    return episodes.merge(latest, on=keys, how="left")


def _describe(school: pd.DataFrame, *, settings: Settings) -> Iterator[dict[str, object]]:
    profile = get_profile(settings.profile)
    yield from _read([school], shown=[ALL], settings=settings, profile=profile)
    breakdowns = [(FIRST_TIER, school["first_tier"], ("2", "3"))]
    breakdowns += [(group.column, school[group.column], (group.focus, group.reference)) for group in settings.groups]
    for column, values, shown in breakdowns:
        members = find_members(values=values, column=column, shown=shown)
        names = [f"{column}={value}" for value in shown]
        rest = school[members.notna() & ~members.isin(names)]
        parts = [school[members == name] for name in names] + ([rest] if len(rest) else [])
        yield from _read(parts, shown=names, settings=settings, profile=profile)


def _read(
    parts: list[pd.DataFrame], *, shown: list[str], settings: Settings, profile: Profile
) -> Iterator[dict[str, object]]:
    """Read the curves of all parts of a breakdown at the marks that all of them may print."""
    few = any(profile.hides(len(part)) or profile.hides(part["student_id"].nunique()) for part in parts)
    curves = [] if few else [_estimate(part, settings=settings) for part in parts]
    if few or any(curve is None for curve in curves):
        reason = "too few students to print" if few else "nobody has moved back to Tier 1"
        status = "withheld" if few else "not_estimable"
        for name in shown:
            yield {"group": name, "status": status, "reason": reason}
        return
    known = [curve for curve in curves if curve is not None]
    marks = _choose_marks(known, parts=parts, profile=profile)
    for name, curve in zip(shown, known, strict=False):
        base = {"group": name, "n": curve.n, **_read_median(curve, profile=profile)}
        if not marks:
            reason = "too few students moved back to Tier 1, or were followed for long enough, to print a share"
            yield {"group": name, "status": "withheld", "reason": reason}
        for mark in marks:
            at = int(np.searchsorted(curve.times, mark, side="right")) - 1
            yield {
                **base,
                "status": "ok",
                "reason": "",
                "weeks": mark,
                "share_pct": 100 * float(curve.survival[at]),
                "ci_low": 100 * float(curve.ci_low[at]),
                "ci_high": 100 * float(curve.ci_high[at]),
            }


def _estimate(part: pd.DataFrame, *, settings: Settings) -> SurvivalCurve | None:
    try:
        return estimate_survival(
            durations=part["weeks"].to_numpy(dtype="float64"),
            happened=part["ended"].to_numpy(dtype="bool"),
            ci_level=settings.ci_level,
        )
    except TooFewError:
        return None


def _choose_marks(curves: list[SurvivalCurve], *, parts: list[pd.DataFrame], profile: Profile) -> list[float]:
    kept: list[float] = []
    before = [0.0] * len(curves)
    for mark in MARKS:
        happened = [float(curve.events[curve.times <= mark].sum()) for curve in curves]
        going_on = [int((part["weeks"] > mark).sum()) for part in parts]
        enough = all(now - then >= profile.minimum for now, then in zip(happened, before, strict=True))
        if enough and all(number >= profile.minimum for number in going_on):
            kept.append(mark)
            before = happened
    return kept


def _read_median(curve: SurvivalCurve, *, profile: Profile) -> dict[str, float | None]:
    nothing = dict.fromkeys(("median", "median_low", "median_high"))
    median = curve.quantile(0.5)
    if median.estimate is None:
        return nothing
    happened = float(curve.events[curve.times <= median.estimate].sum())
    after = curve.at_risk[curve.times > median.estimate]
    if happened < profile.minimum or not after.size or float(after[0]) < profile.minimum:
        return nothing
    return {"median": median.estimate, "median_low": median.ci_low, "median_high": median.ci_high}
