"""The order of work: notebooks school by school, renderings as soon as enough packets are ready."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtss_analysis.packet.overview_tasks import OverviewTask
from mtss_analysis.packet.render import Format, RendererName
from mtss_analysis.packet.source import PacketSource
from mtss_analysis.packet.tasks import Prepared, Rendered, RenderTask, SchoolTask
from mtss_analysis.packet.workers import Failure, Outcome, Workers

Task = SchoolTask | OverviewTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """How packets are rendered: by whom, into what, and how many at a time."""

    renderer: RendererName
    formats: tuple[Format, ...]
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finished:
    """A school whose packet is made, or has failed.

    Parameters
    ----------
    task : SchoolTask or OverviewTask
        The school, or the overview.
    result : PacketSource or Failure
        The rendered packet, or why there is none.
    seconds : float
        Time of work, seconds.
    """

    task: Task
    result: PacketSource | Failure
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ready:
    task: Task
    source: PacketSource
    seconds: float


class Schedule:
    """What waits for notebooks, what waits for rendering, what is at work.

    Parameters
    ----------
    tasks : sequence of SchoolTask or OverviewTask
        The schools, in the order they are begun.
    rendering : Rendering
        How packets are rendered.
    """

    def __init__(self, *, tasks: Sequence[Task], rendering: Rendering) -> None:
        self._rendering = rendering
        self._waiting = deque(tasks)
        self._preparing: dict[str, Task] = {}
        self._ready: deque[_Ready] = deque()
        self._alone: deque[_Ready] = deque()
        self._in_rendering: dict[str, list[_Ready]] = {}

    def work(self, workers: Workers) -> Iterator[Finished]:
        """Do everything, and give each school when it has ended.

        Parameters
        ----------
        workers : Workers
            Who does it.
        """
        ended: list[Finished] = []
        while True:
            while workers.idle and self._give_task(workers):
                pass
            # Told only when everybody has work again: whoever hears of it puts the packet into its place first.
            yield from ended
            if not workers.busy:
                return
            ended = [
                finished
                for outcome in workers.outcomes()
                for finished in (
                    self._take_prepared(outcome) if outcome.key in self._preparing else self._take_rendered(outcome)
                )
            ]

    def _give_task(self, workers: Workers) -> bool:
        batch = self._next_batch()
        if batch:
            key = f"render {batch[0].task.school.key}"
            self._in_rendering[key] = batch
            sources = tuple(ready.source for ready in batch)
            rendering = self._rendering
            task = RenderTask(sources=sources, renderer=rendering.renderer, formats=rendering.formats)
            workers.submit(key, _render, task)
            return True
        if self._waiting:
            school_task = self._waiting.popleft()
            self._preparing[school_task.school.key] = school_task
            workers.submit(school_task.school.key, _prepare, school_task)
            return True
        return False

    def _next_batch(self) -> list[_Ready]:
        if self._alone:
            return [self._alone.popleft()]
        nothing_more_comes = not self._waiting and not self._preparing
        if len(self._ready) >= self._rendering.batch or nothing_more_comes:
            count = min(len(self._ready), self._rendering.batch)
            return [self._ready.popleft() for _ in range(count)]
        return []

    def _take_prepared(self, outcome: Outcome) -> Iterator[Finished]:
        task = self._preparing.pop(outcome.key)
        prepared = outcome.result
        if isinstance(prepared, Failure):
            prepared = Prepared(source=prepared, seconds=0.0)
        if isinstance(prepared.source, Failure):
            yield Finished(task=task, result=prepared.source, seconds=prepared.seconds)
        else:
            self._ready.append(_Ready(task=task, source=prepared.source, seconds=prepared.seconds))

    def _take_rendered(self, outcome: Outcome) -> Iterator[Finished]:
        batch = self._in_rendering.pop(outcome.key)
        failed_together = isinstance(outcome.result, Failure)
        if failed_together and len(batch) > 1:
            # Which packet it was cannot be told: each is rendered by itself.
            self._alone.extend(batch)
            return
        results: Sequence[Rendered] = (
            [Rendered(failure=outcome.result, seconds=0.0)] if failed_together else outcome.result
        )
        for ready, rendered in zip(batch, results, strict=True):
            yield Finished(
                task=ready.task,
                result=rendered.failure or ready.source,
                seconds=ready.seconds + rendered.seconds,
            )


# What does the work loads Papermill and a renderer, which only the worker processes need.


def _prepare(task: SchoolTask | OverviewTask) -> Prepared:
    if isinstance(task, OverviewTask):
        from mtss_analysis.packet.prepare_overview import prepare_overview  # noqa: PLC0415

        return prepare_overview(task)
    from mtss_analysis.packet.prepare import prepare_school  # noqa: PLC0415

    return prepare_school(task)


def _render(task: RenderTask) -> list[Rendered]:
    from mtss_analysis.packet.prepare import render_packets  # noqa: PLC0415

    return render_packets(task)
