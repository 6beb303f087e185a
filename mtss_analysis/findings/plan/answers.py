"""The seven questions of the planning guide, answered for an action: yes, partly, no, or cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.aims import WHERE, Aim, find_aims_of
from mtss_analysis.findings.plan.evidence import Evidence, gather_evidence
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.scale import answer_scale
from mtss_analysis.findings.plan.staff_time import StaffTime
from mtss_analysis.findings.plan.success import answer_spread
from mtss_analysis.findings.plan.systemic import Trends, answer_systemic, list_systemic
from mtss_analysis.findings.plan.verdict import Answer
from mtss_analysis.findings.plan.works import answer_effect, answer_knowledge
from mtss_analysis.findings.plan_settings import QUESTIONS
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import join_words


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
    trends = list_systemic(comparison, causes=causes, district_id=plan.subject.district_id, settings=settings)
    return tuple(
        Rubric(
            action=aim.action,
            answers=_answer(
                aim, plan=plan, time=time, trends=trends, causes=causes, settings=settings, comparison=comparison
            ),
        )
        for aim in find_aims_of(plan, causes=causes)
    )


def _answer(
    aim: Aim,
    *,
    plan: Plan,
    time: StaffTime,
    trends: Trends,
    causes: Sequence[Evidence],
    settings: Settings,
    comparison: Comparison,
) -> tuple[Answer, ...]:
    action = aim.action
    given = {
        "root_cause": answer_root_cause(aim),
        "systemic": answer_systemic(aim.causes, trends=trends, asked=_is_asked(aim, plan=plan, comparison=comparison)),
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


def _is_asked(aim: Aim, *, plan: Plan, comparison: Comparison) -> bool:
    """Tell whether it could be asked of a cause of the action whether it goes with a trend across schools."""
    links = comparison.frame("cause_links")
    own = links["population"].isin([plan.subject.district_id, "state"]) & (links["status"] == "ok")
    return bool((own & links["cause"].isin([one.cause_id for one in aim.causes])).any())
