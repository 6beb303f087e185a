"""Scores that are too few to stand for a grade: said where they are shown; their trends are left out when judged."""

from mtss_analysis.findings.data_quality.sources import UsableSources
from mtss_analysis.findings.settings import Indicator
from mtss_analysis.show import format_school_year, join_words, name_grade

SOURCE = "screenings"


def say_left_out(sources: UsableSources, *, indicator: Indicator) -> tuple[str, ...]:
    """Say which grades and years of an indicator too few were screened in.

    Parameters
    ----------
    sources : UsableSources
        What of the school's data can be used.
    indicator : Indicator
        Measure and window.

    Returns
    -------
    tuple of str
        One sentence for each part that is left out and can be said.
    """
    return tuple(
        f"{sentence} What is printed of them says little of the whole grade, and its trend is left out."
        for fault, sentence in sources.faults
        if sentence is not None
        and fault.source == SOURCE
        and fault.left_out
        and fault.grade is not None
        and (fault.measure, fault.window) == (indicator.measure, indicator.window)
    )


def name_left_out(sources: UsableSources, *, indicator: Indicator) -> tuple[str, ...]:
    """Name the grades and years of an indicator too few were screened in, where the full sentence stands elsewhere.

    Parameters
    ----------
    sources : UsableSources
        What of the school's data can be used.
    indicator : Indicator
        Measure and window.

    Returns
    -------
    tuple of str
        One sentence, or none.
    """
    places = [
        (str(fault.school_year), str(fault.grade))
        for fault, _ in sources.faults
        if fault.source == SOURCE
        and fault.left_out
        and fault.grade is not None
        and (fault.measure, fault.window) == (indicator.measure, indicator.window)
    ]
    if not places:
        return ()
    named = [f"{name_grade(grade)} in {format_school_year(year)}" for year, grade in sorted(set(places))]
    return (f"Too few were screened to stand for the whole grade: {join_words(named)}.",)
