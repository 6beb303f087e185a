"""Does each action hit its cause, by id and by level, and which findings have no action behind them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.plan.evidence import Evidence, find_evidence, gather_evidence
from mtss_analysis.findings.plan.faults import PlanFault
from mtss_analysis.findings.plan.finding_ids import check_finding_ids
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.sight import Presence
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import join_words

Verdict = Literal["fits", "wrong level", "level not stated", "no cause", "unknown cause"]
AIM, FINDINGS = "R34", "R39"
STOPPED = "stopped"
WHERE = {
    "district": "at the district",
    "school": "in the school as a whole",
    "classroom": "in classrooms",
    "student": "with single students",
}
BEGIN = {
    "district": "Change how the district provides for it, such as how staff or hours are shared out",
    "school": "Change it throughout the school, such as with a routine that everybody keeps and the principal looks at",
    "classroom": "Begin in classrooms, such as with coaching in teachers' own lessons",
    "student": "Begin with the students concerned, such as with support that is planned for each of them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What an action aims at, and whether it hits.

    Parameters
    ----------
    action : Action
        The action.
    causes : tuple of Evidence
        Those that it names and that are known.
    unknown : tuple of str
        Names of causes that nobody knows.
    wanted : tuple of str
        Levels at which an action against these causes should work.
    source : str
        Who says so: ``data``, ``run file``, or both; empty: nobody.
    presence : {'yes', 'no', 'cannot tell'}
        Whether the data show one of its causes where the plan reaches.
    seen : str
        The sentence that says so; empty: there is none.
    verdict : str
        Whether cause and level fit.
    """

    action: Action
    causes: tuple[Evidence, ...]
    unknown: tuple[str, ...]
    wanted: tuple[str, ...]
    source: str
    presence: Presence
    seen: str
    verdict: Verdict


def find_aims_of(plan: Plan, *, causes: Sequence[Evidence]) -> tuple[Aim, ...]:
    """Find what every action of a plan aims at, and whether it hits.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    causes : sequence of Evidence
        From :func:`mtss_analysis.findings.plan.evidence.gather_evidence`.

    Returns
    -------
    tuple of Aim
        One per action. An action fits where it works at one of the levels at which the data show one of its causes;
        where they show none, at the level that the run file declares.
    """
    return tuple(_find_aim(action, plan=plan, causes=causes) for action in plan.actions)


def check_aims(plan: Plan, *, settings: Settings, comparison: Comparison) -> tuple[PlanFault, ...]:
    """Check that actions name known causes and work at their level, goals known findings, and causes have actions.

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
    tuple of PlanFault
        Kind ``unknown_finding`` by goal; ``no_cause``, ``unknown_cause``, ``no_level``, ``wrong_level`` by action;
        last ``cause_without_action``: a cause of the run file that can be changed, is shown where the plan reaches, and
        has no action in any plan of the district. Where another school has one, it is no fault of this plan, but listed
        with what has no action here.
    """
    causes = gather_evidence(comparison, district_id=plan.subject.district_id, settings=settings)
    return (
        *check_finding_ids(plan, settings=settings, comparison=comparison),
        *list_aim_faults(find_aims_of(plan, causes=causes), plan=plan, causes=causes),
    )


def list_aim_faults(aims: Sequence[Aim], *, plan: Plan, causes: Sequence[Evidence]) -> tuple[PlanFault, ...]:
    """List what is wrong with the aims of a plan's actions, as :func:`check_aims` does.

    Parameters
    ----------
    aims : sequence of Aim
        From :func:`find_aims_of`.
    plan : Plan
        Their plan.
    causes : sequence of Evidence
        All causes.

    Returns
    -------
    tuple of PlanFault
        By action, then causes without an action.
    """
    return (
        *(fault for aim in aims for fault in _check_aim(aim)),
        *(_say_without_action(one, plan=plan) for one in find_unaddressed(plan, causes=causes)),
    )


def find_unaddressed(plan: Plan, *, causes: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Find the causes of the run file that the data show where a plan reaches and that no plan acts on.

    Parameters
    ----------
    plan : Plan
        Of a school or of a district.
    causes : sequence of Evidence
        All.

    Returns
    -------
    tuple of Evidence
        Those that can be changed.
    """
    if plan.is_empty:
        return ()
    everything = (*plan.actions, *plan.others)
    return tuple(
        one
        for one in causes
        if one.declared is not None
        and one.declared.controllable
        and one.presence(plan.subject) == "yes"
        and not acts_on(everything, one)
    )


def acts_on(actions: Sequence[Action], cause: Evidence) -> bool:
    """Tell whether one of the actions, and not a stopped one, is against a cause."""
    names = {cause.cause_id, cause.practice} - {""}
    return any(names & set(action.cause_id) for action in actions if action.status != STOPPED)


def _find_aim(action: Action, *, plan: Plan, causes: Sequence[Evidence]) -> Aim:
    subject = plan.subject
    named = find_evidence(causes, action.cause_id)
    found = {name for one in named for name in (one.cause_id, one.practice)}
    unknown = tuple(name for name in action.cause_id if name not in found)
    shown = tuple(dict.fromkeys(level for one in named for level in one.levels(subject)))
    wanted = tuple(dict.fromkeys(level for one in named for level in one.wanted_levels(subject)))
    verdict: Verdict = "fits"
    if not action.cause_id:
        verdict = "no cause"
    elif not named:
        verdict = "unknown cause"
    elif wanted and action.level is None:
        verdict = "level not stated"
    elif wanted and action.level not in wanted:
        verdict = "wrong level"
    best = next((one for one in named if one.presence(subject) == "yes"), named[0] if named else None)
    return Aim(
        action=action,
        causes=named,
        unknown=unknown,
        wanted=wanted,
        source=_name_source(wanted, shown=shown),
        presence="cannot tell" if best is None else best.presence(subject),
        seen="" if best is None else best.said(subject),
        verdict=verdict,
    )


def _name_source(wanted: Sequence[str], *, shown: Sequence[str]) -> str:
    if not wanted:
        return ""
    return "run file" if not shown else "data" if set(wanted) == set(shown) else "run file and data"


def _check_aim(aim: Aim) -> Iterator[PlanFault]:
    me = aim.action.action_id
    if aim.verdict == "no cause":
        yield _fault(
            me, "no_cause", "cause_id", f"Action {me} names no root cause that it is to remove.",
            "Name the root cause, as the run file or the walkthroughs have it, or ask what the action is for.",
        )  # fmt: skip
    if aim.unknown:
        yield _fault(
            me, "unknown_cause", "cause_id",
            f"Action {me} is against {join_words(aim.unknown)}, which is neither a root cause of the run file nor a "
            "practice that walkthroughs look at.",
            "Correct the name, or declare the root cause in the run file with what shows it in the data.",
        )  # fmt: skip
    if aim.verdict == "level not stated":
        yield _fault(
            me, "no_level", "level", f"Action {me} does not say at which level it changes something.",
            "Write district, school, classroom or student.",
        )  # fmt: skip
    if aim.verdict == "wrong level":
        yield _fault(me, "wrong_level", "level", say_wrong_level(aim), f"{BEGIN[aim.wanted[0]]}, or name the root "
                     "cause that this action does remove.")  # fmt: skip


def say_wrong_level(aim: Aim) -> str:
    """Say why an action does not reach its cause: where it works, where the cause sits, and who says so.

    Parameters
    ----------
    aim : Aim
        Of verdict ``wrong level``.

    Returns
    -------
    str
        One to two sentences.
    """
    action = aim.action
    what = f" (“{action.description}”)" if action.description else ""
    bought = "buys something for" if action.action_type in ("programme", "materials") else "changes something"
    where = WHERE.get(action.level or "", f"at the level {action.level}")
    if bought.startswith("buys"):
        where = {"district": "the whole district", "school": "the whole school"}.get(action.level or "", where)
        bought = bought if action.level in ("district", "school") else "buys something"
    label = aim.causes[0].label
    sits = join_words([WHERE[level] for level in aim.wanted], last="or")
    verb = "breaks down" if aim.causes[0].practice else "sits"
    seen = f" {aim.seen}" if "data" in aim.source and aim.seen else " So the run file has it."
    return f"Action {action.action_id}{what} {bought} {where}, but {label} {verb} {sits}.{seen}"


def _say_without_action(cause: Evidence, *, plan: Plan) -> PlanFault:
    schools = cause.schools() if plan.subject.school_id is None else ()
    where = f" in {'school' if len(schools) == 1 else 'schools'} {join_words(list(schools))}" if schools else ""
    said = cause.said(plan.subject)
    return PlanFault(
        requirement=FINDINGS,
        kind="cause_without_action",
        table="actions",
        row_id="",
        column="cause_id",
        said=(
            f"The data show a candidate root cause{where}: {cause.label}. No plan of the district acts on it. {said}"
        ).strip(),
        mend=f"Plan an action against it (cause_id {cause.cause_id}), or write down why it has to wait.",
    )


def _fault(row_id: str, kind: str, column: str, said: str, mend: str) -> PlanFault:
    return PlanFault(requirement=AIM, kind=kind, table="actions", row_id=row_id, column=column, said=said, mend=mend)
