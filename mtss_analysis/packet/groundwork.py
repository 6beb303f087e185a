"""What a run does once for all schools: check the data and compute what schools are compared with."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mtss_analysis.district.check import check_folder
from mtss_analysis.district.hashes import hash_slice
from mtss_analysis.district.problems import count_errors, describe_problems
from mtss_analysis.district.state import State
from mtss_analysis.errors import DataError, Place
from mtss_analysis.findings.comparison import PARTS, prepare_comparison, write_comparison, write_index
from mtss_analysis.packet.groundwork_parts import LEAST_SCHOOLS, PartsAtWork
from mtss_analysis.packet.manifest import find_changes, hash_code, hash_content, hash_folder, installed_versions
from mtss_analysis.packet.populations import Population
from mtss_analysis.packet.progress import Reporter
from mtss_analysis.packet.run_record import write_json
from mtss_analysis.packet.workers import WorkersOnDemand
from mtss_analysis.parameters.run_file import RunFile

_LINES_SHOWN = 12


def lay_groundwork(
    run: RunFile, *, population: Population, report: Reporter, processes: WorkersOnDemand | None = None
) -> None:
    """Check the data and write the comparison, unless both were done for these very inputs.

    Parameters
    ----------
    run : RunFile
        The run.
    population : Population
        Whose schools are compared.
    report : Reporter
        Is told how many warnings the check gave.
    processes : WorkersOnDemand, optional
        Who shares the work; None: this process does it all.

    Raises
    ------
    DataError
        The check found errors, the first of which are listed; or a file changed while it was read.
    """
    inputs = _gather(run, state=population.state)
    if not _find_reasons(inputs, population=population):
        return
    population.stamp.unlink(missing_ok=True)
    made = population.comparison.with_name(f"{population.comparison.name}.new")
    for outdated in (made, population.comparison):
        shutil.rmtree(outdated, ignore_errors=True)
    _check_and_compare(run, state=population.state, made=made, report=report, processes=processes)
    changes = find_changes(before=inputs, now=_gather(run, state=population.state))
    if changes:
        raise DataError(
            f"the data changed while they were read ({'; '.join(changes)})",
            next_step="Run again when nothing writes to them",
            place=Place(file=population.state.folder),
        )
    made.rename(population.comparison)
    population.stamp.parent.mkdir(exist_ok=True)
    write_json(population.stamp, {"inputs": inputs, "comparison": hash_folder(population.comparison)})


def is_laid(run: RunFile, *, population: Population) -> bool:
    """Tell whether a comparison is there that was computed from these data, settings and code.

    Parameters
    ----------
    run : RunFile
        The run.
    population : Population
        Whose schools are compared.

    Returns
    -------
    bool
        False where the run has never been begun.
    """
    return not find_why_not_laid(run, population=population)


def find_why_not_laid(run: RunFile, *, population: Population) -> list[str]:
    """Say why the comparison must be computed anew.

    Parameters
    ----------
    run : RunFile
        The run.
    population : Population
        Whose schools are compared.

    Returns
    -------
    list of str
        In words, such as ``data: 11``, the district whose tables have changed; empty: it is as a run would make it.
    """
    return _find_reasons(_gather(run, state=population.state), population=population)


def _check_and_compare(
    run: RunFile, *, state: State, made: Path, report: Reporter, processes: WorkersOnDemand | None
) -> None:
    """Check the data and write their comparison; where processes share in it, they compute while the check runs."""
    parts = None
    if processes is not None and processes.count > 1 and len(state.roster) >= LEAST_SCHOOLS:
        parts = PartsAtWork(data=state.folder, settings=run.settings, into=made, workers=processes.open())
    _refuse_broken_data(state.folder, report=report)
    if parts is not None and parts.are_made():
        write_index((name for names in PARTS for name in names), made)
        return
    # Also where a part could not be made: the reason is then told as it would be without processes.
    write_comparison(prepare_comparison(state, settings=run.settings), made)


def _gather(run: RunFile, *, state: State) -> dict[str, Any]:
    return {
        "data": {district: hash_content(hash_slice(path)) for district, path in state.folders.items()},
        "settings": hash_content(asdict(run.settings)),
        "code": hash_code(),
        "versions": installed_versions(),
    }


def _find_reasons(inputs: Mapping[str, Any], *, population: Population) -> list[str]:
    stamp = _read(population.stamp)
    there = hash_folder(population.comparison)
    if not there or not isinstance(stamp, dict) or not isinstance(stamp.get("inputs"), dict):
        return ["it was never finished"]
    if stamp.get("comparison") != there:
        return ["its files were changed"]
    return find_changes(before=stamp["inputs"], now=inputs)


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_broken_data(data: Path, *, report: Reporter) -> None:
    problems = check_folder(data)
    errors = count_errors(problems)
    if problems and not errors:
        report.note(f"the data have warnings ({len(problems)}): mtss check {data} lists them")
    if errors:
        lines = describe_problems([problem for problem in problems if problem.severity == "error"], first=3)
        shown = "".join(f"\n  {line}" for line in lines[:_LINES_SHOWN])
        more = "\n  …" if len(lines) > _LINES_SHOWN else ""
        raise DataError(
            f"the data have {errors} error{'s' if errors != 1 else ''}{shown}{more}",
            next_step="Mend them; `mtss check FOLDER` lists them all",
            place=Place(file=data),
        )
