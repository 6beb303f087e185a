"""Packets per minute and processor time per packet, of the kit and of a plain Papermill loop.

``python benchmarks/throughput.py [--run-file RUN.yml] [--schools N] [--workers N] [--renderer NAME]``

Both make the same packets from the same notebooks, one after the other on the same machine. The plain loop is
what one writes without the kit: a fresh kernel per notebook, one render call per school, no second process.
"""

import argparse
import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import papermill

import mtss_analysis
from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet.manifest import gather_inputs
from mtss_analysis.packet.prepare import assemble_school
from mtss_analysis.packet.render import choose_renderer
from mtss_analysis.packet.run import run_schools
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.packet.tasks import SchoolTask
from mtss_analysis.parameters import RunFile, read_run_file

STAR = Path(__file__).resolve().parents[1] / "parameters" / "star.yml"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What making some packets took: wall and processor seconds, children included."""

    packets: int
    wall: float
    processor: float

    def __str__(self) -> str:
        """Write both rates."""
        return (
            f"{60 * self.packets / self.wall:6.1f} packets per minute, "
            f"{self.processor / self.packets:5.2f} CPU seconds per packet "
            f"({self.packets} packets, {self.wall:.1f} s)"
        )


def main() -> None:
    """Measure both and print the ratio."""
    arguments = read_arguments()
    if arguments.way:
        run = dataclasses.replace(read_run_file(arguments.run_file), reports=arguments.into)
        make = {"kit": make_with_kit, "plain": make_plainly}[arguments.way]
        make(run, schools=arguments.school, workers=arguments.workers, renderer=arguments.renderer)
        return
    state = open_state(read_run_file(arguments.run_file).data)
    schools = [school.key for school in choose_schools(state)[: arguments.schools]]
    measured = {}
    for way in ("plain", "kit"):
        measured[way] = measure(way, arguments=arguments, schools=schools)
        print(f"{way:>5}: {measured[way]}", flush=True)
    wall = measured["plain"].wall / measured["kit"].wall
    processor = measured["plain"].processor / measured["kit"].processor
    print(f"ratio: {wall:.2f} times the packets per minute, {processor:.2f} times less processor time")


def measure(way: str, *, arguments: argparse.Namespace, schools: Sequence[str]) -> Measured:
    """Make the packets in a process of its own and read what it and its children used."""
    with tempfile.TemporaryDirectory(prefix="mtss-throughput-") as folder:
        command = [
            sys.executable,
            __file__,
            "--way",
            way,
            "--into",
            folder,
            "--run-file",
            str(arguments.run_file),
        ]
        command += ["--workers", str(arguments.workers), "--renderer", arguments.renderer]
        command += [word for school in schools for word in ("--school", school)]
        started = time.monotonic()
        said = Path(folder) / "said.txt"
        with said.open("wb") as printed:
            process = subprocess.Popen(command, env=environment(), stdout=printed, stderr=printed)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        packets = len(list(Path(folder).glob("*/*/*/packet.html")))
        if process.returncode or packets != len(schools):
            end = said.read_text(encoding="utf-8", errors="replace")[-2000:]
            sys.exit(f"{end}\n{way}: {packets} of {len(schools)} packets, exit code {process.returncode}")
    return Measured(packets=packets, wall=wall, processor=usage.ru_utime + usage.ru_stime)


def environment() -> dict[str, str]:
    """Give both ways one thread for arithmetic, and the same package to import from."""
    package = str(Path(mtss_analysis.__file__).resolve().parents[1])
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": package}


def make_with_kit(run: RunFile, *, schools: Sequence[str], workers: int, renderer: str) -> None:
    """Make packets as ``mtss run`` does."""
    result = run_schools(run, schools=schools, workers=workers, renderer=renderer)
    sys.exit(result.exit_code)


def make_plainly(run: RunFile, *, schools: Sequence[str], workers: int, renderer: str) -> None:  # noqa: ARG001
    """Make packets in a loop: a fresh kernel per notebook, one render call per school."""
    state = open_state(run.data)
    comparison = run.folder / "_work" / "comparison"
    write_comparison(prepare_comparison(state, settings=run.settings), comparison)
    notebooks = {name: run.notebooks_folder / f"{name}.ipynb" for name in run.notebooks}
    drawing = choose_renderer(renderer)
    for school in choose_schools(state, wanted=schools):
        folder = run.folder / school.district_id / school.school_id
        executed = []
        for name, notebook in notebooks.items():
            executed.append(folder / f"{name}.ipynb")
            folder.mkdir(parents=True, exist_ok=True)
            papermill.execute_notebook(
                str(notebook),
                str(executed[-1]),
                parameters={
                    "run_file": str(run.path),
                    "district_id": school.district_id,
                    "school_id": school.school_id,
                    "comparison_folder": str(comparison),
                },
                kernel_name="python3",
                language="python",
                progress_bar=False,
                cwd=str(notebook.parent),
            )
        inputs = gather_inputs(run=run, school=school, notebooks=notebooks, comparison=comparison, rendering={})
        task = SchoolTask(
            run=run, school=school, notebooks=notebooks, comparison=comparison, work=folder, narrative=None,
            inputs=inputs,
        )  # fmt: skip
        (rendered,) = drawing.render([assemble_school(task, executed=executed)])
        if rendered.error is not None:
            raise rendered.error
        for file in rendered.files:
            file.rename(folder / file.name)


def read_arguments() -> argparse.Namespace:
    """Read the command line; the hidden options are for the processes that are measured."""
    parser = argparse.ArgumentParser(description="Packets per minute, against a plain Papermill loop.")
    parser.add_argument("--run-file", type=Path, default=STAR)
    parser.add_argument("--schools", type=int, default=8, help="how many schools")
    parser.add_argument("--workers", type=int, default=0, help="processes of the kit; 0: as the run file says")
    parser.add_argument("--renderer", choices=("auto", "quarto", "builtin"), default="auto")
    parser.add_argument("--way", choices=("kit", "plain"), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--school", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
