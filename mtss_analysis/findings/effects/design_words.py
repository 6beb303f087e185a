"""The words of the chapter for each design, the same everywhere."""

from collections.abc import Mapping
from itertools import pairwise

from mtss_analysis.measures.groups import order_grade
from mtss_analysis.show import format_school_year, join_words, name_grade

NAMES: Mapping[str, str] = {
    "randomised": "randomised comparison",
    "discontinuity": "regression discontinuity",
    "weighted": "weighted comparison group",
    "staggered": "staggered difference-in-differences",
    "interrupted": "interrupted series",
    "single_case": "single-case design",
    "growth": "growth comparison",
    "descriptive": "description only",
}
EXPLAINED: Mapping[str, str] = {
    "randomised": "chance decided who took part",
    "discontinuity": "students just on one side of the cut score are compared with students just on the other",
    "weighted": "students who took part are compared with others of the same grades and years, weighted to be "
    "like them",
    "staggered": "schools that started are compared with schools that had not started yet",
    "interrupted": "the years after the start are compared with where the years before it pointed",
    "single_case": "each student's intervention phase is compared with the same student's baseline",
    "growth": "the growth since fall of students who took part is compared with that of others who started alike",
    "descriptive": "there is no comparison group",
}
COMPARED: Mapping[str, str] = {
    "randomised": "than those assigned to the comparison",
    "discontinuity": "than comparable students just on the other side of the cut score",
    "weighted": "than comparable students who did not take part",
    "staggered": "than they would have, had their schools changed as the schools did that had not started",
    "interrupted": "than the years before the start pointed to",
    "single_case": "than in their own baseline",
    "growth": "than had they grown as others did who started alike",
}
METHODS: Mapping[str, str] = {
    "randomised": "difference within school and year of assignment, CR2 by school, Satterthwaite",
    "discontinuity": "local linear regression, bias-corrected, CR2 by school, Satterthwaite",
    "weighted": "entropy balancing with regression adjustment, CR2 by school, Satterthwaite",
    "staggered": "group-time effects against not-yet-treated schools, means of schools and years",
    "interrupted": "segmented regression of yearly means, restricted likelihood with autocorrelation",
    "single_case": "design-comparable effect, restricted maximum likelihood with AR(1) errors",
    "growth": "growth over the windows of a year with a common start, any correlation of windows, CR2 by school, "
    "Satterthwaite",
    "descriptive": "none",
}
"""How each estimate and its standard error are reckoned, for the records and the methods chapter."""


def capitalise(text: str) -> str:
    """Begin with a capital letter and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def leave_out_design(text: str) -> str:
    """Leave out the design of an effect's sentence, which the section itself names."""
    return text.partition(" Design: ")[0]


def name_grades(grades: str) -> str:
    """Name grades in few words: ``kindergarten``, ``grades 3 to 5``, ``kindergarten to grade 2``.

    Parameters
    ----------
    grades : str
        Comma-separated grades.

    Returns
    -------
    str
        Those that follow each other as a span, others one by one; empty where there are none.
    """
    parts = sorted({part for part in grades.split(",") if part}, key=order_grade)
    places = [order_grade(part)[0] for part in parts]
    follow = all(after - before == 1 for before, after in pairwise(places))
    if len(parts) < 2 or not follow:
        return join_words([name_grade(part) for part in parts])
    first, last = name_grade(parts[0]), name_grade(parts[-1])
    return f"{first.replace('grade ', 'grades ')} to {last.removeprefix('grade ') if parts[0].isdecimal() else last}"


def name_year_and_grades(*, school_year: str, grades: str) -> str:
    """Name a year with its grades: ``2024–25, grades 3 to 5``.

    Parameters
    ----------
    school_year : str
        Such as ``2024-25``.
    grades : str
        Comma-separated grades.

    Returns
    -------
    str
        Cell text.
    """
    named = name_grades(grades)
    year = format_school_year(school_year)
    return f"{year}, {named}" if named else year


def say_in_100(probability: float) -> str:
    """Say a probability as a count out of 100.

    Parameters
    ----------
    probability : float
        0 to 1.

    Returns
    -------
    str
        ``97 in 100``; beyond 1 and 99 without pretence.
    """
    share = 100 * probability
    if share < 1:
        return "fewer than 1 in 100"
    return "more than 99 in 100" if share > 99 else f"{share:.0f} in 100"
