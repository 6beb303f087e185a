"""The overviews of a run: each district's from the comparison, the state's from what all packets publish."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mtss_analysis import __version__
from mtss_analysis.district.state import State
from mtss_analysis.errors import DisclosureError
from mtss_analysis.packet.collect import write_findings
from mtss_analysis.packet.ending import enter_school
from mtss_analysis.packet.engines import Engine
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.manifest import (
    is_current,
)
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.overview_inputs import NUMBERS, describe_district, describe_state
from mtss_analysis.packet.overview_places import find_notebook
from mtss_analysis.packet.overview_tasks import (
    DISTRICT_PLACE,
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


def plan_district_overviews(
    plan: OverviewPlan, *, places: Sequence[School], populations: Mapping[str, Population]
) -> list[OverviewTask]:
    """Plan the overviews of districts, which need the comparison and no packet.

    Parameters
    ----------
    plan : OverviewPlan
        How they are made.
    places : sequence of School
        From :func:`list_overviews`.
    populations : mapping of str to Population
        Where each district's comparison lies.

    Returns
    -------
    list of OverviewTask
        One for each district among the places.
    """
    districts = [place for place in places if place.school_id == DISTRICT_PLACE]
    return [_plan_district(plan, place=one, population=populations[one.district_id]) for one in districts]


def plan_state_overview(
    plan: OverviewPlan, *, places: Sequence[School], schools: Sequence[School]
) -> list[OverviewTask]:
    """Plan the overview of the state, when the packets of its schools and districts are made.

    Parameters
    ----------
    plan : OverviewPlan
        How it is made.
    places : sequence of School
        From :func:`list_overviews`.
    schools : sequence of School
        All schools of the data, whose packets it is made of.

    Returns
    -------
    list of OverviewTask
        One, or none where the state is not among the places.
    """
    districts = [place for place in places if place.school_id == DISTRICT_PLACE]
    states = [place for place in places if place.school_id == STATE_PLACE]
    return [_plan_state(plan, place=place, schools=[*schools, *districts]) for place in states]


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
            yield end_overview(finished, folder=folder, run=run)


def end_overview(finished: Finished, *, folder: RunFolder, run: RunFile | None = None) -> SchoolEntry:
    """Put an overview into its place, or take one away that is no longer the one a run would make.

    Parameters
    ----------
    finished : Finished
        What came of it.
    folder : RunFolder
        Where packets stand.
    run : RunFile, optional
        The run, for the paths in errors.

    Returns
    -------
    SchoolEntry
        How it ended.
    """
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


def _plan_district(plan: OverviewPlan, *, place: School, population: Population) -> OverviewTask:
    run = plan.run
    return OverviewTask(
        school=place,
        notebook=find_notebook(run, place=place),
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
        notebook=find_notebook(run, place=place),
        parameters={"records_folder": str(records), "state_name": place.school_name},
        meta=_describe(run, place=place),
        engine=plan.engine,
        work=plan.folder.work_of(place),
        notebook_seconds=run.notebook_seconds,
        memory_limit_mb=run.memory_limit_mb,
        folders=tuple(plan.state.folders.values()),
        **describe_state(run, folder=plan.folder, place=place, schools=schools, drawn_by=plan.drawn_by),
    )


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
