"""One overview's share of a run, as a worker process does it: notebook and packet source."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mtss_analysis.disclosure.ids import IdScanner, check_files
from mtss_analysis.district.files import has_table
from mtss_analysis.district.read import read_table
from mtss_analysis.errors import DisclosureError
from mtss_analysis.findings.comparison import read_comparison
from mtss_analysis.findings.page_one import write_page_one
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.packet.assemble import assemble_packet
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.overview_tasks import OverviewTask
from mtss_analysis.packet.prepare import read_notes
from mtss_analysis.packet.source import PacketSource
from mtss_analysis.packet.tasks import Prepared
from mtss_analysis.packet.workers import Failure
from mtss_analysis.show import name_day
from mtss_analysis.show.naming import format_school_year

SUBJECT = "school or shared trend"


def prepare_overview(task: OverviewTask) -> Prepared:
    """Run an overview's notebook and assemble its packet source in ``<work>/packet``.

    Parameters
    ----------
    task : OverviewTask
        The overview.

    Returns
    -------
    Prepared
        A failing notebook is a Failure; the executed notebook stays in ``work``.
    """
    started = time.monotonic()
    shutil.rmtree(task.work, ignore_errors=True)
    try:
        execution = execute_notebook(
            notebook=task.notebook,
            parameters=task.parameters,
            out=task.work / task.notebook.name,
            time_limit_s=task.notebook_seconds,
            memory_limit_mb=task.memory_limit_mb,
            engine=task.engine,
        )
        if not execution.ok:
            failure = Failure(kind=execution.error_kind, line=execution.error_line, full=execution.error_full)
            return Prepared(source=failure, seconds=time.monotonic() - started)
        source = assemble_packet(
            executed=[execution.path],
            cover=write_page_one(read_notes(execution.path), subject=SUBJECT),
            folder=task.work / "packet",
            meta=_date(task),
            provenance=task.provenance,
        )
        _refuse_ids(source, task=task)
    except OSError:
        # A disk that is full has room for the other packets again.
        shutil.rmtree(task.work, ignore_errors=True)
        raise
    return Prepared(source=source, seconds=time.monotonic() - started)


def _date(task: OverviewTask) -> PacketMeta:
    """Fill in the latest year of the screenings, and how far a district's data reach."""
    years = []
    for folder in task.folders:
        if has_table(folder, table="screenings"):
            screenings = read_table(folder, table="screenings", columns=["school_year"])
            years.append(str(screenings["school_year"].max()))
    year = format_school_year(max(years)) if years else task.meta.school_year
    today = None
    if comparison := task.parameters.get("comparison_folder"):
        today = find_today(read_comparison(Path(comparison)), district_id=task.school.district_id)
    return replace(task.meta, school_year=year, date_of_data=name_day(today) if today else "")


def _refuse_ids(source: PacketSource, *, task: OverviewTask) -> None:
    scanner = IdScanner(sorted(set(_read_ids(task))))
    check_files([source.qmd, *sorted(source.folder.glob("tables/*.csv"))], scanner=scanner)
    # A school's id may equal a student's; what is read are the other words.
    texts = [
        value for record in source.records for name, value in record.items() if name not in {"district_id", "school_id"}
    ]
    words = "\n".join(text for text in texts if isinstance(text, str))
    if scanner.count(words):
        raise DisclosureError(
            "Student ids stand in the words of findings.json", next_step="Nothing was published; take the ids out"
        )


def _read_ids(task: OverviewTask) -> Iterator[str]:
    for folder in task.folders:
        yield from read_table(folder, table="enrollments", columns=["student_id"])["student_id"].astype("str")
