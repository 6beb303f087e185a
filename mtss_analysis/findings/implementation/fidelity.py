"""How far each school runs the system as designed: percent of the points of a fidelity instrument."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.settings import Settings

LEAST_SCHOOLS = 3
"""A mean of fewer schools would be somebody's own number."""


def tell_fidelity(fidelity: pd.DataFrame, *, district_id: str, settings: Settings) -> Iterator[Fact]:
    """Sum up the points of every instrument by tier, subscale and item. Items without a score are left out.

    Parameters
    ----------
    fidelity : DataFrame
        The fidelity table of one district.
    district_id : str
        The district.
    settings : Settings
        ``implementation.fidelity_criterion_pct``.

    Yields
    ------
    Fact
        ``fidelity``: percent of the points of the scored items (``n``), by school, instrument (``subject``), ``all``,
        ``tier=``, ``subscale=`` or ``item=`` (``group``) and date (``part``); subscales and items of the latest date
        only. Without a school: the mean of the district's schools. ``text`` counts the items without a score.

    References
    ----------
    Algozzine, B., et al. (2019). SWPBIS Tiered Fidelity Inventory, version 2.1: points earned over points possible, by
    subscale and tier; 70 percent is adequate.
    """
    for column in ("tier", "subscale"):
        if column not in fidelity:
            fidelity = fidelity.assign(**{column: ""})
    rows = fidelity.assign(tier=fidelity["tier"].fillna(""), subscale=fidelity["subscale"].fillna(""))
    facts: list[Fact] = []
    rows = rows.assign(day=rows["date"].dt.strftime("%Y-%m-%d"))
    for (school, instrument), own in rows.groupby(["school_id", "instrument"], sort=True):
        last = own["day"].max()
        for day, occasion in own.groupby("day", sort=True):
            keys: dict[str, Any] = {"district_id": district_id, "school_id": str(school), "subject": str(instrument)}
            facts += _sum_occasion(occasion, keys={**keys, "part": str(day)}, in_detail=day == last)
    yield from facts
    yield from _average(facts, district_id=district_id)
    criterion = settings.implementation.fidelity_criterion_pct
    yield Fact(topic="fidelity_criterion", district_id=district_id, estimate=criterion)


def _sum_occasion(occasion: pd.DataFrame, *, keys: dict[str, Any], in_detail: bool) -> Iterator[Fact]:
    yield _sum(occasion, group="all", keys=keys)
    for tier in sorted(set(occasion["tier"]) - {""}):
        yield _sum(occasion[occasion["tier"] == tier], group=f"tier={tier}", keys=keys)
    if not in_detail:
        return
    pairs = occasion[["tier", "subscale"]].drop_duplicates().sort_values(["tier", "subscale"])
    for tier, name in pairs.itertuples(index=False):
        part = occasion[(occasion["tier"] == tier) & (occasion["subscale"] == name)]
        yield _sum(part, group=f"subscale={tier} {name}".strip(), keys=keys)
    for item in dict.fromkeys(occasion["item"]):
        yield _sum(occasion[occasion["item"] == item], group=f"item={item}", keys=keys)


def _sum(part: pd.DataFrame, *, group: str, keys: dict[str, Any]) -> Fact:
    scored = part[part["score"].notna() & part["max_score"].notna() & (part["max_score"] > 0)]
    unscored = str(len(part) - len(scored))
    if not len(scored):
        return Fact(topic="fidelity", group=group, **keys, n=0, status="not_estimable", text=unscored)
    share = 100 * float(scored["score"].sum()) / float(scored["max_score"].sum())
    return Fact(topic="fidelity", group=group, **keys, estimate=share, n=len(scored), text=unscored)


def _average(facts: list[Fact], *, district_id: str) -> Iterator[Fact]:
    """Average the latest numbers of the schools of a district."""
    latest: dict[tuple[str, str], str] = {}
    for fact in facts:
        key = (fact.school_id, fact.subject)
        latest[key] = max(latest.get(key, ""), fact.part)
    known: dict[tuple[str, str], list[float]] = {}
    for fact in facts:
        is_tier = fact.group == "all" or fact.group.startswith("tier=")
        if is_tier and fact.estimate is not None and fact.part == latest[fact.school_id, fact.subject]:
            known.setdefault((fact.subject, fact.group), []).append(fact.estimate)
    for (instrument, group), values in sorted(known.items()):
        if len(values) >= LEAST_SCHOOLS:
            yield Fact(
                topic="fidelity",
                district_id=district_id,
                subject=instrument,
                group=group,
                estimate=float(np.mean(values)),
                n_clusters=len(values),
            )
