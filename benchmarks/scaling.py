"""How a run grows with its schools: processor time, peak memory, an unchanged second run, and a second worker.

``python benchmarks/scaling.py [--run-file RUN.yml] [--sizes 20 400] [--sample N]``
``python benchmarks/scaling.py --sizes 30 --workers 1 2``

For each size a state of that many schools is laid out from the run's own districts, taken again under new ids where
there are too few. What a run does once, its groundwork, is measured whole; what it does for each school on a sample,
from which the whole is reckoned: groundwork and the first packet, then so much for each further one. The sample is of
schools that the smallest of the states has, the same for every size, with their districts' overviews where all schools
of a district are in it. ``--sample 0`` makes every packet.

With several numbers of workers, each makes every packet and overview of the state from nothing, in this order and
then in the opposite one, on a machine that does nothing else: times are by the clock.
"""

import argparse
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from mtss_analysis.district.state import State, open_state
from mtss_analysis.packet.schools import choose_schools
from mtss_analysis.parameters import RunFile, read_run_file

STAR = Path(__file__).resolve().parents[1] / "parameters" / "star.yml"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a command used, its children included: seconds and the memory of the largest process, megabytes."""

    wall: float
    processor: float
    memory_mb: float


def main() -> None:
    """Measure every size and print the slopes."""
    parser = argparse.ArgumentParser(description="How a run grows with its schools.")
    parser.add_argument("--run-file", type=Path, default=STAR)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 400], help="schools of the state")
    parser.add_argument("--sample", type=int, default=6, help="schools whose packets are made; 0: all")
    parser.add_argument("--workers", type=int, nargs="+", default=[1], help="several: compare them")
    arguments = parser.parse_args()
    run = read_run_file(arguments.run_file)
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="mtss-scaling-") as folder:
            if len(arguments.workers) > 1:
                compare_workers(run, size=size, workers=arguments.workers, folder=Path(folder))
            else:
                (workers,) = arguments.workers
                smallest = min(arguments.sizes)
                measure_size(
                    run, size=size, smallest=smallest, sample=arguments.sample, workers=workers, folder=Path(folder)
                )


def measure_size(run: RunFile, *, size: int, smallest: int, sample: int, workers: int, folder: Path) -> None:
    """Lay out a state of a size, run it and print what that took; the sample is of the smallest state's schools."""
    run_file = lay_out(run, size=size, folder=folder)
    state = open_state(read_run_file(run_file).data)
    schools = [school.key for school in choose_schools(state)]
    count = min(sample or len(schools), len(schools))
    sampled = [key for key in schools if key in list_first(run, size=smallest)] if sample else schools
    chosen = [sampled[place * len(sampled) // count] for place in range(count)]
    one, some = [chosen[0]], chosen
    first = call(run_file, schools=one, workers=1)
    again = call(run_file, schools=one, workers=1, force=True)
    many = call(run_file, schools=some, workers=workers, force=True)
    same_one, same = call(run_file, schools=one, workers=1), call(run_file, schools=some, workers=1)
    each = (many.processor - again.processor) / max(len(some) - 1, 1)
    groundwork = first.processor - again.processor
    whole = again.processor + groundwork + each * (len(schools) - 1)
    same_whole = same_one.processor + (same.processor - same_one.processor) * (len(schools) - 1) / max(len(some) - 1, 1)
    print(
        f"{len(schools):4d} schools: groundwork {groundwork:.1f} CPU s, a packet {each:.2f} CPU s, "
        f"together {whole:.0f} CPU s or {whole / len(schools):.2f} a school; largest process {many.memory_mb:.0f} MB, "
        f"with the groundwork {first.memory_mb:.0f} MB; where nothing has changed {same_whole:.1f} CPU s "
        f"({100 * same_whole / whole:.1f} %)",
        flush=True,
    )


def compare_workers(run: RunFile, *, size: int, workers: Sequence[int], folder: Path) -> None:
    """Make everything with each number of workers, twice, and print how much sooner it is done."""
    run_file = lay_out(run, size=size, folder=folder)
    used: dict[int, list[Used]] = {count: [] for count in workers}
    for count in (*workers, *reversed(workers)):
        shutil.rmtree(folder / "reports", ignore_errors=True)
        used[count].append(call(run_file, schools=[], workers=count))
    first = statistics.mean(one.wall for one in used[workers[0]])
    for count, times in used.items():
        wall = statistics.mean(one.wall for one in times)
        each = " and ".join(f"{one.wall:.1f}" for one in times)
        processor = statistics.mean(one.processor for one in times)
        faster = f", {first / wall:.2f} times as fast as {workers[0]}" if count != workers[0] else ""
        print(f"{count} workers: {each} s by the clock, {processor:.0f} CPU s{faster}", flush=True)


def lay_out(run: RunFile, *, size: int, folder: Path) -> Path:
    """Write a project whose state has so many schools; districts are links to the run's own, or copies with new ids."""
    state = open_state(run.data)
    data = folder / "data"
    data.mkdir()
    (folder / "notebooks").symlink_to(run.notebooks_folder, target_is_directory=True)
    (folder / "parameters").mkdir()
    text = run.path.read_text(encoding="utf-8").splitlines()
    own = ("data:", "reports:", "notebooks_folder:", "schools:", "student_ids:")
    kept = [line for line in text if not line.startswith(own)]
    run_file = folder / "parameters" / run.path.name
    run_file.write_text(
        "\n".join([*kept, "data: ../data", "schools: all", "student_ids: district", ""]), encoding="utf-8"
    )
    there = turn = 0
    while there < size:
        for district_id, source in state.folders.items():
            if there >= size:
                break
            name = district_id if turn == 0 else f"{district_id}x{turn}"
            if turn == 0:
                (data / name).symlink_to(source, target_is_directory=True)
            else:
                copy_district(source, data / name, district_id=name)
            there += count_schools(state, district_id=district_id)
        turn += 1
    return run_file


def list_first(run: RunFile, *, size: int) -> set[str]:
    """List the schools of the districts that a state of this size is laid out from, before any is taken again."""
    state = open_state(run.data)
    found: set[str] = set()
    for district_id in state.folders:
        if len(found) >= size:
            break
        own = state.roster.loc[state.roster["district_id"] == district_id, "school_id"].unique()
        found |= {f"{district_id}/{school_id}" for school_id in own}
    return found


def count_schools(state: State, *, district_id: str) -> int:
    """Count the schools of a district."""
    return int((state.roster["district_id"] == district_id).sum())


def copy_district(source: Path, target: Path, *, district_id: str) -> None:
    """Copy a district under another id; its schools keep theirs, which only need to differ within a district."""
    shutil.copytree(source, target)
    for path in target.glob("schools.parquet"):
        table = pq.read_table(path)
        place = table.schema.get_field_index("district_id")
        pq.write_table(table.set_column(place, "district_id", [[district_id] * table.num_rows]), path)
    for path in target.glob("schools.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows({**row, "district_id": district_id} for row in rows)


def call(run_file: Path, *, schools: list[str], workers: int, force: bool = False) -> Used:
    """Run ``mtss run`` and read what it used."""
    command = [sys.executable, "-m", "mtss_analysis.cli", "run", str(run_file), "--workers", str(workers)]
    command += [word for school in schools for word in ("--school", school)]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, *(["--force"] if force else [])], env={**os.environ, **ONE_THREAD}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"mtss run ended with exit code {process.returncode}")
    return Used(
        wall=time.monotonic() - started,
        processor=usage.ru_utime + usage.ru_stime,
        memory_mb=usage.ru_maxrss / 1024,
    )


if __name__ == "__main__":
    main()
