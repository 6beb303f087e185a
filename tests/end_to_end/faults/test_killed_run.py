"""A run that is killed at any moment leaves whole packets and a whole run.json, and its next run ends the same."""

import os
import random
import signal
import time

import pytest

from mtss_analysis.packet.engines import is_fork_safe

pytestmark = [
    pytest.mark.xdist_group("killed_run"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
]
KILLS = 50
MOST_RUNS = 150
"""A run that has little left to do may end before its moment comes; such a run is compared and not counted."""
SCHOOLS = ("0012", "7", "9")


def test_a_run_killed_at_any_moment_is_resumed(make_cheap, left, runs, tmp_path):
    """Killed 50 times, at writes and at other moments, a run never harms a packet and ends with the same bytes."""
    # Fresh kernels are quicker to start than a process to fork from.
    engines = ("fresh", "warm") if is_fork_safe() else ("fresh",)
    whole = make_cheap(tmp_path / "whole", schools=SCHOOLS)
    begun = time.monotonic()
    assert runs.run(*command(whole)) == 0, runs.out
    seconds = time.monotonic() - begun
    expected, writes = left(whole).published(), runs.writes
    assert writes > 40
    assert len(expected) > 10
    chance = random.Random(45)  # noqa: S311 - moments to kill at
    project, killed, compared = make_cheap(tmp_path / "killed", schools=SCHOOLS), 0, 0
    for number in range(1, MOST_RUNS + 1):
        kill = ("time", chance.random() * seconds) if number % 5 == 0 else ("write", chance.randint(1, writes))
        ended = runs.run(*command(project, engine=engines[-1 if number % 9 == 0 else 0]), kill=kill)
        left(project).assert_whole()
        killed += ended == -signal.SIGKILL
        if killed == KILLS:
            break
        if ended != -signal.SIGKILL:
            assert ended == 0, runs.out
            assert left(project).published() == expected
            compared += 1
            project = make_cheap(tmp_path / f"killed {number}", schools=SCHOOLS)
    assert killed == KILLS
    assert compared >= 3
    assert runs.run(*command(project)) == 0, runs.out
    assert left(project).published() == expected


def test_a_replaced_packet_is_never_away(make_cheap, left, runs, tmp_path):
    """Killed while packets are made anew, a run leaves in each place the packet from before or the new one, whole."""
    project = make_cheap(tmp_path / "a project")
    assert runs.run(*command(project)) == 0, runs.out
    expected = left(project).published()
    assert runs.run(*command(project), "--force") == 0, runs.out
    writes = runs.writes
    for part in (0.2, 0.4, 0.6, 0.8):
        assert runs.run(*command(project), "--force", kill=("write", round(part * writes))) == -signal.SIGKILL
        left(project).assert_whole()
        assert len(list((project.reports / "NO").iterdir())) == 5
    assert runs.run(*command(project)) == 0, runs.out
    assert left(project).published() == expected


def command(project, *, engine: str = "fresh") -> tuple[object, ...]:
    """The run that is killed."""
    return ("run", project.run_file, "--format", "html", "--renderer", "builtin", "--workers", "1", "--engine", engine)
