"""What is known of the effect of an intervention: the strongest design that holds, in standard deviations."""

from dataclasses import dataclass
from typing import Literal

from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.design_rows import Rung, read_rungs
from mtss_analysis.findings.effects.questions import read_questions
from mtss_analysis.findings.settings import EffectQuestion, Settings
from mtss_analysis.stats import Estimate, Interval
from mtss_analysis.stats.cost_effectiveness import estimate_cost_per_effect
from mtss_analysis.stats.estimate import make_t_estimate

NOT_GRADED = "does not meet standards"
Shown = Literal["effect", "no effect", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownEffect:
    """What is known of the effect of an intervention on one outcome.

    Parameters
    ----------
    intervention_id, measure, label, outcome : str
        Which, on what, and the names of both in a sentence.
    effect : Estimate or None
        In standard deviations, positive where students do better; None: it cannot be graded (``reason``).
    minimum : float
        Smallest effect that is worth the trouble, standard deviations.
    q_value : float or None
        Adjusted over the questions of the run.
    reason : str
        Why there is no effect.
    cost_per_student : float or None
        By the ingredients that the interventions table gives, a student and year, dollars.
    rating : str
        By the What Works Clearinghouse.
    """

    intervention_id: str
    measure: str
    label: str
    outcome: str
    effect: Estimate | None
    minimum: float
    q_value: float | None
    reason: str
    cost_per_student: float | None
    rating: str

    def judge(self, *, false_discovery_rate: float) -> Shown:
        """Say what the design shows.

        Parameters
        ----------
        false_discovery_rate : float
            Largest q-value at which an effect is called shown.

        Returns
        -------
        {'effect', 'no effect', 'cannot tell'}
            An effect: the whole interval lies above zero, also after control of false discoveries. No effect: the
            whole interval lies below the smallest effect worth the trouble. Without a design that holds, or with both
            in the interval, it cannot be told: that nothing was shown is not that there is nothing.
        """
        if self.effect is None:
            return "cannot tell"
        if self.effect.ci_high < self.minimum:
            return "no effect"
        controlled = self.q_value is None or self.q_value <= false_discovery_rate
        return "effect" if self.effect.ci_low > 0 and controlled else "cannot tell"


def read_effects(comparison: Comparison, *, intervention_id: str, settings: Settings) -> tuple[KnownEffect, ...]:
    """Read what is known of the effect of an intervention, on all outcomes that were asked about.

    Parameters
    ----------
    comparison : Comparison
        With the frames ``questions`` and ``designs``.
    intervention_id : str
        Which.
    settings : Settings
        Confidence level.

    Returns
    -------
    tuple of KnownEffect
        One per outcome, in the order of the run file; empty where the run asks about none.
    """
    asked = [one for one in read_questions(comparison.frame("questions")) if one.intervention_id == intervention_id]
    return tuple(
        _read(rungs[0], question=question, measure=measure, settings=settings)
        for question in asked
        for measure in question.outcomes
        if (rungs := read_rungs(comparison, intervention_id=intervention_id, measure=measure))
    )


def find_cost_per_effect(*, cost: float | None, known: KnownEffect | None) -> tuple[Interval | None, str]:
    """Find what one standard deviation of effect costs for a student.

    Parameters
    ----------
    cost : float or None
        Per student, dollars.
    known : KnownEffect or None
        The effect.

    Returns
    -------
    interval : Interval or None
        None where it is not computed.
    reason : str
        Why; empty where it is.
    """
    if known is None:
        return None, "it introduces no intervention whose effect the run asks about"
    if known.effect is None:
        return None, f"the effect of {known.label} cannot be graded"
    if cost is None or cost <= 0:
        return None, "what a student costs is not known"
    try:
        return estimate_cost_per_effect(cost=cost, effect=known.effect), ""
    except TooFewError as reason:
        return None, str(reason)


def _read(rung: Rung, *, question: EffectQuestion, measure: str, settings: Settings) -> KnownEffect:
    is_graded = rung.is_chosen and str(rung.row["rating"]) != NOT_GRADED
    effect = _scale(rung, better=question.better, ci_level=settings.ci_level) if is_graded else None
    reason = "" if effect is not None else str(rung.row["reason"] or "") or "no design holds"
    return KnownEffect(
        intervention_id=question.intervention_id,
        measure=measure,
        label=question.label,
        outcome=_name_outcome(measure, settings=settings),
        effect=effect,
        minimum=question.minimum_worthwhile_sd,
        q_value=rung.number("q_value"),
        reason=reason,
        cost_per_student=rung.number("cost"),
        rating=str(rung.row["rating"]),
    )


def _name_outcome(measure: str, *, settings: Settings) -> str:
    every = (*settings.indicators, *settings.outcome_measures)
    return next((one.label for one in every if one.measure == measure), measure.replace("_", " "))


def _scale(rung: Rung, *, better: str, ci_level: float) -> Estimate | None:
    """Give the effect in standard deviations, as the chapter on effects does."""
    estimate, std_error, df = rung.number("estimate"), rung.number("std_error"), rung.number("df")
    g, sd = rung.number("g"), rung.number("sd")
    if estimate is None or std_error is None or df is None or not (sd or g):
        return None
    per_unit = abs(g / estimate) if g and estimate else 1 / (sd or 1.0)
    sign = -1.0 if better == "lower" else 1.0
    return make_t_estimate(
        estimate=sign * per_unit * estimate, std_error=per_unit * std_error, df=df, ci_level=ci_level
    )
