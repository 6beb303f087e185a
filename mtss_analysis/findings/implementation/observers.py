"""Whether observers see the same, and whether one of them changes over the year."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.facts import Fact, estimated
from mtss_analysis.findings.implementation.settings import PracticeSettings
from mtss_analysis.measures.visits import pair_observers
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.agreement import estimate_agreement, estimate_icc_agreement
from mtss_analysis.stats.clustered import fit_clustered

LEAST_SCORES = 40
"""Scores of an observer from which on a drift is looked for."""
LEAST_LESSONS = 10
"""Lessons scored twice from which on agreement is printed: of fewer, single observers could be known."""


def tell_agreement(walkthroughs: pd.DataFrame, *, district_id: str, asked: PracticeSettings) -> Iterator[Fact]:
    """Estimate how far two observers of the same lesson agree.

    Parameters
    ----------
    walkthroughs : DataFrame
        Of one district.
    district_id : str
        The district.
    asked : PracticeSettings
        The confidence level.

    Yields
    ------
    Fact
        ``agreement``: ``exact`` (percent), ``kappa``, ``weighted kappa``, ``icc``, or why there is none.
    """
    keys: dict[str, Any] = {"topic": "agreement", "district_id": district_id}
    if walkthroughs["observer_id"].nunique() < 2:
        text = (
            "the walkthroughs name a single observer"
            if walkthroughs["observer_id"].notna().any()
            else "no observer is named"
        )
        yield Fact(**keys, status="not_estimable", text=text)
        return
    pairs = pair_observers(walkthroughs)
    lessons = (pairs["staff_id"] + " " + pairs["date"].astype("str")).to_numpy(dtype="U")
    n_lessons = len(np.unique(lessons))
    if n_lessons < LEAST_LESSONS:
        text = "no lesson" if n_lessons == 0 else f"fewer than {LEAST_LESSONS} lessons"
        verb = "was" if n_lessons == 0 else "were"
        yield Fact(**keys, status="not_estimable", text=f"{text} {verb} scored by two observers")
        return
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    found = estimate_agreement(first=first, second=second, clusters=lessons, ci_level=asked.ci_level)
    sizes: dict[str, Any] = {"n": found.n, "n_clusters": found.n_clusters}
    yield Fact(**keys, part="exact", **estimated(found.exact_pct), **sizes)
    for part, value in (("kappa", found.kappa), ("weighted kappa", found.weighted_kappa)):
        if value is None:
            yield Fact(**keys, part=part, status="not_estimable", text=found.reason)
        else:
            yield Fact(**keys, part=part, **estimated(value), **sizes)
    try:
        icc = estimate_icc_agreement(ratings=np.column_stack([first, second]), ci_level=asked.ci_level)
    except TooFewError as error:
        yield Fact(**keys, part="icc", status="not_estimable", text=str(error))
        return
    yield Fact(**keys, part="icc", **estimated(icc), **sizes)


def tell_drift(
    walkthroughs: pd.DataFrame, lessons: pd.DataFrame, *, district_id: str, asked: PracticeSettings
) -> Iterator[Fact]:
    """Count the observers whose scores move away from those of the others in their school over the last year.

    Teachers, practices and whether a practice has been trained are held constant; a person is never named, nor a
    school.

    Parameters
    ----------
    walkthroughs : DataFrame
        Of one district.
    lessons : DataFrame
        From :func:`mtss_analysis.measures.visits.observe_practices`, for what had been trained by then.
    district_id : str
        The district.
    asked : PracticeSettings
        The false-discovery rate.

    Yields
    ------
    Fact
        ``drift``: observers who move (``estimate``) of those who could be examined (``n``).
    """
    scored = walkthroughs[walkthroughs["implemented"].notna() & walkthroughs["observer_id"].notna()]
    scored = scored[scored["staff_id"].notna() & (scored["date"] >= scored["date"].max() - pd.Timedelta(days=330))]
    keys = ["staff_id", "date", "practice"]
    state = lessons[[*keys, "days_since"]].drop_duplicates(keys)
    scores = scored.assign(full=scored["implemented"].eq(2).astype("float64"))
    scores = scores.groupby([*keys, "school_id", "observer_id"], sort=True)["full"].mean().reset_index()
    scores = scores.merge(state, on=keys, how="left")
    p_values: list[float] = []
    for _, school in scores.groupby("school_id", sort=True):
        p_values += _test_school(school, ci_level=asked.ci_level)
    if not p_values:
        text = "no school has two observers with enough visits"
        yield Fact(topic="drift", district_id=district_id, status="not_estimable", text=text)
        return
    q_values = adjust_p_values(np.array(p_values))
    moved = int((q_values <= asked.false_discovery_rate).sum())
    yield Fact(
        topic="drift", district_id=district_id, estimate=float(moved), q_value=float(q_values.min()), n=len(p_values)
    )


def _test_school(scores: pd.DataFrame, *, ci_level: float) -> list[float]:
    """Test each observer's slope over the year against the mean slope of the school's others.

    Teachers, practices and the time since training are taken out of scores and slopes first (Frisch & Waugh 1933), so
    that the clustered regression has few columns.
    """
    counts = scores["observer_id"].value_counts()
    people = sorted(counts.index[counts >= LEAST_SCORES])
    if len(people) < 2:
        return []
    kept = scores[scores["observer_id"].isin(people)]
    when = (kept["date"] - kept["date"].min()).dt.days.to_numpy(dtype="float64")
    when = when / max(when.max(), 1.0) - 0.5
    own = (kept["observer_id"].to_numpy(dtype="U")[:, None] == np.array(people)[None, :]).astype("float64")
    weeks = kept["days_since"].to_numpy(dtype="float64") / 7
    phase = np.where(np.isnan(weeks), 0, 1 + np.digitize(weeks, [2, 6, 12]))
    cells = (kept["practice"] + " " + phase.astype("U")).to_numpy(dtype="U")
    dummies = (cells[:, None] == np.unique(cells)[None, 1:]).astype("float64")
    teachers, codes = np.unique(kept["staff_id"].to_numpy(dtype="U"), return_inverse=True)
    table = np.column_stack([kept["full"].to_numpy(), own * when[:, None], own[:, 1:], dummies])
    sizes = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, weights=column) for column in table.T]) / sizes[:, None]
    table = table - means[codes]
    n_slopes = len(people)
    wanted, nuisance = table[:, : 1 + n_slopes], table[:, 1 + n_slopes :]
    crossed = np.linalg.pinv(nuisance.T @ nuisance) @ (nuisance.T @ wanted)
    wanted = wanted - nuisance @ crossed
    try:
        fit = fit_clustered(
            outcome=wanted[:, 0],
            design=wanted[:, 1:],
            names=people,
            clusters=teachers[codes],
            ci_level=ci_level,
        )
    except TooFewError:
        return []
    p_values = []
    for person in people:
        weights = {name: -1 / (len(people) - 1) for name in people if name != person}
        try:
            p_values.append(fit.contrast({**weights, person: 1.0}).p_value)
        except TooFewError:
            continue
    return p_values
