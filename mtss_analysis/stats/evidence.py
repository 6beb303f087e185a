"""How strong the evidence of a study is: its What Works Clearinghouse rating and its ESSA tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mtss_analysis.stats.attrition import Attrition

Equivalence: TypeAlias = Literal["satisfied", "satisfied with adjustment", "not satisfied"]
Rating: TypeAlias = Literal["without reservations", "with reservations", "does not meet standards"]
Assignment: TypeAlias = Literal["randomised", "not randomised"]

# WWC Procedures and Standards Handbook 5.0, baseline equivalence of the analytic sample.
EQUIVALENT_G = 0.05
ADJUSTABLE_G = 0.25
# Every Student Succeeds Act, section 8101(21); U.S. Department of Education (2016, rev. 2023), Non-Regulatory
# Guidance: a large, multi-site sample is 350 students or more in at least two sites.
ESSA_STUDENTS = 350
ESSA_SITES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRating:
    """The highest rating that a study's design can receive.

    Parameters
    ----------
    rating : str
        ``without reservations``, ``with reservations`` or ``does not meet standards``.
    reasons : tuple of str
        One sentence each, without a full stop.
    """

    rating: Rating
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EssaTier:
    """The ESSA tier of one study's evidence.

    Parameters
    ----------
    tier : int or None
        1 strong, 2 moderate, 3 promising, 4 demonstrates a rationale; None for none of these.
    reasons : tuple of str
        Why no stronger tier, one sentence each, without a full stop.
    """

    tier: int | None
    reasons: tuple[str, ...]


def judge_equivalence(*, g: float, adjusted: bool) -> Equivalence:
    """Judge whether two groups were alike at baseline, on the students analysed.

    Parameters
    ----------
    g : float
        Baseline difference in pooled standard deviations, of either sign.
    adjusted : bool
        Whether the effect was estimated with this baseline measure in the model.

    Returns
    -------
    str
        Up to .05 ``satisfied``; up to .25 ``satisfied with adjustment`` if adjusted; else ``not satisfied``.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, baseline equivalence.
    """
    size = abs(g)
    if size <= EQUIVALENT_G:
        return "satisfied"
    if size <= ADJUSTABLE_G and adjusted:
        return "satisfied with adjustment"
    return "not satisfied"


def rate_design(
    *,
    assignment: Assignment,
    n_units_treated: int,
    n_units_comparison: int,
    attrition: Attrition | None,
    boundary: Literal["cautious", "optimistic"] = "cautious",
    baseline_g: Mapping[str, float],
    adjusted: bool,
) -> DesignRating:
    """Rate a group design by the highest standard that it can meet.

    Parameters
    ----------
    assignment : {"randomised", "not randomised"}
        How students or clusters came into their group.
    n_units_treated, n_units_comparison : int
        Schools, teachers or students, whatever was assigned, in each group.
    attrition : Attrition or None
        Of a randomised study; None if it cannot be counted, which is held to be high.
    boundary : {"cautious", "optimistic"}
        Which boundary attrition is held against; the optimistic one only where leaving cannot have to do with
        the programme.
    baseline_g : mapping of measure to float
        Baseline differences of the students analysed; empty if none was measured.
    adjusted : bool
        Whether those measures are in the model.

    Returns
    -------
    DesignRating
        With the reasons in the order in which they were weighed.

    References
    ----------
    WWC Procedures and Standards Handbook 5.0, chapter on group designs: confounding factors, attrition,
    baseline equivalence.
    """
    if min(n_units_treated, n_units_comparison) < 2:
        reason = "One of the groups is a single unit, so the programme cannot be told apart from that unit"
        return DesignRating(rating="does not meet standards", reasons=(reason,))
    reasons: list[str] = []
    if assignment == "randomised":
        low = _is_low(attrition, boundary=boundary)
        reasons.append(_describe_attrition(attrition, boundary=boundary, low=low))
        if low:
            return DesignRating(rating="without reservations", reasons=tuple(reasons))
    else:
        reasons.append("The groups were not formed by chance, so the design is with reservations at best")
    if not baseline_g:
        reasons.append("No baseline measure shows that the groups analysed were alike")
        return DesignRating(rating="does not meet standards", reasons=tuple(reasons))
    verdicts = [judge_equivalence(g=g, adjusted=adjusted) for g in baseline_g.values()]
    for (measure, g), verdict in zip(baseline_g.items(), verdicts, strict=True):
        reasons.append(f"Baseline difference in {measure} is {g:.2f} standard deviations: {verdict}")
    met = "not satisfied" not in verdicts
    return DesignRating(rating="with reservations" if met else "does not meet standards", reasons=tuple(reasons))


def find_essa_tier(
    *,
    rating: Rating,
    positive: bool,
    n_students: int,
    n_sites: int,
    controlled: bool,
    rationale: bool,
) -> EssaTier:
    """Find the ESSA tier of one study.

    Parameters
    ----------
    rating : str
        From :func:`rate_design`.
    positive : bool
        Whether the effect is favourable and its interval excludes zero, after control for the number of
        tests.
    n_students, n_sites : int
        Students analysed, and schools they belong to. One school reaches Tier 3 at most.
    controlled : bool
        Whether the comparison controls statistically for selection into the programme; a study that meets
        standards does.
    rationale : bool
        Whether a logic model with research behind it is on file and effects are being studied.

    Returns
    -------
    EssaTier
        Strongest tier that the study supports.

    References
    ----------
    Every Student Succeeds Act, section 8101(21)(A).
    U.S. Department of Education (2023), Non-Regulatory Guidance: Using Evidence to Strengthen Education
    Investments.
    """
    fallback = 4 if rationale else None
    if not positive:
        return EssaTier(tier=fallback, reasons=("The effect is not told apart from zero in the favourable direction",))
    reasons: list[str] = []
    if n_sites < ESSA_SITES:
        reasons.append(f"Tiers 1 and 2 need at least {ESSA_SITES} schools; the study has {n_sites}")
    if n_students < ESSA_STUDENTS:
        reasons.append(f"Tiers 1 and 2 need at least {ESSA_STUDENTS} students; the study has {n_students}")
    meets = rating != "does not meet standards"
    if not meets:
        reasons.append("Tiers 1 and 2 need a design that meets What Works Clearinghouse standards")
    if not reasons:
        if rating == "without reservations":
            return EssaTier(tier=1, reasons=())
        return EssaTier(tier=2, reasons=("Tier 1 needs a randomised study with low attrition",))
    if controlled or meets:
        return EssaTier(tier=3, reasons=tuple(reasons))
    reasons.append("Tier 3 needs statistical control for how students came into the programme")
    return EssaTier(tier=fallback, reasons=tuple(reasons))


def _is_low(attrition: Attrition | None, *, boundary: str) -> bool:
    if attrition is None:
        return False
    return attrition.level == "low" or (boundary == "optimistic" and attrition.level != "high")


def _describe_attrition(attrition: Attrition | None, *, boundary: str, low: bool) -> str:
    if attrition is None:
        return "How many left after assignment is not known, so attrition is held to be high"
    return (
        f"{attrition.overall_pct:.1f} percent left, groups {attrition.differential_pct:.1f} points apart: "
        f"{'low' if low else 'high'} attrition by the {boundary} boundary"
    )
