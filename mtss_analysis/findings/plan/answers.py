"""The seven questions of the planning guide, answered for an action: yes, partly, no, or cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.aims import WHERE, Aim, find_aims_of
from mtss_analysis.findings.plan.evidence import Evidence, gather_evidence
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.scale import answer_scale
from mtss_analysis.findings.plan.staff_time import StaffTime
from mtss_analysis.findings.plan.success import answer_spread
from mtss_analysis.findings.plan.verdict import Answer, Verdict
from mtss_analysis.findings.plan.works import answer_effect, answer_knowledge, name_measure
from mtss_analysis.findings.plan_settings import QUESTIONS
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import count_of, join_words

LEAST_TRENDS = 2
"""A cause that goes with so many trends is a candidate systemic cause (R16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """An action and its answers.

    Parameters
    ----------
    action : Action
        The action.
    answers : tuple of Answer
        One for each of the seven questions, in their order.
    """

    action: Action
    answers: tuple[Answer, ...]


def answer_questions(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[Rubric, ...]:
    """Answer the seven questions for every action of a plan.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        ``causes``, effects, false-discovery rate.
    comparison : Comparison
        With what the data show of causes, effects, delivery, practices and the staff's time.

    Returns
    -------
    tuple of Rubric
        One per action. What the data can answer is answered from them; the rest from what the plan states.
    """
    causes = gather_evidence(comparison, district_id=plan.subject.district_id, settings=settings)
    time = StaffTime(comparison, plan=plan)
    return tuple(
        Rubric(
            action=aim.action,
            answers=_answer(aim, plan=plan, time=time, causes=causes, settings=settings, comparison=comparison),
        )
        for aim in find_aims_of(plan, causes=causes)
    )


def _answer(
    aim: Aim, *, plan: Plan, time: StaffTime, causes: Sequence[Evidence], settings: Settings, comparison: Comparison
) -> tuple[Answer, ...]:
    action = aim.action
    given = {
        "root_cause": answer_root_cause(aim),
        "systemic": _answer_systemic(aim, plan=plan, settings=settings, comparison=comparison),
        "positive_cause": answer_spread(action, plan=plan, comparison=comparison),
        "effect": answer_effect(action, plan=plan, settings=settings, comparison=comparison),
        "capacity": time.answer(action),
        "knowledge": answer_knowledge(action, plan=plan, causes=causes, comparison=comparison),
        "scale": answer_scale(action, plan=plan, causes=causes, settings=settings, comparison=comparison),
    }
    return tuple(given[question] for question in QUESTIONS)


def answer_root_cause(aim: Aim) -> Answer:
    """Say whether an action targets a root cause that is there.

    Parameters
    ----------
    aim : Aim
        What the action aims at.

    Returns
    -------
    Answer
        Yes: it works where the data show one of its causes. Partly: it fits what the run file declares, and the data
        cannot tell whether the cause is there. No: it names none, works elsewhere, or the data do not show the cause.
    """
    if aim.verdict in ("no cause", "unknown cause"):
        return Answer(verdict="no", said="It names no root cause that is known.", source="plan")
    labels = join_words([one.label for one in aim.causes])
    if aim.verdict == "wrong level":
        sits = join_words([WHERE[level] for level in aim.wanted], last="or")
        works = WHERE.get(aim.action.level or "", f"at the level {aim.action.level}")
        return Answer(verdict="no", said=f"It works {works}; {labels} is {sits}. {aim.seen}".strip(), source="data")
    if aim.verdict == "level not stated":
        return Answer(verdict="cannot tell", said="It does not say at which level it works.", source="plan")
    if aim.presence == "yes":
        return Answer(verdict="yes", said=aim.seen or f"The data show {labels} here.", source="data")
    if aim.presence == "no":
        return Answer(verdict="no", said=f"The data do not show {labels} here. {aim.seen}".strip(), source="data")
    said = f"It aims at {labels}; the data cannot tell whether that is there. {aim.seen}".strip()
    return Answer(verdict="partly", said=said, source="plan")


def _answer_systemic(aim: Aim, *, plan: Plan, settings: Settings, comparison: Comparison) -> Answer:
    """Say whether the cause goes with several trends, or is there in several schools."""
    if not aim.causes:
        return Answer(verdict="no", said="It names no root cause that is known.", source="plan")
    judged = [_judge_systemic(one, plan=plan, settings=settings, comparison=comparison) for one in aim.causes]
    return max(judged, key=lambda answer: answer.score)


def _judge_systemic(cause: Evidence, *, plan: Plan, settings: Settings, comparison: Comparison) -> Answer:
    links = _find_links(cause, plan=plan, comparison=comparison)
    told = links[links["q_value"].astype("float64") <= settings.false_discovery_rate]
    trends = [name_measure(str(trend), settings=settings) for trend in told["trend"]]
    schools = cause.schools()
    label = cause.label[:1].upper() + cause.label[1:]
    if len(trends) >= LEAST_TRENDS:
        said = f"{label} goes with the trends in {join_words(trends)} across schools: a candidate systemic cause."
        return Answer(verdict="yes", said=said, source="data")
    with_one = f" and goes with the trend in {trends[0]}" if trends else ""
    shared = any(sight.present == "yes" and not sight.school_id and sight.level != "school" for sight in cause.sights)
    if shared or len(schools) > 1:
        where = "in the whole district" if shared else f"in {count_of(len(schools), 'school')}"
        shown = "it is not shown to go with" if len(links) else "schools cannot tell whether it goes with"
        said = f"{label} is found {where}{with_one}; {shown} two or more trends."
        return Answer(verdict="partly", said=said, source="data")
    if schools:
        verdict: Verdict = "partly" if trends else "no"
        return Answer(verdict=verdict, said=f"{label} is found in one school only{with_one}.", source="data")
    if any(sight.present == "no" for sight in cause.sights):
        said = f"{label}: it is found in no school of which it can be told."
        return Answer(verdict="no", said=said, source="data")
    return Answer(verdict="cannot tell", said=f"{label}: the data cannot tell where it is found.", source="data")


def _find_links(cause: Evidence, *, plan: Plan, comparison: Comparison) -> pd.DataFrame:
    """Find how a cause goes with trends across schools, of the trends of which that could be asked."""
    links = comparison.frame("cause_links")
    population = links["population"].isin([plan.subject.district_id, "state"])
    return links[(links["cause"] == cause.cause_id) & population & (links["status"] == "ok")]
