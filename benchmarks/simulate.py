"""Time, memory and size of simulated districts, and whether time grows with the number of students alone.

``python benchmarks/simulate.py [--students N ...] [--students-per-school N] [--workers N] [--folder FOLDER]``

Each size is written to a folder of its own, measured and deleted.
"""

import argparse
import resource
import shutil
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from mtss_analysis.district.simulate import Sizes, simulate_district, write_district


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What writing one district took: wall and processor seconds (all processes), rows and bytes."""

    schools: int
    students: int
    wall: float
    processor: float
    rows: int
    size: int

    def __str__(self) -> str:
        """Write the rates."""
        return (
            f"{self.students:>9,} students {self.schools:>6,} schools: {self.wall:7.1f} s wall, "
            f"{self.processor:7.1f} s processor, {1000 * self.processor / self.schools:5.0f} ms a school, "
            f"{self.rows / 1e6:7.2f} million rows, {self.rows / self.wall / 1e6:5.2f} million rows a second, "
            f"{self.size / 1e6:7.0f} MB"
        )


def main() -> None:
    """Measure each size and print ratios."""
    parser = argparse.ArgumentParser(description="Measure the simulation.")
    parser.add_argument("--students", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--students-per-school", type=int, default=500)
    parser.add_argument("--workers", type=int, default=0, help="0: as many as there are processors")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; a temporary folder otherwise")
    asked = parser.parse_args()
    began = time.perf_counter()
    simulate_district(Sizes(students=2000, schools=4), tables={"screenings"})
    print(f"2,000 students, 4 schools, 3 years, screenings alone, in memory: {time.perf_counter() - began:.2f} s")
    measured = []
    for students in asked.students:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            schools = max(students // asked.students_per_school, 1)
            written = measure(Path(folder) / "written", students=students, schools=schools, workers=asked.workers)
        measured.append(written)
        print(written, flush=True)
    for small, large in pairwise(measured):
        growth = (large.processor / small.processor) / (large.students / small.students)
        print(f"{large.students:,} against {small.students:,}: {growth:.2f} of the processor time a student")
    print(f"largest memory of one process: {peak_megabytes():,.0f} MB")


def measure(folder: Path, *, students: int, schools: int, workers: int) -> Written:
    """Write districts of about 200 schools each and measure it."""
    sizes = Sizes(students=students, schools=schools, districts=max(schools // 200, 1))
    before, began = processor_seconds(), time.perf_counter()
    write_district(folder, sizes=sizes, workers=workers)
    wall, processor = time.perf_counter() - began, processor_seconds() - before
    files = [path for path in folder.rglob("*") if path.is_file()]
    rows = sum(pq.read_metadata(path).num_rows for path in files if path.suffix == ".parquet")
    size = sum(path.stat().st_size for path in files)
    shutil.rmtree(folder)
    return Written(schools=schools, students=students, wall=wall, processor=processor, rows=rows, size=size)


def processor_seconds() -> float:
    """Processor time of this process and its children so far."""
    return sum(
        resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def peak_megabytes() -> float:
    """Largest resident memory of this process or one of its children."""
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(peaks) / 1024


if __name__ == "__main__":
    main()
