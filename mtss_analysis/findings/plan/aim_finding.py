"""Does the plan hit the causes that the data show, and which findings does it leave without an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.implementation.told import ToldFinding
from mtss_analysis.findings.plan.aims import Aim, check_aims, find_aims_of, list_aim_faults, say_wrong_level
from mtss_analysis.findings.plan.evidence import gather_evidence
from mtss_analysis.findings.plan.fault_list import record_faults, record_missing, say_no_plan
from mtss_analysis.findings.plan.finding_ids import check_finding_ids, link_findings
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.unanswered import Unanswered, find_exhibit, find_section, list_causes, list_trends
from mtss_analysis.findings.record import Record
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import Column, LinkedText, Table, join_words, say_number

NAME, GAPS = "plan-aims", "plan-unanswered"
TITLE = "Does each action hit its root cause?"
GAPS_TITLE = "Findings that the plan does not answer"
FINDING = "action_aim"
NOT_CAUSE = (
    "A root cause is what people at the table and the run file take to be one; the data show whether it is there and "
    "where, not that it brings a trend about."
)
LOCATED = (
    "The level of a root cause is the one at which the data show it: classrooms where a practice falls off among some "
    "teachers, the school where it is weak throughout one. Where they show none, it is the level of the run file."
)
NO_FINDING = (
    "That we see no finding behind an action is not a fault of it: the data may not hold what the team knows. It is a "
    "reason to write down what the team saw."
)
LEVELS = {
    "district": "the district",
    "school": "the school",
    "classroom": "classrooms",
    "student": "single students",
}
__all__ = ["check_aims", "find_aims", "find_unanswered"]


def find_aims(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """Set each action beside its cause: whether the data show it, where it sits, and where the action works.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    settings : Settings
        ``causes`` of the run file.
    comparison : Comparison
        With what the data show of them.

    Returns
    -------
    ToldFinding
        One row per action, with what does not fit and the section in which the finding behind it stands.
    """
    if plan.is_empty:
        said = say_no_plan(plan.subject)
        published = record_missing(subject=plan.subject, finding=FINDING, requirement="R34", said=said)
        return ToldFinding(title=TITLE, said=said, published=published)
    causes = gather_evidence(comparison, district_id=plan.subject.district_id, settings=settings)
    aims = find_aims_of(plan, causes=causes)
    answered = link_findings(plan, settings=settings, comparison=comparison)
    unknown = check_finding_ids(plan, settings=settings, comparison=comparison)
    opening = _open(aims)
    wrong = [aim for aim in aims if aim.verdict == "wrong level"]
    unseen = [aim for aim in aims if aim.verdict == "fits" and aim.presence != "yes"]
    parts = [opening, *(say_wrong_level(aim) for aim in wrong[:1])]
    parts += _say_unseen(unseen)
    shown = bool(aims)
    return ToldFinding(
        title=TITLE,
        said=" ".join(parts) + (f" See @tbl-{NAME}." if shown else ""),
        short=opening,
        listed=_tabulate(aims, answered=answered) if shown else None,
        kept_in_mind=(LOCATED, NOT_CAUSE, *((NO_FINDING,) if unseen else ())),
        published=(
            *(_record(aim, plan=plan) for aim in aims),
            *record_faults(
                (*unknown, *list_aim_faults(aims, plan=plan, causes=causes)), subject=plan.subject, finding="plan_fault"
            ),
        ),
    )


def find_unanswered(plan: Plan, *, settings: Settings, comparison: Comparison) -> ToldFinding:
    """List the findings for which a plan has no action or no goal.

    Parameters
    ----------
    plan : Plan
        Of a school, whose own plan or the district's may answer; or of a district, over all its schools.
    settings : Settings
        ``causes`` of the run file.
    comparison : Comparison
        With what the data show.

    Returns
    -------
    ToldFinding
        Causes that the data show, then concerning trends.
    """
    causes = gather_evidence(comparison, district_id=plan.subject.district_id, settings=settings)
    found = (*list_causes(plan, causes=causes), *list_trends(plan, comparison=comparison))
    opening = _open_gaps(found, plan=plan)
    return ToldFinding(
        title=GAPS_TITLE,
        said=f"{opening} See @tbl-{GAPS}." if found else opening,
        short=opening,
        listed=_tabulate_gaps(found) if found else None,
        kept_in_mind=(
            "A plan cannot answer everything at once; what it leaves for later should be left on purpose.",
            NOT_CAUSE,
        ),
        published=_record_gaps(found, plan=plan, said=opening),
    )


def _say_unseen(unseen: Sequence[Aim]) -> list[str]:
    """Name the actions whose root cause the data do not show, and apart from them those of which they cannot tell."""
    absent = [aim.action.action_id for aim in unseen if aim.presence == "no"]
    untold = [aim.action.action_id for aim in unseen if aim.presence != "no"]
    said = [f"We see no finding behind {join_words(absent)}."] if absent else []
    if untold:
        said.append(f"Whether the root cause of {join_words(untold)} is there, the data cannot tell.")
    return said


def _open(aims: Sequence[Aim]) -> str:
    if not aims:
        return "The plan has no action, so nothing aims at a root cause."
    fit = sum(aim.verdict == "fits" for aim in aims)
    seen = sum(aim.verdict == "fits" and aim.presence == "yes" for aim in aims)
    if len(aims) == 1:
        known = "aims at a root cause at its level" if fit else "does not aim at a known root cause at its level"
        return f"The one action of the plan {known}{', and the data show that it is there' if seen else ''}."
    if not fit:
        return f"Not one of the {say_number(len(aims))} actions of the plan aims at a known root cause at its level."
    every = "Both actions" if fit == 2 else f"All {say_number(fit)} actions"
    which = every if fit == len(aims) else f"{say_number(fit).capitalize()} of the {say_number(len(aims))} actions"
    whole = {1: "it", 2: "both of them"}.get(fit, "all of them")
    told = [
        f"{say} for {say_number(count) if count < fit else whole}"
        for say, count in (
            ("show it", seen),
            ("do not show it", sum(aim.verdict == "fits" and aim.presence == "no" for aim in aims)),
            ("cannot tell", sum(aim.verdict == "fits" and aim.presence == "cannot tell" for aim in aims)),
        )
        if count
    ]
    aimed = f"{which} {'aims' if fit == 1 else 'aim'} at a known root cause at its level"
    shown = join_words(told) if fit > 1 else told[0].rpartition(" for ")[0]
    return f"{aimed}; the data {shown}."


def _tabulate(aims: Sequence[Aim], *, answered: Mapping[str, str]) -> Table:
    titles = ["Action", "Root cause", "Sits in", "Works in", "In the data", "Fits"]
    goals = [aim.action.goal_id or "" for aim in aims]
    rows = [_write(aim) for aim in aims]
    shown = [aim for aim in aims if aim.causes and aim.presence == "yes"]
    sections = list(dict.fromkeys(f"“{find_section(aim.causes[0])}”" for aim in shown))
    if any(goal in answered for goal in goals):
        titles.append("Its goal")
        rows = [(*row, answered.get(goal, "–")) for row, goal in zip(rows, goals, strict=True)]
    return Table(
        name=NAME,
        caption="Actions beside the root causes that they are to remove.",
        columns=tuple(Column(title=title) for title in titles),
        rows=rows,
        note=f"The finding behind an action stands in {join_words(sections)}." if sections else "",
    )


def _write(aim: Aim) -> tuple[str, ...]:
    action = aim.action
    labels = [*(one.label for one in aim.causes), *aim.unknown]
    source = f" ({aim.source})" if aim.source else ""
    levels = join_words([LEVELS[level] for level in aim.wanted], last="or")
    shown: str = aim.presence if aim.causes else "–"
    if aim.causes and aim.presence == "yes":
        shown = LinkedText(shown, to=find_exhibit(aim.causes[0]))
    verdict: str = "yes" if aim.verdict == "fits" else aim.verdict
    if aim.verdict == "fits" and aim.presence == "no":
        verdict = "yes, but we see no finding behind it"
    return (
        f"{action.action_id}: {action.description}" if action.description else action.action_id,
        join_words(labels) or "–",
        f"{levels}{source}" or "–",
        LEVELS.get(action.level or "", action.level or "–"),
        shown,
        verdict,
    )


def _record(aim: Aim, *, plan: Plan) -> Record:
    return Record(
        **_keys(plan),
        finding=FINDING,
        requirement="R34",
        measure=" ".join(aim.action.cause_id) or None,
        group=f"actions {aim.action.action_id}",
        method="action beside the level at which the data show its cause",
        verdict=aim.verdict if aim.verdict != "fits" else f"fits; shown by the data: {aim.presence}",
        sentence=say_wrong_level(aim) if aim.verdict == "wrong level" else aim.seen or None,
    )


def _keys(plan: Plan) -> dict[str, Any]:
    subject = plan.subject
    return {"district_id": subject.district_id, "school_id": subject.school_id, "level": subject.level}


def _open_gaps(found: Sequence[Unanswered], *, plan: Plan) -> str:
    if not found:
        return "Every candidate root cause that the data show here has an action, and every concerning trend a goal."
    whole = plan.subject.school_id is None
    causes = list(dict.fromkeys(one.label for one in found if one.kind == "cause"))
    trends = sum(one.kind == "trend" for one in found)
    parts = []
    if causes:
        has = "the district's plan has no action" if whole else "neither this plan nor the district's has an action"
        what, them = ("a candidate root cause", "it") if len(causes) == 1 else ("candidate root causes", "them")
        parts.append(f"The data show {join_words(causes)} as {what}; {has} against {them}.")
    if trends:
        has = "neither the district nor the school" if whole else "neither this plan nor the district's"
        parts.append(
            f"{say_number(trends).capitalize()} concerning trend{' is' if trends == 1 else 's are'} of a measure for "
            f"which {has} has a goal."
        )
    return " ".join(parts)


def _tabulate_gaps(found: Sequence[Unanswered]) -> Table:
    titles = ("Finding", "Where", "What was found", "Stands in", "What the plans have")
    rows = tuple((one.label, one.where, one.said, LinkedText(one.section, to=one.exhibit), one.why) for one in found)
    return Table(
        name=GAPS,
        caption="Findings for which the plan has no action or no goal.",
        columns=tuple(Column(title=title) for title in titles),
        rows=rows,
        printed=12,
    )


def _record_gaps(found: Sequence[Unanswered], *, plan: Plan, said: str) -> tuple[Record, ...]:
    keys = _keys(plan)
    total = Record(
        **keys,
        finding="findings_unanswered",
        requirement="R39",
        method="findings beside the plan",
        estimate=float(len(found)),
        unit="findings",
        sentence=said,
    )
    return (
        total,
        *(
            Record(
                **keys,
                finding="finding_without_action" if one.kind == "cause" else "finding_without_goal",
                requirement="R39",
                measure=one.name,
                group=one.where,
                method="findings beside the plan",
                verdict=one.why,
                sentence=one.said or None,
            )
            for one in found
        ),
    )
