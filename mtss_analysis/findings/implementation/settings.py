"""What is asked of implementation in one district, and what a search for a breakdown gives."""

from dataclasses import dataclass

from mtss_analysis.disclosure import get_profile
from mtss_analysis.findings.settings import ImplementationSettings, Settings
from mtss_analysis.stats.breakpoint import Break


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSettings:
    """What the search for a breakdown is asked.

    Parameters
    ----------
    bands : tuple of float
        Lower bounds of the bands of experience, years; empty: none declared.
    least_teachers : int
        Teachers on either side of a break, and behind every printed number.
    weeks_followed, longest_break_weeks : int
        Weeks after a training that are looked at, and the latest week in which a break is searched.
    breakdown_error : float
        Probability of naming any breakdown of a district in which there is none, 0 to 1.
    visits_planned : int
        Visits to a teacher that a contrast yet to be made is reckoned with.
    ci_level, false_discovery_rate : float
        0 to 1.
    """

    bands: tuple[float, ...]
    least_teachers: int
    weeks_followed: int
    longest_break_weeks: int
    breakdown_error: float
    visits_planned: int
    ci_level: float
    false_discovery_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """What the search found of one practice.

    Parameters
    ----------
    practice : str
        The practice.
    named : bool
        Whether the drop can be told from noise over all that was searched.
    group : str
        Key of the teachers: ``all``, ``4+`` or ``<4``.
    week : int
        Whole weeks after which it falls.
    when : Break or None
        The break in days; None where none is named.
    cut : (float, float, float) or None
        The cut in years of experience that the data support best, with its interval.
    p_value : float
        Over all that was searched.
    n_searched : int
        Combinations of practice, group and week.
    """

    practice: str
    named: bool
    group: str
    week: int
    when: Break | None
    cut: tuple[float, float, float] | None
    p_value: float
    n_searched: int


def ask_practices(settings: Settings) -> PracticeSettings:
    """Take out of a run's settings what the search for a breakdown is asked."""
    asked: ImplementationSettings = settings.implementation
    bands = next((one.bands for one in settings.factors if one.id == asked.experience_factor), ())
    return PracticeSettings(
        bands=bands,
        least_teachers=max(asked.least_teachers, get_profile(settings.profile).minimum),
        weeks_followed=asked.weeks_followed,
        longest_break_weeks=asked.longest_break_weeks,
        breakdown_error=asked.breakdown_error,
        visits_planned=asked.visits_planned,
        ci_level=settings.ci_level,
        false_discovery_rate=settings.false_discovery_rate,
    )
