"""Implementation in all districts: practices after training, fidelity, monitoring, consistency, staff."""

from collections.abc import Iterator
from typing import TypedDict

import pandas as pd

from mtss_analysis.disclosure import get_profile
from mtss_analysis.errors import TooFewError
from mtss_analysis.findings.implementation.breakdowns import find_breakdowns, tell_breakdown
from mtss_analysis.findings.implementation.buildings import tell_buildings
from mtss_analysis.findings.implementation.caseload import tell_caseload
from mtss_analysis.findings.implementation.coaching import tell_coaching
from mtss_analysis.findings.implementation.consistency import tell_consistency
from mtss_analysis.findings.implementation.facts import FRAME, Fact, frame_facts
from mtss_analysis.findings.implementation.fidelity import tell_fidelity
from mtss_analysis.findings.implementation.observer_variance import add_observers
from mtss_analysis.findings.implementation.observers import tell_agreement, tell_drift
from mtss_analysis.findings.implementation.practice_rows import make_rows
from mtss_analysis.findings.implementation.probes import tell_probes
from mtss_analysis.findings.implementation.retention import tell_retention, tell_unseen
from mtss_analysis.findings.implementation.separation import tell_separation
from mtss_analysis.findings.implementation.settings import ask_practices
from mtss_analysis.findings.implementation.staff_surveys import tell_staff_surveys
from mtss_analysis.findings.settings import Settings
from mtss_analysis.findings.tables import Tables
from mtss_analysis.measures.visits import list_trained, observe_practices

NEEDED = ("walkthroughs", "trainings", "training_attendance")


def compare_implementation(tables: Tables, *, settings: Settings) -> dict[str, pd.DataFrame]:
    """Examine implementation in all districts, and decide what may be printed.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        ``implementation``, factors, confidence level and disclosure profile.

    Returns
    -------
    dict of str to DataFrame
        ``implementation``: facts, see :class:`mtss_analysis.findings.implementation.facts.Fact`. What a district has no
        table for is a fact with the reason.
    """
    facts = [*tell_practices(tables, settings=settings), *tell_systems(tables, settings=settings)]
    return {FRAME: frame_facts(facts)}


def tell_practices(tables: Tables, *, settings: Settings) -> Iterator[Fact]:
    """Examine the trained practices of every district.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        What is asked.

    Yields
    ------
    Fact
        See the modules of this folder; ``practices`` says why there is nothing.
    """
    districts = sorted(tables("schools")["district_id"].unique())
    given = {name: tables(name) for name in NEEDED if tables.has(name)}
    staff = tables("staff") if tables.has("staff") else None
    for district_id in districts:
        own = {name: frame[frame["district_id"] == district_id] for name, frame in given.items()}
        absent = [name for name in NEEDED if name not in own or not len(own[name])]
        if absent:
            text = f"the district gave no data in the table {absent[0]}"
            yield Fact(topic="practices", district_id=district_id, status="not_estimable", text=text)
            continue
        staff_here = None if staff is None else staff[staff["district_id"] == district_id]
        yield from _tell_district(own, staff=staff_here, district_id=district_id, settings=settings)


def tell_systems(tables: Tables, *, settings: Settings) -> Iterator[Fact]:
    """Examine fidelity, monitoring, consistency, surveys, coaching and caseload of every district.

    Parameters
    ----------
    tables : Tables
        The tables of all districts.
    settings : Settings
        What is asked.

    Yields
    ------
    Fact
        See the modules of this folder.
    """
    for district_id in sorted(tables("schools")["district_id"].unique()):
        own = _Own(tables, district_id=district_id)
        keys: _Keys = {"district_id": district_id, "settings": settings}
        fidelity: tuple[Fact, ...] = ()
        if (frame := own("fidelity")) is not None:
            fidelity = tuple(tell_fidelity(frame, **keys))
        yield from fidelity or [_say_absent("fidelity", "fidelity", district_id=district_id)]
        progress, services, tiers = own("progress"), own("services"), own("tiers")
        surveys, staff, coaching = own("surveys"), own("staff"), own("coaching")
        if progress is not None and services is not None:
            yield from tell_probes(progress, services, own("calendar"), **keys)
        else:
            absent = "progress" if progress is None else "services"
            yield _say_absent("probes", absent, district_id=district_id)
        yield from tell_consistency(tables, **keys)
        if surveys is not None:
            yield from tell_staff_surveys(surveys, staff, **keys)
        else:
            yield _say_absent("staff_scale", "surveys", district_id=district_id)
        if coaching is not None:
            lessons = None
            if all(own(name) is not None for name in NEEDED):
                lessons = _observe(*(tables(name) for name in NEEDED), staff=None, district_id=district_id)
            yield from tell_coaching(
                coaching,
                lessons,
                fidelity=fidelity,
                staff=staff,
                district_id=district_id,
                asked=ask_practices(settings),
            )
        else:
            yield _say_absent("coaching", "coaching", district_id=district_id)
        if tiers is not None and staff is not None:
            yield from tell_caseload(tiers, staff, **keys)
        else:
            yield _say_absent("caseload", "tiers" if tiers is None else "staff", district_id=district_id)


class _Keys(TypedDict):
    district_id: str
    settings: Settings


class _Own:
    """Tables of one district; None where it gave none."""

    def __init__(self, tables: Tables, *, district_id: str) -> None:
        self._tables = tables
        self._district_id = district_id

    def __call__(self, name: str) -> pd.DataFrame | None:
        if not self._tables.has(name):
            return None
        frame = self._tables(name)
        own = frame[frame["district_id"] == self._district_id]
        return own if len(own) else None


def _say_absent(topic: str, table: str, *, district_id: str) -> Fact:
    text = f"the district gave no data in the table {table}"
    return Fact(topic=topic, district_id=district_id, status="not_estimable", text=text)


def _observe(
    walkthroughs: pd.DataFrame,
    trainings: pd.DataFrame,
    training_attendance: pd.DataFrame,
    *,
    staff: pd.DataFrame | None,
    district_id: str,
) -> pd.DataFrame:
    given = [frame[frame["district_id"] == district_id] for frame in (walkthroughs, trainings, training_attendance)]
    return observe_practices(
        walkthroughs=_complete(given[0]), trainings=given[1], training_attendance=given[2], staff=staff
    )


def _complete(walkthroughs: pd.DataFrame) -> pd.DataFrame:
    missing = {
        column: pd.Series(None, index=walkthroughs.index, dtype="str")
        for column in ("observer_id", "staff_id", "practice", "school_id")
        if column not in walkthroughs
    }
    return walkthroughs.assign(**missing)


def _tell_district(
    own: dict[str, pd.DataFrame], *, staff: pd.DataFrame | None, district_id: str, settings: Settings
) -> Iterator[Fact]:
    asked = ask_practices(settings)
    walkthroughs, trainings, there = (own[name] for name in NEEDED)
    walkthroughs = _complete(walkthroughs)
    lessons = observe_practices(walkthroughs=walkthroughs, trainings=trainings, training_attendance=there, staff=staff)
    trained = list_trained(trainings=trainings, training_attendance=there)
    lessons = add_observers(lessons, walkthroughs=walkthroughs)
    rows = make_rows(lessons, bands=asked.bands, weeks_followed=asked.weeks_followed)
    yield from tell_unseen(
        trained, lessons, trainings=trainings, district_id=district_id, profile=get_profile(settings.profile)
    )
    yield from tell_agreement(walkthroughs, district_id=district_id, asked=asked)
    yield from tell_drift(walkthroughs, lessons, district_id=district_id, asked=asked)
    if not rows.bands:
        text = "the teachers' years of experience are not known"
        yield Fact(topic="experience", district_id=district_id, status="not_estimable", text=text)
    elif len(rows.groups()) == 1:
        text = "all observed teachers are in one band of experience"
        yield Fact(topic="experience", district_id=district_id, status="not_estimable", text=text)
    if not len(rows.full):
        text = "no lesson was observed after a training that the teacher attended"
        yield Fact(topic="practices", district_id=district_id, status="not_estimable", text=text)
        return
    yield from tell_buildings(rows, district_id=district_id, asked=asked)
    try:
        breakdowns = find_breakdowns(rows, asked=asked)
    except TooFewError as error:
        yield Fact(topic="practices", district_id=district_id, status="not_estimable", text=str(error))
        return
    for found in breakdowns:
        yield from tell_breakdown(rows, found, district_id=district_id, asked=asked)
        yield from tell_separation(rows, found, district_id=district_id, asked=asked)
        yield from tell_retention(rows, found, district_id=district_id, asked=asked)
