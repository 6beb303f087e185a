"""How long a practice is seen after its training, and which trained teachers nobody has observed."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.disclosure import Profile
from mtss_analysis.disclosure.shares import code_share
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.implementation.practice_rows import ALL, PracticeRows, turn_group
from mtss_analysis.findings.implementation.settings import Breakdown, PracticeSettings
from mtss_analysis.stats.log_rank import compare_survival
from mtss_analysis.stats.survival import estimate_survival

LEAST_RUN = 2
"""Visits in a row without the practice, up to the last visit, from which on it counts as no longer seen."""
WEEKS = (4, 8, 12)


def tell_retention(
    rows: PracticeRows, found: Breakdown, *, district_id: str, asked: PracticeSettings
) -> Iterator[Fact]:
    """Estimate the share of teachers with whom a practice is still seen so many weeks after training.

    Parameters
    ----------
    rows : PracticeRows
        Of one district.
    found : Breakdown
        Of the practice; where a group is named, it is compared with the others.
    district_id : str
        The district.
    asked : PracticeSettings
        The fewest teachers, the confidence level.

    Yields
    ------
    Fact
        ``retention``, percent, by group and week; ``log_rank`` between the groups.
    """
    own = rows.take(rows.practice == found.practice)
    keys: dict[str, Any] = {"district_id": district_id, "subject": found.practice}
    both = found.named and found.group != ALL
    groups = [found.group, turn_group(found.group)] if both else [ALL]
    spells = {group: list_spells(own.take(own.is_in(group))) for group in groups}
    for group, spell in spells.items():
        yield from _tell_curve(spell, keys={**keys, "group": group}, asked=asked)
    if both and min(len(spell) for spell in spells.values()) >= asked.least_teachers:
        named = pd.concat([spell.assign(group=group) for group, spell in spells.items()])
        try:
            test = compare_survival(
                durations=named["weeks"].to_numpy(),
                happened=named["ended"].to_numpy(dtype=bool),
                groups=named["group"].to_numpy(dtype="U"),
            )
        except TooFewError:
            return
        yield Fact(topic="log_rank", **keys, p_value=test.p_value, n_clusters=len(named))


def list_spells(own: PracticeRows) -> pd.DataFrame:
    """List for each teacher how long the practice was seen after the training.

    Parameters
    ----------
    own : PracticeRows
        Of one practice.

    Returns
    -------
    DataFrame
        One row per teacher: ``weeks`` to the first of the last visits in a row, two or more, in which no item was fully
        in place (``ended`` true), or to the last visit.
    """
    frame = pd.DataFrame({"teacher": own.teacher, "days": own.days, "seen": own.full > 0})
    frame = frame.sort_values(["teacher", "days"], kind="stable")
    later = frame.iloc[::-1].groupby("teacher", sort=False)["seen"].cummax().iloc[::-1]
    run = frame[~later].groupby("teacher")["days"].agg(first="min", length="size")
    last = frame.groupby("teacher")["days"].max().rename("last")
    spells = last.to_frame().join(run)
    ended = spells["length"].fillna(0) >= LEAST_RUN
    return pd.DataFrame({"weeks": spells["first"].where(ended, spells["last"]) / 7, "ended": ended}).reset_index()


def _tell_curve(spells: pd.DataFrame, *, keys: dict[str, Any], asked: PracticeSettings) -> Iterator[Fact]:
    if len(spells) < asked.least_teachers:
        yield Fact(topic="retention", **keys, status="withheld", text="too few teachers to print")
        return
    durations, ended = spells["weeks"].to_numpy(dtype="float64"), spells["ended"].to_numpy(dtype=bool)
    if ended.any():
        curve = estimate_survival(durations=durations, happened=ended, ci_level=asked.ci_level)
    for week in WEEKS:
        at_risk = int((durations >= week).sum())
        if at_risk < asked.least_teachers:
            text = "too few teachers were followed so long"
            yield Fact(topic="retention", **keys, part=str(week), status="not_estimable", text=text)
            continue
        lost = int(ended[durations <= week].sum())
        if lost < asked.least_teachers:
            limit = 100 - math.ceil(100 * asked.least_teachers / len(spells))
            yield Fact(topic="retention", **keys, part=str(week), status="withheld", text=f"more than {limit} %")
            continue
        place = int(np.searchsorted(curve.times, week, side="right")) - 1
        yield Fact(
            topic="retention",
            **keys,
            part=str(week),
            estimate=100 * float(curve.survival[place]),
            ci_low=100 * float(curve.ci_low[place]),
            ci_high=100 * float(curve.ci_high[place]),
            n_clusters=len(spells),
        )


def tell_unseen(
    trained: pd.DataFrame, lessons: pd.DataFrame, *, trainings: pd.DataFrame, district_id: str, profile: Profile
) -> Iterator[Fact]:
    """Say how many of those trained nobody has observed since, and which trainings nobody attended.

    Parameters
    ----------
    trained : DataFrame
        Of one district, from :func:`mtss_analysis.measures.visits.list_trained`.
    lessons : DataFrame
        Of one district, from :func:`mtss_analysis.measures.visits.observe_practices`.
    trainings : DataFrame
        The trainings of the district.
    district_id : str
        The district.
    profile : Profile
        The disclosure profile.

    Yields
    ------
    Fact
        ``unseen`` by practice: percent of the trained teachers, coded where few; ``unattended`` practices;
        ``before_only`` practices, seen only before the training.
    """
    for practice in sorted(trainings["practice"].dropna().unique()):
        keys: dict[str, Any] = {"district_id": district_id, "subject": str(practice)}
        people = trained.loc[trained["practice"] == practice, "staff_id"].unique()
        if not len(people):
            yield Fact(topic="unattended", **keys, status="not_estimable", text="nobody is recorded as having attended")
            continue
        seen = lessons[lessons["practice"] == practice]
        after = seen.loc[seen["days_since"].notna(), "staff_id"].unique()
        if len(seen) and not len(after):
            yield Fact(topic="before_only", **keys, status="not_estimable", text="it was seen before its training only")
            continue
        n_unseen = int((~pd.Index(people).isin(after)).sum())
        share = code_share(numerator=n_unseen, denominator=len(people), profile=profile)
        exact = share.kind == "exact"
        yield Fact(
            topic="unseen",
            **keys,
            estimate=share.pct if exact else None,
            n=len(people) if exact else None,
            status="ok" if exact else "withheld",
            text=share.write(),
        )
