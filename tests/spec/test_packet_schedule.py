"""The order of work: nobody waits for a packet to be put into its place."""

from collections import deque
from types import SimpleNamespace

from mtss_analysis.packet.schedule import Rendering, Schedule
from mtss_analysis.packet.tasks import Prepared, Rendered
from mtss_analysis.packet.workers import Outcome


class TwoAtWork:
    """Stands for two processes, of which the one that was given work first ends first."""

    def __init__(self) -> None:
        self.given: deque[str] = deque()

    @property
    def busy(self) -> int:
        """Processes with work."""
        return len(self.given)

    @property
    def idle(self) -> int:
        """Processes without."""
        return 2 - self.busy

    def submit(self, key, _function, _argument) -> None:
        """Give work."""
        self.given.append(key)

    def outcomes(self):
        """End what was given first."""
        key = self.given.popleft()
        rendered = [Rendered(failure=None, seconds=1.0)]
        prepared = Prepared(source=SimpleNamespace(key=key), seconds=1.0)
        yield Outcome(key=key, result=rendered if key.startswith("render") else prepared)


def test_there_is_work_again_before_an_end_is_told():
    """Whoever hears that a school has ended hears it while all processes are at work, as long as there is any."""
    tasks = [SimpleNamespace(school=SimpleNamespace(key=f"1/{number}")) for number in range(4)]
    workers = TwoAtWork()
    schedule = Schedule(tasks=tasks, rendering=Rendering(renderer="builtin", formats=("html",), batch=1))
    seen = [(finished.task.school.key, workers.busy) for finished in schedule.work(workers)]
    assert sorted(key for key, _ in seen) == [task.school.key for task in tasks]
    assert [busy for _, busy in seen] == [2, 2, 1, 0]
