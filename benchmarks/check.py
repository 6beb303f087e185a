"""Processor seconds and peak memory of a check of five million rows, beside those of reading alone, on one core.

``python benchmarks/check.py [--rows N] [--format csv,parquet] [--keep FOLDER]``

A district is made from arithmetic and a seed: ten tables, two thirds of the rows in attendance and screenings. Each
measurement is a process of its own, bound to one core: reading all tables with pyarrow, reading them with pandas
(ids as text, dates as dates), checking them with every rule, and checking with the report written.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
WAYS = ("pyarrow", "pandas", "check", "report")
YEARS = ("2023-24", "2024-25")
ROWS_PER_STUDENT = 25


def main() -> None:
    """Make the district, measure each way in each format, and print a table."""
    arguments = read_arguments()
    if arguments.measure:
        measure(arguments.measure, folder=Path(arguments.keep))
        return
    with tempfile.TemporaryDirectory() as scratch:
        for form in arguments.format.split(","):
            folder = Path(arguments.keep or scratch) / form
            rows = make_district(folder, rows=arguments.rows, form=form)
            print(f"{form}: {rows:,} rows, {sum(file.stat().st_size for file in folder.iterdir()) / 1e6:,.0f} MB")
            seconds = {}
            for way in WAYS:
                seconds[way], memory = run_measurement(way, folder=folder)
                print(f"  {way:8} {seconds[way]:6.1f} s  {memory:5.2f} GB")
            print(
                f"  check is {seconds['check'] / seconds['pyarrow']:.1f} times pyarrow "
                f"and {seconds['check'] / seconds['pandas']:.1f} times pandas"
            )


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--format", default="csv,parquet")
    parser.add_argument("--keep", help="folder for the tables; by default they are removed")
    parser.add_argument("--measure", choices=WAYS, help=argparse.SUPPRESS)
    return parser.parse_args()


def run_measurement(way: str, *, folder: Path) -> tuple[float, float]:
    """Give seconds and gigabytes of one way, in a process of its own."""
    command = [sys.executable, __file__, "--measure", way, "--keep", str(folder)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})
    seconds, memory = ended.stdout.split()
    return float(seconds), float(memory)


def measure(way: str, *, folder: Path) -> None:
    """Print the processor seconds and gigabytes of one way; imports are not counted."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import pyarrow as pa  # noqa: PLC0415 - after the process is bound to its core
    import pyarrow.csv as arrow_csv  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    from mtss_analysis.district.check import check_tables  # noqa: PLC0415
    from mtss_analysis.district.check_report import write_report  # noqa: PLC0415

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    files = sorted(folder.iterdir())
    start = time.process_time()
    if way == "pyarrow":
        options = arrow_csv.ReadOptions(use_threads=False)
        tables = [
            arrow_csv.read_csv(file, read_options=options) if file.suffix == ".csv" else pq.read_table(file)
            for file in files
        ]
        del tables
    elif way == "pandas":
        frames = [read_with_pandas(file) for file in files]
        del frames
    else:
        found = check_tables(folder)
        if found.kinds:
            raise SystemExit(f"the district is not clean: {found.kinds[0]}")
        if way == "report":
            with tempfile.TemporaryDirectory() as report:
                write_report(found, folder=folder, report=Path(report))
    seconds = time.process_time() - start
    print(seconds, peak_memory())


def read_with_pandas(file: Path) -> pd.DataFrame:
    """Read a table as the data model has it: ids and codes as text, dates as dates."""
    from mtss_analysis.district import read_schema  # noqa: PLC0415 - as above

    if file.suffix == ".parquet":
        return pd.read_parquet(file)
    there = pd.read_csv(file, nrows=0).columns
    fields = [field for field in read_schema(file.stem).fields if field.name in there]
    text = {field.name: "str" for field in fields if field.type == "string"}
    return pd.read_csv(file, dtype=text, parse_dates=[field.name for field in fields if field.type == "date"])


def peak_memory() -> float:
    """Give the gigabytes that this process held at its peak; what it was forked from does not count."""
    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = [line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def make_district(folder: Path, *, rows: int, form: str) -> int:
    """Write the tables; give the number of rows, which is close to what was asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, frame in make_tables(students=rows // ROWS_PER_STUDENT).items():
        written += len(frame)
        if form == "csv":
            frame.to_csv(folder / f"{name}.csv", index=False)
        else:
            typed = frame.copy()
            for column in typed.columns:
                if "date" in column:
                    typed[column] = pd.to_datetime(typed[column])
            typed.to_parquet(folder / f"{name}.parquet", index=False)
    return written


def make_tables(*, students: int) -> dict[str, pd.DataFrame]:
    """Make a clean district; of each student, 25 rows in all tables together."""
    random = np.random.default_rng(20250902)
    student = np.array([f"{number:07d}" for number in range(students)], dtype=object)
    school_of = np.array([f"{number:04d}" for number in range(max(students // 500, 1))], dtype=object)
    school = school_of[np.arange(students) % len(school_of)]
    grade = random.integers(1, 8, students)
    sessions = pd.concat(
        [
            pd.DataFrame({"school_id": school_of, "school_year": year}).assign(
                school_name=lambda frame: "School " + frame["school_id"],
                district_id="D1",
                district_name="Large",
                level="elementary",
                implementation_start_year="2022-23",
            )
            for year in YEARS
        ]
    )
    staff = pd.concat(
        [
            pd.DataFrame({"staff_id": "T" + pd.Series(school_of), "school_id": school_of, "school_year": year}).assign(
                role="teacher", fte=1.0, years_experience=5 + later
            )
            for later, year in enumerate(YEARS)
        ]
    )
    enrollments = pd.concat(
        [
            pd.DataFrame({"student_id": student, "school_id": school, "school_year": year}).assign(
                grade=(grade + later).astype(str),
                classroom_id=school + "-" + (grade + later).astype(str),
                teacher_id="T" + school,
                entry_date=f"{year[:4]}-09-03",
                sex=np.where(np.arange(students) % 2, "female", "male"),
                race_ethnicity=random.choice(["white", "black", "hispanic", "asian"], students),
                english_learner=np.where(random.random(students) < 0.1, "yes", "no"),
            )
            for later, year in enumerate(YEARS)
        ]
    )
    attendance = _repeat(student, school, times=10)
    month = np.tile(["08", "09", "10", "11", "12", "01", "02", "03", "04", "05"], students)
    attendance["school_year"] = "2024-25"
    attendance["month"] = np.where(month > "06", "2024-", "2025-") + month
    attendance["days_enrolled"] = 18
    attendance["days_absent"] = random.poisson(1, len(attendance)).clip(max=18)
    attendance["days_suspended"] = 0
    screenings = _repeat(student, school, times=6)
    windows = np.tile(np.arange(6) % 3, students)
    year = np.tile(np.arange(6) // 3, students)
    first = np.array(["2023-09-11", "2024-01-16", "2024-05-06"], dtype="datetime64[D]")[windows]
    day = first + year * 364 + random.integers(0, 12, len(screenings))
    screenings = screenings.assign(
        school_year=np.array(YEARS)[year],
        window=np.array(["fall", "winter", "spring"])[windows],
        measure="oral_reading",
        domain="reading",
        date=day.astype(str),
        score=random.normal(200 + 5 * windows, 15).round(1),
        cut_score=190 + 5 * windows + 10 * (np.repeat(grade, 6) + year),
        percentile=random.integers(1, 100, len(screenings)),
    )
    progress = _repeat(student, school, times=4).drop(columns="school_id")
    week = np.tile(np.arange(4), students)
    progress = progress.assign(
        measure="cbm",
        date=(np.datetime64("2024-10-07") + 7 * week).astype(str),
        intervention_id="I1",
        score=random.poisson(60, len(progress)),
        goal=80,
    )
    one_each = pd.DataFrame({"student_id": student, "school_id": school})
    return {
        "schools": sessions,
        "staff": staff,
        "enrollments": enrollments,
        "attendance": attendance,
        "screenings": screenings,
        "progress": progress,
        "interventions": pd.DataFrame({"intervention_id": ["I1"], "name": ["Groups"], "assignment": ["selected"]}),
        "services": one_each.assign(
            intervention_id="I1", start_date="2024-09-16", end_date="2025-05-16", minutes_planned=900,
            minutes_delivered=random.integers(500, 900, students), provider_id="T" + school,
        ),
        "tiers": one_each.assign(domain="reading", start_date="2024-09-16", end_date="2025-05-16", tier="2"),
        "referrals": one_each.assign(
            referral_id=[f"R{number}" for number in range(students)],
            date=(np.datetime64("2024-10-07") + random.integers(0, 5, students)).astype(str),
            time="10:15", location="hall", behavior="defiance", level="minor",
        ),
    }  # fmt: skip


def _repeat(student: np.ndarray, school: np.ndarray, *, times: int) -> pd.DataFrame:
    return pd.DataFrame({"student_id": np.repeat(student, times), "school_id": np.repeat(school, times)})


if __name__ == "__main__":
    main()
