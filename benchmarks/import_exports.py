"""Seconds and memory that importing a large export takes, beside those of reading it alone.

``python benchmarks/import_exports.py [--rows 500000] [--columns 60]``

The export has the shape of a one-test-a-row file with many columns that no mapping uses. Each measurement runs in a
process of its own: reading with Arrow, reading with pandas, the first import, and the same import again.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv

from mtss_analysis.district.imports import import_export
from mtss_analysis.parameters.mapping_files import read_mapping

SCHOOLS = 40
HEADERS = ["TermName", "DistrictName", "District_StateID", "SchoolName", "School_StateID", "StudentID", "Subject",
           "Course", "GrowthMeasureYN", "TestStartDate", "TestRITScore", "TestStandardError", "TestPercentile",
           "AchievementQuintile"]  # fmt: skip


def main() -> None:
    """Make the export, measure, and print one line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500_000, help="rows of the export")
    parser.add_argument("--columns", type=int, default=60, help="columns of the export")
    parser.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        started = time.perf_counter()
        STEPS[options.step](options.folder)
        print(json.dumps({"seconds": time.perf_counter() - started, "peak_mb": read_peak_mb()}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_export(folder / "export.csv", rows=options.rows, columns=options.columns)
        size = (folder / "export.csv").stat().st_size / 1e6
        print(f"{options.rows:,} rows, {options.columns} columns, {size:.0f} MB")
        for step in ("arrow", "pandas", "import", "again"):
            command = [sys.executable, __file__, "--step", step, "--folder", name]
            ended = subprocess.run(command, capture_output=True, text=True, check=True)
            measured = json.loads(ended.stdout.splitlines()[-1])
            print(f"{step:8} {measured['seconds']:7.1f} s {measured['peak_mb']:8.0f} MB")


def write_export(path: Path, *, rows: int, columns: int) -> None:
    """Write an export of invented students, each tested in two subjects and three terms."""
    rng = np.random.default_rng(1)
    student = np.arange(rows) // 6
    school = student % SCHOOLS
    subject = np.where(np.arange(rows) % 2 == 0, "Mathematics", "Language Arts")
    term = np.array(["Fall 2024-2025", "Winter 2024-2025", "Spring 2024-2025"])[np.arange(rows) // 2 % 3]
    cells = {
        "TermName": term,
        "DistrictName": "Hill District",
        "District_StateID": "0700",
        "SchoolName": np.char.add("School ", school.astype(str)),
        "School_StateID": np.char.zfill(school.astype(str), 4),
        "StudentID": np.char.zfill(student.astype(str), 7),
        "Subject": subject,
        "Course": np.where(subject == "Mathematics", "Math K-12", "Reading"),
        "GrowthMeasureYN": "TRUE",
        "TestStartDate": np.char.add(np.char.add("09/", (1 + student % 28).astype(str)), "/2024"),
        "TestRITScore": rng.integers(140, 280, rows),
        "TestStandardError": rng.integers(28, 45, rows) / 10,
        "TestPercentile": rng.integers(1, 100, rows),
        "AchievementQuintile": "Avg",
    }
    unused = {f"Goal{number}": rng.integers(140, 280, rows) for number in range(columns - len(HEADERS))}
    pd.DataFrame({**{name: cells[name] for name in HEADERS}, **unused}).to_csv(path, index=False)


def read_peak_mb() -> float:
    """Read this process's own peak of resident memory; ``ru_maxrss`` would include that of the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_with_arrow(folder: Path) -> None:
    """Read the export with Arrow, on one thread, as text."""
    options = pyarrow.csv.ReadOptions(use_threads=False)
    pyarrow.csv.read_csv(folder / "export.csv", read_options=options)


def read_with_pandas(folder: Path) -> None:
    """Read the export with pandas, as text."""
    pd.read_csv(folder / "export.csv", dtype="str")


def import_it(folder: Path) -> None:
    """Import the export into a folder of its own."""
    mapping = read_mapping("nwea_map_growth")
    result = import_export(
        folder / "export.csv", mapping=mapping, folder=folder / "district", tables=["schools", "screenings"]
    )
    if result.stopped:
        raise SystemExit("the import was stopped")


STEPS = {"arrow": read_with_arrow, "pandas": read_with_pandas, "import": import_it, "again": import_it}

if __name__ == "__main__":
    main()
