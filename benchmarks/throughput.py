"""Processor time of a packet, of the kit and of a plain Papermill loop.

``python benchmarks/throughput.py [--run-file RUN.yml] [--schools N] [--workers N] [--engine NAME]
[--renderer NAME] [--alone]``

All make the same packets from the same notebooks, one after the other on the same machine. The plain loop is what one
writes without the kit: a fresh kernel per notebook, one render call per school, no second process. It is given the
comparison of all schools, computed once before the loop; with ``--alone`` it is measured also as the notebooks stand,
each computing the comparison on the spot, which is what whoever has only Papermill and the notebooks pays. What is
paid once – the comparison, and starting – is counted with the first packet. The kit is measured with both engines.
"""

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
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
class Cost:
    """Processor seconds, children included: the first packet with all that is paid once, and each further one."""

    first: float
    more: float


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
    plain = measure("plain", arguments=arguments, schools=schools)
    for engine in kit:
        made = measure(engine, arguments=arguments, schools=schools)
        print(f"        {plain.more / made.more:.2f} times less for each further packet than plain", flush=True)
    if arguments.alone:
        alone = measure("alone", arguments=arguments, schools=schools[:1])
        print(f"        {alone.first / made.more:.2f} times that of a further packet of the kit ({engine})", flush=True)
    for engine in kit:
        print(f"{engine + ':':<7} {measure_empty(engine):6.3f} s for a notebook without content", flush=True)


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


def measure(way: str, *, arguments: argparse.Namespace, schools: Sequence[str]) -> Cost:
    """Make the packets in a process of its own, read what it and its children used, and print it."""
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
        said = Path(folder) / "said.txt"
        with said.open("wb") as printed:
            ended = subprocess.run(command, env=environment(), stdout=printed, stderr=printed, check=False)
        packets = len(list(Path(folder).glob("*/*/*/packet.html")))
        if ended.returncode or packets != len(schools):
            end = said.read_text(encoding="utf-8", errors="replace")[-2000:]
            sys.exit(f"{end}\n{way}: {packets} of {len(schools)} packets, exit code {ended.returncode}")
        cost = Cost(**json.loads((Path(folder) / "cost.json").read_text(encoding="utf-8")))
    more = f", each further one {cost.more:.2f}" if len(schools) > 1 else ""
    print(f"{way + ':':<7} first packet {cost.first:.2f} CPU seconds{more}", flush=True)
    return cost


def spent() -> float:
    """Processor seconds of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def write_cost(run: RunFile, *, first: float, rest: float, packets: int) -> None:
    """Tell the process that waits for this one what the packets cost."""
    cost = {"first": first, "more": rest / max(packets - 1, 1)}
    (run.reports / "cost.json").write_text(json.dumps(cost), encoding="utf-8")


def environment() -> dict[str, str]:
    """Give both ways one thread for arithmetic, and the same package to import from."""
    package = str(Path(mtss_analysis.__file__).resolve().parents[1])
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": package}


def make_with_kit(run: RunFile, *, schools: Sequence[str], workers: int, renderer: str, engine: Engine) -> None:
    """Make packets as ``mtss run`` does; starting is paid with one packet, and so not with the further ones."""
    marks = [spent()]
    for chosen in (schools[:1], schools[:1], schools):
        # Chapters chosen by hand: the loop makes no overviews, and neither does the kit then.
        result = run_schools(
            run,
            schools=chosen,
            notebooks=run.notebooks,
            workers=workers,
            renderer=renderer,
            engine=engine,
            force=True,
        )
        marks.append(spent())
        if result.exit_code:
            sys.exit(result.exit_code)
    _, groundwork, one, every = marks
    write_cost(run, first=groundwork, rest=(every - one) - (one - groundwork), packets=len(schools))


def make_plainly(run: RunFile, *, schools: Sequence[str], renderer: str, shared: bool) -> None:
    """Make packets in a loop: a fresh kernel per notebook, one render call per school."""
    state = open_state(run.data)
    comparison = run.folder / "_work" / "comparison"
    # Also where no notebook is given it: a packet's date of data is read from it. It is paid with the first packet.
    write_comparison(prepare_comparison(state, settings=run.settings), comparison)
    notebooks = {name: run.notebooks_folder / f"{name}.ipynb" for name in run.notebooks}
    drawing = choose_renderer(renderer)
    chosen = choose_schools(state, wanted=schools)
    first = 0.0
    for school in chosen:
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
        first = first or spent()
    write_cost(run, first=first, rest=spent() - first, packets=len(chosen))


def read_arguments() -> argparse.Namespace:
    """Read the command line; the hidden options are for the processes that are measured."""
    parser = argparse.ArgumentParser(description="Processor time of a packet, against a plain Papermill loop.")
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
