"""Words about candidate root causes: what is measured, and how a school compares."""

from mtss_analysis.findings.implementation.words import name_practice
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.presence import Contrast
from mtss_analysis.findings.root_causes.school_values import (
    ABSENCE,
    CASELOAD,
    FIDELITY,
    PRACTICE,
    REFERRALS,
    find_kind,
)
from mtss_analysis.show import format_number, likely_between, of_every_100

NOT_CAUSE = (
    "That a candidate root cause goes with a trend does not say that it brings the trend about: schools differ in "
    "more than what is counted here."
)


def capitalise(text: str) -> str:
    """Begin a text with a capital letter and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def say_measure(measure: str) -> str:
    """Name a measure as a sentence does: ``explicit instruction``, ``fidelity of Tier 1``.

    Parameters
    ----------
    measure : str
        As a cause of the run file writes it.

    Returns
    -------
    str
        Words.
    """
    kind, _, name = measure.partition(":")
    if kind == PRACTICE:
        return name_practice(name)
    if kind == FIDELITY:
        return f"fidelity of Tier {name.removeprefix('tier')}"
    if kind == CASELOAD:
        return "students per interventionist"
    return measure.replace("_", " ").replace(":", ": ")


def say_contrast(contrast: Contrast, *, cause: Cause, rise: float | None = None) -> str:
    """Say a school's value beside what it is held against, in one sentence.

    Parameters
    ----------
    contrast : Contrast
        Value and yardstick.
    cause : Cause
        What it shows.
    rise : float or None
        Percentage points a year by which chronic absence rises, where that is told apart.

    Returns
    -------
    str
        With a full stop.
    """
    kind = find_kind(cause.shown_by)
    value = format_number(contrast.value, decimals=1 if kind == REFERRALS else 0)
    beside = _say_difference(contrast, decimals=1 if kind == REFERRALS else 0)
    if kind == PRACTICE:
        return f"After training it was fully in place in {of_every_100(contrast.value)} observed lessons, {beside}."
    if kind == FIDELITY:
        if contrast.std_error:
            within = likely_between(
                low=max(contrast.yardstick + contrast.low, 0.0), high=min(contrast.yardstick + contrast.high, 100.0),
                decimals=0,
            )  # fmt: skip
            within = f" ({within})"
        else:
            within = ""
        yardstick = format_number(contrast.yardstick, decimals=0)
        return f"Over the year it has {value} of every 100 points{within}; {yardstick} are taken as adequate."
    if kind == ABSENCE:
        rising = f", and the share rises by about {format_number(rise, decimals=0)} points a year" if rise else ""
        return f"{of_every_100(contrast.value)} students were chronically absent, {beside}{rising}."
    if kind == REFERRALS:
        return f"There were {value} referrals for 100 students and a day, {beside}."
    return f"A full-time interventionist had {value} students in Tier 2 or 3, {beside}."


def _say_difference(contrast: Contrast, *, decimals: int) -> str:
    size = format_number(abs(contrast.difference), decimals=decimals)
    compared = "the median of comparable schools"
    zero = format_number(0.0, decimals=decimals)
    if size == zero:
        said = f"as {compared}"
    else:
        said = f"{size} {'more' if contrast.difference > 0 else 'fewer'} than {compared}"
    if not contrast.std_error:
        return said
    low, high = contrast.low, contrast.high
    if low * high > 0:
        low, high = sorted((abs(low), abs(high)))
        return f"{said} ({likely_between(low=low, high=high, decimals=decimals)})"
    fewer, more = (format_number(abs(one), decimals=decimals) for one in (low, high))
    return f"{said} (likely between {fewer} fewer and {more} more)"


def is_counted(cause: Cause) -> bool:
    """Say whether a cause is one that can be counted and that the run file does not declare."""
    return bool(cause.shown_by) and cause.id == cause.shown_by


def say_changeable(cause: Cause) -> str:
    """Say whether a cause can be changed, as the run file declares it.

    Parameters
    ----------
    cause : Cause
        Declared, or one that can be counted.

    Returns
    -------
    str
        A clause.
    """
    if is_counted(cause):
        return "whether it can be changed is for the team to say"
    return "it can be changed" if cause.controllable else "it is not in the district's hands"


def name_owner(owner: str) -> str:
    """Name a position as a sentence does: ``the director of curriculum``.

    Parameters
    ----------
    owner : str
        As the run file writes it.

    Returns
    -------
    str
        Words.
    """
    return f"the {owner.replace('_', ' ')}"


def say_owner(cause: Cause) -> str:
    """Say for a table who answers for a cause and whether it can be changed.

    Parameters
    ----------
    cause : Cause
        As the run file declares it.

    Returns
    -------
    str
        Such as ``the principal; can be changed``.
    """
    owner = name_owner(cause.owner) if cause.owner else "nobody named"
    if is_counted(cause):
        return owner
    return f"{owner}; {'can be changed' if cause.controllable else 'cannot be changed by the district'}"


def say_undeclared() -> str:
    """Say that the run file declares no candidate root causes.

    Returns
    -------
    str
        One sentence.
    """
    return (
        "The run file declares no candidate root cause, and nothing was counted of four schools or more, so none is "
        "held against the data and the concerning trends."
    )


def say_counted() -> str:
    """Say that what can be counted stands for candidate root causes that the run file does not declare.

    Returns
    -------
    str
        One sentence.
    """
    return "The run file declares no candidate root cause, so what can be counted of schools is taken for candidates."
