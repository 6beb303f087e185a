"""Which candidate root causes are held against the data: those of the run file, or what can be counted of schools."""

from collections.abc import Iterable
from dataclasses import replace

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan_settings import Cause
from mtss_analysis.findings.root_causes.cause_words import say_measure
from mtss_analysis.findings.settings import Settings

ENOUGH_SCHOOLS = 4
"""Schools with a value from which on each can be held against three others."""


def choose_causes(settings: Settings, *, measures: Iterable[str]) -> Settings:
    """Choose the candidate root causes where the run file declares none.

    Parameters
    ----------
    settings : Settings
        With or without causes.
    measures : iterable of str
        What was counted of schools, once for each school, such as ``implementation:co_teaching``.

    Returns
    -------
    Settings
        As they are where causes are declared; else with one cause for each measure of four schools or more, which bears
        the measure's name, sits at the level of schools until the data say otherwise, and has no owner.
    """
    if settings.causes:
        return settings
    counted = list(measures)
    names = sorted({name for name in counted if counted.count(name) >= ENOUGH_SCHOOLS})
    causes = tuple(Cause(id=name, label=say_measure(name), level="school", shown_by=name) for name in names)
    return replace(settings, causes=causes)


def read_causes(reader: FrameReader, *, settings: Settings) -> Settings:
    """Choose as :func:`choose_causes` does, from what the comparison counted of schools.

    Parameters
    ----------
    reader : FrameReader
        Gives ``school_values``.
    settings : Settings
        With or without causes.

    Returns
    -------
    Settings
    """
    if settings.causes:
        return settings
    return choose_causes(settings, measures=reader.frame("school_values")["measure"].astype(str))
