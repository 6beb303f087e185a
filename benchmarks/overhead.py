"""What an engine adds: executing notebooks against calling the same code directly in a warm process.

``python benchmarks/overhead.py [--run-file RUN.yml] [--schools N] [--comparison FOLDER]``

Both sides do the same schools and notebooks, in turns, each school once: a process that has just done a school holds
the widths of its texts, which a packet never finds there. A school before the first pays for what is used for the
first time, on both sides. Directly: the code of the cells, and the value of each formatted as a notebook holds it.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections import Counter
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
    parser.add_argument("--schools", type=int, default=4)
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
        notebooks = [run.notebooks_folder / f"{name}.ipynb" for name in run.notebooks]
        direct: Counter[str] = Counter()
        engine: Counter[str] = Counter()
        for number, school in enumerate(choose_schools(state, wanted=run.schools)[: arguments.schools + 1]):
            parameters = {
                "run_file": str(run.path),
                "district_id": school.district_id,
                "school_id": school.school_id,
                "comparison_folder": str(comparison),
            }
            for notebook in notebooks:
                one, other = time_both(notebook, parameters, out=folder / "out.ipynb")
                if number:
                    direct[notebook.stem] += one
                    engine[notebook.stem] += other
        print_ratio(direct, engine=engine, schools=arguments.schools)
        print(f"a notebook without content takes {1000 * time_empty(folder):.0f} ms")
    end_warm_parent()


def print_ratio(direct: Counter[str], *, engine: Counter[str], schools: int) -> None:
    """Print processor seconds of both sides, by notebook and together."""
    for name in direct:
        print(f"{name:<24}{direct[name] / schools:7.3f} s{engine[name] / schools:8.3f} s", flush=True)
    one, other = direct.total() / schools, engine.total() / schools
    print(f"directly {one:.2f} CPU s a school, warm engine {other:.2f}: {other / one:.3f} times as much")
    print(f"for each notebook the engine adds {1000 * (other - one) / len(direct):.0f} ms of CPU")


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
