"""Is a goal achievable: its direction, and where its target lies among the changes that like schools achieved."""

from collections.abc import Iterator

from mtss_analysis.findings.plan.achieved import OUT_OF_REACH, SELDOM, Achieved
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.letters import Letter, fault_of, miss, say_baseline
from mtss_analysis.findings.plan.measure_words import is_percent, write_amount
from mtss_analysis.show import certainty, count_of
from mtss_analysis.show.numbers import of_every_100


def check_reach(view: GoalView, *, base: float | None, achieved: Achieved | None) -> Letter:
    """Check the letter A.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    base : float or None
        Where it starts from.
    achieved : Achieved or None
        What schools like this one achieved over the same span.

    Returns
    -------
    Letter
        Not met for ``no_target``, ``wrong_direction`` and ``not_achievable``; None where nobody can tell, of a district
        also where its schools got there, since there is no distribution of districts.
    """
    found = next(_find_faults(view, base=base), None)
    if found is not None:
        return found
    goal, key = view.goal, view.key
    if key is None or not view.is_known or goal.target is None:
        return Letter(letter="A", met=None, said="Without a measure nobody can tell.")
    if base is not None and view.better * (goal.target - base) <= 0:
        target = write_amount(goal.target, key=key)
        said = f"The data say {say_baseline(view)}, which is better than its target of {target} already."
        return Letter(letter="A", met=None, said=said)
    if achieved is None or base is None:
        return Letter(letter="A", met=None, said="Without a baseline and a time nobody can tell.")
    return _judge_reach(view, base=base, achieved=achieved)


def _find_faults(view: GoalView, *, base: float | None) -> Iterator[Letter]:
    goal, key = view.goal, view.key
    if goal.target is None:
        yield miss(
            view,
            letter="A",
            kind="no_target",
            column="target",
            said="It has no target.",
            mend="Write where the measure is to stand.",
        )
    elif key is not None and view.is_known:
        target = write_amount(goal.target, key=key)
        start = goal.baseline if goal.baseline is not None else base
        if start is not None and view.better * (goal.target - start) <= 0:
            yield miss(
                view,
                letter="A",
                kind="wrong_direction",
                column="target",
                said=f"Its target of {target} is no better than its baseline of {write_amount(start, key=key)}.",
                mend=f"Here {'less' if view.better < 0 else 'more'} is better: put the target on the other side.",
            )
        if is_percent(key) and not 0 <= goal.target <= 100:
            yield miss(
                view,
                letter="A",
                kind="not_achievable",
                column="target",
                said=f"Its target of {target} lies outside what a share can be.",
                mend="Write a share from 0 to 100.",
            )


def _judge_reach(view: GoalView, *, base: float, achieved: Achieved) -> Letter:
    goal, key = view.goal, view.key
    if goal.target is None or key is None:
        return Letter(letter="A", met=None, said="Without a target nobody can tell.")
    span = view.span_years or 0
    time = "within the year" if span == 0 else f"in {count_of(span, 'year')}"
    asks = f"It asks for {write_amount(goal.target - base, key=key, signed=True)} {time}."
    odds = _say_odds(achieved, view=view)
    if achieved.next_school is None or achieved.share is None:
        return Letter(
            letter="A", met=None, said=f"{asks} Whether schools get there cannot be told: {achieved.reason}.{odds}"
        )
    told = f"{asks} {_say_reached(achieved)}{odds}"
    if achieved.next_school < OUT_OF_REACH:
        mean = write_amount(view.better * (achieved.mean or 0.0), key=key, signed=True)
        least = round(1 / OUT_OF_REACH)
        said = f"{told} Fewer than 1 in {least} would get there, even if schools as a whole do not fall."
        mend = f"Aim at less or give it more time; from there, {achieved.like} moved by {mean} on average."
        fault = fault_of(view, kind="not_achievable", column="target", said=said, mend=mend)
        return Letter(letter="A", met=False, said=said, fault=fault)
    if view.subject.school_id is None:
        return Letter(letter="A", met=None, said=f"{told} Whether all schools together can, the data cannot tell.")
    word = "" if achieved.share >= SELDOM else " That is ambitious."
    return Letter(letter="A", met=True, said=told + word)


def _say_reached(achieved: Achieved) -> str:
    number = round((achieved.share or 0.0) * achieved.n_changes)
    reached = f"about {number}" if number else "none"
    if achieved.n_changes == achieved.n_schools:
        return f"With noise taken out, {reached} of {achieved.n_schools} {achieved.like} really moved that far."
    changes = f"{achieved.n_changes} such changes of {achieved.n_schools} {achieved.like}"
    return f"With noise taken out, {reached} of {changes} {'was' if number == 1 else 'were'} really so large."


def _say_odds(achieved: Achieved, *, view: GoalView) -> str:
    said = ""
    if achieved.by_trend is not None:
        said += (
            f" If the trend of this {view.subject.word} goes on, that it gets there is {certainty(achieved.by_trend)}."
        )
    if achieved.by_chance is not None:
        said += (
            f" By chance alone, with nothing changed, the measured number gets there in"
            f" {of_every_100(100 * achieved.by_chance, about=True)} cases."
        )
    return said
