"""The overviews of a run: each district's from the comparison, the state's from what all packets publish."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtss_analysis import __version__
from mtss_analysis.district.hashes import hash_file
from mtss_analysis.district.state import State
from mtss_analysis.errors import DisclosureError
from mtss_analysis.packet.collect import write_findings
from mtss_analysis.packet.ending import enter_school
from mtss_analysis.packet.engines import Engine
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.manifest import (
    find_previous,
    hash_code,
    hash_content,
    hash_folder,
    installed_versions,
    is_current,
)
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.overview_tasks import (
    DISTRICT_NOTEBOOK,
    DISTRICT_PLACE,
    STATE_NOTEBOOK,
    STATE_PLACE,
    OverviewTask,
)
from mtss_analysis.packet.place import place_packet, withdraw_packet
from mtss_analysis.packet.populations import Population
from mtss_analysis.packet.run_record import SchoolEntry
from mtss_analysis.packet.schedule import Finished, Rendering, Schedule
from mtss_analysis.packet.schools import School
from mtss_analysis.packet.workers import Failure, Workers
from mtss_analysis.parameters.run_file import RunFile

LEAST_DISTRICTS = 2
NUMBERS = "findings.json"
STATE_NAME = "All districts"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverviewPlan:
    """How a run makes its overviews.

    Parameters
    ----------
    run : RunFile
        The run; ``run.overviews`` says which are wanted.
    state : State
        All its districts.
    folder : RunFolder
        Where packets stand.
    rendering : Rendering
        How they are rendered.
    drawn_by : mapping
        The renderer, its version and the formats, for the manifest.
    engine : {'warm', 'fresh'}
        What runs the notebooks.
    workers : int
        Processes at the same time.
    force : bool
        Make overviews anew whose inputs have not changed.
    """

    run: RunFile
    state: State
    folder: RunFolder
    rendering: Rendering
    drawn_by: Mapping[str, object]
    engine: Engine
    workers: int
    force: bool


def list_overviews(run: RunFile, *, everyone: Sequence[School], chosen: Sequence[School]) -> tuple[School, ...]:
    """List the overviews that belong to a run: those of districts of which all schools are asked for, and the state's.

    Parameters
    ----------
    run : RunFile
        Which overviews are wanted.
    everyone, chosen : sequence of School
        All schools of the data, and those asked for.

    Returns
    -------
    tuple of School
        Places, districts first; the state's only where it has several districts and all schools are asked for.
    """
    asked = {school.key for school in chosen}
    districts = [
        district
        for district in list_places(everyone)
        if district.school_id == DISTRICT_PLACE and "district" in run.overviews
    ]
    whole = [
        place
        for place in districts
        if all(school.key in asked for school in everyone if school.district_id == place.district_id)
    ]
    complete = len(asked) == len(everyone) and len({school.district_id for school in everyone}) >= LEAST_DISTRICTS
    if "state" in run.overviews and "district" in run.overviews and complete:
        whole += [place for place in list_places(everyone) if place.school_id == STATE_PLACE]
    return tuple(whole)


def list_places(everyone: Sequence[School]) -> tuple[School, ...]:
    """List where overviews of these schools would stand.

    Parameters
    ----------
    everyone : sequence of School
        All schools of the data.

    Returns
    -------
    tuple of School
        One for each district, then the state's, whose ``district_id`` is empty.
    """
    districts = {school.district_id: school for school in everyone}
    places = [
        School(
            district_id=one.district_id,
            school_id=DISTRICT_PLACE,
            district_name=one.district_name,
            school_name=one.district_name,
            folder=one.folder,
        )
        for one in districts.values()
    ]
    if places:
        root = places[0].folder.parent
        state = School(district_id="", school_id=STATE_PLACE, district_name="", school_name=STATE_NAME, folder=root)
        places.append(state)
    return tuple(places)


def make_overviews(
    plan: OverviewPlan,
    *,
    places: Sequence[School],
    schools: Sequence[School],
    populations: Mapping[str, Population],
) -> Iterator[SchoolEntry]:
    """Make overviews whose inputs have changed; one that fails leaves the others alone.

    Parameters
    ----------
    plan : OverviewPlan
        How they are made.
    places : sequence of School
        From :func:`list_overviews`.
    schools : sequence of School
        All schools of the data, whose packets the state's overview is made of.
    populations : mapping of str to Population
        Where each district's comparison lies.

    Returns
    -------
    iterator of SchoolEntry
        How each ended.
    """
    districts = [place for place in places if place.school_id == DISTRICT_PLACE]
    yield from _end_all(
        [_plan_district(plan, place=one, population=populations[one.district_id]) for one in districts], plan=plan
    )
    for place in places:
        if place.school_id == STATE_PLACE:
            yield from _end_all([_plan_state(plan, place=place, schools=[*schools, *districts])], plan=plan)


def end_overviews(
    tasks: Sequence[OverviewTask], *, folder: RunFolder, rendering: Rendering, workers: int, run: RunFile | None = None
) -> Iterator[SchoolEntry]:
    """Do the work of overviews and put their packets into their places.

    Parameters
    ----------
    tasks : sequence of OverviewTask
        What is to be made.
    folder : RunFolder
        Where packets stand.
    rendering : Rendering
        How they are rendered.
    workers : int
        Processes at the same time.
    run : RunFile, optional
        The run, for the paths in errors.

    Returns
    -------
    iterator of SchoolEntry
        How each ended; an earlier packet of one that failed is taken away unless it is still current.
    """
    if not tasks:
        return
    schedule = Schedule(tasks=tasks, rendering=rendering)
    with Workers(count=max(min(workers, len(tasks)), 1), log=folder.work / "workers.log") as processes:
        for finished in schedule.work(processes):
            yield _end(finished, folder=folder, run=run)


def _end_all(tasks: Sequence[OverviewTask], *, plan: OverviewPlan) -> Iterator[SchoolEntry]:
    outdated = []
    for task in tasks:
        if not plan.force and is_current(plan.folder.packet(task.school), inputs=task.inputs):
            yield enter_school(task.school, status="skipped")
        else:
            outdated.append(task)
    yield from end_overviews(
        outdated,
        folder=plan.folder,
        rendering=plan.rendering,
        workers=plan.workers or os.cpu_count() or 1,
        run=plan.run,
    )


def _end(finished: Finished, *, folder: RunFolder, run: RunFile | None) -> SchoolEntry:
    task, result = finished.task, finished.result
    packet = folder.packet(task.school)
    if not isinstance(result, Failure):
        try:
            place_packet(made=result.folder, packet=packet, inputs=task.inputs)
            return enter_school(task.school, status="done", seconds=finished.seconds)
        except OSError as error:
            line = f"the packet cannot be put into its place: {error.strerror}"
            result = Failure(kind=type(error).__name__, line=line, full=line)
    shutil.rmtree(task.work / "packet", ignore_errors=True)
    if result.kind == DisclosureError.__name__ or not is_current(packet, inputs=task.inputs):
        withdraw_packet(packet, into=folder.earlier(task.school))
    return enter_school(task.school, status="failed", seconds=finished.seconds, failure=result, run=run)


def describe_district(
    run: RunFile, *, state: State, place: School, population: Population, drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    """Collect what a district's overview depends on.

    Parameters
    ----------
    run : RunFile
        The run.
    state : State
        All its districts.
    place : School
        The overview.
    population : Population
        Where the comparison lies.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    comparison = hash_content(hash_folder(population.comparison))
    made_of = {"comparison": comparison, "roster": _hash_roster(state, district_id=place.district_id)}
    earlier = find_previous(run, school=place)
    if earlier is not None:
        made_of["numbers of the earlier overview"] = hash_file(earlier)
    return _gather(run, place=place, made_of=made_of, drawn_by=drawn_by)


def describe_state(
    run: RunFile, *, folder: RunFolder, place: School, schools: Sequence[School], drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    """Collect what the state's overview depends on: the numbers that the packets of a run publish.

    Parameters
    ----------
    run : RunFile
        The run.
    folder : RunFolder
        Where packets stand.
    place : School
        The overview.
    schools : sequence of School
        Schools and districts' overviews of which it is made, where they are there.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    published = {school.key: folder.packet(school) / NUMBERS for school in schools}
    numbers = {key: hash_file(path) for key, path in published.items() if path.is_file()}
    return _gather(run, place=place, made_of={"records": hash_content(numbers)}, drawn_by=drawn_by)


def _plan_district(plan: OverviewPlan, *, place: School, population: Population) -> OverviewTask:
    run = plan.run
    return OverviewTask(
        school=place,
        notebook=_find_notebook(run, place=place),
        parameters={
            "run_file": str(run.path),
            "district_id": place.district_id,
            "comparison_folder": str(population.comparison),
        },
        meta=_describe(run, place=place),
        engine=plan.engine,
        work=plan.folder.work_of(place),
        notebook_seconds=run.notebook_seconds,
        memory_limit_mb=run.memory_limit_mb,
        folders=(place.folder,),
        **describe_district(run, state=plan.state, place=place, population=population, drawn_by=plan.drawn_by),
    )


def _plan_state(plan: OverviewPlan, *, place: School, schools: Sequence[School]) -> OverviewTask:
    run = plan.run
    records = plan.folder.work / "records"
    records.mkdir(parents=True, exist_ok=True)
    packets = [plan.folder.packet(school) for school in schools]
    write_findings([one for one in packets if (one / NUMBERS).is_file()], path=records / "findings.parquet")
    return OverviewTask(
        school=place,
        notebook=_find_notebook(run, place=place),
        parameters={"records_folder": str(records), "state_name": place.school_name},
        meta=_describe(run, place=place),
        engine=plan.engine,
        work=plan.folder.work_of(place),
        notebook_seconds=run.notebook_seconds,
        memory_limit_mb=run.memory_limit_mb,
        folders=tuple(plan.state.folders.values()),
        **describe_state(run, folder=plan.folder, place=place, schools=schools, drawn_by=plan.drawn_by),
    )


def _find_notebook(run: RunFile, *, place: School) -> Path:
    name = STATE_NOTEBOOK if place.school_id == STATE_PLACE else DISTRICT_NOTEBOOK
    return run.notebooks_folder / f"{name}.ipynb"


def _gather(
    run: RunFile, *, place: School, made_of: Mapping[str, str], drawn_by: Mapping[str, object]
) -> dict[str, Any]:
    settings = {"title": run.title, "language": run.language, "settings": asdict(run.settings)}
    notebook = _find_notebook(run, place=place)
    return gather_overview_inputs(place=place, notebook=notebook, made_of=made_of, settings=settings, drawn_by=drawn_by)


def gather_overview_inputs(
    *,
    place: School,
    notebook: Path,
    made_of: Mapping[str, str],
    settings: Mapping[str, Any],
    drawn_by: Mapping[str, object],
) -> dict[str, Any]:
    """Collect what an overview depends on, for its manifest and for its last chapter.

    Parameters
    ----------
    place : School
        The overview.
    notebook : Path
        Its notebook.
    made_of : mapping of str to str
        Hashes of what it is computed from, by what that is.
    settings : mapping
        What is asked, ready for JSON.
    drawn_by : mapping
        Renderer, its version and the formats.

    Returns
    -------
    dict
        ``inputs`` and ``provenance`` of an :class:`OverviewTask`.
    """
    inputs = {
        "school": {"district_id": place.district_id, "school_id": place.school_id},
        **made_of,
        "notebooks": {notebook.stem: hash_file(notebook)},
        "settings": hash_content(settings),
        "code": hash_code(),
        "rendering": dict(drawn_by),
        "versions": installed_versions(),
    }
    provenance = {
        **{name.capitalize(): digest for name, digest in made_of.items()},
        f"Notebook {notebook.stem}": hash_file(notebook),
        "Settings of the run": str(inputs["settings"]),
        "Code of the kit": hash_code(),
        **installed_versions(),
    }
    return {"inputs": inputs, "provenance": provenance}


def _hash_roster(state: State, *, district_id: str) -> str:
    rows = state.roster[state.roster["district_id"] == district_id]
    return hash_content(rows.astype("str").to_dict("records"))


def _describe(run: RunFile, *, place: School) -> PacketMeta:
    return PacketMeta(
        title=run.title,
        school_name=place.school_name,
        district_name="",
        school_year="",
        date_of_data="",
        district_id=place.district_id,
        school_id=None,
        kit_version=__version__,
        language=run.language,
    )
