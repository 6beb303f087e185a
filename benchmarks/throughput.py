"""Packets per minute and processor time per packet, of the kit and of a plain Papermill loop.

``python benchmarks/throughput.py [--run-file RUN.yml] [--schools N] [--workers N] [--engine NAME]
[--renderer NAME] [--alone]``

All make the same packets from the same notebooks, one after the other on the same machine. The plain loop is what one
writes without the kit: a fresh kernel per notebook, one render call per school, no second process. It is given the
comparison of all schools, computed once before the loop; with ``--alone`` it is measured also as the notebooks stand,
each computing the comparison on the spot, which is what whoever has only Papermill and the notebooks pays. What is
paid once – the comparison, and starting – is told apart from what every further packet costs by making one packet more
than one. The kit is measured with both engines.
"""

import argparse
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
import papermill

import mtss_analysis
from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet.engines import Engine
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.manifest import gather_inputs, hash_folder
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
        if arguments.way in ("plain", "alone"):
            shared = arguments.way == "plain"
            make_plainly(run, schools=arguments.school, renderer=arguments.renderer, shared=shared)
        else:
            make_with_kit(
                run,
                schools=arguments.school,
                workers=arguments.workers,
                renderer=arguments.renderer,
                engine=arguments.way,
            )
        return
    state = open_state(read_run_file(arguments.run_file).data)
    schools = [school.key for school in choose_schools(state)[: arguments.schools]]
    kit = ("fresh", "warm") if arguments.engine == "both" else (arguments.engine,)
    plain = measure_both("plain", arguments=arguments, schools=schools)
    for engine in kit:
        made = measure_both(engine, arguments=arguments, schools=schools)
        print(f"        {plain.more / made.more:.2f} times less processor time for each further packet than plain")
    if arguments.alone:
        alone = measure("alone", arguments=arguments, schools=schools[:1])
        print(f"alone:  {alone.processor:6.2f} CPU seconds a packet", flush=True)
        print(f"        {alone.processor / made.more:.2f} times that of a further packet of the kit ({engine})")
    for engine in kit:
        print(f"{engine + ':':<7} {measure_empty(engine):6.3f} s for a notebook without content", flush=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Processor seconds: of the first packet, with all that is paid once, and of each further one."""

    first: float
    more: float


def measure_both(way: str, *, arguments: argparse.Namespace, schools: Sequence[str]) -> Cost:
    """Make one packet, then all, and print what each took."""
    one = measure(way, arguments=arguments, schools=schools[:1])
    every = measure(way, arguments=arguments, schools=schools)
    cost = Cost(first=one.processor, more=(every.processor - one.processor) / max(len(schools) - 1, 1))
    print(f"{way + ':':<7} {every}", flush=True)
    print(f"        first packet {cost.first:.2f} CPU seconds, each further one {cost.more:.2f}", flush=True)
    return cost


def measure_empty(engine: Engine, *, times: int = 10) -> float:
    """Give the seconds that a notebook with one empty parameter takes, in the middle of several runs."""
    with tempfile.TemporaryDirectory(prefix="mtss-throughput-") as folder:
        notebook = Path(folder) / "empty.ipynb"
        cell = nbformat.v4.new_code_cell('nothing: str = ""', metadata={"tags": ["parameters"]})
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
        taken = [
            execute_notebook(
                notebook=notebook, parameters={}, out=Path(folder) / "out.ipynb", time_limit_s=60, engine=engine
            ).seconds
            for _ in range(times + 1)
        ]
    # The first one starts what the others share.
    return statistics.median(taken[1:])


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


def make_with_kit(run: RunFile, *, schools: Sequence[str], workers: int, renderer: str, engine: Engine) -> None:
    """Make packets as ``mtss run`` does."""
    result = run_schools(run, schools=schools, workers=workers, renderer=renderer, engine=engine)
    sys.exit(result.exit_code)


def make_plainly(run: RunFile, *, schools: Sequence[str], renderer: str, shared: bool) -> None:
    """Make packets in a loop: a fresh kernel per notebook, one render call per school."""
    state = open_state(run.data)
    comparison = run.folder / "_work" / "comparison"
    if shared:
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
                    "comparison_folder": str(comparison) if shared else "",
                },
                kernel_name="python3",
                language="python",
                progress_bar=False,
                cwd=str(notebook.parent),
            )
        hashes = hash_folder(comparison)
        inputs = gather_inputs(run=run, school=school, notebooks=notebooks, comparison=hashes, rendering={})
        task = SchoolTask(
            run=run, school=school, notebooks=notebooks, comparison=comparison, engine="fresh", work=folder,
            narrative=None, inputs=inputs,
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
    parser.add_argument("--schools", type=int, default=5, help="how many schools")
    parser.add_argument("--workers", type=int, default=0, help="processes of the kit; 0: as the run file says")
    parser.add_argument("--renderer", choices=("auto", "quarto", "builtin"), default="auto")
    parser.add_argument("--engine", choices=("both", "fresh", "warm"), default="both", help="engines of the kit")
    parser.add_argument("--alone", action="store_true", help="also notebooks that compute the comparison on the spot")
    parser.add_argument("--way", choices=("plain", "alone", "fresh", "warm"), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--school", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
