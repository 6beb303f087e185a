"""In which order the actions of a plan come by the seven questions of the planning guide, and how sure that is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.answers import Rubric, answer_questions
from mtss_analysis.findings.plan.fault_list import record_missing, say_no_plan
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.structure_checks import ENDED
from mtss_analysis.findings.plan.whole_finding import say_count_of
from mtss_analysis.findings.plan_settings import QUESTIONS
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import (
    Column,
    Figure,
    Share,
    ShareBar,
    Table,
    count_of,
    draw_shares,
    format_number,
    join_words,
    say_number,
)
from mtss_analysis.stats.weightings import TOP, Weighing, weigh

NAME, ANSWERS = "plan-priorities", "plan-answers"
TITLE = "Which action first?"
ANSWERS_TITLE = "The seven questions, action by action"
FINDING, REQUIREMENT = "action_priority", "R35"
MOST_DRAWN = 12
WIDTH_IN = 4.4
"""Width on paper of the picture of weightings."""
TITLES = {
    "root_cause": "Root cause",
    "systemic": "Systemic",
    "positive_cause": "Spreads success",
    "effect": "Effect and cost",
    "capacity": "Capacity",
    "knowledge": "Know-how",
    "scale": "Scale",
}
ASKED = {
    "root_cause": "Does it target the root cause?",
    "systemic": "Is that root cause systemic?",
    "positive_cause": "Does it spread what goes right?",
    "effect": "Does it work, for its cost?",
    "capacity": "Have the staff the time?",
    "knowledge": "Does the district know how?",
    "scale": "Can it be kept up at scale, with fidelity?",
}
MARKS = {"yes": "yes", "partly": "partly", "no": "no", "cannot tell": "?"}
HOW = (
    "Yes scores 1, partly ½, no 0. What cannot be told scores ½; the bounds are what the score would be if every such "
    "answer were no, or yes. The score is the weighted mean, out of 100."
)
NOT_A_VERDICT = (
    "The order is an aid to talk about what to do first. Seven questions do not hold all that a team knows, and a low "
    "place does not mean that an action should not be done."
)


def find_priorities(
    plan: Plan, *, settings: Settings, comparison: Comparison, rubrics: Sequence[Rubric] | None = None
) -> ToldFinding:
    """Put the actions of a plan that are still open in order, and say how the order changes with the weights.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        ``plan.weights``: the weight of each question.
    comparison : Comparison
        From which the questions are answered.
    rubrics : sequence of Rubric, optional
        The answers, where they have been found already.

    Returns
    -------
    ToldFinding
        Score and bounds of each open action, its place, and the share of all weightings in which it is first and among
        the first three; the picture shows those shares. Actions that are done or stopped are not put in order.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement=REQUIREMENT, said=said)
        return ToldFinding(title=TITLE, said=said, published=published)
    if rubrics is None:
        rubrics = answer_questions(plan, settings=settings, comparison=comparison)
    rubrics = [one for one in rubrics if one.action.status not in ENDED]
    if not rubrics:
        said = "The plan has no action that is still open, so there is none to put in order."
        return ToldFinding(title=TITLE, said=said)
    weights = np.array([settings.plan.weight(question) for question in QUESTIONS], dtype=np.float64)
    weighed = weigh(answers=_collect(rubrics), weights=weights)
    order = sorted(range(len(rubrics)), key=lambda place: int(weighed.places[place]))
    opening = _open(rubrics, weighed)
    drawn = _draw(rubrics, weighed, order=order) if len(rubrics) > 1 else None
    seen = f"See {'@fig-' + NAME + ' and ' if drawn else ''}@tbl-{NAME}."
    return ToldFinding(
        title=TITLE,
        said=" ".join(part for part in (opening, _say_sure(rubrics, weighed), seen) if part),
        short=opening,
        drawn=drawn,
        listed=_tabulate(rubrics, weighed, order=order, weights=weights),
        kept_in_mind=(HOW, _say_how_drawn(weighed), NOT_A_VERDICT) if drawn else (HOW, NOT_A_VERDICT),
        published=tuple(_record(rubrics[place], weighed, place=place, plan=plan, weights=weights) for place in order),
    )


def find_answers(
    plan: Plan, *, settings: Settings, comparison: Comparison, rubrics: Sequence[Rubric] | None = None
) -> ToldFinding:
    """List the answers to the seven questions for every action, each with its evidence.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        What is asked.
    comparison : Comparison
        From which the questions are answered.
    rubrics : sequence of Rubric, optional
        The answers, where they have been found already.

    Returns
    -------
    ToldFinding
        One row per action and question, open actions first.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding="action_question", requirement=REQUIREMENT, said=said)
        return ToldFinding(title=ANSWERS_TITLE, said=said, published=published)
    if rubrics is None:
        rubrics = answer_questions(plan, settings=settings, comparison=comparison)
    rubrics = sorted(rubrics, key=lambda one: one.action.status in ENDED)
    answers = [answer for one in rubrics for answer in one.answers]
    from_data = sum(answer.source == "data" for answer in answers)
    unknown = sum(answer.verdict == "cannot tell" for answer in answers)
    said = (
        f"Of {count_of(len(answers), 'answer')} about {say_count_of(len(rubrics), 'action')}, {from_data} rest on the "
        f"data and {len(answers) - from_data} on what the plan states; {say_number(unknown)} cannot be told."
        if answers
        else "The plan has no action."
    )
    return ToldFinding(
        title=ANSWERS_TITLE,
        said=f"{said} See @tbl-{ANSWERS}." if answers else said,
        listed=_list_answers(rubrics) if answers else None,
        published=tuple(
            Record(
                **_keys(plan),
                finding="action_question",
                requirement=REQUIREMENT,
                measure=question,
                group=f"actions {one.action.action_id}",
                method=f"answered from the {answer.source}",
                estimate=answer.score,
                unit="score, 0 to 1",
                verdict=answer.verdict,
                sentence=answer.said,
            )
            for one in rubrics
            for question, answer in zip(QUESTIONS, one.answers, strict=True)
        ),
    )


def _collect(rubrics: Sequence[Rubric]) -> np.ndarray:
    return np.array([[answer.score for answer in one.answers] for one in rubrics], dtype=np.float64)


def _bound(one: Rubric, *, weights: np.ndarray) -> tuple[float, float]:
    bounds = np.array([answer.bounds for answer in one.answers], dtype=np.float64)
    low, high = (weights / weights.sum()) @ bounds
    return 100 * float(low), 100 * float(high)


def _open(rubrics: Sequence[Rubric], weighed: Weighing) -> str:
    names = [one.action.action_id for one in rubrics]
    if len(rubrics) == 1:
        return f"One action of the plan is still open, {names[0]}; there is nothing to put in order."
    leaders = [name for name, place in zip(names, weighed.places, strict=True) if place == 1]
    best = 100 * float(weighed.scores.max())
    if len(leaders) == len(rubrics):
        return f"By the seven questions, all {say_number(len(rubrics))} open actions are level, at {best:.0f} of 100."
    if len(leaders) > 1:
        return (
            f"By the seven questions {join_words(leaders)} come first of the {say_number(len(rubrics))} open actions, "
            f"level at {best:.0f} of 100."
        )
    what = rubrics[names.index(leaders[0])].action.description
    of_all = say_number(len(rubrics))
    named = f"{leaders[0]} (“{what}”)" if what else leaders[0]
    return f"By the seven questions {named} comes first of the {of_all} open actions, with {best:.0f} of 100."


def _say_sure(rubrics: Sequence[Rubric], weighed: Weighing) -> str:
    if len(rubrics) == 1 or (weighed.places == 1).all():
        return ""
    leaders = int((weighed.places == 1).sum())
    who = "it is" if leaders == 1 else "one of them is"
    first = f"Whatever the weights, {who} first." if weighed.same_first >= 1 else (
        f"With other weights {who} first in {_of_100(weighed.same_first)} of 100 weightings."
    )  # fmt: skip
    return f"{first} The whole order stays as it is in {_of_100(weighed.same_order)} of 100 weightings."


def _of_100(share: float) -> str:
    return format_number(100 * share, decimals=0)


def _say_how_drawn(weighed: Weighing) -> str:
    error = format_number(100 * weighed.error, decimals=1)
    exact = "The share of weightings in which an action is first is calculated exactly; other" if weighed.first_exact \
        else "The"  # fmt: skip
    return (
        "All weightings of the seven questions are taken to be equally likely. "
        f"{exact} shares are from 20,000 that were drawn, with an error of at most {error} of 100."
    )


def _draw(rubrics: Sequence[Rubric], weighed: Weighing, *, order: Sequence[int]) -> Figure:
    bars = []
    for place in order[:MOST_DRAWN]:
        first, top = 100 * float(weighed.first[place]), 100 * float(weighed.top[place])
        top = max(first, top)
        parts = [("first", first), ("second or third", top - first), ("further down", 100 - top)]
        bars.append(
            ShareBar(
                label=rubrics[place].action.action_id,
                shares=[Share(label=label, percent=percent) for label, percent in parts],
                annotation=f"{100 * float(weighed.scores[place]):.0f}",
            )
        )
    leaders = [rubrics[place].action.action_id for place in order if weighed.places[place] == 1]
    sure = _of_100(weighed.same_first)
    more = f" The first {MOST_DRAWN} of {len(order)} actions." if len(order) > MOST_DRAWN else ""
    who = join_words(leaders) if len(leaders) < 4 else f"One of the {say_number(len(leaders))} that are level"
    figure = draw_shares(
        name=NAME,
        caption=f"{who} {'stay' if 1 < len(leaders) < 4 else 'stays'} first in {sure} of 100 weightings of the seven "
        f"questions.{more}",
        bars=bars,
        title="Share of all weightings in which an action is …, %",
        annotation_title="Score",
        note="Actions that are level are counted each. Score: out of 100, with the run file's weights.",
    )
    return replace(figure, width_in=WIDTH_IN)


def _tabulate(rubrics: Sequence[Rubric], weighed: Weighing, *, order: Sequence[int], weights: np.ndarray) -> Table:
    titles = ["Place", "Action", *(TITLES[question] for question in QUESTIONS), "Score"]
    rows = []
    for place in order:
        one = rubrics[place]
        low, high = _bound(one, weights=weights)
        score = f"{100 * float(weighed.scores[place]):.0f}"
        level = "=" if int((weighed.places == weighed.places[place]).sum()) > 1 else ""
        rows.append(
            (
                f"{int(weighed.places[place])}{level}",
                one.action.action_id,
                *(MARKS[answer.verdict] for answer in one.answers),
                score if high - low < 1 else f"{score} ({low:.0f}–{high:.0f})",
            )
        )
    used = [f"{TITLES[question]} {weight:g}" for question, weight in zip(QUESTIONS, weights, strict=True)]
    equal = bool((weights == weights[0]).all())
    return Table(
        name=NAME,
        caption="Open actions by the seven questions of the planning guide.",
        columns=tuple(Column(title=title, align="right" if at > 8 else "left") for at, title in enumerate(titles)),
        rows=tuple(rows),
        note=f"= level. ? cannot be told; in brackets the score if all such answers were no, or yes. "
        f"Weights: {'all alike' if equal else ', '.join(used)}.",
    )


def _list_answers(rubrics: Sequence[Rubric]) -> Table:
    return Table(
        name=ANSWERS,
        caption="The seven questions for every action, with the evidence.",
        columns=tuple(Column(title=title) for title in ("Action", "Question", "Answer", "Because", "From")),
        rows=tuple(
            (one.action.action_id, ASKED[question], answer.verdict, answer.said, f"the {answer.source}")
            for one in rubrics
            for question, answer in zip(QUESTIONS, one.answers, strict=True)
        ),
        printed=len(QUESTIONS),
    )


def _keys(plan: Plan) -> dict[str, Any]:
    subject = plan.subject
    return {"district_id": subject.district_id, "school_id": subject.school_id, "level": subject.level}


def _record(one: Rubric, weighed: Weighing, *, place: int, plan: Plan, weights: np.ndarray) -> Record:
    low, high = _bound(one, weights=weights)
    first, top = 100 * float(weighed.first[place]), 100 * float(weighed.top[place])
    return Record(
        **_keys(plan),
        finding=FINDING,
        requirement=REQUIREMENT,
        group=f"actions {one.action.action_id}",
        method="weighted mean of seven answers; shares over uniform weightings",
        estimate=100 * float(weighed.scores[place]),
        unit="score, 0 to 100",
        verdict=f"place {int(weighed.places[place])}",
        reason=(
            f"if what cannot be told were no: {low:.0f}, yes: {high:.0f}; first in {first:.0f} of 100 weightings, "
            f"among the first {TOP} in {top:.0f}"
        ),
    )
