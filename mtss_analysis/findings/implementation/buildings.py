"""How much of each practice is seen after training, school by school."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.breakdowns import tell_share
from mtss_analysis.findings.implementation.facts import Fact
from mtss_analysis.findings.implementation.hiding import hide_second
from mtss_analysis.findings.implementation.practice_rows import BoolArray, PracticeRows
from mtss_analysis.findings.implementation.settings import PracticeSettings
from mtss_analysis.stats import adjust_p_values
from mtss_analysis.stats.arrays import FloatArray
from mtss_analysis.stats.clustered_mean import estimate_clustered_mean
from mtss_analysis.stats.estimate import make_t_estimate


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
        school.
    """
    facts: list[Fact] = []
    tested: list[tuple[int, float]] = []
    for practice in np.unique(rows.practice):
        own = rows.take(rows.practice == practice)
        facts.append(tell_share(own, asked=asked, topic="building", district_id=district_id, subject=str(practice)))
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
            facts.append(fact)
            if fact.status == "ok" and (p_value := _compare(own, here=here)) is not None:
                tested.append((len(facts) - 1, p_value))
    facts = hide_second(facts, parts_of=lambda fact: (fact.subject, bool(fact.school_id)))
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


def _compare(own: PracticeRows, *, here: BoolArray) -> float | None:
    """Compare a school's mean with that of the district's others, by Welch's test on clustered means."""
    if here.all():
        return None
    try:
        mine, theirs = (
            estimate_clustered_mean(outcome=own.full[side], clusters=own.teacher[side]) for side in (here, ~here)
        )
        variances = (mine.std_error**2, theirs.std_error**2)
        df = sum(variances) ** 2 / (variances[0] ** 2 / mine.df + variances[1] ** 2 / theirs.df)
        return make_t_estimate(
            estimate=mine.estimate - theirs.estimate, std_error=math.sqrt(sum(variances)), df=df
        ).p_value
    except TooFewError:
        return None
