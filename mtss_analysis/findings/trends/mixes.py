"""Whether a school's mean moved because its students did otherwise, or because other students came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.root_causes.rows import name_teachers
from mtss_analysis.findings.settings import StudentGroup
from mtss_analysis.measures.groups import name_categories
from mtss_analysis.stats import Estimate, MeanChange, decompose_change

MixKind = Literal["reversal", "composition", "neither"]
LEAST_MIX_SD = 0.10
"""Smallest part due to the mix that is named, in standard deviations; a convention of this kit.

Chance alone moves the mix of a school of 400 by about 0.02.
"""
MOST_RATE = 0.5
"""A change is named one of composition if what is left is less than this share of the part due to the mix."""
UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mix:
    """The change of a school's mean between two years, by one pair of groups.

    Parameters
    ----------
    change : MeanChange or None
        Total, mix and rate, in standard deviations; None: see ``reason``.
    kind : {'reversal', 'composition', 'neither'}
        *Reversal*: both groups moved one way and the school the other, because the mix changed. *Composition*: the
        school moved, most of it because the mix changed.
    within : Within or None
        The trend with the mix held constant, where there is one.
    share_first_pct, share_last_pct : float
        The focus group's share of the students with a score, percent.
    """

    group: StudentGroup
    first: str
    last: str
    change: MeanChange | None
    kind: MixKind
    within: "Within | None"
    share_first_pct: float
    share_last_pct: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """How students of the same group moved.

    Parameters
    ----------
    rate : Estimate
        With the mix held constant: a change, or a change a year.
    by_group : mapping of str to float
        Of each category, same unit.
    """

    rate: Estimate
    by_group: Mapping[str, float]


def divide_change(
    scores: pd.DataFrame,
    *,
    groups: Sequence[StudentGroup],
    first: str,
    last: str,
    ci_level: float,
    trends: Mapping[str, Within] | None = None,
) -> list[Mix]:
    """Divide the change of a school's mean standing into mix and rate, by each pair of groups.

    Parameters
    ----------
    scores : DataFrame
        One school's placed scores of one measure, all grades.
    groups : sequence of StudentGroup
        Declared pairs.
    first, last : str
        School years compared.
    ci_level : float
        Confidence level, 0 to 1.
    trends : mapping of str to Within, optional
        By column of the group: trends over all years with the mix held constant, which say more precisely than the
        first and the last year alone whether students of the same group moved.

    Returns
    -------
    list of Mix
        One for each pair, in order.

    References
    ----------
    Kitagawa (1955), JASA 50, 1168-1194. Simpson (1951), JRSS B 13, 238-241.
    """
    rows = scores[scores["standing"].notna() & scores["school_year"].isin([first, last])]
    if rows.empty:
        return []
    later = (rows["school_year"] == last).to_numpy()
    teachers = name_teachers(rows).to_numpy(dtype=object).astype("U")
    mixes = []
    for group in groups:
        names = name_categories(rows[group.column]).fillna(UNKNOWN).to_numpy(dtype=object).astype("U")
        in_focus = names == group.focus
        change, reason = None, ""
        try:
            change = decompose_change(
                outcome=rows["standing"].to_numpy(dtype="float64"),
                later=later,
                categories=names,
                clusters=teachers,
                ci_level=ci_level,
            )
        except TooFewError as error:
            reason = str(error)
        mixes.append(
            Mix(
                group=group,
                first=first,
                last=last,
                change=change,
                within=(trends or {}).get(group.column),
                kind=_name(change, group=group, within=(trends or {}).get(group.column)),
                share_first_pct=100 * float(in_focus[~later].mean()) if change else float("nan"),
                share_last_pct=100 * float(in_focus[later].mean()) if change else float("nan"),
                reason=reason,
            )
        )
    return mixes


def name_mix(change: MeanChange, *, within: Within) -> MixKind:
    """Name a change whose part due to the mix is told apart from none and at least 0.10 standard deviations.

    Parameters
    ----------
    change : MeanChange
        Total, mix and rate.
    within : Within
        How students of the same group moved; all groups have to move the same way for a reversal.

    Returns
    -------
    {'reversal', 'composition', 'neither'}
        *Reversal* where the rate is told apart from none, both groups moved that way, and the school the other way.
    """
    total, mix, rate = change.total.estimate, change.mix.estimate, change.rate.estimate
    if abs(mix) < LEAST_MIX_SD or change.mix.ci_low <= 0 <= change.mix.ci_high:
        return "neither"
    moved = within.rate.estimate
    is_told = not within.rate.ci_low <= 0 <= within.rate.ci_high
    if is_told and total * rate < 0 and all(value * moved > 0 for value in (rate, *within.by_group.values())):
        return "reversal"
    if total * mix > 0 and abs(rate) < MOST_RATE * abs(mix):
        return "composition"
    return "neither"


def _name(change: MeanChange | None, *, group: StudentGroup, within: Within | None) -> MixKind:
    if change is None:
        return "neither"
    if within is None:
        moved = dict(zip(change.categories, change.rate_by_category, strict=True))
        by_group = {value: float(moved.get(value, 0.0)) for value in (group.focus, group.reference)}
        within = Within(rate=change.rate, by_group=by_group)
    return name_mix(change, within=within)
