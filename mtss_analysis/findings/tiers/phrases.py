"""Phrases that several findings on tiers share."""

from mtss_analysis.district import District
from mtss_analysis.findings.school import name_time
from mtss_analysis.findings.tiers.guides import Guide, Verdict
from mtss_analysis.findings.tiers.own import TierWindow
from mtss_analysis.measures.tiers import OVERALL
from mtss_analysis.show import count_of

ADVICE = (
    "A guide's percentages are a rule of thumb, not a mark to pass: many students in Tier 2 or Tier 3 first of all say "
    "that core teaching in Tier 1 deserves a look."
)


def name_scope(scope: str) -> str:
    """Say a scope in a sentence: ``all domains together``, ``mathematics``, ``reading``."""
    words = {OVERALL: "all domains together", "math": "mathematics", "social_emotional": "social-emotional learning"}
    return words.get(scope, scope)


def name_window(window: TierWindow) -> str:
    """Name a window: ``spring 2026``."""
    return name_time(school_year=window.school_year, window=window.window)


def say_not_screened(window: TierWindow, *, minimum: int) -> str:
    """Say how many students were not screened, as far as it may be printed: ``fewer than 10 students``."""
    if window.n_not_screened is not None:
        return count_of(window.n_not_screened, "student")
    return f"fewer than {minimum} students" if window.few_not_screened else "a number of students that is withheld"


def say_verdict(verdict: Verdict | None, *, guide: Guide, tier: str) -> str:
    """Say a verdict: ``that is below the South Dakota guide (at least 80)``."""
    said = f"{guide.label} ({guide.said[tier]})"
    if verdict is None or verdict == "cannot tell":
        return f"whether that is within {said} cannot be told"
    return f"that is {verdict} {said}"


def say_why_absent(district: District) -> str:
    """Say why there is nothing to say about tiers."""
    if not district.has("tiers"):
        return "the district has no table of tiers"
    if not district.has("screenings"):
        return "the district has no table of screenings, which says when tiers are read"
    return "no student of this school is in Tier 2 or Tier 3, or no score tells when tiers are read"
