"""State roll-up: the published findings of several runs put together, without a student's row."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import mtss_analysis
from mtss_analysis import __version__
from mtss_analysis.district.hashes import hash_file
from mtss_analysis.errors import DataError, ParameterError, Place
from mtss_analysis.findings.overview.definitions import read_definitions, read_names
from mtss_analysis.packet.collect import write_findings
from mtss_analysis.packet.engines import choose_engine
from mtss_analysis.packet.folders import RunFolder, open_run_folder
from mtss_analysis.packet.index import IndexEntry, write_index
from mtss_analysis.packet.lock import lock_run
from mtss_analysis.packet.make_overviews import end_overviews
from mtss_analysis.packet.manifest import is_current
from mtss_analysis.packet.meta import PacketMeta
from mtss_analysis.packet.overview_inputs import gather_overview_inputs
from mtss_analysis.packet.overview_tasks import DISTRICT_PLACE, STATE_NOTEBOOK, STATE_PLACE, OverviewTask
from mtss_analysis.packet.render import FORMATS, Format, RendererName, choose_renderer
from mtss_analysis.packet.run_record import RunRecord, SchoolEntry
from mtss_analysis.packet.schedule import Rendering
from mtss_analysis.packet.schools import School
from mtss_analysis.parameters.overview import FINDINGS, read_records
from mtss_analysis.show.naming import format_school_year

NOTEBOOK_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeResult:
    """How a merge ended.

    Parameters
    ----------
    folder : Path
        Where the state's packet, findings and index stand.
    entry : SchoolEntry
        How the state's overview ended.
    districts, schools, records : int
        What was put together.
    """

    folder: Path
    entry: SchoolEntry
    districts: int
    schools: int
    records: int

    @property
    def exit_code(self) -> int:
        """0: done or nothing changed; 1: the overview failed; 3: a disclosure check stopped it."""
        if self.entry.error_kind == "DisclosureError":
            return 3
        return 1 if self.entry.status == "failed" else 0


def merge_runs(
    runs: Sequence[Path],
    *,
    out: Path,
    name: str,
    notebook: Path | None = None,
    renderer: RendererName = "auto",
    formats: Sequence[Format] = FORMATS,
    force: bool = False,
) -> MergeResult:
    """Put the published findings of runs together and make a state's overview of them.

    Parameters
    ----------
    runs : sequence of Path
        Folders of runs; only their ``findings.parquet`` is read, and packets are linked where they stand.
    out : Path
        Where ``findings.parquet``, ``_state/`` and ``index.html`` go.
    name : str
        What the state is called.
    notebook : Path, optional
        The state's notebook; by default the project's ``state_overview``.
    renderer : {'auto', 'quarto', 'builtin'}
        Who renders.
    formats : sequence of {'html', 'pdf'}
        Into what.
    force : bool
        Make the overview anew also where nothing has changed.

    Returns
    -------
    MergeResult
        How it ended.

    Raises
    ------
    DataError
        A run has no findings, two runs hold the same school, or they define something differently.
    ParameterError
        ``out`` is one of the runs, or the notebook is not there.
    """
    named = _name_runs(runs, out=out)
    template = notebook or _find_notebook()
    frames = {run: read_records(path / FINDINGS) for run, path in named.items()}
    _refuse_same_schools(frames)
    read_definitions(frames)
    folder = open_run_folder(out.resolve())
    drawing = choose_renderer(renderer)
    drawn_by = {"renderer": drawing.describe(), "formats": list(formats)}
    with lock_run(folder.work):
        records = _copy_records(named, folder=folder)
        every = pd.concat(frames.values(), ignore_index=True)
        names = read_names(every)
        place = School(district_id="", school_id=STATE_PLACE, district_name="", school_name=name, folder=folder.root)
        task = OverviewTask(
            school=place,
            notebook=template,
            parameters={"records_folder": str(records), "state_name": name},
            meta=_describe(every, name=name),
            engine=choose_engine("auto"),
            work=folder.work_of(place),
            notebook_seconds=NOTEBOOK_SECONDS,
            memory_limit_mb=0,
            folders=(),
            **gather_overview_inputs(
                place=place,
                notebook=template,
                made_of={f"findings of {run}": hash_file(path / FINDINGS) for run, path in named.items()},
                settings={"name": name},
                drawn_by=drawn_by,
            ),
        )
        if not force and is_current(folder.packet(place), inputs=task.inputs):
            entry = SchoolEntry(district_id="", school_id=STATE_PLACE, school_name=name, status="skipped")
        else:
            rendering = Rendering(renderer=renderer, formats=tuple(formats), batch=1)
            entry = next(iter(end_overviews([task], folder=folder, rendering=rendering, workers=1)))
        count = _write_findings(frames, folder=folder, place=place)
        write_index(
            _list_packets(names, named=named, frames=frames, folder=folder, entry=entry),
            path=folder.root / "index.html",
            title=name,
        )
        record = RunRecord(path=folder.record, run=folder.root.name, kit_version=__version__)
        record.keep_only([entry.key])
        record.enter(entry)
        record.write("finished")
    return MergeResult(
        folder=folder.root,
        entry=entry,
        districts=int(names["district_id"].nunique()),
        schools=len(names),
        records=count,
    )


def _name_runs(runs: Sequence[Path], *, out: Path) -> dict[str, Path]:
    """Name each run by its folder; folders of the same name are told apart by the one they are in."""
    named: dict[str, Path] = {}
    for run in runs:
        folder = run.resolve()
        if folder == out.resolve():
            raise ParameterError(
                "the merged findings would overwrite those of a run",
                next_step="Name another folder with --out",
                place=Place(file=out),
            )
        if not (folder / FINDINGS).is_file():
            raise DataError(
                f"there is no {FINDINGS} in this folder",
                next_step="Name the folder of a finished run, such as reports/star",
                place=Place(file=run),
            )
        name = folder.name if folder.name not in named else f"{folder.parent.name}-{folder.name}"
        if folder in named.values() or name in named:
            raise ParameterError("a run is named twice", next_step="Name every run once", place=Place(file=run))
        named[name] = folder
    return named


def _find_notebook() -> Path:
    for project in (Path.cwd(), *Path.cwd().parents, Path(mtss_analysis.__file__).resolve().parents[1]):
        found = project / "notebooks" / f"{STATE_NOTEBOOK}.ipynb"
        if found.is_file():
            return found
    raise ParameterError(
        f"there is no notebooks/{STATE_NOTEBOOK}.ipynb here", next_step="Change into a copy of the project"
    )


def _refuse_same_schools(frames: Mapping[str, pd.DataFrame]) -> None:
    run_of: dict[str, str] = {}
    for run, records in frames.items():
        for district_id in sorted(set(records["district_id"].dropna().astype("str"))):
            other = run_of.setdefault(district_id, run)
            if other != run:
                raise DataError(
                    f"{other} and {run} both hold district {district_id!r}",
                    next_step="Leave one of the runs out: no school may count twice",
                )


def _copy_records(named: Mapping[str, Path], *, folder: RunFolder) -> Path:
    records = folder.work / "records"
    shutil.rmtree(records, ignore_errors=True)
    for run, path in named.items():
        (records / run).mkdir(parents=True)
        shutil.copyfile(path / FINDINGS, records / run / FINDINGS)
    return records


def _write_findings(frames: Mapping[str, pd.DataFrame], *, folder: RunFolder, place: School) -> int:
    """Write the records of all runs, then those of the state's overview."""
    packet = folder.packet(place)
    own = folder.work / "state.parquet"
    write_findings([packet] if (packet / "findings.json").is_file() else [], path=own)
    added = pq.read_table(own)
    tables = [pa.Table.from_pandas(one, schema=added.schema, preserve_index=False) for one in frames.values()]
    beside = folder.findings.with_name(f".{FINDINGS}.new")
    pq.write_table(pa.concat_tables([*tables, added]), beside)
    beside.replace(folder.findings)
    return sum(len(table) for table in tables) + len(added)


def _describe(records: pd.DataFrame, *, name: str) -> PacketMeta:
    years = records["school_year"].dropna()
    return PacketMeta(
        title="MTSS state overview",
        school_name=name,
        district_name="",
        school_year=format_school_year(str(years.max())) if len(years) else "",
        date_of_data="",
        district_id="",
        school_id=None,
        kit_version=__version__,
    )


def _list_packets(
    names: pd.DataFrame,
    *,
    named: Mapping[str, Path],
    frames: Mapping[str, pd.DataFrame],
    folder: RunFolder,
    entry: SchoolEntry,
) -> list[IndexEntry]:
    run_of = {
        str(district): run for run, records in frames.items() for district in records["district_id"].dropna().unique()
    }
    state = folder.root / STATE_PLACE
    listed = [
        IndexEntry(
            district_id=None, district_name="", school_id=None, school_name=f"{entry.school_name}: overview",
            status="failed" if entry.status == "failed" else "done", reason=entry.error or "",
            **_link(state, root=folder.root),
        )
    ]  # fmt: skip
    for district_id, own in names.groupby("district_id", sort=False):
        district_name = str(own["district_name"].iloc[0])
        run = named[run_of[str(district_id)]]
        places: list[tuple[str | None, str, str]] = [(None, f"{district_name}: overview", DISTRICT_PLACE)]
        places += [(str(row.school_id), str(row.school_name), str(row.school_id)) for row in own.itertuples()]
        listed += [
            IndexEntry(
                district_id=str(district_id),
                district_name=district_name,
                school_id=school_id,
                school_name=school_name,
                status="done",
                **_link(run / str(district_id) / packet, root=folder.root),
            )
            for school_id, school_name, packet in places
            if (run / str(district_id) / packet / "manifest.json").is_file()
        ]
    return listed


def _link(packet: Path, *, root: Path) -> dict[str, str]:
    there = [name for name in FORMATS if (packet / f"packet.{name}").is_file()]
    return {name: quote(Path(os.path.relpath(packet / f"packet.{name}", root)).as_posix()) for name in there}
