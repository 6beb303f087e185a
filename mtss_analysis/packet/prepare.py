"""One school's share of a run, as a worker process does it: notebooks, packet source, rendering."""

import functools
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from mtss_analysis import __version__
from mtss_analysis.disclosure.ids import IdScanner, check_files
from mtss_analysis.district.district import District, open_district
from mtss_analysis.district.files import has_table
from mtss_analysis.errors import DisclosureError, RenderError
from mtss_analysis.findings.comparison import read_comparison
from mtss_analysis.findings.page_one import write_page_one
from mtss_analysis.findings.plan.days import find_today
from mtss_analysis.findings.school import name_time
from mtss_analysis.findings.since_last import Change, find_changes
from mtss_analysis.packet.assemble import assemble_packet
from mtss_analysis.packet.execute import execute_notebook
from mtss_analysis.packet.manifest import list_provenance
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.render import Renderer, RendererName, choose_renderer
from mtss_analysis.packet.source import PacketSource
from mtss_analysis.packet.tasks import Prepared, Rendered, RenderTask, SchoolTask
from mtss_analysis.packet.workers import Failure
from mtss_analysis.show import name_day
from mtss_analysis.show.display import MTSS_MIME
from mtss_analysis.show.naming import format_school_year

_WINDOWS = ("fall", "winter", "spring")


def prepare_school(task: SchoolTask) -> Prepared:
    """Run a school's notebooks and assemble its packet source in ``<work>/packet``.

    Parameters
    ----------
    task : SchoolTask
        The school and what it is compared with.

    Returns
    -------
    Prepared
        A failing notebook is a Failure; the executed notebooks stay in ``work``.
    """
    try:
        return _prepare(task)
    except OSError:
        # A disk that is full has room for the other schools again.
        shutil.rmtree(task.work, ignore_errors=True)
        raise


def _prepare(task: SchoolTask) -> Prepared:
    started = time.monotonic()
    shutil.rmtree(task.work, ignore_errors=True)
    executed: list[Path] = []
    for name, notebook in task.notebooks.items():
        execution = execute_notebook(
            notebook=notebook,
            parameters={
                "run_file": str(task.run.path),
                "district_id": task.school.district_id,
                "school_id": task.school.school_id,
                "comparison_folder": str(task.comparison),
            },
            out=task.work / f"{name}.ipynb",
            time_limit_s=task.run.notebook_seconds,
            memory_limit_mb=task.run.memory_limit_mb,
            engine=task.engine,
        )
        if not execution.ok:
            failure = Failure(kind=execution.error_kind, line=execution.error_line, full=execution.error_full)
            return Prepared(source=failure, seconds=time.monotonic() - started)
        executed.append(execution.path)
    source = assemble_school(task, executed=executed)
    return Prepared(source=source, seconds=time.monotonic() - started)


def render_packets(task: RenderTask) -> list[Rendered]:
    """Render packets into their folders.

    Parameters
    ----------
    task : RenderTask
        The packets and how to render them.

    Returns
    -------
    list of Rendered
        One for each packet, in order.
    """
    results = _keep_renderer(task.renderer).render(task.sources, task.formats)
    return [Rendered(failure=_as_failure(result.error), seconds=result.seconds) for result in results]


def assemble_school(task: SchoolTask, *, executed: Sequence[Path]) -> PacketSource:
    """Assemble a school's packet source from its executed notebooks.

    Parameters
    ----------
    task : SchoolTask
        The school.
    executed : sequence of Path
        Its executed notebooks, in the order of the packet.

    Returns
    -------
    PacketSource
        In ``<work>/packet``.

    Raises
    ------
    RenderError
        The notebooks do not make a packet.
    DisclosureError
        A student id would be published.
    """
    school = task.school
    tables = [name for name in ("enrollments", "screenings") if has_table(school.folder, table=name)]
    district = open_district(school.folder, school_id=school.school_id, tables=tables)
    meta = _describe_packet(task, district=district)
    notes = [note for path in executed for note in read_notes(path)]
    source = assemble_packet(
        executed=executed,
        cover=write_page_one(notes, changes=_find_changes(task, executed=executed)),
        folder=task.work / "packet",
        meta=meta,
        narrative=task.narrative,
        provenance=list_provenance(task.inputs),
    )
    # What is rendered comes of these files alone; a count in a record may equal an id, so there the words are read.
    scanner = IdScanner(district.table("enrollments")["student_id"].unique())
    check_files([source.qmd, *sorted(source.folder.glob("tables/*.csv"))], scanner=scanner)
    words = "\n".join(value for record in source.records for value in record.values() if isinstance(value, str))
    if scanner.count(words):
        raise DisclosureError(
            "Student ids stand in the words of findings.json", next_step="Nothing was published; take the ids out"
        )
    return source


def _find_changes(task: SchoolTask, *, executed: Sequence[Path]) -> list[Change] | None:
    """Compare with the school's earlier packet; None where there is none."""
    if task.previous is None:
        return None
    try:
        previous = json.loads(task.previous.read_text(encoding="utf-8"))
        rate = task.run.settings.false_discovery_rate
        payloads = [payload for path in executed for payload in _read_payloads(path)]
        current = [record for payload in payloads for record in payload.get("records", ())]
        return find_changes(previous, current, false_discovery_rate=rate)
    except (ValueError, KeyError, TypeError) as error:
        raise RenderError(
            f"the earlier packet's findings.json cannot be read ({type(error).__name__}: {error})",
            next_step=f"Make that packet again, or take `previous` out of {task.run.path.name}",
        ) from error


def read_notes(executed: Path) -> list[dict[str, Any]]:
    """Read what an executed notebook offers for page one.

    Parameters
    ----------
    executed : Path
        An executed notebook.

    Returns
    -------
    list of dict
        The notes of its RecordSets, in order.
    """
    return [dict(note) for payload in _read_payloads(executed) for note in payload.get("notes", ())]


def _read_payloads(executed: Path) -> list[dict[str, Any]]:
    cells = nbformat.read(executed, as_version=4).cells  # type: ignore[no-untyped-call]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return [output.get("data", {}).get(MTSS_MIME, {}) for output in outputs]


def _describe_packet(task: SchoolTask, *, district: District) -> PacketMeta:
    school = task.school
    year = district.years[-1]
    return PacketMeta(
        title=task.run.title,
        school_name=school.school_name,
        district_name=school.district_name,
        school_year=format_school_year(year),
        date_of_data=_find_date_of_data(task, district=district),
        district_id=school.district_id,
        school_id=school.school_id,
        kit_version=__version__,
        implementation_year=_find_implementation_year(district, school_id=school.school_id),
        language=task.run.language,
    )


def _find_date_of_data(task: SchoolTask, *, district: District) -> str:
    """Say how far the data reach: the day by which plans are read, or the newest window where no dates are kept."""
    today = find_today(read_comparison(task.comparison), district_id=task.school.district_id)
    if today is not None:
        return name_day(today)
    if not district.has("screenings"):
        return ""
    screenings = district.table("screenings")
    if screenings.empty:
        return ""
    last_year = screenings.loc[screenings["school_year"] == screenings["school_year"].max()]
    window = max(last_year["window"], key=_WINDOWS.index)
    return name_time(school_year=str(last_year["school_year"].iloc[0]), window=window)


def _find_implementation_year(district: District, *, school_id: str) -> str:
    roster = district.roster.loc[district.roster["school_id"] == school_id]
    start = roster.sort_values("school_year")["implementation_start_year"].dropna()
    if start.empty:
        return ""
    year = int(district.years[-1][:4]) - int(start.iloc[-1][:4]) + 1
    return f"implementation year {year}" if year > 0 else ""


@functools.cache
def _keep_renderer(name: RendererName) -> Renderer:
    return choose_renderer(name)


def _as_failure(error: RenderError | None) -> Failure | None:
    return None if error is None else Failure(kind=type(error).__name__, line=str(error), full=str(error))
