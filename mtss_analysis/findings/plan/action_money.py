"""The money of one action: its gap, what a student costs, and what a unit of effect costs."""

from dataclasses import dataclass

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_rows import read_own
from mtss_analysis.findings.plan.effect_evidence import KnownEffect, find_cost_per_effect, read_effects
from mtss_analysis.findings.plan.money_checks import find_gap
from mtss_analysis.findings.plan.plan import Plan
from mtss_analysis.findings.plan.reach import Reach, find_reach
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.school import School
from mtss_analysis.findings.settings import Settings
from mtss_analysis.show import format_signed, likely_between
from mtss_analysis.stats import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionMoney:
    """The money of one action.

    Parameters
    ----------
    action : Action
        With cost, source and amount funded.
    gap : float
        Dollars that are missing.
    reach : Reach
        Students whom it reaches.
    per_effect : Interval or None
        Dollars for a student and standard deviation of effect; None: ``reason``.
    reason : str
        Why it is not computed.
    here : str
        What the school's own data say of the effect; empty where they say nothing that may be printed.
    """

    action: Action
    gap: float
    reach: Reach
    per_effect: Interval | None
    reason: str
    here: str = ""

    @property
    def per_student(self) -> float | None:
        """Dollars for each student reached, over the whole action; None: not known or withheld."""
        cost, n = self.action.cost, self.reach.n
        return None if cost is None or cost < 0 or not n else cost / n


def count_money(action: Action, *, plan: Plan, settings: Settings, comparison: Comparison) -> ActionMoney:
    """Count the money of one action.

    Parameters
    ----------
    action : Action
        Of the plan.
    plan : Plan
        For its goal.
    settings : Settings
        Confidence level.
    comparison : Comparison
        With the frames ``plan_reach``, ``questions`` and ``designs``.

    Returns
    -------
    ActionMoney
        Cost per effect by the first outcome of the intervention whose effect can be graded.
    """
    goal = next((goal for goal in plan.goals if goal.goal_id == action.goal_id), None)
    reach = find_reach(comparison, action=action, goal=goal, district_id=plan.subject.district_id)
    known = None
    if action.intervention_id:
        effects = read_effects(comparison, intervention_id=action.intervention_id, settings=settings)
        known = next((one for one in effects if one.effect is not None), effects[0] if effects else None)
    cost = action.cost / reach.n if action.cost is not None and reach.n else None
    per_effect, reason = find_cost_per_effect(cost=cost, known=known)
    here = "" if known is None else _say_here(known, plan=plan, settings=settings, comparison=comparison)
    return ActionMoney(
        action=action, gap=find_gap(action), reach=reach, per_effect=per_effect, reason=reason, here=here
    )


def _say_here(known: KnownEffect, *, plan: Plan, settings: Settings, comparison: Comparison) -> str:
    """Say the school's own estimate of an effect, drawn towards all schools."""
    subject = plan.subject
    if subject.school_id is None or known.effect is None:
        return ""
    school = School(
        district_id=subject.district_id, school_id=subject.school_id, school_name=subject.name, district_name=""
    )
    own = read_own(
        comparison,
        school=school,
        intervention_id=known.intervention_id,
        measure=known.measure,
        ci_level=settings.ci_level,
    )
    if own.shrunken is None:
        return ""
    size = format_signed(own.shrunken.estimate, low=own.shrunken.ci_low, high=own.shrunken.ci_high)
    unit = settings.indicator(known.measure).unit
    within = likely_between(low=own.shrunken.ci_low, high=own.shrunken.ci_high)
    return f"In this school the best guess of the effect of {known.label} is {size} {unit} ({within})."
