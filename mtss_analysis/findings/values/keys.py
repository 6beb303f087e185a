"""What is asked for: measure, statistic, grades and student group, as goals, actions and candidate causes name them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mtss_analysis.findings.plan.across import gather_plans
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.groups import ALL, order_grade

MeasureKind = Literal["screening", "absence", "referrals", "implementation", "fidelity", "caseload", "factor"]

WINDOWS = ("fall", "winter", "spring")
MEAN, AT_CUT, PCT, PER_DAY = "mean", "at_cut_pct", "pct", "per_100_per_day"
STATISTICS: dict[MeasureKind, tuple[str, ...]] = {
    "screening": (AT_CUT, MEAN),
    "absence": (PCT,),
    "referrals": (PER_DAY,),
    "implementation": (PCT,),
    "fidelity": (PCT,),
    "caseload": (MEAN,),
    "factor": (),
}
"""How each kind of measure can be summed up, the usual way first."""
SPLIT_BY_STUDENT: tuple[MeasureKind, ...] = ("screening", "absence", "referrals")
"""Kinds of measures that can be had of a grade or of a student group."""
_PREFIXES: dict[str, MeasureKind] = {"implementation": "implementation", "fidelity": "fidelity", "factor": "factor"}
_WORDS: dict[str, MeasureKind] = {"chronic_absence": "absence", "referrals": "referrals", "caseload": "caseload"}
_BOOLEANS = {"true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ValueKey:
    """What a value is of.

    Parameters
    ----------
    measure, statistic : str
        As in the goals table.
    grade : str
        ``all``, a grade, or several joined by semicolons from the youngest on.
    group : str
        ``all``, or ``column=value`` with yes-or-no columns as ``yes`` and ``no``.
    """

    measure: str
    statistic: str
    grade: str = ALL
    group: str = ALL


def find_kind(measure: str) -> MeasureKind:
    """Say what kind of measure a name is; one that is none of the fixed names is taken as one of the screenings.

    Parameters
    ----------
    measure : str
        As in the goals table.

    Returns
    -------
    str
        ``screening``, ``absence``, ``referrals``, ``implementation``, ``fidelity``, ``caseload`` or ``factor``.
    """
    prefix, colon, name = measure.partition(":")
    if colon and name and prefix in _PREFIXES:
        return _PREFIXES[prefix]
    return _WORDS.get(measure, "screening")


def join_grades(grades: Iterable[str]) -> str:
    """Write grades as a key has them; none, or ``all`` among them, is all of them.

    Parameters
    ----------
    grades : iterable of str
        As a goal lists them.

    Returns
    -------
    str
        ``all`` or grades joined by semicolons from the youngest on.
    """
    named = sorted({grade.strip() for grade in grades if grade.strip()}, key=order_grade)
    return ALL if not named or ALL in named else ";".join(named)


def name_group_key(group: str | None) -> str:
    """Write a student group as a key has it: ``disability=true`` is ``disability=yes``; none stated is all.

    Parameters
    ----------
    group : str or None
        As a goal writes it.

    Returns
    -------
    str
        ``all`` or ``column=value``.
    """
    text = (group or "").strip()
    if not text or text == ALL:
        return ALL
    column, _, value = (part.strip() for part in text.partition("="))
    return f"{column}={_BOOLEANS.get(value.lower(), value)}"


def make_key(*, measure: str, statistic: str | None, grades: Iterable[str] = (), group: str | None = None) -> ValueKey:
    """Write what a goal asks for as a key; a statistic that is not stated is the usual one of the measure.

    Parameters
    ----------
    measure : str
        As in the goals table.
    statistic : str or None
        As in the goals table.
    grades : iterable of str
        As a goal lists them.
    group : str or None
        As a goal writes it.

    Returns
    -------
    ValueKey
    """
    usual = STATISTICS[find_kind(measure)]
    return ValueKey(
        measure=measure,
        statistic=statistic or (usual[0] if usual else ""),
        grade=join_grades(grades),
        group=name_group_key(group),
    )


def list_keys(tables: Tables, *, settings: Settings) -> tuple[ValueKey, ...]:
    """List every key that a goal, an action's progress measure, an initiative or a cause of the run names.

    Parameters
    ----------
    tables : Tables
        With the plan tables, where there are any.
    settings : Settings
        ``causes``.

    Returns
    -------
    tuple of ValueKey
        Sorted; those of no measure that this kit knows are among them. Of screenings always both statistics.
    """
    plans = gather_plans(tables)
    keys: set[ValueKey] = set()
    goals = plans["plan_goals"]
    wanted = ["measure", "statistic", "grade", "student_group"]
    for measure, statistic, grade, group in _texts(goals, wanted):
        if measure:
            given = make_key(measure=measure, statistic=statistic, grades=grade.split(";"), group=group)
            keys |= {given, ValueKey(measure=measure, statistic=given.statistic)}
    named = [name for (cell,) in _texts(plans["plan_actions"], ["progress_measure"]) for name in cell.split(";")]
    named += [measure for (measure,) in _texts(plans["plan_initiatives"], ["measure"])]
    named += [cause.shown_by for cause in settings.causes]
    for measure in {name.strip() for name in named} - {""}:
        keys |= {ValueKey(measure=measure, statistic=statistic) for statistic in STATISTICS[find_kind(measure)]}
    return tuple(sorted(keys))


def find_baseline_windows(tables: Tables) -> dict[tuple[str, str], set[str]]:
    """Find in which windows goals have their baseline, by measure and statistic.

    Parameters
    ----------
    tables : Tables
        With the plan tables, where there are any.

    Returns
    -------
    dict of tuple to set of str
        Windows by measure and statistic.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for measure, statistic, window in _texts(
        gather_plans(tables)["plan_goals"], ["measure", "statistic", "baseline_window"]
    ):
        if measure:
            key = make_key(measure=measure, statistic=statistic)
            found.setdefault((key.measure, key.statistic), set()).add(window)
    return found


def order_time(school_year: str, window: str) -> tuple[str, int]:
    """Give the key by which school years and windows are sorted; a window that is none comes last of its year.

    Parameters
    ----------
    school_year, window : str
        Such as ``2025-26`` and ``spring``.

    Returns
    -------
    tuple of str and int
        Sort key.
    """
    return (school_year, WINDOWS.index(window) if window in WINDOWS else len(WINDOWS))


def is_school_year(text: str) -> bool:
    """Whether a text is a school year such as ``2025-26``."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2])


def _texts(frame: pd.DataFrame, columns: list[str]) -> list[tuple[str, ...]]:
    found = frame.reindex(columns=columns).astype("object")
    return [tuple("" if pd.isna(cell) else str(cell) for cell in row) for row in found.itertuples(index=False)]
