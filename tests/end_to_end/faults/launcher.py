"""Starts runs in copies of a process that has the command line loaded; each line read is one run, each written its end.

``python launcher.py``, with lines of JSON: ``arguments`` of ``mtss``; ``kill``: ``null``, ``["write", n]`` for the
moment before the n-th change of a file, or ``["time", seconds]``; ``out``: a file for what the run prints.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from mtss_analysis.cli import main
from mtss_analysis.packet.run import run_schools

assert run_schools  # loaded here once, for all copies

WRITES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.truncate"})


def serve() -> None:
    """Do what the lines ask for."""
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become_run(asked)
        kind, moment = asked["kill"] or ("", 0)
        if kind == "time":
            time.sleep(moment)
            kill_group(pid)
        _, status = os.waitpid(pid, 0)
        kill_group(pid)
        sys.stdout.write(json.dumps(os.waitstatus_to_exitcode(status)) + "\n")
        sys.stdout.flush()


def become_run(asked: dict[str, object]) -> None:
    """Be ``mtss`` in a session of its own."""
    code = 70
    try:
        os.setsid()
        out = Path(str(asked["out"]))
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        sys.argv = ["mtss", *map(str, asked["arguments"])]
        seen = watch_writes(asked["kill"])
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdout.flush()
        if code == 0:
            out.with_suffix(".writes").write_text(str(seen[0]), encoding="utf-8")
        os._exit(code)


def watch_writes(kill: list[object] | None) -> list[int]:
    """Count the changes of files of this process, and kill it and all it has started before the n-th."""
    seen = [0]
    last = kill[1] if kill and kill[0] == "write" else None

    def look(event: str, arguments: tuple[object, ...]) -> None:
        if event in WRITES or (event == "open" and is_writing(arguments[1])):
            seen[0] += 1
            if seen[0] == last:
                os.killpg(0, signal.SIGKILL)
                threading.Event().wait()

    sys.addaudithook(look)
    return seen


def is_writing(mode: object) -> bool:
    """Whether a mode of ``open`` lets a file be changed."""
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")


def kill_group(pid: int) -> None:
    """Kill a run and what it has started; nothing happens where it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    serve()
