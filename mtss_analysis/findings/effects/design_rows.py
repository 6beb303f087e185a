"""One question's ladder out of the comparison, for one school, holding only what may be printed."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtss_analysis.findings.comparison import Comparison
from mtss_analysis.findings.effects.delivery import TOGETHER
from mtss_analysis.findings.effects.designs import Check
from mtss_analysis.findings.school import School, of_school
from mtss_analysis.findings.settings import EffectQuestion
from mtss_analysis.show import format_percent
from mtss_analysis.stats import Interval


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rung:
    """One design that was tried.

    Parameters
    ----------
    row : Series
        Its row of ``designs``.
    checks : tuple of Check
        What was checked.
    """

    row: pd.Series
    checks: tuple[Check, ...]

    @property
    def design(self) -> str:
        """Which design."""
        return str(self.row["design"])

    @property
    def is_chosen(self) -> bool:
        """Whether it is the strongest that holds and may be printed."""
        return int(self.row["rank"]) == 0 and bool(np.isfinite(self.row["estimate"]))

    def number(self, name: str) -> float | None:
        """Give a number of its row; None where there is none."""
        value = self.row[name]
        return None if pd.isna(value) else float(value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnEffect:
    """One school's estimate by the chosen design.

    Parameters
    ----------
    own, shrunken : Interval or None
        The school alone, and drawn towards all schools.
    std_error, p_value : float or None
        Of ``own``.
    n : int or None
        Students analysed.
    reason : str
        Why there is no estimate of its own.
    withheld : bool
        Whether the numbers may not be printed.
    """

    own: Interval | None
    shrunken: Interval | None
    std_error: float | None
    p_value: float | None
    n: int | None
    reason: str
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How an intervention was delivered; None where it is not known or may not be printed, 0 served: nobody there."""

    n_served: int | None
    dose_pct: float | None
    fidelity_pct: float | None
    withheld: bool

    def reaches(self, question: EffectQuestion) -> bool:
        """Whether it was delivered as designed, as far as is recorded and may be printed."""
        return self.fidelity_pct is None or self.fidelity_pct >= question.fidelity_criterion_pct

    def say_short(self, question: EffectQuestion) -> str:
        """Say that in this school it fell short of the design."""
        return (
            f"In this school, for {question.label}: not delivered as designed, since fidelity was "
            f"{format_percent(self.fidelity_pct)} and at least {format_percent(question.fidelity_criterion_pct)} is "
            "asked for; no verdict on it is given here."
        )


def read_rungs(comparison: Comparison, *, intervention_id: str, measure: str) -> tuple[Rung, ...]:
    """Read the designs that were tried, the chosen one first.

    Parameters
    ----------
    comparison : Comparison
        Designs of all questions.
    intervention_id, measure : str
        Which question and outcome.

    Returns
    -------
    tuple of Rung
        Empty where the question was not asked.
    """
    designs = comparison.frame("designs")
    if designs.empty:
        return ()
    mine = designs[(designs["intervention_id"] == intervention_id) & (designs["measure"] == measure)]
    return tuple(
        Rung(row=row, checks=tuple(Check(**check) for check in json.loads(str(row["checks"]))))
        for _, row in mine.sort_values("rank", kind="stable").iterrows()
    )


def read_own(
    comparison: Comparison, *, school: School, intervention_id: str, measure: str, ci_level: float
) -> OwnEffect:
    """Read a school's own estimate.

    Parameters
    ----------
    comparison : Comparison
        Estimates of all schools.
    school : School
        Which school.
    intervention_id, measure : str
        Which question and outcome.
    ci_level : float
        Confidence level of the intervals.

    Returns
    -------
    OwnEffect
        With a reason where there is none.
    """
    frame = comparison.frame("own_designs")
    rows = frame
    if len(frame):
        rows = of_school(frame, school=school, intervention_id=intervention_id, measure=measure)
    if rows.empty:
        reason = "no student of this school has this outcome"
        return OwnEffect(own=None, shrunken=None, std_error=None, p_value=None, n=None, reason=reason, withheld=False)
    row = rows.iloc[0]
    withheld = row["status"] != "ok"
    known = not withheld and bool(np.isfinite(row["estimate"]))
    return OwnEffect(
        own=_interval(row, ("estimate", "ci_low", "ci_high"), ci_level=ci_level) if known else None,
        shrunken=_interval(row, ("shrunken", "shrunken_low", "shrunken_high"), ci_level=ci_level) if known else None,
        std_error=float(row["std_error"]) if known else None,
        p_value=float(row["p_value"]) if known else None,
        n=int(row["n_treated"] + row["n_comparison"]) if known else None,
        reason="" if withheld else str(row["reason"]),
        withheld=withheld,
    )


def read_delivery(comparison: Comparison, *, school: School | None, intervention_id: str) -> Delivered:
    """Read how an intervention was delivered, in one school or in all.

    Parameters
    ----------
    comparison : Comparison
        Delivery of all questions.
    school : School or None
        None: all schools together.
    intervention_id : str
        Which intervention.

    Returns
    -------
    Delivered
        Empty where nothing is recorded.
    """
    frame = comparison.frame("delivery")
    rows = frame[frame["intervention_id"] == intervention_id] if len(frame) else frame
    if len(rows) and school is None:
        rows = rows[rows["school_id"] == TOGETHER]
    elif len(rows) and school is not None:
        rows = of_school(rows, school=school)
    if rows.empty:
        # Where others are recorded as taking part and nobody of this school is, the school does not have it.
        elsewhere = school is not None and len(frame) and bool((frame["intervention_id"] == intervention_id).any())
        return Delivered(n_served=0 if elsewhere else None, dose_pct=None, fidelity_pct=None, withheld=False)
    row = rows.iloc[0]
    return Delivered(
        n_served=None if pd.isna(row["n_served"]) else int(row["n_served"]),
        dose_pct=None if pd.isna(row["dose_pct"]) else float(row["dose_pct"]),
        fidelity_pct=None if pd.isna(row["fidelity_pct"]) else float(row["fidelity_pct"]),
        withheld=row["status"] != "ok",
    )


def _interval(row: pd.Series, names: tuple[str, str, str], *, ci_level: float) -> Interval | None:
    estimate, low, high = (float(row[name]) for name in names)
    if not np.isfinite(estimate):
        return None
    return Interval(estimate=estimate, ci_low=low, ci_high=high, ci_level=ci_level)
