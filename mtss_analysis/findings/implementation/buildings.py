"""How much of each practice is seen after training, school by school."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.breakdowns import tell_share
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.implementation.hiding import hide_second
from mtss_analysis.findings.implementation.observer_variance import (
    ObserverVariance,
    compare_means,
    estimate_observer_variance,
    widen_mean,
)
from mtss_analysis.findings.implementation.practice_rows import BoolArray, PracticeRows, TextArray
from mtss_analysis.findings.implementation.settings import PracticeSettings
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean
from mtss_analysis.stats.estimate import make_t_estimate

NOBODY_KNOWN = "who observed is not recorded"
NOT_TOGETHER = "no school has two observers who each saw a practice repeatedly"


def tell_buildings(rows: PracticeRows, *, district_id: str, asked: PracticeSettings) -> Iterator[Fact]:
    """Give each school's share of full implementation after training, and test it against the district's others.

    Parameters
    ----------
    rows : PracticeRows
        Of one district.
    district_id : str
        The district.
    asked : PracticeSettings
        The fewest teachers, the confidence level.

    Yields
    ------
    Fact
        ``building``: by school and practice, with a q-value over all of the district; the district's own with an empty
        school. Standard errors, intervals and tests allow for observers who are stricter or milder than others.
        ``observers``: that they do, or why schools cannot be compared.
    """
    facts: list[Fact] = []
    variance = estimate_observer_variance(
        outcome=100 * rows.full, practices=rows.practice, schools=rows.school, observers=rows.observer
    )
    tested: list[tuple[int, float]] = []
    for practice in np.unique(rows.practice):
        own = rows.take(rows.practice == practice)
        fact = tell_share(own, asked=asked, topic="building", district_id=district_id, subject=str(practice))
        facts.append(_widen(fact, rows=own, variance=variance, asked=asked))
        for school in np.unique(own.school):
            here = own.school == school
            fact = tell_share(
                own.take(here),
                asked=asked,
                topic="building",
                district_id=district_id,
                school_id=str(school),
                subject=str(practice),
            )
            facts.append(_widen(fact, rows=own.take(here), variance=variance, asked=asked))
            if fact.status == "ok" and (p_value := _compare(own, here=here, variance=variance)) is not None:
                tested.append((len(facts) - 1, p_value))
    facts = hide_second(facts, parts_of=lambda fact: (fact.subject, bool(fact.school_id)))
    yield from _tell_observers(rows, district_id=district_id, variance=variance, are_compared=bool(tested))
    tested = [(place, p_value) for place, p_value in tested if facts[place].status == "ok"]
    q_values: FloatArray = adjust_p_values(np.array([p_value for _, p_value in tested])) if tested else np.zeros(0)
    found = {place: (p_value, float(q)) for (place, p_value), q in zip(tested, q_values, strict=True)}
    for place, fact in enumerate(facts):
        if place not in found:
            yield fact
            continue
        p_value, q_value = found[place]
        district = next(one for one in facts if one.subject == fact.subject and not one.school_id)
        lower = (fact.estimate or 0.0) < (district.estimate or 0.0)
        stands = q_value <= asked.false_discovery_rate
        word = ("lower" if lower else "higher") if stands else "cannot tell"
        yield replace(fact, p_value=p_value, q_value=q_value, text=word)


def _tell_observers(
    rows: PracticeRows, *, district_id: str, variance: ObserverVariance | None, are_compared: bool
) -> Iterator[Fact]:
    if variance is not None:
        yield Fact(topic="observers", district_id=district_id)
    elif not are_compared and len(np.unique(rows.school)) > 1:
        text = NOBODY_KNOWN if (rows.observer == "").all() else NOT_TOGETHER
        yield Fact(topic="observers", district_id=district_id, status="not_estimable", text=text)


def _widen(fact: Fact, *, rows: PracticeRows, variance: ObserverVariance | None, asked: PracticeSettings) -> Fact:
    """Let a share's interval tell of other observers, too."""
    if fact.status != "ok" or fact.estimate is None or fact.std_error is None or fact.n_clusters is None:
        return fact
    by_teacher = make_t_estimate(estimate=fact.estimate, std_error=fact.std_error, df=fact.n_clusters - 1)
    mean = widen_mean(by_teacher, observers=_name_observers(rows), variance=variance, ci_level=asked.ci_level)
    return replace(fact, std_error=mean.std_error, ci_low=max(mean.ci_low, 0.0), ci_high=min(mean.ci_high, 100.0))


def _compare(own: PracticeRows, *, here: BoolArray, variance: ObserverVariance | None) -> float | None:
    """Compare a school's mean with that of the district's others, by teachers and observers; None: cannot be told."""
    if here.all():
        return None
    people = _name_observers(own)
    try:
        mine, theirs = (
            estimate_clustered_mean(outcome=100 * own.full[side], clusters=own.teacher[side]) for side in (here, ~here)
        )
        return compare_means(
            mine, theirs, my_observers=people[here], their_observers=people[~here], variance=variance
        ).p_value
    except TooFewError:
        return None


def _name_observers(rows: PracticeRows) -> TextArray:
    """Name who observed; whom nobody recorded is taken for one person in each school."""
    unknown = np.char.add("\x00", rows.school)
    return np.where(rows.observer == "", unknown, rows.observer)
