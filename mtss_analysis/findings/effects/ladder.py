"""The design ladder: which designs an intervention admits, and the strongest of them that holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtss_analysis.findings.effects.designs import (
    DesignResult,
    Pupils,
    decline,
    estimate_discontinuity,
    estimate_growth,
    estimate_phased,
    estimate_series,
    estimate_weighted,
)
from mtss_analysis.findings.effects.designs.result import DesignName
from mtss_analysis.show import join_words

RUNGS: dict[str, tuple[DesignName, ...]] = {
    "random": ("randomised", "weighted", "growth"),
    "cut_score": ("discontinuity", "weighted", "growth"),
    "phased": ("staggered", "interrupted", "growth"),
    "selected": ("weighted", "growth"),
    "single_case": ("single_case",),
}
"""Designs that a way of assignment admits, the strongest first: What Works Clearinghouse Handbook 5.0, chapters on
group designs, regression discontinuity and single-case designs; series without groups meet no standard. A comparison
of growth within a year is the last resort of every design between groups."""

UNDATED = "the start of no participation has a date, so the years with the programme are not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What each design that was tried gave.

    Parameters
    ----------
    chosen : DesignResult or None
        The strongest that holds; None: descriptive only, which is no effect.
    others : tuple of DesignResult
        The others that were tried, the strongest first.
    """

    chosen: DesignResult | None
    others: tuple[DesignResult, ...]

    @property
    def results(self) -> tuple[DesignResult, ...]:
        """All that were tried, the chosen one first."""
        return (*(() if self.chosen is None else (self.chosen,)), *self.others)


def climb(
    *,
    assignment: str,
    pupils: Pupils | None,
    given: Sequence[DesignResult] = (),
    ci_level: float,
) -> Ladder:
    """Try every design that the assignment admits and choose the strongest that holds.

    Parameters
    ----------
    assignment : str
        ``interventions.assignment``; empty: not recorded.
    pupils : Pupils or None
        Students of all schools; None where no screening holds the outcome.
    given : sequence of DesignResult
        Designs already worked out from other tables: randomised, single-case.
    ci_level : float
        Confidence level.

    Returns
    -------
    Ladder
        A design that is declined says why; a way of assignment that is not known admits description only.
    """
    ready = {result.design: result for result in given}
    estimators: dict[str, Callable[[Pupils], DesignResult]] = {
        "discontinuity": lambda of: estimate_discontinuity(of, ci_level=ci_level),
        "weighted": lambda of: estimate_weighted(of, ci_level=ci_level),
        "staggered": lambda of: estimate_phased(of, ci_level=ci_level),
        "interrupted": lambda of: estimate_series(of, ci_level=ci_level),
        "growth": lambda of: estimate_growth(of, ci_level=ci_level),
    }
    results = []
    for design in RUNGS.get(assignment, ()):
        if design in ready:
            results.append(ready[design])
        elif design in estimators and pupils is not None and pupils.n_undated and pupils.services.empty:
            results.append(decline(design, reason=UNDATED))
        elif design in estimators and pupils is not None:
            results.append(estimators[design](pupils))
        else:
            results.append(decline(design, reason="no student has this outcome"))
    if not results:
        results.append(decline("descriptive", reason=_say_unknown(assignment)))
    chosen = next((result for result in results if result.is_admissible), None)
    return Ladder(chosen=chosen, others=tuple(result for result in results if result is not chosen))


def _say_unknown(assignment: str) -> str:
    known = join_words(list(RUNGS), last="or")
    if not assignment:
        return f"how students came into it is not recorded; the interventions table should say {known}"
    return f"students came into it by “{assignment}”, and only {known} say which comparison could be made"
