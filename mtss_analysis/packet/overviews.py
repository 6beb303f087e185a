"""What a run writes over all its packets: the published numbers and the index."""

from collections.abc import Sequence
from urllib.parse import quote

from mtss_analysis.packet.collect import write_findings
from mtss_analysis.packet.ending import enter_school
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.index import IndexEntry, write_index
from mtss_analysis.packet.manifest import MANIFEST, find_damage, read_manifest
from mtss_analysis.packet.overview_inputs import NUMBERS
from mtss_analysis.packet.overview_places import list_places
from mtss_analysis.packet.overview_tasks import DISTRICT_PLACE, STATE_PLACE
from mtss_analysis.packet.render import FORMATS
from mtss_analysis.packet.run_record import RunRecord, SchoolEntry
from mtss_analysis.packet.schools import School
from mtss_analysis.packet.workers import Failure
from mtss_analysis.parameters.run_file import RunFile


def write_overviews(run: RunFile, *, schools: Sequence[School], folder: RunFolder, record: RunRecord) -> None:
    """Write ``findings.parquet`` and ``index.html`` over all packets that are there.

    Parameters
    ----------
    run : RunFile
        The run.
    schools : sequence of School
        All schools of the data, in the order of the rows.
    folder : RunFolder
        Where packets stand.
    record : RunRecord
        How each school ended; a packet whose numbers were damaged since it was made is entered as failed.
    """
    everything = [*schools, *list_places(schools)]
    there = [school for school in everything if folder.packet(school).is_dir()]
    packets = []
    for school in there:
        packet = folder.packet(school)
        manifest = read_manifest(packet)
        if not find_damage(packet, manifest=manifest, only=NUMBERS):
            packets.append(packet)
            record.adopt(enter_school(school, status="done"))
        elif manifest or (packet / MANIFEST).exists():
            line = f"the packet was damaged after it was made ({NUMBERS} or {MANIFEST}): run the school again"
            failure = Failure(kind="DamagedPacket", line=line, full=line)
            record.enter(enter_school(school, status="failed", failure=failure, run=run))
    write_findings(packets, path=folder.findings)
    listed = [
        _list_packet(school, entry=record.entries[school.key], folder=folder)
        for school in everything
        if school.key in record.entries
    ]
    write_index(listed, path=folder.root / "index.html", title=run.title, language=run.language)


def _list_packet(school: School, *, entry: SchoolEntry, folder: RunFolder) -> IndexEntry:
    packet = folder.packet(school)
    place = "/".join(quote(part) for part in (school.district_id, school.school_id) if part)
    overview = school.school_id in {DISTRICT_PLACE, STATE_PLACE}
    links = {
        format_: f"{place}/packet.{format_}"
        for format_ in FORMATS
        if (packet / MANIFEST).is_file() and (packet / f"packet.{format_}").is_file()
    }
    return IndexEntry(
        district_id=school.district_id or None,
        district_name=school.district_name,
        school_id=None if overview else school.school_id,
        school_name=f"{school.school_name}: overview" if overview else school.school_name,
        status="failed" if entry.status == "failed" else "done",
        reason=entry.error or "",
        html=links.get("html"),
        pdf=links.get("pdf"),
    )
