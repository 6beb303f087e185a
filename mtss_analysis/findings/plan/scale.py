"""Can what an action brings be kept up with fidelity in many schools."""

from collections.abc import Sequence

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.delivery import TOGETHER
from mtss_analysis.findings.implementation.breakdown_words import say_breakdown
from mtss_analysis.findings.implementation.facts import pick_facts, read_facts
from mtss_analysis.findings.implementation.practice_rows import ALL
from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan.evidence import Evidence
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.practice_evidence import see_practice
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.verdict import Answer
from mtss_analysis.findings.plan.works import find_criterion, list_delivery
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import count_of


def answer_scale(
    action: Action, *, plan: Plan, causes: Sequence[Evidence], settings: Settings, comparison: Comparison
) -> Answer:
    """Say whether it can be kept up with fidelity in many schools.

    Parameters
    ----------
    action : Action
        The action.
    plan : Plan
        Its plan.
    causes : sequence of Evidence
        What is known of its practice.
    settings : Settings
        Criterion of fidelity.
    comparison : Comparison
        With ``delivery`` and ``implementation``.

    Returns
    -------
    Answer
        Of an intervention: yes if it was delivered with fidelity at the criterion in all schools of which it can be
        printed, partly in some, no if not over all. Of a practice: no if it fell off after training among all
        teachers, partly if among some or if it is weak in some schools, yes if neither is seen. Otherwise from the
        plan: partly if it says what supports it and what shows that it is under way, else no.
    """
    answer = None
    if action.intervention_id:
        district_id = plan.subject.district_id
        answer = _judge_delivery(
            action.intervention_id, district_id=district_id, settings=settings, comparison=comparison
        )
    if answer is None and action.practice and action.practice in {one.practice for one in causes}:
        answer = _judge_practice(action.practice, district_id=plan.subject.district_id, comparison=comparison)
    if answer is not None:
        return answer
    if action.support_structure and action.progress_measure:
        said = "The plan says what supports it and what shows that it is under way; the data cannot tell."
        return Answer(verdict="partly", said=said, source="plan")
    said = "The plan does not say both what supports it and what shows that it is under way."
    return Answer(verdict="no", said=said, source="plan")


def _judge_practice(practice: str, *, district_id: str, comparison: Comparison) -> Answer | None:
    facts = read_facts(comparison, district_id=district_id)
    searched = pick_facts(facts, topic="search", subject=practice)
    if not searched:
        return None
    name = name_practice(practice)
    if searched[0].text == "named":
        everybody = searched[0].group == ALL
        among = "" if everybody else " among some teachers"
        said = f"As it was trained so far, it did not last{among}. {say_breakdown(searched[0], facts)}"
        return Answer(verdict="no" if everybody else "partly", said=said, source="data")
    sights = see_practice(comparison, practice=practice, district_id=district_id)
    weak = [one for one in sights if one.school_id and one.present == "yes"]
    if weak:
        said = f"No drop of {name} after training is seen, but it is weak in {count_of(len(weak), 'school')}."
        return Answer(verdict="partly", said=said, source="data")
    said = f"No drop of {name} after training can be told apart from noise, and no school stands below the others."
    return Answer(verdict="yes", said=said, source="data")


def _judge_delivery(name: str, *, district_id: str, settings: Settings, comparison: Comparison) -> Answer | None:
    delivery = list_delivery(comparison, intervention_id=name, district_id=district_id)
    own = delivery[delivery["fidelity_pct"].notna()] if len(delivery) else delivery
    if own.empty:
        return None
    criterion = find_criterion(name, settings=settings)
    schools = own[own["school_id"] != TOGETHER]
    whole = own.loc[own["school_id"] == TOGETHER, "fidelity_pct"]
    mean = float(whole.iloc[0]) if len(whole) else float(schools["fidelity_pct"].mean())
    below = int((schools["fidelity_pct"] < criterion).sum())
    said = f"It was delivered as designed in {mean:.0f} of 100 over all schools"
    if len(schools):
        said += (
            f"; of {count_of(len(schools), 'school')} of which it can be printed, {below} "
            f"{'is' if below == 1 else 'are'} under {criterion:.0f}"
        )
    if mean < criterion:
        return Answer(verdict="no", said=f"{said}.", source="data")
    return Answer(verdict="partly" if below else "yes", said=f"{said}.", source="data")
