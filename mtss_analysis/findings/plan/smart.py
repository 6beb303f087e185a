"""The five letters of SMART, each checked by itself: specific, measurable, achievable, relevant, time-bound."""

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.achieved import Achieved, find_achieved
from mtss_analysis.findings.plan.goal_view import GoalView
from mtss_analysis.findings.plan.letters import Letter, find_base, miss
from mtss_analysis.findings.plan.measure_words import name_group
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.smart_measurable import check_measurable
from mtss_analysis.findings.plan.smart_reach import check_reach
from mtss_analysis.findings.plan.smart_time import check_time
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import join_words, name_grade


def check_letters(
    view: GoalView, *, plan: Plan, settings: Settings, comparison: FrameReader
) -> tuple[tuple[Letter, ...], Achieved | None]:
    """Check a goal letter by letter.

    Parameters
    ----------
    view : GoalView
        The goal beside its measure.
    plan : Plan
        The plan, whose actions say what the goal serves.
    settings : Settings
        Labels, confidence level.
    comparison : Comparison
        With the frames ``values`` and ``value_changes``.

    Returns
    -------
    letters : tuple of Letter
        S, M, A, R, T.
    achieved : Achieved or None
        What the letter A rests on.
    """
    measurable = check_measurable(view, settings=settings, comparison=comparison)
    achieved = None
    base = find_base(view)
    if view.is_known and base is not None:
        achieved = find_achieved(view, baseline=base, ci_level=settings.ci_level, comparison=comparison)
    letters = (
        _check_specific(view, settings=settings),
        measurable,
        check_reach(view, base=base, achieved=achieved),
        _check_relevant(view, plan=plan, settings=settings),
        check_time(view),
    )
    return letters, achieved


def _check_specific(view: GoalView, *, settings: Settings) -> Letter:
    goal = view.goal
    missing = [
        (column, words)
        for column, words, given in (
            ("grade", "for which grades", goal.grade),
            ("student_group", "for which students", goal.student_group),
            ("domain", "what it is about", goal.domain),
            ("statement", "in a sentence what is to be different", goal.statement),
        )
        if not given
    ]
    if missing:
        said = f"It does not say {join_words([words for _, words in missing])}."
        mend = "Say what is to change, for whom and in which grades; write all where all are meant."
        return miss(view, letter="S", kind="not_specific", column=missing[0][0], said=said, mend=mend)
    whom = name_group(str(goal.student_group), settings=settings)
    grades = "all grades" if "all" in goal.grade else join_words([name_grade(grade) for grade in goal.grade])
    return Letter(
        letter="S", met=True, said=f"It says what it is about ({goal.domain}), for whom ({whom}) and where ({grades})."
    )


def _check_relevant(view: GoalView, *, plan: Plan, settings: Settings) -> Letter:
    goal = view.goal
    serves = list(goal.finding_id)
    labels = {cause.id: cause.label for cause in settings.causes}
    serves += [
        labels.get(cause, cause.replace("_", " ")) for action in plan.actions_of(goal) for cause in action.cause_id
    ]
    named = list(dict.fromkeys(serves))
    if goal.relevance and named:
        return Letter(letter="R", met=True, said=f"It says why it matters, and it serves {join_words(named)}.")
    missing = "why it matters" if named else "which finding or which cause it answers"
    said = f"It does not say {missing}."
    column = "relevance" if named else "finding_id"
    mend = (
        "Say in a sentence what students gain from it."
        if named
        else "Name a finding of the packet, or give one of its actions a cause."
    )
    return miss(view, letter="R", kind="not_relevant", column=column, said=said, mend=mend)
