"""A run: every school's notebooks, packet and rendering, several schools at a time."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mtss_analysis import __version__
from mtss_analysis.district.state import open_state
from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.packet.asked import Asked, write_asked
from mtss_analysis.packet.ending import end_school, enter_school
from mtss_analysis.packet.engines import Engine, EngineName, choose_engine
from mtss_analysis.packet.folders import RunFolder, open_run_folder
from mtss_analysis.packet.groundwork import lay_groundwork
from mtss_analysis.packet.lock import lock_run
from mtss_analysis.packet.make_overviews import (
    OverviewPlan,
    end_overview,
    plan_district_overviews,
    plan_state_overview,
)
from mtss_analysis.packet.manifest import find_narrative, find_previous, gather_inputs, hash_folder, is_current
from mtss_analysis.packet.overview_places import list_overviews, list_places
from mtss_analysis.packet.overview_tasks import DISTRICT_PLACE, STATE_PLACE
from mtss_analysis.packet.overviews import write_overviews
from mtss_analysis.packet.populations import Population, find_populations
from mtss_analysis.packet.progress import Reporter, Silence, describe_entry
from mtss_analysis.packet.render import FORMATS, Format, RendererName, choose_renderer
from mtss_analysis.packet.run_record import RunRecord, RunState, SchoolEntry
from mtss_analysis.packet.schedule import Rendering, Schedule, Task
from mtss_analysis.packet.schools import School, choose_schools
from mtss_analysis.packet.tasks import SchoolTask
from mtss_analysis.packet.workers import WorkersOnDemand
from mtss_analysis.parameters.nearest import suggest
from mtss_analysis.parameters.run_file import RunFile

# One project render costs Quarto about 4 s and each further document about 1 s (measured).
_QUARTO_BATCH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended.

    Parameters
    ----------
    folder : Path
        ``reports/<run>``.
    schools : tuple of SchoolEntry
        The schools that this run was asked for, and the overviews that belong to them.
    """

    folder: Path
    schools: tuple[SchoolEntry, ...]

    @property
    def exit_code(self) -> Literal[0, 1, 3]:
        """0: all done; 1: some schools failed; 3: a disclosure check stopped a packet."""
        if any(entry.error_kind == "DisclosureError" for entry in self.schools):
            return 3
        return 1 if self.count("failed") else 0

    def count(self, status: str) -> int:
        """Count the schools that ended so."""
        return sum(entry.status == status for entry in self.schools)


def run_schools(
    run: RunFile,
    *,
    schools: Sequence[str] = (),
    notebooks: Sequence[str] = (),
    workers: int = 0,
    renderer: RendererName = "auto",
    formats: Sequence[Format] = FORMATS,
    engine: EngineName = "auto",
    force: bool = False,
    progress: Reporter | None = None,
) -> RunResult:
    """Make the packets of a run; a school that fails leaves the others alone.

    Parameters
    ----------
    run : RunFile
        What is asked for.
    schools : sequence of str
        Ids of schools, in place of those of the run file; empty for those.
    notebooks : sequence of str
        Chapters, in place of those of the run file; empty for those.
    workers : int
        Processes at the same time; 0 for the run file's number.
    renderer : {'auto', 'quarto', 'builtin'}
        Who renders.
    formats : sequence of {'html', 'pdf'}
        Into what.
    engine : {'auto', 'warm', 'fresh'}
        What runs the notebooks; the packets are the same.
    force : bool
        Make packets anew whose inputs have not changed.
    progress : Reporter, optional
        Is told how the run goes on.

    Returns
    -------
    RunResult
        How each school ended. A packet that a failed school had before is moved into ``_work/earlier``, so
        that what stands outside ``_work`` is current.

    Raises
    ------
    DataError
        The data cannot be used, or a school is not there.
    ParameterError
        A notebook is not there, the folder cannot be written, another run is at work in it, the engine cannot
        work here, or the renderer is not installed.
    """
    chapters = find_notebooks(run, names=notebooks or run.notebooks)
    drawing = choose_renderer(renderer)
    running = choose_engine(engine)
    rendering = Rendering(
        renderer=renderer, formats=tuple(formats), batch=_QUARTO_BATCH if drawing.name == "quarto" else 1
    )
    state = open_state(run.data)
    everyone = choose_schools(state)
    chosen = choose_schools(state, wanted=schools or run.schools)
    folder = open_run_folder(run.folder)
    report = progress or Silence()
    with lock_run(folder.work):
        write_asked(
            Asked(run_file=run.path, notebooks=tuple(notebooks), renderer=renderer, formats=tuple(formats)),
            folder=folder,
        )
        populations = find_populations(run, state=state, folder=folder, schools=chosen)
        count = workers or run.workers or _count_processors()
        # Processes of their own: they hold all rows, which those that make packets never do.
        with WorkersOnDemand(count=count, log=folder.work / "workers.log") as processes:
            for population in dict.fromkeys(populations.values()):
                lay_groundwork(run, population=population, report=report, processes=processes)
        hashes = {one.comparison: hash_folder(one.comparison) for one in populations.values()}
        drawn_by = {"renderer": drawing.describe(), "formats": list(formats)}
        tasks = [
            _make_task(
                run,
                school=school,
                folder=folder,
                notebooks=chapters,
                population=populations[school.district_id],
                comparison=hashes[populations[school.district_id].comparison],
                rendering=drawn_by,
                engine=running,
            )
            for school in chosen
        ]
        record = RunRecord(path=folder.record, run=run.name, kit_version=__version__)
        record.keep_only(school.key for school in (*everyone, *list_places(everyone)))
        # Chapters that are chosen by hand are looked at one by one: overviews belong to whole packets.
        places = () if notebooks else list_overviews(run, everyone=everyone, chosen=chosen)
        report.begin(len(tasks))
        ended: dict[str, SchoolEntry] = {}
        state_of_run: RunState = "interrupted"
        record.write("running")
        plan = OverviewPlan(
            run=run, state=state, folder=folder, rendering=rendering, drawn_by=drawn_by, engine=running,
            workers=count, force=force,
        )  # fmt: skip
        try:
            districts = plan_district_overviews(plan, places=places, populations=populations)
            for entry in _make_packets([*tasks, *districts], plan=plan, places=places, everyone=everyone):
                ended[entry.key] = entry
                _tell(entry, record=record, report=report)
            write_overviews(run, schools=everyone, folder=folder, record=record)
            state_of_run = "finished"
        finally:
            record.write(state_of_run)
    return RunResult(folder=folder.root, schools=tuple(ended[one.key] for one in (*chosen, *places)))


def find_notebooks(run: RunFile, *, names: Sequence[str]) -> dict[str, Path]:
    """Find notebooks by name.

    Parameters
    ----------
    run : RunFile
        Says in which folder.
    names : sequence of str
        Without ``.ipynb``, in the order of the packet.

    Returns
    -------
    dict of str to Path
        In that order.

    Raises
    ------
    ParameterError
        One is not there; names the nearest.
    """
    known = sorted(path.stem for path in run.notebooks_folder.glob("*.ipynb"))
    for name in names:
        if name not in known:
            raise ParameterError(
                f"there is no notebook {name!r}{suggest(name, known=known)}",
                next_step="Name notebooks of that folder, without .ipynb",
                place=Place(file=run.notebooks_folder),
            )
    return {name: run.notebooks_folder / f"{name}.ipynb" for name in names}


def _make_task(
    run: RunFile,
    *,
    school: School,
    folder: RunFolder,
    notebooks: Mapping[str, Path],
    population: Population,
    comparison: Mapping[str, str],
    rendering: Mapping[str, object],
    engine: Engine,
) -> SchoolTask:
    inputs = gather_inputs(run=run, school=school, notebooks=notebooks, comparison=comparison, rendering=rendering)
    return SchoolTask(
        run=run,
        school=school,
        notebooks=notebooks,
        comparison=population.comparison,
        engine=engine,
        work=folder.work_of(school),
        narrative=find_narrative(run, school=school),
        previous=find_previous(run, school=school),
        inputs=inputs,
    )


def _make_packets(
    tasks: Sequence[Task], *, plan: OverviewPlan, places: Sequence[School], everyone: Sequence[School]
) -> Iterator[SchoolEntry]:
    """Make the packets of schools and districts, and then the state's overview, which is made of them."""
    with WorkersOnDemand(count=plan.workers, log=plan.folder.work / "workers.log") as processes:
        yield from _work(tasks, plan=plan, processes=processes)
        yield from _work(plan_state_overview(plan, places=places, schools=everyone), plan=plan, processes=processes)


def _work(tasks: Sequence[Task], *, plan: OverviewPlan, processes: WorkersOnDemand) -> Iterator[SchoolEntry]:
    """Give each packet's entry when it has ended: first those that need no work, then the others as they come."""
    outdated = []
    for task in tasks:
        if not plan.force and is_current(plan.folder.packet(task.school), inputs=task.inputs):
            yield enter_school(task.school, status="skipped")
        else:
            outdated.append(task)
    if not outdated:
        return
    schedule = Schedule(tasks=outdated, rendering=plan.rendering)
    for finished in schedule.work(processes.open(tasks=len(outdated))):
        if isinstance(finished.task, SchoolTask):
            yield end_school(finished, folder=plan.folder)
        else:
            yield end_overview(finished, folder=plan.folder, run=plan.run)


def _tell(entry: SchoolEntry, *, record: RunRecord, report: Reporter) -> None:
    record.enter(entry)
    # A school that was skipped stands in the file already, and there may be hundreds.
    if entry.status != "skipped":
        record.write_if_possible("running")
    if entry.school_id in (DISTRICT_PLACE, STATE_PLACE):
        report.note(describe_entry(entry))
    else:
        report.school(entry)


def _count_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
