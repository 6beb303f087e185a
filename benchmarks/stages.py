"""Where the processor time of a packet goes: a table of stages, seconds per packet.

``python benchmarks/stages.py [--run-file RUN.yml] [--schools N] [--comparison FOLDER]``

The notebooks' code is called directly in one warm process; each stage counts what is spent in it and not in a stage
that it calls, programs it starts included. The comparison of all schools, once for a run, is a line of its own.
"""

import argparse
import functools
import importlib
import inspect
import os
import pkgutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cells import run_cells, silence

from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet import prepare
from mtss_analysis.packet.engines import choose_engine
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.manifest import gather_inputs, hash_folder
from mtss_analysis.packet.render import builtin
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.packet.tasks import SchoolTask
from mtss_analysis.packet.warm.warming import warm_up
from mtss_analysis.parameters import read_run_file

STAR = Path(__file__).resolve().parents[1] / "parameters" / "star.yml"
STAGES = {
    "read": ("mtss_analysis.parameters.analysis:open_analysis", "mtss_analysis.parameters.reading:read_run_file"),
    "measures": ("mtss_analysis.measures", "mtss_analysis.findings.frames"),
    "models": ("mtss_analysis.stats",),
    "figures": ("mtss_analysis.show.charts",),
    "assemble": ("mtss_analysis.packet.prepare:assemble_school",),
    "reading by Pandoc": ("mtss_analysis.packet.render.builtin:_parse",),
    "html": ("mtss_analysis.packet.render.builtin:_write_html",),
    "pdf": ("mtss_analysis.packet.render.builtin:_write_pdf",),
}
REST = "findings: rows, words, tables"


class Clock:
    """Processor time by stage, each second counted once, for the innermost stage."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._stack = [REST]
        self._last = now()

    def turn(self) -> None:
        """Count what has passed for the stage that is on."""
        moment = now()
        self.seconds[self._stack[-1]] += moment - self._last
        self._last = moment

    def wrap(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that counts its time for a stage."""

        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - of any function
            self.turn()
            self._stack.append(stage)
            try:
                return function(*arguments, **named)
            finally:
                self.turn()
                self._stack.pop()

        return timed


def now() -> float:
    """Processor seconds of this process and of the programs it has started."""
    return sum(os.times()[:4])


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Where the processor time of a packet goes.")
    parser.add_argument("--run-file", type=Path, default=STAR)
    parser.add_argument("--schools", type=int, default=4, help="how many schools the seconds are the mean of")
    parser.add_argument("--comparison", type=Path, help="folder of a comparison; computed where there is none")
    arguments = parser.parse_args()
    warm_up()
    with tempfile.TemporaryDirectory(prefix="mtss-stages-") as folder, silence():
        lines = measure(
            arguments.run_file, count=arguments.schools, folder=Path(folder), comparison=arguments.comparison
        )
    print("\n".join(lines))


def measure(run_file: Path, *, count: int, folder: Path, comparison: Path | None) -> list[str]:
    """Measure the stages and write them as lines."""
    run = read_run_file(run_file)
    state = open_state(run.data)
    given = comparison is not None
    started = now()
    comparison = comparison or folder / "comparison"
    if not given:
        write_comparison(prepare_comparison(state, settings=run.settings), comparison)
    comparison_seconds = now() - started
    schools = choose_schools(state, wanted=run.schools)
    notebooks = {name: run.notebooks_folder / f"{name}.ipynb" for name in run.notebooks}
    clock = Clock()
    for stage, function in find_functions():
        replace_everywhere(function, clock.wrap(stage, function))
    for number, school in enumerate([schools[0], *schools[:count]]):
        if number == 1:  # the first has paid for what is used for the first time
            clock.turn()
            clock.seconds.clear()
        parameters = {
            "run_file": str(run.path),
            "district_id": school.district_id,
            "school_id": school.school_id,
            "comparison_folder": str(comparison),
        }
        for notebook in notebooks.values():
            run_cells(notebook, parameters)
        clock.turn()
        kept = Counter(clock.seconds)
        work = folder / school.school_id
        hashes = hash_folder(comparison)
        inputs = gather_inputs(run=run, school=school, notebooks=notebooks, comparison=hashes, rendering={})
        task = SchoolTask(
            run=run, school=school, notebooks=notebooks, comparison=comparison, work=work,
            engine=choose_engine("auto"), narrative=None, inputs=inputs,
        )  # fmt: skip
        executed = [
            execute_notebook(notebook=path, parameters=parameters, out=work / path.name, time_limit_s=600).path
            for path in notebooks.values()
        ]
        clock.turn()
        clock.seconds = kept  # the notebooks have been counted once
        source = prepare.assemble_school(task, executed=executed)
        parsed = builtin._parse(source)  # noqa: SLF001 - one stage each
        builtin._write_html(source, parsed)  # noqa: SLF001 - see above
        builtin._write_pdf(source, parsed)  # noqa: SLF001 - see above
        clock.turn()
    order = [*list(STAGES)[:4], REST, *list(STAGES)[4:]]
    lines = [f"{stage:<32} {clock.seconds[stage] / count:6.3f} s a packet" for stage in order]
    lines.append(f"{'together':<32} {clock.seconds.total() / count:6.3f} s a packet")
    if not given:
        lines.append(f"{'comparison of all schools':<32} {comparison_seconds:6.3f} s a run of {len(schools)} schools")
    return lines


def find_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the functions of each stage: one that is named, or those of a package or module."""
    for stage, places in STAGES.items():
        for place in places:
            name, _, function = place.partition(":")
            module = importlib.import_module(name)
            if function:
                yield stage, getattr(module, function)
                continue
            inner = pkgutil.walk_packages(module.__path__, f"{name}.") if hasattr(module, "__path__") else ()
            for one in (module, *(importlib.import_module(found.name) for found in inner)):
                for called, value in vars(one).items():
                    if inspect.isfunction(value) and value.__module__ == one.__name__ and called[0] != "_":
                        yield stage, value


def replace_everywhere(function: Callable[..., Any], timed: Callable[..., Any]) -> None:
    """Put the timed function wherever a module of the kit holds the plain one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mtss_analysis"):
            for called, value in list(vars(module).items()):
                if value is function:
                    setattr(module, called, timed)


if __name__ == "__main__":
    main()
