"""What a run does once for all schools: check the data and compute what schools are compared with."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from mtss_analysis.district.check import check_folder
from mtss_analysis.district.hashes import hash_slice
from mtss_analysis.district.problems import count_errors, describe_problems
from mtss_analysis.district.state import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.findings.comparison import prepare_comparison, write_comparison
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.manifest import hash_code, hash_content, hash_folder, installed_versions
from mtss_analysis.packet.progress import Reporter
from mtss_analysis.packet.run_record import write_json
from mtss_analysis.parameters.run_file import RunFile

_LINES_SHOWN = 12
_STAMP = "groundwork.json"


def lay_groundwork(run: RunFile, *, state: State, folder: RunFolder, report: Reporter) -> None:
    """Check the data and write the comparison, unless both were done for these very inputs.

    Parameters
    ----------
    run : RunFile
        The run.
    state : State
        All its districts.
    folder : RunFolder
        Where the comparison goes.
    report : Reporter
        Is told how many warnings the check gave.

    Raises
    ------
    DataError
        The check found errors; the first ones are listed.
    """
    if is_laid(run, state=state):
        return
    done = folder.work / _STAMP
    done.unlink(missing_ok=True)
    _refuse_broken_data(run, report=report)
    comparison = prepare_comparison(state, settings=run.settings)
    shutil.rmtree(folder.comparison, ignore_errors=True)
    write_comparison(comparison, folder.comparison)
    write_json(done, _stamp(run, state=state, folder=folder))


def is_laid(run: RunFile, *, state: State) -> bool:
    """Tell whether a comparison is there that was computed from these data, settings and code.

    Parameters
    ----------
    run : RunFile
        The run.
    state : State
        All its districts.

    Returns
    -------
    bool
        False where the run has never been begun.
    """
    folder = RunFolder(root=run.folder)
    stamp = _stamp(run, state=state, folder=folder)
    return bool(stamp["comparison"]) and _read(folder.work / _STAMP) == stamp


def _stamp(run: RunFile, *, state: State, folder: RunFolder) -> dict[str, object]:
    inputs = {
        "data": {district: hash_slice(path) for district, path in state.folders.items()},
        "settings": asdict(run.settings),
        "code": hash_code(),
        "versions": installed_versions(),
    }
    return {"inputs": hash_content(inputs), "comparison": hash_folder(folder.comparison)}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_broken_data(run: RunFile, *, report: Reporter) -> None:
    problems = check_folder(run.data)
    errors = count_errors(problems)
    if problems and not errors:
        report.note(f"the data have warnings ({len(problems)}): mtss check {run.data} lists them")
    if errors:
        lines = describe_problems([problem for problem in problems if problem.severity == "error"], first=3)
        shown = "".join(f"\n  {line}" for line in lines[:_LINES_SHOWN])
        more = "\n  …" if len(lines) > _LINES_SHOWN else ""
        raise DataError(
            f"the data have {errors} error{'s' if errors != 1 else ''}{shown}{more}",
            next_step="Mend them; `mtss check FOLDER` lists them all",
            place=Place(file=run.data),
        )
