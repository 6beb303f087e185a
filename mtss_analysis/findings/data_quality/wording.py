"""The sentences that say what is wrong with a source."""

import datetime as dt

from mtss_analysis.disclosure import CodedShare
from mtss_analysis.findings.data_quality.fault import Fault
from mtss_analysis.findings.school import name_time
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.trends.sentences import say_share_of_100
from mtss_analysis.show import format_school_year, join_words, name_students
from mtss_analysis.show import name_day as name_date

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
MOST_LISTED = 4


def say_fault(fault: Fault, *, settings: Settings, share: CodedShare | None = None) -> str | None:
    """Say what is wrong with a source.

    Parameters
    ----------
    fault : Fault
        What was found.
    settings : Settings
        Labels of measures, and the limits.
    share : CodedShare, optional
        Of enrolled students with a score, for ``few_screened``.

    Returns
    -------
    str or None
        One sentence that gives no count of students; None where even the share of a grade is withheld.
    """
    if fault.check == "few_screened":
        return _say_few_screened(fault, settings=settings, share=share)
    if fault.check in {"no_rows", "stale"}:
        return _say_end(fault)
    if fault.check in {"months_missing", "weeks_missing", "mostly_empty"}:
        return _say_incomplete(fault, settings=settings)
    return _say_implausible(fault, settings=settings)


def name_measure(measure: str | None, *, settings: Settings) -> str:
    """Name a measure in a sentence: its label where the run follows it, otherwise its id.

    Parameters
    ----------
    measure : str or None
        Id in ``screenings``.
    settings : Settings
        Indicators.

    Returns
    -------
    str
        Words.
    """
    labels = {indicator.measure: indicator.label for indicator in settings.indicators}
    return labels.get(str(measure), str(measure).replace("_", " "))


def name_months(items: str | None) -> str:
    """Name months: ``January 2025 and February 2025``, or from the first to the last where there are many.

    Parameters
    ----------
    items : str or None
        Such as ``2025-01,2025-02``.

    Returns
    -------
    str
        Words.
    """
    names = [f"{MONTHS[int(item[5:]) - 1]} {item[:4]}" for item in (items or "").split(",") if item]
    if len(names) <= MOST_LISTED:
        return join_words(names)
    return f"{len(names)} months between {names[0]} and {names[-1]}"


def name_day(date: str) -> str:
    """Name a day: ``March 3, 2025``.

    Parameters
    ----------
    date : str
        Such as ``2025-03-03``.

    Returns
    -------
    str
        Words.
    """
    return name_date(dt.date.fromisoformat(date[:10]))


def _say_few_screened(fault: Fault, *, settings: Settings, share: CodedShare | None) -> str | None:
    if share is None or share.pct is None:
        return None
    when = name_time(school_year=str(fault.school_year), window=str(fault.window))
    return (
        f"In {when}, {say_share_of_100(share)} enrolled {name_students(str(fault.grade))} have a score in "
        f"{name_measure(fault.measure, settings=settings)}."
    )


def _say_end(fault: Fault) -> str:
    if fault.check == "no_rows":
        return (
            f"The table {fault.source} has no rows of this school for {format_school_year(str(fault.school_year))}, "
            "while most schools of the district have some."
        )
    if fault.school_year is not None:
        return (
            f"The district's table {fault.source} ends with {format_school_year(str(fault.last))}, before the newest "
            "year of its data."
        )
    return f"The district's table {fault.source} ends on {name_day(str(fault.last))}, well before its newest data."


def _say_incomplete(fault: Fault, *, settings: Settings) -> str:
    year = format_school_year(str(fault.school_year))
    if fault.check == "months_missing":
        return f"Attendance of {year} is missing, or there for few students, in {name_months(fault.items)}."
    if fault.check == "weeks_missing":
        n = len((fault.items or "").split(","))
        which = "a week" if n == 1 else f"{n} weeks"
        return (
            f"The calendar of {year} leaves out {which} that most schools of the district have, from "
            f"{name_day(str(fault.first))} on."
        )
    limit = f"{settings.quality.least_filled_pct:.0f}"
    return f"In {year}, fewer than {limit} of every 100 cells of {fault.column} in {fault.source} are filled."


def _say_implausible(fault: Fault, *, settings: Settings) -> str:
    if fault.check == "silent":
        months = (fault.items or "").split(",")
        return (
            f"From {name_months(months[0])} to {name_months(months[-1])} hardly any referrals are recorded, far fewer "
            "than this school's other months and the district's other schools let expect; they seem not to have been "
            "reported."
        )
    if fault.check == "heaped":
        when = name_time(school_year=str(fault.school_year), window=str(fault.window))
        return (
            f"In {when}, far more {name_students(str(fault.grade))} share one score in "
            f"{name_measure(fault.measure, settings=settings)} than in the district's other schools."
        )
    when = name_months(fault.items)
    return {
        "nobody_absent": f"In {when} hardly any absence is recorded, which other months and other schools make "
        "implausible.",
        "identical": f"In {when} days absent differ less between students than they do elsewhere.",
        "copied": f"In {when} days absent repeat those of the month before.",
    }[fault.check]
