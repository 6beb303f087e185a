"""How the schools and overviews of a run stand: done, stale and why, failed, or missing; nothing is run to find out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mtss_analysis.district.state import open_state
from mtss_analysis.errors import DataError, ParameterError
from mtss_analysis.packet.asked import Asked, read_asked
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.groundwork import find_why_not_laid
from mtss_analysis.packet.lock import is_locked
from mtss_analysis.packet.manifest import (
    MANIFEST,
    find_changes,
    find_damage,
    gather_inputs,
    hash_folder,
    read_manifest,
)
from mtss_analysis.packet.overview_inputs import describe_district, describe_state
from mtss_analysis.packet.overview_places import list_overviews
from mtss_analysis.packet.overview_tasks import STATE_PLACE
from mtss_analysis.packet.populations import Population, find_populations
from mtss_analysis.packet.render import choose_renderer
from mtss_analysis.packet.run import find_notebooks
from mtss_analysis.packet.run_record import SchoolEntry, read_entries
from mtss_analysis.packet.schools import School, choose_schools
from mtss_analysis.parameters.run_file import RunFile

Standing = Literal["done", "stale", "failed", "missing"]
STANDINGS: tuple[Standing, ...] = ("done", "stale", "failed", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolStanding:
    """How one school stands, or an overview.

    Parameters
    ----------
    school : School
        The school, or the place of the overview.
    standing : {'done', 'stale', 'failed', 'missing'}
        Done: the packet is the one that a run would make now. Stale: a packet is there, but a run would make
        another. Failed: there is none, because the last run failed on it. Missing: there is none yet.
    why : str
        Why it is stale or failed; empty otherwise.
    """

    school: School
    standing: Standing
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """How a run stands.

    Parameters
    ----------
    folder : Path
        ``reports/<run>``.
    state : {'never run', 'running', 'finished', 'interrupted'}
        Interrupted: the last run ended before its last school, whoever ended it.
    schools : tuple of SchoolStanding
        The schools of the run file, in the order of their ids, then the overviews that a run would make of them.
    """

    folder: Path
    state: Literal["never run", "running", "finished", "interrupted"]
    schools: tuple[SchoolStanding, ...]

    def count(self, standing: Standing) -> int:
        """Count the schools and overviews that stand so."""
        return sum(one.standing == standing for one in self.schools)

    @property
    def exit_code(self) -> Literal[0, 1]:
        """0: everything is done; 1: a run would have something to do."""
        return 0 if self.count("done") == len(self.schools) else 1


def find_standings(run: RunFile) -> Standings:
    """Find how every school of a run file stands, for the options of the last run into its folder.

    Parameters
    ----------
    run : RunFile
        The run.

    Returns
    -------
    Standings
        Read from what is there; nothing is written.

    Raises
    ------
    DataError
        The data are not there, or a school of the run file is not in them.
    """
    folder = RunFolder(root=run.folder)
    state = open_state(run.data)
    schools = choose_schools(state, wanted=run.schools)
    asked = read_asked(folder)
    notebooks = find_notebooks(run, names=asked.notebooks or run.notebooks)
    entries = {entry.key: entry for entry in read_entries(folder.record)}
    populations = find_populations(run, state=state, folder=folder, schools=schools)
    ground_by_population = {one: _find_ground(run, population=one) for one in dict.fromkeys(populations.values())}
    ask = _Question(
        run=run,
        folder=folder,
        notebooks=notebooks,
        ground={district_id: ground_by_population[one] for district_id, one in populations.items()},
        rendering=_describe_rendering(asked),
    )
    found = [_find_standing(school, entry=entries.get(school.key), ask=ask) for school in schools]
    everyone = choose_schools(state)
    # Chapters that were chosen by hand are looked at one by one: a run of them makes no overviews.
    places = () if asked.notebooks else list_overviews(run, everyone=everyone, chosen=schools)
    for place in places:
        entry = entries.get(place.key)
        if place.school_id == STATE_PLACE:
            now = describe_state(
                run, folder=folder, place=place, schools=[*everyone, *places[:-1]], drawn_by=ask.rendering
            )
            found.append(_judge(place, entry=entry, ask=ask, now=now["inputs"], first=_find_unfinished(found)))
        else:
            population = populations[place.district_id]
            now = describe_district(run, state=state, place=place, population=population, drawn_by=ask.rendering)
            unlaid = ask.ground[place.district_id].unlaid
            first = f"comparison with all schools ({', '.join(unlaid)})" if unlaid else ""
            found.append(_judge(place, entry=entry, ask=ask, now=now["inputs"], first=first))
    return Standings(folder=folder.root, state=_find_state(folder), schools=tuple(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What the schools of a district are compared with, and why a run would compute it anew."""

    comparison: dict[str, str]
    unlaid: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    run: RunFile
    folder: RunFolder
    notebooks: dict[str, Path]
    ground: dict[str, _Ground]
    rendering: dict[str, object]


def _find_ground(run: RunFile, *, population: Population) -> _Ground:
    try:
        unlaid = find_why_not_laid(run, population=population)
    except DataError as error:
        unlaid = [str(error)]
    return _Ground(comparison=hash_folder(population.comparison), unlaid=unlaid)


def _find_standing(school: School, *, entry: SchoolEntry | None, ask: _Question) -> SchoolStanding:
    ground = ask.ground[school.district_id]
    now = gather_inputs(
        run=ask.run, school=school, notebooks=ask.notebooks, comparison=ground.comparison, rendering=ask.rendering
    )
    # What an unlaid comparison will be is known only when it is computed.
    first = f"comparison with all schools ({', '.join(ground.unlaid)})" if ground.unlaid else ""
    return _judge(school, entry=entry, ask=ask, now=now, first=first)


def _judge(
    school: School, *, entry: SchoolEntry | None, ask: _Question, now: Mapping[str, Any], first: str
) -> SchoolStanding:
    """Judge a packet by what it was made of and what it would be made of now; ``first``: what else is to be made."""
    packet = ask.folder.packet(school)
    if not (packet / MANIFEST).exists():
        if entry is not None and entry.status == "failed":
            return SchoolStanding(school=school, standing="failed", why=entry.error or "")
        return SchoolStanding(school=school, standing="missing")
    manifest = read_manifest(packet)
    if damaged := find_damage(packet, manifest=manifest):
        reasons = [f"the packet is not whole: {', '.join(damaged[:3])}"]
    else:
        changes = find_changes(before=manifest["inputs"], now=now)
        told = [first or "comparison with all schools" if change == "comparison" else change for change in changes]
        reasons = [*told, *([first] if first and first not in told else [])]
    return SchoolStanding(school=school, standing="stale" if reasons else "done", why="; ".join(reasons))


def _find_unfinished(found: Sequence[SchoolStanding]) -> str:
    unfinished = [one.school.key for one in found if one.standing != "done"]
    more = f" and {len(unfinished) - 1} more" if len(unfinished) > 1 else ""
    return f"the packet of {unfinished[0]}{more} is to be made first" if unfinished else ""


def _describe_rendering(asked: Asked) -> dict[str, object]:
    try:
        described = choose_renderer(asked.renderer).describe()
    except ParameterError:
        described = f"{asked.renderer}, which is not installed"
    return {"renderer": described, "formats": list(asked.formats)}


def _find_state(folder: RunFolder) -> Literal["never run", "running", "finished", "interrupted"]:
    try:
        said = json.loads(folder.record.read_text(encoding="utf-8"))["state"]
    except (OSError, ValueError, KeyError, TypeError):
        said = "never run"
    if is_locked(folder.work):
        return "running"
    if said == "never run":
        return "never run"
    return "finished" if said == "finished" else "interrupted"
