"""Write simulated districts: each school's large tables as a Parquet file of its own, the small tables as CSV."""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mtss_analysis.district.files import PARTITION
from mtss_analysis.district.schema import FieldType, read_schema
from mtss_analysis.district.simulate.district_plan import DistrictPlan, plan_district
from mtss_analysis.district.simulate.simulate import (
    DISTRICT_TABLES,
    SimulatedSchool,
    choose_tables,
    describe_plan,
    draw_whole_tables,
    simulate_zone,
)
from mtss_analysis.district.simulate.sizes import Sizes
from mtss_analysis.district.simulate.truth_record import record_truth
from mtss_analysis.district.simulate.truths import Truths
from mtss_analysis.errors import ParameterError, Place

WHOLE_TABLES = ("schools", "staff", *DISTRICT_TABLES)
"""Tables written as one CSV file; all others have a Parquet file per school."""
STORED_TYPES: dict[FieldType, pa.DataType] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def write_district(
    folder: Path,
    *,
    sizes: Sizes | None = None,
    truths: Truths | None = None,
    tables: Sequence[str] | None = None,
    workers: int = 0,
    report: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Draw districts and write them school by school, so that memory does not grow with their number.

    Parameters
    ----------
    folder : Path
        District folder, or state folder where there are several districts; made where it is not there.
    sizes : Sizes or None
        Sizes and seed; None: the default district.
    truths : Truths or None
        What is planted; None: every truth at its usual size.
    tables : sequence of str or None
        Tables to draw; None: all.
    workers : int
        Processes that work at the same time; 0: as many as there are processors. What is written does not depend on it.
    report : callable or None
        Called with the schools written so far and in all.

    Returns
    -------
    tuple of Path
        The district folders, each with ``truth.json``.

    Raises
    ------
    ParameterError
        The folder is there and not empty, or a table is not drawn.
    """
    sizes, truths = sizes or Sizes(), truths or Truths()
    wanted = choose_tables(tables)
    refuse_full_folder(folder)
    plans = [plan_district(sizes=sizes, truths=truths, district=district) for district in range(sizes.districts)]
    folders = [folder if sizes.districts == 1 else folder / plan.district_id for plan in plans]
    zones = [(at, zone) for at, plan in enumerate(plans) for zone in plan.zones]
    for one in folders:
        one.mkdir(parents=True, exist_ok=True)
    written = 0
    schools: dict[int, list[SimulatedSchool]] = {at: [] for at in range(len(plans))}
    tasks = [(sizes, truths, wanted, folders[at], at, zone) for at, zone in zones]
    left = {at: len(plan.zones) for at, plan in enumerate(plans)}
    for (at, _), part in zip(zones, _run(tasks, workers=workers), strict=True):
        schools[at] += part
        written += len(part)
        left[at] -= 1
        if left[at] == 0:
            _write_whole(plans[at], folder=folders[at], truths=truths, wanted=wanted, schools=schools.pop(at))
        if report is not None:
            report(written, sizes.schools)
    return tuple(folders)


def refuse_full_folder(folder: Path) -> None:
    """Raise where the folder holds something, which is not to be mixed with what is drawn.

    Raises
    ------
    ParameterError
        The folder is a file, or is not empty.
    """
    if folder.is_file():
        raise ParameterError(
            f"{folder.name} is a file", next_step="Name a folder that is new or empty", place=Place(file=folder)
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise ParameterError(
            "The folder is not empty", next_step="Name a new folder, or empty this one", place=Place(file=folder)
        )


def write_table(frame: pd.DataFrame, *, table: str, folder: Path, school_id: str | None = None) -> Path:
    """Write a table, or one school's part of it, so that equal rows give equal bytes.

    Parameters
    ----------
    frame : DataFrame
        Rows of the table.
    table : str
        Its name.
    folder : Path
        District folder.
    school_id : str or None
        The school whose part it is, written as Parquet without the column ``school_id``; None: the whole table, as CSV.

    Returns
    -------
    Path
        The file.
    """
    if school_id is None:
        path = folder / f"{table}.csv"
        frame.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")
        return path
    schema = read_schema(table)
    rows = frame.drop(columns="school_id", errors="ignore")
    types = pa.schema([(name, STORED_TYPES[schema.field(name).type]) for name in rows.columns])
    path = folder / table / f"{PARTITION}{quote(school_id, safe=' ')}" / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = pa.Table.from_pandas(rows, schema=types, preserve_index=False, nthreads=1).replace_schema_metadata(None)
    pq.write_table(stored, path, compression="zstd", store_schema=False, write_statistics=False)
    return path


_Task = tuple[Sizes, Truths, frozenset[str], Path, int, int]


def _run(tasks: Sequence[_Task], *, workers: int) -> Iterator[list[SimulatedSchool]]:
    count = min(workers or os.cpu_count() or 1, len(tasks))
    if count <= 1:
        yield from map(_write_zone, tasks)
        return
    # A fresh process for each worker: a fork of one that has read Parquet would copy threads it does not own.
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_write_zone, tasks)


def _write_zone(task: _Task) -> list[SimulatedSchool]:
    """Draw and write the schools of a zone; what comes back holds the rows of the small tables alone."""
    pa.set_cpu_count(1)
    sizes, truths, wanted, folder, district, zone = task
    plan = plan_district(sizes=sizes, truths=truths, district=district)
    kept = []
    for school in simulate_zone(plan, zone=zone, truths=truths, wanted=wanted):
        for name, frame in school.tables.items():
            if name not in WHOLE_TABLES:
                write_table(frame, table=name, folder=folder, school_id=school.planned.school_id)
        small = {name: frame for name, frame in school.tables.items() if name in WHOLE_TABLES}
        kept.append(replace(school, tables=small))
    return kept


def _write_whole(
    plan: DistrictPlan, *, folder: Path, truths: Truths, wanted: frozenset[str], schools: list[SimulatedSchool]
) -> None:
    for name in ("schools", "staff"):
        if name in wanted:
            frame = pd.concat([school.tables[name] for school in schools], ignore_index=True)
            write_table(frame, table=name, folder=folder)
    for name, frame in draw_whole_tables(plan, truths=truths, wanted=wanted, schools=schools).items():
        write_table(frame, table=name, folder=folder)
    counts = {school.planned.school_id: school.counts for school in schools}
    truth: dict[str, Any] = record_truth(plan, truths=truths, counts=counts)
    truth |= describe_plan(plan, truths=truths, schools=schools)
    text = json.dumps(truth, indent=1, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
