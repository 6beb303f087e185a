"""Words about implementation that several findings share."""

from mtss_analysis.findings.implementation.practice_rows import ALL
from mtss_analysis.show import say_number

NOT_CAUSE = (
    "What goes with implementation need not bring it about: teachers, schools and weeks differ in more than one way."
)
ORDINALS = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
)
SUPPORTS = {"none": "no follow-up support", "coaching": "coaching", "classroom_embedded": "support in the classroom"}


PREFIXES = ("co", "non", "pre", "self")
"""Parts of an id that are no words of their own: a hyphen ties them to the next."""


def name_practice(practice: str) -> str:
    """Name a practice as a sentence does: ``co_teaching`` is co-teaching, ``explicit_instruction`` has two words."""
    words = practice.split("_")
    return "".join(
        word + ("" if at == len(words) - 1 else "-" if word in PREFIXES else " ") for at, word in enumerate(words)
    )


def say_first_weeks(week: int) -> str:
    """Say the weeks before a break: ``the first two weeks after training``."""
    return "the first week after training" if week == 1 else f"the first {say_number(week)} weeks after training"


def say_from(week: int) -> str:
    """Say the weeks from a break on: ``from the third week on``."""
    return f"from the {ORDINALS[week + 1]} week on" if week + 1 < len(ORDINALS) else f"from week {week + 1} on"


def name_kind(kind: str) -> str:
    """Name a row of the table of periods: a band of experience, a kind of support, or all teachers."""
    if kind == ALL:
        return "All trained teachers"
    column, value = kind.split("=", maxsplit=1)
    return (
        f"{value} years of experience"
        if column == "experience"
        else SUPPORTS.get(value, value.replace("_", " ")).capitalize()
    )


def name_period(first: int, following: int | None) -> str:
    """Name the weeks of a period by their numbers, counted from 1: ``Weeks 3–6``."""
    if following is None:
        return f"From week {first + 1}"
    return f"Week {following}" if following == first + 1 else f"Weeks {first + 1}–{following}"


def say_observers(status: str, *, reason: str) -> str:
    """Say whether a school's number and its comparison with other schools allow for strict and mild observers.

    Parameters
    ----------
    status : {'ok', 'not_estimable'}
        Of the fact ``observers``.
    reason : str
        Why schools are not compared, where they are not.

    Returns
    -------
    str
        One sentence.
    """
    if status == "ok":
        return (
            "Few people observe in a school, and some are stricter than others: a school's likely range and its "
            "comparison with the district's other schools allow for that."
        )
    return (
        f"Schools are not compared with one another, because {reason}: a strict observer cannot be told from a school "
        "where less is in place."
    )
