"""The end of one school's work: its packet goes into place, or its failure gets a name."""

import os
import shutil
from pathlib import Path
from typing import Any

from mtss_analysis.errors import DisclosureError
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.manifest import find_changes, gather_inputs, hash_folder, is_current
from mtss_analysis.packet.place import place_packet, withdraw_packet
from mtss_analysis.packet.run_record import SchoolEntry, SchoolStatus
from mtss_analysis.packet.schedule import Finished
from mtss_analysis.packet.schools import School
from mtss_analysis.packet.tasks import SchoolTask
from mtss_analysis.packet.workers import Failure
from mtss_analysis.parameters.run_file import RunFile


def end_school(finished: Finished, *, folder: RunFolder) -> SchoolEntry:
    """Put a school's packet into its place, or take one away that is no longer the one a run would make.

    Parameters
    ----------
    finished : Finished
        What came of the school's work.
    folder : RunFolder
        Where packets stand.

    Returns
    -------
    SchoolEntry
        Failed also where what the packet was made from changed meanwhile, or where it cannot be written.
    """
    task, result = finished.task, finished.result
    if not isinstance(task, SchoolTask):
        msg = "an overview is ended by end_overviews"
        raise TypeError(msg)
    packet = folder.packet(task.school)
    if not isinstance(result, Failure):
        result = _find_change(task) or _place(task, made=result.folder, packet=packet) or result
    if not isinstance(result, Failure):
        return enter_school(task.school, status="done", seconds=finished.seconds)
    # What was made of the packet gives back its room on the disk; the executed notebooks stay.
    shutil.rmtree(task.work / "packet", ignore_errors=True)
    if result.kind == DisclosureError.__name__ or not is_current(packet, inputs=task.inputs):
        _withdraw(packet, into=folder.earlier(task.school))
    return enter_school(task.school, status="failed", seconds=finished.seconds, failure=result, run=task.run)


def enter_school(
    school: School,
    *,
    status: SchoolStatus,
    seconds: float = 0.0,
    failure: Failure | None = None,
    run: RunFile | None = None,
) -> SchoolEntry:
    """Write how a school ended, for ``run.json``.

    Parameters
    ----------
    school : School
        The school.
    status : {'done', 'failed', 'skipped'}
        How it ended.
    seconds : float
        Time of work, seconds.
    failure : Failure, optional
        Why it failed.
    run : RunFile, optional
        The run, given with a failure: paths are written as seen from its project.

    Returns
    -------
    SchoolEntry
        Without any folder of the machine in it.
    """
    error = error_full = None
    if failure is not None and run is not None:
        error, error_full = (_shorten_paths(text, run=run) for text in (failure.line, failure.full))
    return SchoolEntry(
        district_id=school.district_id,
        school_id=school.school_id,
        school_name=school.school_name,
        status=status,
        seconds=round(seconds, 2),
        error_kind=None if failure is None else failure.kind,
        error=error,
        error_full=error_full,
    )


def _find_change(task: SchoolTask) -> Failure | None:
    """Tell what of a packet's inputs is no longer what it was when the run began."""
    try:
        now: dict[str, Any] = gather_inputs(
            run=task.run,
            school=task.school,
            notebooks=task.notebooks,
            comparison=hash_folder(task.comparison),
            rendering=task.inputs["rendering"],
        )
        changes = "; ".join(find_changes(before=task.inputs, now=now))
    except OSError as error:
        changes = _describe(error)
    if not changes:
        return None
    line = f"what the packet is made from changed during the run ({changes}): run again when nothing writes to it"
    return Failure(kind="InputsChanged", line=line, full=line)


def _place(task: SchoolTask, *, made: Path, packet: Path) -> Failure | None:
    try:
        place_packet(made=made, packet=packet, inputs=task.inputs)
    except OSError as error:
        line = f"the packet cannot be put into its place: {_describe(error)}"
        return Failure(kind=type(error).__name__, line=line, full=line)
    return None


def _withdraw(packet: Path, *, into: Path) -> None:
    try:
        withdraw_packet(packet, into=into)
    except OSError:
        # Where it cannot be kept it goes all the same: an outdated packet must not pass for a current one.
        shutil.rmtree(packet, ignore_errors=True)


def _describe(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _shorten_paths(text: str, *, run: RunFile) -> str:
    """Write paths as seen from the project, so that run.json names no folder of the machine and no user."""
    for place, shown in ((run.notebooks_folder.parent, ""), (run.reports, ""), (Path.home(), "~/")):
        text = text.replace(f"{place}{os.sep}", shown)
    return text
