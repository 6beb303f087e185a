"""Does an action carry to others what goes right in a school."""

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.practice_evidence import list_practices, see_practice
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.unanswered import say_trend
from mtss_analysis.findings.plan.verdict import Answer
from mtss_analysis.measures.groups import ALL


def answer_spread(action: Action, *, plan: Plan, comparison: FrameReader) -> Answer:
    """Say whether an action carries to others what goes right in a school, and whether the data show that it does.

    Parameters
    ----------
    action : Action
        The action.
    plan : Plan
        Its plan, for the measure of its goal.
    comparison : Comparison
        With practices by school, and ``cause_trends``.

    Returns
    -------
    Answer
        Yes: the school from which it comes has more of the action's practice than the district's others, or a promising
        trend in the measure of the goal. Partly: the plan names a school, and the data cannot tell. No: it names none.
    """
    source = action.spreads_from_school_id
    if source is None:
        return Answer(verdict="no", said="The plan does not say that it carries on what goes right elsewhere.",
                      source="plan")  # fmt: skip
    district_id = plan.subject.district_id
    if action.practice and action.practice in list_practices(comparison, district_id=district_id):
        sights = see_practice(comparison, practice=action.practice, district_id=district_id)
        above = next((one for one in sights if one.school_id == source and one.present == "no"), None)
        if above is not None:
            return Answer(verdict="yes", said=above.said, source="data")
        if any(one.school_id == source and one.present == "yes" for one in sights):
            weak = next(one for one in sights if one.school_id == source)
            return Answer(verdict="no", said=f"It comes from a school in which it is weak. {weak.said}", source="data")
    promising = _find_promising(source, action=action, plan=plan, comparison=comparison)
    if promising:
        return Answer(verdict="yes", said=f"It comes from school {source}. {promising}", source="data")
    said = f"The plan says that it comes from school {source}; the data cannot tell that school from the others."
    return Answer(verdict="partly", said=said, source="plan")


def _find_promising(school_id: str, *, action: Action, plan: Plan, comparison: FrameReader) -> str:
    """Say the promising trend of a school in the measure of an action's goal; empty: there is none."""
    measures = {goal.measure for goal in plan.goals if goal.goal_id == action.goal_id}
    trends = comparison.frame("cause_trends")
    here = (trends["district_id"] == plan.subject.district_id) & (trends["school_id"] == school_id)
    found = trends[here & trends["promising"].eq(other=True) & trends["trend"].isin(measures)]
    return say_trend(found.iloc[0].to_dict() | {"trend_grade": ALL, "group": ALL}) if len(found) else ""
