"""What an engine adds: executing notebooks against calling the same code directly in a warm process.

``python benchmarks/overhead.py [--run-file RUN.yml] [--schools N] [--comparison FOLDER]``

Both sides do the same schools and notebooks, in turns; the smallest of several times is kept, since other work on the
machine only adds. Directly: the code of the cells, and the value of each formatted as a notebook holds it.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from cells import run_cells, silence

from mtss_analysis.district.state import open_state
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.packet.warm.parent import end_warm_parent
from mtss_analysis.packet.warm.warming import warm_up
from mtss_analysis.parameters import read_run_file

STAR = Path(__file__).resolve().parents[1] / "parameters" / "star.yml"


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description="What an engine adds to the analysis.")
    parser.add_argument("--run-file", type=Path, default=STAR)
    parser.add_argument("--schools", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--comparison", type=Path, help="folder of a comparison; computed where there is none")
    arguments = parser.parse_args()
    run = read_run_file(arguments.run_file)
    state = open_state(run.data)
    warm_up()
    with tempfile.TemporaryDirectory(prefix="mtss-overhead-") as name:
        folder = Path(name)
        comparison = arguments.comparison or folder / "comparison"
        if not comparison.is_dir():
            write_comparison(prepare_comparison(state, settings=run.settings), comparison)
        direct: list[float] = []
        engine: list[float] = []
        for school in choose_schools(state, wanted=run.schools)[: arguments.schools]:
            parameters = {
                "run_file": str(run.path),
                "district_id": school.district_id,
                "school_id": school.school_id,
                "comparison_folder": str(comparison),
            }
            for notebook in (run.notebooks_folder / f"{one}.ipynb" for one in run.notebooks):
                taken = [time_both(notebook, parameters, out=folder / "out.ipynb") for _ in range(arguments.turns + 1)]
                direct.append(min(first for first, _ in taken[1:]))
                engine.append(min(second for _, second in taken[1:]))
        print(f"directly:     {sum(direct):6.2f} CPU s for {len(direct)} notebooks")
        print(f"warm engine:  {sum(engine):6.2f} CPU s, {sum(engine) / sum(direct):.3f} times as much")
        print(f"for each notebook the engine adds {1000 * (sum(engine) - sum(direct)) / len(direct):.0f} ms of CPU")
        print(f"a notebook without content takes {1000 * time_empty(folder):.0f} ms")
    end_warm_parent()


def time_both(notebook: Path, parameters: dict[str, str], *, out: Path) -> tuple[float, float]:
    """Give the processor seconds of the code called directly, and of the engine with the notebook's process."""
    started = now()
    with silence():
        run_cells(notebook, parameters)
    direct = now() - started
    started = now()
    execution = execute_notebook(notebook=notebook, parameters=parameters, out=out, time_limit_s=600, engine="warm")
    if execution.usage is None:
        sys.exit(execution.error_full)
    return direct, now() - started + execution.usage.cpu_seconds


def time_empty(folder: Path, *, times: int = 20) -> float:
    """Give the wall seconds of a notebook with one empty parameter, in the middle of several."""
    cell = nbformat.v4.new_code_cell('nothing: str = ""', metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "empty.ipynb")
    return statistics.median(
        execute_notebook(
            notebook=folder / "empty.ipynb", parameters={}, out=folder / "out.ipynb", time_limit_s=60, engine="warm"
        ).seconds
        for _ in range(times)
    )


def now() -> float:
    """Processor seconds of this process."""
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
