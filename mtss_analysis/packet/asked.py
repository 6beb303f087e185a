"""What the last run into a folder was asked for, so that its state can be told later."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from mtss_analysis.errors import ParameterError, Place
from mtss_analysis.packet.folders import RunFolder
from mtss_analysis.packet.render import FORMATS, Format, RendererName
from mtss_analysis.packet.run_record import write_json

_FILE = "asked.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run was asked for beyond its schools.

    Parameters
    ----------
    run_file : Path or None
        The run file; None where no run has left it.
    notebooks : tuple of str
        Chapters; empty for those of the run file.
    renderer : {'auto', 'quarto', 'builtin'}
        Who renders.
    formats : tuple of {'html', 'pdf'}
        Into what.
    """

    run_file: Path | None
    notebooks: tuple[str, ...] = ()
    renderer: RendererName = "auto"
    formats: tuple[Format, ...] = FORMATS


def write_asked(asked: Asked, *, folder: RunFolder) -> None:
    """Keep what a run is asked for; the run file by its path from the run's folder."""
    run_file = None if asked.run_file is None else os.path.relpath(asked.run_file, folder.root)
    content = {
        "run_file": run_file,
        "notebooks": asked.notebooks,
        "renderer": asked.renderer,
        "formats": asked.formats,
    }
    write_json(folder.work / _FILE, content)


def read_asked(folder: RunFolder) -> Asked:
    """Read what the last run into a folder was asked for; what every run is asked for where there was none."""
    try:
        content = json.loads((folder.work / _FILE).read_text(encoding="utf-8"))
        run_file = content["run_file"]
        return Asked(
            run_file=None if run_file is None else Path(os.path.normpath(folder.root / run_file)),
            notebooks=tuple(content["notebooks"]),
            renderer=content["renderer"],
            formats=tuple(content["formats"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Asked(run_file=None)


def find_run_file(target: Path) -> Path:
    """Find the run file that a user means by a run file or by the folder of a run.

    Parameters
    ----------
    target : Path
        Either of the two.

    Returns
    -------
    Path
        The run file.

    Raises
    ------
    ParameterError
        The folder is none of a run, or its run file is gone.
    """
    if not target.is_dir():
        return target
    run_file = read_asked(RunFolder(root=target.resolve())).run_file
    if run_file is None or not run_file.is_file():
        raise ParameterError(
            "this folder does not say which run file it came from",
            next_step="Name the run file, such as parameters/star.yml",
            place=Place(file=target),
        )
    return run_file
