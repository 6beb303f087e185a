"""A worker process that is killed while it has nothing to do is replaced, and packets change places either way."""

import json
import os
import signal
import subprocess

import pytest

from mtss_analysis.packet import place
from mtss_analysis.packet.workers import Workers

pytestmark = pytest.mark.xdist_group("killed_worker")

TELL_PROCESS = "echo $PPID"


def test_a_worker_killed_between_tasks_is_replaced(tmp_path):
    """A task given to a process that was killed while it was idle is done by another one."""
    with Workers(count=1, log=tmp_path / "log") as workers:
        workers.submit("first", subprocess.getoutput, TELL_PROCESS)
        (first,) = workers.outcomes()
        worker = int(first.result)
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        workers.submit("second", subprocess.getoutput, TELL_PROCESS)
        (second,) = workers.outcomes()
    assert second.key == "second"
    assert int(second.result) not in (worker, os.getpid())


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_packet_takes_the_place_of_another(tmp_path, monkeypatch, can_exchange):
    """The new packet stands in the place, with its manifest, and nothing of the earlier one is left."""
    if not can_exchange:
        monkeypatch.setattr(place, "_exchange", lambda _one, _other: False)
    packet, made = tmp_path / "packet", tmp_path / "work" / "packet"
    for folder, text in ((packet, "before"), (made, "after")):
        folder.mkdir(parents=True)
        (folder / "packet.html").write_text(text, encoding="utf-8")
    (packet / "extra").write_text("before", encoding="utf-8")
    place.place_packet(made=made, packet=packet, inputs={"data": "1"})
    assert {path.name for path in packet.iterdir()} == {"packet.html", "manifest.json"}
    assert (packet / "packet.html").read_text(encoding="utf-8") == "after"
    assert json.loads((packet / "manifest.json").read_text(encoding="utf-8"))["inputs"] == {"data": "1"}
    assert list((tmp_path / "work").iterdir()) == []
