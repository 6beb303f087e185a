"""The words for what a goal is measured by, and how its numbers are written."""

from mtss_analysis.findings.school import name_time
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.values.keys import AT_CUT, WINDOWS, ValueKey, find_kind
from mtss_analysis.measures.groups import ALL
from mtss_analysis.show import format_number, format_school_year, join_words, name_grade

SHARES = ("implementation", "fidelity", "absence")


def name_measure(key: ValueKey, *, settings: Settings) -> str:
    """Name what is measured, as it follows "the".

    Parameters
    ----------
    key : ValueKey
        What.
    settings : Settings
        Labels of indicators, factors' and groups' words.

    Returns
    -------
    str
        Such as ``share of students at or above the cut in reading``.
    """
    kind = find_kind(key.measure)
    part = key.measure.partition(":")[2].replace("_", " ")
    if kind == "screening":
        label = _label(key.measure, settings=settings)
        named = (
            f"share of students at or above the cut in {label}" if key.statistic == AT_CUT else f"mean score in {label}"
        )
    elif kind == "absence":
        named = "share of students chronically absent"
    elif kind == "referrals":
        named = "number of referrals for 100 students and a school day"
    elif kind == "implementation":
        named = f"share of {part} fully seen in lessons"
    elif kind == "fidelity":
        named = f"share of the fidelity points of {part.replace('tier', 'Tier ')}"
    elif kind == "caseload":
        named = "number of Tier 2 and 3 students for each interventionist"
    else:
        named = key.measure.replace("_", " ")
    return named + _of_whom(key, settings=settings)


def write_amount(value: float, *, key: ValueKey, signed: bool = False) -> str:
    """Write a value or a change with its unit.

    Parameters
    ----------
    value : float
        In the statistic's own scale.
    key : ValueKey
        What it is of.
    signed : bool
        Whether it is a change.

    Returns
    -------
    str
        ``53.3%``, ``+3.0 points``, ``181.4``.
    """
    if is_percent(key):
        if signed:
            return f"{format_number(value, decimals=1, signed=True)} points"
        return f"{format_number(value, decimals=1)}%"
    number = format_number(value, decimals=2 if find_kind(key.measure) == "referrals" else 1, signed=signed)
    return f"{number} points" if signed and find_kind(key.measure) == "screening" else number


def write_side(difference: float, *, key: ValueKey) -> str:
    """Write how far a value is better or worse than another: ``4.6 points worse``.

    Parameters
    ----------
    difference : float
        Positive where it is better.
    key : ValueKey
        What it is of.

    Returns
    -------
    str
    """
    size = write_amount(abs(difference), key=key, signed=True).removeprefix("+")
    return f"{size} {'better' if difference >= 0 else 'worse'}"


def is_percent(key: ValueKey) -> bool:
    """Whether a value is a percentage."""
    return key.statistic == AT_CUT or find_kind(key.measure) in SHARES


def name_unit(key: ValueKey, *, change: bool = False) -> str:
    """Name the unit of a value, or of a change, for records."""
    if is_percent(key):
        return "percentage points" if change else "percent"
    return {"referrals": "per 100 students and day", "caseload": "students"}.get(find_kind(key.measure), "points")


def say_time(time: tuple[str, str]) -> str:
    """Name a school year and window: ``spring 2026``; a window that nobody knows stands beside its year."""
    school_year, window = time
    if window in WINDOWS:
        return name_time(school_year=school_year, window=window)
    return f"{window} of {format_school_year(school_year)}"


def _label(measure: str, *, settings: Settings) -> str:
    try:
        return settings.indicator(measure).label
    except KeyError:
        return measure.replace("_", " ")


def name_group(group: str, *, settings: Settings) -> str:
    """Name a student group in the run file's words: ``all students``, ``students with disabilities``."""
    if group == ALL:
        return "all students"
    column, _, value = group.partition("=")
    labels = {
        f"{one.column}={own}".lower(): label
        for one in settings.groups
        for own, label in ((one.focus, one.focus_label), (one.reference, one.reference_label))
    }
    return labels.get(group.lower(), f"students with {column.replace('_', ' ')} {value}")


def _of_whom(key: ValueKey, *, settings: Settings) -> str:
    words = "" if key.group == ALL else f" among {name_group(key.group, settings=settings)}"
    if key.grade != ALL:
        words += f" in {join_words([name_grade(grade) for grade in key.grade.split(';')])}"
    return words
