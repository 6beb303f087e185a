"""A project whose notebooks cost next to nothing, runs that can be killed, and what must hold at every moment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mtss_analysis.packet.manifest import find_damage, hash_folder, read_manifest

SCHOOLS = ("0012", "0013", "7", "8", "9")
CHEAP = (
    "from mtss_analysis.show.display import RecordSet, Text",
    'Text(markdown=f"School {school_id}.")',
    'from mtss_analysis.findings.record import Record\nRecordSet(records=[Record(finding="size", requirement="R8", '
    "district_id=district_id, school_id=school_id, n=60).to_dict()])",
)


class Runs:
    """Runs in processes of their own, and what they leave.

    Parameters
    ----------
    temporary : Path
        Folder for their temporary files.
    """

    def __init__(self, temporary: Path) -> None:
        self._out = temporary / "out"
        package = os.pathsep.join(path for path in sys.path if path)
        self._launcher = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("launcher.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": package, "TMPDIR": str(temporary)},
        )

    def run(self, *arguments: object, kill: tuple[str, float] | None = None) -> int:
        """Run ``mtss`` and give its exit code, negative for a signal."""
        asked = {"arguments": [str(one) for one in arguments], "kill": kill, "out": str(self._out)}
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write(json.dumps(asked) + "\n")
        self._launcher.stdin.flush()
        return int(json.loads(self._launcher.stdout.readline()))

    @property
    def out(self) -> str:
        """What the last run printed."""
        return self._out.read_text(encoding="utf-8")

    @property
    def writes(self) -> int:
        """How often the last whole run changed a file."""
        return int(self._out.with_suffix(".writes").read_text(encoding="utf-8"))

    def close(self) -> None:
        """End the process that starts runs."""
        with self._launcher:
            assert self._launcher.stdin is not None
            self._launcher.stdin.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a run has left in a project."""

    project: Any

    def entries(self) -> dict[str, dict[str, Any]]:
        """Read the schools of run.json by id."""
        record = json.loads((self.project.reports / "run.json").read_text(encoding="utf-8"))
        return {entry["school_id"]: entry for entry in record["schools"]}

    def published(self) -> dict[str, str]:
        """Hash everything that is published, run.json aside, which tells seconds."""
        found = hash_folder(self.project.reports)
        return {name: digest for name, digest in found.items() if not name.startswith("_work/") and name != "run.json"}

    def assert_whole(self) -> None:
        """Every packet that stands in its place is whole, and so is run.json where it is there."""
        record = self.project.reports / "run.json"
        if record.exists():
            assert json.loads(record.read_text(encoding="utf-8"))["state"] in ("running", "interrupted", "finished")
        for packet in (self.project.reports / "NO").glob("*"):
            assert find_damage(packet, manifest=read_manifest(packet)) == []


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Iterator[Runs]:
    """Give runs that can be killed."""
    started = Runs(tmp_path_factory.mktemp("temporary"))
    yield started
    started.close()


@pytest.fixture(scope="session")
def left() -> Callable[[Any], Left]:
    """Give the function that looks at what a run has left."""
    return lambda project: Left(project=project)


@pytest.fixture(scope="session")
def make_cheap(make) -> Callable[..., Any]:
    """Give the function that makes a project of five schools whose notebook only says the school's id."""

    def make_project(root: Path, *, schools: tuple[str, ...] = SCHOOLS, sources: tuple[str, ...] = CHEAP):
        project = make(root, schools=schools)
        project.write_notebook("short", *sources)
        return project

    return make_project
